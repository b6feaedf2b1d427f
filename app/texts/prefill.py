"""The messages a salesperson sends with one tap, in the customer's language; shown on the phone, changed
there at will.

In: names and links. Out: the ``texts`` of a follow-up in the API. Pure; called by ``app.api``.
"""

from app.texts import render

ALWAYS = (
    "whatsapp", "sms", "email_subject", "email_body", "no_answer", "voicemail_script", "closing",
    "which_number",
)  # fmt: skip


def prefill(
    language: str,
    customer_first_name: str,
    salesperson_name: str,
    showroom_name: str,
    car: str | None,
    link: str,
    video_link: str | None,
) -> dict[str, str]:
    """Keys: whatsapp, sms, email_subject, email_body, no_answer, voicemail_script, closing, which_number, and
    video_invitation when the salesperson has a video link. ``link`` is the customer's page."""
    values = {
        "space_name": f" {customer_first_name}" if customer_first_name else "",
        "salesperson": salesperson_name,
        "showroom": showroom_name,
        "about": about(car, language),
        "link": link,
        "video_link": video_link,
    }
    keys = (*ALWAYS, "video_invitation") if video_link else ALWAYS
    return {key: render(key, language, **values) for key in keys}


def about(car: str | None, language: str) -> str:
    """ "about the VW Golf", or "about your question" when no car was named."""
    return render("about_car", language, car=car) if car else render("about_open", language)
