"""Agreement with a set of sample documents, where one lies beside the repository (or in INTAKE_CASES).

The rules themselves are tested with this project's own fixtures; without samples nothing is collected here.
"""

import csv
import json
import os
from pathlib import Path
from typing import Any

import pytest

from app.intake.parsed import to_json
from app.intake.phones import read_phones
from app.intake.sources import parse

CASES = Path(os.environ.get("INTAKE_CASES", Path(__file__).parents[2].parent / "shared" / "cases"))
DOCUMENTS = sorted((CASES / "adf" / "open").glob("*.expected.json"))
NUMBERS = [path for path in [CASES / "phones" / "phones_open.csv"] if path.exists()]


def expected_phone(phone: dict[str, Any]) -> dict[str, Any]:
    number = phone["e164_if_region"]
    kept = {key: phone[key] for key in ("raw", "type", "preferred")}
    return {**kept, "e164": number["e164"], "valid": number["valid"]}


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_a_sample_document_is_read_as_expected(path: Path) -> None:
    expected = json.loads(path.read_text())
    body = path.with_name(path.name.removesuffix(".expected.json")).read_bytes()
    printed = to_json(parse("adf", body, "application/xml", expected["default_region"]))
    leads = [
        {**lead, "phones": [expected_phone(one) for one in lead["phones"]]} for lead in expected["leads"]
    ]
    assert printed == {"outcome": expected["document_outcome"], "leads": leads}


@pytest.mark.parametrize("path", NUMBERS, ids=lambda path: path.name)
def test_sample_numbers_agree(path: Path) -> None:
    """99 of 100: the samples contain numbers that are valid but were judged as part of a longer text."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    read = [next((p.e164 for p in read_phones(row["raw"], row["default_region"])), None) for row in rows]
    agreed = sum((number or "") == row["expected_e164"] for number, row in zip(read, rows, strict=True))
    assert agreed >= 0.99 * len(rows)
