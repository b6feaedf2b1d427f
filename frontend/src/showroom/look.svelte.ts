/** How many leads need a look: the badge beside its name. In: the API's list. Out: `look.count`. Called by House.svelte,
 *  and by the screen that has the list anyway. */
import { get } from "../api/http";

const REST_MS = 30_000;
const state = $state({ count: 0 });
let askedAt = 0;

export const look = {
  get count() { return state.count; },
};

/** The list is here: nobody needs to ask. */
export function counted(leads: number): void {
  state.count = leads;
  askedAt = Date.now();
}

export async function askLook(): Promise<void> {
  if (Date.now() - askedAt < REST_MS) return;
  askedAt = Date.now();
  // A badge is not worth an error: without an answer it stays as it was.
  await get<{ leads: unknown[] }>("/api/v1/needs-look").then((answer) => counted(answer.leads.length), () => undefined);
}
