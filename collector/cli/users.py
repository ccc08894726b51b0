"""`fieldpost user`: people who may sign in."""

from __future__ import annotations

import click

from collector import clock
from collector.cli.opening import opened, settings, the_actor, the_section
from collector.cli.words import Words, as_json, example, in_section, print_json
from collector.core.rights import ROLES
from collector.store.people import EVERY_SECTION

LOCAL = "http://127.0.0.1:8000"


@click.group()
def user() -> None:
    """People who may sign in."""


@user.command(epilog=example("fieldpost user create ada@shop.example --role editor --section shop"))
@click.argument("email", type=Words())
@in_section
@click.option("--role", type=click.Choice(ROLES), default="owner", show_default=True)
@as_json
def create(email: str, in_section: str | None, role: str, as_json: bool) -> None:
    """Give somebody a role, in one section or in every one, and print a link that signs them in.

    The link works once, within 24 hours. For a person who has the role already it is simply a new link.
    """
    with opened() as store:
        section_id = the_section(store, in_section).id if in_section is not None else EVERY_SECTION
        person, secret = store.people.invite(email, section_id, role, the_actor(), clock.now())
    link = f"{settings().public_url or LOCAL}/sign-in/{secret}"
    if as_json:
        print_json({"id": str(person.id), "email": person.email, "role": role, "link": link})
        return
    place = "every section" if section_id == EVERY_SECTION else section_id
    click.echo(f"{person.email} is {role} of {place}. Sign in once, within 24 hours:")
    click.echo(link)
