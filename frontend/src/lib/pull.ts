/** Pull to refresh for a list that scrolls by itself. In: the scrolling element, what to do. Out: how to stop listening.
 *  The finger must start at the very top and go 80 px down; a button does the same. Called by Leads.svelte. */
const FAR = 80;

export function onPull(list: HTMLElement, act: () => void): () => void {
  let start: number | null = null;
  const began = (event: TouchEvent) => (start = list.scrollTop <= 0 ? (event.touches[0]?.clientY ?? null) : null);
  const ended = (event: TouchEvent) => {
    const end = event.changedTouches[0]?.clientY;
    if (start !== null && end !== undefined && end - start > FAR && list.scrollTop <= 0) act();
    start = null;
  };
  list.addEventListener("touchstart", began, { passive: true });
  list.addEventListener("touchend", ended, { passive: true });
  return () => {
    list.removeEventListener("touchstart", began);
    list.removeEventListener("touchend", ended);
  };
}
