/** One tap: on duty, with a customer, break, off. Shown at once, sent behind, like every act. */
import type { Availability } from "../api/types";
import { enqueue } from "../store/outbox.svelte";
import { guessMe } from "../store/session.svelte";

export function setAvailability(state: Availability): void {
  guessMe((me) => ({ ...me, person: { ...me.person, availability: state, availability_until: null } }));
  enqueue({ kind: "availability", state }, null);
}
