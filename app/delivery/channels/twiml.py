"""TwiML: what Twilio does in a call, as XML. Pure. Called by the channel ``voice`` and by the webhooks.

Contract: twilio.com/docs/voice/twiml (Say, Gather, Dial, Hangup).
"""

from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

VOICES = {"nl": "nl-NL", "en": "en-GB", "fr": "fr-FR", "de": "de-DE"}
KEY_SECONDS = 8
"""How long the salesperson may think about pressing 1."""
RING_SECONDS = 30
"""How long the customer's phone rings: most voicemails answer before."""
LONGEST_SECONDS = 4 * 3600


def say(text: str, language: str, *, times: int = 1) -> str:
    """Say a sentence and hang up."""
    response = Element("Response")
    for _ in range(times):
        _say(response, text, language)
    SubElement(response, "Hangup")
    return _xml(response)


def ask_for_a_key(text: str, language: str, action: str) -> str:
    """Say who it is and wait for one key; also silence is reported to ``action``."""
    response = Element("Response")
    gather = SubElement(
        response,
        "Gather",
        input="dtmf",
        numDigits="1",
        timeout=str(KEY_SECONDS),
        action=action,
        method="POST",
        actionOnEmptyResult="true",
    )
    _say(gather, text, language)
    return _xml(response)


def dial(number: str, caller_id: str, action: str) -> str:
    """Ring the customer; how it went is reported to ``action``. The salesperson hears it ring (answerOnBridge)."""
    response = Element("Response")
    call = SubElement(
        response,
        "Dial",
        callerId=caller_id,
        answerOnBridge="true",
        timeout=str(RING_SECONDS),
        timeLimit=str(LONGEST_SECONDS),
        action=action,
        method="POST",
    )
    SubElement(call, "Number").text = number
    return _xml(response)


def message(text: str) -> str:
    """Answer a text message with one."""
    response = Element("Response")
    SubElement(response, "Message").text = _plain(text)
    return _xml(response)


def nothing() -> str:
    """Do nothing: the answer to a report."""
    return _xml(Element("Response"))


def hang_up() -> str:
    """End the call without a word."""
    response = Element("Response")
    SubElement(response, "Hangup")
    return _xml(response)


def _say(parent: Element, text: str, language: str) -> None:
    SubElement(parent, "Say", language=VOICES.get(language, VOICES["en"])).text = _plain(text)


def _plain(text: str) -> str:
    """XML has no control characters."""
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())


def _xml(root: Element) -> str:
    return '<?xml version="1.0" encoding="UTF-8"?>' + ElementTree.tostring(root, encoding="unicode")
