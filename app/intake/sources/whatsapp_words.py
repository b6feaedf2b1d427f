"""What a WhatsApp message says: the words in every type of message, and what comes along with them.

In: one message of a webhook. Out: its text, its type, and the rest for `extra`. A card with other people's
numbers is kept and never read as the sender's own. Media stay where they are: only their ids are kept.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from app.intake.sources.form_fields import as_json, as_text
from app.intake.sources.reading.json_text import dig, objects, read_json, text_at

# Not a customer's words: a thumb, a changed number, a type that the sender's app cannot send here, a chat that
# was merely opened.
_NO_REQUEST_WORDS = "reaction unsupported system ephemeral unknown errors request_welcome welcome revoke edit"
_NO_REQUEST = frozenset(_NO_REQUEST_WORDS.split())
_MEDIA = ("image", "video", "audio", "voice", "document", "sticker")


def is_request(message: dict[str, Any]) -> bool:
    """False for what is no message to answer; a type that is new to us is one."""
    return kind_of(message) not in _NO_REQUEST


def kind_of(message: dict[str, Any]) -> str:
    """The type, in WhatsApp's words."""
    return (text_at(message, "type") or "unknown").lower()


def said(message: dict[str, Any]) -> str | None:
    """The sender's words: text, caption, the button or list entry that was tapped, a form's answers."""
    kind = kind_of(message)
    if kind in _MEDIA:
        return text_at(message, kind, "caption")
    if kind == "order":
        return text_at(message, "order", "text")
    if kind == "interactive":
        return _chosen(dig(message, "interactive"))
    return (
        text_at(message, "text", "body")
        or text_at(message, "button", "text")
        or text_at(message, kind, "body")
        or text_at(message, kind, "text")
    )


def _chosen(interactive: Any) -> str | None:
    for kind in ("button_reply", "list_reply"):
        if dig(interactive, kind):
            return text_at(interactive, kind, "title")
    answers = read_json(text_at(interactive, "nfm_reply", "response_json") or "")
    if isinstance(answers, dict):
        lines = [f"{key}: {text}" for key, one in answers.items() if (text := as_text(one))]
        return "\n".join(line for line in lines if not line.startswith("flow_token:")) or None
    return text_at(interactive, "nfm_reply", "body")


def told(message: dict[str, Any]) -> dict[str, Any]:
    """The rest: the advertisement it came from, media ids, a place, cards of other people, ordered items."""
    return {key: as_json(value) for key, value in _rest(message) if value}


def _rest(message: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    kind = kind_of(message)
    if kind in _MEDIA:
        media = dig(message, kind)
        kept = ("id", "mime_type", "filename", "voice")
        yield "media", {"type": kind, **{k: media[k] for k in kept if isinstance(media, dict) and k in media}}
    if kind == "location":
        yield "location", dig(message, "location")
    if kind == "contacts":
        names = (text_at(card, "name", "formatted_name") for card in objects(message.get("contacts")))
        yield "shared_contacts", [name for name in names if name]
    if kind == "order":
        yield "order", dig(message, "order", "product_items")
    if kind in ("button", "interactive"):
        inner = dig(message, "interactive")
        yield (
            "payload",
            text_at(message, "button", "payload")
            or next((t for one in ("button_reply", "list_reply") if (t := text_at(inner, one, "id"))), None),
        )
    yield "referral", dig(message, "referral")
    yield "forwarded", dig(message, "context", "forwarded")
