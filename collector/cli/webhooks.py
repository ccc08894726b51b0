"""`fieldpost webhook`: what is told to other systems."""

from __future__ import annotations

from collections.abc import Sequence

import click

from collector import clock
from collector.cli.opening import opened, settings, the_actor, the_section
from collector.cli.refusals import Refusal
from collector.cli.words import Words, as_json, example, in_section, print_json, print_table
from collector.core.permissions import EVERY_KIND
from collector.core.webhooks.addresses import networks_in
from collector.core.webhooks.hooks import TYPES
from collector.core.webhooks.reading import read_hook
from collector.store.opening import Store
from collector.store.webhooks.kept import KeptHook
from collector.web.api.webhook_shapes import delivery_json, webhook_json


@click.group()
def webhook() -> None:
    """Webhooks: what is told to other systems, signed."""


@webhook.command(
    epilog=example(
        'fieldpost webhook create --name "Warehouse" https://warehouse.example/in',
        'fieldpost webhook create --name "Mail" --type segment.joined --segment vip https://mail.example/in',
    )
)
@click.argument("url", type=Words(2_048))
@in_section
@click.option("--name", required=True, type=Words(), help="What it is for.")
@click.option("--type", "types", multiple=True, type=click.Choice(TYPES), help="Default: those of events.")
@click.option("--event", "events", multiple=True, type=Words(100), help="Only this event.")
@click.option("--goal", "goals", multiple=True, type=Words(100), help="Only events for this type of goal.")
@click.option("--segment", "segments", multiple=True, type=Words(32), help="Only this segment.")
@click.option(
    "--read",
    "reads",
    multiple=True,
    type=click.Choice(sorted(EVERY_KIND)),
    help="A kind of identifier that it may be told. Default: all.",
)
@as_json
def create(
    url: str,
    in_section: str | None,
    name: str,
    types: Sequence[str],
    events: Sequence[str],
    goals: Sequence[str],
    segments: Sequence[str],
    reads: Sequence[str],
    as_json: bool,
) -> None:
    """Make a webhook to URL and print its secret, this once."""
    sent = {
        "name": name,
        "url": url,
        "types": list(types) or None,
        "events": list(events) or None,
        "goals": list(goals) or None,
        "segments": list(segments) or None,
        "grants": {kind: ["read"] for kind in reads} or None,
    }
    draft = read_hook(sent, networks_in(settings().webhook_networks))
    if isinstance(draft, list):
        raise Refusal("\n".join(fault.message for fault in draft))
    with opened() as store:
        owner = the_section(store, in_section)
        made, secret = store.webhooks.create(owner.id, draft, the_actor(), clock.now())
    if as_json:
        print_json({"id": made.id, "secret": secret})
        return
    click.echo(secret)
    click.echo(
        f"The secret is shown this once: keep it now. To try it: fieldpost webhook test {made.id}", err=True
    )


@webhook.command("list", epilog=example("fieldpost webhook list"))
@in_section
@as_json
def list_(in_section: str | None, as_json: bool) -> None:
    """The webhooks of a section and how they go, without their secrets."""
    with opened() as store:
        found = store.webhooks.all(the_section(store, in_section).id)
    if as_json:
        print_json({"webhooks": [webhook_json(one) for one in found]})
        return
    rows = [
        (one.id, one.hook.draft.name, one.hook.draft.url, str(one.waiting), how_it_goes(one)) for one in found
    ]
    print_table(("WEBHOOK", "NAME", "ADDRESS", "WAITING", ""), rows)


@webhook.command(epilog=example("fieldpost webhook test 02tabpkaj8401"))
@click.argument("webhook_id", metavar="ID")
@in_section
@as_json
def test(webhook_id: str, in_section: str | None, as_json: bool) -> None:
    """Send a test; the server that runs (fieldpost serve) delivers it."""
    with opened() as store:
        found = _find(store, in_section, webhook_id)
        sent = store.deliveries.send_test(found.hook.id, clock.now())
    if as_json:
        print_json(delivery_json(sent))
    else:
        click.echo(f"On its way as {sent.message_id}.")


def how_it_goes(kept: KeptHook) -> str:
    """In a word or two."""
    if kept.state != "on":
        return "gone (410)" if kept.state == "gone" else "off"
    return f"failing, {kept.failures} times" if kept.failures else "well"


def _find(store: Store, in_section: str | None, webhook_id: str) -> KeptHook:
    return store.webhooks.find(the_section(store, in_section).id, webhook_id)
