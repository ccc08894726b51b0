"""What a person reads on stderr when a command cannot do what was asked: sentences, never a traceback."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import click

from collector.core.problems import Fault, Problem
from collector.intake.stream.line import MissingLibrary
from collector.settings import BadSettings
from collector.store.copies.failing import CopyFailed
from collector.store.database import NewerDatabase, OlderDatabase, UnusableDatabase
from collector.traces.starting import BadTracing


class Refusal(click.ClickException):
    """Ends a command with exit code 1: a sentence, and a line for each thing that is wrong."""

    def __init__(self, sentence: str, lines: Iterable[str] = ()) -> None:
        super().__init__("\n".join([sentence, *(f"  {line}" for line in lines)]))


class RefusingGroup(click.Group):
    """A group whose commands may raise what other rooms raise; it comes out as a `Refusal`."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except Problem as problem:
            raise Refusal(problem.detail, map(line_of, problem.faults)) from problem
        except BadSettings as error:
            raise Refusal("These settings cannot be used:", str(error).splitlines()) from error
        except BadTracing as error:
            raise Refusal("Traces cannot be kept:", str(error).splitlines()) from error
        except (NewerDatabase, OlderDatabase, UnusableDatabase, CopyFailed, MissingLibrary) as error:
            raise Refusal(str(error)) from error


def line_of(fault: Fault) -> str:
    """One fault on one line: where, then what."""
    return f"{fault.pointer}: {fault.message}" if fault.pointer else fault.message
