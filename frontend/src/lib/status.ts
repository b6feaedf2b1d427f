/** What stands at the head of a lead and in its row: the clock since arrival until the first try, then the next step.
 *  Pure. In: follow-up, limits, now. Out: a tone (never shown by colour alone), an icon, and which words. */
import type { FollowUp, Sla } from "../api/types";
import type { IconName } from "./icon-name.svelte";
import { level, waited, type Level } from "./sla";

export type Tone = "neutral" | "green" | "amber" | "red";
export type Status =
  | { what: "waiting" | "held"; level: Level; seconds: number; tone: Tone; icon: IconName }
  | { what: "opens"; at: string; tone: Tone; icon: IconName }
  | { what: "due"; at: string; late: number; tone: Tone; icon: IconName }
  | { what: "next"; at: string; tone: Tone; icon: IconName }
  | { what: "planning" | "ended"; tone: Tone; icon: IconName };

const LEVELS: Record<Level, { tone: Tone; icon: IconName }> = {
  gold: { tone: "green", icon: "zap" },
  green: { tone: "green", icon: "timer" },
  amber: { tone: "amber", icon: "clock-alert" },
  red: { tone: "red", icon: "triangle-alert" },
};
/** A due step is late at once, very late after the deputy was told (product.md, escalation: +15 min). */
const VERY_LATE = 900;

export function statusOf(f: FollowUp, sla: Sla, now: number): Status {
  if (f.state === "ended") return { what: "ended", tone: "neutral", icon: "circle-check" };
  const { seconds, phase } = waited(f.clock, now);
  if (phase === "not_yet") return { what: "opens", at: f.clock.since, tone: "neutral", icon: "clock" };
  if (phase === "running" || phase === "held") {
    const reached = level(seconds, sla);
    return { what: phase === "held" ? "held" : "waiting", level: reached, seconds, ...LEVELS[reached] };
  }
  if (!f.next_step) return { what: "planning", tone: "neutral", icon: "refresh-cw" };
  const late = (now - Date.parse(f.next_step.due_at)) / 1000;
  if (late < 0) return { what: "next", at: f.next_step.due_at, tone: "neutral", icon: "calendar-clock" };
  return { what: "due", at: f.next_step.due_at, late, tone: late > VERY_LATE ? "red" : late > 60 ? "amber" : "green", icon: late > VERY_LATE ? "triangle-alert" : "bell" };
}

export type Group = "now" | "next" | "waiting";

/** The list's three parts: due now, next today, waiting for a later day. */
export function groupOf(f: FollowUp, now: number): Group {
  if (f.clock.stopped_after === null && f.clock.running) return Date.parse(f.clock.since) > now ? "next" : "now";
  if (!f.next_step) return "next";
  const due = Date.parse(f.next_step.due_at);
  if (due <= now) return "now";
  return due <= new Date(now).setHours(23, 59, 59, 999) ? "next" : "waiting";
}

/** When something is due for this customer; before the first plan, since they asked. Epoch ms. */
export const dueOf = (f: FollowUp): number => Date.parse(f.next_step?.due_at ?? f.arrived_at);
