import { describe, expect, it } from "vitest";
import { byPresence, count, health, inOrder, isLate, waitingLevel } from "./rows";
import { at, called, NOW, person, row, SLA } from "./sample";

const dialled = (ago: number, held: number) =>
  row("d", { contact: "dialled", dialled_at: at(-held), clock: { running: true, since: at(-ago), held_since: at(-held), stopped_after: null } }, ago);

describe("the order of the board", () => {
  it("puts first attempts before repeats, then due time", () => {
    const rows = [called("overdue", -3600), row("young", {}, 10), called("soon", 60), row("old", {}, 500)];
    expect(inOrder(rows).map((one) => one.id)).toEqual(["old", "young", "overdue", "soon"]);
  });

  it("does not let a row jump away while its first call is under way", () => {
    expect(inOrder([called("overdue", -3600), dialled(80, 20)]).map((one) => one.id)).toEqual(["d", "overdue"]);
  });

  it("is not moved by anything but attempt and time: no score, not even 'needs a look'", () => {
    const rows = [row("a", { needs_look: true, leads: 3, car: null }, 20), row("b", {}, 40)];
    expect(inOrder(rows).map((one) => one.id)).toEqual(["b", "a"]);
  });

  it("leaves the list it was given alone", () => {
    const rows = [row("young", {}, 10), row("old", {}, 500)];
    inOrder(rows);
    expect(rows.map((one) => one.id)).toEqual(["young", "old"]);
  });
});

describe("what Bram counts", () => {
  it.each([[30, "gold"], [60, "gold"], [61, "green"], [120, "green"], [121, "amber"], [300, "amber"], [301, "red"]])(
    "a customer who waits %i s is %s", (ago, level) => {
      expect(waitingLevel(row("1", {}, ago), SLA, NOW)).toBe(level);
    },
  );

  it("has no level once somebody tried", () => {
    expect(waitingLevel(called("1", 60), SLA, NOW)).toBeNull();
  });

  it("counts as late who waits beyond 120 s for the first call, and every later step past its time", () => {
    expect(isLate(row("1", {}, 120), SLA, NOW)).toBe(false);
    expect(isLate(row("1", {}, 121), SLA, NOW)).toBe(true);
    expect(isLate(called("1", -1), SLA, NOW)).toBe(true);
    expect(isLate(called("1", 1), SLA, NOW)).toBe(false);
  });

  it("does not count as late who is being dialled", () => {
    expect(isLate(dialled(500, 20), SLA, NOW)).toBe(false);
  });

  it("adds up", () => {
    expect(count([row("1", {}, 400), row("2"), called("3", -60), dialled(400, 5)], SLA, NOW)).toEqual({ open: 4, notCalled: 2, late: 2 });
  });
});

describe("the people", () => {
  it.each([["confirmed", "reachable"], ["pending", "unconfirmed"], ["gone", "unreachable"], ["needs_resubscribe", "unreachable"], ["none", "none"]] as const)(
    "a phone that is %s is %s", (push, is) => {
      expect(health(person("Sanne", { push }))).toBe(is);
    },
  );

  it("shows first who can take a lead", () => {
    const people = [person("Tom", { availability: "off" }), person("Sanne"), person("Eva", { availability: "with_customer" }), person("Bram")];
    expect(byPresence(people).map((one) => one.first_name)).toEqual(["Bram", "Sanne", "Eva", "Tom"]);
  });
});
