import { describe, expect, it } from "vitest";
import { at, called, NOW, row } from "../board/sample";
import { ladder, lights, proof, rowOf } from "./progress";

describe("the lights of a push", () => {
  it("are done behind where it stands, and ahead of it dark", () => {
    expect(lights("received").map((one) => one.lit)).toEqual(["done", "done", "now", "ahead"]);
    expect(lights("failed").every((one) => one.lit === "ahead")).toBe(true);
  });
});

describe("finding the lead that was sent", () => {
  it("takes the newest of that name", () => {
    const rows = [row("old", { customer: "Lotte Visser" }, 900), row("new", { customer: "Lotte Visser" }, 5), row("other")];
    expect(rowOf(rows, "Lotte Visser")?.id).toBe("new");
    expect(rowOf(rows, "Nobody")).toBeNull();
    expect(rowOf(rows, null)).toBeNull();
  });
});

describe("the ladder", () => {
  const is = (given: ReturnType<typeof row>) => ladder(given, NOW).rungs.map((one) => one.is);

  it("names the next rung by the clock", () => {
    expect(is(row("1", {}, 40))).toEqual(["ahead", "ahead", "next", "ahead", "ahead"]);
  });

  it("calls reached only what the server did, however late it is", () => {
    expect(is(row("1", {}, 200))).toEqual(["ahead", "ahead", "ahead", "ahead", "next"]);
    expect(is(row("1", { escalation: { rung: "everyone", at: at(0) } }, 200))).toEqual(["reached", "reached", "reached", "reached", "next"]);
  });

  it("skips the deputy when the phone confirmed", () => {
    expect(is(row("1", { push: "received", escalation: { rung: "owner_again", at: at(0) } }, 40))[0]).toBe("not_needed");
  });

  it("stops when somebody calls", () => {
    const stopped = ladder(called("1", 600), NOW);
    expect(stopped.stopped).toBe(true);
    expect(stopped.seconds).toBe(40);
    expect(stopped.rungs.some((one) => one.is === "next")).toBe(false);
  });
});

describe("the proof after kill -9", () => {
  const name = "Lotte Visser";
  it("waits while the push is still queued, and while nothing is there", () => {
    expect(proof([row("1", { customer: name, push: "queued" })], name)).toBe("waiting");
    expect(proof([], name)).toBe("waiting");
  });
  it("is given when it left and is there once, other customers aside", () => {
    expect(proof([row("1", { customer: name, push: "sent" }), row("2")], name)).toBe("arrived_once");
  });
  it("is given by the lead itself where no push can leave", () => {
    expect(proof([row("1", { customer: name, push: "queued" })], name, false)).toBe("arrived_once");
    expect(proof([], name, false)).toBe("waiting");
  });
  it("fails openly when it is there twice, as two follow-ups or as two requests in one", () => {
    expect(proof([row("1", { customer: name }), row("2", { customer: name })], name)).toBe("doubled");
    expect(proof([row("1", { customer: name, leads: 2 })], name)).toBe("doubled");
  });
});
