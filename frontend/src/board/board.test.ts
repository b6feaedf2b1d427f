import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { BoardSnapshot, FeedMessage } from "../api/types";
import { item, message, row, snapshot } from "./sample";

/** The wire: a server that answers GET /board, and a line that says what it was asked. */
const line = vi.hoisted(() => ({
  connected: true,
  resumes: [] as { cursor: () => string | null; fresh: () => void }[],
  cursors: [] as (string | null)[],
  feed: (_message: unknown) => {},
}));
vi.mock("../store/live.svelte", () => ({
  live: line,
  goLive: () => Promise.resolve(),
  onLive: (_kind: string, handler: (message: unknown) => void) => {
    line.feed = handler;
    return () => (line.feed = () => {});
  },
  resumeFrom: (resume: (typeof line.resumes)[number]) => {
    line.resumes.push(resume);
    line.cursors.push(resume.cursor());
    return () => void line.resumes.splice(line.resumes.indexOf(resume), 1);
  },
}));
const { board, leftLive, openBoard } = await import("./board.svelte");

let answers: (BoardSnapshot | number)[];
let asked = 0;
let close = () => {};
const tell = (news: FeedMessage) => line.feed(news);
const settle = () => vi.advanceTimersByTimeAsync(0);

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "Date"] });
  asked = 0;
  answers = [snapshot({ rows: [row("1")] })];
  Object.assign(line, { connected: true, resumes: [], cursors: [] });
  vi.stubGlobal("fetch", async () => {
    asked += 1;
    const answer = answers.length > 1 ? answers.shift()! : answers[0]!;
    if (answer === 0) throw new TypeError("nobody answers");
    return typeof answer === "number" ? Response.json({ type: "about:blank#x" }, { status: answer }) : Response.json(answer);
  });
});
afterEach(() => {
  close();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});
async function open() {
  close = openBoard();
  await settle();
  await settle();
}

describe("Bram opens the board", () => {
  it("takes a snapshot and resumes from that snapshot's own cursor, so that nothing in between is lost", async () => {
    await open();
    expect([...board.now!.rows.keys()]).toEqual(["1"]);
    expect(line.cursors).toEqual(["c0"]);
    tell(message({ items: [item("9", "lead_arrived", "2")], rows: [row("2")] }));
    expect(board.now!.rows.size).toBe(2);
  });

  it("resumes after a reconnect from the last cursor heard, not from the snapshot's", async () => {
    await open();
    tell(message({ cursor: "c7", items: [item("9", "lead_arrived", "2")], rows: [row("2")] }));
    expect(line.resumes.map((one) => one.cursor())).toEqual(["c7"]);
  });

  it("takes a fresh snapshot when the server does not know the cursor", async () => {
    await open();
    answers = [snapshot({ cursor: "c100", rows: [row("5")] })];
    line.resumes[0]!.fresh();
    await settle();
    await settle();
    expect([...board.now!.rows.keys()]).toEqual(["5"]);
    expect(line.cursors.at(-1)).toBe("c100");
    expect(line.resumes).toHaveLength(1);
  });

  it("does not ask in a tight loop when the server refuses even a fresh cursor", async () => {
    await open();
    for (let n = 0; n < 5; n += 1) {
      line.resumes[0]!.fresh();
      await settle();
    }
    expect(asked).toBe(2);
  });

  it("asks again every 10 s while there is no line", async () => {
    line.connected = false;
    await open();
    await vi.advanceTimersByTimeAsync(20_500);
    expect(asked).toBe(3);
  });

  it("asks soon after the line broke", async () => {
    await open();
    line.connected = false;
    leftLive();
    await vi.advanceTimersByTimeAsync(2_500);
    expect(asked).toBe(2);
  });

  it("keeps what it knows when nobody answers, and says so", async () => {
    line.connected = false;
    answers = [snapshot({ rows: [row("1")] }), 0];
    await open();
    await vi.advanceTimersByTimeAsync(10_500);
    expect(board.now!.rows.size).toBe(1);
    expect(board.problem).toBe("unreachable");
  });

  it("shows the last board at once when the server is away, with the time it was true", async () => {
    const { disk } = await import("../store/db");
    const { fromSnapshot } = await import("./reduce");
    await disk.putValue("board", { board: fromSnapshot(snapshot({ rows: [row("7")] })), at: 1234 });
    answers = [0];
    await open();
    await vi.waitFor(() => expect(board.now?.rows.has("7")).toBe(true));
    expect(board.at).toBe(1234);
  });

  it("tells Sanne that the board is for managers, and forgets the one Bram looked at on this device", async () => {
    answers = [403];
    await open();
    expect(board.problem).toBe("forbidden");
    expect(board.now).toBeNull();
    const { disk } = await import("../store/db");
    await vi.waitFor(async () => expect(await disk.value("board")).toBeNull());
  });

  it("is silent after it was closed", async () => {
    await open();
    close();
    await vi.advanceTimersByTimeAsync(120_000);
    expect(asked).toBe(1);
    expect(board.now).toBeNull();
  });
});
