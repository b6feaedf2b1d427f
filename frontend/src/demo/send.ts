/** A real request to the real intake, as a website would send it, kept to be shown. Called by the demo's buttons. */
import type { Enquiry } from "./customers";
import type { SourceName } from "./state.svelte";

export interface Exchange {
  source: SourceName;
  path: string;
  body: Enquiry;
  /** 0: nobody answered. */
  status: number;
  /** Milliseconds from the tap to the whole answer. */
  ms: number;
  answer: unknown;
}

export async function sendLead(source: SourceName, path: string, body: Enquiry): Promise<Exchange> {
  const began = performance.now();
  try {
    const response = await fetch(path, {
      method: "POST",
      headers: { "Content-Type": "application/json", Accept: "application/json" },
      body: JSON.stringify(body),
    });
    const answer: unknown = await response.json().catch(() => null);
    return { source, path, body, status: response.status, ms: performance.now() - began, answer };
  } catch (error) {
    return { source, path, body, status: 0, ms: performance.now() - began, answer: String(error) };
  }
}

/** Names and numbers given out on this computer, so that a reload does not send yesterday's customer again. */
const KEPT = "demo-used";
export function usedBefore(): Set<string> {
  const kept: unknown = JSON.parse(localStorage.getItem(KEPT) ?? "[]");
  return new Set(Array.isArray(kept) ? (kept as string[]) : []);
}
export function rememberUsed(used: Set<string>): void {
  localStorage.setItem(KEPT, JSON.stringify([...used].slice(-400)));
}
