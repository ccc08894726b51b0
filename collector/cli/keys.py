"""`fieldpost key`: the secrets with which integrations call the API."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import click

from collector import clock
from collector.cli.opening import opened, the_actor, the_section
from collector.cli.refusals import Refusal
from collector.cli.words import Words, as_json, example, in_section, print_json, print_table
from collector.core.fields import format_timestamp
from collector.core.permissions import HIGHEST_LIMIT, SCOPES, parse_grants
from collector.store.keys import KeyRequest, ListedKey
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
@click.option(
    "--rate-limit",
    type=click.IntRange(0, HIGHEST_LIMIT),
    help="Requests a minute; 0: any number. Default: what FIELDPOST_RATE_LIMIT says.",
)
@as_json
def create(
    in_section: str | None,
    name: str,
    grants: Sequence[str],
    scopes: Sequence[str],
    events: Sequence[str],
    rate_limit: int | None,
    as_json: bool,
) -> None:
    """Make a key and print its secret, this once."""
    granted, allowed = parse_grants(grants), parse_scopes(scopes)
    with opened() as store:
        owner = the_section(store, in_section)
        _require_defined(store, owner.id, events)
        request = KeyRequest(owner.id, name, allowed, granted, frozenset(events) or None, rate_limit)
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


@key.command(
    epilog=example("fieldpost key limit 02tabpkaj8401 600", "fieldpost key limit 02tabpkaj8401 default")
)
@click.argument("key_id", metavar="ID")
@click.argument("requests", metavar="REQUESTS")
@as_json
def limit(key_id: str, requests: str, as_json: bool) -> None:
    """Limit the key with this id to so many REQUESTS a minute; 0: any number, default: as all keys."""
    rate_limit = None if requests == "default" else parse_limit(requests)
    with opened() as store:
        store.keys.limit(key_id, rate_limit, the_actor(), clock.now())
    if as_json:
        print_json({"id": key_id, "rate_limit": rate_limit})
    else:
        click.echo(f"The key {key_id} is limited to {requests} requests a minute.")


@key.command("list", epilog=example("fieldpost key list"))
@in_section
@as_json
def list_all(in_section: str | None, as_json: bool) -> None:
    """List the keys of a section, without their secrets."""
    with opened() as store:
        found = store.keys.all(the_section(store, in_section).id)
    if as_json:
        print_json({"keys": [_shown(one) for one in found]})
        return
    rows = [
        (
            one.key.id,
            one.key.name,
            ", ".join(sorted(one.key.scopes)),
            "as all keys" if one.key.rate_limit is None else str(one.key.rate_limit or "none"),
            "revoked" if one.revoked_at is not None else "",
        )
        for one in found
    ]
    print_table(("KEY", "NAME", "SCOPES", "LIMIT", ""), rows)


def _shown(listed: ListedKey) -> dict[str, object]:
    return {
        "id": listed.key.id,
        "name": listed.key.name,
        "scopes": sorted(listed.key.scopes),
        "rate_limit": listed.key.rate_limit,
        "created_at": format_timestamp(listed.created_at),
        "revoked_at": format_timestamp(listed.revoked_at) if listed.revoked_at is not None else None,
    }


def parse_limit(text: str) -> int:
    """Requests a minute. Raises `Refusal`."""
    if not text.isascii() or not text.isdecimal() or len(text) > 9 or int(text) > HIGHEST_LIMIT:
        raise Refusal(f"{text!r} is no number of requests a minute, 0 to {HIGHEST_LIMIT}, and not default.")
    return int(text)


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
