/** What the board knows, as a value. In: a snapshot, and the feed's messages after it. Out: a new Board each time.
 *  Pure; called by board.svelte.ts. A message carries rows as they were when it was made, so one that is late (the answer
 *  to `resume` overtaken by a live message) must not put an older row over a newer one: per follow-up we keep the newest
 *  item told. Items of one follow-up are numbered in the order they happened. */
import type { BoardPerson, BoardRow, BoardSnapshot, FeedItem, FeedMessage } from "../api/types";

export interface Board {
  showroom: BoardSnapshot["showroom"];
  sla: BoardSnapshot["sla"];
  cursor: string;
  people: BoardPerson[];
  rows: ReadonlyMap<string, BoardRow>;
  /** Newest first. */
  feed: FeedItem[];
  /** Follow-up id → id of the newest item told about it. */
  told: ReadonlyMap<string, string>;
}

const FEED = 50;

export function fromSnapshot(snapshot: BoardSnapshot): Board {
  return {
    showroom: snapshot.showroom,
    sla: snapshot.sla,
    cursor: snapshot.cursor,
    people: snapshot.people,
    rows: new Map(snapshot.rows.filter((row) => row.state !== "ended").map((row) => [row.id, row])),
    feed: newestFirst(snapshot.feed),
    told: newestOf(snapshot.feed),
  };
}

export function apply(board: Board, message: FeedMessage): Board {
  const tells = newestOf(message.items);
  const isLate = (id: string): boolean => {
    const [told, telling] = [board.told.get(id), tells.get(id)];
    // Equal is not late: a snapshot's feed may be a breath newer than its rows.
    return told !== undefined && telling !== undefined && compare(telling, told) < 0;
  };
  const rows = new Map(board.rows);
  for (const row of message.rows) {
    if (isLate(row.id)) continue;
    if (row.state === "ended") rows.delete(row.id);
    else rows.set(row.id, row);
  }
  for (const id of message.gone) {
    if (!isLate(id)) rows.delete(id);
  }
  return {
    ...board,
    cursor: message.cursor,
    people: mergePeople(board.people, message.people),
    rows,
    feed: newestFirst([...message.items, ...board.feed]),
    told: newestOf(message.items, board.told),
  };
}

/** Counting numbers and UUIDs of version 7 alike: the longer, then the later in the alphabet. */
function compare(a: string, b: string): number {
  return a.length - b.length || (a < b ? -1 : a > b ? 1 : 0);
}

function newestOf(items: FeedItem[], known: ReadonlyMap<string, string> = new Map()): Map<string, string> {
  const newest = new Map(known);
  for (const { id, follow_up_id } of items) {
    const before = newest.get(follow_up_id);
    if (before === undefined || compare(before, id) < 0) newest.set(follow_up_id, id);
  }
  return newest;
}

/** Each item once. An item that fell off the end and is told again falls off again. */
function newestFirst(items: FeedItem[]): FeedItem[] {
  const once = [...new Map(items.map((item) => [item.id, item])).values()];
  return once.sort((a, b) => Date.parse(b.at) - Date.parse(a.at) || compare(b.id, a.id)).slice(0, FEED);
}

function mergePeople(people: BoardPerson[], changed: BoardPerson[]): BoardPerson[] {
  const byId = new Map(people.map((person) => [person.id, person]));
  for (const person of changed) byId.set(person.id, person);
  return [...byId.values()];
}
