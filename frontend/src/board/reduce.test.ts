import { describe, expect, it } from "vitest";
import { apply, fromSnapshot, type Board } from "./reduce";
import { called, item, message, person, row, snapshot } from "./sample";

const ids = (board: Board) => [...board.rows.keys()];
const told = (board: Board) => board.feed.map((one) => one.id);

describe("Bram's board", () => {
  it("shows the lead that arrives after the snapshot", () => {
    const board = apply(fromSnapshot(snapshot({ rows: [row("1")] })), message({ items: [item("9", "lead_arrived", "2")], rows: [row("2")] }));
    expect(ids(board)).toEqual(["1", "2"]);
    expect(told(board)).toEqual(["9"]);
    expect(board.cursor).toBe("c1");
  });

  it("replaces a row with what it is now", () => {
    const board = apply(fromSnapshot(snapshot({ rows: [row("1")] })), message({ items: [item("9", "outcome_logged", "1")], rows: [called("1", 600)] }));
    expect(board.rows.get("1")?.contact).toBe("called");
  });

  it("lets go of a follow-up that ended, told either way", () => {
    const start = fromSnapshot(snapshot({ rows: [row("1"), row("2"), row("3")] }));
    const board = apply(start, message({ gone: ["1"], rows: [row("2", { state: "ended" })] }));
    expect(ids(board)).toEqual(["3"]);
  });

  it("is the same after a message told twice", () => {
    const again = message({ items: [item("9", "assigned", "2"), item("10", "accepted", "2")], rows: [row("2")], people: [person("Eva", { open: 4 })] });
    const once = apply(fromSnapshot(snapshot({ rows: [row("1")] })), again);
    expect(apply(once, again)).toEqual(once);
    expect(told(once)).toEqual(["10", "9"]);
  });

  it("does not put an older row over a newer one when the answer to resume comes late", () => {
    const start = fromSnapshot(snapshot({ rows: [row("1")] }));
    const live = apply(start, message({ items: [item("12", "outcome_logged", "1")], rows: [called("1", 600)] }));
    const late = apply(live, message({ items: [item("9", "assigned", "1")], rows: [row("1"), row("2")] }));
    expect(late.rows.get("1")?.contact).toBe("called");
    expect(late.rows.has("2")).toBe(true);
    expect(told(late)).toEqual(["12", "9"]);
  });

  it("does not bring an ended follow-up back for a late item", () => {
    const start = fromSnapshot(snapshot({ rows: [row("1")] }));
    const ended = apply(start, message({ items: [item("100", "follow_up_ended", "1")], gone: ["1"] }));
    expect(ids(apply(ended, message({ items: [item("99", "accepted", "1")], rows: [row("1")] })))).toEqual([]);
  });

  it("brings it back when the outcome was taken back", () => {
    const start = fromSnapshot(snapshot({ rows: [row("1")] }));
    const ended = apply(start, message({ items: [item("9", "follow_up_ended", "1")], gone: ["1"] }));
    expect(ids(apply(ended, message({ items: [item("10", "outcome_undone", "1")], rows: [row("1")] })))).toEqual(["1"]);
  });

  it("believes a row whose item the snapshot already told: its rows may be a breath older than its feed", () => {
    const start = fromSnapshot(snapshot({ rows: [row("1")], feed: [item("9", "outcome_logged", "1")] }));
    const board = apply(start, message({ items: [item("9", "outcome_logged", "1")], rows: [called("1", 600)] }));
    expect(board.rows.get("1")?.contact).toBe("called");
    expect(told(board)).toEqual(["9"]);
  });

  it("takes a change of the push alone, which comes without an item", () => {
    const start = fromSnapshot(snapshot({ rows: [row("1")], feed: [item("9", "assigned", "1")] }));
    expect(apply(start, message({ rows: [row("1", { push: "received" })] })).rows.get("1")?.push).toBe("received");
  });

  it("keeps the newest fifty sentences, newest first, whatever order they come in", () => {
    const items = Array.from({ length: 60 }, (_, index) => item(String(index + 1), "accepted", "1"));
    const board = apply(fromSnapshot(snapshot()), message({ items: items.toReversed() }));
    expect(board.feed).toHaveLength(50);
    expect(told(board).slice(0, 2)).toEqual(["60", "59"]);
    expect(told(apply(board, message({ items: [items[0]!] })))).toEqual(told(board));
  });

  it("changes the people it hears about and keeps the others", () => {
    const board = apply(fromSnapshot(snapshot()), message({ people: [person("Eva", { availability: "off" }), person("Tom")] }));
    expect(board.people.map((one) => [one.first_name, one.availability])).toEqual([["Sanne", "on_duty"], ["Eva", "off"], ["Tom", "on_duty"]]);
  });

  it("leaves the board it was given as it was", () => {
    const start = fromSnapshot(snapshot({ rows: [row("1")] }));
    apply(start, message({ items: [item("9", "x", "1")], gone: ["1"] }));
    expect(ids(start)).toEqual(["1"]);
    expect(start.feed).toEqual([]);
  });
});
