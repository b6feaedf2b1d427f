/** Which answers move the phone's clock: only those that prove it wrong, however slow they were. */
import { afterEach, beforeEach, expect, test, vi } from "vitest";

const SERVER = Date.parse("2026-11-22T10:00:00Z");

beforeEach(() => {
  vi.resetModules();
  vi.useFakeTimers();
  localStorage.clear();
});
afterEach(() => vi.useRealTimers());

/** A phone that is `ahead` ms of the server, and answers that took `there` ms out and `back` ms home. */
async function phone(ahead: number) {
  const { serverNow, setServerTime } = await import("./clock.svelte");
  let at = SERVER;
  const turn = (to: number) => vi.setSystemTime((at = to) + ahead);
  turn(SERVER);
  return {
    answer(there: number, back: number) {
      const asked = Date.now();
      turn(at + there);
      const written = new Date(at).toISOString();
      turn(at + back);
      setServerTime(written, asked);
    },
    error: () => serverNow() - at,
  };
}

test("a clock that is right stays so, also after an answer of eight seconds", async () => {
  const one = await phone(0);
  one.answer(7900, 100);
  expect(one.error()).toBe(0);
});

test("a clock that is wrong is put right to half a round trip, and better by every quicker answer", async () => {
  const one = await phone(90_000);
  one.answer(3000, 100);
  expect(Math.abs(one.error())).toBeLessThanOrEqual(1550);
  one.answer(20, 20);
  expect(Math.abs(one.error())).toBeLessThanOrEqual(70);
  one.answer(100, 7900);
  expect(Math.abs(one.error())).toBeLessThanOrEqual(70);
});

test("what it learned is there at the next start, and follows a clock that somebody sets", async () => {
  await phone(90_000).then((one) => one.answer(20, 20));
  vi.resetModules();
  const next = await phone(90_000);
  expect(Math.abs(next.error())).toBeLessThanOrEqual(70);
  vi.resetModules();
  const set = await phone(0);
  expect(set.error()).toBeLessThan(-80_000);
  set.answer(20, 20);
  expect(Math.abs(set.error())).toBeLessThanOrEqual(70);
});

test("an answer without a time changes nothing", async () => {
  const one = await phone(0);
  const { setServerTime } = await import("./clock.svelte");
  setServerTime("yesterday", Date.now());
  expect(one.error()).toBe(0);
});
