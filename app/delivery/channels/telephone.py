"""Whatever goes over the telephone: text messages and calls. Called by the worker's telephone lane."""

from app.config import Settings
from app.delivery.channels import sms, voice
from app.delivery.result import Result
from app.models import Delivery, DeliveryChannel

CHANNELS = (DeliveryChannel.SMS, DeliveryChannel.VOICE)


def send(delivery: Delivery, settings: Settings) -> Result:
    """Send or call, whichever this delivery is."""
    send_it = sms.send if delivery.channel is DeliveryChannel.SMS else voice.send
    return send_it(delivery, settings)
