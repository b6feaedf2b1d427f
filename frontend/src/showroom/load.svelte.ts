/** What a screen asks the server for once, and how that went. In: how to fetch. Out: `data`, or which problem; `say`
 *  turns an error into a sentence for the snackbar. Called by every screen of this folder. */
import { Problem } from "../api/http";
import { signedOut } from "../store/session.svelte";
import { say } from "../store/snack.svelte";
import { t } from "./texts.svelte";

export class Loaded<T> {
  data = $state.raw<T | null>(null);
  problem = $state<"forbidden" | "unreachable" | null>(null);
  readonly #fetch: () => Promise<T>;

  constructor(fetch: () => Promise<T>) {
    this.#fetch = fetch;
  }

  async load(): Promise<void> {
    try {
      this.data = await this.#fetch();
      this.problem = null;
    } catch (error) {
      if (error instanceof Problem && error.status === 401) signedOut();
      this.problem = error instanceof Problem && (error.status === 403 || error.status === 404) ? "forbidden" : "unreachable";
    }
  }
}

/** The server's own sentence, or that nobody answered. */
export const sentenceOf = (error: unknown): string => (error instanceof Problem ? error.message : t("sync.offline_now"));

/** Do it; say it, with an undo when there is one. False after an error, whose sentence is said instead. */
export async function attempt(act: () => Promise<unknown>, done?: string, undo?: () => void): Promise<boolean> {
  try {
    await act();
    if (done) say(done, undo);
    return true;
  } catch (error) {
    say(sentenceOf(error));
    return false;
  }
}
