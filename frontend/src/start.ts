/** What happens after the first paint, and whenever the salesperson comes back. In: nothing but the browser.
 *  Out: the stores filled from the server; push, worker and live line set up; wires between stores. */
import type { Me } from "./api/types";
import { neverDuring, registerWorker, onWorkerMessage } from "./lib/worker.svelte";
import { leadInPath, navigate, openSheet, route } from "./lib/router.svelte";
import { typedHere } from "./lib/typed";
import { putFollowUp, putStub, inbox, refreshFollowUp, refreshInbox, arrivalsGoTo } from "./store/inbox.svelte";
import { acknowledged, inflight } from "./store/inflight.svelte";
import { goLive, onConnect, onLive, resumeFrom } from "./store/live.svelte";
import { answersGoTo, drain, releaseAll } from "./store/outbox.svelte";
import { push, syncPush } from "./store/push.svelte";
import { arrived } from "./store/ring.svelte";
import { putMe, refreshMe, session } from "./store/session.svelte";
import type { FollowUp } from "./api/types";

/** From here on asking for everything is simpler than naming it. */
const MANY = 20;

/** After the first paint. */
export async function begin(): Promise<void> {
  wire();
  if (route.path === "/sign-in" || route.path === "/_design") return void registerWorker();
  await Promise.all([refreshMe(), drain().then(() => refreshInbox())]);
  // Only now: it fetches every file of the app, and whoever waits, waits for the answer.
  void registerWorker();
  if (session.state === "signed_in") settleIn();
}

/** The cookie is here: what needs a signed-in phone. */
function settleIn(): void {
  void syncPush().then(refreshMe);
  void goLive();
  void navigator.storage?.persist?.();
}

/** True when this phone already rings; else onboarding comes next. */
export async function afterSignIn(me: Me): Promise<boolean> {
  await putMe(me);
  await refreshInbox();
  void drain();
  settleIn();
  return push.works;
}

function wire(): void {
  arrivalsGoTo(arrived);
  neverDuring(() => inflight.now !== null || route.sheet !== null || typedHere());
  answersGoTo((answer, row) => {
    if (answer.follow_up) putFollowUp(answer.follow_up);
    else if ("reach" in answer) putFollowUp(answer as FollowUp);
    else if ("person" in answer) void putMe(answer as Me);
    if (row.act.kind === "attempt") acknowledged(row.act.attempt.id);
    if (row.act.kind === "undo") acknowledged(row.act.attempt_id);
  });
  const changed = (ids: string[]) => void lookAgain(ids.length < MANY ? ids : undefined);
  onLive("inbox", ({ follow_up_ids }) => changed(follow_up_ids));
  onConnect(() => void drain());
  resumeFrom({ of: "inbox", cursor: () => inbox.cursor, fresh: () => void lookAgain(), changed });
  onWorkerMessage((message) => {
    if (message.type === "open") openFromNotification(message.url);
    else {
      if (message.follow_up) putStub(message.follow_up);
      void lookAgain();
      if (message.kind === "test") void refreshMe();
    }
  });
  window.addEventListener("online", () => void cameBack());
  window.addEventListener("pageshow", (event) => event.persisted && void cameBack());
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) releaseAll();
    else void cameBack();
  });
  window.addEventListener("pagehide", releaseAll);
  window.addEventListener("focus", askOutcome);
}

async function lookAgain(changed?: string[]): Promise<void> {
  await refreshInbox(changed);
  const shown = leadInPath();
  if (shown) await refreshFollowUp(shown);
}

/** On every return: what waits, what can be sent, can this phone still be reached? */
async function cameBack(): Promise<void> {
  askOutcome();
  if (session.state !== "signed_in") return;
  await drain();
  await Promise.all([lookAgain(), refreshMe()]);
  settleIn();
}

/** A dialled call whose outcome is not logged keeps asking. */
function askOutcome(): void {
  if (inflight.now && !route.sheet) openSheet({ name: "outcome" });
}

function openFromNotification(url: string): void {
  const { pathname, search } = new URL(url, location.origin);
  navigate(pathname + search);
}
