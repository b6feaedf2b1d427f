"""Running parts of the house: the worker, and the push keys."""

import click
from flask import current_app
from flask.cli import AppGroup
from sqlalchemy import func, select

from app import worker
from app.access import settings
from app.cli.output import command, show
from app.db import db
from app.errors import Conflict
from app.models import Subscription
from app.push import keys, notify

vapid_cli = AppGroup("vapid", help="Keys with which pushes are signed.")


@click.command("worker")
@command
def run_worker(as_json: bool) -> None:
    """Send deliveries, prompt what is due, escalate. Runs until it is told to stop; start as many as you like."""
    used = set(db.session.scalars(select(Subscription.key_id).distinct()))
    keys.check(keys.load(settings().var_dir), used)
    db.session.remove()
    worker.run(current_app._get_current_object())  # type: ignore[attr-defined]


@vapid_cli.command("new")
@click.option(
    "--rotate", is_flag=True, help="Make another key although there is one; old phones keep the old one."
)
@command
def new_key(rotate: bool, as_json: bool) -> None:
    """Make a VAPID key. Keep VAR_DIR/vapid in your backup: a lost key strands every phone.

    After a rotation nothing is restarted: each phone keeps the old key until its app starts next.
    """
    if keys.load(settings().var_dir) and not rotate:
        raise Conflict("There is a key already. A new one is needed for a rotation only: add --rotate.")
    key = keys.create(settings().var_dir)
    waiting = select(func.count()).select_from(Subscription).where(Subscription.key_id != key.id)
    old = db.session.scalar(waiting.where(Subscription.state.in_(notify.REACHABLE)))
    show({"key_id": key.id, "public_key": key.public, "phones_with_an_old_key": int(old or 0)}, as_json)


@vapid_cli.command("ensure")
@command
def ensure_key(as_json: bool) -> None:
    """Make the first key, and only the first: when phones are subscribed already, a missing key stops here."""
    loaded = keys.load(settings().var_dir)
    keys.check(loaded, set(db.session.scalars(select(Subscription.key_id).distinct())))
    key = keys.newest(loaded) if loaded else keys.create(settings().var_dir)
    show({"key_id": key.id, "public_key": key.public}, as_json)


@vapid_cli.command("list")
@command
def list_keys(as_json: bool) -> None:
    """All keys, the newest last."""
    loaded = keys.load(settings().var_dir).values()
    show([{"key_id": key.id, "public_key": key.public} for key in loaded], as_json)


COMMANDS: tuple[click.Command, ...] = (run_worker, vapid_cli)
