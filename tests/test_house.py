"""The rules of the house, as docs/architecture.md states them, proven on the source itself."""

from __future__ import annotations

import ast
import re
import statistics
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[1]

_BELOW_THE_WEB = {
    f"collector.{room}" for room in ("intake", "store", "core", "settings", "metrics", "traces")
}
_BELOW_THE_APP = _BELOW_THE_WEB | {
    "collector.web",
    "collector.jobs",
    "collector.delivery",
    "collector.clock",
    "snippet",
}

MAY_IMPORT = {
    "wsgi": {"collector.app", "collector.settings"},
    "collector.app": _BELOW_THE_APP,
    "collector.cli": _BELOW_THE_APP | {"collector.app", "collector.hostile", "collector.lake", "collector"},
    "collector.lake": {"collector.web", "collector.store", "collector.core"},
    "collector.__main__": {"collector.cli"},
    "collector.delivery": _BELOW_THE_WEB | {"collector.web"},
    "collector.web": _BELOW_THE_WEB | {"snippet", "collector"},
    "collector.jobs": _BELOW_THE_WEB,
    "collector.intake": {
        *("collector.store", "collector.core", "collector.settings", "collector.metrics", "collector.traces"),
    },
    "collector.store": {"collector.core", "collector.settings"},
    "collector.metrics": {"collector.core"},
    "collector.traces": set(),
    "collector.hostile": {"collector.core"},
    "collector.settings": {"collector.core"},
    "collector.clock": set(),
    "collector.core": set(),
    "collector": set(),
    "snippet": {"collector.core"},
}
"""room or lone module → the others whose modules it may import."""

SNIPPET_MAY_SEE = {"collector.core.fields", "collector.core.problems"}
ONLY_THE_STORE = {"peewee", "playhouse", "psycopg", "psycopg_pool", "sqlite3"}
NOT_IN_CORE = ONLY_THE_STORE | {
    *("flask", "werkzeug", "jinja2", "granian", "click", "yaml"),
    *(
        "os",
        "io",
        "pathlib",
        "shutil",
        "tempfile",
        "subprocess",
        "socket",
        "ssl",
        "http",
        "urllib",
        "logging",
    ),
    *("asyncio", "multiprocessing", "time", "random", "secrets", "sys"),
}
DRAWERS = {"utils", "util", "helpers", "helper", "common", "base", "manager", "service", "misc"}
FOLDERS = ("collector", "snippet", "templates", "tests", "benchmarks", "docs")
LINES_IN_A_FILE = 400
LINES_IN_A_FUNCTION = 60
LINES_IN_A_TYPICAL_FUNCTION = 15


def of_the_project(*endings: str) -> list[Path]:
    """Every file of the checkout with such an ending, leaving out what was installed or built there."""
    found = [path for path in REPOSITORY.iterdir() if path.is_file()]
    found += [path for folder in FOLDERS for path in (REPOSITORY / folder).rglob("*")]
    return sorted(path for path in found if path.name.endswith(endings))


def name_of(path: Path) -> str:
    """`collector/core/judge.py` is `collector.core.judge`, its `__init__.py` is `collector.core`."""
    parts = path.relative_to(REPOSITORY).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


PYTHON = of_the_project(".py")
MODULES = {name_of(path): path for path in PYTHON}


@cache
def trees() -> dict[Path, ast.Module]:
    """Every file of Python, read when the first test asks: whoever only collects tests need not wait."""
    return {path: ast.parse(path.read_text()) for path in PYTHON}


@cache
def code() -> dict[str, ast.Module]:
    """What is installed, by the names of its modules."""
    installed = {"collector", "snippet", "wsgi"}
    return {name: trees()[path] for name, path in MODULES.items() if name.split(".")[0] in installed}


def room_of(module: str) -> str:
    """The room that a module belongs to: the longest one that it starts with."""
    candidates = (room for room in MAY_IMPORT if module == room or module.startswith(f"{room}."))
    return max(candidates, key=len)


@cache
def imports(module: str) -> list[str]:
    """The full names of everything that a module imports, wherever in it that is done."""
    found: list[str] = []
    for node in ast.walk(code()[module]):
        if isinstance(node, ast.Import):
            found += (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            found += (source_of(node, alias.name, module) for alias in node.names)
    return found


def source_of(node: ast.ImportFrom, name: str, module: str) -> str:
    """The module that `from … import name` reads: `name` itself if that is one."""
    origin = node.module or ""
    if node.level:
        is_package = MODULES[module].name == "__init__.py"
        parts = module.split(".")
        above = parts[: len(parts) - node.level + is_package]
        origin = ".".join([*above, *filter(None, [node.module])])
    return f"{origin}.{name}" if f"{origin}.{name}" in MODULES else origin


def imports_of_ours(module: str) -> Iterator[str]:
    return (
        name for name in imports(module) if name.split(".")[0] in {"collector", "snippet", "wsgi", "tests"}
    )


def functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def lines_of(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    return (function.end_lineno or function.lineno) - function.lineno + 1


def names_used(tree: ast.AST) -> Iterator[tuple[ast.expr | ast.alias, str]]:
    """Every name in a module, attributes and imported ones included, with its node."""
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name) | ast.Attribute(attr=name) | ast.alias(name=name):
                yield node, name


def rooms() -> set[str]:
    """The folders right under `collector`, and those beside it, that hold Python."""
    folders = {path.parent.relative_to(REPOSITORY) for name, path in MODULES.items() if name in code()}
    return {folder.as_posix() for folder in folders if len(folder.parts) in (1, 2)} - {"collector"}


def test_imports_point_one_way() -> None:
    wrong = [
        f"{module} imports {name}"
        for module in code()
        for name in imports_of_ours(module)
        if name.startswith("tests")
        or (room_of(name) != room_of(module) and room_of(name) not in MAY_IMPORT[room_of(module)])
    ]
    assert wrong == []


def test_rooms_form_no_circle() -> None:
    edges = {
        room: {
            room_of(name) for module in code() if room_of(module) == room for name in imports_of_ours(module)
        }
        for room in MAY_IMPORT
    }
    remaining = {room: targets - {room} for room, targets in edges.items()}
    while free := {room for room, targets in remaining.items() if not targets & remaining.keys()}:
        remaining = {room: targets for room, targets in remaining.items() if room not in free}
    assert remaining == {}


def test_the_snippet_sees_of_the_collector_only_its_fields() -> None:
    seen = {name for module in code() if room_of(module) == "snippet" for name in imports_of_ours(module)}
    assert {name for name in seen if name.startswith("collector")} <= SNIPPET_MAY_SEE


def test_only_the_store_speaks_sql() -> None:
    wrong = [
        f"{module} imports {name}"
        for module in code()
        if room_of(module) != "collector.store"
        for name in imports(module)
        if name.split(".")[0] in ONLY_THE_STORE
    ]
    assert wrong == []


def test_the_rules_do_no_input_and_output() -> None:
    wrong = [
        f"{module} imports {name}"
        for module in code()
        if room_of(module) == "collector.core"
        for name in imports(module)
        if name.split(".")[0] in NOT_IN_CORE
    ]
    assert wrong == []


def test_every_room_says_what_it_is_for() -> None:
    packages = [name for name in code() if MODULES[name].name == "__init__.py"]
    assert [name for name in packages if not ast.get_docstring(code()[name])] == []
    assert sorted(room for room in rooms() if not (REPOSITORY / room / "__init__.py").exists()) == []


def test_no_module_is_a_drawer() -> None:
    assert [str(path) for path in PYTHON if DRAWERS & set(re.split(r"[_\W]", path.stem.lower()))] == []
    assert [name for name in MODULES if DRAWERS & set(name.split("."))] == []


def test_no_file_is_longer_than_a_reader_likes() -> None:
    sizes = {path: len(path.read_text().splitlines()) for path in of_the_project(".py", ".js")}
    assert {str(path): size for path, size in sizes.items() if size > LINES_IN_A_FILE} == {}


def test_no_function_is_longer_than_a_page() -> None:
    wrong = [
        f"{path}:{function.lineno} {function.name} has {lines_of(function)} lines"
        for path, tree in trees().items()
        for function in functions(tree)
        if lines_of(function) > LINES_IN_A_FUNCTION
    ]
    assert wrong == []


def test_a_typical_function_is_short() -> None:
    sizes = [lines_of(function) for tree in code().values() for function in functions(tree)]
    assert statistics.median(sizes) <= LINES_IN_A_TYPICAL_FUNCTION


def test_no_test_sleeps() -> None:
    wrong = [
        f"{path}:{node.lineno} {name}"
        for path, tree in trees().items()
        if path.is_relative_to(REPOSITORY / "tests")
        for node, name in names_used(tree)
        if name in {"sleep", "wait_for_timeout"}
    ]
    assert wrong == []


def test_the_map_shows_every_room() -> None:
    text = (REPOSITORY / "docs" / "architecture.md").read_text()
    assert sorted(room for room in rooms() if f"`{room}`" not in text) == []


@pytest.mark.parametrize(
    "page", of_the_project(".md"), ids=lambda page: page.relative_to(REPOSITORY).as_posix()
)
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    targets = re.findall(r"\]\(([^)\s]+)\)", page.read_text())
    local = [target.split("#")[0] for target in targets if not re.match(r"[a-z]+:", target)]
    assert [target for target in local if target and not (page.parent / target).exists()] == []
