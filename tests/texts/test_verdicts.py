"""No word of the house judges a customer or what they typed (rule 3), in any language, on no page and in no message.

The same list stands over the app's own catalogues in ``frontend/src/i18n/texts.test.ts``.
"""

import json
import re
from pathlib import Path

import pytest

from app import texts

VERDICTS = {
    "en": r"invalid|fake|bogus|junk|worthless|unqualified|not serious|time.?waster|(bad|cold|hot) lead|low quality|suspicious",
    "nl": r"ongeldige?|nep\w*|onzin|waardeloos|onserieus|niet serieus|tijdverspiller|(slechte|koude) lead|verdachte?|fake",
    "fr": r"invalides?|faux|fausses?|bidon|pas sérieux|sans valeur|mauvais lead|lead froid|douteux|suspects?",
    "de": r"ungültig\w*|gefälscht\w*|fake|unseriös\w*|nicht ernst|wertlos\w*|(schlechter|kalter) lead|verdächtig\w*",
}


@pytest.mark.parametrize("language", sorted(VERDICTS))
def test_no_text_of_the_house_judges_anybody(language: str) -> None:
    verdict = re.compile(rf"\b({VERDICTS[language]})\b", re.IGNORECASE)
    catalogues = sorted((Path(texts.__file__).parent / language).glob("*.json"))
    said = {
        f"{one.name} {key}": text for one in catalogues for key, text in _words(json.loads(one.read_text()))
    }
    assert len(said) > 50
    assert [key for key, text in said.items() if verdict.search(text)] == []
    assert verdict.search(
        {"en": "Fake number", "nl": "Ongeldig nummer", "fr": "numéro invalide"}.get(language, "ungültig")
    )


def _words(found: object, key: str = "") -> list[tuple[str, str]]:
    if isinstance(found, str):
        return [(key, found)]
    pairs = found.items() if isinstance(found, dict) else enumerate(found) if isinstance(found, list) else ()
    return [word for name, each in pairs for word in _words(each, f"{key}.{name}")]
