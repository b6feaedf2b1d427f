/** A call through the showroom: the server rings the salesperson's own phone, then the customer's, and measures it.
 *  In: a follow-up. Out: the try in flight and its outcome sheet; throws what the server said when it could not ring.
 *  Not queued: a phone that rings ten minutes later would be a surprise. Called by BridgeSheet. */
import { api } from "../api";
import type { FollowUp } from "../api/types";
import { serverNow } from "../lib/clock.svelte";
import { uuid } from "../lib/platform";
import { openSheet } from "../lib/router.svelte";
import { putFollowUp } from "../store/inbox.svelte";
import { begin } from "../store/inflight.svelte";

export async function bridge(f: FollowUp, contactPoint: string | null): Promise<void> {
  const attempt_id = uuid();
  const { follow_up } = await api.bridge(f.id, attempt_id, contactPoint);
  begin({
    attempt_id, row_id: attempt_id, follow_up: f.id, name: f.customer.display_name, channel: "call", contact_point_id: contactPoint,
    t0: serverNow(), hidden_at: null, back_at: null, acked: Date.now(), bridged: true,
  });
  putFollowUp(follow_up);
  openSheet({ name: "outcome" });
}
