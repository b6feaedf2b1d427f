/** From when until when, as people type it. Pure. In: local date and time of two fields. Out: ISO times, or what is wrong.
 *  Called by the forms for absences and on call. */
import { localInput } from "../lib/format";

export interface Typed { from: string; to: string }

export function spanOf({ from, to }: Typed, now: number): { starts_at: string; ends_at: string } | "empty" | "backwards" | "over" {
  const [start, end] = [new Date(from).getTime(), new Date(to).getTime()];
  if (Number.isNaN(start) || Number.isNaN(end)) return "empty";
  if (end <= start) return "backwards";
  if (end <= now) return "over";
  return { starts_at: new Date(start).toISOString(), ends_at: new Date(end).toISOString() };
}

const at = (now: number, days: number, hour: number): string => {
  const date = new Date(now);
  date.setDate(date.getDate() + days);
  date.setHours(hour, 0, 0, 0);
  return localInput(date.getTime());
};
/** A week from tomorrow morning: what most absences look like. */
export const nextWeek = (now: number): Typed => ({ from: at(now, 1, 0), to: at(now, 8, 0) });
/** This evening, or tomorrow's when it is late. */
export const evening = (now: number): Typed => {
  const days = new Date(now).getHours() < 21 ? 0 : 1;
  return { from: at(now, days, 18), to: at(now, days, 22) };
};
