/** The tap on a channel, and what is said about it afterwards. In: a follow-up and a way, or the try in flight.
 *  Out: rows in the outbox, the outcome sheet. Everything a tap does happens in its own tick and never prevents the
 *  link: the dialler opens over a page that has already remembered. Called by the dock, the list rows and the sheets. */
import type { Channel, FollowUp, Outcome, OutcomeBody } from "../api/types";
import { isoNow, serverNow } from "../lib/clock.svelte";
import { uuid } from "../lib/platform";
import { openSheet } from "../lib/router.svelte";
import { begin, finish, inflight, type Inflight } from "../store/inflight.svelte";
import { enqueue, unqueue } from "../store/outbox.svelte";
import { say } from "../store/snack.svelte";
import { t } from "../i18n/index.svelte";

/** After the screen has answered. */
const today = () => new Promise((done) => setTimeout(done)).then(() => import("../store/today.svelte"));
/** How long "Spoke" waits for its two questions before it is sent as it is. */
const QUESTIONS_MS = 90_000;

export function startAttempt(f: FollowUp, channel: Channel, contactPoint: string | null): void {
  const one: Inflight = {
    attempt_id: uuid(), row_id: uuid(), follow_up: f.id, name: f.customer.display_name, channel,
    contact_point_id: contactPoint, t0: serverNow(), hidden_at: null, back_at: null, acked: null,
  };
  begin(one);
  sendAttempt(one);
  openSheet({ name: "outcome" });
}

/** Also at boot for a try the app was killed in: the row's id is the same, so it is stored once. */
export function sendAttempt({ attempt_id, row_id, follow_up, channel, contact_point_id, t0 }: Inflight): void {
  const attempt = { id: attempt_id, channel, contact_point_id, started_at: new Date(t0).toISOString() };
  enqueue({ kind: "attempt", attempt }, follow_up, { id: row_id });
}

/** A try of ours the server still waits for, begun on another device or before this phone forgot it. */
export function adopt(f: FollowUp): void {
  const open = f.open_attempt;
  if (!open) return;
  if (inflight.now?.attempt_id !== open.id) {
    begin({
      attempt_id: open.id, row_id: uuid(), follow_up: f.id, name: f.customer.display_name, channel: open.channel,
      contact_point_id: null, t0: Date.parse(open.started_at), hidden_at: null, back_at: null, acked: Date.now(),
    });
  }
  openSheet({ name: "outcome" });
}

export interface Logged { row_id: string; attempt: Inflight; body: OutcomeBody }

/** One tap logs; the snackbar takes it back. */
export function logOutcome(one: Inflight, outcome: Outcome, more: Partial<OutcomeBody> = {}): Logged {
  const body: OutcomeBody = { outcome, at: isoNow(), ...more };
  const away = inflight.now?.attempt_id === one.attempt_id ? inflight.away : null;
  if (away !== null) body.away_seconds = Math.round(away);
  const talked = outcome === "spoke" || outcome === "called_us";
  const act = { kind: "outcome" as const, attempt_id: one.attempt_id, body };
  const row_id = enqueue(act, one.follow_up, talked ? { held_until: Date.now() + QUESTIONS_MS } : {});
  if (inflight.now?.attempt_id === one.attempt_id) finish();
  const { attempt_id: attempt, follow_up, name } = one;
  void today().then(({ noteDone }) => noteDone({ attempt, follow_up, name, outcome, at: body.at }));
  // What was asked to stop is stopped at once: it cannot be taken back here.
  const undo = outcome === "stop" ? undefined : () => undoOutcome({ row_id, attempt: one, body });
  say(t("logged.said", { outcome: t(`outcome.${outcome}`), name: one.name }), undo);
  return { row_id, attempt: one, body };
}

export function undoOutcome({ row_id, attempt }: Logged): void {
  const local = unqueue((row) => row.id === row_id);
  if (!local) enqueue({ kind: "undo", attempt_id: attempt.attempt_id }, attempt.follow_up);
  void today().then(({ notDone }) => notDone(attempt.attempt_id));
  begin(local ? attempt : { ...attempt, acked: null });
  openSheet({ name: "outcome" });
}

/** "Didn't call": the try never was one; the first clock goes on. */
export function withdraw(one: Inflight): void {
  enqueue({ kind: "withdrawal", attempt_id: one.attempt_id }, one.follow_up);
  finish();
  say(t("logged.withdrawn"));
}

/** "They replied", "They called me": the customer reached us where we cannot see it; a try and its outcome at once. */
export function customerCame(f: FollowUp, how: "replied" | "called_us"): Logged {
  const channel: Channel = how === "called_us" ? "call" : f.reach.whatsapp ? "whatsapp" : f.reach.sms ? "sms" : "email";
  const one: Inflight = {
    attempt_id: uuid(), row_id: uuid(), follow_up: f.id, name: f.customer.display_name, channel,
    contact_point_id: null, t0: serverNow(), hidden_at: null, back_at: null, acked: null,
  };
  sendAttempt(one);
  return logOutcome(one, how);
}
