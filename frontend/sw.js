/* Firstcall's service worker: shows every push, says that it came, opens the lead, and keeps the shell for offline.
   In: the push payload of the server (v1), requests of the pages. Out: notifications, receipts, cached files.
   An old worker may receive a newer payload: every field but the title is optional. Built by scripts/service-worker.ts,
   which fills in the two constants. No waiting version takes over by itself: only on a SKIP_WAITING message. */
"use strict";

const VERSION = "__VERSION__";
const FILES = __PRECACHE__;
const CACHE = `shell-${VERSION}`;
const ICON = "/icons/icon-192.png";
const BADGE = "/icons/badge-96.png";
const ANDROID = /Android/.test(self.navigator.userAgent);

/* ---- the shell ---- */

self.addEventListener("install", (event) => {
  // "reload" goes past the HTTP cache: a half-old shell would be worse than none.
  const requests = FILES.map((file) => new Request(file, { cache: "reload" }));
  event.waitUntil(caches.open(CACHE).then((cache) => cache.addAll(requests)));
});

self.addEventListener("activate", (event) => {
  const drop = async () => {
    const names = await caches.keys();
    await Promise.all(names.filter((name) => name.startsWith("shell-") && name !== CACHE).map((name) => caches.delete(name)));
    await self.clients.claim();
  };
  event.waitUntil(drop());
});

self.addEventListener("message", (event) => {
  if (event.data && event.data.type === "SKIP_WAITING") self.skipWaiting();
});

// The app's own pages; customer pages and everything else of the server are never answered from the shell.
const SCREEN = /^\/(sign-in|leads|l\/[\w-]+|me|me\/hours|onboarding|board|showroom|people|cadence|demo|_design)?$/;

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== self.location.origin) return;
  if (request.mode === "navigate") {
    if (SCREEN.test(url.pathname)) event.respondWith(screen(request));
  } else if (/^\/(assets|icons)\/|^\/manifest\.webmanifest$/.test(url.pathname)) {
    event.respondWith(file(request));
  }
});

/** The cached page at once: its files are hashed and cached with it, so it is never half of a version. */
async function screen(request) {
  const cached = await caches.match("/", { cacheName: CACHE });
  return cached || fetch(request);
}

async function file(request) {
  return (await caches.match(request, { cacheName: CACHE })) || fetch(request);
}

/* ---- push ---- */

// For a payload without words of its own, and for the button that Android shows.
const WORDS = {
  en: { title: "Something new is waiting", body: "Open Firstcall to see it.", call: "Call" },
  nl: { title: "Er wacht iets nieuws", body: "Open Firstcall om het te zien.", call: "Bellen" },
  fr: { title: "Quelque chose vous attend", body: "Ouvrez Firstcall pour le voir.", call: "Appeler" },
  de: { title: "Etwas Neues wartet", body: "Öffnen Sie Firstcall, um es zu sehen.", call: "Anrufen" },
};

self.addEventListener("push", (event) => {
  const payload = read(event.data);
  // Whatever fails, something is shown: a push that shows nothing is a strike on iOS, and three end the subscription.
  event.waitUntil(Promise.allSettled([show(payload), receipt(payload.ack, "received"), keep(payload), tell(payload), badge(payload)]));
});

function read(data) {
  try {
    const payload = data ? data.json() : null;
    if (payload && typeof payload === "object") return payload;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  return {};
}

async function show(payload) {
  const said = payload.notification || {};
  const own = WORDS[(said.lang || self.navigator.language || "").slice(0, 2)] || WORDS.en;
  const title = said.title || own.title;
  const target = sameOrigin(said.navigate);
  const options = {
    body: said.body || own.body,
    lang: said.lang || "",
    dir: said.dir || "auto",
    icon: ICON,
    badge: BADGE,
    data: { url: target, ack: payload.ack || null },
    timestamp: payload.sent_at ? payload.sent_at * 1000 : Date.now(),
  };
  if (said.navigate) options.navigate = target;
  if (said.tag) {
    options.tag = said.tag;
    options.renotify = payload.kind !== "taken"; // without a tag this would throw
  }
  if (payload.kind === "taken" || said.silent === true) options.silent = true;
  else options.vibrate = [180, 90, 180]; // together with silent this would throw
  const lead = payload.follow_up;
  if (lead && lead.call && payload.kind !== "taken" && self.Notification && Notification.maxActions > 0) {
    options.actions = [{ action: "call", title: own.call }];
  }
  if (ANDROID && (payload.kind === "lead" || payload.kind === "alarm")) options.requireInteraction = true;
  try {
    await self.registration.showNotification(title, options);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    // An option this browser does not take must not cost the notification.
    await self.registration.showNotification(title, { body: options.body, data: options.data });
  }
}

function sameOrigin(address) {
  try {
    const url = new URL(address || "/leads", self.location.origin);
    return url.origin === self.location.origin ? url.href : `${self.location.origin}/leads`;
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    return `${self.location.origin}/leads`;
  }
}

function receipt(token, event) {
  if (!token) return Promise.resolve();
  return fetch("/api/v1/push/receipts", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ token, event }),
    credentials: "omit",
    keepalive: true,
    signal: AbortSignal.timeout(5000),
  });
}

function badge(payload) {
  const count = payload.app_badge;
  if (typeof count !== "number" || !self.navigator.setAppBadge) return Promise.resolve();
  return count > 0 ? self.navigator.setAppBadge(count) : self.navigator.clearAppBadge();
}

/** So that /l/<id> paints at once, offline too. Same database as src/store/db.ts opens. */
function keep(payload) {
  const lead = payload.follow_up;
  if (!lead || typeof lead.id !== "string") return Promise.resolve();
  return new Promise((resolve, reject) => {
    const opening = indexedDB.open("firstcall-push", 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore("stubs", { keyPath: "id" });
    opening.onerror = () => reject(opening.error);
    opening.onsuccess = () => {
      const change = opening.result.transaction("stubs", "readwrite");
      change.objectStore("stubs").put(lead);
      change.oncomplete = () => resolve(opening.result.close());
      change.onerror = () => reject(change.error);
    };
  });
}

/** An open page rings by itself and refreshes; the notification is shown all the same. */
async function tell(payload) {
  const pages = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
  pages.forEach((page) => page.postMessage({ type: "pushed", kind: payload.kind || "", follow_up: payload.follow_up || null }));
}

self.addEventListener("notificationclick", (event) => {
  const { url, ack } = event.notification.data || {};
  event.notification.close();
  const target = new URL(url || "/leads", self.location.origin);
  if (event.action === "call") target.searchParams.set("go", "call"); // the page shows Call; a worker cannot dial
  event.waitUntil(Promise.allSettled([open(target.href), receipt(ack, "opened")]));
});

async function open(url) {
  const pages = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
  const page = pages.find((one) => new URL(one.url).pathname.startsWith("/l/")) || pages.find((one) => !/\/(board|demo)$/.test(new URL(one.url).pathname));
  if (!page) return self.clients.openWindow(url);
  await page.focus();
  // The page navigates itself: it keeps its state, and knows whether a call is going on.
  page.postMessage({ type: "open", url });
}

self.addEventListener("notificationclose", (event) => {
  const { ack } = event.notification.data || {};
  event.waitUntil(receipt(ack, "closed").catch(() => undefined));
});

/** The browser replaced the subscription: send the new one with the old one's key; the next start re-sends it anyway. */
self.addEventListener("pushsubscriptionchange", (event) => {
  event.waitUntil(resubscribe(event));
});

async function resubscribe(event) {
  const answer = await fetch("/api/v1/me", { credentials: "same-origin" });
  if (!answer.ok) return;
  const { push } = await answer.json();
  const fresh = event.newSubscription || (await self.registration.pushManager.getSubscription()) ||
    (await self.registration.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: push.public_key }));
  const { endpoint, keys } = fresh.toJSON();
  await fetch("/api/v1/subscriptions", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ endpoint, keys, key_id: push.key_id }),
  });
}
