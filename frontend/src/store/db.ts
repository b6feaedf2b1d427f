/** What this phone remembers. Two IndexedDB databases: "firstcall" is the page's own (follow-ups, outbox, a few values);
 *  "firstcall-push" holds the stubs the service worker writes from a push, so that `/l/<id>` paints with no network.
 *  They are apart so that an old worker and a new page never fight over a schema version. */
import { openDB, type DBSchema, type IDBPDatabase } from "idb";
import type { FollowUp } from "../api/types";
import type { Row } from "./rows";

interface Schema extends DBSchema {
  follow_ups: { key: string; value: FollowUp };
  outbox: { key: string; value: Row };
  values: { key: string; value: unknown };
}
/** What a push carries about a follow-up (contract, push payload). */
export interface Stub {
  id: string;
  first_name: string;
  display_name: string;
  car: string | null;
  question: string | null;
  arrived_at: string;
  call: string | null;
}
interface StubSchema extends DBSchema {
  stubs: { key: string; value: Stub };
}

/** What we know to be on disk, as the very objects that were written. */
let written = new Map<string, FollowUp>();
let own: Promise<IDBPDatabase<Schema>> | null = null;
let pushed: Promise<IDBPDatabase<StubSchema>> | null = null;

function open(): Promise<IDBPDatabase<Schema>> {
  own ??= openDB<Schema>("firstcall", 1, {
    upgrade(database) {
      database.createObjectStore("follow_ups", { keyPath: "id" });
      database.createObjectStore("outbox", { keyPath: "id" });
      database.createObjectStore("values");
    },
    terminated: () => (own = null),
  });
  return own;
}

function openStubs(): Promise<IDBPDatabase<StubSchema>> {
  pushed ??= openDB<StubSchema>("firstcall-push", 1, {
    upgrade: (database) => void database.createObjectStore("stubs", { keyPath: "id" }),
    terminated: () => (pushed = null),
  });
  return pushed;
}

export const disk = {
  followUps: async () => {
    const all = await (await open()).getAll("follow_ups");
    // What was written while the disk was still reading is newer.
    written = new Map([...all.map((one) => [one.id, one] as const), ...written]);
    return all;
  },
  /** Replace what is remembered: follow-ups that ended or went to a colleague leave this phone. Only what changed is
   *  written, one after the other: all at once would keep the screen from answering a thumb. */
  keepFollowUps: async (all: FollowUp[]) => {
    const before = written;
    written = new Map(all.map((one) => [one.id, one]));
    const { store, done } = (await open()).transaction("follow_ups", "readwrite");
    for (const id of before.keys()) if (!written.has(id)) await store.delete(id);
    for (const [id, one] of written) if (before.get(id) !== one) await store.put(one);
    await done;
  },
  rows: async () => (await open()).getAll("outbox"),
  putRow: async (row: Row) => (await open()).put("outbox", row),
  deleteRow: async (id: string) => (await open()).delete("outbox", id),
  value: async <T>(key: string) => (await open()).get("values", key) as Promise<T | undefined>,
  putValue: async (key: string, value: unknown) => (await open()).put("values", value, key),
  stubs: async () => (await openStubs()).getAll("stubs"),
  deleteStub: async (id: string) => (await openStubs()).delete("stubs", id),
  /** At sign-out nothing about a customer stays, but what still waits to be sent does. */
  forget: async () => {
    const database = await open();
    written.clear();
    await Promise.all([database.clear("follow_ups"), database.clear("values"), (await openStubs()).clear("stubs")]);
  },
};
