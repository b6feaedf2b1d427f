/** What a follow-up's timeline says is there: photos, videos and notes, newest first. In: the follow-up and what waits in
 *  the outbox. Out: values for the screen. Pure; called by Files.svelte and FileView.svelte. */
import type { FollowUp, StoredFile, TimelineItem } from "../api/types";
import { newestFirst } from "../lib/order";
import type { Row } from "../store/rows";

export interface Shown extends StoredFile { at: string; by: string }
export interface ShownNote { id: string; text: string; at: string; by: string; removable: boolean; waiting: boolean }

/** Ids that were removed here and whose removal, or its undo, is still on its way. */
function removed(rows: readonly Row[]): Set<string> {
  const ids = new Set<string>();
  for (const { act, refused } of rows) {
    const id = act.kind === "removal" && !refused ? /\/(?:files|notes)\/([\w-]+)\/removal$/.exec(act.path)?.[1] : undefined;
    if (id && act.kind === "removal") ids[act.method === "POST" ? "add" : "delete"](id);
  }
  return ids;
}

const newest = (items: TimelineItem[] = []): TimelineItem[] => newestFirst(items, (one) => one.at);

export function filesOf(followUp: FollowUp, rows: readonly Row[]): Shown[] {
  const gone = removed(rows);
  return newest(followUp.timeline).flatMap(({ file, at, person }) =>
    file && !gone.has(file.id) ? [{ ...file, at, by: person?.first_name ?? "" }] : []);
}

export function notesOf(followUp: FollowUp, rows: readonly Row[], me: string, now: string): ShownNote[] {
  const gone = removed(rows);
  const waiting = rows.flatMap(({ act, refused }): ShownNote[] => {
    if (act.kind !== "note" || refused) return [];
    const { id, text } = act.body as { id: string; text: string };
    return [{ id, text, at: now, by: me, removable: false, waiting: true }];
  });
  const kept = newest(followUp.timeline).flatMap(({ note, text, at, person }): ShownNote[] =>
    note && !gone.has(note.id) ? [{ ...note, text: text ?? "", at, by: person?.first_name ?? "", waiting: false }] : []);
  return [...waiting.reverse(), ...kept.filter((one) => !waiting.some((own) => own.id === one.id))];
}
