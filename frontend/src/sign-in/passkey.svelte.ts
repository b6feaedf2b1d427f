/** Passkeys as this browser has them (W3C WebAuthn level 3). In: the server's question. Out: the browser's answer as JSON,
 *  null when the person thought better of it. Called by the components of this folder, by sign-in and by onboarding.
 *  Bytes are written by hand: iOS 16 and 17 have passkeys, but not their toJSON(). */
import type { Assertion } from "../api/types";
import { deviceName } from "../lib/platform";
import { access, type Attestation, type Passkey } from "./api";

const MARK = "passkey"; // nothing about the person: only that a passkey was made or used in this browser
const supported = "PublicKeyCredential" in window && "credentials" in navigator;
const state = $state({ here: supported && localStorage.getItem(MARK) !== null, own: false });
if (supported) void PublicKeyCredential.isUserVerifyingPlatformAuthenticatorAvailable().then((own) => (state.own = own));

export const passkey = {
  supported,
  /** One was made or used in this browser: it is the way in to offer first. */
  get here() { return state.here; },
  /** This device itself can look at a face, a finger or a PIN. */
  get own() { return state.own; },
};

export function remember(here: boolean): void {
  state.here = here;
  if (here) localStorage.setItem(MARK, "1");
  else localStorage.removeItem(MARK);
}

export const bytes = (text: string): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (one) => one.charCodeAt(0));

export const base64 = (buffer: ArrayBuffer): string =>
  btoa(String.fromCharCode(...new Uint8Array(buffer))).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");

/** Makes a key on this device, or on one that the browser reaches. "here": this device had one already. */
export async function add(): Promise<Passkey | "here" | null> {
  const { challenge, user, excludeCredentials, ...rest } = await access.questionToAdd();
  const publicKey: PublicKeyCredentialCreationOptions = {
    ...rest,
    challenge: bytes(challenge),
    user: { ...user, id: bytes(user.id) },
    excludeCredentials: excludeCredentials.map((one) => ({ ...one, id: bytes(one.id) })),
  };
  try {
    const made = (await navigator.credentials.create({ publicKey })) as PublicKeyCredential | null;
    if (!made) return null;
    const stored = await access.add(attestation(made), deviceName());
    remember(true);
    return stored;
  } catch (error) {
    if (called(error, "NotAllowedError", "AbortError")) return null;
    if (!called(error, "InvalidStateError")) throw error;
    remember(true);
    return "here";
  }
}

/** Has the person answer with a key of theirs. `quietly`: offered by the keyboard above the field, without a window. */
export async function answer(quietly: boolean, signal: AbortSignal): Promise<Assertion | null> {
  const { challenge, ...rest } = await access.question();
  try {
    const found = await navigator.credentials.get({
      publicKey: { ...rest, challenge: bytes(challenge) },
      signal,
      ...(quietly && { mediation: "conditional" as const }),
    });
    return found ? assertion(found as PublicKeyCredential) : null;
  } catch (error) {
    if (called(error, "NotAllowedError", "AbortError")) return null;
    throw error;
  }
}

/** Whether the keyboard can offer passkeys. */
export const offersQuietly = async (): Promise<boolean> =>
  supported && ((await PublicKeyCredential.isConditionalMediationAvailable?.()) ?? false);

/** The server does not know this key: where it can, the phone stops offering it. */
export async function strike(unknown: Assertion): Promise<void> {
  remember(false);
  const phone = PublicKeyCredential as { signalUnknownCredential?: (what: { rpId: string; credentialId: string }) => Promise<void> };
  await phone.signalUnknownCredential?.({ rpId: location.hostname, credentialId: unknown.id }).catch(() => undefined);
}

/** The browser's own errors have names. */
export const called = (error: unknown, ...names: string[]): boolean => error instanceof DOMException && names.includes(error.name);

function attestation(made: PublicKeyCredential): Attestation {
  const response = made.response as AuthenticatorAttestationResponse;
  return {
    ...identity(made),
    response: {
      clientDataJSON: base64(response.clientDataJSON),
      attestationObject: base64(response.attestationObject),
      transports: response.getTransports?.() ?? [],
    },
  };
}

function assertion(found: PublicKeyCredential): Assertion {
  const response = found.response as AuthenticatorAssertionResponse;
  return {
    ...identity(found),
    response: {
      clientDataJSON: base64(response.clientDataJSON),
      authenticatorData: base64(response.authenticatorData),
      signature: base64(response.signature),
      userHandle: response.userHandle && base64(response.userHandle),
    },
  };
}

const identity = (one: PublicKeyCredential) => ({ id: one.id, rawId: base64(one.rawId), type: "public-key" as const });
