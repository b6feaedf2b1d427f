/** The follow-ups that wait for this salesperson. In: the server's inbox, push stubs, rows still to be sent.
 *  Out: `inbox.list` and `inbox.find(id)`, from disk at once, from the server when it answers. Called by the views. */
import { api } from "../api";
import { Problem } from "../api/http";
import type { FollowUp } from "../api/types";
import { disk, type Stub } from "./db";
import { dropIfClosed } from "./inflight.svelte";
import { outbox } from "./outbox.svelte";
import { overlay } from "./rows";
import { session, signedOut } from "./session.svelte";

interface State { stubs: Record<string, Stub>; cursor: string | null; loaded: boolean; reachable: boolean }
const state = $state<State>({ stubs: {}, cursor: null, loaded: false, reachable: true });
// Replaced as a whole, never changed inside: 500 follow-ups need no proxies.
let all = $state.raw<Record<string, FollowUp>>({});
let order = $state.raw<string[]>([]);
/** Requests and answers in their order; `heard`: by follow-up, when what we hold was asked for, or came as the answer to an
 *  act. A list that was on its way when an act was answered may be from before it. */
let turns = 0;
const heard = new Map<string, number>();
let onArrival: (fresh: FollowUp[]) => void = () => undefined;

const list = $derived.by(() => {
  const rows = outbox.rows.filter((row) => !row.refused);
  const touched = new Set(rows.map((row) => row.follow_up));
  const shown = order.flatMap((id) => all[id] ?? []).map((one) => (touched.has(one.id) ? overlay(one, rows) : one));
  return shown.filter((one) => one.state !== "ended");
});

export const inbox = {
  get list() { return list; },
  get cursor() { return state.cursor; },
  /** False until the first answer of the server or anything on disk: only then a skeleton is right. */
  get loaded() { return state.loaded; },
  get reachable() { return state.reachable; },
  find: (id: string): FollowUp | null => {
    const known = all[id] ?? (state.stubs[id] ? fromStub(state.stubs[id]) : null);
    return known ? overlay(known, outbox.rows) : null;
  },
  isStub: (id: string): boolean => !all[id] && id in state.stubs,
};

/** Told about follow-ups that were not here before and wait for their first try. */
export function arrivalsGoTo(take: typeof onArrival): void {
  onArrival = take;
}

/** What is on disk. Where the server or a push was quicker than the disk, theirs is newer and stays. */
export async function restoreInbox(): Promise<void> {
  const [kept, known, stubs] = await Promise.all([disk.followUps(), disk.value<string[]>("order"), disk.stubs()]);
  const newer = Object.values(all);
  all = Object.fromEntries(kept.map((one) => [one.id, one]));
  all = { ...all, ...Object.fromEntries(newer.map((one) => [one.id, withTimeline(one)])) };
  state.stubs = { ...Object.fromEntries(stubs.map((one) => [one.id, one])), ...state.stubs };
  if (state.loaded) return;
  order = [...new Set([...(known ?? []), ...order])];
  state.loaded = known !== undefined;
}

/** Ask the server what waits (on every start and return: on iOS a tap may carry nothing), or about those `only` of which
 *  it has just said that they changed. */
export async function refreshInbox(only?: string[]): Promise<void> {
  try {
    const asked = Date.now(), turn = ++turns;
    const { follow_ups, cursor } = await api.inbox(only);
    await new Promise((done) => setTimeout(done)); // reading 200 of them was one task, showing them is another
    const before = new Set(order);
    const first = !state.loaded;
    const taken = takeIn(follow_ups, turn);
    const named = new Set(follow_ups.map((one) => one.id));
    const stays = (id: string) => (only && !only.includes(id)) || (heard.get(id) ?? 0) > turn;
    order = [...order.filter((id) => !named.has(id) && stays(id)), ...named];
    Object.assign(state, { cursor, loaded: true, reachable: true });
    void remember();
    taken.forEach((one) => dropIfClosed(one, asked));
    const fresh = taken.filter((one) => !before.has(one.id) && one.mine && one.attempts_made === 0 && !one.open_attempt);
    if (!first && fresh.length > 0) onArrival(fresh);
  } catch (error) {
    failed(error);
  }
}

/** One follow-up with its timeline. "gone" when it is not ours to see. */
export async function refreshFollowUp(id: string): Promise<"here" | "gone" | "unknown"> {
  try {
    const asked = Date.now(), turn = ++turns;
    const one = await api.followUp(id);
    if (takeIn([one], turn).length > 0) {
      enlist(one);
      dropIfClosed(one, asked);
    }
    return "here";
  } catch (error) {
    failed(error);
    return error instanceof Problem && error.status === 404 ? "gone" : "unknown";
  }
}

/** What the server answered to an act. */
export function putFollowUp(one: FollowUp): void {
  takeIn([one], ++turns);
  enlist(one);
}

/** Keep those of which we have heard nothing later than this turn; returns them. */
function takeIn(some: FollowUp[], turn: number): FollowUp[] {
  const taken = some.filter((one) => (heard.get(one.id) ?? 0) <= turn);
  taken.forEach((one) => heard.set(one.id, turn));
  all = { ...all, ...(Object.fromEntries(taken.map((one) => [one.id, withTimeline(one)])) as Record<string, FollowUp>) };
  return taken;
}

function enlist(one: FollowUp): void {
  if (one.mine && one.state !== "ended" && !order.includes(one.id)) order = [...order, one.id];
  if (order.includes(one.id)) void remember();
}

/** The inbox comes without timelines: keep the one we have until it is fetched again. */
function withTimeline(one: FollowUp): FollowUp {
  const timeline = one.timeline ?? all[one.id]?.timeline;
  return timeline ? { ...one, timeline } : one;
}

async function remember(): Promise<void> {
  const mine = order.flatMap((id) => all[id] ?? []);
  await disk.keepFollowUps(mine);
  await disk.putValue("order", order);
  // A stub is only needed until the whole follow-up is here.
  await Promise.all(mine.filter((one) => one.id in state.stubs).map((one) => disk.deleteStub(one.id)));
}

function failed(error: unknown): void {
  if (!(error instanceof Problem)) state.reachable = false;
  else if (error.status === 401) signedOut();
}

/** A push brought a follow-up while the app is open: it can be shown before the server has answered. */
export function putStub(stub: Stub): void {
  state.stubs[stub.id] = stub;
}

/** Enough of a follow-up to call: what the push carried, and nothing invented. */
export function fromStub(stub: Stub): FollowUp {
  const me = session.me?.person;
  const nobody = { id: "", first_name: "", name: "" };
  return {
    id: stub.id, state: "assigned", end_reason: null,
    customer: { id: "", first_name: stub.first_name, display_name: stub.display_name, language: "" },
    car: stub.car, wants: null, question: stub.question, trade_in: null, arrived_at: stub.arrived_at,
    clock: { running: true, since: stub.arrived_at, held_since: null, stopped_after: null },
    owner: me ? { id: me.id, first_name: me.first_name, name: me.name } : nobody,
    mine: true, covered_by: null, accepted_at: null, attempts_made: 0, next_step: null,
    reach: {
      primary: stub.call ? "call" : "find_contact", prefers_writing: false, numbers: [], email: null,
      call: stub.call, whatsapp: null, sms: null, facetime: null, blocked: [],
    },
    texts: { whatsapp: "", sms: "", email_subject: "", email_body: "", no_answer: "", voicemail_script: "" },
    open_attempt: null, leads: [], also_asks: [], needs_look: false, demo: false,
  };
}
