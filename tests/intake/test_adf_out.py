"""A lead written as ADF and read again is the same lead, whatever the customer typed; and our own never comes back as a new one."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree
from sqlalchemy import select

from app.access import showroom_of
from app.db import db, write
from app.intake import adf_out
from app.intake.parsed import Car, ExternalId, ParsedLead, Phone
from app.intake.register import make
from app.intake.sources import adf
from app.models import Delivery, DeliveryChannel, Lead, Showroom, Submission
from tests.api.phone import fresh
from tests.people import House, doesburg, jansen, send_lead

WHEN = datetime(2026, 11, 22, 11, 20, tzinfo=UTC)
# Everything that a keyboard or a copied text can bring, the signs of XML more often than usual.
SIGNS = st.sampled_from(
    [
        *"<>&\"';#",
        "]]>",
        "<!--",
        "&amp;",
        "&#0;",
        "<adf>",
        "</prospect>",
        "\u202e",
        "\x0b",
        "\x00",
        "🚗",
        "ß",
        "İ",
    ]
)
LETTERS = st.characters(codec="utf-8", exclude_categories=("Cs", "Cc", "Zl", "Zp"))
TYPED = st.lists(st.one_of(LETTERS, SIGNS), min_size=1, max_size=30).map("".join)
CARS = st.builds(
    Car, year=st.none() | st.integers(1950, 2030).map(str), make=st.none() | TYPED, model=TYPED, trim=st.none() | TYPED,
    stock=st.none() | TYPED, odometer=st.none() | st.integers(1, 400_000).map(str), price=st.none() | st.integers(1, 200_000).map(str),
    color=st.none() | TYPED,
)  # fmt: skip
LEADS = st.builds(
    ParsedLead,
    vehicles_of_interest=st.lists(CARS, max_size=2).map(tuple),
    trade_ins=st.lists(CARS, max_size=1).map(tuple),
    name_parts=st.fixed_dictionaries({}, optional={"first": TYPED, "last": TYPED, "full": TYPED}),
    email=st.none() | st.sampled_from(["piet@example.com", "o'hara+auto@example.co.uk"]),
    phones=st.sampled_from([(), (Phone("0612345678", "+31612345678", True, type="cellphone"),), (Phone("000", None, False),)]),
    comments=st.none() | TYPED,
    external_ids=st.lists(st.builds(ExternalId, st.sampled_from(["Portal", "a&b"]), st.integers(1, 10**9).map(str)), max_size=2).map(tuple),
)  # fmt: skip


def again(lead: ParsedLead) -> ParsedLead:
    showroom = Showroom(name='Auto "Doesburg" & <Zn>', phone="+31313000000", language="nl", country="NL")
    written = adf_out.adf(lead, "id.mark", showroom, "Website", WHEN)
    etree.fromstring(written.encode())  # well-formed, for a parser less patient than ours
    (read,) = adf.parse(written.encode(), "application/xml", "NL").leads
    return read


def told(lead: ParsedLead) -> tuple[object, ...]:
    """What must survive."""
    ids = tuple(one for one in lead.external_ids if one.source != adf_out.OURS)
    cars = tuple(replace(car, interest=None, status=None, currency=None) for car in lead.vehicles_of_interest)
    offered = tuple(replace(car, interest=None, status=None, currency=None) for car in lead.trade_ins)
    reach = (lead.email, [phone.e164 or phone.raw for phone in lead.phones])
    return ids, cars, offered, dict(lead.name_parts), *reach, lead.comments


@settings(max_examples=300, suppress_health_check=[HealthCheck.too_slow])
@given(LEADS)
def test_what_we_write_we_read(lead: ParsedLead) -> None:
    once = again(lead)  # blanks and control characters are tidied by reading, once
    assert told(again(once)) == told(once)


@settings(max_examples=200, suppress_health_check=[HealthCheck.too_slow])
@given(st.text(alphabet="abcdefghijk <>&\"'éß🚗", min_size=1, max_size=40).map(lambda text: f"x {text} x"))
def test_every_sign_arrives_as_it_was_typed(text: str) -> None:
    wanted = " ".join(text.split())
    lead = ParsedLead(
        name_parts={"full": text}, comments=text, vehicles_of_interest=(Car(make=text, model=text),)
    )
    read = again(lead)
    assert (read.name_parts["full"], read.vehicles_of_interest[0].make) == (wanted, wanted)
    assert " ".join((read.comments or "").split()) == wanted


def test_a_whole_lead() -> None:
    lead = ParsedLead(
        external_ids=(ExternalId("Portal", "A-1001"),), request_date_utc=WHEN,
        vehicles_of_interest=(Car(year="2022", make="VW", model="Golf", price="18950", currency="EUR", interest="lease", status="used"),),
        trade_ins=(Car(year="2016", make="Seat", model="Ibiza", plate="12-AB-CD"),),
        name_parts={"first": "Lotte", "infix": "de", "last": "Boer"}, display_name="Lotte de Boer", email="lotte@example.nl",
        phones=(Phone("06-12345678", "+31612345678", True, type="mobile", preferred=True, time="Evening"), Phone("00000", None, False)),
        comments="Zaterdag te zien?\nEn de trekhaak?", provider_name="VoorbeeldPortaal", provider_service="message",
    )  # fmt: skip
    read = again(lead)
    assert (read.request_date_utc, read.display_name, read.email) == (
        WHEN,
        "Lotte de Boer",
        "lotte@example.nl",
    )
    assert read.numbers == ("+31612345678",) and [phone.raw for phone in read.phones] == [
        "+31612345678",
        "00000",
    ]
    assert (read.phones[0].type, read.phones[0].preferred, read.phones[0].time) == (
        "cellphone",
        True,
        "evening",
    )
    (wanted,), (offered,) = read.vehicles_of_interest, read.trade_ins
    assert (wanted.label, wanted.price, wanted.currency, wanted.interest, wanted.status) == (
        "VW Golf 2022",
        "18950",
        "EUR",
        "lease",
        "used",
    )
    assert offered.label == "Seat Ibiza 2016" and "12-AB-CD" in (offered.comments or "")
    assert (read.comments, read.provider_name, read.provider_service) == (
        lead.comments,
        "VoorbeeldPortaal",
        "message",
    )
    assert (read.external_ids[1], read.vendor_name) == (
        ExternalId("Portal", "A-1001"),
        'Auto "Doesburg" & <Zn>',
    )


def forwards() -> list[Delivery]:
    fresh()
    query = select(Delivery).where(Delivery.channel == DeliveryChannel.FORWARD).order_by(Delivery.id)
    return list(db.session.scalars(query))


def forward_to(**to: object) -> House:
    house = doesburg()
    with write():
        showroom_of("doesburg").forward = {"kind": "post", "to": "https://crm.example/adf", **to}
    return house


def test_nothing_is_forwarded_unless_somebody_wants_it(app: Flask) -> None:
    send_lead(app, doesburg().sources["form"])
    assert forwards() == []


def test_every_lead_is_forwarded_in_its_own_transaction(app: Flask) -> None:
    house = forward_to()
    send_lead(app, house.sources["form"])
    send_lead(app, house.sources["form"], jansen(phone="0000", email="", name=""))
    send_lead(app, house.sources["form"], jansen(test=True))
    sent = forwards()
    assert len(sent) == 2, "the test lead stays here"
    (read,) = adf.parse(str(sent[0].payload["text"]).encode(), "", "NL").leads
    assert (read.display_name, read.numbers, read.comments) == (
        "Piet Jansen",
        ("+31612345678",),
        "Is hij zaterdag te zien?",
    )


def test_what_we_forwarded_and_comes_back_is_no_new_lead(app: Flask) -> None:
    house = forward_to()
    send_lead(app, house.sources["form"])
    (sent,) = forwards()
    came = app.test_client().post(
        f"/in/{house.sources['adf'].key}", data=str(sent.payload["text"]), content_type="text/xml"
    )
    assert came.json["state"] == "ignored"
    fresh()
    assert len(db.session.scalars(select(Lead)).all()) == 1 and len(forwards()) == 1
    notes = [one.note for one in db.session.scalars(select(Submission))]
    assert "a lead that we forwarded ourselves" in notes


def test_a_made_up_id_of_ours_is_not_believed(app: Flask) -> None:
    house = forward_to()
    send_lead(app, house.sources["form"])
    (sent,) = forwards()
    lead = db.session.scalars(select(Lead)).one()
    forged = str(sent.payload["text"]).replace(adf_out.signed(lead), f"{lead.id.hex}.0123456789abcdef0123")
    assert app.test_client().post(f"/in/{house.sources['adf'].key}", data=forged).json["state"] == "lead"


def test_what_the_other_system_sends_us_does_not_go_back_there(app: Flask) -> None:
    house = forward_to(kind="email", to="crm@example.com")
    source = make(house.showroom, "post", "email")
    with write():
        db.session.add(source)
    raw = b"From: CRM <crm@example.com>\r\nSubject: x\r\n\r\n<adf><prospect><customer><contact><phone>0612345678</phone></contact></customer></prospect></adf>"
    assert app.test_client().post(f"/in/{source.key}", data=raw).json["state"] == "lead"
    assert forwards() == []
    with write():
        showroom_of("doesburg").forward = {
            "kind": "post",
            "to": "https://crm.example/adf",
            "not_from": [str(house.sources["form"].id)],
        }
    send_lead(app, house.sources["form"], jansen(phone="0687654321"))
    assert forwards() == []
