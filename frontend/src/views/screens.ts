/** Every screen and sheet, each its own file, so that the first one paints soon. In: a path, or a sheet's name.
 *  Out: what to load. The salesperson's own are all preloaded after the first paint: they must work offline. */
import type { Snippet } from "svelte";
import type { Logged } from "../actions/attempt";
import type { Channel, FollowUp, Me } from "../api/types";
import { Lazy } from "../lib/lazy.svelte";
import { leadInPath } from "../lib/router.svelte";

export const screens = {
  lead: new Lazy<{ id: string }>(() => import("./Lead.svelte")),
  leads: new Lazy<{ resting?: boolean }>(() => import("./Leads.svelte")),
  me: new Lazy(() => import("./Me.svelte")),
  onboarding: new Lazy(() => import("./Onboarding.svelte")),
  signIn: new Lazy<{ onsignedin: (me: Me) => void; again?: boolean; queued?: number }>(() => import("./SignIn.svelte")),
  board: new Lazy(() => import("../board/Board.svelte")),
  showroom: new Lazy(() => import("../showroom/Screens.svelte")),
  design: new Lazy(() => import("../design/Design.svelte")),
  demo: new Lazy(() => import("../demo/Demo.svelte")),
};

export const sheets = {
  outcome: new Lazy<{ waits?: boolean }>(() => import("./sheets/OutcomeSheet.svelte")),
  call_back: new Lazy<{ note?: string }>(() => import("./sheets/CallBackSheet.svelte")),
  stop: new Lazy<{ note?: string }>(() => import("./sheets/StopSheet.svelte")),
  next: new Lazy<{ followUp: FollowUp; logged?: Logged | null }>(() => import("./sheets/NextSheet.svelte")),
  after: new Lazy<{ followUp: FollowUp; waits?: boolean }>(() => import("./sheets/AfterSheet.svelte")),
  more: new Lazy<{ followUp: FollowUp }>(() => import("./sheets/MoreSheet.svelte")),
  pass_on: new Lazy<{ followUp: FollowUp }>(() => import("./sheets/PassOnSheet.svelte")),
  bridge: new Lazy<{ followUp: FollowUp }>(() => import("./sheets/BridgeSheet.svelte")),
  snooze: new Lazy<{ followUp: FollowUp }>(() => import("./sheets/SnoozeSheet.svelte")),
  other_way: new Lazy<{ followUp: FollowUp; wrong?: string | null }>(() => import("./sheets/OtherWaySheet.svelte")),
  text: new Lazy<{ followUp: FollowUp; channel: Channel; text?: string }>(() => import("./sheets/TextSheet.svelte")),
};

/** What lies over or below a screen and is not needed for its first paint. */
export const extras = {
  alarm: new Lazy<{ followUp: FollowUp }>(() => import("./lead/Alarm.svelte")),
  bars: new Lazy<{ quiet?: boolean }>(() => import("./Bars.svelte")),
  modal: new Lazy<{ children: Snippet }>(() => import("../lib/Modal.svelte")),
  below: new Lazy<{ followUp: FollowUp }>(() => import("./lead/Below.svelte")),
};

const HOUSE = new Set(["/showroom", "/people", "/cadence", "/me/hours"]);

export type ScreenName = keyof typeof screens;

export function screenOf(path: string, signedOut: boolean): ScreenName | null {
  if (path === "/demo") return "demo";
  if (path === "/_design") return "design";
  if (path === "/sign-in" || signedOut) return "signIn";
  if (path === "/board") return "board";
  if (path === "/onboarding") return "onboarding";
  if (path === "/me") return "me";
  if (HOUSE.has(path)) return "showroom";
  if (leadInPath(path)) return "lead";
  return path === "/" || path === "/leads" ? "leads" : null;
}

/** After the first paint, the outcome sheet first: a call may be a second away. The others once the server has `answered`,
 *  one by one, whenever the phone has nothing else to do: all at once they would keep it from answering a thumb. */
export async function preloadAll(answered: Promise<void>): Promise<void> {
  await Promise.all([sheets.outcome.preload(), extras.modal.preload()]);
  await answered.catch(() => undefined);
  const soon = [extras.bars, screens.lead, extras.below, extras.alarm, screens.leads, screens.me, ...Object.values(sheets)];
  for (const one of soon) {
    await new Promise((done) => (window.requestIdleCallback ?? setTimeout)(done));
    await one.preload();
  }
}
