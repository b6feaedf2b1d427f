/** Whether this phone can be reached. In: the browser's permission and subscription, the server's key and its word that a
 *  test push came back. Out: `push.state`, one of a closed list, each with its own remedy on screen (views/PushHelp). */
import { api } from "../api";
import { Problem, Unreachable } from "../api/http";
import { hasPush, isInstalled, isIos } from "../lib/platform";
import { worker } from "../lib/worker.svelte";
import { session } from "./session.svelte";

export type PushHealth =
  | "install_first" // iPhone: alerts exist only in the installed app
  | "unsupported"
  | "ask" // permission not asked yet
  | "denied"
  | "again" // allowed, but the browser wants a tap to subscribe again
  | "no_service" // the browser's push service cannot be reached: we ring inside the app
  | "waiting" // subscribed; the test push has not come back yet
  | "confirmed"
  | "offline";

const state = $state<{ trouble: "no_service" | "again" | "offline" | null; permission: NotificationPermission; busy: boolean }>({
  trouble: null,
  permission: "Notification" in window ? Notification.permission : "default",
  busy: false,
});

const health = $derived.by((): PushHealth => {
  if (!hasPush()) return isIos && !isInstalled() ? "install_first" : "unsupported";
  if (state.permission === "denied") return "denied";
  if (state.permission !== "granted") return "ask";
  if (state.trouble) return state.trouble;
  return session.me?.device.push === "confirmed" ? "confirmed" : "waiting";
});

export const push = {
  get state() { return health; },
  get busy() { return state.busy; },
  /** The salesperson's phone will ring with the app closed. */
  get works() { return health === "confirmed"; },
};

const bytes = (key: string): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(atob(key.replace(/-/g, "+").replace(/_/g, "/")), (char) => char.charCodeAt(0));

function sameKey(subscription: PushSubscription, wanted: Uint8Array): boolean {
  const used = subscription.options.applicationServerKey;
  if (!used) return false;
  const have = new Uint8Array(used);
  return have.length === wanted.length && have.every((byte, index) => byte === wanted[index]);
}

/** Ask for permission. Must be called straight from a tap (iOS), then subscribes. */
export async function allowPush(): Promise<void> {
  state.permission = await Notification.requestPermission();
  if (state.permission === "granted") await syncPush();
}

/** On every start and return: a subscription can vanish, or be bound to an old server key, without a sign. */
export async function syncPush(): Promise<void> {
  const me = session.me;
  if (!hasPush() || !me || state.busy) return;
  state.permission = Notification.permission;
  if (state.permission !== "granted") return;
  state.busy = true;
  try {
    const subscription = await subscribed(bytes(me.push.public_key));
    const { endpoint, keys } = subscription.toJSON();
    if (!endpoint || !keys?.["p256dh"] || !keys["auth"]) throw new DOMException("no keys", "AbortError");
    await api.subscribe({ endpoint, keys: { p256dh: keys["p256dh"], auth: keys["auth"] }, key_id: me.push.key_id });
    state.trouble = null;
  } catch (error) {
    state.trouble = trouble(error);
  } finally {
    state.busy = false;
  }
}

async function subscribed(key: Uint8Array<ArrayBuffer>): Promise<PushSubscription> {
  const registration = await limited(worker.ready(), 10_000);
  let subscription = await registration.pushManager.getSubscription();
  if (subscription && !sameKey(subscription, key)) {
    await subscription.unsubscribe();
    subscription = null;
  }
  // Without a network some browsers never answer: 20 s, then we say so.
  return subscription ?? limited(
    registration.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key }), 20_000,
  );
}

function limited<T>(promise: Promise<T>, ms: number): Promise<T> {
  const late = new Promise<never>((_, reject) => setTimeout(() => reject(new DOMException("timeout", "AbortError")), ms));
  return Promise.race([promise, late]);
}

function trouble(error: unknown): "no_service" | "again" | "offline" {
  if (error instanceof Unreachable || error instanceof Problem) return "offline";
  // Firefox wants a tap before subscribe(); a browser that cannot reach its vendor says AbortError.
  return error instanceof DOMException && error.name === "NotAllowedError" ? "again" : "no_service";
}

/** "Test my phone". */
export async function testPush(): Promise<void> {
  await api.testPush();
}
