"""The builder's buttons that change the tree and save nothing."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from collector.core.segments.reading import MOST_LEVELS
from collector.web.pages.segment_form import GROUP, Form, Node
from collector.web.pages.segment_leaves import NEW, NEW_FILTER, fitting

REFRESH = "refresh"
"""Shows the form again, with what fits what was chosen."""

_DO = re.compile("(add-[a-z]{4,9}|remove|wrap|dissolve|up|down|filter|drop)-([0-9]{1,6})(?:-([0-9]{1,6}))?")
_ADDED = {"goal": "goal_type", "timeline": "kind", "contact": "filter", GROUP: "operator"}


@dataclass(frozen=True, slots=True)
class Moved:
    """The input at which to go on, and what was done, for who does not see it."""

    focus: str = ""
    said: str = ""


def is_a_move(do: str) -> bool:
    """Whether the button called `do` changes the tree and saves nothing."""
    return do == REFRESH or _DO.fullmatch(do) is not None


def move(form: Form, do: str, types: Mapping[str, Mapping[str, str]]) -> Moved:
    """Changes the form as a button says.

    `types` is event name (empty: of profiles) → field → type of a filter.
    """
    found = _DO.fullmatch(do)
    node = form.find(int(found[2])) if found else None
    moved = Moved()
    if found and node is not None:
        act = _ACTS.get(found[1])
        if found[1].startswith("add-"):
            moved = _add(form, node, found[1].removeprefix("add-"))
        elif act is not None:
            moved = act(form, node)
        elif found[1] == "drop" and found[3]:
            moved = _drop(node, int(found[3]))
    for one in form.root.walk():
        if one.kind in NEW:
            filters = fitting(one.condition, types.get(event_of(one), {})).filters
            one.filters = dict(zip(one.filters, filters, strict=True))
    return moved


def event_of(node: Node) -> str:
    """The event that the filters of a condition look at; `*` for those of several, empty for the profile."""
    return {"goal": node.texts.get("event_name") or "*", "timeline": node.texts.get("kind", "")}.get(
        node.kind, ""
    )


def depth_of(form: Form, node: Node) -> int:
    """How many groups a node is in."""
    parent = form.parent_of(node)
    return 0 if parent is None else 1 + depth_of(form, parent)


def _add(form: Form, group: Node, kind: str) -> Moved:
    if (
        group.kind != GROUP
        or kind not in _ADDED
        or (kind == GROUP and depth_of(form, group) + 1 >= MOST_LEVELS)
    ):
        return Moved()
    number = form.free_number()
    texts = (
        {"operator": "or" if group.texts["operator"] == "and" else "and"}
        if kind == GROUP
        else dict(NEW[kind])
    )
    group.children.append(Node(number, kind, texts, {0: dict(NEW_FILTER)} if kind == "contact" else {}))
    first = "f0-field" if kind == "contact" else _ADDED[kind]
    return Moved(f"n{number}-{first}", "A group is added." if kind == GROUP else "A condition is added.")


def _remove(form: Form, node: Node) -> Moved:
    parent = form.parent_of(node)
    if parent is None:
        return Moved()
    place = _place(parent, node)
    del parent.children[place]
    after = parent.children[min(place, len(parent.children) - 1)] if parent.children else None
    return Moved(f"remove-{after.number}" if after else f"add-timeline-{parent.number}", "It is removed.")


def _wrap(form: Form, node: Node) -> Moved:
    """Puts a condition into a group of its own, in which the other word joins."""
    parent = form.parent_of(node)
    if parent is None or depth_of(form, node) >= MOST_LEVELS:
        return Moved()
    operator = "or" if parent.texts["operator"] == "and" else "and"
    group = Node(form.free_number(), GROUP, {"operator": operator}, children=[node])
    parent.children[_place(parent, node)] = group
    return Moved(f"n{group.number}-operator", "It is in a group of its own.")


def _dissolve(form: Form, node: Node) -> Moved:
    """What is in a group goes to where the group was."""
    parent = form.parent_of(node)
    if parent is None or node.kind != GROUP:
        return Moved()
    place = _place(parent, node)
    parent.children[place : place + 1] = node.children
    return Moved(f"n{parent.number}-operator", "The group is dissolved.")


def _up(form: Form, node: Node) -> Moved:
    return _shift(form, node, -1, "up")


def _down(form: Form, node: Node) -> Moved:
    return _shift(form, node, 1, "down")


def _shift(form: Form, node: Node, by: int, how: str) -> Moved:
    parent = form.parent_of(node)
    if parent is None:
        return Moved()
    place = _place(parent, node)
    if 0 <= place + by < len(parent.children):
        parent.children.insert(place + by, parent.children.pop(place))
    return Moved(
        f"{how}-{node.number}", f"It is number {_place(parent, node) + 1} of {len(parent.children)}."
    )


def _filter(form: Form, node: Node) -> Moved:
    if node.kind not in NEW:
        return Moved()
    number = max(node.filters, default=-1) + 1
    node.filters[number] = dict(NEW_FILTER)
    return Moved(f"n{node.number}-f{number}-field", "A line is added.")


def _drop(node: Node, number: int) -> Moved:
    node.filters.pop(number, None)
    return Moved(f"filter-{node.number}", "The line is removed.")


def _place(parent: Node, node: Node) -> int:
    return next(place for place, child in enumerate(parent.children) if child is node)


_ACTS: Mapping[str, Callable[[Form, Node], Moved]] = {
    "remove": _remove,
    "wrap": _wrap,
    "dissolve": _dissolve,
    "up": _up,
    "down": _down,
    "filter": _filter,
}
