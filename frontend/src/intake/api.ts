/** Sources, templates, what needs a look, and what is typed in by hand, over HTTP. In: what a person entered. Out: the
 *  server's shapes. Sent at once, never queued; an error's sentence is shown. Called by the screens of this folder. */
import { get, post, send } from "../api/http";
import type { FollowUp, Iso, Named } from "../api/types";
import { uuid } from "../lib/platform";

export interface Word { name: string; needed: boolean; made?: boolean }
export interface Kind { kind: string; settings: Word[]; secrets: Word[] }
export type Result = "lead" | "needs_look" | "reply" | "stopped" | "asked" | "ignored" | "received";
export interface Submission {
  id: string;
  source_id: string;
  at: Iso;
  state: "received" | "read" | "needs_look" | "ignored";
  result: Result | null;
  note: string | null;
  took_ms: number | null;
  bytes: number | null;
  content_type: string;
  test: boolean;
  lead_ids: string[];
  follow_up_id: string | null;
  /** Still kept word for word. */
  raw: boolean;
}
export type FieldMap = Record<string, string>;
export interface Source {
  id: string;
  name: string;
  kind: string;
  showroom: { id: string; name: string };
  key: string;
  address: string;
  settings: Record<string, string | FieldMap>;
  /** Which are set; their values are never read back. */
  secrets: Record<string, boolean>;
  ready: boolean;
  missing: string[];
  paste: { label: string; value: string | null }[];
  trouble: { text: string; at: Iso } | null;
  closed_at: Iso | null;
  last: Submission | null;
  count_24h: number;
}
export interface Sources { sources: Source[]; kinds: Kind[] }
export type Entered = Record<string, string | FieldMap | null>;
export interface Kept { source: Source; shown_once: Record<string, string> }
export interface Tested { status: number; answer: unknown; submission: Submission | null; took_ms: number }

/** A lead as it was read, as far as the app shows it. */
export interface ReadLead {
  display_name: string | null;
  email: string | null;
  phones: { raw: string; e164: string | null }[];
  comments: string | null;
  vehicles_of_interest: Record<string, string | null>[];
  trade_ins: Record<string, string | null>[];
}
export interface Reading { outcome: string; note: string | null; lead: ReadLead | null }
export interface MapPreview extends Reading { paths: [string, string][]; mappable: string[] }

export interface SourceName { id: string; name: string; kind: string }
export interface Unread {
  id: string;
  follow_up_id: string;
  arrived_at: Iso;
  submission_id: string | null;
  source: SourceName;
  note: string | null;
  owner: Named;
  name: string;
  phone: string | null;
  email: string | null;
  car: string | null;
  question: string | null;
}
export interface Ignored { submission_id: string; at: Iso; source: SourceName; note: string | null }
export interface NeedsLook { leads: Unread[]; ignored: Ignored[] }
export type Correction = Partial<Record<"name" | "phone" | "email" | "car" | "question", string>>;

export interface Match {
  customer_id: string;
  display_name: string;
  owner: Named | null;
  covered_by: Named | null;
  follow_up_id: string | null;
  open: boolean;
  last: { what: "called" | "wrote"; at: Iso; person: Named; outcome: string | null } | null;
  /** The number or the address identifies them. */
  exact: boolean;
}
export interface WalkIn { name: string; reach: string; about: string; came_by: "walk_in" | "phone" }
export interface TakenIn { lead_id: string | null; owner: Named; known: boolean; mine: boolean; follow_up: FollowUp }
export interface Code { url: string | null; svg: string | null }

export interface TemplateData {
  name: string;
  senders: string[];
  subject?: string[];
  lines?: string[];
  labels?: Record<string, string>;
  message_after?: string[];
  message_before?: string[];
  call?: boolean;
  service?: string | null;
}
export interface Template {
  id: string | null;
  name: string;
  built_in: boolean;
  showroom: { id: string; name: string } | null;
  data: TemplateData;
  created_at: Iso | null;
  created_by: Named | null;
}
export interface Templates { templates: Template[]; fields: string[] }
export interface TemplatePreview extends Reading { applies: boolean }

const V1 = "/api/v1";
const once = () => ({ key: uuid() });

export const intake = {
  sources: () => get<Sources>(`${V1}/sources`),
  addSource: (source: { name: string; kind: string; settings: Entered; secrets: Entered }) => post<Kept>(`${V1}/sources`, source, once()),
  changeSource: (id: string, changes: { name?: string; settings?: Entered; secrets?: Entered; closed?: boolean }) =>
    send<Kept>("PATCH", `${V1}/sources/${id}`, { body: changes, ...once() }),
  submissions: (id: string) => get<{ submissions: Submission[] }>(`${V1}/sources/${id}/submissions`).then((answer) => answer.submissions),
  test: (id: string) => post<Tested>(`${V1}/sources/${id}/tests`, {}, { ...once(), timeout: 30_000 }),
  previewMap: (tried: { map: FieldMap; sample?: string; submission_id?: string }) => post<MapPreview>(`${V1}/field-maps/previews`, tried),
  rawOf: (submission: string) => `${V1}/submissions/${submission}/raw`,

  needsLook: () => get<NeedsLook>(`${V1}/needs-look`),
  textOf: (submission: string) => get<{ text: string }>(`${V1}/submissions/${submission}/text`).then((answer) => answer.text),
  isARequest: (submission: string) => post<FollowUp>(`${V1}/submissions/${submission}/leads`, {}, once()),
  correct: (lead: string, said: Correction) => send<FollowUp & { joined: boolean }>("PATCH", `${V1}/leads/${lead}`, { body: said, ...once() }),

  matches: (typed: string) => get<{ matches: Match[] }>(`${V1}/customer-matches?q=${encodeURIComponent(typed)}`).then((answer) => answer.matches),
  /** The key is the form's own: sent again after no answer it is the same walk-in. */
  takeIn: (said: WalkIn, key: string) => post<TakenIn>(`${V1}/walk-ins`, said, { key }),
  myCode: () => get<Code>(`${V1}/me/qr-code`),
  makeCode: () => post<Code>(`${V1}/me/qr-code`, {}, once()),

  templates: () => get<Templates>(`${V1}/templates`),
  addTemplate: (data: TemplateData) => post<Template>(`${V1}/templates`, { data }, once()),
  changeTemplate: (id: string, data: TemplateData, showroom_id: string | null) =>
    send<Template>("PUT", `${V1}/templates/${id}`, { body: { data, showroom_id }, ...once() }),
  removeTemplate: (id: string) => send<{ id: string }>("DELETE", `${V1}/templates/${id}`, once()),
  previewTemplate: (tried: { data: TemplateData; submission_id?: string; sample?: string }) => post<TemplatePreview>(`${V1}/template-previews`, tried),
  draftTemplate: (from: { submission_id: string; name: string; phone: string; email: string; car: string }) =>
    post<{ data: TemplateData }>(`${V1}/template-drafts`, from).then((answer) => answer.data),
};
