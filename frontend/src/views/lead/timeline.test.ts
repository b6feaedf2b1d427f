/** The timeline tells what happened in sentences: measured calls apart from what people report, whom an alarm told. */
import { expect, it } from "vitest";
import en from "../../i18n/en.json";
import own from "../i18n/en.json";
import { sentence } from "./timeline";

const texts: Record<string, string> = { ...en, ...own };
const maybe = (key: string, params: Record<string, string | number> = {}) =>
  texts[key]?.replace(/\{(\w+)\}/g, (hole, name: string) => String(params[name] ?? hole)) ?? null;
const NOW = new Date(2026, 10, 22, 10, 0).getTime();
const said = (type: string, params: Record<string, unknown> = {}, more: { told?: string[]; nobody?: boolean } = {}) =>
  sentence({ type, params, person: more.nobody ? null : { first_name: "Sanne" }, ...(more.told ? { told: more.told } : {}) }, maybe, NOW);

it("says which call was measured, and how long was talked", () => {
  expect(said("outcome_logged", { outcome: "spoke", channel: "call", verified: true, talk_seconds: 92 })).toBe("Sanne: Spoke · Call · talked 1:32 · measured");
  expect(said("outcome_logged", { outcome: "spoke", channel: "call" })).toBe("Sanne: Spoke · Call");
});
it("names whom an escalation told", () => {
  expect(said("escalated", { rung: "everyone" }, { told: ["Eva", "Bram"] })).toBe("Alerted: everyone on duty · Eva, Bram");
  expect(said("escalated", { rung: "alarm" })).toBe("Alerted: manager alarm");
});
it("tells how a bridged call ended", () => {
  expect(said("bridge_ended", { result: "no-answer", talk_seconds: 0 })).toBe("The customer's phone rang, no answer");
  expect(said("bridge_ended", { result: "completed", talk_seconds: 92 })).toBe("Call through the showroom ended · 1:32");
  expect(said("bridge_ended", {})).toBe("Call through the showroom ended");
});
it("tells a snooze with its time, and what a newer server says by its name", () => {
  expect(said("snoozed", { until: new Date(2026, 10, 22, 17, 30).toISOString(), reason: "customers_wish" })).toBe("Sanne: call another time, 17:30");
  expect(said("something_new")).toBe("something new");
  expect(said("reminder_sms_sent", {}, { nobody: true })).toBe("SMS sent");
});
