"""What the tests of erasure have in common: a person with a bit of everything, and a search for traces."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from collector.core import ids
from collector.core.definitions import Definition
from collector.core.events import Outcome
from collector.core.webhooks.hooks import HookDraft
from collector.store.erasure import Erased
from collector.store.webhooks.messages import WAITING, Attempt
from collector.store.webhooks.queue import Result, Standing
from tests.cast import ADMIN, ALICE, BOB, NOON, Shop
from tests.store.people import anonymous, claimed, owner, signed
from tests.store.writes import commit, rejection, write

LATER = NOON + 3_600_000_000
MOBILE = "+46701234567"
DIARY = "what only alice wrote"
DATA = f'{{"total":1,"phone":"{DIARY}"}}'
BROWSER = "visitor-of-alice"
TRACES = (ALICE["email"], "C-alice", MOBILE, DIARY, BROWSER, "a-1", "a-2")
"""What must be nowhere when Alice was erased."""


def fill(shop: Shop, definition: Definition) -> None:
    """Alice with two identifiers, a browser, an update, a merge, a conflict and refused payloads; and Bob."""
    draft = HookDraft("Partner", "http://127.0.0.1:1/", frozenset({"event.stored", "event.updated"}))
    shop.store.webhooks.create("shop", draft, ADMIN, NOON)
    whole = {**ALICE, "crm_id": "C-alice"}
    commit(shop, write(definition, "a-1", identifiers=whole, data=DATA))
    commit(
        shop,
        write(definition, "a-1", identifiers=whole, data=DATA[:-1] + ',"lines":2}', occurred_at=NOON + 1),
    )
    commit(shop, anonymous(definition, "a-2", BROWSER), signed(definition, "w-1", ALICE, BROWSER))
    # Before the merge, the number was somebody's of its own.
    commit(shop, write(definition, "m-1", identifiers={"mobile": MOBILE}))
    shop.store.merges.make("shop", owner(shop, {"mobile": MOBILE}), owner(shop, ALICE), ADMIN, NOON)
    # Bob has something of hers: her address as a second one, her browser, her past.
    commit(
        shop,
        write(definition, "b-1", identifiers=BOB),
        write(definition, "b-2", identifiers={"crm_id": "B", **BOB}),
    )
    commit(shop, write(definition, "b-3", identifiers={"crm_id": "B", **ALICE}))
    commit(shop, claimed(definition, "b-4", {"crm_id": "B", **ALICE}, BROWSER))
    commit(shop, write(definition, "b-5", identifiers=ALICE))
    commit(shop, write(definition, "b-5", identifiers=BOB, occurred_at=NOON + 1))
    commit(
        shop,
        rejection(event_id="r-1", payload='{"id":"r-1","identifiers":{"email":" ALICE@example.com "}}'),
        rejection(event_id="r-2", payload='{"id":"r-2","data":{"note":"for alice@example.com."}}'),
        rejection(event_id="r-3", payload=f'{{"id":"r-3","visitor":"{BROWSER}"}}'),
        rejection(event_id="a-1", payload='{"id":"a-1"}', definition_id=ids.decode(definition.id)),
        rejection(event_id="r-4", payload='{"id":"r-4","identifiers":{"email":"carol@example.com"}}'),
    )
    _tell(shop)
    shop.clock.moment = LATER


def _tell(shop: Shop) -> None:
    """A webhook has told of everybody, and its receiver answers with everything it was told."""
    queue, now = shop.store.queue, shop.clock.now()
    [hook] = shop.store.webhooks.all("shop")
    taken = queue.take(hook.hook.id, "test", now, now + 1)
    assert taken is not None
    answer = Attempt(now, 500, "The receiver answered 500.", 1, " ".join(TRACES))
    results = [Result(one, answer, WAITING, now) for one in queue.due(hook.hook.id, now, 50)]
    assert len(results) > 5
    assert queue.note(taken, "test", results, Standing(1, now), now)


def erase(shop: Shop, who: dict[str, str]) -> Erased:
    ((name),) = who.items()
    return shop.store.erasures.erase("shop", name, ADMIN, shop.clock.now())


def everything(shop: Shop) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table of the database, whatever tables there are."""
    database = shop.store.database
    tables = database.tables()
    with database.connected():
        return {table: database.peewee.execute_sql(f'SELECT * FROM "{table}"').fetchall() for table in tables}


def traces(shop: Shop, *looked_for: Any) -> list[str]:
    """Where any of this is left: in a text that contains it, in a number that is it."""
    return [
        f"{table}: {cell!r}"
        for table, rows in everything(shop).items()
        for row in rows
        for cell in row
        for one in looked_for
        if (isinstance(cell, str) and isinstance(one, str) and one in cell)
        or (cell == one and cell is not None)
    ]


def traces_in_files(shop: Shop, *looked_for: str) -> list[str]:
    """Which of this is in the bytes of the SQLite file, its log or its index."""
    path = Path(shop.store.database.url.removeprefix("sqlite:///"))
    files = {one.name: one.read_bytes() for one in path.parent.glob(f"{path.name}*")}
    assert files
    return [
        f"{name}: {one}" for name, content in files.items() for one in looked_for if one.encode() in content
    ]


def told(outcomes: list[Outcome]) -> list[str]:
    return [one.verdict for one in outcomes]
