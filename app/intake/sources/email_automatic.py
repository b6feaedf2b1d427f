"""Mails that nobody wrote: bounces, out-of-office notes, automatic replies.

In: a `Mail` and its text. Out: why it is no request, in a few words, or None. Two strengths: `surely_automatic`
stays out even with a lead inside (a bounce carries the mail that it returns); `answers_by_itself` only if there
is no lead in it, because portals and form mailers mark their leads as "auto-generated" or "bulk" too.
Rules: RFC 3834, RFC 3462, and what mail programs in Dutch, English, French and German put into subjects.
"""

from __future__ import annotations

import re

from app.intake.sources.email_headers import addresses
from app.intake.sources.email_message import Mail

_ROBOT = re.compile(
    r"(?:no-?_?reply|do-?not-?reply|niet-?beantwoorden|ne-?pas-?repondre|nicht-?antworten|mailer-daemon|postmaster"
    r"|bounces?|notifications?|notify|mailer|auto-?mailer|wordpress|www-data|apache|nobody|root|system|alerts?"
    r"|newsletter|nieuwsbrief|leads?|webmaster|robot|daemon)(?:[+._-].*)?",
    re.IGNORECASE,
)
_POSTMAN = re.compile(r"(?:mailer-daemon|postmaster|mail-daemon|maildaemon)(?:[+._-].*)?", re.IGNORECASE)
_SUBJECT = re.compile(
    r"\s*(?:(?:re|aw|sv|antw|ré)\s*:\s*)?\[?(?:"
    r"automatisch(?:e)? (?:antwoord|reactie|beantwoording|bericht)|auto(?:matic)?[ -]?(?:reply|response|respuesta)"
    r"|out[ -]of[ -](?:the )?office|i am (?:out of|away from) (?:the )?office|vacation (?:reply|response)"
    r"|afwezig(?:heid)?(?:sbericht|sassistent|smelding)?\b|niet aanwezig\b|buiten kantoor|met vakantie\b"
    r"|r[ée]ponse automatique|absence du bureau|absent(?:e)? du bureau|message d['\u2019]absence|en cong[ée]s?\b"
    r"|automatische (?:antwort|r[üu]ckantwort)|abwesenheit|abwesend\b|nicht im (?:b[üu]ro|haus)"
    r"|undeliver(?:ed|able)\b|undelivered mail returned|delivery (?:status notification|has failed|failure|incomplete)"
    r"|mail delivery (?:failed|failure|system)|returned mail|failure notice|delayed mail"
    r"|warning: message .{0,40}delayed"
    r"|onbestelbaar|niet[ -]bezorgd|bezorging (?:mislukt|vertraagd)|kon niet (?:worden )?(?:af)?(?:bezorgd|geleverd)"
    r"|unzustellbar|nicht zustellbar|zustellung (?:fehlgeschlagen|verz[öo]gert)"
    r"|non[ -]remis|[ée]chec de (?:la )?(?:remise|livraison|distribution)|non distribuable"
    r"|(?:read|gelezen|lu|gelesen)\s*:|read receipt|leesbevestiging|accus[ée] de (?:lecture|r[ée]ception)"
    r"|lesebest[äa]tigung"
    r")",
    re.IGNORECASE,
)
_THANKS = re.compile(
    r"thank you for (?:contacting|reaching out|your (?:e-?mail|message|in?quiry|enquiry|interest|request))"
    r"|thanks for (?:contacting|reaching out|your (?:e-?mail|message|in?quiry|interest))"
    r"|bedankt voor (?:uw|je|het) (?:bericht|aanvraag|e-?mail|mail|interesse|contact|reactie)"
    r"|dank (?:u wel |je wel |u |je )?voor (?:uw|je) (?:bericht|aanvraag|e-?mail|mail|interesse|reactie)"
    r"|(?:merci|nous vous remercions) (?:pour|de|d['\u2019]) ?(?:votre|avoir)"
    r"|(?:vielen dank|danke|besten dank|herzlichen dank) f[üu]r (?:ihre|deine|ihr|dein|die)",
    re.IGNORECASE,
)
_PROMISE = re.compile(
    r"we (?:have )?received your|we(?:'ll| will) (?:get back|be in touch|respond|reply|contact you)"
    r"|(?:one of our|a) (?:team members?|representatives?|specialists?|sales \w+) will|will (?:contact|get back to) you"
    r"|(?:hebben|is) uw (?:bericht|aanvraag|e-?mail|mail)|uw (?:bericht|aanvraag|e-?mail) (?:is|hebben wij|goed) "
    r"|(?:wij|we) nemen (?:zo|spoedig|binnen|snel)|nemen .{0,40}contact met (?:u|je) op"
    r"|avons (?:bien )?re[çc]u|vous (?:recontact|r[ée]pond|contact)\w+ dans"
    r"|haben (?:ihre|wir ihre)|(?:melden uns|setzen uns|werden uns) ",
    re.IGNORECASE,
)
_SAYS_SO = re.compile(
    r"this is an automat(?:ed|ic)|automatically generated|auto-?generated (?:e-?mail|message|reply)|automated response"
    r"|(?:do not|don't|please do not) (?:reply|respond) to this|not monitored"
    r"|dit is een automatisch|automatisch (?:gegenereerd|verzonden|verstuurd)"
    r"|niet (?:op deze|te) (?:e-?mail|mail|beantwoorden)"
    r"|message automatique|(?:g[ée]n[ée]r[ée]|envoy[ée]) automatiquement|ne pas r[ée]pondre"
    r"|automatisch (?:erzeugt|generiert|versendet|erstellt)|automatische (?:nachricht|antwort|e-?mail)"
    r"|(?:bitte|nicht) .{0,30}auf diese (?:e-?mail|nachricht)",
    re.IGNORECASE,
)
_SEARCHED = 3_000


def surely_automatic(mail: Mail) -> str | None:
    """A bounce, a receipt, or a mail whose program says that it replied by itself."""
    if mail.kind in ("multipart/report", "message/delivery-status", "message/disposition-notification"):
        return "a report of a mail server"
    sender = next(iter(addresses(_raw(mail, "from"))), ("", ""))[1]
    if _POSTMAN.fullmatch(sender.partition("@")[0]):
        return "a message of a mail server"
    if mail.first("x-failed-recipients"):
        return "a bounce"
    submitted = mail.first("auto-submitted").lower().partition(";")[0].strip()
    if submitted in ("auto-replied", "auto-notified"):
        return "an automatic reply"
    replies = (
        "x-autoreply",
        "x-autorespond",
        "x-autoresponse",
        "x-auto-reply",
        "x-autoreply-from",
        "x-mdreplied",
    )
    if any(mail.first(name) and mail.first(name).lower() not in ("no", "false") for name in replies):
        return "an automatic reply"
    if mail.first("precedence").lower().replace("-", "_") in ("auto_reply", "autoreply"):
        return "an automatic reply"
    return None


def answers_by_itself(mail: Mail, text: str) -> str | None:
    """Signs that count only for a mail without a lead in it."""
    if _SUBJECT.match(mail.first("subject")):
        return "an automatic reply, by its subject"
    if "return-path" in mail.headers and not addresses(_raw(mail, "return-path")):
        return "a message without a return address"
    if _is_marked(mail) and (mail.first("in-reply-to") or mail.first("references")):
        return "an automatic reply to a message"
    return None


def thanks_by_itself(mail: Mail, text: str) -> str | None:
    """The words of a company's own confirmation, and a sign that no person sent it."""
    beginning = text[:_SEARCHED]
    polite = _THANKS.search(beginning) or _THANKS.search(mail.first("subject"))
    if polite and _SAYS_SO.search(beginning):
        return "an automatic reply, by its words"
    if polite and _is_marked(mail):
        return "an automatic reply, by its words"
    return None


def _is_marked(mail: Mail) -> bool:
    return mail.first("precedence").lower() in ("bulk", "junk") or (
        mail.first("auto-submitted").lower() not in ("", "no")
    )


def thanks_for_a_request(mail: Mail, text: str) -> bool:
    """It reads like a company's own confirmation: nothing in it is the customer's, but a person must look."""
    beginning = text[:_SEARCHED]
    polite = _THANKS.search(beginning) or _THANKS.search(mail.first("subject"))
    return bool(polite and (_PROMISE.search(beginning) or _SAYS_SO.search(beginning)))


def is_robot(address: str) -> bool:
    """A mailbox behind which nobody reads ("noreply@", "leads@")."""
    return _ROBOT.fullmatch(address.partition("@")[0]) is not None


def is_mass_mail(mail: Mail) -> bool:
    """Marked as sent to many, or by a machine: its sender is not the customer."""
    bulk = mail.first("precedence").lower() in ("bulk", "junk", "list")
    return (
        bulk
        or bool(mail.first("list-id") or mail.first("list-unsubscribe"))
        or (mail.first("auto-submitted").lower() not in ("", "no"))
    )


def _raw(mail: Mail, name: str) -> str:
    return ", ".join(mail.raw_headers.get(name, ()))
