/** How long a customer waits, and how bad that is. Pure. In: a follow-up's clock, the showroom's limits, now.
 *  Out: seconds and one of four levels; a view shows level as word, icon and colour together. */
import type { Clock, Sla } from "../api/types";

export type Level = "gold" | "green" | "amber" | "red";
export type Phase = "not_yet" | "running" | "held" | "stopped";

/** Green ≤ 120 s is #DCDW's standard, gold ≤ 60 s, amber to 300 s, then red (product.md rule 4). */
export function level(seconds: number, sla: Sla): Level {
  if (seconds <= sla.gold) return "gold";
  if (seconds <= sla.green) return "green";
  return seconds <= sla.amber ? "amber" : "red";
}

/** `held` is a started call whose outcome is not logged: the clock runs on, escalation waits (rule 5). */
export function waited(clock: Clock, now: number): { seconds: number; phase: Phase } {
  if (clock.stopped_after !== null) return { seconds: clock.stopped_after, phase: "stopped" };
  const since = Date.parse(clock.since);
  if (clock.held_since) return { seconds: Math.max(0, (Date.parse(clock.held_since) - since) / 1000), phase: "held" };
  const seconds = (now - since) / 1000;
  // A clock that starts at the next opening lies in the future; a second or two of drift does not.
  if (seconds < -5) return { seconds, phase: "not_yet" };
  return { seconds: Math.max(0, seconds), phase: clock.running ? "running" : "stopped" };
}
