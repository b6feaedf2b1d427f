/** Passkeys and devices over HTTP. In: what the browser answered. Out: the server's shapes. Nothing here is ever queued:
 *  a key that is not stored, or a device that is not signed out, must be seen at once. Called by this folder. */
import { get, post, send } from "../api/http";
import type { Assertion, Iso } from "../api/types";
import { uuid } from "../lib/platform";

export interface Passkey { id: string; name: string; created_at: Iso; last_used_at: Iso | null }
export type Health = "ok" | "unproven" | "silent" | "lost" | "not_subscribed";
export interface Device { id: string; name: string; platform: string; health: Health; last_seen_at: Iso | null; this: boolean }
/** What the server asks the browser for; bytes are base64url. */
export interface Listed { id: string; type: "public-key" }
export interface CreationOptions extends Omit<PublicKeyCredentialCreationOptions, "challenge" | "user" | "excludeCredentials"> {
  challenge: string;
  user: { id: string; name: string; displayName: string };
  excludeCredentials: Listed[];
}
export interface RequestOptions extends Omit<PublicKeyCredentialRequestOptions, "challenge" | "allowCredentials"> { challenge: string }
export interface Attestation extends Omit<Assertion, "response"> { response: { clientDataJSON: string; attestationObject: string; transports: string[] } }

const V1 = "/api/v1";
const once = () => ({ key: uuid() });

export const access = {
  questionToAdd: () => post<CreationOptions>(`${V1}/passkeys/options`),
  add: (credential: Attestation, name: string) => post<Passkey>(`${V1}/passkeys`, { credential, name }, once()),
  passkeys: () => get<{ passkeys: Passkey[] }>(`${V1}/passkeys`).then((answer) => answer.passkeys),
  remove: (id: string) => send<{ id: string }>("DELETE", `${V1}/passkeys/${id}`, once()),
  question: () => post<RequestOptions>(`${V1}/sessions/options`),
  devices: () => get<{ devices: Device[] }>(`${V1}/devices`).then((answer) => answer.devices),
  signOut: (device: string) => send<{ id: string }>("DELETE", `${V1}/devices/${device}`, once()),
  signOutOthers: () => send<{ signed_out: number }>("DELETE", `${V1}/sessions?keep=current`),
};
