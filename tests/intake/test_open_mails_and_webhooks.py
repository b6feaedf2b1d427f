"""Agreement with sample mails and webhooks, where they lie beside the repository (or in INTAKE_CASES).

The rules themselves are tested with this project's own fixtures; without samples nothing is collected here.
`SAYS` is the mapping: what a sample expects under a name is found in our result there.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest

from app.intake.parsed import Parsed, ParsedLead, to_json
from app.intake.sources import email, generic, meta, parse

CASES = Path(os.environ.get("INTAKE_CASES", Path(__file__).parents[2].parent / "shared" / "cases"))
MAILS = sorted((CASES / "eml" / "open").glob("*.expected.json"))
HOOKS = sorted((CASES / "webhooks" / "open").glob("*.expected.json"))
KINDS = {"forms": "generic", "calltracking": "generic", "googleads": "google"}
SOFT = {"language"}  # without a language in the sample it is the country's, and a mail does not say which


def sample(path: Path) -> tuple[dict[str, Any], bytes]:
    return json.loads(path.read_text()), path.with_name(path.name.removesuffix(".expected.json")).read_bytes()


def region_of(expected: dict[str, Any]) -> str:
    named = (one["e164_if_region"]["region"] for lead in expected["leads"] for one in lead["phones"])
    return expected.get("default_region") or next(named, "NL")


def expected_lead(lead: dict[str, Any]) -> dict[str, Any]:
    phones = [
        {
            **{key: one[key] for key in ("raw", "type", "preferred")},
            **{key: one["e164_if_region"][key] for key in ("e164", "valid")},
        }
        for one in lead["phones"]
    ]
    return {key: value for key, value in {**lead, "phones": phones}.items() if key not in SOFT}


@pytest.mark.parametrize("path", MAILS, ids=lambda path: path.name)
def test_a_sample_mail_is_read_as_expected(path: Path) -> None:
    expected, body = sample(path)
    parsed = parse("email", body, "", region_of(expected))
    if expected["outcome"] != "duplicate":  # one file alone cannot be one
        assert parsed.outcome in expected["outcome"].split("_or_")
    printed = [{key: one[key] for key in one if key not in SOFT} for one in to_json(parsed)["leads"]]
    if expected["leads"]:
        assert printed == [expected_lead(one) for one in expected["leads"]]
    direct = expected["extra"]
    if "phone_e164" in direct:
        (lead,) = parsed.leads
        assert (lead.display_name, lead.email, lead.numbers) == (
            direct["name"],
            direct["email"],
            (direct["phone_e164"],),
        )
        assert lead.vehicles_of_interest[0].stock == direct["stock"]
    if b"tok3n4" in body:
        assert any(expected["recipient_token"] in one for one in email.recipients(body))


def utc(lead: ParsedLead) -> str | None:
    return lead.request_date_utc.strftime("%Y-%m-%dT%H:%M:%SZ") if lead.request_date_utc else None


def via(name: str) -> Callable[[Parsed, ParsedLead], Any]:
    return lambda parsed, lead: (lead.via or {}).get(name)


SAYS: dict[str, Callable[[Parsed, ParsedLead], Any]] = {
    "name": lambda parsed, lead: lead.display_name,
    "email": lambda parsed, lead: lead.email,
    "phone_e164": lambda parsed, lead: lead.phones[0].e164,
    "phone_raw": lambda parsed, lead: lead.phones[0].raw,
    "phone_valid": lambda parsed, lead: lead.phones[0].valid,
    "caller_e164": lambda parsed, lead: lead.phones[0].e164,
    "from_e164": lambda parsed, lead: lead.phones[0].e164,
    "from_wa": lambda parsed, lead: lead.phones[0].raw,
    "profile_name": lambda parsed, lead: lead.display_name,
    "message_id": via("id"),
    "type": via("type"),
    "call_type": via("type"),
    "status": via("status"),
    "duration_s": via("duration_s"),
    "timestamp": lambda parsed, lead: lead.request_date_raw,
    "request_date_utc": lambda parsed, lead: utc(lead),
    "comments": lambda parsed, lead: lead.comments,
    "text": lambda parsed, lead: lead.comments,
    "source": lambda parsed, lead: lead.provider_name,
    "language": lambda parsed, lead: lead.language,
    "vehicle_of_interest": lambda parsed, lead: lead.vehicles_of_interest[0].label,
    "trade_in": lambda parsed, lead: lead.trade_ins[0].label,
    "dealer_code": lambda parsed, lead: lead.extra.get("dealer_code"),
}
REPORTED = {
    "status": "status",
    "duration_s": "duration_s",
    "message_id": "id",
    "recipient": "recipient",
    "from_wa": "sender",
    "timestamp": "timestamp",
}


@pytest.mark.parametrize("path", HOOKS, ids=lambda path: path.name)
def test_a_sample_webhook_is_read_as_expected(path: Path) -> None:
    case, body = sample(path)
    expected, kind = case["expected"], KINDS.get(case["kind"], case["kind"])
    if "http" in expected:
        query = dict(parse_qsl(body.decode().strip()))
        assert meta.challenge(query, query["hub.verify_token"]) == expected["expect_body"].split()[0]
        assert meta.challenge(query, "another") is None
        return
    parsed = parse(kind, body, case["content_type"], "NL")
    if "signature_header" in expected:
        assert generic.verify_signature(expected["signing_key"], body, expected["signature_header"])
    if "leads" in expected:  # ids only
        assert (parsed.outcome, len(parsed.fetch)) == ("quarantine", expected["leads"] or 1)
        assert [one.id for one in parsed.fetch] == expected.get("ids", [one.id for one in parsed.fetch])
        return
    wanted = str(expected.get("creates_lead", "")).lower()
    if wanted:
        assert parsed.outcome == (
            "ignore" if wanted.startswith(("no", "false")) and not wanted.startswith("new") else "lead"
        )
    if not parsed.leads:
        said = {
            key: parsed.reports[0].get(name)
            for key, name in REPORTED.items()
            if expected.get(key) is not None
        }
        assert said == {key: expected[key] for key in said}
        return
    (lead,) = parsed.leads
    keys = [key for key in SAYS if expected.get(key) is not None]
    assert {key: SAYS[key](parsed, lead) for key in keys} == {key: expected[key] for key in keys}
