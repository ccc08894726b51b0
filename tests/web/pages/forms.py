"""What a browser without JavaScript does with a page: it reads the form and sends what stands in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser

Attributes = list[tuple[str, str | None]]


@dataclass
class Form:
    """The inputs of a page's form with the class `editor`, or of its first one after the masthead."""

    values: list[tuple[str, str]] = field(default_factory=list)

    def __getitem__(self, name: str) -> str:
        return next(value for one, value in self.values if one == name)

    def names(self) -> list[str]:
        return [name for name, _ in self.values]

    def sent(self, **changes: str | None) -> dict[str, str]:
        """What is sent after some inputs were changed (None: left out), dashes written `__`."""
        changed: Mapping[str, str | None] = {
            name.replace("__", "-"): value for name, value in changes.items()
        }
        merged = {**dict(self.values), **changed}
        return {name: value for name, value in merged.items() if value is not None}


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.form = Form()
        self._aside = 0
        self._select: str | None = None
        self._options: list[tuple[str, bool]] = []
        self._text: list[str] | None = None
        self._area = ""

    def handle_starttag(self, tag: str, attrs: Attributes) -> None:
        given = dict(attrs)
        self._aside += tag in ("template", "header")
        name = given.get("name")
        if self._aside:
            return
        if tag == "option" and self._select is not None:
            self._options.append((given.get("value") or "\0", "selected" in given))
            if "value" in given:
                self._options[-1] = (given["value"] or "", "selected" in given)
            self._text = []
        elif name is None or "disabled" in given:
            return
        elif tag == "input":
            self._input(name, given)
        elif tag == "select":
            self._select, self._options = name, []
        elif tag == "textarea":
            self._area, self._text = name, []

    def _input(self, name: str, given: Mapping[str, str | None]) -> None:
        ticked = given.get("type") in ("checkbox", "radio")
        if not ticked or "checked" in given:
            self.form.values.append((name, given.get("value") or ("on" if ticked else "")))

    def handle_data(self, data: str) -> None:
        if self._select is not None and self._options and self._options[-1][0] == "\0":
            self._options[-1] = (data.strip(), self._options[-1][1])
        elif self._text is not None:
            self._text.append(data)

    def handle_endtag(self, tag: str) -> None:
        self._aside -= tag in ("template", "header")
        if tag == "select" and self._select is not None:
            chosen = [value for value, is_selected in self._options if is_selected]
            self.form.values.append((self._select, chosen[-1] if chosen else self._options[0][0]))
            self._select, self._text = None, None
        elif tag == "textarea" and self._area:
            text = "".join(self._text or []).removeprefix("\n")
            self.form.values.append((self._area, text.replace("\n", "\r\n")))
            self._area, self._text = "", None


def form_of(page: str) -> Form:
    """The inputs of a page, as a browser would send them."""
    reader = _Reader()
    reader.feed(page)
    return reader.form
