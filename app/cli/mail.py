"""``mail-in``: our own SMTP listener and the mailboxes that we read, in one process. Runs until it is told to stop."""

import asyncio
import signal
import threading

import click
from flask import Flask, current_app

from app.access import settings
from app.cli.output import command
from app.config import Settings
from app.db import db


@click.command("mail-in")
@command
def mail_in(as_json: bool) -> None:
    """Take in mail: listen on MAIL_IN_BIND, read IMAP_MAILBOXES. Runs until it is told to stop."""
    loaded = settings()
    if not loaded.mail_in_bind and not loaded.imap_mailboxes:
        raise click.ClickException("MAIL_IN_BIND is off and IMAP_MAILBOXES names no mailbox: nothing to do.")
    db.session.remove()
    asyncio.run(_until_told(current_app._get_current_object(), loaded))  # type: ignore[attr-defined]


async def _until_told(app: Flask, loaded: Settings) -> None:
    # only here: the web process and the other commands need neither library
    from app.intake import mail_in, mailbox

    told, stop = asyncio.Event(), threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, told.set)
    mailboxes = [mailbox.Mailbox(app, url, stop) for url in loaded.imap_mailboxes]
    for one in mailboxes:
        one.start()
    try:
        if loaded.mail_in_bind:
            await mail_in.serve(mail_in.Listener(app, loaded), loaded, told)
        else:
            await told.wait()
    finally:
        stop.set()
        for one in mailboxes:
            await asyncio.to_thread(one.join, 10)


COMMANDS: tuple[click.Command, ...] = (mail_in,)
