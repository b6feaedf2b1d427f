"""Text messages over Twilio. Called by the worker's lane: one delivery in, one ``Result`` out.

In: a delivery with ``address`` (E.164) and ``payload`` {"text"}. Twilio reports back to our address with the delivery's
token in it (``app.api.telephony``); only its *delivered* proves anything.
"""

from app.config import Settings
from app.delivery.channels import twilio
from app.delivery.result import Result
from app.models import Delivery


def send(delivery: Delivery, settings: Settings) -> Result:
    """Send one text message. Never raises for what Twilio or the network does."""
    sender = (
        {"MessagingServiceSid": settings.twilio_messaging_service_sid}
        if settings.twilio_messaging_service_sid
        else {"From": settings.twilio_from}
    )
    params = {
        **sender,
        "To": delivery.address or "",
        "Body": str(delivery.payload.get("text", "")),
        "StatusCallback": f"{settings.public_url}/api/v1/telephony/messages/{delivery.token}",
    }
    return twilio.create(settings, "Messages", params)
