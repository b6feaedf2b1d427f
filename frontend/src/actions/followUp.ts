/** What a salesperson decides about a follow-up besides trying: the next step, pass on, cover, close.
 *  What cannot be taken back on the server waits 8 seconds here, so that undo works for it too. */
import type { CloseReason, DatedKind, FollowUp, HandoverReason, SnoozeReason } from "../api/types";
import { t } from "../i18n/index.svelte";
import { serverNow } from "../lib/clock.svelte";
import { when } from "../lib/format";
import { enqueue, release, unqueue } from "../store/outbox.svelte";
import { say } from "../store/snack.svelte";
import type { Logged } from "./attempt";

const UNDO_MS = 8_000;
const held = () => ({ held_until: Date.now() + UNDO_MS });

export interface Answers { question_answered?: boolean; next_step?: { kind: DatedKind; due_at: string } }

/** The two questions after "Spoke". They go with the outcome while it waits; else the outcome is logged again with them. */
export function answerQuestions({ row_id, attempt, body }: Logged, answers: Answers): void {
  const whole = { ...body, ...answers };
  const added = release(row_id, (act) => (act.kind === "outcome" ? { ...act, body: { ...act.body, ...answers } } : act));
  if (added || Object.keys(answers).length === 0) return;
  enqueue({ kind: "undo", attempt_id: attempt.attempt_id }, attempt.follow_up);
  enqueue({ kind: "outcome", attempt_id: attempt.attempt_id, body: whole }, attempt.follow_up);
}

export function setNextStep(followUp: string, kind: DatedKind, due_at: string): void {
  enqueue({ kind: "next_step", step: { kind, due_at } }, followUp);
}

export function passOn(f: FollowUp, reason: HandoverReason, to?: string): void {
  const id = enqueue({ kind: "handover", reason, ...(to ? { to_person_id: to } : {}) }, f.id, held());
  say(t("said.passed_on", { name: f.customer.display_name }), () => void unqueue((row) => row.id === id));
}

export function cover(f: FollowUp): void {
  enqueue({ kind: "cover" }, f.id);
  say(t("said.covering", { name: f.customer.display_name }));
}

/** The customer asked for another time before there was contact: the plan waits and goes on where it stood. */
export function snooze(f: FollowUp, until: string, reason: SnoozeReason): void {
  const id = enqueue({ kind: "snooze", snooze: { until, reason } }, f.id, held());
  say(t("said.snoozed", { name: f.customer.display_name, when: when(until, serverNow()) }), () => void unqueue((row) => row.id === id));
}

/** A manager has seen the alarm: it climbs no further. Clock and owner stay as they are. */
export function acknowledge(f: FollowUp): void {
  enqueue({ kind: "acknowledgement" }, f.id);
}

export function close(f: FollowUp, reason: CloseReason): void {
  const id = enqueue({ kind: "closure", reason }, f.id, held());
  say(t("said.closed", { name: f.customer.display_name, reason: t(`close.${reason}`) }), () => void unqueue((row) => row.id === id));
}
