/** A mail template as it is edited: one pattern a line, "Word = field" for labels. Pure. In: the API's data. Out: texts
 *  for fields, and back. Called by TemplateForm.svelte. */
import type { TemplateData } from "./api";

export interface Draft {
  name: string;
  senders: string;
  subject: string;
  lines: string;
  labels: string;
  message_after: string;
  message_before: string;
  call: boolean;
  service: string | null;
}

const lines = (text: string): string[] => text.split("\n").map((line) => line.trim()).filter(Boolean);

export function toDraft(data: TemplateData): Draft {
  const text = (list: readonly string[] | undefined) => (list ?? []).join("\n");
  return {
    name: data.name, senders: text(data.senders), subject: text(data.subject), lines: text(data.lines),
    labels: Object.entries(data.labels ?? {}).map(([word, field]) => `${word} = ${field}`).join("\n"),
    message_after: text(data.message_after), message_before: text(data.message_before), call: data.call ?? false, service: data.service ?? null,
  };
}

/** A line without "=" names a label that means itself: the server says what is wrong with it. */
export function toData(draft: Draft): TemplateData {
  const labels = lines(draft.labels).map((line) => {
    const cut = line.lastIndexOf("=");
    return cut < 0 ? [line, ""] : [line.slice(0, cut).trim(), line.slice(cut + 1).trim()];
  });
  return {
    name: draft.name.trim(), senders: lines(draft.senders.replaceAll(",", "\n")), subject: lines(draft.subject), lines: lines(draft.lines),
    labels: Object.fromEntries(labels) as Record<string, string>, message_after: lines(draft.message_after),
    message_before: lines(draft.message_before), call: draft.call, ...(draft.service ? { service: draft.service } : {}),
  };
}

export const EMPTY: TemplateData = { name: "", senders: [] };

/** Fields of a label that nobody knows: a typing mistake would silently read nothing. */
export const unknownFields = (data: TemplateData, known: readonly string[]): string[] =>
  [...new Set(Object.values(data.labels ?? {}))].filter((field) => field !== "" && !known.includes(field));
