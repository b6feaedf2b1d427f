/** Bram sets his showroom's hours and its plan: what he may type, and what is told before he saves. */
import { describe, expect, it } from "vitest";
import type { Step } from "./api";
import { dayName, daysOf, inTrouble, likeMonday, NEVER, tidy, trouble, withWindow } from "./hours";
import { amountOf, essence, problemsOf, seconds, withStep, without } from "./plan";

describe("opening hours", () => {
  it("have several windows a day, and say what is wrong with one", () => {
    expect(trouble([["09:00", "12:30"], ["13:00", "18:00"]])).toBeNull();
    expect(trouble([["09:00", "13:00"], ["12:30", "18:00"]])).toBe("overlap");
    expect(trouble([["18:00", "09:00"]])).toBe("backwards");
    expect(trouble([["", "18:00"]])).toBe("empty");
    expect(inTrouble({ ...NEVER, sat: [["10:00", "10:00"]] })).toBe(true);
    expect(inTrouble(NEVER)).toBe(false);
  });
  it("grow by a window after the last one and are sorted when saved", () => {
    expect(withWindow([])).toEqual([["09:00", "18:00"]]);
    expect(withWindow([["09:00", "12:30"]])).toEqual([["09:00", "12:30"], ["13:00", "18:00"]]);
    expect(trouble(withWindow(withWindow([["09:00", "12:00"]])))).toBeNull();
    expect(tidy({ ...NEVER, mon: [["13:00", "18:00"], ["09:00", "12:00"]] }).mon[0]).toEqual(["09:00", "12:00"]);
  });
  it("copy Monday to Friday without touching the weekend, and never share a row", () => {
    const week = likeMonday({ ...NEVER, mon: [["09:00", "18:00"]], sat: [["10:00", "16:00"]] });
    week.mon[0]![0] = "08:00";
    expect([week.fri, week.sat, week.sun]).toEqual([[["09:00", "18:00"]], [["10:00", "16:00"]], []]);
    const showroom = { ...week, holidays: ["2026-12-25"], always: false };
    expect(Object.keys(daysOf(showroom))).toEqual(Object.keys(NEVER));
  });
  it("name the days in each language", () => {
    expect([dayName("mon", "nl"), dayName("sun", "de"), dayName("wed", "fr", "short")]).toEqual(["maandag", "Sonntag", "mer."]);
  });
});

const step = (offset_s: number, more: Partial<Step> = {}): Step =>
  ({ position: 1, offset_s, channel: "call", day_part: "any", voicemail: false, latest_s: null, texts: {}, default_texts: { nl: "Dag" }, ...more });

describe("the plan", () => {
  it("says offsets as people do", () => {
    expect([0, 600, 5400, 7200, 259_200].map(amountOf)).toEqual([
      { amount: 0, unit: "minutes" }, { amount: 10, unit: "minutes" }, { amount: 90, unit: "minutes" }, { amount: 2, unit: "hours" }, { amount: 3, unit: "days" },
    ]);
    expect(seconds(1.5, "hours")).toBe(5400);
  });
  it("numbers its steps anew, and a written plan grows by a written step", () => {
    const limits = { least_steps: 3, most_steps: 10, most_voicemails: 2, last_offset_s: 2_592_000, gap_s: 600, longest_text: 1000 };
    const grown = withStep([step(0), step(600, { position: 2 })], "written", limits);
    expect(grown.map((one) => [one.position, one.channel, one.offset_s])).toEqual([[1, "call", 0], [2, "call", 600], [3, "write", 87_000]]);
    expect(without(grown, 2).map((one) => [one.position, one.offset_s])).toEqual([[1, 0], [2, 87_000]]);
  });
  it("puts the server's sentences beside the steps they are about", () => {
    const { series, step: steps } = problemsOf({ steps: "At least three.", "steps.2.offset_s": "Too soon.", "steps.2.texts.nl": "Unknown word." });
    expect(series).toEqual(["At least three."]);
    expect(steps.get(2)).toEqual(["Too soon.", "Unknown word."]);
  });
  it("has nothing to save when only an empty text was opened", () => {
    expect(essence([step(0, { texts: { nl: " " } })])).toBe(essence([step(0)]));
    expect(essence([step(0, { texts: { nl: "Hoi" } })])).not.toBe(essence([step(0)]));
  });
});
