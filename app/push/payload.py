"""The message in a push: one JSON that is declarative Web Push for Safari and plain data for our own service worker.

Shape and limits: push.md section 1. Personal data is first name, car and question; the setting PUSH_DETAIL shows less.
"""

import json
from datetime import datetime
from typing import Any

LIMIT = 2000
"""Bytes of plaintext: Firefox for Android is bridged over FCM and may take only 2,744."""
QUESTION = 280
_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


def build(
    *,
    kind: str,
    title: str,
    body: str,
    navigate: str,
    language: str,
    tag: str,
    token: str,
    badge: int,
    now: datetime,
    follow_up: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """The payload, never over ``LIMIT`` bytes: question and body are shortened first, then title, names and car."""
    notification = {
        "title": title[:120] or "Firstcall",
        "body": body[:300],
        "navigate": navigate,
        "lang": language,
        "dir": "auto",
        "silent": False,
        "tag": tag,
        "app_badge": badge,
    }
    payload: dict[str, Any] = {
        "web_push": 8030,
        "notification": notification,
        "app_badge": badge,
        "mutable": True,
        "v": 1,
        "kind": kind,
        "ack": token,
        "sent_at": int(now.timestamp()),
    }
    if follow_up:
        payload["follow_up"] = {**follow_up, "question": _short(follow_up.get("question"), QUESTION)}
    for limit in (160, 80, 0):
        if len(encode(payload)) <= LIMIT:
            break
        notification["body"] = str(notification["body"])[:limit]
        if follow_up:
            payload["follow_up"]["question"] = _short(follow_up.get("question"), limit)
    for limit in (60, 30, 15, 5):
        if len(encode(payload)) <= LIMIT:
            break
        notification["title"] = _short(title, limit)
        for name in ("first_name", "display_name", "car") if follow_up else ():
            payload["follow_up"][name] = _short(payload["follow_up"].get(name), limit)
    return payload


def encode(payload: dict[str, Any]) -> bytes:
    """The bytes to encrypt: compact JSON, UTF-8."""
    return _ENCODER.encode(payload).encode()


def _short(text: str | None, limit: int) -> str | None:
    if not text or len(text) <= limit:
        return text
    return text[: max(limit - 1, 0)] + "…"
