/** How a source is doing, and what is pasted at the vendor. Pure. In: a source of the API. Out: keys of texts, lines to copy.
 *  Called by Sources.svelte and SourcePage.svelte. */
import type { Entered, Result, Source, Submission } from "./api";

export type Health = "closed" | "trouble" | "missing" | "quiet" | "well";

export function healthOf(source: Source): Health {
  if (source.closed_at) return "closed";
  if (source.trouble) return "trouble";
  if (!source.ready) return "missing";
  return source.last ? "well" : "quiet";
}

const ORDER: Health[] = ["trouble", "missing", "well", "quiet", "closed"];
/** What somebody must do something about stands first, closed ones last. */
export const inNeed = (sources: readonly Source[]): Source[] =>
  [...sources].sort((a, b) => ORDER.indexOf(healthOf(a)) - ORDER.indexOf(healthOf(b)) || a.name.localeCompare(b.name));

/** What became of a request; what a vendor's own answer does not say follows from its state. */
export const resultOf = (one: Submission): Result =>
  one.result ?? ({ received: "received", read: "lead", needs_look: "needs_look", ignored: "ignored" } as const)[one.state];

/** The tag for the page of a website: the form lives at the same key as the address. */
export const scriptTag = (address: string): string => `<script src="${address.replace("/in/", "/form/")}.js" async></script>`;

/** Only what was typed: an empty secret stays as it is, an emptied setting is forgotten. */
export function enteredSecrets(typed: Record<string, string>): Entered {
  return Object.fromEntries(Object.entries(typed).map(([name, value]) => [name, value.trim()]).filter(([, value]) => value));
}
export function enteredSettings(typed: Record<string, string>, before: Source["settings"] = {}): Entered {
  const changed = Object.entries(typed).map(([name, value]) => [name, value.trim()] as const).filter(([name, value]) => value !== (before[name] ?? ""));
  return Object.fromEntries(changed.map(([name, value]) => [name, value || null]));
}

/** "secrets.app_secret" → what is wrong with it, by the field's own name. */
export const wrongOf = (fields: Record<string, string>, part: "settings" | "secrets", name: string): string => fields[`${part}.${name}`] ?? "";
