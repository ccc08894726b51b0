"""The editor's buttons that change the list of fields; without JavaScript the page is rendered again."""

from __future__ import annotations

import re

from collector.core.fields import MAX_FIELDS
from collector.web.pages.editor_form import EMPTY_ROW, Form, Texts, premade_rows

_DO = re.compile("(remove|up|down|rules)-([0-9]{1,3})")


def is_about_rows(do: str) -> bool:
    """Whether the button called `do` changes the list and saves nothing."""
    return do in ("add", "update") or _DO.fullmatch(do) is not None


def changed_rows(form: Form, do: str, premade_of: str) -> tuple[Form, str]:
    """The form after a button was pressed, and the id of the input at which to go on.

    `premade_of` is the category whose pre-made fields were put in, if any were: as long as nobody touched
    them, another category brings its own.
    """
    rows = list(form.rows)
    focus = "category"
    if do == "add" and len(rows) < MAX_FIELDS:
        rows.append(dict(EMPTY_ROW))
        focus = f"fields-{len(rows) - 1}-name"
    elif do == "update" and premade_of and tuple(rows) == premade_rows(premade_of):
        rows = list(premade_rows(form.texts["category"])) or rows
    elif found := _DO.fullmatch(do):
        focus = _moved(rows, found[1], int(found[2]))
    return Form(form.texts, tuple(rows)), focus


def unfolded_row(do: str, form: Form) -> str:
    """The number of the field that shows every rule: the one that was asked for, or the new one."""
    if do == "add":
        return str(len(form.rows) - 1)
    return do.removeprefix("rules-") if do.startswith("rules-") else ""


def _moved(rows: list[Texts], how: str, number: int) -> str:
    if number >= len(rows):
        return "add"
    if how == "remove":
        del rows[number]
        return f"fields-{number}-remove" if number < len(rows) else "add"
    if how == "rules":
        return f"fields-{number}-name"
    other = number + (1 if how == "down" else -1)
    if not 0 <= other < len(rows):
        return f"fields-{number}-{how}"
    rows[number], rows[other] = rows[other], rows[number]
    return f"fields-{other}-{how}"
