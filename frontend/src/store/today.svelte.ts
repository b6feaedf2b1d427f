/** What was done on this phone today, for "done today" and the day's summary. In: outcomes as they are logged and taken
 *  back. Out: `today.done`, newest first, and two counts. Kept on disk until midnight. Called by attempt.ts and Leads. */
import type { Outcome } from "../api/types";
import { disk } from "./db";

export interface Done { attempt: string; follow_up: string; name: string; outcome: Outcome; at: string }
interface Kept { day: string; done: Done[] }

const KEY = "today";
const SPOKEN = new Set<Outcome>(["spoke", "replied", "called_us", "call_back"]);
const dayOf = (at: Date): string => `${at.getFullYear()}-${at.getMonth() + 1}-${at.getDate()}`;
const state = $state<Kept>({ day: dayOf(new Date()), done: [] });
const restored = disk.value<Kept>(KEY).then((kept) => {
  if (kept?.day === state.day) state.done = kept.done;
});

const customers = (done: Done[]): number => new Set(done.map((one) => one.follow_up)).size;

export const today = {
  get done() { return state.day === dayOf(new Date()) ? state.done : []; },
  /** Customers tried, and those among them there was contact with. */
  get tried() { return customers(this.done); },
  get spoken() { return customers(this.done.filter((one) => SPOKEN.has(one.outcome))); },
};

export async function noteDone(one: Done): Promise<void> {
  await change((done) => [one, ...done.filter((each) => each.attempt !== one.attempt)]);
}
export async function notDone(attempt: string): Promise<void> {
  await change((done) => done.filter((each) => each.attempt !== attempt));
}

async function change(edit: (done: Done[]) => Done[]): Promise<void> {
  await restored;
  const now = dayOf(new Date());
  state.done = edit(state.day === now ? state.done : []);
  state.day = now;
  await disk.putValue(KEY, $state.snapshot(state));
}
