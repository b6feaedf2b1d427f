/** Feed items as sentences. In: an item and the texts of the language in use. Out: parts, so that names can be
 *  printed bold without markup in a translation. Pure; called by Feed.svelte.
 *  Keys are looked up from narrow to wide: `board.feed.outcome_logged.spoke`, then `board.feed.outcome_logged`. */
import type { FeedItem } from "../api/types";

export interface Part { text: string; name: boolean }
export interface Words {
  /** The raw text of a key, placeholders unfilled; null when there is none. */
  text: (key: string) => string | null;
  /** "10:24" or "Sat 10:00". */
  when: (iso: string) => string;
}

/** What machines did by themselves: told quietly, and not at all on the wall. */
const MACHINE = new Set([
  "push_sent", "push_received", "push_opened", "confirmation_queued", "confirmation_sent", "next_step_set", "prompted",
  "reminder_sms_sent", "reminder_call_sent", "bridged_call_sent", "bridge_answered", "bridge_ended", "device_confirmed",
]);
export const isMachine = (type: string): boolean => MACHINE.has(type);

/** Which of an item's params chooses the wording. */
const VARIANT: Record<string, string> = {
  attempt_started: "channel", outcome_logged: "outcome", next_step_set: "kind", escalated: "rung",
  follow_up_ended: "reason", confirmation_not_sent: "reason",
};

export function sentence(item: FeedItem, words: Words): Part[] {
  const stem = `board.feed.${item.type}`;
  const variant = item.params[VARIANT[item.type] ?? ""];
  const template = words.text(`${stem}.${String(variant)}`) ?? words.text(stem);
  if (template === null) return unknown(item, words);
  return fill(template, item, words);
}

function fill(template: string, item: FeedItem, words: Words): Part[] {
  return template
    .split(/(\{\w+\})/)
    .filter(Boolean)
    .map((piece) => {
      const slot = /^\{(\w+)\}$/.exec(piece)?.[1];
      return slot ? { text: valueOf(slot, item, words), name: slot === "person" || slot === "customer" } : { text: piece, name: false };
    });
}

function valueOf(slot: string, item: FeedItem, words: Words): string {
  if (slot === "person") return item.person?.first_name ?? words.text("board.feed.someone") ?? "";
  if (slot === "customer") return item.customer ?? words.text("board.feed.a_customer") ?? "";
  const value = item.params[slot];
  if (value === null || value === undefined) return "–";
  return slot.endsWith("_at") || slot === "until" ? words.when(String(value)) : String(value);
}

/** A newer server may tell what this page has no sentence for: better roughly than not at all. */
function unknown(item: FeedItem, words: Words): Part[] {
  return [
    { text: valueOf("customer", item, words), name: true },
    { text: `: ${item.type.replaceAll("_", " ")}`, name: false },
  ];
}
