/** How times and numbers are written. In: epoch ms, seconds, ISO strings, E.164. Out: short text in the language in use.
 *  Pure but for the language. Called by the views and the board. */
import { language, t } from "../i18n/index.svelte";

/** The day's sign: jour, Tag; seconds, minutes and hours have the same one everywhere. */
const day = (): string => ({ fr: "j", de: "T" })[language() as string] ?? "d";

const two = (value: number): string => String(value).padStart(2, "0");

/** 41 → "0:41", 130 → "2:10", 3700 → "1:01:40"; from one day on hours and minutes would say nothing: "3 d". */
export function elapsed(seconds: number): string {
  const s = Math.max(0, Math.floor(seconds));
  if (s >= 86_400) return `${Math.floor(s / 86_400)} ${day()}`;
  const rest = `${Math.floor((s % 3600) / 60)}`;
  return s < 3600 ? `${rest}:${two(s % 60)}` : `${Math.floor(s / 3600)}:${two(Number(rest))}:${two(s % 60)}`;
}

const formats = new Map<string, Intl.DateTimeFormat>();
function format(options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = language() + JSON.stringify(options);
  let found = formats.get(key);
  if (!found) {
    // "en" alone would mean American dates and a 12-hour clock: neither is used in our showrooms.
    found = new Intl.DateTimeFormat(language() === "en" ? "en-GB" : language(), options);
    formats.set(key, found);
  }
  return found;
}

/** "14:20" in each of our languages. Written by hand: the first Intl.DateTimeFormat costs a slow phone 50 ms. */
export function hourMinute(at: number | string): string {
  const date = new Date(at);
  return `${two(date.getHours())}:${two(date.getMinutes())}`;
}

const midnight = (at: number): number => new Date(at).setHours(0, 0, 0, 0);

/** Whole calendar days from today: 0 today, 1 tomorrow, -1 yesterday. */
export const daysFrom = (at: number | string, now: number): number =>
  Math.round((midnight(new Date(at).getTime()) - midnight(now)) / 86_400_000);

/** Today "14:20"; tomorrow and yesterday by their words; this week "Sat 14:20"; else "28 Nov 14:20". */
export function when(at: number | string, now: number): string {
  const days = daysFrom(at, now);
  const time = hourMinute(at);
  if (days === 0) return time;
  if (Math.abs(days) === 1) return `${t(days > 0 ? "day.tomorrow" : "day.yesterday")} ${time}`;
  const date = new Date(at);
  if (days > 1 && days < 7) return `${format({ weekday: "short" }).format(date)} ${time}`;
  return `${format({ day: "numeric", month: "short" }).format(date)} ${time}`;
}

/** Seconds in words for what was measured roughly: "40 s", "3 min", "2 h". */
export function roughly(seconds: number): string {
  if (seconds < 60) return `${Math.max(0, Math.round(seconds))} s`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min`;
  return `${Math.round(seconds / 3600)} h`;
}

/** E.164 with thin groups, only to be read: "+31612345678" → "+31 6 12 34 56 78". */
export function readablePhone(e164: string): string {
  const [, country = "", rest = ""] = /^(\+(?:31|32|33|34|39|4\d|1|7|\d{3}))(\d+)$/.exec(e164) ?? [];
  if (!rest) return e164;
  const first = rest.length % 2 === 1 ? rest.slice(0, 1) : "";
  return [country, first, ...(rest.slice(first.length).match(/\d{2}/g) ?? [])].filter(Boolean).join(" ");
}

/** For <input type="datetime-local">: the phone's own local time, to the minute. */
export function localInput(at: number): string {
  const date = new Date(at);
  return new Date(at - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}
