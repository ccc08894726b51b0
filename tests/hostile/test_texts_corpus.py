"""The corpus of texts, written wherever somebody may write one: on every page it is text and nothing else."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path

import pytest

from collector.hostile.texts_corpus import TEXTS
from tests.cast import Shop, open_shop
from tests.web.pages.places import PLACES, fill, pages_of
from tests.web.pages.signing_in import signed_in

TURNING = frozenset("\u202a\u202b\u202d\u202e\u2066\u2067\u2068")
"""What turns the direction of a text. Behind one, everything on the line may read the other way round."""
SET_APART = frozenset({"bdi", "code", "pre", "option", "textarea", "title"})
"""Elements out of which a turned text does not get."""
LEADS_ELSEWHERE = frozenset({"href", "src", "action", "formaction"})
MOST = 100
"""Characters of the shortest thing that has a name: of a goal."""
STRANGE_TAGS = frozenset({"img", "iframe", "base", "style", "object", "embed"})


@dataclass
class Seen:
    """What a page is made of, and what it says."""

    tags: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)


class Reader(HTMLParser):
    """Reads a page as a browser does, in as far as this matters here."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.seen = Seen()
        self._open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._open.append(tag)
        self.seen.tags[tag] += 1
        if tag in STRANGE_TAGS:
            self.seen.wrong.append(f"<{tag}>")
        for name, value in attrs:
            if name.startswith("on") or name == "style":
                self.seen.wrong.append(f"{tag} {name}={value}")
            if name in LEADS_ELSEWHERE and not (value or "").startswith(("/", "#", "http://localhost/")):
                self.seen.wrong.append(f"{tag} {name}={value}")

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        self.seen.texts.append(data)
        if "script" in self._open and data.strip():
            self.seen.wrong.append(f"a script: {data}")
        if TURNING & set(data) and not SET_APART & set(self._open):
            self.seen.wrong.append(f"turned in {self._open[-3:]}: {data}")


def together(texts: Sequence[str]) -> list[str]:
    """Several texts in one, as long as a name may be: the pages are the same, and the time is less."""
    joined = [""]
    for text in texts:
        if len(joined[-1]) + len(text) >= MOST:
            joined.append("")
        joined[-1] += f" {text}"
    return [one.strip() for one in joined]


def seen(page: str) -> Seen:
    reader = Reader()
    reader.feed(page)
    return reader.seen


def walked(folder: Path, text: str) -> dict[str, Seen]:
    """Every page of a shop in which somebody wrote `text` wherever that can be done, by its endpoint."""
    shop = open_shop(f"sqlite:///{folder / 'fieldpost.db'}")
    made = fill(shop, text, "a/../b")
    client = signed_in(shop, section="*")
    pages = {}
    for endpoint, pattern in PLACES.items():
        answer = client.get(pattern.format(**made), follow_redirects=True)
        assert answer.status_code == (401 if endpoint == "pages_entry.welcome" else 200), endpoint
        pages[endpoint] = seen(answer.get_data(as_text=True))
    shop.store.close()
    return pages


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Seen]:
    """The same pages where everybody wrote the same plain words."""
    return walked(tmp_path_factory.mktemp("plain"), "plain")


def test_the_list_has_every_page(shop: Shop) -> None:
    assert set(PLACES) == pages_of(shop.app)


@pytest.mark.parametrize("text", together(TEXTS))
def test_hostile_texts_are_texts_on_every_page(tmp_path: Path, plain: dict[str, Seen], text: str) -> None:
    told = ""
    for endpoint, found in walked(tmp_path, text).items():
        assert found.wrong == [], endpoint
        assert found.tags == plain[endpoint].tags, endpoint
        told += " ".join(found.texts)
    assert text in told
