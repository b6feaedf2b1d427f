/** Who is signed in on this phone. In: the server's `Me`, remembered on disk for the offline start.
 *  Out: `session.me` (null until known) and `session.state`. Called by App, every view, the outbox and the board. */
import { api } from "../api";
import { Problem } from "../api/http";
import type { Me } from "../api/types";
import { LANGUAGES, setLanguage, type Language } from "../i18n/index.svelte";
import { disk } from "./db";

const state = $state<{ me: Me | null; known: "unknown" | "signed_in" | "signed_out" }>({ me: null, known: "unknown" });

export const session = {
  get me() { return state.me; },
  /** "unknown": nothing on disk and the server not asked yet. */
  get state() { return state.known; },
  get sla() { return state.me?.sla ?? { gold: 60, green: 120, amber: 300 }; },
  get leads_showroom() { return state.me?.person.role === "manager" || state.me?.person.role === "admin"; },
};

export async function putMe(me: Me): Promise<void> {
  state.me = me;
  state.known = "signed_in";
  const wished = LANGUAGES.find((one) => one === me.person.language);
  if (wished) await setLanguage(wished as Language);
  void disk.putValue("me", $state.snapshot(me)); // a disk that is slow to answer keeps nobody from signing in
}

/** From disk, for the first paint. A server that was quicker than the disk knows better. */
export async function restoreMe(): Promise<void> {
  const me = await disk.value<Me>("me");
  if (!me || state.me) return;
  state.me = me;
  if (state.known === "unknown") state.known = "signed_in";
}

/** Ask the server. Without an answer we go on with what is remembered. */
export async function refreshMe(): Promise<void> {
  try {
    await putMe(await api.me());
  } catch (error) {
    if (error instanceof Problem && error.status === 401) signedOut();
    else if (!(error instanceof Problem) && state.known === "unknown") state.known = state.me ? "signed_in" : "unknown";
  }
}

/** The server does not know this phone any more: ask to sign in; what waits to be sent stays. */
export function signedOut(): void {
  state.known = "signed_out";
}

/** Show a change before the server has it. */
export function guessMe(change: (me: Me) => Me): void {
  if (state.me) state.me = change(state.me);
}

export async function signOut(): Promise<void> {
  await api.signOut();
  state.me = null;
  state.known = "signed_out";
  await disk.forget();
}
