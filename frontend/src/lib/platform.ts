/** What this phone can do. Asked by sign-in, onboarding, the contact links and the worker's registration. */
const agent = navigator.userAgent;

/** iPadOS says it is a Mac; no Mac has a touch screen. */
export const isIos = /iPhone|iPad|iPod/.test(agent) || (/Macintosh/.test(agent) && navigator.maxTouchPoints > 1);
export const isApple = isIos || /Macintosh/.test(agent);
export const isAndroid = /Android/.test(agent);
export const platform: "ios" | "android" | "desktop" = isIos ? "ios" : isAndroid ? "android" : "desktop";

export const isInstalled = (): boolean =>
  (navigator as { standalone?: boolean }).standalone === true || matchMedia("(display-mode: standalone)").matches;

export const hasPush = (): boolean =>
  "serviceWorker" in navigator && "PushManager" in window && "Notification" in window;

/** A name a person recognises in the list of devices. */
export function deviceName(): string {
  if (/iPhone/.test(agent)) return "iPhone";
  if (isIos) return "iPad";
  const model = /Android [\d.]+; ([^;)]+)/.exec(agent)?.[1];
  if (isAndroid) return model && model !== "K" ? model : "Android";
  return /Macintosh/.test(agent) ? "Mac" : /Windows/.test(agent) ? "Windows" : "Linux";
}

/** crypto.randomUUID exists only over https and on localhost, which is where this app runs. */
export const uuid = (): string => crypto.randomUUID();
