"""A snippet holds what its definition needs, and values can do no harm in it."""

from __future__ import annotations

import re

import pytest

from collector.core.fields import FIELD_TYPES, Field
from snippet.build import assemble, build
from snippet.parts import RUNTIME
from snippet.plan import Plan
from tests.snippet.plans import every_plan, plan

SLOT = re.compile(r"// \+ (\w+)")


@pytest.mark.parametrize("kind", FIELD_TYPES)
def test_the_check_of_a_type_is_there_where_the_type_is(kind: str) -> None:
    others = [Field(f"other_{name}", name) for name in FIELD_TYPES if name != kind]
    check = FIELD_TYPES[kind].javascript
    assert check in assemble(plan(Field("x", kind)))
    assert check not in assemble(plan(*others))


def test_fields_that_are_looked_at_alike_share_a_check() -> None:
    one, many = (assemble(plan(*(Field(f"f{n}", "date") for n in range(count)))) for count in (1, 50))
    check = FIELD_TYPES["date"].javascript
    assert one.count(check) == many.count(check) == 1


def test_choices_too_many_to_be_named_do_not_mix_up_two_fields() -> None:
    fields = [Field(name, "text", choices=tuple(f"{name}{n}" for n in range(20))) for name in ("a", "b")]
    script = build(plan(*fields))
    assert script.count('"a0"') == script.count('"b0"') == 1


def test_what_is_only_for_queues_is_not_in_a_snippet_without_one() -> None:
    without = build(plan(Field("x", "text"), queue=False, visitor="page"))
    assert "localStorage" not in without
    assert "setTimeout" not in without
    assert {"localStorage", "setTimeout"} <= set(re.findall(r"\w+", build(plan(Field("x", "text")))))


def test_nothing_of_the_build_itself_is_left_in_a_snippet() -> None:
    for queue in (True, False):
        for visitor in ("page", "session", "lasting"):
            script = build(plan(Field("x", "text"), queue=queue, visitor=visitor))
            assert "//" not in script.replace("https://", "")
            assert "\n" not in script


def test_every_partial_has_its_use() -> None:
    texts = "".join(map(assemble, every_plan()))
    for file in RUNTIME.glob("*.js"):
        if file.name != "tools.js":
            lines = SLOT.sub("", file.read_text().replace("const ", "let ")).rstrip().splitlines()
            assert lines[-1] in texts, file.name


def test_every_slot_is_filled_in_every_plan() -> None:
    for each in every_plan():
        assert not SLOT.search(assemble(each))


def test_words_that_are_not_for_the_browser_are_not_sent_there() -> None:
    field = Field("x", "text", description="the secret plan", pattern="[A-Z]+", personal=True)
    script = build(plan(field))
    assert "secret" not in script
    assert "A-Z" not in script


def test_values_end_no_script_element_and_need_no_encoding() -> None:
    hostile = (
        "</script><script>alert(1)</script>",
        "<!--",
        "`${alert(1)}`",
        "\u2028\u2029",
        "é😀",
        "'\"\\\n\r\t",
    )
    script = build(plan(Field("x", "text", choices=hostile)))
    assert script.isascii()
    assert script.replace("\n", "").isprintable()
    assert "</" not in script
    assert "<!" not in script


@pytest.mark.parametrize(
    "address",
    [
        *(
            "c.example",
            "//c.example",
            "javascript:alert(1)",
            "ftp://c.example",
            "https://",
            "",
            "https://c.example?a",
        ),
        *(
            "https://c.example#a",
            'https://c.example/"',
            "https://c.example/</script>",
            "https://c.example/\n",
        ),
        *(
            "https://c.example/`",
            "https://c.example/${x}",
            "https://c.example/\u2028",
            "https://c.example/((",
        ),
    ],
)
def test_an_address_that_is_none_is_refused(address: str) -> None:
    with pytest.raises(ValueError, match="address"):
        Plan("order.completed", "v1", address, ())


@pytest.mark.parametrize(
    ("event_name", "version_id"), [("Order", "v1"), ('a"b', "v1"), ("a", "../x"), ("a", "")]
)
def test_names_that_no_definition_has_are_refused(event_name: str, version_id: str) -> None:
    with pytest.raises(ValueError, match="event_name"):
        Plan(event_name, version_id, "https://c.example", ())


@pytest.mark.parametrize("address", ["https://c.example/", "http://127.0.0.1:8000", "https://[::1]:8000/in"])
def test_an_address_may_have_a_port_and_a_path(address: str) -> None:
    assert f'"{address.rstrip("/")}/b/v1"' in build(Plan("a", "v1", address, ()))


def test_the_same_plan_gives_the_same_bytes() -> None:
    first = build(plan(Field("x", "text")))
    build.cache_clear()
    assert build(plan(Field("x", "text"))) == first
