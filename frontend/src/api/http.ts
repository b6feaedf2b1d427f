/** One way to speak with the server. In: method, path, body. Out: parsed JSON, or one of two errors:
 *  `Problem` (the server answered no; RFC 9457) or `Unreachable` (nobody answered).
 *  Every answer's X-Server-Time corrects our clock. Called by api/index.ts, the outbox and the board. */
import { setServerTime } from "../lib/clock.svelte";

export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    readonly title: string,
    readonly detail: string,
    readonly fields: Record<string, string> = {},
  ) {
    super(detail || title);
  }
}
export class Unreachable extends Error {}

export interface Sending { body?: unknown; key?: string; keepalive?: boolean; timeout?: number }

export async function send<T>(method: string, path: string, sending: Sending = {}): Promise<T> {
  const headers: Record<string, string> = { Accept: "application/json" };
  if (sending.body !== undefined) headers["Content-Type"] = "application/json";
  if (sending.key) headers["Idempotency-Key"] = sending.key;
  let response: Response;
  const asked = Date.now();
  try {
    response = await fetch(path, {
      method,
      headers,
      body: sending.body === undefined ? null : JSON.stringify(sending.body),
      keepalive: sending.keepalive ?? false,
      signal: AbortSignal.timeout(sending.timeout ?? 15_000),
    });
  } catch (error) {
    throw new Unreachable(String(error));
  }
  const serverTime = response.headers.get("X-Server-Time");
  if (serverTime) setServerTime(serverTime, asked);
  if (!response.ok) throw await problem(response);
  if (response.status === 204) return undefined as T;
  return (await response.json()) as T;
}

async function problem(response: Response): Promise<Problem> {
  const body = (await response.json().catch(() => ({}))) as Partial<{
    type: string; title: string; detail: string; fields: Record<string, string>;
  }>;
  const code = body.type?.split("#")[1] ?? `http_${response.status}`;
  return new Problem(response.status, code, body.title ?? response.statusText, body.detail ?? "", body.fields ?? {});
}

export const get = <T>(path: string) => send<T>("GET", path);
export const post = <T>(path: string, body: unknown = {}, more: Sending = {}) => send<T>("POST", path, { body, ...more });
