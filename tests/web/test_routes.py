"""Every route says who may use it."""

from __future__ import annotations

import pytest
from flask import Flask

from collector.web.access import ANYBODY, allow, require_declared, right_of
from tests.cast import Shop

OPEN = {
    "assets.file",
    "pages_entry.home",
    "pages_entry.show",
    "pages_entry.sign_in",
    "pages_entry.account",
    "pages_entry.welcome",
    "pages_entry.become_first",
    "pages_entry.set_password",
    "pages_settings.create_section",
    "health.health",
    "health.ready",
    "sessions.open_link",
    "sessions.sign_out",
    "apsis_tokens.token",
    "beacons.receive",
    "beacons.preflight",
    "snippets.script",
    "snippets.revised_script",
    "snippets.tools_file",
    "snippets.declarations",
    "snippets.module",
    "snippets.bundle",
    "snippets.bundle_declarations",
    "installs.answer",
    "pixels.receive",
    # These look at a token of their own (tests/web/site_editor/test_tokens.py).
    "site_editor_scripts.script",
    "site_editor_scripts.tried_script",
    "site_editor_doors.index",
    "site_editor_doors.show",
    "site_editor_doors.keep",
    "site_editor_doors.throw_away",
    "site_editor_doors.publish",
    "site_editor_trying.verdict",
    "site_editor_history.index",
    "site_editor_history.undo",
    "site_editor_health.index",
    "reader.document",
    "reader.page",
    "reader.file",
}
"""All that can be had without a key. One more here is a decision."""


def test_only_these_routes_are_open_to_anybody(shop: Shop) -> None:
    rights = {name: right_of(view) for name, view in shop.app.view_functions.items()}
    assert {name for name, right in rights.items() if right == ANYBODY} == OPEN


def test_a_route_that_does_not_say_who_may_use_it_does_not_start() -> None:
    app = Flask("careless", static_folder=None)
    app.add_url_rule("/open", "open", allow(ANYBODY)(lambda: "ok"))
    require_declared(app)
    app.add_url_rule("/leak", "leak", lambda: "everything")
    with pytest.raises(RuntimeError, match="leak"):
        require_declared(app)
