"""A showroom's own message for a step: which placeholders it may hold, and the message with their values in place.

In: a template, and what is known of the customer. Out: text. Pure; called by the cadence editor (``odd``, ``default``)
and by ``prefill`` (``fill``). These placeholders are words that a manager may type; the built-in texts have their own.
"""

import re
from collections.abc import Mapping
from string import Formatter

from app.texts import render

PLACEHOLDERS = ("customer_first_name", "salesperson", "car", "showroom", "link", "video_link")
_NAMELESS = re.compile(r"^\{customer_first_name\}[ \t]*[,!]?[ \t]*|[ \t]*\{customer_first_name\}")


def odd(template: str) -> str | None:
    """The first placeholder we do not know; "" for a brace that belongs to none; None when all is well."""
    try:
        parts = list(Formatter().parse(template))
    except ValueError:
        return ""
    for _, name, form, conversion in parts:
        if name is None:
            continue
        if name not in PLACEHOLDERS:
            return name
        if form or conversion:
            return f"{name}{'!' + conversion if conversion else ''}{':' + form if form else ''}"
    return None


def fill(template: str, language: str, values: Mapping[str, str | None]) -> str | None:
    """The message. A name we do not know leaves no gap, an unnamed car becomes "the car".

    None: it invites to a video link and the salesperson has none; the built-in message then takes its place.
    """
    if "{video_link}" in template and not values["video_link"]:
        return None
    known = {name: values[name] or "" for name in PLACEHOLDERS}
    known["car"] = known["car"] or render("car_unnamed", language)
    if not known["customer_first_name"]:
        template = _NAMELESS.sub("", template)
    return template.format_map(known).strip()


def default(key: str, language: str) -> str:
    """The built-in message with the placeholders a manager may type: what their own may start from."""
    name = " {customer_first_name}"
    about = render("about_car", language, car="{car}")
    braces = {name: f"{{{name}}}" for name in PLACEHOLDERS}
    return render(key, language, **{**braces, "space_name": name, "about": about})
