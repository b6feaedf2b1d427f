/** Shapes of the HTTP contract, v1. Times are ISO 8601 in UTC, ids are UUIDs. Read by the store and the views. */
export type Iso = string;
export type Channel = "call" | "facetime" | "whatsapp" | "sms" | "email" | "video";
export type Availability = "on_duty" | "with_customer" | "break" | "off";
export type PushState = "none" | "pending" | "confirmed" | "gone" | "needs_resubscribe";
export type Outcome =
  | "spoke" | "no_answer" | "voicemail" | "busy" | "wrong_number" | "call_back" | "message_sent"
  | "replied" | "called_us" | "complaint" | "stop";
export type StepKind =
  | "attempt" | "answer" | "snooze" | "find_contact" | "manager_answers" | "name_next_step"
  | "appointment" | "call_back" | "quote" | "check_in";
export type DatedKind = "appointment" | "call_back" | "quote" | "check_in";
export type FollowUpState = "assigned" | "accepted" | "contacted" | "ended";
export type HandoverReason = "cannot_now" | "absence" | "language" | "customers_wish";
export type CloseReason = "won" | "lost" | "trade" | "test" | "not_a_request" | "duplicate";
export type StopScope = "channel" | "request" | "everything";

/** Why somebody is not on duty: a tap, the hours they work, or an absence. */
export type AvailabilityWhy = "tap" | "own_hours" | "absent";
export type DeviceHealth = "ok" | "unproven" | "silent" | "lost" | "not_subscribed";
export type SnoozeReason = "customers_wish" | "away";

export interface Named { id: string; first_name: string; name: string }

export type Weekday = "mon" | "tue" | "wed" | "thu" | "fri" | "sat" | "sun";
/** From and to, "09:00"; a day without windows is closed. */
export type Window = [string, string];
export type Weekly = Record<Weekday, Window[]>;
export interface Absence { id: string; person: Named; deputy: Named; starts_at: Iso; ends_at: Iso }
export interface Sla { gold: number; green: number; amber: number }

export interface Me {
  server_time: Iso;
  person: Named & {
    email: string;
    role: "salesperson" | "manager" | "receptionist" | "admin";
    language: string;
    availability: Availability;
    availability_until: Iso | null;
    facetime_link: string | null;
    video_link: string | null;
    availability_why?: AvailabilityWhy | null;
    phone?: string | null;
    /** Null: whenever the showroom is open. */
    weekly?: Weekly | null;
    deputy?: Named | null;
    absences?: Absence[];
  };
  showroom: { id: string; name: string; timezone: string; country: string };
  device: { id: string; name: string; push: PushState; confirmed_at: Iso | null; last_received_at: Iso | null; health?: DeviceHealth };
  /** Whether calls can be made through the showroom's provider. */
  telephony?: boolean;
  push: { public_key: string; key_id: string };
  sla: Sla;
  demo: boolean;
  demo_speed: number | null;
  colleagues: (Named & { availability: Availability })[];
}

export interface Clock { running: boolean; since: Iso; held_since: Iso | null; stopped_after: number | null }

export interface NextStep {
  kind: StepKind;
  due_at: Iso;
  channel: "call" | "whatsapp" | "sms" | "email" | null;
  position: number;
  of: number;
  voicemail_allowed: boolean;
}

export interface Reach {
  primary: "call" | "whatsapp" | "sms" | "email" | "find_contact";
  prefers_writing: boolean;
  numbers: { id: string; raw: string; e164: string | null; wrong: boolean; readings?: string[] }[];
  email: string | null;
  call: string | null;
  whatsapp: string | null;
  sms: string | null;
  facetime: string | null;
  blocked: { channel: string; reason: string }[];
}

export interface Texts {
  whatsapp: string;
  sms: string;
  email_subject: string;
  email_body: string;
  no_answer: string;
  voicemail_script: string;
  /** After a number that reaches somebody else: "which number suits you?", in the customer's language. */
  which_number?: string;
  /** With a hole, "{video}", for the address of the video that is sent. */
  video_message?: string;
}

export interface LeadOfFollowUp {
  id: string;
  arrived_at: Iso;
  source: string;
  kind: string;
  car: string | null;
  question: string | null;
  trade_in: string | null;
  /** As written; absent in what an older app has kept. */
  plates?: string[];
  needs_look: boolean;
  is_test: boolean;
}

export interface TimelineItem {
  id: string;
  at: Iso;
  type: string;
  person: { first_name: string } | null;
  params: Record<string, unknown>;
  text: string | null;
  /** Whom an escalation told, by first name. */
  told?: string[];
  /** A photo or video that this item added and that is still there. */
  file?: StoredFile | null;
  note?: { id: string; removable: boolean } | null;
}

export interface StoredFile {
  id: string;
  kind: "photo" | "video";
  content_type: string;
  bytes: number;
  width: number | null;
  height: number | null;
  /** Where the customer watches a video. */
  page: string | null;
  /** Whether I may take it away. */
  removable: boolean;
}

/** `verified`: times measured by the provider of a bridged call; `talk_seconds` of it. */
export interface OpenAttempt { id: string; channel: Channel; started_at: Iso; mine: boolean; verified?: boolean; talk_seconds?: number | null }
export interface Escalation { rung: string; at: Iso; acknowledged: boolean }

export interface FollowUp {
  id: string;
  state: FollowUpState;
  end_reason: string | null;
  customer: { id: string; first_name: string; display_name: string; language: string };
  car: string | null;
  wants: string | null;
  question: string | null;
  trade_in: string | null;
  arrived_at: Iso;
  clock: Clock;
  owner: Named;
  mine: boolean;
  covered_by: Named | null;
  accepted_at: Iso | null;
  attempts_made: number;
  next_step: NextStep | null;
  reach: Reach;
  texts: Texts;
  open_attempt: OpenAttempt | null;
  escalation?: Escalation | null;
  cadence?: { name: string; version: number };
  leads: LeadOfFollowUp[];
  also_asks: string[];
  needs_look: boolean;
  demo: boolean;
  timeline?: TimelineItem[];
}

/** What I said about a try of mine today. */
export interface Done { attempt: string; follow_up: string; name: string; outcome: Outcome; at: Iso }
export interface Inbox { server_time: Iso; cursor: string; follow_ups: FollowUp[] }
export interface DeviceLink { first_name: string; showroom: string; code: string; expires_at: Iso }
/** What a passkey answered; bytes are base64url. */
export interface Assertion {
  id: string;
  rawId: string;
  type: "public-key";
  response: { clientDataJSON: string; authenticatorData: string; signature: string; userHandle: string | null };
}
export type Credential = { token: string } | { code: string } | { passkey: Assertion };

export interface OutcomeBody {
  outcome: Outcome;
  call_back_at?: Iso;
  note?: string;
  away_seconds?: number;
  question_answered?: boolean;
  next_step?: { kind: DatedKind; due_at: Iso };
  stop_scope?: StopScope;
  at: Iso;
}

/** Manager's board: snapshot, and the rows the socket sends. */
export interface BoardPerson {
  id: string;
  first_name: string;
  name: string;
  availability: Availability;
  availability_until: Iso | null;
  open: number;
  push: PushState;
  last_received_at: Iso | null;
  availability_why?: AvailabilityWhy | null;
  health?: DeviceHealth;
}

export interface BoardRow {
  id: string;
  customer: string;
  car: string | null;
  source: string;
  arrived_at: Iso;
  clock: Clock;
  owner: { id: string; first_name: string };
  covered_by: { id: string; first_name: string } | null;
  state: FollowUpState;
  accepted_at: Iso | null;
  contact: "not_called" | "dialled" | "called" | "messaged" | "contacted";
  dialled_at: Iso | null;
  attempts_made: number;
  last_outcome: string | null;
  next_step: NextStep | null;
  escalation: { rung: string; at: Iso; acknowledged?: boolean } | null;
  push: "queued" | "sent" | "received" | "opened" | "failed" | "none";
  needs_look: boolean;
  leads: number;
  demo: boolean;
}

export interface FeedItem {
  id: string;
  at: Iso;
  type: string;
  follow_up_id: string;
  customer: string | null;
  person: { first_name: string } | null;
  params: Record<string, unknown>;
}

export interface BoardSnapshot {
  server_time: Iso;
  cursor: string;
  showroom: Me["showroom"];
  sla: Sla;
  people: BoardPerson[];
  rows: BoardRow[];
  feed: FeedItem[];
}

export interface FeedMessage {
  cursor: string;
  items: FeedItem[];
  rows: BoardRow[];
  gone: string[];
  people: BoardPerson[];
}
export interface InboxMessage { cursor: string; follow_up_ids: string[] }
