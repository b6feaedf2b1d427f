/** One shared clock for every timer on the screen. In: the server's time on each answer. Out: `clock.now`, epoch ms
 *  corrected to the server, changing once a second while somebody looks; it stands still while the page is hidden. */
const TICK_MS = 50; // nobody sees less on a timer of whole seconds
let offset = Number(localStorage.getItem("clock-offset") ?? 0);
const state = $state({ now: Date.now() + offset });
let timer: ReturnType<typeof setTimeout> | undefined;

/** Server's epoch ms, not bound to the tick: for what happens at a tap. */
export const serverNow = (): number => Date.now() + offset;
export const isoNow = (): string => new Date(serverNow()).toISOString();

export const clock = {
  get now() { return state.now; },
};

/** `asked` is our Date.now() at the request. The answer was written somewhere in between: what we believe stays unless that
 *  proves it wrong, so a slow answer teaches little, and one that slept through the night with its phone nothing. */
export function setServerTime(iso: string, asked: number): void {
  const half = (Date.now() - asked) / 2;
  const wrong = Date.parse(iso) - (asked + half + offset);
  if (!(Math.abs(wrong) > half + TICK_MS)) return;
  offset = Math.round(offset + wrong);
  localStorage.setItem("clock-offset", String(offset));
}

function tick(): void {
  state.now = serverNow();
  timer = setTimeout(tick, 1000 - (state.now % 1000) + 5);
}

function startOrPause(): void {
  clearTimeout(timer);
  if (!document.hidden) tick();
}

document.addEventListener("visibilitychange", startOrPause);
window.addEventListener("pageshow", startOrPause);
startOrPause();
