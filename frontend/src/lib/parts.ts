/** My leads in their three parts, each in its order. Pure. In: follow-ups and the instant. Out: due now, next, waiting.
 *  Called by Leads and Finder. The order is status.ts's own; what it needs is read once a lead, not once a comparison. */
import type { FollowUp } from "../api/types";
import { dueOf, groupOf, type Group } from "./status";

export interface Part { group: Group; list: FollowUp[] }

/** Never-tried customers before repeats, then by due time; nothing else counts (product.md rule 3). */
export function arranged(list: readonly FollowUp[]): FollowUp[] {
  const keyed = list.map((one) => ({ one, tried: Number(one.attempts_made > 0), due: dueOf(one) }));
  return keyed.sort((a, b) => a.tried - b.tried || a.due - b.due).map(({ one }) => one);
}

export function partsOf(list: readonly FollowUp[], now: number): Part[] {
  const found: Record<Group, FollowUp[]> = { now: [], next: [], waiting: [] };
  for (const one of arranged(list)) found[groupOf(one, now)].push(one);
  return (["now", "next", "waiting"] as const).map((group) => ({ group, list: found[group] }));
}
