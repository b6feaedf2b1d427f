/** Searching my leads. Pure. In: a follow-up and what was typed. Out: whether it is meant: name, number, address, car or
 *  plate, written in any way people write them. Called by Leads.svelte. */
import type { FollowUp } from "../api/types";

const plain = (text: string): string => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
const bare = (text: string): string => plain(text).replace(/[^a-z0-9]/g, "");
/** "06 12 34…" and "+31 6 12 34…" are one number: what counts is what follows the country or the zero. */
const national = (typed: string): string => typed.replace(/\D/g, "").replace(/^(00|0)/, "");

export function isMeant(f: FollowUp, typed: string): boolean {
  const wanted = plain(typed).trim();
  if (wanted === "") return true;
  const { customer, car, trade_in, also_asks, reach } = f;
  const said = [customer.display_name, car, trade_in, reach.email, ...also_asks].filter((one): one is string => Boolean(one));
  if (wanted.split(/\s+/).every((word) => said.some((one) => plain(one).includes(word)))) return true;
  const digits = national(wanted);
  if (digits.length >= 3 && /^[\d\s+().-]+$/.test(wanted) && reach.numbers.some((one) => (one.e164 ?? one.raw).replace(/\D/g, "").includes(digits))) return true;
  const joined = bare(wanted);
  return joined.length >= 4 && said.some((one) => bare(one).includes(joined));
}
