"""What commands have in common for the eye: options, examples, JSON, tables."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import click
import msgspec

from collector.core.fields import UNSTORABLE

_ENCODER = msgspec.json.Encoder(decimal_format="number")
Command = TypeVar("Command", bound=Callable[..., Any])


class Words(click.ParamType[str]):
    """A text of one line that can be kept: 1 to `most` characters, none of them a control character."""

    name = "text"

    def __init__(self, most: int = 255) -> None:
        self.most = most

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        text = str(value)
        if not 1 <= len(text.strip()) <= self.most:
            self.fail(f"this takes 1 to {self.most} characters.", param, ctx)
        if UNSTORABLE.search(text) or not text.isprintable():
            self.fail("this takes one line of printable characters.", param, ctx)
        return text.strip()


def as_json(command: Command) -> Command:
    """The option `--json`: print the data as JSON and nothing else."""
    option = click.option("--json", "as_json", is_flag=True, help="Print the data as JSON.")
    return option(command)


def in_section(command: Command) -> Command:
    """The option `--section`."""
    option = click.option("--section", "in_section", type=Words(), help="Which one, if there are several.")
    return option(command)


def example(*lines: str) -> str:
    """The end of a command's help."""
    return "\b\nExample:\n" + "\n".join(f"  {line}" for line in lines)


def print_json(document: Any) -> None:
    """A document as JSON; decimals keep every digit."""
    click.echo(msgspec.json.format(_ENCODER.encode(document), indent=2).decode())


def print_table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Columns in line with each other; what could move the cursor is left out."""
    lines = [headings, *([_on_one_line(cell) for cell in row] for row in rows)]
    widths = [max(len(cell) for cell in column) for column in zip(*lines, strict=True)]
    for line in lines:
        click.echo("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())


def _on_one_line(text: str) -> str:
    return "".join(letter if letter.isprintable() else " " for letter in text)
