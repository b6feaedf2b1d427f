/** What went wrong with a passkey, in a sentence that says what to do. In: an error of the server, the network or the
 *  browser. Out: a text. Called by the components of this folder. */
import { Problem, Unreachable } from "../api/http";
import { called } from "./passkey.svelte";
import { t } from "./texts.svelte";

const KNOWN = ["unknown_passkey", "passkey_refused", "ask_again", "passkey_known"] as const;

export function sentence(error: unknown): string {
  if (error instanceof Unreachable) return t("sign_in.unreachable");
  if (error instanceof Problem) {
    if (error.status === 429) return t("sign_in.too_often");
    const known = KNOWN.find((code) => code === error.code);
    return known ? t(`passkey.${known}`) : error.message;
  }
  if (called(error, "SecurityError")) return t("passkey.wrong_address");
  if (called(error, "NotSupportedError", "ConstraintError")) return t("passkey.needs_lock");
  return t("passkey.passkey_refused");
}
