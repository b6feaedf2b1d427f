/** Our own router on the history API, and the one open sheet. In: paths and taps. Out: `route` and `sheet`, reactive.
 *  Back closes an open sheet before it leaves the screen; sheets are never stacked, opening another swaps it.
 *  Called by App.svelte and by every view that navigates. */
export type Sheet = { name: string; [more: string]: unknown };

const state = $state<{ path: string; query: string; sheet: Sheet | null }>({
  path: location.pathname,
  query: location.search,
  sheet: null,
});
let leaving: (() => void)[] | null = null; // history.back() is asynchronous: what must wait for it
let entering: ReturnType<typeof setTimeout> | undefined; // a sheet's own history entry is on its way

export const route = {
  get path() { return state.path; },
  get query() { return new URLSearchParams(state.query); },
  get sheet() { return state.sheet; },
};

/** The id in `/l/<id>`, or null on another screen. */
export function leadInPath(path = state.path): string | null {
  return /^\/l\/([\w-]+)$/.exec(path)?.[1] ?? null;
}

function settle(): void {
  state.path = location.pathname;
  state.query = location.search;
}

function afterLeaving(act: () => void): void {
  if (leaving) leaving.push(act);
  else act();
}

/** Go to a screen of the app. Closes the sheet that is open. */
export function navigate(to: string, how: "push" | "replace" = "push"): void {
  closeSheet();
  afterLeaving(() => {
    if (to !== location.pathname + location.search) {
      if (how === "push") history.pushState({}, "", to);
      else history.replaceState({}, "", to);
    }
    settle();
    window.scrollTo(0, 0);
  });
}

/** Until a sheet that opens has been drawn, the processor is the drawing's: what can wait, waits. */
export const DRAWN_MS = 100;

/** Open a sheet at once (in the same tick, also inside a tel: tap), or swap the one that is open. Its entry in the history
 *  follows when it has been drawn: the browser takes its time for one. */
export function openSheet(sheet: Sheet): void {
  const swap = state.sheet !== null;
  if (swap) letGo();
  state.sheet = sheet;
  if (!swap) afterLeaving(() => (entering = setTimeout(enter, DRAWN_MS)));
}

/** The button that was tapped goes with its sheet. Were it to go with the focus, the browser would have to work out the
 *  half-changed page first. */
function letGo(): void {
  if (document.activeElement instanceof HTMLElement) document.activeElement.blur();
}

function enter(): void {
  entering = undefined;
  history.pushState({ sheet: true }, "");
}

export function closeSheet(): void {
  if (!state.sheet) return;
  letGo();
  state.sheet = null;
  stay();
  if (!(history.state as { sheet?: boolean } | null)?.sheet) return;
  leaving ??= [];
  history.back();
}

/** The sheet closed before its entry was made. True when one was on its way. */
function stay(): boolean {
  const was = entering !== undefined;
  clearTimeout(entering);
  entering = undefined;
  return was;
}

window.addEventListener("popstate", () => {
  state.sheet = null;
  if (stay()) return history.forward(); // Back found no entry of the sheet yet and left the screen: only the sheet was meant
  const waiting = leaving;
  leaving = null;
  settle();
  waiting?.forEach((act) => act());
});

/** A reload keeps the history entry of a sheet that is no longer there: make it an ordinary one. */
if ((history.state as { sheet?: boolean } | null)?.sheet) history.replaceState({}, "");

/** Forget the query (a token that was used) without leaving the screen. */
export function dropQuery(): void {
  history.replaceState(history.state, "", location.pathname);
  state.query = "";
}

/** For `onclick` of an inner link: keeps modified clicks and other hosts with the browser. */
export function follow(event: MouseEvent): void {
  const link = event.currentTarget as HTMLAnchorElement;
  if (event.metaKey || event.ctrlKey || event.shiftKey || event.button !== 0 || link.origin !== location.origin) return;
  event.preventDefault();
  navigate(link.pathname + link.search);
}
