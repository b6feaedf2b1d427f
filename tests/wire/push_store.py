"""What the push service remembers: subscriptions, and messages waiting for a browser that is away.

In: registrations and accepted messages. Out: what a browser gets when it comes back. Called by push_server.
"""

from __future__ import annotations

import base64
import time
import uuid
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Channel:
    """One subscription. `key` is the sender's public key it is bound to for life, None when it has none."""

    token: str
    browser: str
    channel_id: str
    key: str | None
    gone: bool = False


@dataclass
class Message:
    """One accepted push. `ttl` in seconds; `expires` in epoch seconds."""

    channel: Channel
    body: bytes
    ttl: int
    topic: str | None
    version: str = field(default_factory=lambda: uuid.uuid4().hex)
    expires: float = 0.0

    def __post_init__(self) -> None:
        self.expires = time.time() + self.ttl

    @property
    def place(self) -> tuple[str, str]:
        # RFC 8030 section 5.4: a message with the topic of a waiting one takes its place.
        return self.channel.token, f"topic {self.topic}" if self.topic else self.version

    def notification(self) -> dict[str, Any]:
        """The frame Firefox expects; without a body there are no `data` and `headers`."""
        frame: dict[str, Any] = {
            "messageType": "notification",
            "channelID": self.channel.channel_id,
            "version": self.version,
            "ttl": self.ttl,
        }
        if self.body:
            frame["data"] = base64.urlsafe_b64encode(self.body).rstrip(b"=").decode()
            frame["headers"] = {"encoding": "aes128gcm"}
        return frame


class PushStore:
    def __init__(self) -> None:
        self.channels: dict[str, Channel] = {}
        self._waiting: dict[str, dict[tuple[str, str], Message]] = {}

    def knows(self, browser: object) -> bool:
        return isinstance(browser, str) and browser in self._waiting

    def new_browser(self) -> str:
        browser = uuid.uuid4().hex
        self._waiting[browser] = {}
        return browser

    def register(self, browser: str, channel_id: str, key: str | None) -> Channel:
        channel = Channel(uuid.uuid4().hex, browser, channel_id, key.rstrip("=") if key else None)
        self.channels[channel.token] = channel
        return channel

    def unregister(self, browser: str, channel_id: str) -> None:
        for channel in self.channels.values():
            if channel.browser == browser and channel.channel_id == channel_id:
                channel.gone = True

    def keep(self, message: Message) -> None:
        """Keeps it until acknowledged or expired; a TTL of 0 is never kept (RFC 8030 section 5.2)."""
        if message.ttl > 0:
            waiting = self._waiting[message.channel.browser]
            waiting.pop(message.place, None)
            waiting[message.place] = message

    def acknowledge(self, browser: str, version: str) -> None:
        waiting = self._waiting[browser]
        for place, message in list(waiting.items()):
            if message.version == version:
                del waiting[place]

    def waiting(self, browser: str) -> list[Message]:
        """What is still worth delivering, oldest first."""
        now = time.time()
        fresh = {
            place: m for place, m in self._waiting[browser].items() if m.expires > now and not m.channel.gone
        }
        self._waiting[browser] = fresh
        return list(fresh.values())
