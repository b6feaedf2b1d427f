/** An event as one sentence. In: an item of the timeline, and a way to look up texts.
 *  Out: text. Unknown types and parameters are shown as they are. Pure; used by the lead screen. */
import { roughly, when } from "../../lib/format";

type Maybe = (key: string, params?: Record<string, string | number>) => string | null;
interface Item { type: string; person: { first_name: string } | null; params: Record<string, unknown> }

const plain = (name: string): string => name.replaceAll("_", " ");
/** Which texts name the value of a parameter. */
const WORDS: Record<string, string[]> = {
  outcome: ["outcome"], channel: ["channel"], kind: ["step", "kind"], rung: ["rung"], reason: ["reason", "close"],
};

export function sentence(item: Item, maybe: Maybe, now: number): string {
  const params: Record<string, string | number> = { who: item.person?.first_name ?? maybe("timeline.somebody") ?? "" };
  for (const [name, value] of Object.entries(item.params)) {
    if (typeof value === "number") params[name] = name.endsWith("_seconds") ? roughly(value) : value;
    else if (typeof value !== "string") continue;
    else if (name.endsWith("_at")) params[name] = when(value, now);
    else params[name] = word(name, value, maybe);
  }
  const text = (item.person ? null : maybe(`timeline.${item.type}_by_itself`, params)) ?? maybe(`timeline.${item.type}`, params);
  // A parameter the server did not send leaves its {hole}: say the rest without it.
  return (text ?? plain(item.type)).replace(/\s*[·(]?\s*\{\w+\}\)?/g, "");
}

function word(name: string, value: string, maybe: Maybe): string {
  for (const family of WORDS[name] ?? []) {
    const found = maybe(`${family}.${value}`);
    if (found) return found;
  }
  return plain(value);
}
