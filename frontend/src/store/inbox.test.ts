/** A phone with a slow disk: what the server said meanwhile is newer, and stays on the screen. */
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { followUp } from "./fixtures";
import type { FollowUp, Me } from "../api/types";

const json = (body: unknown) => new Response(JSON.stringify(body), { headers: { "Content-Type": "application/json" } });
const told = [{ id: "t1" }] as unknown as NonNullable<FollowUp["timeline"]>;

async function fresh() {
  vi.resetModules();
  return { ...(await import("./inbox.svelte")), ...(await import("./session.svelte")), disk: (await import("./db")).disk };
}

beforeEach(async () => {
  const { disk } = await fresh();
  await disk.keepFollowUps([followUp({ timeline: told }), followUp({ id: "f0" })]);
  await disk.putValue("order", ["f1", "f0"]);
  vi.stubGlobal("fetch", async () => json({ follow_ups: [followUp({ attempts_made: 1 }), followUp({ id: "f2" })], cursor: "c" }));
});
afterEach(async () => {
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
  await (await fresh()).disk.forget();
});

it("keeps the server's answer when the disk answers after it", async () => {
  const { inbox, restoreInbox, refreshInbox, disk } = await fresh();
  const read = disk.followUps;
  let go: () => void = () => undefined;
  const gate = new Promise<void>((open) => (go = open));
  vi.spyOn(disk, "followUps").mockImplementation(async () => {
    const before = await read();
    await gate;
    return before;
  });
  const restored = restoreInbox();
  await refreshInbox();
  go();
  await restored;
  expect(inbox.list.map((one) => [one.id, one.attempts_made])).toEqual([["f1", 1], ["f2", 0]]);
  expect(inbox.find("f1")?.timeline).toEqual(told); // which the server's list does not carry
  await refreshInbox();
  await vi.waitFor(async () => expect((await read()).map((one) => one.id)).toEqual(["f1", "f2"])); // f0 has left this phone
});

it("keeps what an act was answered when a list from before it comes later", async () => {
  const { inbox, refreshInbox, refreshFollowUp, putFollowUp } = await fresh();
  const waiting: ((body: unknown) => void)[] = [];
  vi.stubGlobal("fetch", () => new Promise((answer) => waiting.push((body) => answer(json(body)))));
  const reads = [refreshInbox(), refreshInbox(["f1"]), refreshFollowUp("f1")];
  putFollowUp(followUp({ attempts_made: 1 })); // the outcome, logged and answered meanwhile
  const old = { follow_ups: [followUp(), followUp({ id: "f2" })], cursor: "c" };
  [old, { follow_ups: [], cursor: "c" }, followUp()].forEach((body, place) => waiting[place]!(body));
  await Promise.all(reads);
  expect(inbox.list.map((one) => [one.id, one.attempts_made])).toEqual([["f1", 1], ["f2", 0]]);
  const next = refreshInbox();
  waiting[3]!({ follow_ups: [followUp({ attempts_made: 2 })], cursor: "d" });
  await next; // asked after it: this is news
  expect(inbox.list.map((one) => [one.id, one.attempts_made])).toEqual([["f1", 2]]);
});

it("starts from disk alone without a network", async () => {
  vi.stubGlobal("fetch", async () => { throw new TypeError("offline"); });
  const { inbox, restoreInbox, refreshInbox } = await fresh();
  await Promise.all([restoreInbox(), refreshInbox()]);
  expect(inbox.list.map((one) => one.id)).toEqual(["f1", "f0"]);
  expect([inbox.loaded, inbox.reachable]).toEqual([true, false]);
});

it("takes nobody from disk over the one the server named", async () => {
  const { disk, putMe, restoreMe, session } = await fresh();
  const me = (first_name: string) => ({ person: { id: "p1", first_name, language: "" } }) as unknown as Me;
  await disk.putValue("me", me("Before"));
  const restored = restoreMe();
  await putMe(me("Now"));
  await restored;
  expect(session.me?.person.first_name).toBe("Now");
});
