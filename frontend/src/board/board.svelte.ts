/** The board while it is on screen. In: GET /api/v1/board and the live line. Out: `board.now`, reactive, and how fresh it is.
 *  Gap-free: every snapshot is followed by a `resume` from its own cursor, so what happened between the snapshot and the
 *  line comes once. Without a line the snapshot is asked again every 10 s. Called by Board.svelte. */
import { api } from "../api";
import { Problem } from "../api/http";
import type { FeedMessage } from "../api/types";
import { serverNow } from "../lib/clock.svelte";
import { disk } from "../store/db";
import { goLive, live, onLive, resumeFrom, type Resume } from "../store/live.svelte";
import { signedOut } from "../store/session.svelte";
import { apply, fromSnapshot, type Board } from "./reduce";

const POLL = 10_000;
const SAVE_AFTER = 3_000;
const STORED = "board";

interface Kept { board: Board; at: number }

let askSoon = () => {};
let now = $state.raw<Board | null>(null);
const state = $state<{ at: number; problem: "forbidden" | "unreachable" | null }>({ at: 0, problem: null });

export const board = {
  get now() { return now; },
  /** Epoch ms for which `now` was true; the view shows it while there is no line. */
  get at() { return state.at; },
  get problem() { return state.problem; },
};

/** Start; returns how to stop. */
export function openBoard(): () => void {
  let closed = false;
  let saving: ReturnType<typeof setTimeout> | undefined;
  let retry: ReturnType<typeof setTimeout> | undefined;
  let again = 0; // snapshots in a row that the line refused
  let stopResuming = () => {};

  const put = (next: Board) => {
    now = next;
    state.at = serverNow();
    saving ??= setTimeout(() => {
      saving = undefined;
      if (now) void disk.putValue(STORED, { board: now, at: state.at } satisfies Kept);
    }, SAVE_AFTER);
  };

  const resume: Resume = {
    of: "board",
    cursor: () => now?.cursor ?? null,
    // A server that refuses its own fresh cursor must not be asked in a tight loop.
    fresh: () => later(Math.min(++again * 1000 - 1000, POLL)),
  };

  function later(ms: number): void {
    clearTimeout(retry);
    if (!closed) retry = setTimeout(() => void fetchSnapshot(), ms);
  }

  async function fetchSnapshot(): Promise<void> {
    try {
      const snapshot = await api.board();
      if (closed) return;
      put(fromSnapshot(snapshot));
      state.problem = null;
      stopResuming();
      stopResuming = resumeFrom(resume);
      await goLive();
    } catch (error) {
      refused(error);
    }
    later(live.connected ? POLL * 6 : POLL);
  }

  function refused(error: unknown): void {
    const status = error instanceof Problem ? error.status : 0;
    state.problem = status === 403 || status === 401 ? "forbidden" : "unreachable";
    if (state.problem === "unreachable") return;
    // Whoever may not see the board must not find yesterday's on this device either.
    now = null;
    void disk.putValue(STORED, null);
    if (status === 401) signedOut();
  }

  const stopFeed = onLive("feed", (message: FeedMessage) => {
    again = 0;
    if (now) put(apply(now, message));
  });

  void remembered().then((kept) => {
    if (!kept || now || closed || state.problem === "forbidden") return;
    now = kept.board;
    state.at = kept.at;
  });
  void fetchSnapshot();
  askSoon = () => later(2000);

  return () => {
    closed = true;
    askSoon = () => {};
    clearTimeout(retry);
    clearTimeout(saving);
    stopFeed();
    stopResuming();
    now = null;
    Object.assign(state, { at: 0, problem: null });
  };
}

/** The line just broke: until now everything was told; ask soon by the other way. */
export function leftLive(): void {
  state.at = serverNow();
  askSoon();
}

async function remembered(): Promise<Kept | null> {
  return (await disk.value<Kept | null>(STORED)) ?? null;
}
