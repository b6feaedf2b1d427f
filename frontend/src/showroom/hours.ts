/** Opening hours as they are edited. Pure. In: windows a day, "09:00". Out: changed copies, what is wrong with them, and
 *  days in the order of the week. Called by WeekHours and the screens that show hours. */
import type { Weekday, Weekly, Window } from "../api/types";
import { byLetter } from "../lib/order";

export const DAYS: readonly Weekday[] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
export const NEVER: Weekly = { mon: [], tue: [], wed: [], thu: [], fri: [], sat: [], sun: [] };

/** Only the days: a showroom's hours carry holidays beside them. */
export const daysOf = (hours: Weekly): Weekly => Object.fromEntries(DAYS.map((day) => [day, (hours[day] ?? []).map(([from, to]) => [from, to])])) as unknown as Weekly;

/** The name of a day in the language in use; 2024-01-01 was a Monday. */
export const dayName = (day: Weekday, language: string, length: "short" | "long" = "long"): string =>
  new Intl.DateTimeFormat(language, { weekday: length, timeZone: "UTC" }).format(new Date(Date.UTC(2024, 0, 1 + DAYS.indexOf(day))));

export type Trouble = "empty" | "backwards" | "overlap";

/** What is wrong with a day, and null when nothing is. 24:00 as 00:00 at the end would read as backwards: use 23:59. */
export function trouble(windows: readonly Window[]): Trouble | null {
  for (const [from, to] of windows) {
    if (!from || !to) return "empty";
    if (from >= to) return "backwards";
  }
  const sorted = [...windows].sort((a, b) => byLetter(a[0], b[0]));
  return sorted.some((window, index) => index > 0 && window[0] < sorted[index - 1]![1]) ? "overlap" : null;
}
export const inTrouble = (weekly: Weekly): boolean => DAYS.some((day) => trouble(weekly[day]) !== null);

/** One more window: after the last one, or a usual day. */
export function withWindow(windows: readonly Window[]): Window[] {
  const end = windows.at(-1)?.[1];
  if (!end) return [["09:00", "18:00"]];
  const start = Math.min(Number(end.slice(0, 2)) + 1, 22);
  const two = (hour: number) => `${String(hour).padStart(2, "0")}:00`;
  return [...windows, [two(start), two(Math.min(Math.max(start + 1, 18), 23))]];
}

/** Monday's hours on Tuesday to Friday too. */
export const likeMonday = (weekly: Weekly): Weekly =>
  ({ ...weekly, ...Object.fromEntries((["tue", "wed", "thu", "fri"] as const).map((day) => [day, weekly.mon.map(([from, to]) => [from, to])])) }) as Weekly;

/** In the order of the day, as the server wants them. */
export const tidy = (weekly: Weekly): Weekly =>
  Object.fromEntries(DAYS.map((day) => [day, [...weekly[day]].sort((a, b) => byLetter(a[0], b[0]))])) as unknown as Weekly;

export const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);
