/** A lead as it was read, in rows for a person. Pure. In: what a preview returns. Out: keys of texts with values.
 *  Called by ReadLead.svelte. */
import type { ReadLead } from "./api";

type Row = { key: "read.name" | "read.phone" | "read.email" | "read.car" | "read.trade_in" | "read.question"; value: string };

/** Make, model, trim and year, as people say a car. */
export const carOf = (car: Record<string, string | null> | undefined): string =>
  ["make", "model", "trim", "year"].map((part) => car?.[part]).filter(Boolean).join(" ") || (car?.["stock"] ?? "");

export function rowsOf(lead: ReadLead): Row[] {
  const rows: Row[] = [
    { key: "read.name", value: lead.display_name ?? "" },
    { key: "read.phone", value: lead.phones.map((one) => one.e164 ?? one.raw).join(", ") },
    { key: "read.email", value: lead.email ?? "" },
    { key: "read.car", value: lead.vehicles_of_interest.map(carOf).filter(Boolean).join(", ") },
    { key: "read.trade_in", value: lead.trade_ins.map(carOf).filter(Boolean).join(", ") },
    { key: "read.question", value: lead.comments ?? "" },
  ];
  return rows.filter((row) => row.value);
}

/** "an automatic reply, by its subject" → an_automatic_reply_by_its_subject: the key of its translation. */
export const noteKey = (note: string): string => note.toLowerCase().replace(/[^a-z0-9]+/g, "_").replace(/^_|_$/g, "");
