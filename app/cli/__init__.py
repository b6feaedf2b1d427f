"""The operator's commands: ``flask --app wsgi …``, each with ``--json``. Same settings and defaults as ``bin/run``."""

from flask import Flask

from app.cli import demo, intake, leads, people, process


def init_app(app: Flask) -> None:
    """Register every command."""
    for command in (*people.COMMANDS, *leads.COMMANDS, *intake.COMMANDS, *process.COMMANDS, *demo.COMMANDS):
        app.cli.add_command(command)
