/** How a colleague is shown to who leads the showroom. Pure. In: a person of /people. Out: keys of texts and icons.
 *  Called by People.svelte and Person.svelte. */
import type { PushState } from "../api/types";
import type { IconName } from "../lib/icon-name.svelte";
import type { Colleague, DeviceOf } from "./api";

export type PhoneState = "reachable" | "unconfirmed" | "unreachable" | "none";
const STATE: Record<PushState, PhoneState> = { confirmed: "reachable", pending: "unconfirmed", needs_resubscribe: "unreachable", gone: "unreachable", none: "none" };
const ORDER: PhoneState[] = ["reachable", "unconfirmed", "unreachable", "none"];
export const PHONE_ICON: Record<PhoneState, IconName> = { reachable: "smartphone", unconfirmed: "circle-help", unreachable: "bell-off", none: "phone-off" };

export const stateOf = (device: DeviceOf): PhoneState => STATE[device.push];

/** One phone that rings is enough. */
export function phoneOf(person: Colleague): PhoneState {
  const states = person.devices.map(stateOf);
  return ORDER.find((one) => states.includes(one)) ?? "none";
}

/** Who cannot be reached stands first: that is what a manager has to do something about. */
export const inNeed = (people: readonly Colleague[]): Colleague[] =>
  [...people].sort((a, b) => ORDER.indexOf(phoneOf(b)) - ORDER.indexOf(phoneOf(a)) || a.first_name.localeCompare(b.first_name));

export const initials = (name: string): string => {
  const words = name.split(/\s+/).filter(Boolean);
  return [words[0], words.length > 1 ? words.at(-1) : ""].map((word) => word?.[0] ?? "").join("").toUpperCase();
};
