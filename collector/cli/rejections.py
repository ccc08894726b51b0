"""`fieldpost rejections`: what was refused, by cause; and judged again after a correction."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import click

from collector import clock
from collector.cli.opening import opened, the_actor, the_section
from collector.cli.refusals import Refusal
from collector.cli.words import Words, as_json, example, in_section, print_json, print_table
from collector.core import ids
from collector.core.fields import format_timestamp
from collector.intake.accept import Intake
from collector.intake.replay import Replay, Replayer
from collector.store.opening import Store
from collector.store.rejections import Cause, KeptRejection, Selection
from collector.store.replays import Asked
from collector.web.api.rejection_shapes import cause_json, rejection_json, replay_json

of_event = click.option("--event", type=Words(100), help="Only of this event. Default: of every one.")
for_cause = click.option("--cause", type=Words(20), help="Only for this cause, by its id in the list.")


@click.group()
def rejections() -> None:
    """Rejections: payloads that were refused, kept with their reasons."""


@rejections.command(
    "list",
    epilog=example(
        "fieldpost rejections list --event order.completed",
        "fieldpost rejections list --cause 3mk9v02c7h4xq --json",
    ),
)
@in_section
@of_event
@for_cause
@click.option("--limit", type=click.IntRange(1, 500), default=50, show_default=True, help="So many at most.")
@as_json
def list_(in_section: str | None, event: str | None, cause: str | None, limit: int, as_json: bool) -> None:
    """The causes of rejections, the most frequent first; with --cause, the rejections for it."""
    with opened() as store:
        wanted = _selection(store, in_section, event, cause)
        if cause is None:
            found = store.rejections.causes(wanted, limit).items
            _print_causes(store, wanted.section_id, found, as_json)
        else:
            kept = store.rejections.selected(wanted, limit, None).items
            _print_each(store, wanted.section_id, kept, as_json)


@rejections.command(
    epilog=example(
        "fieldpost rejections replay --event order.completed --preview",
        "fieldpost rejections replay --event order.completed --yes",
    )
)
@in_section
@of_event
@for_cause
@click.option("--preview", is_flag=True, help="Only say what would become of them.")
@click.option("--yes", is_flag=True, help="Do it without asking.")
@as_json
def replay(
    in_section: str | None, event: str | None, cause: str | None, preview: bool, yes: bool, as_json: bool
) -> None:
    """Judge rejections again, by the versions and the rights of now, and store what passes.

    It says first what would become of them, and asks. With --json it asks nothing: without --yes it is a
    preview.
    """
    with opened() as store:
        wanted = _selection(store, in_section, event, cause)
        replayer = Replayer(store, Intake(store, clock.now))
        is_real = yes and not preview
        if not is_real:
            told = _through(replayer, wanted, None)
            _print_replay(told, as_json, is_preview=True)
            is_real = not (preview or as_json) and told.released > 0
            if is_real:
                click.confirm(f"Release {told.released}?", abort=True, err=True)
        if is_real:
            asked = Asked(wanted.section_id, the_actor(), event or "rejections")
            _print_replay(_through(replayer, wanted, asked), as_json, is_preview=False)


def offers(store: Store, section_id: str, event_names: Iterable[str]) -> list[str]:
    """A sentence for each event whose newest version lets in something that was refused before."""
    replayer, now = Replayer(store, Intake(store, clock.now)), clock.now()
    told = []
    for name in event_names:
        definition = store.definitions.find(section_id, name)
        if definition is None:
            continue
        wanted = Selection(section_id, [ids.decode(definition.id) or 0], (name,))
        fit = replayer.offer(wanted, store.definitions.read_again(definition), now)
        if fit is not None:
            when = f" from {format_timestamp(fit.current_from)} on" if fit.current_from > now else ""
            told.append(
                f"Rejections of {name} that fit version {fit.number}{when}: {fit.accepted}. "
                f"To release them: fieldpost rejections replay --event {name}"
            )
    return told


def _through(replayer: Replayer, wanted: Selection, asked: Asked | None) -> Replay:
    """All of them, some thousand at a time."""
    told: Replay | None = None
    while told is None or told.last is not None:
        now = clock.now()
        if asked is None:
            told = replayer.preview(wanted, now, told)
        else:
            told = replayer.run(wanted, asked, now, told)
    return told


def _selection(store: Store, in_section: str | None, event: str | None, cause: str | None) -> Selection:
    section_id = the_section(store, in_section).id
    number = None if cause is None else ids.decode(cause)
    if cause is not None and number is None:
        raise Refusal(f"{cause!r} is no cause. The list has them: fieldpost rejections list")
    definitions = store.definitions.all(section_id)
    chosen = [one for one in definitions if event in (None, one.draft.event_name)]
    numbers = [ids.decode(one.id) or 0 for one in chosen]
    found = Selection(section_id, numbers, None if event is None else (event,))
    return replace(found, cause=number)


def _print_causes(store: Store, section_id: str, found: list[Cause], as_json: bool) -> None:
    if as_json:
        shown = [cause_json(one, _personal(store, section_id, one.example)) for one in found]
        print_json({"causes": shown})
        return
    if not found:
        click.echo("Nothing is kept that was refused.")
        return
    rows = [
        (
            str(one.count),
            one.example.event_name,
            _reasons(one.example),
            format_timestamp(one.last_at),
            ids.encode(one.cause),
        )
        for one in found
    ]
    print_table(("count", "event", "what is wrong", "last", "cause"), rows)


def _print_each(store: Store, section_id: str, found: list[KeptRejection], as_json: bool) -> None:
    if as_json:
        shown = [rejection_json(one, _personal(store, section_id, one)) for one in found]
        print_json({"rejections": shown})
        return
    rows = [
        (format_timestamp(one.received_at), one.event_name, one.event_id or "", one.door, _reasons(one))
        for one in found
    ]
    print_table(("received", "event", "id", "door", "what is wrong"), rows)


def _print_replay(told: Replay, as_json: bool, *, is_preview: bool) -> None:
    if as_json:
        print_json(replay_json(told, is_preview=is_preview))
        return
    word = "would be" if is_preview else "were"
    click.echo(f"{told.checked} judged: {told.released} {word} released, {told.verdicts['rejected']} stay.")
    for verdict in ("stored", "updated", "duplicate", "ignored"):
        if told.verdicts[verdict]:
            click.echo(f"  {verdict}: {told.verdicts[verdict]}")
    if told.effect.reasons:
        rows = [(str(one["count"]), one["code"], one["pointer"]) for one in told.effect.reasons]
        print_table(("stay", "reason", "place"), rows)


def _reasons(rejection: KeptRejection) -> str:
    return ", ".join(f"{fault['code']} {fault['pointer']}".strip() for fault in rejection.faults[:3])


def _personal(store: Store, section_id: str, rejection: KeptRejection) -> frozenset[str]:
    definition = store.definitions.find(section_id, rejection.event_name)
    return definition.personal_fields if definition is not None else frozenset()
