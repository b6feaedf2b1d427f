/** A new lead while the app is open: sound and vibration where allowed (extras), and always something to see.
 *  In: fresh follow-ups from the inbox. Out: `ring.waiting`, the one the bar shows while something else is going on. */
import type { FollowUp } from "../api/types";
import { newestFirst } from "../lib/order";
import { leadInPath, navigate, route } from "../lib/router.svelte";
import { typedHere } from "../lib/typed";
import { inbox } from "./inbox.svelte";
import { inflight } from "./inflight.svelte";

const state = $state<{ id: string | null }>({ id: null });
let audio: AudioContext | null = null;

export const ring = {
  /** The new lead that waits beside what is going on, while it still waits for its first try. */
  get waiting(): FollowUp | null {
    const one = state.id ? inbox.find(state.id) : null;
    if (!one || !one.mine || one.attempts_made > 0 || one.open_attempt || one.state === "ended") return null;
    return leadInPath() === one.id && !route.sheet ? null : one;
  },
};

export function stopRinging(): void {
  state.id = null;
}

/** A lead takes the whole screen when nothing else is going on; during a call or a sheet, and where somebody has typed their
 *  own links, it is a bar, never a modal. */
export function arrived(fresh: FollowUp[]): void {
  const newest = newestFirst(fresh, (one) => one.arrived_at)[0];
  if (!newest) return;
  sound();
  state.id = newest.id;
  const resting = route.path === "/" || route.path === "/leads" || (route.path === "/me" && !typedHere());
  const idle = resting && !inflight.now && !route.sheet;
  if (idle) navigate(`/l/${newest.id}`);
}

/** Browsers let a page make sound only after a tap: one prepares it, a moment later, because the first takes a tenth of a
 *  second and the tap was for something else. (WebKit lets a timer of less than a second act in its tap's name.) */
window.addEventListener("click", () => {
  if (audio?.state !== "running") setTimeout(() => void (audio ??= new AudioContext()).resume(), 300);
}, { passive: true });

function sound(): void {
  navigator.vibrate?.([180, 90, 180]);
  if (!audio) return;
  void audio.resume();
  [0, 0.16, 0.42, 0.58].forEach((at, index) => tone(audio!, audio!.currentTime + at, index % 2 ? 988 : 784));
}

function tone(context: AudioContext, at: number, hertz: number): void {
  const oscillator = context.createOscillator();
  const volume = context.createGain();
  oscillator.frequency.value = hertz;
  volume.gain.setValueAtTime(0.0001, at);
  volume.gain.exponentialRampToValueAtTime(0.2, at + 0.015);
  volume.gain.exponentialRampToValueAtTime(0.0001, at + 0.14);
  oscillator.connect(volume).connect(context.destination);
  oscillator.start(at);
  oscillator.stop(at + 0.15);
}
