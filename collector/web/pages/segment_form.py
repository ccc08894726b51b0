"""The builder's form: a segment's tree as a list of nodes with inputs, and what was sent as a tree again.

Every node has a number that stays its own while the form is worked on: the inputs of node 7 are called
`n7-…`, those of its filter 2 `n7-f2-…` (a field is chosen as `known` or typed as `field`). `n7-in` says in
which node it is, and what it is; within a group nodes stand as they come in the form. A leaf that nobody
touched is sent back as it was, member for member.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from werkzeug.datastructures import MultiDict

from collector.core import strict_json
from collector.core.problems import Fault
from collector.core.segments.reading import MOST_LEAVES, read_tree
from collector.core.segments.tree import ContactLeaf, GoalLeaf, TimelineLeaf
from collector.web.pages.segment_leaves import (
    NEW,
    NEW_FILTER,
    Condition,
    Json,
    Texts,
    condition_of,
    input_of,
    leaf_of,
)
from collector.web.pages.shown import pretty

ROOT = 0
MOST_NODES = 4 * MOST_LEAVES
GROUP, CODE = "group", "code"
ABOUT = ("name", "color", "timezone")

SENTENCES: Mapping[tuple[str, str], str] = {
    ("member-missing", "name"): "Give it a name.",
    ("member-missing", "kind"): "Choose an event.",
    ("member-missing", "field_name"): "Say which one.",
    ("member-missing", "string_values"): "Say which value.",
    ("member-missing", "number_values"): "Say which number.",
    ("too-few-members", "leaves"): "Add a condition here, or remove the group.",
    ("type-wrong", "This is a number."): "Write a number.",
    ("type-wrong", "This is a list of numbers."): "Write a number.",
    ("type-wrong", "This is a whole number."): "Write a whole number.",
}
"""(code, last member of the pointer or sentence) → what a person is to do."""

_NODE = re.compile("n([0-9]{1,6})-in")
_WHERE = re.compile("([0-9]{1,6}):([a-z]{1,9})")
_FILTER = re.compile("n([0-9]{1,6})-f([0-9]{1,6})-field")


@dataclass(slots=True)
class Node:
    """A group with its `children`, a condition with its inputs and filters by number, or JSON (`texts.json`).

    `was` is a condition's leaf as it is stored; empty for a new one.
    """

    number: int
    kind: str
    texts: Texts = field(default_factory=dict)
    filters: dict[int, Texts] = field(default_factory=dict)
    children: list[Node] = field(default_factory=list)
    was: str = ""

    def walk(self) -> Iterator[Node]:
        yield self
        for child in self.children:
            yield from child.walk()

    @property
    def condition(self) -> Condition:
        return Condition(self.kind, self.texts, tuple(self.filters.values()))


@dataclass(slots=True)
class Form:
    """What stands in the builder: the texts about the segment, the outermost group, what was seen of it.

    `is_bare`: the tree was a leaf without a group around it, and stays one as long as it is alone.
    """

    about: Texts
    root: Node
    is_bare: bool = False

    def find(self, number: int) -> Node | None:
        return next((node for node in self.root.walk() if node.number == number), None)

    def parent_of(self, node: Node) -> Node | None:
        return next((one for one in self.root.walk() if any(child is node for child in one.children)), None)

    def free_number(self) -> int:
        return max(node.number for node in self.root.walk()) + 1


def form_of(about: Texts, tree: Mapping[str, Any] | None) -> Form:
    """The form that shows a right tree; of none, an empty group."""
    root = Node(ROOT, GROUP, {"operator": "and"})
    if tree is None:
        return Form(about, root)
    numbers = iter(range(1, 10**6))
    if tree["kind"] == "leaf":
        root.children = [_node_of(dict(tree), numbers)]
        return Form(about, root, is_bare=True)
    root.texts["operator"] = tree["branch"]["operator"]
    root.children = [_node_of(one, numbers) for one in tree["branch"]["leaves"]]
    return Form(about, root)


def read_form(sent: MultiDict[str, str]) -> Form:
    """What was sent. What names no node, or one that is not there, is passed over."""
    root = Node(ROOT, GROUP, {"operator": sent.get("n0-operator", "and")})
    nodes = {ROOT: root}
    for name, where in sent.items():
        found, inside = _NODE.fullmatch(name), _WHERE.fullmatch(where)
        if found is None or inside is None or len(nodes) > MOST_NODES or int(found[1]) in nodes:
            continue
        number, parent, kind = int(found[1]), nodes.get(int(inside[1])), inside[2]
        if parent is None or parent.kind != GROUP or kind not in (*NEW, GROUP, CODE):
            continue
        start = f"n{number}-"
        nodes[number] = Node(number, kind, _texts_of(sent, start, kind), was=sent.get(start + "was", ""))
        parent.children.append(nodes[number])
    for name in sent:
        if (found := _FILTER.fullmatch(name)) and int(found[1]) in nodes:
            start = f"n{found[1]}-f{found[2]}-"
            texts = {one: _normal(sent.get(start + one, text)) for one, text in NEW_FILTER.items()}
            texts["field"] = sent.get(start + "known") or texts["field"]
            nodes[int(found[1])].filters[int(found[2])] = texts
    about = {name: sent.get(name, "") for name in ABOUT}
    return Form(about, root, is_bare=sent.get("bare") == "yes")


def tree_of(form: Form) -> Json:
    """The tree that a form stands for. Raises `strict_json.Unreadable` for JSON that is none."""
    if form.is_bare and len(form.root.children) == 1:
        return document_of(form.root.children[0])
    return document_of(form.root)


def document_of(node: Node) -> Json:
    """The part of the tree that a node and what is in it stand for. Raises `strict_json.Unreadable`."""
    if node.kind == GROUP:
        leaves = [document_of(child) for child in node.children]
        return {"kind": "branch", "branch": {"operator": node.texts["operator"], "leaves": leaves}}
    if node.kind == CODE:
        document: Json = _read(node.texts["json"])
        return document
    was = _leaf_before(node)
    return was if was and condition_of(was) == node.condition else leaf_of(node.condition, was)


def faults_by_input(faults: Iterable[Fault], form: Form) -> dict[str, list[str]]:
    """Name of an input, or `n7` of a node → what is wrong there; what belongs to no place: the empty name."""
    found: dict[str, list[str]] = {}
    for fault in faults:
        found.setdefault(_place(fault.pointer.split("/")[1:], form), []).append(_told(fault))
    return found


def json_faults(form: Form) -> dict[str, list[str]]:
    """What is no JSON, by its input."""
    found = {}
    for node in form.root.walk():
        if node.kind == CODE:
            try:
                _read(node.texts["json"])
            except strict_json.Unreadable as unreadable:
                found[f"n{node.number}-json"] = [unreadable.message]
    return found


def _told(fault: Fault) -> str:
    """A fault for people: the sentences of trees are those of an API."""
    member = fault.pointer.rpartition("/")[2]
    return SENTENCES.get((fault.code, member)) or SENTENCES.get((fault.code, fault.message)) or fault.message


def _place(steps: list[str], form: Form) -> str:
    if steps[:1] != ["tree"]:
        return steps[0] if steps and steps[0] in ABOUT else "name" if steps == ["id"] else ""
    node, rest = form.root, steps[1:]
    if form.is_bare and len(node.children) == 1:
        node = node.children[0]
    while rest[:2] == ["branch", "leaves"] and len(rest) > 2 and node.kind == GROUP:
        node, rest = node.children[int(rest[2])], rest[3:]
    start = f"n{node.number}"
    if node.kind == CODE:
        return f"{start}-json"
    if node.kind == GROUP:
        return f"{start}-operator" if rest[-1:] == ["operator"] else start
    inside = rest[2:]
    if inside[:1] == ["filters"] and len(inside) > 2:
        number, texts = list(node.filters.items())[int(inside[1])]
        return f"{start}-f{number}-{input_of(inside[2], texts)}"
    place = input_of(inside[0], node.texts) if inside else ""
    return f"{start}-{place}" if place in node.texts else start


def _node_of(document: Json, numbers: Iterator[int]) -> Node:
    number = next(numbers)
    if document["kind"] == "branch":
        children = [_node_of(one, numbers) for one in document["branch"]["leaves"]]
        return Node(number, GROUP, {"operator": document["branch"]["operator"]}, children=children)
    condition = condition_of(document)
    if condition is None:
        return Node(number, CODE, {"json": pretty(document)})
    filters = dict(enumerate(condition.filters))
    return Node(number, condition.kind, condition.texts, filters, was=pretty(document))


def _texts_of(sent: MultiDict[str, str], start: str, kind: str) -> Texts:
    blank = {GROUP: {"operator": "and"}, CODE: {"json": ""}}.get(kind) or NEW[kind]
    return {name: _normal(sent.get(start + name, text)) for name, text in blank.items()}


def _read(text: str) -> Any:
    return strict_json.read(text.encode())


def _leaf_before(node: Node) -> Json | None:
    """The leaf as it was stored, if the browser sent back what it was given."""
    try:
        document = _read(node.was) if node.was else None
    except strict_json.Unreadable:
        return None
    found = read_tree(document) if isinstance(document, dict) else None
    return document if isinstance(found, GoalLeaf | TimelineLeaf | ContactLeaf) else None


def _normal(text: str) -> str:
    """Browsers send the lines of a text with CR LF between them."""
    return text.replace("\r\n", "\n")
