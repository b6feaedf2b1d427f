/** Which rows of a long list are worth building. Pure. In: the height of each row, how far the list's top is above (−) or
 *  below (+) the window's, how much is to be seen. Out: the rows from `from` up to `to`, and the heights of what is left
 *  out above and below, px. Called by Rows.svelte. */
export interface Span { from: number; to: number; above: number; below: number }

export function spanOf(heights: readonly number[], top: number, seen: number): Span {
  const spare = seen / 2; // built ahead on either side, so that a finger never meets an empty place
  let from = 0;
  let above = 0;
  while (from < heights.length - 1 && top + above + heights[from]! < -spare) above += heights[from++]!;
  let to = from;
  let end = above;
  while (to < heights.length && top + end < seen + spare) end += heights[to++]!;
  let below = 0;
  for (let row = to; row < heights.length; row++) below += heights[row]!;
  return { from, to, above, below };
}
