"""Never lose a lead to its content: no bytes make a parser raise; what it gives can be stored and printed."""

import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.intake.parsed import to_json
from app.intake.phones import is_dialable, read_phones
from app.intake.sources import KINDS, parse
from tests.fuzz.verdict import NUL

PIECES = (
    """
<adf>|</adf>|<prospect>|</prospect>|<customer>
<contact primarycontact='1'>|</contact>|<name part=|"first">
<phone>|0612345678|</phone>|<email>|a@b.nl|<vehicle interest='trade-in'>|<year>|1|<![CDATA[|]]>
<!--|-->|<?xml|?>|&x;|&lt;|<!DOCTYPE a [<!ENTITY x 'y'>]>
&#0;|&#xD800;|%3Cadf%3E|=3D"|{|}|[|]|"phone":|"|:|,|null|1e999|name=|&|phone=|=
\\u0000|\\ud800|<requestdate>|2026-11-20|T25:00Z|<br>|</|<
""".strip()
    .replace("\n", "|")
    .split("|")
)
PIECES += ["\x00", "\ud800", "é", "=\n", "--b\r\n", "\ufeff", "\u202e", "\n", " "]
TYPES = [
    "",
    "application/json",
    "application/xml; charset=utf-7",
    "multipart/form-data; boundary=b",
    "a/b; \x00",
]

garbage = st.binary(max_size=400)
almost = st.lists(st.sampled_from(PIECES), max_size=40).map(
    lambda p: "".join(p).encode("utf-8", "surrogatepass")
)


@pytest.mark.parametrize("kind", sorted(KINDS))
@given(
    body=st.one_of(garbage, almost),
    content_type=st.sampled_from(TYPES),
    region=st.sampled_from(["NL", "", "US", "??"]),
)
@example(body=b"", content_type="", region="")
@example(body=b"\xff\xfe<", content_type="", region="NL")
@example(body=b"<adf", content_type="", region="NL")
def test_no_body_makes_a_parser_raise(kind: str, body: bytes, content_type: str, region: str) -> None:
    parsed = parse(kind, body, content_type, region)
    assert parsed.outcome in ("lead", "quarantine", "ignore", "no_adf")
    assert parsed.leads or parsed.outcome in ("ignore", "no_adf")
    printed = json.dumps(
        [to_json(parsed), [dict(lead.extra) for lead in parsed.leads]], allow_nan=False, ensure_ascii=False
    )
    assert not NUL.search(printed), "a NUL, which PostgreSQL cannot keep"
    printed.encode("utf-8")


@given(text=st.text(max_size=60), region=st.sampled_from(["NL", "BE", "", "ZZ"]))
def test_no_text_makes_the_phone_reader_raise_and_every_number_it_gives_is_dialable(
    text: str, region: str
) -> None:
    phones = read_phones(text, region)
    assert bool(phones) == bool(text.strip())
    assert all(phone.valid == is_dialable(phone.e164) for phone in phones)


@given(st.text(alphabet="0123456789+-/ ().", max_size=24))
def test_digits_alone_never_become_a_number_that_the_library_refuses(text: str) -> None:
    assert all(is_dialable(phone.e164) or phone.e164 is None for phone in read_phones(text, "NL"))


def test_a_kind_that_does_not_exist_is_our_mistake() -> None:
    with pytest.raises(KeyError):
        parse("fax", b"", "", "NL")
