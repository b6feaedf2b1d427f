/** What the demo shows about a lead, read from the board's rows. Pure. Called by the demo's views. */
import type { BoardRow } from "../api/types";
import { waited } from "../lib/sla";

export const LIGHTS = ["queued", "sent", "received", "opened"] as const;
export type Light = (typeof LIGHTS)[number];
export type Lit = "done" | "now" | "ahead";

/** The lights of a push: those behind it are done, the one it stands at is now. */
export function lights(push: BoardRow["push"]): { name: Light; lit: Lit }[] {
  const at = (LIGHTS as readonly string[]).indexOf(push);
  return LIGHTS.map((name, index) => ({ name, lit: index < at ? "done" : index === at ? "now" : "ahead" }));
}

/** The newest follow-up of this customer; the demo's names are given out once. */
export function rowOf(rows: readonly BoardRow[], name: string | null): BoardRow | null {
  const theirs = rowsOf(rows, name);
  return theirs.reduce<BoardRow | null>((newest, row) => (newest && newest.arrived_at >= row.arrived_at ? newest : row), null);
}

export const rowsOf = (rows: readonly BoardRow[], name: string | null): BoardRow[] =>
  name === null ? [] : rows.filter((row) => row.customer === name);

/** product.md, Escalation: seconds since assignment, and the rung the server reports when it climbed it. */
export const RUNGS = [
  { seconds: 10, rung: "deputy_if_silent" },
  { seconds: 30, rung: "owner_again" },
  { seconds: 60, rung: "deputy" },
  { seconds: 120, rung: "everyone" },
  { seconds: 300, rung: "alarm" },
] as const;
export interface Rung { seconds: (typeof RUNGS)[number]["seconds"]; is: "ahead" | "next" | "reached" | "not_needed" }
export interface Ladder { seconds: number; stopped: boolean; rungs: Rung[] }

/** Reached is what the server says it did; the clock only says which rung comes next. */
export function ladder(row: BoardRow, now: number): Ladder {
  const { seconds, phase } = waited(row.clock, now);
  const stopped = phase !== "running";
  const climbed = RUNGS.findIndex((one) => one.rung === row.escalation?.rung);
  const confirmed = row.push === "received" || row.push === "opened";
  const next = stopped ? -1 : RUNGS.findIndex((one) => seconds < one.seconds);
  return {
    seconds: Math.max(0, seconds),
    stopped,
    rungs: RUNGS.map((one, index) => {
      // The first rung is only for a phone that stays silent.
      if (index === 0 && confirmed) return { seconds: one.seconds, is: "not_needed" };
      return { seconds: one.seconds, is: index <= climbed ? "reached" : index === next ? "next" : "ahead" };
    }),
  };
}

export type Proof = "waiting" | "arrived_once" | "doubled";

/** After the restart: is the lead there, once, and did its push leave? Where no push can leave, being there is the proof. */
export function proof(rows: readonly BoardRow[], name: string | null, pushWorks = true): Proof {
  const theirs = rowsOf(rows, name);
  if (theirs.length > 1 || theirs.some((row) => row.leads > 1)) return "doubled";
  const [one] = theirs;
  return one && (one.push !== "queued" || !pushWorks) ? "arrived_once" : "waiting";
}
