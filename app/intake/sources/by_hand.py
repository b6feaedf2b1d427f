"""Kinds `walk_in`, `manual` and `qr`: what a colleague or the customer typed into three fields of ours.

In: JSON with `name`, `reach` (a number or an address, as typed) and `about`, and the showroom's country. Out: `Parsed`.
Called through the registry; nothing from outside comes in as one of these kinds.
"""

from __future__ import annotations

from app.intake.names import read_email
from app.intake.parsed import Parsed, ParsedLead, Phone, lead_outcome
from app.intake.phones import read_phones
from app.intake.sources.reading.json_text import read_json
from app.intake.sources.reading.text import decode
from app.intake.sources.reading.wishes import channel_asked, language_of


def parse(body: bytes, content_type: str = "", region: str = "") -> Parsed:
    """One lead; without a number or an address somebody must find one."""
    said = read_json(decode(body, content_type))
    fields = said if isinstance(said, dict) else {}
    name, reach, about = (str(fields.get(key) or "").strip() for key in ("name", "reach", "about"))
    email, phones = read_reach(reach, region)
    lead = ParsedLead(
        name_parts={"full": name} if name else {},
        display_name=name or None,
        email=email,
        phones=phones,
        comments=about or None,
        language=str(fields.get("language") or "") or language_of(None, about, region),
        outcome="lead",
        preferred_channel=channel_asked(about, can_mail=email is not None),
    )
    nowhere = lead_outcome(email, phones) != "lead"
    return Parsed("lead", (lead,), note="no number and no address" if nowhere else None)


def read_reach(text: str, region: str) -> tuple[str | None, tuple[Phone, ...]]:
    """(address, numbers) in one field, in any order."""
    email = read_email(text)
    rest = text.replace(email, " ") if email else text
    return email, tuple(read_phones(rest, region)) if any(char.isdigit() for char in rest) else ()
