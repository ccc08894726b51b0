"""`fieldpost doctor --hostile URL`: the hostile corpora against a running server, over the network."""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from statistics import median
from typing import Any

import click

from collector.cli.refusals import Refusal
from collector.cli.words import print_json
from collector.hostile.asking import Server
from collector.hostile.place import Place, Unfit, clear, prepare
from collector.hostile.promises import Result
from collector.hostile.trials import TRIALS, good, people, require_direct

EVERY = 25
"""After so many lines it is looked how an event as it should be fares."""

SLOW_SECONDS = 5.0
SHOWN = 40


@dataclass
class Report:
    """What was found. `beside`: seconds that good events took meanwhile."""

    asked: Counter[str] = field(default_factory=Counter)
    wrong: list[Result] = field(default_factory=list)
    beside: list[float] = field(default_factory=list)
    left: list[str] = field(default_factory=list)

    @property
    def is_good(self) -> bool:
        return not self.wrong and not self.left


def attack(url: str, key: str, rate: float, asks: bool, in_json: bool) -> bool:
    """Sends everything, tells what came of it, and clears up; whether all was as promised.

    Raises `Refusal` where the server, the key or its section is not for that.
    """
    if not url.startswith(("http://", "https://")):
        raise Refusal("The address starts with http:// or https://.")
    if asks:
        click.confirm(
            f"This sends several hundred hostile requests to {url}, at most {rate:g} a second, and writes"
            " into the key's section. Go on?",
            abort=True,
            err=True,
        )
    server = Server(url, key, rate)
    report = Report()
    try:
        place, made = prepare(server, secrets.token_hex(3)), list[tuple[str, str]]()
        try:
            require_direct(place)
            made = people(place)
            for result in _all(place, report):
                report.asked[result.corpus] += 1
                if result.wrong is not None:
                    report.wrong.append(result)
        finally:
            report.left = clear(place, made)
    except Unfit as error:
        raise Refusal(str(error)) from error
    except OSError as error:
        raise Refusal(f"{url} cannot be reached any more: {error}.") from error
    _tell(report, in_json)
    return report.is_good


def _all(place: Place, report: Report) -> Iterator[Result]:
    for trial in TRIALS:
        for number, result in enumerate(trial(place)):
            yield result
            if number % EVERY == 0:
                yield from _beside(place, report, result)
        yield from _beside(place, report, None)


def _beside(place: Place, report: Report, after: Result | None) -> Iterator[Result]:
    """Whether the server is ready, and stores what is good, as if nothing had been sent."""
    where = f"after {after.corpus}, {after.name}" if after else "at the end of a corpus"
    ready = place.server.ask("GET", "/ready")
    yield Result(
        "ready", where, None if ready.status == 200 else f"/ready says {ready.status}", ready.seconds
    )
    heard = good(place)
    report.beside.append(heard.seconds)
    wrong = None if heard.status == 200 else f"a good event gets {heard.status}"
    if wrong is None and heard.seconds > SLOW_SECONDS:
        wrong = f"a good event takes {heard.seconds:.1f} s"
    yield Result("good events", where, wrong, heard.seconds)


def _tell(report: Report, in_json: bool) -> None:
    slowest, usual = max(report.beside), median(report.beside)
    if in_json:
        print_json(_as_json(report, slowest, usual))
        return
    for corpus, number in report.asked.items():
        bad = sum(one.corpus == corpus for one in report.wrong)
        click.echo(f"{'!!' if bad else 'ok'}  {corpus:<12} {number} asked, {bad} not as promised")
    for one in report.wrong[:SHOWN]:
        click.echo(f"    {one.corpus}, {one.name}: {one.wrong}")
    if len(report.wrong) > SHOWN:
        click.echo(f"    … and {len(report.wrong) - SHOWN} more (--json has all)")
    for sentence in report.left:
        click.echo(f"!!  {sentence}")
    click.echo(f"Good events beside it took {usual * 1000:.0f} ms, the slowest {slowest * 1000:.0f} ms.")
    click.echo("All is as promised." if report.is_good else "Not all is as promised.")


def _as_json(report: Report, slowest: float, usual: float) -> dict[str, Any]:
    wrong = [{"corpus": one.corpus, "case": one.name, "wrong": one.wrong} for one in report.wrong]
    beside = {"usual": usual, "slowest": slowest}
    return {
        "as_promised": report.is_good,
        "asked": dict(report.asked),
        "wrong": wrong,
        "good_event_seconds": beside,
        "left_behind": report.left,
    }
