/** A follow-up for tests: Sanne de Boer asks Sanne Visser about a Golf. */
import type { FollowUp } from "../api/types";

export function followUp(more: Partial<FollowUp> = {}): FollowUp {
  return {
    id: "f1", state: "assigned", end_reason: null,
    customer: { id: "c1", first_name: "Sanne", display_name: "Sanne de Boer", language: "nl" },
    car: "VW Golf 2022", wants: "test_drive", question: "Is hij zaterdag te zien?", trade_in: "Polo 2016",
    arrived_at: "2026-11-22T09:59:19Z",
    clock: { running: true, since: "2026-11-22T09:59:19Z", held_since: null, stopped_after: null },
    owner: { id: "p1", first_name: "Sanne", name: "Sanne Visser" }, mine: true, covered_by: null, accepted_at: null, attempts_made: 0,
    next_step: { kind: "attempt", due_at: "2026-11-22T10:00:19Z", channel: "call", position: 1, of: 6, voicemail_allowed: true },
    reach: {
      primary: "call", prefers_writing: false, numbers: [{ id: "n1", raw: "0612345678", e164: "+31612345678", wrong: false }],
      email: "sanne@example.nl", call: "+31612345678", whatsapp: "+31612345678", sms: "+31612345678", facetime: "+31612345678", blocked: [],
    },
    texts: { whatsapp: "Dag Sanne", sms: "Dag Sanne", email_subject: "Golf", email_body: "Dag", no_answer: "Ik belde net", voicemail_script: "Dag" },
    open_attempt: null, leads: [], also_asks: [], needs_look: false, demo: false, ...more,
  };
}
