/** The try that has begun and has no outcome yet. In: the tap on a channel. Out: `inflight.now`, also after the app was
 *  killed behind the dialler (localStorage is written in the same tick as the tap). Time away is measured from leaving
 *  the page to coming back; it only preselects. Called by the contact buttons, the outcome sheet and App. */
import type { Channel, FollowUp } from "../api/types";
import { serverNow } from "../lib/clock.svelte";
import { outbox } from "./outbox.svelte";

export interface Inflight {
  attempt_id: string;
  row_id: string;
  follow_up: string;
  name: string;
  channel: Channel;
  contact_point_id: string | null;
  /** Epoch ms of the tap, of leaving the page and of being back. */
  t0: number;
  hidden_at: number | null;
  back_at: number | null;
  /** Our own Date.now() when the server said it knows this try; until then what it lists proves nothing. */
  acked: number | null;
  /** Through the showroom: the provider rings both and measures; what it knows comes with the follow-up. */
  bridged?: boolean;
  /** Tries before this one that still have no outcome: asked about after it. */
  earlier?: Inflight[];
}

const KEY = "inflight";
const FORGOTTEN = 4 * 3600_000;
const state = $state<{ now: Inflight | null }>({ now: null });

export const inflight = {
  get now() { return state.now; },
  /** Seconds away, rough: ringing and dialling are in it. Null when the page never left the screen. */
  get away(): number | null {
    const one = state.now;
    return one?.hidden_at && one.back_at ? Math.max(0, (one.back_at - one.hidden_at) / 1000) : null;
  },
};

export function begin(one: Inflight): void {
  const before = state.now;
  const earlier = before && before.attempt_id !== one.attempt_id ? [before, ...(before.earlier ?? [])] : one.earlier;
  keep({ ...one, earlier: earlier?.slice(0, 5).map((each) => ({ ...each, earlier: [] })) ?? [] });
}

function keep(one: Inflight): void {
  state.now = one;
  localStorage.setItem(KEY, JSON.stringify(one));
}

/** This try has its outcome; one begun before it may still wait for its own. */
export function finish(): void {
  const [next, ...rest] = state.now?.earlier ?? [];
  if (next) return keep({ ...next, earlier: rest });
  state.now = null;
  localStorage.removeItem(KEY);
}

/** The server has stored this try (or its undo). */
export function acknowledged(attemptId: string): void {
  if (state.now?.attempt_id === attemptId) keep({ ...state.now, acked: Date.now() });
}

/** At boot. Older than four hours, or not readable: dropped. */
export function restoreInflight(): Inflight | null {
  try {
    const one = JSON.parse(localStorage.getItem(KEY) ?? "null") as Inflight | null;
    if (one && serverNow() - one.t0 < FORGOTTEN) {
      keep(one);
      cameBack();
      return state.now;
    }
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  state.now = null;
  localStorage.removeItem(KEY);
  return null;
}

/** The server (or another device) has closed this try: stop asking. `asked` is our Date.now() before the request:
 *  an answer that was on its way before the server knew the try says nothing about it. */
export function dropIfClosed(followUp: FollowUp, asked: number): void {
  const one = state.now;
  if (!one || one.follow_up !== followUp.id || followUp.open_attempt?.id === one.attempt_id) return;
  const ours = outbox.rows.some((row) => "attempt_id" in row.act && row.act.attempt_id === one.attempt_id);
  if (one.acked !== null && asked > one.acked && !ours) finish();
}

function left(): void {
  if (!state.now || (state.now.hidden_at && !state.now.back_at)) return;
  // The longest absence counts: a glance at another app after the call must not shorten it.
  if (inflight.away !== null && inflight.away > 20) return;
  keep({ ...state.now, hidden_at: serverNow(), back_at: null });
}

function cameBack(): void {
  if (state.now?.hidden_at && !state.now.back_at) keep({ ...state.now, back_at: serverNow() });
}

document.addEventListener("visibilitychange", () => (document.hidden ? left() : cameBack()));
window.addEventListener("pagehide", left);
window.addEventListener("pageshow", cameBack);
// iOS shows the dialler over the page without hiding it: only focus is lost.
window.addEventListener("blur", left);
window.addEventListener("focus", cameBack);
