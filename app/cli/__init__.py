"""The operator's commands: ``flask --app wsgi …``, each with ``--json``. Same settings and defaults as ``bin/run``."""

from flask import Flask

from app.cli import demo, intake, leads, mail, people, process, rota, sources


def init_app(app: Flask) -> None:
    """Register every command."""
    for about_somebody in rota.COMMANDS:
        people.person_cli.add_command(about_somebody)
    modules = (people, sources, leads, intake, mail, process, demo)
    for command in (command for module in modules for command in module.COMMANDS):
        app.cli.add_command(command)
