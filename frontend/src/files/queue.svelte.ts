/** Photos and videos on their way. In: what the camera gave. Out: `uploads.of(followUp)`, kept on this phone until the
 *  server has them, also when the app is killed; sent one after the other, each under its own id, so that a second time
 *  is the same file. Apart from the outbox: a video of 50 MB must not hold up the outcome of a call. */
import { openDB, type DBSchema, type IDBPDatabase } from "idb";
import { Problem, Unreachable } from "../api/http";
import { uuid } from "../lib/platform";
import { putFollowUp } from "../store/inbox.svelte";
import { onConnect } from "../store/live.svelte";
import { session, signedOut } from "../store/session.svelte";
import { shrink } from "./shrink";
import { upload } from "./upload";

export type Kind = "photo" | "video";
interface Stored { id: string; order: number; follow_up: string; person: string | null; kind: Kind; content: Blob; type: string }
export interface Upload extends Stored {
  /** Shows the picture before the server has it. */
  url: string;
  /** 0 to 1 while it is being sent, else null. */
  progress: number | null;
  /** The server said no: a code of files.problem.*, and its own words. */
  refused: { code: string; detail: string } | null;
}
interface Schema extends DBSchema { uploads: { key: string; value: Stored } }

const TYPES: Record<Kind, string[]> = {
  photo: ["image/jpeg", "image/png", "image/webp"], video: ["video/mp4", "video/quicktime", "video/webm"],
};
const LARGEST: Record<Kind, number> = { photo: 15 * 1024 ** 2, video: 50 * 1024 ** 2 };
const LATER = new Set([401, 408, 425, 429]);
const state = $state<{ all: Upload[]; ready: Record<string, string> }>({ all: [], ready: {} });
let own: Promise<IDBPDatabase<Schema>> | null = null;
let retry: ReturnType<typeof setTimeout> | undefined;
let tries = 0;

export const uploads = {
  of: (followUp: string) => state.all.filter((one) => one.follow_up === followUp),
  /** The video of a follow-up that was sent from here and has not been passed on to its customer yet. */
  ready: (followUp: string): string | null => state.ready[followUp] ?? null,
  passedOn: (followUp: string) => void delete state.ready[followUp],
};

/** Take a photo or video in. Returns the code of what is wrong with it, or null. */
export async function add(followUp: string, kind: Kind, file: Blob): Promise<string | null> {
  const content = kind === "photo" ? await shrink(file) : file;
  const type = content.type.split(";")[0] ?? "";
  if (!TYPES[kind].includes(type)) return "unknown_type";
  if (content.size > LARGEST[kind]) return "too_large";
  const one: Stored = { id: uuid(), order: Date.now(), follow_up: followUp, person: session.me?.person.id ?? null, kind, content, type };
  state.all.push(shown(one));
  // No room on this phone: what is in memory is sent all the same, as long as the app lives.
  await (await open()).put("uploads", one).catch(() => undefined);
  void drain();
  return null;
}

export function drop(id: string): void {
  const one = state.all.find((each) => each.id === id);
  if (one) URL.revokeObjectURL(one.url);
  state.all = state.all.filter((each) => each.id !== id);
  void open().then((database) => database.delete("uploads", id));
}

let draining: Promise<void> | null = null;

export function drain(): Promise<void> {
  draining ??= underLock(drainAll).finally(() => (draining = null));
  return draining;
}

const underLock = (act: () => Promise<void>): Promise<void> =>
  navigator.locks ? navigator.locks.request("firstcall-files", act) : act();

async function drainAll(): Promise<void> {
  clearTimeout(retry);
  const me = session.me?.person.id ?? null;
  const next = () => state.all.find((one) => !one.refused && (one.person === null || one.person === me));
  for (let one = next(); one; one = next()) if (!(await sent(one))) return;
}

/** True: go on with the next one. */
async function sent(one: Upload): Promise<boolean> {
  try {
    one.progress = 0;
    const answer = await upload(`/api/v1/follow-ups/${one.follow_up}/files/${one.id}`, one.content, one.type, (part) => (one.progress = part));
    tries = 0;
    putFollowUp(answer);
    const page = answer.timeline?.find((item) => item.file?.id === one.id)?.file?.page;
    if (page) state.ready[one.follow_up] = page;
    drop(one.id);
    return true;
  } catch (error) {
    one.progress = null;
    if (!(error instanceof Problem) && !(error instanceof Unreachable)) throw error;
    if (error instanceof Problem && error.status === 401) signedOut();
    if (error instanceof Problem && error.status < 500 && !LATER.has(error.status)) {
      one.refused = { code: error.code, detail: error.message };
      return true;
    }
    retry = setTimeout(() => void drain(), Math.min(60_000, 2_000 * 2 ** Math.min(tries++, 5)));
    return false;
  }
}

const shown = (one: Stored): Upload => ({ ...one, url: URL.createObjectURL(one.content), progress: null, refused: null });

function open(): Promise<IDBPDatabase<Schema>> {
  own ??= openDB<Schema>("firstcall-files", 1, {
    upgrade: (database) => void database.createObjectStore("uploads", { keyPath: "id" }),
    terminated: () => (own = null),
  });
  return own;
}

/** What an earlier start of the app had not sent. Once, when this file is loaded: after the first paint. */
export async function restore(): Promise<void> {
  const stored = await (await open()).getAll("uploads");
  const here = new Set(state.all.map((one) => one.id));
  const kept = stored.filter((one) => !here.has(one.id)).sort((a, b) => a.order - b.order);
  state.all = [...kept.map(shown), ...state.all];
  await drain();
}

void restore();
onConnect(() => void drain());
window.addEventListener("online", () => void drain());
document.addEventListener("visibilitychange", () => document.hidden || void drain());
