"""The cars of an ADF prospect: which one is wanted, and which one the customer offers.

In: a prospect. Out: `Car`s. An option's stock number and price are not the car's: only direct children count.
"""

from __future__ import annotations

from itertools import islice

from lxml.etree import _Element

from app.intake.parsed import Car
from app.intake.sources.adf_nodes import VEHICLES, WANTED, attribute, first, line, lines, sections

# A customer who wants to sell offers that car to us: shown with the trade-ins, never as the wanted one.
_OFFERED = frozenset({"tradein", "trade", "sell"})
_FIELDS = {
    "year": ("year", "modelyear"),
    "make": ("make", "brand", "manufacturer"),
    "model": ("model",),
    "trim": ("trim", "trimlevel", "version"),
    "vin": ("vin", "vinnumber"),
    "stock": ("stock", "stocknumber", "stockno", "stockid"),
    "bodystyle": ("bodystyle", "bodytype"),
    "odometer": ("odometer", "mileage", "kilometers"),
    "price": ("price", "askingprice"),
    "url": ("url", "link"),
    "plate": ("licenseplate", "plate", "registration", "kenteken"),
    "color": ("color", "colour", "exteriorcolor"),
}

_MOST_CARS = 50


def read_cars(prospect: _Element) -> tuple[tuple[Car, ...], tuple[Car, ...], str | None]:
    """(wanted cars, cars the customer offers, remarks on the wanted ones). Empty `<vehicle>`s are no cars."""
    wanted: list[Car] = []
    offered: list[Car] = []
    for node in islice(sections(prospect, *VEHICLES), _MOST_CARS):
        (offered if _is_offer(node) else wanted).append(_car(node))
    remarks = "\n".join(car.comments for car in wanted if car.comments)
    return tuple(c for c in wanted if c.is_named), tuple(c for c in offered if c.is_named), remarks or None


def _is_offer(node: _Element) -> bool:
    interest = "".join(char for char in (node.get("interest") or "").lower() if char.isalpha())
    return node.tag not in WANTED or interest in _OFFERED or _is_wrapped(node)


def _is_wrapped(vehicle: _Element) -> bool:
    """`<tradein><vehicle>…`: an element around the car says it. With fields of its own its end tag is missing."""
    around = next((one for one in vehicle.iterancestors(*VEHICLES) if one.tag not in WANTED), None)
    return around is not None and not _car(around).is_named


def _car(node: _Element) -> Car:
    found = {field: first(node, *names) for field, names in _FIELDS.items()}
    values = {field: line(element) for field, element in found.items()}
    colors = next((child for child in node if child.tag == "colorcombination"), None)
    values["color"] = values["color"] or line(first(colors, "exteriorcolor"))
    return Car(
        **values,
        odometer_units=attribute(found["odometer"], "units"),
        currency=attribute(found["price"], "currency"),
        interest=attribute(node, "interest"),
        status=attribute(node, "status"),
        comments=lines(first(node, "comments", "comment")),
    )
