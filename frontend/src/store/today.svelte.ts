/** What I did today, on whichever phone, for "done today" and the day's summary. In: the server's list; outcomes as they
 *  are logged and taken back here, before the server knows. Out: `today.done`, newest first, and two counts. Kept on disk
 *  until midnight. Called by attempt.ts and DoneToday. */
import { api } from "../api";
import { Problem, Unreachable } from "../api/http";
import type { Done, Outcome } from "../api/types";
import { serverNow } from "../lib/clock.svelte";
import { newestFirst } from "../lib/order";
import { disk } from "./db";
import { outbox } from "./outbox.svelte";

interface Kept { day: string; done: Done[] }

const KEY = "today";
/** Longer than an outcome needs to the server, ms. */
const JUST_NOW = 20_000;
const SPOKEN = new Set<Outcome>(["spoke", "replied", "called_us", "call_back"]);
const dayOf = (at: Date): string => `${at.getFullYear()}-${at.getMonth() + 1}-${at.getDate()}`;
let kept = $state.raw<Kept>({ day: dayOf(new Date()), done: [] });
const restored = disk.value<Kept>(KEY).then((before) => {
  if (before?.day === kept.day) kept = before;
});

const customers = (done: Done[]): number => new Set(done.map((one) => one.follow_up)).size;

export const today = {
  get done() { return kept.day === dayOf(new Date()) ? kept.done : []; },
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

/** What was done on my other phones. What this one has only just sent, or still keeps, stays as it is here. */
export async function refreshToday(): Promise<void> {
  try {
    const asked = serverNow();
    const { done: theirs } = await api.doneToday();
    const ours = (attempt: string) => outbox.rows.some(({ act }) => "attempt_id" in act && act.attempt_id === attempt);
    await change((done) => {
      const here = done.filter((one) => ours(one.attempt) || Date.parse(one.at) > asked - JUST_NOW);
      const known = new Set(here.map((one) => one.attempt));
      const others = theirs.filter((one) => !known.has(one.attempt) && !ours(one.attempt));
      return newestFirst([...here, ...others], (one) => one.at);
    });
  } catch (error) {
    if (!(error instanceof Problem || error instanceof Unreachable)) throw error; // without a network: what we have
  }
}

async function change(edit: (done: Done[]) => Done[]): Promise<void> {
  await restored;
  const day = dayOf(new Date());
  kept = { day, done: edit(kept.day === day ? kept.done : []) };
  await disk.putValue(KEY, kept);
}
