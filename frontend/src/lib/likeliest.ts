/** What the time away suggests; it only marks a button. Pure. It includes dialling and ringing, so under a minute
 *  nobody has talked, and under ten seconds nobody was even rung. */
import type { Channel, Outcome } from "../api/types";

export function likeliest(channel: Channel, away: number | null): Outcome | null {
  if (away === null || away < 10) return null;
  if (channel === "call" || channel === "facetime") return away >= 75 ? "spoke" : "no_answer";
  return "message_sent";
}
