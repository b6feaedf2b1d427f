/** "Contact with 1 of 2 customers": the day's summary counts what Sanne did, forgets what she took back, and ends at midnight. */
import { afterEach, beforeEach, expect, it, vi } from "vitest";

const done = (attempt: string, follow_up: string, outcome: "spoke" | "no_answer") => ({ attempt, follow_up, name: "Jansen", outcome, at: "2026-11-22T10:00:00Z" });
async function fresh() {
  vi.resetModules();
  return import("./today.svelte");
}
beforeEach(() => vi.useFakeTimers({ toFake: ["Date"], now: new Date(2026, 10, 22, 10, 0) }));
afterEach(async () => {
  vi.useRealTimers();
  await (await import("./db")).disk.forget();
});

it("counts customers, not tries, and keeps them over a restart of the app", async () => {
  const first = await fresh();
  await first.noteDone(done("a1", "f1", "no_answer"));
  await first.noteDone(done("a2", "f1", "spoke"));
  await first.noteDone(done("a3", "f2", "no_answer"));
  expect([first.today.tried, first.today.spoken]).toEqual([2, 1]);
  const again = await fresh();
  await vi.waitFor(() => expect(again.today.tried).toBe(2));
  await again.notDone("a2");
  expect([again.today.tried, again.today.spoken]).toEqual([2, 0]);
});
it("begins anew the next day", async () => {
  const { noteDone, today } = await fresh();
  await noteDone(done("a1", "f1", "spoke"));
  vi.setSystemTime(new Date(2026, 10, 23, 8, 0));
  expect(today.tried).toBe(0);
  await noteDone(done("a2", "f2", "no_answer"));
  expect([today.tried, today.spoken]).toEqual([1, 0]);
});
