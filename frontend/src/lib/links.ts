/** The links that reach a customer. In: a follow-up, the salesperson's own video links, the platform, a text.
 *  Out: `Way`s in the order they are shown. Pure. Formats and their sources: each verified link form is listed in
 *  docs; plain anchors without target, because a new window leaves an empty tab in an installed iPhone app. */
import type { Channel, FollowUp, Me } from "../api/types";

export interface Way {
  channel: Channel;
  href: string;
  /** What the button reaches, in E.164 or as an address. */
  to: string;
  contact_point_id: string | null;
  /** Set when the customer asked us not to use it: shown, not tappable. */
  blocked: string | null;
}
export type Os = "ios" | "android" | "desktop";
export interface Phone { os: Os; apple: boolean }

const query = (text: string): string => encodeURIComponent(text);
/** RFC 6068: line breaks in a mailto body are CRLF. */
const mailText = (text: string): string => query(text.replace(/\r?\n/g, "\r\n"));

export const telLink = (e164: string): string => `tel:${e164}`;
export const whatsappLink = (e164: string, text: string): string => `https://wa.me/${e164.replace(/\D/g, "")}?text=${query(text)}`;
/** iPhone wants `&body=`, Android `?body=`; no standard says so. */
export const smsLink = (e164: string, text: string, os: Os): string => `sms:${e164}${os === "ios" ? "&" : "?"}body=${query(text)}`;
export const mailLink = (address: string, subject: string, body: string): string =>
  `mailto:${address}?subject=${query(subject)}&body=${mailText(body)}`;

/** The WhatsApp text with the salesperson's own video link; the label is a name, so it needs no translation. */
export function invitation(text: string, me: Me["person"]): string {
  const link = me.facetime_link ?? me.video_link;
  if (!link || text.includes(link)) return text;
  return `${text}\n\n${me.facetime_link ? "FaceTime" : "Video"}: ${link}`;
}

export function waysTo(f: FollowUp, me: Me["person"] | undefined, phone: Phone): Way[] {
  const { reach, texts } = f;
  const point = (number: string | null) => reach.numbers.find((one) => one.e164 === number)?.id ?? null;
  const reason = (channel: string) => reach.blocked.find((one) => one.channel === channel || one.channel === "everything")?.reason ?? null;
  const way = (channel: Channel, to: string, href: string, contact = point(to)): Way =>
    ({ channel, to, href, contact_point_id: contact, blocked: reason(channel) });
  const ways: Way[] = [];
  if (reach.call) ways.push(way("call", reach.call, telLink(reach.call)));
  if (reach.whatsapp) ways.push(way("whatsapp", reach.whatsapp, whatsappLink(reach.whatsapp, texts.whatsapp)));
  if (reach.sms) ways.push(way("sms", reach.sms, smsLink(reach.sms, texts.sms, phone.os)));
  if (reach.facetime && phone.apple) ways.push(way("facetime", reach.facetime, `facetime:${reach.facetime}`));
  else if (reach.whatsapp && me && (me.facetime_link ?? me.video_link)) {
    ways.push(way("video", reach.whatsapp, whatsappLink(reach.whatsapp, invitation(texts.whatsapp, me))));
  }
  if (reach.email) ways.push(way("email", reach.email, mailLink(reach.email, texts.email_subject, texts.email_body), null));
  return ways;
}

/** The one big button, and the rest in order (product.md rule 1: call first, unless the customer asked to write). */
export function bigAndRest(f: FollowUp, ways: Way[]): { big: Way | null; rest: Way[] } {
  const big = ways.find((one) => one.channel === f.reach.primary && !one.blocked) ?? null;
  return { big, rest: ways.filter((one) => one !== big) };
}

/** The same way with other words. */
export function withText(way: Way, text: string, subject: string, os: Os): string {
  if (way.channel === "sms") return smsLink(way.to, text, os);
  return way.channel === "email" ? mailLink(way.to, subject, text) : whatsappLink(way.to, text);
}
