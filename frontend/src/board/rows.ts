/** In which order the rows stand and what the header counts. Pure. In: rows, people, now. Called by the board's views. */
import type { BoardPerson, BoardRow, Sla } from "../api/types";
import { byLetter } from "../lib/order";
import { level, waited, type Level } from "../lib/sla";

/** Nobody has really tried yet; a call that is under way and has no outcome is still the first. */
export const isFirst = (row: BoardRow): boolean =>
  row.contact === "not_called" || (row.contact === "dialled" && row.last_outcome === null);

const dueOf = (row: BoardRow): number => Date.parse(row.next_step?.due_at ?? row.arrived_at);

/** First attempts before repeats, then due time; nothing else (product.md rule 3). Equal due times: who asked first. */
export function inOrder(rows: Iterable<BoardRow>): BoardRow[] {
  return [...rows].sort(
    (a, b) =>
      Number(isFirst(b)) - Number(isFirst(a)) ||
      dueOf(a) - dueOf(b) ||
      Date.parse(a.arrived_at) - Date.parse(b.arrived_at) ||
      byLetter(a.id, b.id),
  );
}

/** The level of a customer who still waits for the first try; null once somebody tried or before opening. */
export function waitingLevel(row: BoardRow, sla: Sla, now: number): Level | null {
  const { seconds, phase } = waited(row.clock, now);
  return phase === "running" || phase === "held" ? level(seconds, sla) : null;
}

/** Beyond #DCDW's 120 s without a call, or a later step past its time. A call under way holds it (rule 5). */
export function isLate(row: BoardRow, sla: Sla, now: number): boolean {
  if (row.contact === "dialled") return false;
  const waiting = waitingLevel(row, sla, now);
  if (waiting) return waiting === "amber" || waiting === "red";
  return !isFirst(row) && dueOf(row) < now;
}

export interface Counts { open: number; notCalled: number; late: number }

export function count(rows: readonly BoardRow[], sla: Sla, now: number): Counts {
  return {
    open: rows.length,
    notCalled: rows.filter((row) => row.contact === "not_called").length,
    late: rows.filter((row) => isLate(row, sla, now)).length,
  };
}

export type Health = "reachable" | "unconfirmed" | "silent" | "unreachable" | "none";

/** Whether a lead would ring at this person's; shown before one comes. */
export function health(person: Pick<BoardPerson, "push" | "health">): Health {
  if (person.health === "silent") return "silent";
  switch (person.push) {
    case "confirmed": return "reachable";
    case "pending": return "unconfirmed";
    case "none": return "none";
    default: return "unreachable";
  }
}

const PRESENCE = ["on_duty", "with_customer", "break", "off"];

/** Who can take a lead stands first. */
export const byPresence = (people: readonly BoardPerson[]): BoardPerson[] =>
  [...people].sort(
    (a, b) =>
      PRESENCE.indexOf(a.availability) - PRESENCE.indexOf(b.availability) || a.first_name.localeCompare(b.first_name),
  );
