"""The `fieldpost` command, a file a topic.

What a person gives and what goes wrong with it are said in sentences (`refusals.py`); every command
that needs the database opens it in one way (`opening.py`), which brings it up to date first.
"""

from __future__ import annotations

import click

from collector import __version__
from collector.cli.aside import aside
from collector.cli.backups import backup, restore
from collector.cli.definitions import definition
from collector.cli.demo import demo
from collector.cli.doctor import doctor
from collector.cli.erasures import erasures
from collector.cli.exporting import export_events
from collector.cli.importing import import_file
from collector.cli.keys import key
from collector.cli.migrating import migrate
from collector.cli.refusals import RefusingGroup
from collector.cli.rejections import rejections
from collector.cli.roles import database
from collector.cli.secrets import secret
from collector.cli.sections import section
from collector.cli.segments import segment
from collector.cli.serve import serve
from collector.cli.users import user
from collector.cli.webhooks import webhook
from collector.cli.worker import worker


@click.group(cls=RefusingGroup, epilog="Settings come from the environment as FIELDPOST_…, see the README.")
@click.version_option(__version__, prog_name="fieldpost")
def main() -> None:
    """Fieldpost collects the events that you define. Start with: fieldpost demo"""


for command in (
    demo,
    serve,
    worker,
    aside,
    section,
    key,
    definition,
    user,
    secret,
    doctor,
    database,
    backup,
    restore,
    migrate,
    erasures,
    rejections,
    segment,
    webhook,
    import_file,
    export_events,
):
    main.add_command(command)
