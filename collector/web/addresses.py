"""What the variable parts of addresses may hold: the ids of others, whatever is in them, but never U+0000.

No database keeps U+0000 in a text, so nothing has such a name: the address is not found.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Flask, request
from werkzeug.routing import BaseConverter, Map, Rule, UnicodeConverter

from collector.core.problems import Problem
from collector.core.segments.drafts import RESERVED


class Segment(UnicodeConverter):
    """`<name>`: a text without a slash."""

    def __init__(self, map: Map, *args: Any, **options: Any) -> None:  # noqa: A002 - werkzeug's own name
        super().__init__(map, *args, **options)
        self.regex = self.regex.replace("[^/]", "[^/\0]")


class Stem(Segment):
    """`<stem:public_id>`: a text without a slash or a dot, so that `x.js` is another address than `x`."""

    def __init__(self, map: Map, *args: Any, **options: Any) -> None:  # noqa: A002 - werkzeug's own name
        super().__init__(map, *args, **options)
        self.regex = self.regex.replace("[^/\0]", "[^/.\0]")


class Slug(BaseConverter):
    """`<slug:segment_id>`: the id of a segment; the words that addresses have in its place are none."""

    regex = rf"(?!(?:{'|'.join(sorted(RESERVED))})\Z)[a-z0-9_]{{1,32}}"


class Anything(BaseConverter):
    """`<anything:event_id>`: any text, with slashes and line ends wherever they are."""

    part_isolating = False
    regex = "[^\0]+"
    weight = 200


class Identifier(Anything):
    """`<identifier:value>`: any text that does not end as the address of something of a person's does.

    To erase `7/timeline` and to do something with the timeline of `7` must not be one address.
    """

    regex = "[^\0]+(?<!/timeline)(?<!/export)"


class Holder(Anything):
    """`<holder:profile_key>`: any text that does not end as the address of a profile's events does.

    To erase `7/sections/shop/events` and to do something with the events of `7` must not be one address.
    """

    regex = "[^\0]+(?<!/events)"


class Route(Rule):
    """A route whose writer of addresses is made when the first one is written.

    Werkzeug compiles two functions for every route when it is added: most of the time that a start takes, and
    few are ever called.
    """

    def _compile_builder(self, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
        made: list[Callable[..., tuple[str, str]]] = []

        def build(route: Rule, *values: Any, **named: Any) -> tuple[str, str]:
            if not made:
                made.append(Rule._compile_builder(route, append_unknown))
            return made[0](route, *values, **named)

        return build


def install(app: Flask) -> None:
    """Makes the addresses of `app` exact; call it before routes are added."""
    app.url_rule_class = Route
    # An id may begin with a slash or have two in a row: that is another id, not another way to write it.
    app.url_map.merge_slashes = False
    app.url_map.converters.update(
        default=Segment,
        string=Segment,
        anything=Anything,
        identifier=Identifier,
        holder=Holder,
        stem=Stem,
        slug=Slug,
    )

    @app.before_request
    def _refuse_two_slashes() -> None:
        # Werkzeug takes all slashes at the start for one.
        if request.environ["PATH_INFO"].startswith("//"):
            raise Problem("not-found", "There is nothing at this address.")
