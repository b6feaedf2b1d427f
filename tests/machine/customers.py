"""Customers: they ask, ask again, answer, stop, come back. Rules on top of ``World``; put together in ``rules``."""

import json
import uuid
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import initialize, precondition, rule

from app import clock
from app.customers import privacy
from app.db import db, write
from app.models import FollowUp, Person
from tests.machine.world import HOURS, NUMBER, World

PHONES = ["06 31 00 00 01", "06 31 00 00 02", "0000000000", "", None]
EMAILS = ["jansen@example.com", "de.wit@example.com", "info@bedrijf.example", "", None]
SHOWROOMS = st.sampled_from(["doesburg", "doesburg", "zutphen", "elsewhere"])


class Customers(World):
    """Through intake and their own page."""

    @initialize(hours=st.sampled_from(HOURS), phones=st.permutations([PHONES[0], PHONES[1], None]))
    def the_day_begins(self, hours: dict[str, Any], phones: list[str | None]) -> None:
        """Three have asked already, so that there is work."""
        self.open_the_doors(hours)
        for phone, email in zip(phones, EMAILS, strict=False):
            self.lead_arrives("doesburg", phone, email, None, False)

    @rule(
        slug=SHOWROOMS,
        phone=st.sampled_from(PHONES),
        email=st.sampled_from(EMAILS),
        channel=st.sampled_from([None, "whatsapp", "email"]),
        test=st.sampled_from([False, False, False, True]),
    )
    def lead_arrives(
        self, slug: str, phone: str | None, email: str | None, channel: str | None, test: bool
    ) -> None:
        said = {"name": "Piet Jansen", "phone": phone, "email": email, "message": "Past de kofferbak?"}
        body = {**said, "channel": channel, "test": "yes" if test else ""}
        self._send(
            slug, json.dumps({name: value for name, value in body.items() if value is not None}).encode()
        )

    @rule(
        slug=st.sampled_from(["doesburg", "zutphen"]),
        body=st.sampled_from([b"", b"\xff\x00 Jansen", b"[]", b"<x>"]),
    )
    def unreadable_request_arrives(self, slug: str, body: bytes) -> None:
        self._send(slug, body)

    @precondition(lambda self: self.sent)
    @rule(number=NUMBER)
    def the_same_delivery_comes_again(self, number: int) -> None:
        answer = self.firm.send(*self.pick(self.sent, number))
        assert answer.status_code in (200, 202) and answer.json["seen_before"], answer.text

    @precondition(lambda self: self.pages)
    @rule(number=NUMBER)
    def customer_answers(self, number: int) -> None:
        self.firm.page(self.pick(self.pages, number), "answer", {"text": "Kofferbak graag opmeten"})

    @precondition(lambda self: self.pages)
    @rule(number=NUMBER)
    def customer_comes_back(self, number: int) -> None:
        """After the end: one tap on the closing letter's page."""
        self.firm.page(self.pick(self.pages, number), "return", {})

    @precondition(lambda self: self.pages)
    @rule(number=NUMBER, what=st.sampled_from(["everything", "request", "call", "whatsapp", "email"]))
    def customer_stops(self, number: int, what: str) -> None:
        self.firm.page(self.pick(self.pages, number), "stop", {"what": what})

    @precondition(lambda self: self.follow_ups)
    @rule(number=NUMBER, channel=st.sampled_from([None, "call", "email"]))
    def stop_is_lifted(self, number: int, channel: str | None) -> None:
        with self.app.app_context(), write():
            follow_up = db.session.get_one(FollowUp, uuid.UUID(self.pick(self.follow_ups, number)))
            by = db.session.get_one(Person, follow_up.owner_id)
            privacy.lift(follow_up, channel, privacy.LiftReason.CUSTOMER_ASKED, by, clock.now())

    def _send(self, slug: str, body: bytes) -> None:
        key = f"lead-{len(self.sent)}"
        self.sent.append((slug, body, key))
        said: dict[str, Any] = self.firm.send(slug, body, key).json or {}
        for known, seen in (
            (self.follow_ups, said.get("follow_up_id")),
            (self.pages, said.get("status_url")),
        ):
            if seen and seen not in known:
                known.append(seen)
