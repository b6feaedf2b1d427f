/** A note and a removal as rows of the outbox: written here first, sent behind. In: a follow-up and what was done.
 *  Out: an outbox row; a removal with its undo. Called by the screens of this folder. */
import { uuid } from "../lib/platform";
import { enqueue, unqueue } from "../store/outbox.svelte";
import { say } from "../store/snack.svelte";

export function addNote(followUp: string, text: string): void {
  const id = uuid();
  enqueue({ kind: "note", method: "POST", path: `/api/v1/follow-ups/${followUp}/notes`, body: { id, text } }, followUp, { id });
}

/** Take a photo, video or note away; the line at the bottom undoes it. `word`: what the line says. */
export function remove(followUp: string, what: "files" | "notes", id: string, word: string): void {
  const path = `/api/v1/${what}/${id}/removal`;
  const row = enqueue({ kind: "removal", method: "POST", path, body: {} }, followUp);
  say(word, () => {
    if (!unqueue((one) => one.id === row)) enqueue({ kind: "removal", method: "DELETE", path }, followUp);
  });
}
