/** A template proposed from a correction, on its way from "needs a look" to the templates. Kept in memory only. */
import type { TemplateData } from "./api";

export interface Proposal { data: TemplateData; submission_id: string }
let waiting: Proposal | null = null;

export function propose(proposal: Proposal): void {
  waiting = proposal;
}
/** Taken once: who comes again later begins anew. */
export function takeProposal(): Proposal | null {
  const taken = waiting;
  waiting = null;
  return taken;
}
