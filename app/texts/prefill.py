"""The messages a salesperson sends with one tap, in the customer's language; shown on the phone, changed
there at will.

In: names and links, and the message of the step in hand. Out: the ``texts`` of a follow-up in the API. Pure; called
by ``app.api``, and by the closing letter for a showroom's own words.
"""

from collections.abc import Mapping

from app.texts import own_words, render

ALWAYS = (
    "whatsapp", "sms", "email_subject", "email_body", "no_answer", "voicemail_script", "closing",
    "which_number", "video_message",
)  # fmt: skip
VIDEO_HOLE = "{video}"
"""Stays in ``video_message``: the phone puts the address of the video there that it sends."""
WRITTEN = ("whatsapp", "sms", "email_body")
"""The first message to somebody who is written to, as long as a channel; the later ones fit all three."""
Step = tuple[str, Mapping[str, str]]
"""Key of the built-in message of a step, and the showroom's own by language."""


def prefill(
    language: str,
    customer_first_name: str,
    salesperson_name: str,
    showroom_name: str,
    car: str | None,
    link: str,
    video_link: str | None,
    step: Step | None = None,
    writing: bool = False,
) -> dict[str, str]:
    """Keys: whatsapp, sms, email_subject, email_body, no_answer, voicemail_script, closing, which_number,
    video_message (with ``VIDEO_HOLE``), and video_invitation when the salesperson has a video link. ``link`` is the
    customer's page.

    The message of ``step`` takes the place of ``no_answer``, or of the three that are sent when ``writing``.
    """
    values = {
        "space_name": f" {customer_first_name}" if customer_first_name else "",
        "salesperson": salesperson_name,
        "showroom": showroom_name,
        "about": about(car, language),
        "link": link,
        "video_link": video_link,
        "video": VIDEO_HOLE,
    }
    keys = (*ALWAYS, "video_invitation") if video_link else ALWAYS
    texts = {key: render(key, language, **values) for key in keys}
    if step is not None:
        key, own = step
        said = own_message(
            own, language, customer_first_name=customer_first_name, salesperson=salesperson_name, car=car,
            showroom=showroom_name, link=link, video_link=video_link,
        )  # fmt: skip
        if said or key not in WRITTEN:
            message = said or render(key, language, **values)
            texts |= dict.fromkeys(WRITTEN if writing else ("no_answer",), message)
    return texts


def own_message(own: Mapping[str, str], language: str, **values: str | None) -> str | None:
    """A showroom's own words in this language with the placeholders filled; None: it wrote none, or they need a
    video link that this salesperson does not have."""
    template = own.get(language)
    return own_words.fill(template, language, values) if template else None


def about(car: str | None, language: str) -> str:
    """ "about the VW Golf", or "about your question" when no car was named."""
    return render("about_car", language, car=car) if car else render("about_open", language)
