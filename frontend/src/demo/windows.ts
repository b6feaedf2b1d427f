/** Opens the phone and the board, each signed in by a one-time link in its own window (no frames: a session cookie does
 *  not reach one from another host). In: who. Out: "opened", or the link when the browser blocked the window. */
import { signInLink } from "./state.svelte";

const FEATURES = { phone: "popup,width=390,height=844,left=60,top=40", board: "" };
const open = new Map<string, Window>();

export type Opened = { blocked: null } | { blocked: string };

export async function openWindow(who: "phone" | "board"): Promise<Opened> {
  const there = open.get(who);
  if (there && !there.closed) {
    there.focus();
    return { blocked: null };
  }
  // Opened before the request: after an await the browser no longer takes it for the visitor's own wish.
  const made = window.open("about:blank", `firstcall-${who}`, FEATURES[who]);
  let url: string;
  try {
    ({ url } = await signInLink(who));
  } catch (error) {
    made?.close();
    throw error;
  }
  if (!made) return { blocked: url };
  made.location.replace(url);
  open.set(who, made);
  return { blocked: null };
}
