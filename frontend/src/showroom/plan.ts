/** A cadence as it is edited. Pure. In: steps. Out: changed copies, the offset as a number and a unit, and which problem
 *  belongs to which step. Called by Cadence.svelte and its parts. */
import type { CadenceName, Limits, Step } from "./api";

export type Unit = "minutes" | "hours" | "days";
const SECONDS: Record<Unit, number> = { minutes: 60, hours: 3600, days: 86_400 };

/** 600 → 10 minutes, 7200 → 2 hours, 259200 → 3 days: the widest unit that comes out whole. */
export function amountOf(offset: number): { amount: number; unit: Unit } {
  for (const unit of ["days", "hours"] as const) {
    if (offset > 0 && offset % SECONDS[unit] === 0) return { amount: offset / SECONDS[unit], unit };
  }
  return { amount: Math.round(offset / 60), unit: "minutes" };
}
export const seconds = (amount: number, unit: Unit): number => Math.round(amount * SECONDS[unit]);

export const numbered = (steps: readonly Step[]): Step[] => steps.map((step, index) => ({ ...step, position: index + 1 }));

/** One more step a day after the last, or at the latest that is allowed; its words are those of the step before. */
export function withStep(steps: readonly Step[], name: CadenceName, limits: Limits): Step[] {
  const last = steps.at(-1);
  const step: Step = {
    position: 0, offset_s: Math.min((last?.offset_s ?? 0) + SECONDS.days, limits.last_offset_s), channel: name === "written" ? "write" : "call",
    day_part: "any", voicemail: false, latest_s: null, texts: {}, default_texts: last?.default_texts ?? {},
  };
  return numbered([...steps, step]);
}
export const without = (steps: readonly Step[], position: number): Step[] => numbered(steps.filter((step) => step.position !== position));

/** "steps.2.offset_s" and "steps.2.texts.nl" → what is wrong with step 2; "steps" alone → with the series. */
export function problemsOf(fields: Record<string, string>): { series: string[]; step: Map<number, string[]> } {
  const step = new Map<number, string[]>();
  const series: string[] = [];
  for (const [field, sentence] of Object.entries(fields)) {
    const position = Number(/^steps\.(\d+)\b/.exec(field)?.[1]);
    if (position) step.set(position, [...(step.get(position) ?? []), sentence]);
    else series.push(sentence);
  }
  return { series, step };
}

/** What people change, without what follows from it: for "is there anything to save?". */
export const essence = (steps: readonly Step[]): string =>
  JSON.stringify(steps.map(({ offset_s, channel, day_part, voicemail, latest_s, texts }) =>
    [offset_s, channel, day_part, voicemail, latest_s, Object.entries(texts).filter(([, text]) => text.trim()).sort()]));
