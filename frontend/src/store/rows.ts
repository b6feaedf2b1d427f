/** The outbox's rows as values. In: what the salesperson did (an Act). Out: the request it becomes, and how the
 *  follow-up looks until the server has answered. Pure; called by outbox.svelte.ts and inbox.svelte.ts. */
import type {
  Availability, Channel, CloseReason, DatedKind, FollowUp, HandoverReason, OutcomeBody, SnoozeReason,
} from "../api/types";

export type Act =
  | { kind: "attempt"; attempt: { id: string; channel: Channel; contact_point_id: string | null; started_at: string } }
  | { kind: "outcome"; attempt_id: string; body: OutcomeBody }
  | { kind: "undo"; attempt_id: string }
  | { kind: "withdrawal"; attempt_id: string }
  | { kind: "next_step"; step: { kind: DatedKind; due_at: string } }
  | { kind: "handover"; reason: HandoverReason; to_person_id?: string }
  | { kind: "cover" }
  | { kind: "acknowledgement" }
  | { kind: "snooze"; snooze: { until: string; reason: SnoozeReason } }
  | { kind: "closure"; reason: CloseReason }
  | { kind: "availability"; state: Availability }
  /** Acts that change nothing of what `overlay` shows carry their request (src/files). */
  | { kind: "note" | "removal"; method: "POST" | "DELETE"; path: string; body?: unknown };

export interface Row {
  /** Also the Idempotency-Key: the server answers a repeat with its first answer. */
  id: string;
  order: number;
  follow_up: string | null;
  /** Whose act it is: another person signing in on this phone must not send it as theirs. */
  person: string | null;
  act: Act;
  tries: number;
  /** Waits until epoch ms for the two questions after "Spoke" to be added. */
  held_until: number;
  /** The server said no: shown to the person until they dismiss it. */
  refused: { code: string; detail: string } | null;
}

export function requestOf(row: Row): { method: string; path: string; body?: unknown } {
  const { act } = row;
  const lead = `/api/v1/follow-ups/${row.follow_up}`;
  switch (act.kind) {
    case "attempt": return { method: "POST", path: `${lead}/attempts`, body: act.attempt };
    case "outcome": return { method: "POST", path: `/api/v1/attempts/${act.attempt_id}/outcome`, body: act.body };
    case "undo": return { method: "DELETE", path: `/api/v1/attempts/${act.attempt_id}/outcome` };
    case "withdrawal": return { method: "POST", path: `/api/v1/attempts/${act.attempt_id}/withdrawal`, body: {} };
    case "next_step": return { method: "POST", path: `${lead}/next-steps`, body: act.step };
    case "handover": {
      const { reason, to_person_id } = act;
      return { method: "POST", path: `${lead}/handovers`, body: to_person_id ? { reason, to_person_id } : { reason } };
    }
    case "cover": return { method: "POST", path: `${lead}/covers`, body: {} };
    case "acknowledgement": return { method: "POST", path: `${lead}/acknowledgements`, body: {} };
    case "snooze": return { method: "POST", path: `${lead}/snoozes`, body: act.snooze };
    case "closure": return { method: "POST", path: `${lead}/closure`, body: { reason: act.reason } };
    case "availability": return { method: "PUT", path: "/api/v1/me/availability", body: { state: act.state } };
    default: return act;
  }
}

const CONTACT = new Set(["spoke", "replied", "called_us"]);

/** The follow-up as it will be once the rows are sent. The server's answer replaces the guess. */
export function overlay(followUp: FollowUp, rows: readonly Row[]): FollowUp {
  return rows.filter((row) => row.follow_up === followUp.id && !row.refused).reduce(apply, followUp);
}

function apply(f: FollowUp, { act }: Row): FollowUp {
  switch (act.kind) {
    case "attempt": {
      const { id, channel, started_at } = act.attempt;
      if (f.open_attempt?.id === id) return f;
      const first = f.state === "assigned";
      return {
        ...f,
        state: first ? "accepted" : f.state,
        accepted_at: f.accepted_at ?? started_at,
        clock: f.clock.running ? { ...f.clock, held_since: f.clock.held_since ?? started_at } : f.clock,
        open_attempt: { id, channel, started_at, mine: true },
      };
    }
    case "outcome": return applyOutcome(f, act.body);
    case "withdrawal": {
      const clock = f.clock.stopped_after === null ? { ...f.clock, held_since: null } : f.clock;
      return { ...f, open_attempt: null, clock };
    }
    case "next_step": return { ...f, next_step: dated(act.step) };
    case "handover": return { ...f, mine: false };
    case "acknowledgement": return f.escalation ? { ...f, escalation: { ...f.escalation, acknowledged: true } } : f;
    case "snooze": return { ...f, next_step: { ...dated({ kind: "call_back", due_at: act.snooze.until })!, kind: "snooze" } };
    case "closure": return { ...f, state: "ended", end_reason: act.reason, next_step: null };
    default: return f;
  }
}

const dated = (step: { kind: DatedKind; due_at: string }): FollowUp["next_step"] => ({
  ...step, channel: null, position: 0, of: 0, voicemail_allowed: true,
});

function applyOutcome(f: FollowUp, body: OutcomeBody): FollowUp {
  const started = f.open_attempt ? Date.parse(f.open_attempt.started_at) : Date.parse(body.at);
  const after = Math.max(0, (started - Date.parse(f.clock.since)) / 1000);
  const stopped = f.clock.stopped_after ?? (f.clock.running ? after : null);
  const next: FollowUp = {
    ...f,
    open_attempt: null,
    attempts_made: f.attempts_made + 1,
    clock: { ...f.clock, running: false, held_since: null, stopped_after: stopped },
    // The cadence is the server's: until it answers the screen says "is being planned", never an old due time.
    next_step: null,
  };
  if (CONTACT.has(body.outcome)) next.state = "contacted";
  if (body.next_step) next.next_step = dated(body.next_step);
  if (body.outcome === "call_back" && body.call_back_at) {
    next.next_step = { ...dated({ kind: "call_back", due_at: body.call_back_at })!, kind: "snooze" };
  }
  if (body.outcome === "stop") return { ...next, state: "ended", end_reason: "stopped" };
  return next;
}
