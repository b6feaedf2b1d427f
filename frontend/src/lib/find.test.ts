/** Sanne looks for a customer among her leads, written any way; whatever she filters, who is due stays in sight. */
import { describe, expect, it } from "vitest";
import { followUp } from "../store/fixtures";
import { isMeant } from "./find";
import { staysInSight } from "./finder.svelte";

const zoe = followUp({
  customer: { id: "c", first_name: "Zoë", display_name: "Zoë van der Meer", language: "nl" }, car: "Škoda Octavia · AB-123-C", trade_in: "Polo 2016",
  leads: [{ id: "l", arrived_at: "2026-11-22T10:00:00Z", source: "Website", kind: "form", car: null, question: null, trade_in: "Polo 2016", plates: ["12-XYZ-3"], needs_look: false, is_test: false }],
  reach: { ...followUp().reach, numbers: [{ id: "n", raw: "06 12345678", e164: "+31612345678", wrong: false }], email: "zoe@example.nl" },
});

describe("searching my leads", () => {
  it.each(["zoe", "Meer", "van der meer zoë", "skoda", "octavia zoe", "0612345678", "06 12 34 56 78", "+31 6 1234", "345678", "AB123C", "ab-123-c", "12xyz3", "zoe@exa", ""])("finds her by %j", (typed) => {
    expect(isMeant(zoe, typed)).toBe(true);
  });
  it.each(["Jansen", "0687654321", "golf", "ZZ999Z", "99"])("does not mean her by %j", (typed) => {
    expect(isMeant(zoe, typed)).toBe(false);
  });
});

describe("a filter", () => {
  it("never hides who is due now, and narrows what comes later", () => {
    const appointment = followUp({ next_step: { ...followUp().next_step!, kind: "appointment" } });
    const wish = { typed: "", kind: "appointment" as const };
    expect(staysInSight(followUp(), "now", wish)).toBe(true);
    expect(staysInSight(followUp(), "now", { typed: "somebody else", kind: "quote" })).toBe(true);
    expect(staysInSight(followUp(), "next", wish)).toBe(false);
    expect(staysInSight(appointment, "next", wish)).toBe(true);
    expect(staysInSight(appointment, "waiting", { ...wish, typed: "x" })).toBe(false);
  });
});
