"""From the plan of a snippet to its JavaScript: pick partials, fill slots, put in the values, minify."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import cycle, islice, product

import brotli
import minify

from snippet.parts import RUNTIME, partials
from snippet.plan import Plan
from snippet.values import declarations, in_a_loop, in_a_row

ORDERS = 48
"""How many orders of the declarations are tried, in one spelling and another; the smallest file is taken."""

SPELLINGS = (
    ('if (key.match("#fieldpost"))', "if (/#fieldpost/.test(key))"),
    ('(...given) => shared("identify", ...given)', 'shared.bind(0, "identify")'),
)
"""What does the same: which is smaller depends on what else is in the file."""

_SLOT = re.compile(r"^[ ]*// \+ (\w+)\n", re.MULTILINE)
_UNSAFE = re.compile(r"<(?=[/!])|[^\n\x20-\x7e]")


@lru_cache(maxsize=1024)
def build(plan: Plan, orders: int = ORDERS) -> str:
    """The snippet as it is served: minified, ASCII only, harmless inside an HTML script element too.

    It is the smallest of so many orders of its declarations; they do the same.
    """
    return min(map(_finished, islice(variants(plan), orders)), key=_weight)


@lru_cache(maxsize=256)
def bundle_of(plans: tuple[Plan, ...]) -> str:
    """One file for several events: the runtime is in it once for all that behave alike."""
    alike: dict[Plan, list[Plan]] = {}
    for plan in plans:
        alike.setdefault(plan.behaviour(), []).append(plan)
    return "\n".join(_finished(assemble_all(tuple(group))) for group in alike.values())


def assemble(plan: Plan) -> str:
    """The snippet before it is minified."""
    return next(variants(plan))


def assemble_all(plans: tuple[Plan, ...]) -> str:
    """A bundle of plans that behave alike, before it is minified."""
    if len(plans) == 1:
        return assemble(plans[0])
    return _filled(plans, in_a_loop(plans), "}\n")


def variants(plan: Plan) -> Iterator[str]:
    """The same snippet with its declarations in other orders and in other spellings, the plain one first."""
    declared = list(declarations((plan,)).items())
    dice = random.Random(7)
    for spellings in cycle(product(*SPELLINGS)):
        text = _filled((plan,), in_a_row(dict(declared)), "")
        for (usual, _), spelling in zip(SPELLINGS, spellings, strict=True):
            text = text.replace(usual, spelling)
        yield text
        dice.shuffle(declared)


def _filled(plans: tuple[Plan, ...], values: str, end: str) -> str:
    slots = {slot: "".join(map(_partial, names)) for slot, names in partials(plans).items()}
    slots |= {"values": values, "end": end}
    text = _partial("main")
    while _SLOT.search(text):
        text = _SLOT.sub(lambda slot: slots[slot[1]], text)
    return text


@lru_cache
def _partial(name: str) -> str:
    """A file of the runtime. One keyword for every declaration compresses better than two."""
    return re.sub(r"\bconst\b", "let", (RUNTIME / f"{name}.js").read_text("utf-8"))


def _finished(script: str) -> str:
    return _harmless(minify.string("application/javascript", script))


def _weight(script: str) -> int:
    return len(brotli.compress(script.encode(), quality=11))


def _harmless(script: str) -> str:
    """`</script>` and `<!--` end nothing, and no page's encoding changes a character.

    The minifier writes escapes out again, so this comes after it. In a literal `<` may be written as an
    escape, and the runtime has neither sequence outside of one.
    """
    return _UNSAFE.sub(lambda match: "".join(map(_escaped, match[0])), script)


def _escaped(character: str) -> str:
    units = character.encode("utf-16-be")
    return "".join(f"\\u{units[at]:02x}{units[at + 1]:02x}" for at in range(0, len(units), 2))
