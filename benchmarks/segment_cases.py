"""What `benchmarks.segments` asks: condition trees, and the same questions in DuckDB's SQL.

The tables there are `events` (those that count for somebody), `entries` (of timelines) and `profiles`; `$now`
is the moment of the question, in microseconds. Each query gives the profiles that match.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tests.cast import NOON

DAY = 86_400_000_000
Tree = dict[str, Any]


@dataclass(frozen=True)
class Asked:
    """A tree, and its profiles in DuckDB's SQL."""

    tree: Tree
    sql: str


@dataclass(frozen=True)
class Case:
    """A question with the milliseconds that it may take on SQLite."""

    name: str
    asked: Asked
    most_ms: float = 2_000
    is_plain: bool = False
    """Whether SQLite understands DuckDB's SQL for it."""


def goal(where: str, having: str, *, negate: bool = False, **members: Any) -> Asked:
    """A leaf of sums: its rows in SQL, and what their group must be."""
    query = (
        f"SELECT profile FROM events WHERE goal_type IS NOT NULL AND {where} GROUP BY profile HAVING {having}"
    )
    leaf = {"goal_type": "*", "aggregate_operator": "count", "operator": "gte", "value": 1}
    leaf |= {"timeframe_operator": "anytime", "negate": negate} | members
    node = {"kind": "leaf", "leaf": {"source": "custom_events_goals", "custom_events_goal": leaf}}
    return Asked(node, f"SELECT id FROM profiles WHERE id NOT IN ({query})" if negate else query)


def picked(pick: str, where: str, chosen: str, **members: Any) -> Asked:
    """A leaf of the first or the last event with a goal."""
    order = "occurred_at, id" if pick == "first" else "occurred_at DESC, id DESC"
    place = f"row_number() OVER (PARTITION BY profile ORDER BY {order}) = 1"
    ranked = f"SELECT * FROM events WHERE goal_type IS NOT NULL AND {where} QUALIFY {place}"
    asked = goal("true", "true", pick=pick, **members)
    return Asked(asked.tree, f"SELECT profile FROM ({ranked}) WHERE {chosen}")


def timeline(kind: str, where: str, count: str, number: int, **members: Any) -> Asked:
    """A leaf of entries; `count` is one of the three words for it."""
    sign = {"at_least": ">=", "at_most": "<=", "exactly": "="}[count]
    entries = f"SELECT profile FROM entries WHERE name = '{kind}' AND {where} GROUP BY profile"
    leaf = {"kind": kind, "count_operator": count, "count_value": number, "timeframe_operator": "anytime"}
    node = {
        "kind": "leaf",
        "leaf": {"source": "contact_timeline", "contact_timeline": {**leaf, **members}},
    }
    if count == "at_least" and number > 0:
        return Asked(node, f"{entries} HAVING count(*) {sign} {number}")
    others = f"{entries} HAVING NOT (count(*) {sign} {number})"
    return Asked(node, f"SELECT id FROM profiles WHERE id NOT IN ({others})")


def contact(field: str, days: int) -> Asked:
    """Who was seen first or last in so many days; of all events that count."""
    of = {"first_seen": "min", "last_seen": "max"}[field]
    query = f"SELECT profile FROM events GROUP BY profile HAVING {of}(occurred_at) {last(days)}"
    one = {"field_name": field, "field_type": "time", "operator": "in_the_last_days"}
    node = {
        "kind": "leaf",
        "leaf": {"source": "contacts", "contact": {"filters": [{**one, "string_values": [str(days)]}]}},
    }
    return Asked(node, query)


def joined(operator: str, *parts: Asked) -> Asked:
    word = {"and": " INTERSECT ", "or": " UNION "}[operator]
    branch = {"operator": operator, "leaves": [one.tree for one in parts]}
    return Asked({"kind": "branch", "branch": branch}, word.join(f"({one.sql})" for one in parts))


def last(days: int) -> str:
    return f"BETWEEN {NOON - days * DAY + 1} AND {NOON}"


def within(days: int) -> dict[str, Any]:
    return {"timeframe_operator": "in_the_last_days", "timeframe_values": [str(days)]}


def of_text(name: str, operator: str, *texts: str) -> Tree:
    return {"field_name": name, "field_type": "string", "operator": operator, "string_values": list(texts)}


def of_number(name: str, operator: str, number: int) -> Tree:
    return {"field_name": name, "field_type": "number", "operator": operator, "number_values": [number]}


def text(name: str) -> str:
    return f"json_extract_string(data, '$.{name}')"


def number(name: str) -> str:
    return f"CAST(json_extract_string(data, '$.{name}') AS DECIMAL(38, 6))"


ORDER = "name = 'order.completed'"
PURCHASE: dict[str, Any] = {"goal_type": "purchase"}
VIP = goal(
    "goal_type = 'purchase'",
    "sum(goal_value) >= 1000000000",
    **PURCHASE,
    aggregate_operator="sum",
    value=1000,
)
VIP_LATELY = goal(
    f"goal_type = 'purchase' AND occurred_at {last(60)}",
    "sum(goal_value) >= 300000000",
    **PURCHASE,
    aggregate_operator="sum",
    value=300,
    **within(60),
)
VIP_OF_A_YEAR = goal(
    f"goal_type = 'purchase' AND occurred_at {last(365)}",
    "sum(goal_value) >= 500000000",
    **PURCHASE,
    aggregate_operator="sum",
    value=500,
    **within(365),
)
NO_PURCHASE = goal(
    f"goal_type = 'purchase' AND occurred_at {last(90)}", "true", negate=True, **PURCHASE, **within(90)
)
THREE_ORDERS = timeline("order.completed", f"occurred_at {last(30)}", "at_least", 3, **within(30))
MANY_PAGES = timeline("page.viewed", f"occurred_at {last(30)}", "at_least", 3, **within(30))
MANY_PAGES_EVER = timeline("page.viewed", "true", "at_least", 20)
NO_PAGE = timeline("page.viewed", f"occurred_at {last(30)}", "exactly", 0, **within(30))
FEW_SEARCHES = timeline("search.made", "true", "at_most", 2)
LONG_READS = timeline(
    "page.viewed",
    f"{number('seconds')} >= 290",
    "at_least",
    2,
    filters=[of_number("seconds", "gte", 290)],
)
SHOES = timeline(
    "page.viewed",
    f"contains({text('url')}, '/shoes/1')",
    "at_least",
    3,
    filters=[of_text("url", "contains", "/Shoes/1")],
)
DEAR_PRODUCTS = timeline(
    "product.viewed",
    f"{number('price')} > 90 AND {text('category')} <> 'hats'",
    "at_least",
    1,
    filters=[of_number("price", "gt", 90), of_text("category", "not_equals", "hats")],
)
BIG_CARTS = timeline(
    "cart.updated", f"{number('lines')} = 9", "at_least", 2, filters=[of_number("lines", "equals", 9)]
)
GIFTS = goal(
    f"{ORDER} AND {text('gift')} = 'true'",
    "sum(goal_value) >= 100000000",
    event_name="order.completed",
    aggregate_operator="sum",
    value=100,
    filters=[of_text("gift", "equals", "true")],
)
FIRST_LARGE = picked(
    "first",
    "goal_type = 'purchase'",
    f"goal_value >= 80000000 AND occurred_at {last(180)}",
    **PURCHASE,
    aggregate_operator="sum",
    value=80,
    **within(180),
)
LAST_WITH_CAMPAIGN = picked(
    "last",
    f"{ORDER} AND {text('campaign')} = 'autumn'",
    "goal_value >= 50000000",
    event_name="order.completed",
    aggregate_operator="sum",
    value=50,
    filters=[of_text("campaign", "equals", "autumn")],
)
AVERAGE_SIGNED = goal(
    "trust = 'signed' AND currency = 'SEK'",
    "sum(goal_value) >= 60000000 * count(goal_value)",
    trust="signed",
    currency="SEK",
    aggregate_operator="avg",
    value=60,
)
NEW_HERE, SEEN = contact("first_seen", 200), contact("last_seen", 30)

CASES = (
    Case("VIP: purchases of 1,000 and more, without a window", VIP, 50, True),
    Case("the same in 60 days", VIP_LATELY, 900, True),
    Case("the same in a year", VIP_OF_A_YEAR, 900),
    Case("no purchase in 90 days", NO_PURCHASE),
    Case("at least 3 orders in 30 days", THREE_ORDERS),
    Case("at least 3 views of a page in 30 days", MANY_PAGES, is_plain=True),
    Case("at least 20 views of a page, ever", MANY_PAGES_EVER),
    Case("no view of a page in 30 days", NO_PAGE),
    Case("a number in the data of the most frequent event, ever", LONG_READS),
    Case("a part of a text in the data of the most frequent event, ever", SHOES),
    Case("the first purchase, in 180 days, of 80 and more", FIRST_LARGE),
    Case("first seen in 200 days", NEW_HERE),
    Case(
        "five leaves: sums, a window, counts, zero",
        joined("and", VIP, MANY_PAGES, FEW_SEARCHES, SEEN, joined("or", NO_PURCHASE, THREE_ORDERS)),
    ),
    Case(
        "five leaves: first, last, average, new, a window",
        joined("or", FIRST_LARGE, LAST_WITH_CAMPAIGN, joined("and", AVERAGE_SIGNED, NEW_HERE), VIP_OF_A_YEAR),
    ),
    Case(
        "five leaves: all on data, none with a window",
        joined("or", joined("and", LONG_READS, SHOES), DEAR_PRODUCTS, BIG_CARTS, GIFTS),
    ),
    Case(
        "five leaves: all on the most frequent event, ever",
        joined("and", MANY_PAGES_EVER, LONG_READS, SHOES, joined("or", NO_PAGE, MANY_PAGES)),
    ),
)
"""The fourth tree is the worst that five leaves can be: every one reads every page view there is."""
