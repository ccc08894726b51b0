"""Random lives of a section: what its people do, what becomes of it, and trees that ask about it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st
from msgspec.structs import replace

from collector.core.events import KEPT, Write
from collector.core.goals import GOAL_TYPES, Goal, move_given
from tests.cast import NOON

DAY = 86_400_000_000
EVENT_NAMES = ("order.completed", "lead/sent")
HIDDEN = "trial-started"
LARGEST = 10**16 - 1

PEOPLE = ({"crm_id": "1"}, {"crm_id": "2"}, {"email": "åsa@x.se"}, {"email": "bo@x.se", "crm_id": "2"})
MOMENTS = (0, 1, -1, DAY, -DAY, -DAY + 1, -2 * DAY, -30 * DAY, -30 * DAY + 1, -31 * DAY)
VALUES = (None, 0, 1, -1, 50_000_000, -50_000_000, 49_995_000, 100_000_001, -3_333_333, LARGEST, -LARGEST)
ASKED = ("0", "-1", "50", "49.995", "100.000001", "-16.6666665", "0.5", "2", "3", "9999999999.999999", "2e10")
DATA = (
    {},
    {"total": "149.90", "name": "Åsa Öberg", "on": "2026-09-21", "at": "2026-09-21T14:13:20Z"},
    {"total": "149.9", "name": "100%_x", "on": "2026-09-20", "at": "2026-09-20T23:59:59.5Z"},
    {
        "total": "12345678901234567890.123456789012345678",
        "name": True,
        "at": "yesterday",
        "more": [1, {"a": "b"}],
    },
    {"total": "-0.1", "name": None, "on": "2026-02-30", "more": {"0": 1, "a": "B"}},
)


def data_text(data: dict[str, Any]) -> str:
    """As it is stored: a total is a number with all its digits."""
    rest = json.dumps({name: value for name, value in data.items() if name != "total"}, ensure_ascii=False)
    return rest if "total" not in data else f'{{"total":{data["total"]},{rest[1:]}'.replace(",}", "}")


@dataclass(frozen=True)
class Deed:
    """One write of an event: which, by whom, when, and what it says."""

    event_name: str
    event_id: str
    person: int
    at: int
    goal: Goal | None
    data: int
    trust: str
    version: int
    deletion: str
    consent: str | None = None

    def as_write(self, plain: Write) -> Write:
        moment = NOON + MOMENTS[self.at]
        return replace(
            plain,
            event_name=self.event_name,
            event_id=self.event_id,
            identifiers=PEOPLE[self.person],
            trust=self.trust,
            occurred_at=moment,
            data=data_text(DATA[self.data]),
            given_goal=self.goal,
            consent=self.consent,
            deletion={"kept": KEPT, "deleted": moment, "restored": None}[self.deletion],
        )


goals = st.builds(
    Goal,
    type=st.sampled_from([*GOAL_TYPES[:2], GOAL_TYPES[0], None]),
    value=st.sampled_from(VALUES),
    name=st.sampled_from([None, "plus"]),
    currency=st.sampled_from([None, "SEK", "EUR"]),
).filter(lambda goal: move_given(None, goal, 1) is not None and goal != Goal(None))
deeds = st.builds(
    Deed,
    event_name=st.sampled_from([*EVENT_NAMES, EVENT_NAMES[0], HIDDEN]),
    event_id=st.sampled_from("abcdefgh"),
    person=st.integers(0, len(PEOPLE) - 1),
    at=st.integers(0, len(MOMENTS) - 1),
    goal=st.one_of(st.none(), goals, goals, goals),
    data=st.integers(0, len(DATA) - 1),
    trust=st.sampled_from(["key", "signed"]),
    version=st.integers(1, 2),
    deletion=st.sampled_from(["kept", "kept", "kept", "deleted", "restored"]),
    consent=st.sampled_from([None, "true", "false", '{"Ads":false,"ads":true}', '{"a:false":true}']),
)
lives = st.lists(st.lists(deeds, min_size=1, max_size=6), min_size=2, max_size=5)

dates = st.sampled_from(
    ["2026-09-21", "2026-09-20", "2026-08-22", "2026-09-21T14:13:20Z", "2026-09-21T16:13:20+02:00"]
)
timeframes = st.one_of(
    st.just({"timeframe_operator": "anytime"}),
    st.sampled_from(["0", "1", "30", "31"]).map(
        lambda days: {"timeframe_operator": "in_the_last_days", "timeframe_values": [days]}
    ),
    st.tuples(st.sampled_from(["before_date", "after_date"]), dates).map(
        lambda one: {"timeframe_operator": one[0], "timeframe_values": [one[1]]}
    ),
    st.tuples(dates, dates).map(
        lambda two: {"timeframe_operator": "in_date_range", "timeframe_values": list(two)}
    ),
)


def test_of(operators: list[str], name: str, values: st.SearchStrategy[list[Any]]) -> Any:
    return st.tuples(st.sampled_from(operators), values).map(lambda two: {"operator": two[0], name: two[1]})


def one_of(values: list[Any]) -> st.SearchStrategy[list[Any]]:
    return st.sampled_from(values).map(lambda value: [value])


texts = ["å", "ÖBERG", "%", "_", "true", "149.9", "Åsa Öberg", "x.se", "bo@x.se", "1", "B", "'; DROP"]
numbers = ["149.9", "149.90", "0", "12345678901234567890.123456789012345677", "-0.1", "1"]
is_set = st.sampled_from([{"operator": "is_set"}, {"operator": "is_not_set"}])
text_tests = st.one_of(
    is_set,
    test_of(["equals", "not_equals"], "string_values", one_of(texts)),
    test_of(
        ["contains", "not_contains", "in_array"],
        "string_values",
        st.lists(st.sampled_from(texts), min_size=1, max_size=3),
    ),
)
number_tests = st.one_of(
    is_set,
    test_of(["equals", "not_equals", "gt", "gte", "lt", "lte"], "number_values", one_of(numbers)),
)
time_tests = st.one_of(
    is_set,
    test_of(["before_date", "after_date"], "string_values", dates.map(lambda day: [day])),
    test_of(["in_date_range", "not_in_date_range"], "string_values", st.tuples(dates, dates).map(list)),
    test_of(["in_the_last_days", "not_in_the_last_days"], "string_values", one_of(["0", "1", "30"])),
)


def filters_on(fields: dict[str, list[str]]) -> Any:
    tests = {"string": text_tests, "number": number_tests, "time": time_tests}
    return st.one_of(
        *[
            st.tuples(st.sampled_from(names), tests[kind]).map(
                lambda two, kind=kind: {"field_name": two[0], "field_type": kind, **two[1]}
            )
            for kind, names in fields.items()
        ]
    )


below = st.tuples(st.sampled_from([["a"], ["0"], ["1", "a"]]), st.one_of(text_tests, number_tests)).map(
    lambda two: {"field_name": "more", "field_type": "json", "json_path": two[0], **two[1]}
)
in_data = st.one_of(
    below,
    filters_on({"string": ["name", "total"], "number": ["total", "name"], "time": ["on", "at", "total"]}),
)
in_profile = st.one_of(
    below,
    filters_on(
        {
            "string": ["email", "crm_id", "mobile", "name"],
            "number": ["total"],
            "time": ["created_at", "first_seen", "last_seen", "on", "at"],
        }
    ),
)
few = st.lists(in_data, max_size=1)


UNKNOWN = {"consent": "unknown", "purpose": "ads"}


def leaf(source: str, member: str) -> Any:
    return lambda inside: {"kind": "leaf", "leaf": {"source": source, member: inside}}


goal_leaves = (
    st.builds(
        lambda asked, timeframe, optional: {**asked, **timeframe, **optional},
        st.fixed_dictionaries(
            {
                "goal_type": st.sampled_from(["*", *GOAL_TYPES[:2]]),
                "aggregate_operator": st.sampled_from(["sum", "count", "avg", "min", "max"]),
                "operator": st.sampled_from(["gte", "lte", "eq", "between"]),
                "value": st.sampled_from(ASKED),
                "value_2": st.sampled_from(ASKED),
            }
        ),
        timeframes,
        st.fixed_dictionaries(
            {},
            optional={
                "goal_name": st.sampled_from(["", "plus"]),
                "currency": st.sampled_from(["SEK", "eur"]),
                "trust": st.sampled_from(["key", "claimed"]),
                "pick": st.sampled_from(["all", "first", "last"]),
                "negate": st.booleans(),
                "filters": few,
            },
        ),
        # A version needs its event: they come together.
    )
    .flatmap(
        lambda inside: st.sampled_from(
            [{}, {}, {"event_name": EVENT_NAMES[0]}, {"event_name": EVENT_NAMES[0], "version": 2}]
        ).map(lambda more: {**inside, **more})
    )
    .flatmap(
        lambda inside: st.sampled_from(
            [{}, {}, {}, {"consent": "true"}, {"consent": "false", "purpose": "Ads"}, UNKNOWN]
        ).map(lambda more: {**inside, **more})
    )
    .map(leaf("custom_events_goals", "custom_events_goal"))
)
timeline_leaves = st.builds(
    lambda asked, timeframe, filters: {**asked, **timeframe, "filters": filters},
    st.fixed_dictionaries(
        {
            "kind": st.sampled_from([*EVENT_NAMES, f"custom_event.{EVENT_NAMES[0]}", HIDDEN, "Open Email"]),
            "count_operator": st.sampled_from(["at_least", "at_most", "exactly"]),
            "count_value": st.integers(0, 3),
        }
    ),
    timeframes,
    few,
).map(leaf("contact_timeline", "contact_timeline"))
contact_leaves = st.lists(in_profile, min_size=1, max_size=2).map(
    lambda filters: leaf("contacts", "contact")({"filters": filters})
)
leaves = st.one_of(goal_leaves, goal_leaves, timeline_leaves, contact_leaves)
trees = st.recursive(
    leaves,
    lambda nodes: st.builds(
        lambda operator, inside: {"kind": "branch", "branch": {"operator": operator, "leaves": inside}},
        st.sampled_from(["and", "or"]),
        st.lists(nodes, min_size=1, max_size=3),
    ),
    max_leaves=5,
)


def as_json(tree: Any) -> bytes:
    """Numbers were made as texts, so that no digit of theirs was lost."""
    if isinstance(tree, dict):
        return b"{" + b",".join(json.dumps(k).encode() + b":" + _member(k, v) for k, v in tree.items()) + b"}"
    if isinstance(tree, list):
        return b"[" + b",".join(map(as_json, tree)) + b"]"
    return json.dumps(tree).encode()


def _member(name: str, value: Any) -> bytes:
    if name in ("value", "value_2"):
        return str(value).encode()
    if name == "number_values":
        return b"[" + b",".join(one.encode() for one in value) + b"]"
    return as_json(value)
