/** The server's resources by name. Reading and what may not be queued; what a salesperson does about a lead goes
 *  through the outbox (store/outbox). Called by the store and the views. */
import { get, post, send } from "./http";
import type { Availability, BoardSnapshot, Credential, DeviceLink, Done, FollowUp, Inbox, Me } from "./types";

export const api = {
  deviceLink: (token: string) => get<DeviceLink>(`/api/v1/device-links/${encodeURIComponent(token)}`),
  signIn: (credential: Credential, device: { device_name: string; platform: string }) =>
    post<Me>("/api/v1/sessions", { ...credential, ...device }),
  signOut: () => send<void>("DELETE", "/api/v1/sessions/current"),
  me: () => get<Me>("/api/v1/me"),
  changeMe: (changes: Partial<Pick<Me["person"], "language" | "facetime_link" | "video_link">>) =>
    send<Me>("PATCH", "/api/v1/me", { body: changes }),
  setAvailability: (state: Availability) => send<Me>("PUT", "/api/v1/me/availability", { body: { state } }),
  inbox: (only?: string[]) => get<Inbox>(`/api/v1/inbox${only ? `?only=${only.join()}` : ""}`),
  doneToday: () => get<{ done: Done[] }>("/api/v1/done-today"),
  followUp: (id: string) => get<FollowUp>(`/api/v1/follow-ups/${id}`),
  board: () => get<BoardSnapshot>("/api/v1/board"),
  subscribe: (subscription: { endpoint: string; keys: { p256dh: string; auth: string }; key_id: string }) =>
    post<{ id: string; state: "pending" | "confirmed" }>("/api/v1/subscriptions", subscription),
  /** Rings the salesperson's own phone, then the customer's. Answers once the first is ringing. */
  bridge: (followUp: string, attempt: string, contactPoint: string | null) =>
    post<{ follow_up: FollowUp }>(`/api/v1/follow-ups/${followUp}/bridged-calls`, { id: attempt, contact_point_id: contactPoint }, { key: attempt, timeout: 30_000 }),
  testPush: () => post<{ delivery_id: string }>("/api/v1/subscriptions/current/tests"),
  receipt: (token: string, event: "received" | "opened" | "closed") =>
    post<void>("/api/v1/push/receipts", { token, event }, { keepalive: true }),
};
