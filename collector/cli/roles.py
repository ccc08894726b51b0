"""`fieldpost database role`: a role of PostgreSQL that may do what the server does, and no more."""

from __future__ import annotations

import click

from collector.cli.months import months
from collector.cli.opening import opened
from collector.cli.words import example
from collector.store.roles import give, server_role


@click.group()
def database() -> None:
    """What there is to do about the database itself."""


@database.command(
    epilog=example(
        "fieldpost database role fieldpost_server", "fieldpost database role fieldpost_server --apply"
    )
)
@click.argument("name")
@click.option("--apply", "is_applied", is_flag=True, help="Execute the statements instead of printing them.")
def role(name: str, is_applied: bool) -> None:
    """Print what makes NAME the server's role on PostgreSQL: it reads and writes rows, and makes no tables.

    Execute it as the owner, who goes on to migrate. The role has no password until you give it one, with
    \\password in psql.
    """
    with opened() as store:
        statements = server_role(store.database, name)
        if is_applied:
            give(store.database, statements)
    if is_applied:
        click.echo(
            f"{name} may do what the server does. Its password is yours to give: \\password {name}", err=True
        )
        return
    click.echo("\n".join(["BEGIN;", *(f"{statement};" for statement in statements), "COMMIT;"]))


database.add_command(months)
