/** One shared clock for every timer on the screen. In: the server's time on each answer. Out: `clock.now`, epoch ms
 *  corrected to the server, changing once a second while somebody looks; it stands still while the page is hidden. */
let offset = Number(localStorage.getItem("clock-offset") ?? 0);
let best = Infinity; // shortest round trip seen: its offset is the most trustworthy
const state = $state({ now: Date.now() + offset });
let timer: ReturnType<typeof setTimeout> | undefined;

/** Server's epoch ms, not bound to the tick: for what happens at a tap. */
export const serverNow = (): number => Date.now() + offset;
export const isoNow = (): string => new Date(serverNow()).toISOString();

export const clock = {
  get now() { return state.now; },
};

/** `asked` is our Date.now() at the request; half the round trip is the likeliest age of the answer. */
export function setServerTime(iso: string, asked: number): void {
  const trip = Date.now() - asked;
  const server = Date.parse(iso);
  if (Number.isNaN(server) || trip > best * 2 + 200) return;
  best = Math.min(best, trip);
  offset = Math.round(server + trip / 2 - Date.now());
  if (Math.abs(offset) < 400) offset = 0; // within the noise of a phone's network
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
