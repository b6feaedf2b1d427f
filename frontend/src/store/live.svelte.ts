/** The live line to the server. socket.io-client is loaded only here, after the first paint.
 *  In: handlers, and a cursor to resume from. Out: `feed` and `inbox` messages, and `live.connected`.
 *  The phone resumes from its inbox, and the board with its own cursor while it is on screen. */
import type { Socket } from "socket.io-client";
import type { FeedMessage, InboxMessage } from "../api/types";

interface FromServer {
  feed: (message: FeedMessage) => void;
  inbox: (message: InboxMessage) => void;
}
interface ToServer {
  resume: (from: { cursor: string; of: Resume["of"] }, ack: (answer: { ok: boolean; reason?: string; changed?: string[] }) => void) => void;
}
export interface Resume {
  of: "inbox" | "board";
  /** The last cursor seen, or null when there is no snapshot yet. */
  cursor: () => string | null;
  /** The server does not know the cursor (or there was none): fetch a fresh snapshot. */
  fresh: () => void;
  /** Of an inbox: the follow-ups that changed meanwhile. */
  changed?: (ids: string[]) => void;
}

const state = $state({ connected: false });
const handlers: { [K in keyof FromServer]: Set<FromServer[K]> } = { feed: new Set(), inbox: new Set() };
const connects = new Set<() => void>();
const resumes: Resume[] = [];
let socket: Socket<FromServer, ToServer> | null = null;
let opening: Promise<void> | null = null;

export const live = {
  get connected() { return state.connected; },
};

/** Listen to one kind of message. Returns how to stop. */
export function onLive<K extends keyof FromServer>(kind: K, handler: FromServer[K]): () => void {
  handlers[kind].add(handler);
  return () => handlers[kind].delete(handler);
}

/** Called after every connect and reconnect. Returns how to stop. */
export function onConnect(act: () => void): () => void {
  connects.add(act);
  return () => connects.delete(act);
}

/** Catch up after every connect and reconnect, and at once when connected. Returns how to stop. */
export function resumeFrom(resume: Resume): () => void {
  resumes.push(resume);
  if (state.connected) doResume(resume);
  return () => void resumes.splice(resumes.indexOf(resume), 1);
}

function doResume(resume: Resume): void {
  const cursor = resume.cursor();
  if (cursor === null) return resume.fresh();
  socket?.emit("resume", { cursor, of: resume.of }, ({ ok, changed }) => {
    if (!ok) resume.fresh();
    else if (changed?.length) resume.changed?.(changed);
  });
}

/** Open the line once; safe to call again. */
export function goLive(): Promise<void> {
  opening ??= import("socket.io-client").then(({ io }) => {
    socket = io({ path: "/socket.io", transports: ["websocket", "polling"], reconnectionDelayMax: 5000 });
    socket.on("connect", () => {
      state.connected = true;
      resumes.forEach(doResume);
      connects.forEach((act) => act());
    });
    socket.on("disconnect", () => (state.connected = false));
    socket.on("feed", (message) => handlers.feed.forEach((handler) => handler(message)));
    socket.on("inbox", (message) => handlers.inbox.forEach((handler) => handler(message)));
  }).catch(() => {
    opening = null; // the file could not be loaded (offline): the next foreground tries again
  });
  return opening;
}

/** Close the line, at sign-out. */
export function hangUp(): void {
  socket?.disconnect();
  socket = null;
  opening = null;
  state.connected = false;
}
