/** People and rows for the board's tests. */
import type { BoardPerson, BoardRow, BoardSnapshot, FeedItem, FeedMessage } from "../api/types";

export const NOW = Date.parse("2026-11-22T10:00:00.000Z");
export const SLA = { gold: 60, green: 120, amber: 300 };
export const at = (seconds: number): string => new Date(NOW + seconds * 1000).toISOString();

export function row(id: string, changes: Partial<BoardRow> = {}, ago = 30): BoardRow {
  return {
    id, customer: `Customer ${id}`, car: "VW Golf 2022", source: "website", arrived_at: at(-ago),
    clock: { running: true, since: at(-ago), held_since: null, stopped_after: null },
    owner: { id: "sanne", first_name: "Sanne" }, covered_by: null, state: "assigned", accepted_at: null,
    contact: "not_called", dialled_at: null, attempts_made: 0, last_outcome: null,
    next_step: { kind: "attempt", due_at: at(60 - ago), channel: "call", position: 1, of: 6, voicemail_allowed: false },
    escalation: null, push: "sent", needs_look: false, leads: 1, demo: false, ...changes,
  };
}

/** Called and not reached: the clock stands still, the next attempt is due at `due` seconds from now. */
export const called = (id: string, due: number): BoardRow =>
  row(id, {
    contact: "called", attempts_made: 1, last_outcome: "no_answer",
    clock: { running: false, since: at(-600), held_since: null, stopped_after: 40 },
    next_step: { kind: "attempt", due_at: at(due), channel: "call", position: 2, of: 6, voicemail_allowed: true },
  }, 600);

export function item(id: string, type: string, followUp: string, changes: Partial<FeedItem> = {}): FeedItem {
  return { id, at: at(Number(id)), type, follow_up_id: followUp, customer: `Customer ${followUp}`, person: { first_name: "Sanne" }, params: {}, ...changes };
}

export const person = (first_name: string, changes: Partial<BoardPerson> = {}): BoardPerson => ({
  id: first_name.toLowerCase(), first_name, name: first_name, availability: "on_duty", availability_until: null, open: 1,
  push: "confirmed", last_received_at: null, ...changes,
});

export const snapshot = (changes: Partial<BoardSnapshot> = {}): BoardSnapshot => ({
  server_time: at(0), cursor: "c0", showroom: { id: "d", name: "Doesburg", timezone: "Europe/Amsterdam", country: "NL" },
  sla: SLA, people: [person("Sanne"), person("Eva")], rows: [], feed: [], ...changes,
});

export const message = (changes: Partial<FeedMessage> = {}): FeedMessage => ({
  cursor: "c1", items: [], rows: [], gone: [], people: [], ...changes,
});
