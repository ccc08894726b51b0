"""The `fieldpost` command, a file a topic.

What a person gives and what goes wrong with it are said in sentences (`refusals.py`); every command
that needs the database opens it in one way (`opening.py`), which brings it up to date first.
"""

from __future__ import annotations

from importlib import import_module

import click

from collector import __version__
from collector.cli.refusals import RefusingGroup

COMMANDS = {
    "aside": "aside:aside",
    "backup": "backups:backup",
    "database": "roles:database",
    "definition": "definitions:definition",
    "demo": "demo:demo",
    "doctor": "doctor:doctor",
    "erasures": "erasures:erasures",
    "export": "exporting:export_events",
    "import": "importing:import_file",
    "key": "keys:key",
    "migrate": "migrating:migrate",
    "rejections": "rejections:rejections",
    "restore": "backups:restore",
    "secret": "secrets:secret",
    "section": "sections:section",
    "segment": "segments:segment",
    "serve": "serve:serve",
    "user": "users:user",
    "webhook": "webhooks:webhook",
    "worker": "worker:worker",
}
"""Each command: its file, and its name there. A file is loaded for its own commands, all of them for
`--help`, as together they take longer than most commands do."""


class _Commands(RefusingGroup):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        file, name = COMMANDS[cmd_name].split(":")
        command: click.Command = getattr(import_module(f"{__name__}.{file}"), name)
        return command


@click.group(cls=_Commands, epilog="Settings come from the environment as FIELDPOST_…, see the README.")
@click.version_option(__version__, prog_name="fieldpost")
def main() -> None:
    """Fieldpost collects the events that you define. Start with: fieldpost demo"""
