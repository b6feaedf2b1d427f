/** Five hundred customers, and only those near the thumb are built: nobody is left out, nobody twice, nothing jumps. */
import { expect, it } from "vitest";
import { spanOf } from "./span";

const rows = (count: number, height = 100) => Array.from({ length: count }, () => height);

it("builds what is seen and half a window on either side", () => {
  expect(spanOf(rows(500), 0, 800)).toEqual({ from: 0, to: 12, above: 0, below: 48_800 });
  expect(spanOf(rows(500), -20_000, 800)).toEqual({ from: 195, to: 212, above: 19_500, below: 28_800 });
});
it("is as high as the whole list wherever it is looked at", () => {
  const heights = Array.from({ length: 300 }, (_, row) => 60 + ((row * 37) % 80));
  const whole = heights.reduce((sum, one) => sum + one, 0);
  for (let top = 900; top > -whole - 900; top -= 333) {
    const { from, to, above, below } = spanOf(heights, top, 800);
    const built = heights.slice(from, to).reduce((sum, one) => sum + one, 0);
    expect(above + built + below).toBe(whole);
  }
});
it("builds nothing of a list far below, and its last row of one far above", () => {
  expect(spanOf(rows(9), 5000, 800)).toEqual({ from: 0, to: 0, above: 0, below: 900 });
  expect(spanOf(rows(9), -5000, 800)).toEqual({ from: 8, to: 9, above: 800, below: 0 });
  expect(spanOf([], 0, 800)).toEqual({ from: 0, to: 0, above: 0, below: 0 });
});
