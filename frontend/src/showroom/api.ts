/** The showroom's settings, its people and its plans over HTTP. In: changes. Out: the server's shapes.
 *  These are desk work: sent at once, never queued; an error's sentence is shown. Called by the screens of this folder. */
import { get, post, send } from "../api/http";
import type { Absence, Availability, AvailabilityWhy, Iso, Me, Named, PushState, Weekly } from "../api/types";
import { uuid } from "../lib/platform";

export interface ShowroomHours extends Weekly { holidays: string[]; always: boolean }
export type SecondChannel = "none" | "sms" | "voice";
export interface Showroom {
  id: string;
  name: string;
  slug: string;
  country: string;
  timezone: string;
  language: string;
  phone: string | null;
  weekly: ShowroomHours;
  public_holidays: string | null;
  second_channel: SecondChannel;
  rungs: number[];
  rungs_are_default: boolean;
}
export interface ShowroomAnswer { showroom: Showroom; telephony: boolean }
export type ShowroomChanges = Partial<{ phone: string; weekly: ShowroomHours; public_holidays: string; second_channel: SecondChannel; rungs: number[] | null }>;

/** Where leads go as ADF too; `not_from`: sources that come from that very system. */
export interface Forward { kind: "email" | "post"; to: string; not_from?: string[] }
export interface Forwarded { at: Iso; state: string; tries?: number; reason: string | null }
export interface ForwardAnswer { forward: Forward | null; last: Forwarded[] }

export interface DeviceOf { id: string; name: string; platform: string; push: PushState; last_seen_at: Iso | null; last_received_at: Iso | null }
export interface Colleague extends Named {
  email: string;
  phone: string | null;
  role: Me["person"]["role"];
  language: string;
  showroom: { id: string; name: string };
  availability: Availability;
  availability_why: AvailabilityWhy | null;
  availability_until: Iso | null;
  weekly: Weekly | null;
  deputy: Named | null;
  absences: Absence[];
  open: number;
  devices: DeviceOf[];
}
export interface OnCall { id: string; person: Named; showroom: { id: string; name: string }; starts_at: Iso; ends_at: Iso }
export type PersonChanges = Partial<{ weekly: Weekly | null; deputy_id: string | null; phone: string }>;
export interface Span { person_id: string | null; starts_at: Iso; ends_at: Iso }
export interface Departure { person: Named; handed_over: number; told: number; devices: number }

export type StepChannel = "call" | "write";
export interface Step {
  position: number;
  offset_s: number;
  channel: StepChannel;
  day_part: "any" | "other";
  voicemail: boolean;
  latest_s: number | null;
  texts: Record<string, string>;
  default_texts: Record<string, string>;
}
export interface Version { id: string | null; version: number; created_at: Iso | null; created_by: Named | null; steps: Step[] }
export type CadenceName = "six_in_ten" | "written";
export interface Cadence { name: CadenceName; active: Version; default: Version; running: { version: number; follow_ups: number }[] }
export interface Limits { least_steps: number; most_steps: number; most_voicemails: number; last_offset_s: number; gap_s: number; longest_text: number }
export interface Cadences {
  showroom: { id: string; name: string; timezone: string };
  languages: string[];
  placeholders: string[];
  limits: Limits;
  cadences: Cadence[];
}
export interface Warning { code: string; sentence: string }
export interface Preview {
  timezone: string;
  starts_at: Iso;
  steps: { position: number; due_at: Iso; channel: StepChannel; voicemail_allowed: boolean; day_part: string; open: boolean }[];
  warnings: Warning[];
}

const V1 = "/api/v1";
const once = () => ({ key: uuid() });
const remove = (path: string) => send<{ id: string }>("DELETE", `${V1}/${path}`, once());
const patch = <T>(path: string, body: unknown) => send<T>("PATCH", `${V1}/${path}`, { body, ...once() });

export const house = {
  showroom: () => get<ShowroomAnswer>(`${V1}/showrooms/current`),
  changeShowroom: (changes: ShowroomChanges) => patch<ShowroomAnswer>("showrooms/current", changes),

  forward: () => get<ForwardAnswer>(`${V1}/showrooms/current/forward`),
  changeForward: (to: Forward | null) => send<ForwardAnswer>("PUT", `${V1}/showrooms/current/forward`, { body: to ?? { kind: null }, ...once() }),
  sourceNames: () => get<{ sources: { id: string; name: string; closed_at: Iso | null }[] }>(`${V1}/sources`).then((answer) => answer.sources.filter((one) => !one.closed_at)),

  people: () => get<{ people: Colleague[] }>(`${V1}/people`).then((answer) => answer.people),
  changePerson: (id: string, changes: PersonChanges) => patch<Colleague>(`people/${id}`, changes),
  changeMe: (changes: PersonChanges) => patch<Me>("me", changes),
  leave: (id: string) => post<Departure>(`${V1}/people/${id}/departure`, {}, once()),
  revoke: (device: string) => remove(`devices/${device}`),

  absences: () => get<{ absences: Absence[] }>(`${V1}/absences`).then((answer) => answer.absences),
  addAbsence: (span: Span & { deputy_id: string }) => post<Absence>(`${V1}/absences`, span, once()),
  endAbsence: (id: string) => remove(`absences/${id}`),
  onCall: () => get<{ on_call: OnCall[] }>(`${V1}/on-call`).then((answer) => answer.on_call),
  addOnCall: (span: Span) => post<OnCall>(`${V1}/on-call`, span, once()),
  endOnCall: (id: string) => remove(`on-call/${id}`),

  cadences: () => get<Cadences>(`${V1}/cadences`),
  saveCadence: (name: CadenceName, based_on: number, steps: Step[]) =>
    post<{ cadence: Cadence; warnings: Warning[] }>(`${V1}/cadences`, { name, showroom_id: null, based_on, steps: steps.map(sent) }, once()),
  preview: (name: CadenceName, starts_at: Iso, steps: Step[]) =>
    post<Preview>(`${V1}/cadence-previews`, { name, showroom_id: null, starts_at, steps: steps.map(sent) }),
  moveFollowUps: (version: string) => post<{ moved: number; left: number }>(`${V1}/cadences/${version}/follow-ups`, {}, once()),
};

const sent = ({ offset_s, channel, day_part, voicemail, latest_s, texts }: Step) =>
  ({ offset_s, channel, day_part, voicemail, latest_s, texts });
