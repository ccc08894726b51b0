"""`fieldpost key`: the secrets with which integrations call the API."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import click

from collector import clock
from collector.cli.opening import opened, the_actor, the_section
from collector.cli.refusals import Refusal
from collector.cli.words import Words, as_json, example, in_section, print_json
from collector.core.permissions import SCOPES, parse_grants
from collector.store.keys import KeyRequest
from collector.store.opening import Store


@click.group()
def key() -> None:
    """Keys: secrets with which integrations call the API."""


@key.command(
    epilog=example(
        'fieldpost key create --name "Till"',
        'fieldpost key create --name "Till" --scope ingest --grant email:write --event order.completed',
    )
)
@in_section
@click.option("--name", required=True, type=Words(), help="Who uses it; the Source of events that name none.")
@click.option(
    "--grant", "grants", multiple=True, help="KIND:OPERATIONS, such as email:read,write. Default: all."
)
@click.option(
    "--scope", "scopes", multiple=True, help="ingest, read, admin, or several of them. Default: all."
)
@click.option(
    "--event", "events", multiple=True, type=Words(100), help="Only this event. Default: every one."
)
@as_json
def create(
    in_section: str | None,
    name: str,
    grants: Sequence[str],
    scopes: Sequence[str],
    events: Sequence[str],
    as_json: bool,
) -> None:
    """Make a key and print its secret, this once."""
    granted, allowed = parse_grants(grants), parse_scopes(scopes)
    with opened() as store:
        owner = the_section(store, in_section)
        _require_defined(store, owner.id, events)
        request = KeyRequest(owner.id, name, allowed, granted, frozenset(events) or None)
        made, secret = store.keys.create(request, the_actor(), clock.now())
    if as_json:
        print_json({"id": made.id, "key": secret})
        return
    click.echo(secret)
    click.echo(
        f"The key is shown this once: keep it now. To revoke it: fieldpost key revoke {made.id}",
        err=True,
    )


@key.command(epilog=example("fieldpost key revoke 02tabpkaj8401"))
@click.argument("key_id", metavar="ID")
@as_json
def revoke(key_id: str, as_json: bool) -> None:
    """Revoke the key with this id (not its secret); every worker refuses it within two seconds."""
    with opened() as store:
        store.keys.revoke(key_id, the_actor(), clock.now())
    if as_json:
        print_json({"id": key_id, "revoked": True})
    else:
        click.echo(f"Revoked the key {key_id}.")


def parse_scopes(texts: Iterable[str]) -> frozenset[str]:
    """Scopes as one writes them, `ingest,read`; none at all gives every one. Raises `Refusal`."""
    words = [word.strip() for text in texts for word in text.split(",")]
    unknown = sorted(set(words) - set(SCOPES))
    if unknown:
        raise Refusal(f"Unknown scope: {', '.join(map(repr, unknown))}. The scopes are {', '.join(SCOPES)}.")
    return frozenset(words or SCOPES)


def _require_defined(store: Store, section_id: str, events: Iterable[str]) -> None:
    """A key for an event that is not there would be refused later, for a reason that is hard to find."""
    missing = sorted({name for name in events if store.definitions.find(section_id, name) is None})
    if missing:
        raise Refusal(f"The section {section_id} has no event called {', '.join(missing)}.")
