/** Searching my leads. Pure. In: a follow-up and what was typed. Out: whether it is meant: name, number, address, car or
 *  plate, written in any way people write them. Called by Leads.svelte. */
import type { FollowUp } from "../api/types";

const plain = (text: string): string => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
const bare = (text: string): string => text.replace(/[^a-z0-9]/g, "");
/** "06 12 34…" and "+31 6 12 34…" are one number: what counts is what follows the country or the zero. */
const national = (typed: string): string => typed.replace(/\D/g, "").replace(/^(00|0)/, "");

interface Said { words: string; joined: string[]; numbers: string[] }
const read = new WeakMap<FollowUp, Said>();

/** What can be searched of a follow-up, read once: with 500 of them every key would cost a tenth of a second. */
export function saidBy(f: FollowUp): Said {
  let said = read.get(f);
  if (!said) {
    const { customer, car, trade_in, also_asks, reach, leads } = f;
    const texts = [customer.display_name, car, trade_in, reach.email, ...also_asks, ...leads.flatMap((one) => one.plates ?? [])];
    const each = texts.filter((one): one is string => Boolean(one)).map(plain);
    said = { words: each.join("\n"), joined: each.map(bare), numbers: reach.numbers.map((one) => (one.e164 ?? one.raw).replace(/\D/g, "")) };
    read.set(f, said);
  }
  return said;
}

export function isMeant(f: FollowUp, typed: string): boolean {
  const wanted = plain(typed).trim();
  if (wanted === "") return true;
  const said = saidBy(f);
  if (wanted.split(/\s+/).every((word) => said.words.includes(word))) return true;
  const digits = national(wanted);
  if (digits.length >= 3 && /^[\d\s+().-]+$/.test(wanted) && said.numbers.some((one) => one.includes(digits))) return true;
  const joined = bare(wanted);
  return joined.length >= 4 && said.joined.some((one) => one.includes(joined));
}
