/** What Sanne did is kept on her phone until the server has it, once, in order; and what she sees meanwhile. */
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { followUp } from "./fixtures";
import type { OutcomeBody } from "../api/types";

type Sent = { method: string; path: string; key: string | null; body: unknown };
let sent: Sent[] = [];
let answer: (sent: Sent) => Response | Error;
const json = (body: unknown, status = 200) => new Response(JSON.stringify(body), { status, headers: { "Content-Type": "application/json" } });

const started: (() => void)[] = [];
async function fresh() {
  vi.resetModules();
  const { outbox, dismiss } = await import("./outbox.svelte");
  started.push(() => outbox.rows.forEach((row) => dismiss(row.id)));
  return { outbox: await import("./outbox.svelte"), inflight: await import("./inflight.svelte"), disk: (await import("./db")).disk };
}
const attempt = (id: string) => ({ kind: "attempt" as const, attempt: { id, channel: "call" as const, contact_point_id: null, started_at: "2026-11-22T10:00:00Z" } });
const said = (outcome: OutcomeBody["outcome"]): OutcomeBody => ({ outcome, at: "2026-11-22T10:01:00Z" });

// An app of an earlier test must not go on sending.
afterEach(() => started.splice(0).forEach((stop) => stop()));

beforeEach(async () => {
  sent = [];
  answer = () => json({});
  localStorage.clear();
  const { disk } = await fresh();
  for (const row of await disk.rows()) await disk.deleteRow(row.id);
  vi.stubGlobal("fetch", async (path: string, init: RequestInit) => {
    const one = { method: init.method!, path, key: new Headers(init.headers).get("Idempotency-Key"), body: JSON.parse(String(init.body ?? "null")) as unknown };
    sent.push(one);
    const came = answer(one);
    if (came instanceof Error) throw came;
    return came;
  });
});

describe("Sanne's outbox", () => {
  it("sends the try before its outcome, each with its own key, and is then empty on disk too", async () => {
    const { outbox, disk } = await fresh();
    const first = outbox.enqueue(attempt("a1"), "f1");
    const second = outbox.enqueue({ kind: "outcome", attempt_id: "a1", body: said("no_answer") }, "f1");
    await vi.waitFor(() => expect(outbox.outbox.rows).toEqual([]));
    expect(sent.map((one) => [one.path, one.key])).toEqual([
      ["/api/v1/follow-ups/f1/attempts", first], ["/api/v1/attempts/a1/outcome", second],
    ]);
    await vi.waitFor(async () => expect(await disk.rows()).toEqual([]));
  });

  it("keeps everything when the network is gone, and the next start sends it under the same key", async () => {
    answer = () => new TypeError("offline");
    const before = await fresh();
    const key = before.outbox.enqueue(attempt("a1"), "f1");
    before.outbox.enqueue({ kind: "outcome", attempt_id: "a1", body: said("busy") }, "f1");
    await vi.waitFor(() => expect(before.outbox.outbox.rows[0]?.tries).toBeGreaterThan(0));
    expect(new Set(sent.map((one) => one.key))).toEqual(new Set([key])); // the outcome waits for its try
    await vi.waitFor(async () => expect(await before.disk.rows()).toHaveLength(2));

    answer = () => json({});
    const after = await fresh(); // the app was killed
    await after.outbox.restoreOutbox();
    await after.outbox.drain();
    expect(sent.at(-2)?.key).toBe(key);
    expect(after.outbox.outbox.rows).toEqual([]);
  });

  it("keeps what was done while signed out", async () => {
    answer = () => json({ type: "about:blank#unauthorized", title: "Sign in", status: 401 }, 401);
    const { outbox } = await fresh();
    outbox.enqueue(attempt("a1"), "f1");
    await vi.waitFor(() => expect(sent).toHaveLength(1));
    expect(outbox.outbox.rows).toHaveLength(1);
    expect(outbox.outbox.rows[0]?.refused).toBeNull();
  });

  it("shows a refusal with the server's sentence, and goes on with the rest", async () => {
    answer = ({ path }) => (path.includes("covers") ? json({ type: "about:blank#taken", title: "No", status: 409, detail: "Bram has this customer." }, 409) : json({}));
    const { outbox } = await fresh();
    outbox.enqueue({ kind: "cover" }, "f2");
    outbox.enqueue(attempt("a1"), "f1");
    await vi.waitFor(() => expect(sent).toHaveLength(2));
    await vi.waitFor(() => expect(outbox.outbox.rows).toHaveLength(1));
    expect(outbox.outbox.rows[0]?.refused).toEqual({ code: "taken", detail: "Bram has this customer." });
    expect(outbox.outbox.waiting).toBe(0);
  });

  it("holds 'Spoke' for the two questions, adds the answers, and lets go when she leaves the screen", async () => {
    const { outbox } = await fresh();
    const id = outbox.enqueue({ kind: "outcome", attempt_id: "a1", body: said("spoke") }, "f1", { held_until: Date.now() + 60_000 });
    await outbox.drain();
    expect(sent).toEqual([]);
    expect(outbox.release(id, (act) => (act.kind === "outcome" ? { ...act, body: { ...act.body, question_answered: true } } : act))).toBe(true);
    await vi.waitFor(() => expect(sent[0]?.body).toMatchObject({ outcome: "spoke", question_answered: true }));
    outbox.enqueue({ kind: "outcome", attempt_id: "a2", body: said("spoke") }, "f1", { held_until: Date.now() + 60_000 });
    outbox.releaseAll();
    await vi.waitFor(() => expect(sent).toHaveLength(2));
  });

  it("takes back what has not left yet, and only that", async () => {
    const { outbox } = await fresh();
    outbox.enqueue({ kind: "handover", reason: "cannot_now" }, "f1", { held_until: Date.now() + 60_000 });
    expect(outbox.unqueue((row) => row.act.kind === "handover")).toBe(true);
    expect(outbox.unqueue((row) => row.act.kind === "handover")).toBe(false);
    outbox.releaseAll();
    await outbox.drain();
    expect(sent).toEqual([]);
  });

  it("never sends Bram's acts as Sanne's", async () => {
    const { outbox, disk } = await fresh();
    const row = { id: "r1", order: 1, follow_up: "f1", person: "bram", act: { kind: "cover" as const }, tries: 0, held_until: 0, refused: null };
    await disk.putRow(row);
    await outbox.restoreOutbox();
    await outbox.drain();
    expect(sent).toEqual([]);
    expect(outbox.outbox.rows).toHaveLength(1);
  });
});

describe("what Sanne sees before the server has answered", () => {
  it("is accepted and held at the tap, tried once after the outcome, and never shows an old due time", async () => {
    const { overlay } = await import("./rows");
    const row = (act: Parameters<typeof overlay>[1][number]["act"], order: number) =>
      ({ id: String(order), order, follow_up: "f1", person: null, act, tries: 0, held_until: 0, refused: null });
    const tapped = overlay(followUp(), [row(attempt("a1"), 1)]);
    expect(tapped).toMatchObject({ state: "accepted", open_attempt: { id: "a1", mine: true }, clock: { held_since: "2026-11-22T10:00:00Z" } });
    const logged = overlay(followUp(), [row(attempt("a1"), 1), row({ kind: "outcome", attempt_id: "a1", body: said("no_answer") }, 2)]);
    expect(logged).toMatchObject({ open_attempt: null, attempts_made: 1, next_step: null, clock: { running: false, stopped_after: 41 } });
    const other = overlay(followUp({ id: "f2" }), [row(attempt("a1"), 1)]);
    expect(other.open_attempt).toBeNull();
  });
});

describe("the try in flight", () => {
  const one = () => ({ attempt_id: "a1", row_id: "r1", follow_up: "f1", name: "Sanne de Boer", channel: "call" as const, contact_point_id: null, t0: Date.now(), hidden_at: null, back_at: null, acked: null });

  it("survives a killed app, but not four hours", async () => {
    (await fresh()).inflight.begin(one());
    expect((await fresh()).inflight.restoreInflight()?.attempt_id).toBe("a1");
    localStorage.setItem("inflight", JSON.stringify({ ...one(), t0: Date.now() - 4 * 3600_000 - 1 }));
    expect((await fresh()).inflight.restoreInflight()).toBeNull();
    expect(localStorage.getItem("inflight")).toBeNull();
  });

  it("is dropped when the server has closed it, but not by an answer from before the server knew it", async () => {
    const { inflight } = await fresh();
    inflight.begin(one());
    inflight.dropIfClosed(followUp(), Date.now());
    expect(inflight.inflight.now).not.toBeNull();
    const asked = Date.now() - 1000;
    inflight.acknowledged("a1");
    inflight.dropIfClosed(followUp(), asked);
    expect(inflight.inflight.now).not.toBeNull();
    inflight.dropIfClosed(followUp({ open_attempt: null }), Date.now() + 1000);
    expect(inflight.inflight.now).toBeNull();
  });

  it("asks about the earlier try after the later one", async () => {
    const { inflight } = await fresh();
    inflight.begin(one());
    inflight.begin({ ...one(), attempt_id: "a2" });
    expect(inflight.inflight.now?.attempt_id).toBe("a2");
    inflight.finish();
    expect(inflight.inflight.now?.attempt_id).toBe("a1");
    inflight.finish();
    expect(inflight.inflight.now).toBeNull();
  });

  it("measures the time away from leaving to coming back", async () => {
    const { inflight } = await fresh();
    vi.useFakeTimers({ now: Date.now(), toFake: ["Date"] });
    inflight.begin(one());
    window.dispatchEvent(new Event("blur"));
    vi.setSystemTime(Date.now() + 190_000);
    window.dispatchEvent(new Event("focus"));
    expect(Math.round(inflight.inflight.away!)).toBe(190);
    vi.useRealTimers();
  });
});
