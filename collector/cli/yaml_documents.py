"""YAML for definitions: exact numbers, dates as texts, and back without a loss.

YAML 1.1, which PyYAML speaks, reads `on:` as a truth value, `2026-05-04` as a date and `0.10` as a binary
float. Here only what YAML 1.2's core schema says is anything but text, and decimals stay decimals.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterator
from typing import Any, ClassVar

import yaml

from collector.core.fields import read_number

MOST_VALUES = 100_000
"""Counted with every alias resolved: a small file of aliases can stand for billions."""

_LONGEST_INTEGER = 40  # more than any type accepts; int() is slow beyond it

_DECIMAL = r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?"
_SCALARS = {
    "null": (re.compile(r"~|null|Null|NULL|"), ["~", "n", "N", ""]),
    "bool": (re.compile(r"true|True|TRUE|false|False|FALSE"), list("tTfF")),
    "int": (re.compile(r"[-+]?[0-9]+"), list("-+0123456789")),
    "float": (
        re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?"),
        list("-+.0123456789"),
    ),
    "merge": (re.compile(r"<<"), ["<"]),
}


class _Loader(yaml.SafeLoader):
    """Knows what is listed below, and nothing of what PyYAML would add to it."""

    yaml_constructors: ClassVar[dict[str | None, Any]] = {}

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        self._require_plain_keys(node)
        self.flatten_mapping(node)
        return {key.value: self.construct_object(value, deep=True) for key, value in node.value}

    def _require_plain_keys(self, node: yaml.MappingNode) -> None:
        seen = set()
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise yaml.constructor.ConstructorError(None, None, "a name must be a text", key.start_mark)
            if key.value in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"{key.value!r} is here twice", key.start_mark
                )
            seen.add(key.value)


_Loader.yaml_implicit_resolvers = {}


class _Dumper(yaml.SafeDumper):
    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        """Lists are indented under their names."""
        super().increase_indent(flow, False)


def _integer(loader: _Loader, node: yaml.ScalarNode) -> Any:
    if not _SCALARS["int"][0].fullmatch(node.value):
        raise yaml.constructor.ConstructorError(None, None, "this is no whole number", node.start_mark)
    return int(node.value) if len(node.value) <= _LONGEST_INTEGER else read_number(node.value)


def _list(loader: _Loader, node: yaml.SequenceNode) -> list[Any]:
    return [loader.construct_object(one, deep=True) for one in node.value]


for tag, (pattern, firsts) in _SCALARS.items():
    whole = re.compile(rf"(?:{pattern.pattern})\Z")
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{tag}", whole, firsts)
    # What the loader would take for a number must be quoted, beside what YAML 1.1 would.
    _Dumper.add_implicit_resolver(f"tag:yaml.org,2002:{tag}", whole, firsts)

_Loader.yaml_constructors |= {
    "tag:yaml.org,2002:null": lambda loader, node: None,
    "tag:yaml.org,2002:bool": lambda loader, node: node.value.lower() == "true",
    "tag:yaml.org,2002:int": _integer,
    "tag:yaml.org,2002:float": lambda loader, node: read_number(node.value),
    "tag:yaml.org,2002:str": lambda loader, node: node.value,
    "tag:yaml.org,2002:seq": _list,
    "tag:yaml.org,2002:map": _Loader.construct_mapping,
    None: _Loader.construct_undefined,
}


def read_yaml(text: str) -> list[Any]:
    """The documents in a YAML text, as decoded JSON with `Decimal` for numbers with a point.

    Raises `ValueError` with a sentence that names the line.
    """
    try:
        return list(_documents(_Loader(text)))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f" (line {mark.line + 1}, column {mark.column + 1})" if mark else ""
        raise ValueError(f"this is not YAML that can be read: {error.problem}{where}.") from error
    except yaml.YAMLError as error:
        raise ValueError(f"this is not YAML that can be read: {' '.join(str(error).split())}.") from error
    except RecursionError as error:
        raise ValueError("this is nested too deep.") from error


def write_yaml(document: Any) -> str:
    """The document as YAML that `read_yaml` gives back, members in their order."""
    return yaml.dump(document, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=100)


def _documents(loader: _Loader) -> Iterator[Any]:
    try:
        while loader.check_node():
            node = loader.get_node()
            assert node is not None
            if _count(node, {}) > MOST_VALUES:
                raise ValueError(f"this stands for more than {MOST_VALUES} values.")
            yield loader.construct_document(node)
    finally:
        loader.dispose()


def _count(node: yaml.Node, counted: dict[int, int]) -> int:
    """How many values a node stands for, aliases resolved. Raises `ValueError` if it holds itself."""
    if id(node) in counted:
        if counted[id(node)] < 0:
            raise ValueError("this holds itself.")
        return counted[id(node)]
    counted[id(node)] = -1
    inner: list[yaml.Node] = []
    if isinstance(node, yaml.MappingNode):
        inner = [one for pair in node.value for one in pair]
    elif isinstance(node, yaml.SequenceNode):
        inner = node.value
    counted[id(node)] = 1 + sum(_count(one, counted) for one in inner)
    return counted[id(node)]
