/** Before the first paint: what this phone remembers, no network. In: disk. Out: the stores filled, and the outcome
 *  sheet open again when the app was killed behind the dialler. Called by main.ts. */
import { sendAttempt } from "./actions/attempt";
import { openSheet, route } from "./lib/router.svelte";
import { restoreInbox } from "./store/inbox.svelte";
import { restoreInflight } from "./store/inflight.svelte";
import { restoreOutbox } from "./store/outbox.svelte";
import { restoreMe } from "./store/session.svelte";

export async function remember(): Promise<void> {
  await Promise.all([restoreMe(), restoreInbox(), restoreOutbox()]);
  const unlogged = restoreInflight();
  if (unlogged && unlogged.acked === null) sendAttempt(unlogged);
  // A tapped notification means that lead; the unlogged try then waits as a bar.
  if (unlogged && !route.query.has("n")) openSheet({ name: "outcome" });
}

