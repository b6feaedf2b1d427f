/** An event as one sentence. In: an item of the timeline, and a way to look up texts.
 *  Out: text. Unknown types and parameters are shown as they are. Pure; used by the lead screen. */
import { elapsed, roughly, when } from "../../lib/format";

type Maybe = (key: string, params?: Record<string, string | number>) => string | null;
interface Item { type: string; person: { first_name: string } | null; params: Record<string, unknown>; told?: string[] }

const plain = (name: string): string => name.replaceAll("_", " ");
/** Which texts name the value of a parameter. */
const WORDS: Record<string, string[]> = {
  outcome: ["outcome"], channel: ["channel"], kind: ["step", "kind"], rung: ["rung"], reason: ["reason", "close", "pass_on"],
};

export function sentence(item: Item, maybe: Maybe, now: number): string {
  const params: Record<string, string | number> = { who: item.person?.first_name ?? maybe("timeline.somebody") ?? "" };
  for (const [name, value] of Object.entries(item.params)) {
    if (typeof value === "number") params[name] = name === "talk_seconds" ? elapsed(value) : name.endsWith("_seconds") ? roughly(value) : value;
    else if (typeof value !== "string") continue;
    else if (name.endsWith("_at") || name === "until") params[name] = when(value, now);
    else params[name] = word(name, value, maybe);
  }
  if (item.told?.length) params["told"] = item.told.join(", ");
  const text = keysOf(item).map((key) => maybe(`timeline.${key}`, params)).find((found) => found !== null);
  // A parameter the server did not send leaves its {hole}: say the rest without it.
  return (text ?? plain(item.type)).replace(/\s*[·(]?\s*\{\w+\}\)?/g, "") + measured(item, maybe);
}

/** Which texts tell an item, from narrow to wide. */
function keysOf(item: Item): string[] {
  const { result } = item.params;
  return [
    ...(item.told?.length ? ["told"] : []),
    ...(typeof result === "string" ? [`${item.type}.${result.replaceAll("-", "_")}`] : []),
    ...(item.person ? [] : [`${item.type}_by_itself`]),
    item.type,
  ];
}

/** What a provider measured is said apart from what people report themselves. */
function measured(item: Item, maybe: Maybe): string {
  const { verified, talk_seconds } = item.params;
  if (verified !== true) return "";
  const talked = typeof talk_seconds === "number" && talk_seconds > 0 ? maybe("timeline.talked", { time: elapsed(talk_seconds) }) : null;
  return [talked, maybe("timeline.verified")].filter(Boolean).map((word) => ` · ${word}`).join("");
}

function word(name: string, value: string, maybe: Maybe): string {
  for (const family of WORDS[name] ?? []) {
    const found = maybe(`${family}.${value}`);
    if (found) return found;
  }
  return plain(value);
}
