/** Every state a lead can be in, as values: what the design page shows and the tests look at. Pure; times hang on `now`. */
import type { FollowUp } from "../api/types";
import { followUp } from "../store/fixtures";

export interface State { name: string; followUp: FollowUp }

const step = followUp().next_step!;
const eva = { id: "p2", first_name: "Eva", name: "Eva de Graaf" };

export function states(now: number): State[] {
  const at = (seconds: number) => new Date(now + seconds * 1000).toISOString();
  const waiting = (seconds: number, more: Partial<FollowUp> = {}) =>
    followUp({ arrived_at: at(-seconds), clock: { running: true, since: at(-seconds), held_since: null, stopped_after: null }, ...more });
  const tried = (due: number, more: Partial<FollowUp> = {}) =>
    waiting(4000, {
      state: "accepted", attempts_made: 1, clock: { running: false, since: at(-4000), held_since: null, stopped_after: 41 },
      next_step: { ...step, position: 2, due_at: at(due) }, ...more,
    });
  const reach = followUp().reach;
  const writes = { ...reach, primary: "email" as const, prefers_writing: true, call: null, whatsapp: null, sms: null, facetime: null,
    numbers: [{ id: "n1", raw: "0000000000", e164: null, wrong: false }] };
  const all: [string, FollowUp][] = [
    ["First minute", waiting(41)],
    ["In time", waiting(100)],
    ["Late", waiting(200)],
    ["Very late", waiting(2000)],
    ["Dialled, no outcome yet", waiting(90, { clock: { running: true, since: at(-90), held_since: at(-30), stopped_after: null } })],
    ["Before opening", waiting(-7200)],
    ["Due", tried(-20)],
    ["Overdue", tried(-400)],
    ["Long overdue", tried(-5000)],
    ["Next step later", tried(5400)],
    ["Snoozed by the customer", tried(90_000, { next_step: { ...step, kind: "snooze", due_at: at(90_000) } })],
    ["Being planned", tried(0, { next_step: null })],
    ["Contact, next step wanted", tried(-5, { state: "contacted", next_step: { ...step, kind: "name_next_step", due_at: at(-5) } })],
    ["Appointment", tried(90_000, { state: "contacted", next_step: { ...step, kind: "appointment", due_at: at(90_000) } })],
    ["Prefers writing", waiting(30, { reach: writes, question: "Ik ben doof, dus bellen lukt niet." })],
    ["No way to reach yet", waiting(30, { reach: { ...writes, primary: "find_contact", prefers_writing: false, email: null } })],
    ["One channel stopped", tried(600, { reach: { ...reach, primary: "whatsapp", blocked: [{ channel: "call", reason: "stopped" }] } })],
    ["A colleague's customer", tried(600, { mine: false, owner: eva })],
    ["A colleague is on it", waiting(60, { open_attempt: { id: "a1", channel: "call", started_at: at(-10), mine: false } })],
    ["Two requests", waiting(50, { also_asks: ["VW T-Roc 2023", "VW Polo 2020"] })],
    ["Very long words", waiting(20, {
      customer: { id: "c9", first_name: "Maximiliane", display_name: "Maximiliane-Charlotte von Hohenzollern-Sigmaringen", language: "de" },
      car: "Mercedes-Benz Sprinter 319 CDI Kastenwagen Hochdach Langversion", question: "Donaudampfschifffahrtsgesellschaftskapitänsmütze passt hinein?",
    })],
    ["Ended", tried(0, { state: "ended", end_reason: "won", next_step: null })],
  ];
  return all.map(([name, one], index) => ({ name, followUp: { ...one, id: `state-${index}`, leads: one.leads } }));
}
