/** The service worker's registration and its updates. Out: `worker.ready()` for push, `worker.update` when a new version
 *  waits. A waiting version takes over only when the salesperson taps "Update" (never by itself, never during a call);
 *  then the page reloads once. Messages of the worker arrive through onWorkerMessage(). */
import type { Stub } from "../store/db";
import { typedHere } from "./typed";

export type FromWorker = { type: "pushed"; kind: string; follow_up: Stub | null } | { type: "open"; url: string };

const state = $state<{ waiting: ServiceWorker | null }>({ waiting: null });
let reloading = false;

export const worker = {
  get update() { return state.waiting !== null; },
  ready: () => navigator.serviceWorker.ready,
};

/** Our policy demands Trusted Types; without a named address the browser blocks the registration. */
interface TypedScripts {
  createPolicy: (name: string, rules: { createScriptURL: (url: string) => string }) => { createScriptURL: (url: string) => string };
}
function address(): string {
  const { trustedTypes } = window as { trustedTypes?: TypedScripts };
  return trustedTypes?.createPolicy("firstcall-worker", { createScriptURL: () => "/sw.js" }).createScriptURL("") ?? "/sw.js";
}

export async function registerWorker(): Promise<void> {
  if (!("serviceWorker" in navigator) || !import.meta.env.PROD) return;
  const registration = await navigator.serviceWorker.register(address(), { updateViaCache: "none" }).catch(() => null);
  if (!registration) return; // private windows and strict settings refuse it: the app works, without alerts and offline start
  // The first installation is no update. Whether this page has a controller yet does not tell them apart: the first worker
  // takes the page over while its states are still being told.
  const first = registration.active ? null : (registration.installing ?? registration.waiting);
  const look = () => {
    if (registration.waiting && registration.waiting !== first) state.waiting = registration.waiting;
  };
  look();
  registration.addEventListener("updatefound", () => {
    registration.installing?.addEventListener("statechange", look);
  });
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) registration.update().catch(() => undefined); // offline: the next return tries again
  });
}

/** From the start, not from the registration: an update taken elsewhere in between drops the files of the page that is here.
 *  The first worker takes over a page that was loaded under none. */
if ("serviceWorker" in navigator) {
  const loadedUnder = navigator.serviceWorker.controller;
  navigator.serviceWorker.addEventListener("controllerchange", () => {
    if (reloading || !(state.waiting ?? loadedUnder)) return;
    reloading = true;
    reloadWhenIdle();
  });
}

let busy: () => boolean = typedHere;
/** Who knows whether a call or a sheet is open, or something was typed: another window may have taken the update in the
 *  middle of it. */
export function neverDuring(check: () => boolean): void {
  busy = check;
}
function reloadWhenIdle(): void {
  if (busy()) setTimeout(reloadWhenIdle, 2000);
  else location.reload();
}

export function takeUpdate(): void {
  state.waiting?.postMessage({ type: "SKIP_WAITING" });
}

export function onWorkerMessage(handle: (message: FromWorker) => void): void {
  if (!("serviceWorker" in navigator)) return;
  navigator.serviceWorker.addEventListener("message", (event) => handle(event.data as FromWorker));
}
