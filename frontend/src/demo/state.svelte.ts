/** What the demo knows about the house. In: GET /demo/state, every second while somebody looks. Out: `demo.now`, reactive.
 *  Called by Demo.svelte; the buttons ask again at once through refresh(). */
import { get, post, Problem } from "../api/http";
import type { BoardRow, Iso } from "../api/types";

export type SourceName = "web" | "marktplaats" | "autoscout24" | "mobile_de";
export interface Mail {
  id: string;
  to: string;
  subject: string | null;
  body_text: string | null;
  at: Iso;
  /** A delivery's state: queued, sent, not_sent, failed, … */
  state: string;
  reason: string | null;
  link: string | null;
}
export interface DemoState {
  server_time: Iso;
  public_url: string;
  showroom: { name: string };
  speed: number;
  sources: Partial<Record<SourceName, string>>;
  worker: { alive: boolean; pid: number | null; held: boolean };
  push: { reachable: boolean | null; reason: string | null };
  mailbox: Mail[];
  follow_ups: BoardRow[];
  deliveries: { queued: number; sent: number };
  can_kill: boolean;
}

let now = $state.raw<DemoState | null>(null);
const state = $state<{ problem: "off" | "unreachable" | null }>({ problem: null });
let timer: ReturnType<typeof setTimeout> | undefined;

export const demo = {
  get now() { return now; },
  /** "off": this server is not in demo mode. */
  get problem() { return state.problem; },
};

export async function refresh(): Promise<void> {
  clearTimeout(timer);
  try {
    now = await get<DemoState>("/demo/state");
    state.problem = null;
  } catch (error) {
    state.problem = error instanceof Problem && error.status === 404 ? "off" : "unreachable";
  }
  clearTimeout(timer); // two callers at once must not leave two chains of polls
  if (!document.hidden && watching) timer = setTimeout(() => void refresh(), 1000);
}

let watching = false;

/** Start polling; returns how to stop. */
export function watch(): () => void {
  const look = () => {
    if (!document.hidden) void refresh();
  };
  watching = true;
  look();
  document.addEventListener("visibilitychange", look);
  return () => {
    watching = false;
    clearTimeout(timer);
    document.removeEventListener("visibilitychange", look);
  };
}

export const killWorker = () => post<void>("/demo/worker/kill").then(refresh);
export const startWorker = () => post<void>("/demo/worker/start").then(refresh);
export const signInLink = (who: "phone" | "board") => post<{ url: string }>("/demo/links", { who });
