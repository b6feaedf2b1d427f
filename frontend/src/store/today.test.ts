/** "Contact with 1 of 2 customers": the day's summary counts what Sanne did, forgets what she took back, and ends at midnight. */
import { afterEach, beforeEach, expect, it, vi } from "vitest";

const done = (attempt: string, follow_up: string, outcome: "spoke" | "no_answer" | "busy") => ({ attempt, follow_up, name: "Jansen", outcome, at: "2026-11-22T10:00:00Z" });
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
it("shows what she did on her other phone too, and keeps what this one has not sent yet", async () => {
  const theirs = [{ ...done("b1", "f7", "spoke"), name: "Visser", at: "2026-11-22T08:00:00Z" }, done("a2", "f2", "no_answer")];
  vi.stubGlobal("fetch", async () => new Response(JSON.stringify({ done: theirs }), { headers: { "Content-Type": "application/json" } }));
  const { noteDone, refreshToday, today } = await fresh();
  await noteDone({ ...done("a0", "f0", "busy"), at: "2026-11-22T07:00:00Z" }); // taken back on the other phone: not in their list
  await noteDone(done("a3", "f3", "busy"));
  const { enqueue, dismiss } = await import("./outbox.svelte");
  vi.stubGlobal("navigator", { ...navigator, locks: { request: () => new Promise(() => undefined) } }); // nothing leaves this phone
  const row = enqueue({ kind: "outcome", attempt_id: "a3", body: { outcome: "busy", at: "2026-11-22T10:00:00Z" } }, "f3");
  await refreshToday();
  expect(today.done.map((one) => one.attempt).sort()).toEqual(["a2", "a3", "b1"]);
  expect([today.tried, today.spoken]).toEqual([3, 1]);
  vi.stubGlobal("fetch", async () => { throw new TypeError("offline"); });
  await refreshToday();
  expect(today.tried).toBe(3);
  dismiss(row);
  vi.unstubAllGlobals();
});
it("begins anew the next day", async () => {
  const { noteDone, today } = await fresh();
  await noteDone(done("a1", "f1", "spoke"));
  vi.setSystemTime(new Date(2026, 10, 23, 8, 0));
  expect(today.tried).toBe(0);
  await noteDone(done("a2", "f2", "no_answer"));
  expect([today.tried, today.spoken]).toEqual([1, 0]);
});
