"""Never lose a lead to its content, and never make the next one wait: any mail, any JSON, any size."""

from __future__ import annotations

import json
import tracemalloc
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.intake.parsed import Parsed, to_json
from app.intake.sources import KINDS, email, generic, google, meta, parse, twilio
from app.intake.sources.email_template import template_from
from tests.fuzz.verdict import NUL

_LINES = r"""
From: Lotte <lotte@example.nl>
From: "\
To: leads@in.example
Subject: =?utf-8?b?w6
Subject: =?x?q?=zz?= =?utf-8?q?=c3?=
Content-Type: multipart/mixed; boundary=b
Content-Type: multipart/mixed
--b
--b--
Content-Type: text/html
Content-Type: message/rfc822
Content-Type: text/plain; format=flowed; delsp=yes
Content-Type: text/xml; charset="
Content-Type: ; name*0*=utf-8''%ff; name*1=x
Content-Transfer-Encoding: base64
Content-Transfer-Encoding: quoted-printable
Content-Disposition: attachment; filename*=x'y'%zz.xml
Return-Path: <>
In-Reply-To: <a>
Message-ID: <b>
Date: Fri, 99 Nov 2026
Auto-Submitted: no

Naam: Jan
Telefoon:
06-12345678
Bericht:
Gegevens dealer
> Van: x
Van: a <a@b.nl>
Verzonden: nu
Aan: ons
=3D"
AAAA=
<adf><prospect><phone>06</phone>
</adf>
&lt;adf&gt;
<!-- <phone>1</phone>
<td>a</td><td>b</td>
 x
==
Met vriendelijke groet
Op 1 nov 10:00
schreef Jan:
{gap}
"""
LINES = [*_LINES.strip().split("\n"), "-- ", "x "]
mails = st.lists(st.sampled_from(LINES), max_size=30).map(
    lambda lines: "\r\n".join(lines).encode("utf-8", "replace")
)
_KEYS = """
object entry changes field value messages contacts statuses calls from id type text body wa_id profile
name timestamp interactive button_reply nfm_reply response_json referral context errors leadgen
leadgen_id page_id form_id created_time field_data values data user_column_data column_id column_name
string_value google_key is_test lead_id phone email form_response answers definition fields properties
triggerType payload rawRequest subscriptionType objectId occurredAt customer_phone_number tracking_number
duration CallSid From CallStatus Body NumMedia 1 1.3 vehicle trade_in dealer consent
"""
KEYS = _KEYS.split()
plain = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.floats(),
    st.text(max_size=12),
    st.sampled_from(
        [
            "+31612345678",
            "a@b.nl",
            "STOP",
            "text",
            "messages",
            "leadgen",
            "terminate",
            "{",
            "²",
            "\ud800",
            "\x00",
            "null",
        ]
    ),
)
values = st.recursive(
    plain,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(st.sampled_from(KEYS), inner, max_size=5)
    ),
    max_leaves=25,
)


def can_be_kept(parsed: Parsed) -> None:
    """It prints as JSON without NUL or surrogates, and somebody or nobody is in it, never both."""
    told = [
        to_json(parsed),
        [dict(one.extra) for one in parsed.leads],
        [dict(one) for one in parsed.reports],
        parsed.raw_text,
    ]
    printed = json.dumps(
        [*told, parsed.delivery_key, [one.delivery_key for one in parsed.leads]],
        allow_nan=False,
        ensure_ascii=False,
    )
    assert not NUL.search(printed), "a NUL, which PostgreSQL cannot keep"
    printed.encode("utf-8")
    assert bool(parsed.leads) == (parsed.outcome in ("lead", "quarantine"))
    assert any(one.outcome == "lead" for one in parsed.leads) == (parsed.outcome == "lead")


@given(mails)
@example(b"From: " + b"(" * 5000)
@example(b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" * 50)
def test_no_mail_makes_the_parser_raise(body: bytes) -> None:
    can_be_kept(parse("email", body, "", "NL"))
    assert all("@" in one for one in email.recipients(body))


@pytest.mark.parametrize("kind", sorted(set(KINDS) - {"adf", "email", "form"}))
@given(value=values)
def test_no_json_makes_a_parser_raise(kind: str, value: Any) -> None:
    body = json.dumps(value).encode()
    can_be_kept(parse(kind, body, "application/json", "NL"))
    meta.graph_lead(body, "NL")
    google.verify_key("x", body)
    generic.paths(body)


@given(value=values, paths=st.lists(st.text(alphabet="ab.[]01\\", max_size=10), max_size=3))
def test_no_field_map_makes_the_parser_raise(value: Any, paths: list[str]) -> None:
    names = ["phone", "vehicle.make", "consent"]
    can_be_kept(
        generic.parse_mapped(json.dumps(value).encode(), "", "NL", dict(zip(names, paths, strict=False)))
    )


@given(
    st.dictionaries(
        st.sampled_from(
            ["From", "Direction", "CallStatus", "Body", "NumMedia", "CallDuration", "SmsStatus", "CallSid"]
        ),
        st.text(max_size=12),
    )
)
def test_no_callback_makes_the_parser_raise(told: dict[str, str]) -> None:
    can_be_kept(parse("twilio", json.dumps(told).encode(), "", "NL"))


@given(
    secret=st.text(max_size=5),
    body=st.binary(max_size=9),
    header=st.one_of(st.none(), st.text(max_size=9)),
    url=st.text(max_size=12),
)
def test_no_stranger_makes_a_check_raise_or_pass(
    secret: str, body: bytes, header: str | None, url: str
) -> None:
    assert not meta.verify_signature(secret, body, header)
    assert not generic.verify_signature(secret, body, header)
    assert not twilio.verify_signature(secret, "https://in.example/" + url, {}, header)


@given(pattern=st.text(alphabet="{ab} :", max_size=14), line=st.text(alphabet="ab :İß", max_size=20))
def test_no_pattern_of_an_administrator_makes_reading_raise(pattern: str, line: str) -> None:
    try:
        template = template_from({"name": "x", "senders": ["a.nl"], "lines": [pattern]})
    except ValueError:
        return
    can_be_kept(email.parse_with(f"From: x@a.nl\r\n\r\n{line}".encode(), "", "NL", [template]))


# Each of these took minutes with a step that looks at everything again for every piece.
MANY = 150_000
HEAD = b"From: a@b.nl\r\nContent-Type: %s\r\n\r\n"
LARGE = {
    "brackets": HEAD % b"text/html" + b"<" * MANY,
    "comments": HEAD % b"text/html" + b"<!--" * MANY,
    "scripts": HEAD % b"text/html" + b"<script>" * MANY,
    "escaped": HEAD % b"text/html" + b"&lt;adf&gt;" * MANY,
    "soft lines": HEAD % b"text/plain; format=flowed" + b"a \n" * MANY,
    "blank lines": HEAD % b"text/plain" + (b" " * 990 + b"\n") * 400,
    "labels": HEAD % b"text/plain" + b"Naam: x\n" * MANY,
    "senders": HEAD % b"text/plain" + b"Van: a\n" * MANY,
    "numbers": HEAD % b"text/plain" + b"0612345678 " * MANY,
    "nesting": b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n" * 20_000,
    "mails in mails": b"Content-Type: message/rfc822\r\n\r\n" * MANY,
    "parts": HEAD % b"multipart/mixed; boundary=b" + b"--b\r\n\r\nx\r\n" * MANY,
    "headers": b"X: y\r\n" * MANY,
    "brackets in a name": b"From: " + b"(" * MANY + b'"\\<' * MANY,
    "parameters": HEAD % (b"text/plain; " + b'a="; ' * 20_000),
    "a form": b"body-mime=" + b"%41" * 5_000_000,
}


@pytest.mark.timeout(60)
@pytest.mark.parametrize("body", LARGE.values(), ids=LARGE)
def test_a_large_mail_takes_no_longer_than_its_size(body: bytes) -> None:
    can_be_kept(parse("email", body, "", "NL"))


@pytest.mark.parametrize(
    "header",
    [
        b"image/jpeg\r\nContent-Transfer-Encoding: base64",
        b"application/xml\r\nContent-Transfer-Encoding: base64",
        b"message/rfc822\r\nContent-Transfer-Encoding: base64",
        b"text/plain",
        b"text/html",
    ],
)
def test_a_mail_of_25_megabytes_costs_little_more_than_itself(header: bytes) -> None:
    body = (
        HEAD % b"multipart/mixed; boundary=b"
        + b"--b\r\nContent-Type: "
        + header
        + b"\r\n\r\n"
        + (b"A" * 76 + b"\r\n") * 320_000
    )
    tracemalloc.start()
    try:
        parse("email", body, "", "NL")
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 100_000_000
