/** What the browser says becomes what the server is told; thinking better of it is no error. */
import { afterEach, beforeEach, expect, test, vi } from "vitest";

const OPTIONS = { challenge: "-_8", user: { id: "AQID", name: "sanne@doesburg.example", displayName: "Sanne" }, excludeCredentials: [{ id: "BAUG", type: "public-key" }], rp: { name: "Firstcall" }, pubKeyCredParams: [] };
const MADE = {
  id: "_-4", rawId: new Uint8Array([255, 238]).buffer, type: "public-key",
  response: { clientDataJSON: new Uint8Array([1]).buffer, attestationObject: new Uint8Array([2]).buffer, getTransports: () => ["internal"] },
};
const SIGNED = { ...MADE, response: { clientDataJSON: MADE.response.clientDataJSON, authenticatorData: new Uint8Array([3]).buffer, signature: new Uint8Array([4]).buffer, userHandle: null } };
const create = vi.fn();
const find = vi.fn();
let sent: { path: string; body: unknown }[] = [];

beforeEach(() => {
  sent = [];
  localStorage.clear();
  vi.resetModules();
  vi.stubGlobal("PublicKeyCredential", { isUserVerifyingPlatformAuthenticatorAvailable: () => Promise.resolve(true) });
  Object.defineProperty(navigator, "credentials", { value: { create, get: find }, configurable: true });
  vi.stubGlobal("fetch", (path: string, { body }: { body: string }) => {
    sent.push({ path, body: JSON.parse(body) });
    return Promise.resolve(new Response(JSON.stringify(path.endsWith("options") ? OPTIONS : { id: "1" }), { status: 200 }));
  });
});
afterEach(() => vi.unstubAllGlobals());

test("a new key is asked for in bytes and told in base64url, and this browser remembers that it has one", async () => {
  const { add, passkey } = await import("./passkey.svelte");
  create.mockResolvedValueOnce(MADE);
  expect(passkey.here).toBe(false);
  expect(await add()).toEqual({ id: "1" });
  const { publicKey } = create.mock.lastCall![0];
  expect([...publicKey.challenge, ...publicKey.user.id, ...publicKey.excludeCredentials[0].id]).toEqual([251, 255, 1, 2, 3, 4, 5, 6]);
  expect(sent[1]!.body).toMatchObject({ credential: { id: "_-4", rawId: "_-4", type: "public-key", response: { clientDataJSON: "AQ", attestationObject: "Ag", transports: ["internal"] } } });
  expect(passkey.here).toBe(true);
});

test("who cancels is told nothing; a phone that has one says so; anything else is an error", async () => {
  const { add, answer, passkey } = await import("./passkey.svelte");
  create.mockRejectedValueOnce(new DOMException("", "NotAllowedError"));
  expect(await add()).toBeNull();
  expect(passkey.here).toBe(false);
  create.mockRejectedValueOnce(new DOMException("", "InvalidStateError"));
  expect(await add()).toBe("here");
  expect(passkey.here).toBe(true);
  create.mockRejectedValueOnce(new DOMException("", "SecurityError"));
  await expect(add()).rejects.toThrow(DOMException);
  find.mockRejectedValueOnce(new DOMException("", "AbortError"));
  expect(await answer(false, new AbortController().signal)).toBeNull();
});

test("only the offer above the keyboard is quiet", async () => {
  const { answer } = await import("./passkey.svelte");
  find.mockResolvedValue(SIGNED);
  const { signal } = new AbortController();
  expect((await answer(false, signal))!.response).toEqual({ clientDataJSON: "AQ", authenticatorData: "Aw", signature: "BA", userHandle: null });
  expect(find.mock.lastCall![0].mediation).toBeUndefined();
  await answer(true, signal);
  expect(find.mock.lastCall![0].mediation).toBe("conditional");
});

test("a key that the server does not know is offered no more", async () => {
  const { strike, remember, passkey } = await import("./passkey.svelte");
  const signalUnknownCredential = vi.fn(() => Promise.resolve());
  Object.assign(PublicKeyCredential, { signalUnknownCredential });
  remember(true);
  await strike({ id: "_-4", rawId: "_-4", type: "public-key", response: { clientDataJSON: "", authenticatorData: "", signature: "", userHandle: null } });
  expect(signalUnknownCredential).toHaveBeenCalledWith({ rpId: "localhost", credentialId: "_-4" });
  expect(passkey.here).toBe(false);
});
