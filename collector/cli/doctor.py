"""`fieldpost doctor`: whether everything is as it should be."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import click

from collector import clock
from collector.cli.checks import findings
from collector.cli.findings import Examined, Finding
from collector.cli.hostile import attack
from collector.cli.opening import opened, settings, the_section
from collector.cli.refusals import Refusal
from collector.cli.words import Words, as_json, example, in_section, print_json
from collector.core.problems import Problem
from collector.settings import BadSettings, Settings
from collector.store.database import NewerDatabase, OlderDatabase, UnusableDatabase

SIGNS = {"good": "ok", "doubtful": "??", "wrong": "!!"}


@click.command(
    epilog=example(
        "fieldpost doctor",
        "fieldpost doctor --json --section shop",
        "fieldpost doctor --hostile https://fp.example --key fp_…",
    )
)
@click.option(
    "--hostile",
    type=Words(),
    metavar="URL",
    help="Instead, send the server at this address what the internet sends.",
)
@click.option(
    "--key", type=Words(), help="For --hostile: a key with every scope, of a section for this alone."
)
@click.option(
    "--rate",
    default=50.0,
    show_default=True,
    type=click.FloatRange(0.1, 1000),
    help="For --hostile: how many requests a second at most.",
)
@click.option("--yes", is_flag=True, help="For --hostile: do not ask first.")
@in_section
@as_json
def doctor(
    hostile: str | None, key: str | None, rate: float, yes: bool, in_section: str | None, as_json: bool
) -> None:
    """Check everything: settings, database, disk, clocks, jobs, and every sum against what is stored.

    Ends with 1 if something is wrong, and with 0 if something is only doubtful. It may be used while the
    server runs, and holds nothing up. With --hostile, a running server is asked over the network, and all
    that is written is erased.
    """
    if hostile is not None:
        if key is None:
            raise Refusal("--hostile needs --key: a key with every scope, of a section for this alone.")
        if not attack(hostile, key, rate, asks=not yes, in_json=as_json):
            raise click.exceptions.Exit(1)
        return
    found = examine(in_section)
    if as_json:
        print_json(report(found))
    else:
        for one in found:
            click.echo("\n".join(_lines(one)))
        click.echo(_conclusion(found))
    if not is_healthy(found):
        raise click.exceptions.Exit(1)


def examine(in_section: str | None) -> list[Finding]:
    """All findings; what cannot be looked at because something before it is wrong is left out."""
    found: list[Finding] = []
    try:
        chosen = settings()
    except BadSettings as error:
        sentence = "These settings cannot be used. Nothing else was looked at."
        return [Finding("settings", "wrong", sentence, tuple(str(error).splitlines()))]
    found.append(Finding("settings", "good", "Every setting can be used."))
    try:
        found += _in_the_store(chosen, in_section)
    except (NewerDatabase, OlderDatabase, UnusableDatabase) as error:
        found.append(Finding("database", "wrong", str(error)))
    except Problem as problem:
        if problem.code != "storage-unavailable":
            raise
        reason = f"{problem.__cause__}".strip().splitlines()
        found.append(Finding("database", "wrong", "The database cannot be used.", tuple(reason)))
    return found


def is_healthy(found: Sequence[Finding]) -> bool:
    return all(one.state != "wrong" for one in found)


def report(found: Sequence[Finding]) -> dict[str, Any]:
    """The findings as JSON."""
    checks = [
        {"name": one.name, "state": one.state, "sentence": one.sentence, "details": list(one.details)}
        for one in found
    ]
    return {"healthy": is_healthy(found), "checks": checks}


def _in_the_store(chosen: Settings, in_section: str | None) -> list[Finding]:
    with opened(chosen.database) as store:
        section_id = the_section(store, in_section).id if in_section is not None else None
        return list(findings(Examined(chosen, store, clock.now, section_id)))


def _lines(one: Finding) -> list[str]:
    return [
        f"{SIGNS[one.state]}  {one.name:<11} {one.sentence}",
        *(f"{'':<15} {line}" for line in one.details),
    ]


def _conclusion(found: Sequence[Finding]) -> str:
    wrong = sum(one.state == "wrong" for one in found)
    doubtful = sum(one.state == "doubtful" for one in found)
    if not wrong and not doubtful:
        return "All is well."
    return f"{wrong} wrong, {doubtful} doubtful, of {len(found)}."
