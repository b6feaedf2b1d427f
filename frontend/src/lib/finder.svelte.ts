/** What is searched and filtered in my leads. Kept while the app is open, so that coming back from a lead finds the same list. */
import type { FollowUp, StepKind } from "../api/types";
import type { Group } from "./status";

export interface Wish { typed: string; kind: StepKind | null }
export const finder = $state<Wish>({ typed: "", kind: null });

/** Whether a lead stays in its part of the list. Who is due now always does; what a search finds stands above the list. */
export function staysInSight(f: FollowUp, group: Group, { typed, kind }: Wish): boolean {
  if (group === "now") return true;
  return typed.trim() === "" && (kind === null || f.next_step?.kind === kind);
}
