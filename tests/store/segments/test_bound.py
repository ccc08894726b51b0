"""Nothing that comes in a tree is ever in the text of the SQL: it is bound, or chooses from lists of ours."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from collector.core.segments.tree import Node
from collector.store.segments.compiling import Scope
from collector.store.segments.finding import Finder
from tests.cast import NOON, Shop, open_shop
from tests.generated import examples
from tests.store.segments import histories
from tests.store.segments.test_exact import tree_of

MARK = "zq"
INPUTS = frozenset({"goal_name", "event_name", "kind", "field_name", "string_values", "json_path"})
OF_A_PROFILE = frozenset({"email", "crm_id", "mobile", "created_at", "first_seen", "last_seen"})
"""Names of fields that choose from a list."""

WORDS_OF_OURS = """
select from where and or not in is null as inner join on group by having order limit case when then
else end cast bigint json numeric collate over partition desc asc
profile total event definition version change identifier ranked place near at
id section merged_into attributes created_at event_name hidden_at number kind value occurred_at
goal_type goal_name goal_value goal_currency goal deleted_at trust consent data events valued whole fraction
least greatest first_at last_at
count sum min max coalesce row_number length sign rtrim strpos translate instr json_typeof exists
replace substr
fieldpost_kind fieldpost_text fieldpost_compared fieldpost_time fieldpost_fold c
"""
WORDS = frozenset(WORDS_OF_OURS.split())
LITERALS = frozenset({"''"})

FEW = settings(
    derandomize=True,
    deadline=None,
    max_examples=examples(15, 60),
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@pytest.fixture
def finder(ready_database_url: str) -> Iterator[Finder]:
    shop: Shop = open_shop(ready_database_url)
    yield shop.store.segments.finder
    shop.store.close()


def marked(tree: Any, evil: str, name: str = "") -> Any:
    """The same tree with a mark, and something evil, in every text of it that is free."""
    if isinstance(tree, dict):
        is_time = tree.get("field_type") == "time"
        return {
            key: value if is_time and key != "field_name" else marked(value, evil, key)
            for key, value in tree.items()
        }
    if isinstance(tree, list):
        return [marked(one, evil, name) for one in tree]
    if tree == "":
        return tree
    if name in ("field_name", "json_path") and isinstance(tree, str):
        return tree if tree.isdigit() or tree in OF_A_PROFILE else f"{MARK}_{tree}"
    if name == "kind" and tree in ("branch", "leaf"):
        return tree
    if name in ("event_name", "kind"):
        return f"{MARK}/{tree}"
    return f"{evil}{MARK}{tree}" if name in INPUTS and isinstance(tree, str) else tree


def is_clean(sql: str) -> None:
    assert MARK not in sql
    assert set(re.findall(r"'[^']*'", sql)) <= LITERALS
    assert {word.lower() for word in re.findall(r"[A-Za-z_][A-Za-z_0-9]*", sql)} - WORDS <= aliases(sql)
    assert re.findall(r"(?<![\w%])\d[\d.]*", sql) == []


def aliases(sql: str) -> set[str]:
    """t1, t2 …, as the query builder counts its tables; and the place of a parameter, %s."""
    return {f"t{number}" for number in range(1, 1 + sql.count("AS"))} | {"s"}


@FEW
@given(
    document=histories.trees,
    evil=st.one_of(
        st.sampled_from(["'", '"', "';--", "\\'", "%s", "?", "{0}", "$1", ":a", "/*", "`"]),
        st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=20),
    ),
)
def test_no_input_is_in_the_text_of_the_sql(finder: Finder, document: Any, evil: str) -> None:
    node = tree_of(marked(document, evil))
    scope = Scope("shop", NOON)
    sql, bound = finder.statement(node, scope)
    is_clean(sql)
    assert len(bound) == len(re.findall(r"\?|%s", sql))
    assert finder.share(node, scope).count == 0, "it is not even good SQL"


@FEW
@given(document=histories.trees)
def test_the_text_of_the_sql_depends_on_the_shape_of_the_tree_alone(finder: Finder, document: Any) -> None:
    scope = Scope("shop", NOON)
    plain: Node = tree_of(document)
    other: Node = tree_of(marked(document, "'"))
    assert finder.statement(plain, scope)[0] == finder.statement(other, Scope("lab", NOON + 1))[0]
