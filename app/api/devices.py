"""The devices on which I am signed in. One of them is signed out through ``people``, like those of whom I manage."""

from apiflask import APIBlueprint
from flask import Response, jsonify

from app.access import me, my_device, signed_in
from app.api.people_shapes import devices_json

bp = APIBlueprint("devices", __name__, url_prefix="/api/v1")


@bp.get("/devices")
@signed_in
def show() -> Response:
    """Last seen first; ``this`` is the one that asks."""
    mine = devices_json([me().id])[me().id]
    return jsonify(devices=[{**device, "this": device["id"] == str(my_device().id)} for device in mine])
