import { describe, expect, it } from "vitest";
import en from "./i18n/en.json";
import nl from "./i18n/nl.json";
import { item } from "./sample";
import { isMachine, sentence } from "./sentence";

const words = (texts: Record<string, string>) => ({ text: (key: string) => texts[key] ?? null, when: (iso: string) => iso.slice(11, 16) });
const said = (...given: Parameters<typeof item>) => sentence(item(...given), words(en)).map((part) => part.text).join("");

describe("the feed in sentences", () => {
  it("says who did what for whom, and which words are names", () => {
    const parts = sentence(item("1", "outcome_logged", "7", { params: { outcome: "spoke" } }), words(en));
    expect(parts).toEqual([
      { text: "Sanne", name: true }, { text: " spoke with ", name: false }, { text: "Customer 7", name: true },
    ]);
  });

  it("chooses the wording by channel, outcome, rung and reason", () => {
    expect(said("1", "attempt_started", "7", { params: { channel: "call" } })).toBe("Sanne dials Customer 7");
    expect(said("1", "escalated", "7", { params: { rung: "everyone" } })).toBe("Customer 7 still waits: everyone alerted");
    expect(said("1", "follow_up_ended", "7", { params: { reason: "won" } })).toBe("Customer 7: won");
  });

  it("falls back to the wider sentence for an outcome it does not know", () => {
    expect(said("1", "outcome_logged", "7", { params: { outcome: "sang" } })).toBe("Sanne logged how it went with Customer 7");
  });

  it("writes times as times", () => {
    expect(said("1", "next_step_set", "7", { params: { kind: "attempt", due_at: "2026-11-22T14:20:00Z" } })).toBe("Customer 7: next attempt 14:20");
  });

  it("tells a type it has never heard of, roughly", () => {
    expect(said("1", "robot_danced", "7")).toBe("Customer 7: robot danced");
  });

  it("does without a person or a customer", () => {
    expect(said("1", "accepted", "7", { person: null, customer: null })).toBe("Somebody takes A customer");
  });

  it("is not led by a name that looks like a placeholder", () => {
    expect(said("1", "accepted", "7", { customer: "{person}" })).toBe("Sanne takes {person}");
  });

  it("speaks Dutch as fully as English, with the same placeholders", () => {
    const slots = (text: string) => [...text.matchAll(/\{\w+\}/g)].map(String).sort();
    expect(Object.keys(nl)).toEqual(Object.keys(en));
    for (const key of Object.keys(en) as (keyof typeof en)[]) expect([key, slots(nl[key])]).toEqual([key, slots(en[key])]);
  });

  it("keeps what machines did quiet, and what people did not", () => {
    expect(isMachine("push_received")).toBe(true);
    expect(isMachine("outcome_logged")).toBe(false);
  });
});
