"""Calls over Twilio: an automated one that says who waits, or the salesperson's half of a bridged call.

In: a delivery with ``address`` (E.164); ``payload`` is {"say", "language"} for the automated one and {"attempt_id"}
for a bridged one, whose further course Twilio asks of ``app.api.telephony``. Called by the worker's lane.
"""

from app.config import Settings
from app.customers import bridge
from app.delivery.channels import twilio, twiml
from app.delivery.result import Gone, NotSent, Refused, Result, Retry
from app.models import Delivery

RING_SECONDS = "25"


def send(delivery: Delivery, settings: Settings) -> Result:
    """Start one call. A bridged call is not tried again: a phone that rings a minute later only surprises."""
    bridged = delivery.kind == bridge.KIND
    if bridged and not bridge.wanted(delivery):
        return NotSent("withdrawn")
    result = twilio.create(settings, "Calls", _params(delivery, settings, bridged))
    if not bridged or not isinstance(result, Retry | Refused | Gone):
        return result
    bridge.not_made(delivery)
    return Gone(result.reason) if isinstance(result, Retry) else result


def _params(delivery: Delivery, settings: Settings, bridged: bool) -> twilio.Params:
    here = f"{settings.public_url}/api/v1/telephony/calls/{delivery.token}"
    words = str(delivery.payload.get("say", ""))
    what = (
        {"Url": f"{here}/answers", "Method": "POST"}
        if bridged
        else {"Twiml": twiml.say(words, str(delivery.payload.get("language", "")), times=2)}
    )
    return {
        "To": delivery.address or "",
        "From": settings.twilio_from,
        "Timeout": RING_SECONDS,
        "StatusCallback": f"{here}/statuses",
        "StatusCallbackMethod": "POST",
        "StatusCallbackEvent": ["initiated", "answered", "completed"],
        **what,
    }
