/** Write here first, send behind. In: acts of the salesperson. Out: rows on disk, sent in order, each with its own
 *  id as Idempotency-Key; `outbox.rows` is what still waits. Drained on enqueue, online, return to the foreground,
 *  pageshow, socket connect, and after a pause when the network failed. Only one tab drains at a time. */
import { Problem, send, Unreachable } from "../api/http";
import type { FollowUp, Me } from "../api/types";
import { uuid } from "../lib/platform";
import { disk } from "./db";
import { requestOf, type Act, type Row } from "./rows";
import { session, signedOut } from "./session.svelte";

const state = $state<{ rows: Row[] }>({ rows: [] });
export type Answer = { follow_up?: FollowUp } & Partial<FollowUp> & Partial<Me>;
let onAnswer: (answer: Answer, row: Row) => void = () => undefined;
let retry: ReturnType<typeof setTimeout> | undefined;
let last = 0;

export const outbox = {
  get rows() { return state.rows; },
  get waiting() { return state.rows.filter((row) => !row.refused).length; },
  get refused() { return state.rows.filter((row) => row.refused).length; },
  of: (followUp: string) => state.rows.filter((row) => row.follow_up === followUp),
};

/** Who takes the server's answers (a follow-up, or me). Set once at start. */
export function answersGoTo(take: typeof onAnswer): void {
  onAnswer = take;
}

export async function restoreOutbox(): Promise<void> {
  const stored = await disk.rows();
  const here = new Set(state.rows.map((row) => row.id));
  state.rows = [...stored.filter((row) => !here.has(row.id)), ...state.rows].sort((a, b) => a.order - b.order);
}

/** Queue an act. The screen changes in this tick; the disk and the network follow. Returns the row's id. */
export function enqueue(act: Act, followUp: string | null, more: { id?: string; held_until?: number } = {}): string {
  last = Math.max(Date.now(), last + 1);
  const row: Row = {
    id: more.id ?? uuid(), order: last, follow_up: followUp, person: session.me?.person.id ?? null, act,
    tries: 0, held_until: more.held_until ?? 0, refused: null,
  };
  if (state.rows.some((known) => known.id === row.id)) return row.id;
  state.rows.push(row);
  // Both at once: the tap may be the last thing this page ever does, and either copy is enough.
  void disk.putRow(row);
  void drain();
  return row.id;
}

/** Take back an act that has not left this phone. False when it is too late (then undo it on the server). */
export function unqueue(matches: (row: Row) => boolean): boolean {
  const row = state.rows.find((one) => matches(one) && one.id !== sending);
  if (!row || row.tries > 0) return false;
  drop(row.id);
  return true;
}

/** Change a held row's act and let it go. False when it has already left. */
export function release(id: string, change: (act: Act) => Act = (act) => act): boolean {
  const row = state.rows.find((one) => one.id === id);
  if (!row || row.id === sending || row.tries > 0) return false;
  row.act = change($state.snapshot(row.act) as Act);
  row.held_until = 0;
  void disk.putRow($state.snapshot(row));
  void drain();
  return true;
}

/** The page may not come back: nothing is held any longer. */
export function releaseAll(): void {
  state.rows.forEach((row) => (row.held_until = 0));
  void drain();
}

export const dismiss = (id: string): void => drop(id);

function drop(id: string): void {
  state.rows = state.rows.filter((row) => row.id !== id);
  void disk.deleteRow(id);
}

let sending: string | null = null;
let again = false;
let draining: Promise<void> | null = null;

export function drain(): Promise<void> {
  if (draining) again = true;
  draining ??= underLock(drainAll).finally(() => {
    draining = null;
    if (again) {
      again = false;
      void drain();
    }
  });
  return draining;
}

function underLock(act: () => Promise<void>): Promise<void> {
  return navigator.locks ? navigator.locks.request("firstcall-outbox", act) : act();
}

async function drainAll(): Promise<void> {
  clearTimeout(retry);
  for (let row = nextRow(); row; row = nextRow()) {
    sending = row.id;
    const goOn = await sendRow(row).finally(() => (sending = null));
    if (!goOn) return;
  }
  const held = state.rows.filter((row) => row.held_until > Date.now()).map((row) => row.held_until);
  if (held.length > 0) retry = setTimeout(() => void drain(), Math.min(...held) - Date.now() + 20);
}

function nextRow(): Row | undefined {
  const me = session.me?.person.id ?? null;
  const due = (row: Row) => !row.refused && row.held_until <= Date.now() && (row.person === null || row.person === me);
  return state.rows.find(due);
}

/** True: go on with the next row. */
async function sendRow(row: Row): Promise<boolean> {
  const { method, path, body } = requestOf(row);
  try {
    const answer = await send<Answer>(method, path, { body, key: row.id, keepalive: true });
    drop(row.id);
    if (answer) onAnswer(answer, row);
    return true;
  } catch (error) {
    if (!(error instanceof Problem) && !(error instanceof Unreachable)) throw error;
    return refused(row, error);
  }
}

const LATER = new Set([408, 425, 429]);

function refused(row: Row, error: Problem | Unreachable): boolean {
  if (error instanceof Problem && error.status === 401) {
    signedOut();
    return false;
  }
  row.tries += 1;
  const final = error instanceof Problem && error.status < 500 && !LATER.has(error.status);
  if (final) row.refused = { code: error.code, detail: error.message };
  else retry = setTimeout(() => void drain(), Math.min(60_000, 2_000 * 2 ** Math.min(row.tries, 5)));
  void disk.putRow($state.snapshot(row));
  return final;
}
