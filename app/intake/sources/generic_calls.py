"""Call trackers (CallRail, CallTrackingMetrics and the like): was it a call, and was it answered?

In: one object of JSON. Out: what `ParsedLead.via` holds, or None. Called by `generic`. Durations in seconds.
"""

from __future__ import annotations

from typing import Any

from app.intake.sources.form_fields import as_text, key_of

_SIGNS_WORDS = (
    "trackingphonenumber trackingnumber trackingnum callernum callernumber calltype talktime dialstatus"
)
_SIGNS = frozenset(_SIGNS_WORDS.split())
_MISSED = (
    "no-answer",
    "no answer",
    "missed",
    "abandoned",
    "busy",
    "failed",
    "voicemail",
    "hangup",
    "unanswered",
)
_IDS = ("id", "sid", "callid", "resourceid")
_MOST_KEYS = 500


def call_of(item: dict[str, Any]) -> dict[str, Any] | None:
    """{"channel": "call", "type", "status", "answered", "duration_s", "id"}; None if it is no call."""
    told = {
        key_of(str(key)): as_text(value) for key, value in list(item.items())[:_MOST_KEYS] if _is_plain(value)
    }
    if not any(told.get(key) for key in _SIGNS):
        return None
    kind = (told.get("calltype") or "call").lower()
    status = (told.get("dialstatus") or told.get("callstatus") or told.get("status") or "").lower() or None
    if told.get("voicemail") == "true":
        kind = "voicemail"
    found = {
        "channel": "call",
        "type": kind,
        "status": status or kind,
        "answered": _answered(told, f"{kind} {status}"),
        "duration_s": _seconds(told.get("duration") or told.get("callduration") or told.get("talktime")),
        "id": next((told[key] for key in _IDS if told.get(key)), None),
        "called": told.get("trackingphonenumber") or told.get("trackingnumber") or told.get("trackingnum"),
    }
    return {key: value for key, value in found.items() if value is not None}


def _is_plain(value: Any) -> bool:
    return not isinstance(value, (dict, list))


def _answered(told: dict[str, str | None], words: str) -> bool | None:
    stated = told.get("answered")
    if stated in ("true", "false", "1", "0"):
        return stated in ("true", "1")
    if any(word in words for word in _MISSED):
        return False
    return True if "answered" in words or "completed" in words else None


def _seconds(text: str | None) -> int | None:
    plain = (text or "").removesuffix("s")
    return int(plain[:9]) if plain.isascii() and plain.isdigit() else None
