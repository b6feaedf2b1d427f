/** Pure rules of the phone: words of the clock, order of the list, links, codes, quick times. */
import { describe, expect, it } from "vitest";
import { followUp } from "../store/fixtures";
import { grouped, tidyCode } from "./code";
import { elapsed, readablePhone, roughly } from "./format";
import { likeliest } from "./likeliest";
import { bigAndRest, mailLink, smsLink, waysTo, whatsappLink } from "./links";
import { level, waited } from "./sla";
import { arranged } from "./parts";
import { groupOf, statusOf } from "./status";
import { callBackTimes, nextStepTimes } from "./times";

const SLA = { gold: 60, green: 120, amber: 300 };
const NOW = Date.parse("2026-11-22T10:00:00Z");
const ago = (seconds: number) => new Date(NOW - seconds * 1000).toISOString();
const me = { id: "p1", first_name: "Sanne", name: "Sanne Visser", email: "s@x.example", role: "salesperson" as const, language: "nl",
  availability: "on_duty" as const, availability_until: null, facetime_link: null, video_link: null };

describe("the clock Sanne sees", () => {
  it("is gold to the minute, green to two, amber to five, then red", () => {
    expect([60, 61, 120, 121, 300, 301].map((s) => level(s, SLA))).toEqual(["gold", "green", "green", "amber", "amber", "red"]);
  });
  it("stands still while her try is held, and ends at the try that counted", () => {
    const clock = { running: true, since: ago(100), held_since: ago(80), stopped_after: null };
    expect(waited(clock, NOW)).toEqual({ seconds: 20, phase: "held" });
    expect(waited({ ...clock, running: false, held_since: null, stopped_after: 41 }, NOW)).toEqual({ seconds: 41, phase: "stopped" });
  });
  it("does not run before the showroom opens", () => {
    const clock = { running: true, since: ago(-3600), held_since: null, stopped_after: null };
    expect(waited(clock, NOW).phase).toBe("not_yet");
    expect(statusOf(followUp({ clock }), SLA, NOW).what).toBe("opens");
  });
  it("is written without jumping digits", () => {
    expect([0, 41, 130, 3700, 90_000].map(elapsed)).toEqual(["0:00", "0:41", "2:10", "1:01:40", "1 d"]);
    expect([40, 180, 7300].map(roughly)).toEqual(["40 s", "3 min", "2 h"]);
  });
});

describe("my leads", () => {
  const tried = { attempts_made: 1, clock: { running: false, since: ago(900), held_since: null, stopped_after: 30 } };
  const due = (at: string, more = {}) => followUp({ ...tried, next_step: { ...followUp().next_step!, due_at: at }, ...more });

  it("puts the customer nobody has tried before a repeat that is due longer", () => {
    const fresh = followUp({ id: "fresh" });
    const late = due(ago(5000), { id: "late" });
    expect(arranged([late, fresh]).map((one) => one.id)).toEqual(["fresh", "late"]);
  });
  it("knows now, later today and another day", () => {
    expect(groupOf(followUp(), NOW)).toBe("now");
    expect(groupOf(due(ago(1)), NOW)).toBe("now");
    expect(groupOf(due(ago(-3600)), NOW)).toBe("next");
    expect(groupOf(due(ago(-3 * 86_400)), NOW)).toBe("waiting");
  });
  it("says how late a due step is, and red only after the deputy was told", () => {
    expect(statusOf(due(ago(30)), SLA, NOW)).toMatchObject({ what: "due", tone: "green" });
    expect(statusOf(due(ago(300)), SLA, NOW)).toMatchObject({ what: "due", tone: "amber" });
    expect(statusOf(due(ago(1000)), SLA, NOW)).toMatchObject({ what: "due", tone: "red", late: 1000 });
  });
});

describe("ways to the customer", () => {
  const phone = (os: "ios" | "android" | "desktop") => ({ os, apple: os === "ios" });

  it("calls first, and offers FaceTime only on Apple", () => {
    const ios = bigAndRest(followUp(), waysTo(followUp(), me, phone("ios")));
    expect(ios.big).toMatchObject({ channel: "call", href: "tel:+31612345678", contact_point_id: "n1" });
    expect(ios.rest.map((one) => one.channel)).toEqual(["whatsapp", "sms", "facetime", "email"]);
    expect(waysTo(followUp(), me, phone("android")).map((one) => one.channel)).not.toContain("facetime");
  });
  it("puts Sanne's FaceTime link into a WhatsApp message where there is no FaceTime", () => {
    const ways = waysTo(followUp(), { ...me, facetime_link: "https://facetime.apple.com/join#v=1" }, phone("android"));
    const video = ways.find((one) => one.channel === "video");
    expect(decodeURIComponent(video!.href)).toContain("FaceTime: https://facetime.apple.com/join#v=1");
  });
  it("has no Call button for who asked to write, and none when calls were stopped", () => {
    const writer = followUp({ reach: { ...followUp().reach, primary: "email", prefers_writing: true, call: null, whatsapp: null, sms: null, facetime: null } });
    expect(bigAndRest(writer, waysTo(writer, me, phone("ios")))).toMatchObject({ big: { channel: "email" }, rest: [] });
    const stopped = followUp({ reach: { ...followUp().reach, blocked: [{ channel: "call", reason: "asked_to_stop" }] } });
    const { big, rest } = bigAndRest(stopped, waysTo(stopped, me, phone("ios")));
    expect(big).toBeNull();
    expect(rest.find((one) => one.channel === "call")?.blocked).toBe("asked_to_stop");
  });
  it("writes each link the way the platform wants it", () => {
    expect(smsLink("+34600111222", "a&b é", "ios")).toBe("sms:+34600111222&body=a%26b%20%C3%A9");
    expect(smsLink("+34600111222", "a", "android")).toBe("sms:+34600111222?body=a");
    expect(whatsappLink("+34 600-111", "x y")).toBe("https://wa.me/34600111?text=x%20y");
    expect(mailLink("a@b.example", "S", "one\ntwo")).toBe("mailto:a@b.example?subject=S&body=one%0D%0Atwo");
  });
});

describe("small readings", () => {
  it("takes a code as people type and paste it", () => {
    expect(tidyCode(" 7k3m–9qpd\n")).toBe("7K3M9QPD");
    expect([grouped("7k3"), grouped("7k3m9"), grouped("7K3M-9QPDXXX")]).toEqual(["7K3", "7K3M-9", "7K3M-9QPD"]);
  });
  it("groups a number only to be read", () => {
    expect(readablePhone("+31612345678")).toBe("+31 6 12 34 56 78");
    expect(readablePhone("+3227123456")).toBe("+32 27 12 34 56");
  });
  it("never takes time away for an answer: it marks the likeliest, or nothing", () => {
    expect([null, 4, 40, 200].map((away) => likeliest("call", away))).toEqual([null, null, "no_answer", "spoke"]);
    expect(likeliest("whatsapp", 40)).toBe("message_sent");
  });
  it("offers no call back at night or in the past", () => {
    const evening = new Date(2026, 10, 22, 19, 40).getTime();
    expect(callBackTimes(evening).map((one) => one.key)).toEqual(["in_1_hour", "tomorrow_10"]);
    expect(nextStepTimes(evening).every((one) => one.at > evening)).toBe(true);
  });
});
