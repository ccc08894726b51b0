"""Where the parts meet."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from flask import Flask

from collector import clock
from collector.intake.accept import Intake
from collector.intake.limits import Limits
from collector.intake.stream.line import Line
from collector.intake.stream.publishing import Publisher
from collector.settings import Settings
from collector.store.keeping import Kept
from collector.store.opening import open_store
from collector.store.steps import require_current
from collector.traces import spans
from collector.web import (
    access,
    addresses,
    beacons,
    custom_paths,
    front,
    gate,
    health,
    installs,
    metrics,
    pixels,
    problems,
    proxies,
    sessions,
    snippets,
    tracing,
)
from collector.web.access import require_declared
from collector.web.api import (
    audit,
    definitions,
    events,
    keys,
    people,
    privacy,
    profiles,
    proposals,
    rejections,
    segments,
    stats,
    webhooks,
)
from collector.web.apsis import audience as apsis_audience
from collector.web.apsis import tokens as apsis_tokens
from collector.web.cloudevents import door as cloudevents_door
from collector.web.notifuse import errors as notifuse_errors
from collector.web.notifuse import events as notifuse_events
from collector.web.notifuse import segments as notifuse_segments
from collector.web.notifuse import timeline as notifuse_timeline
from collector.web.openapi import reader
from collector.web.pages import (
    assets,
    conflicts,
    editor,
    elsewhere,
    endings,
    entry,
    event_page,
    files,
    live,
    members,
    on_your_site,
    overview,
    rfm,
    segment_builder,
    snippet_page,
    triggers,
    trying,
    webhook_form,
)
from collector.web.pages import audit as audit_pages
from collector.web.pages import definitions as definition_pages
from collector.web.pages import keys as key_pages
from collector.web.pages import privacy as privacy_pages
from collector.web.pages import profiles as profile_pages
from collector.web.pages import proposals as proposal_pages
from collector.web.pages import rejections as rejection_pages
from collector.web.pages import segments as segment_pages
from collector.web.pages import settings as setting_pages
from collector.web.pages import webhooks as webhook_pages
from collector.web.parts import Parts
from collector.web.segment_io import calls as segment_calls
from collector.web.site_editor import doors as editor_doors
from collector.web.site_editor import health as editor_health
from collector.web.site_editor import history as editor_history
from collector.web.site_editor import scripts as editor_scripts
from collector.web.site_editor import trying as editor_trying

ROOMS = (
    health,
    metrics,
    sessions,
    beacons,
    pixels,
    installs,
    snippets,
    editor_scripts,
    editor_doors,
    editor_trying,
    editor_history,
    editor_health,
    events,
    definitions,
    proposals,
    profiles,
    privacy,
    people,
    rejections,
    segments,
    webhooks,
    keys,
    audit,
    stats,
    notifuse_events,
    notifuse_segments,
    notifuse_timeline,
    segment_calls,
    cloudevents_door,
    apsis_tokens,
    apsis_audience,
    reader,
    assets,
    entry,
    overview,
    live,
    event_page,
    rejection_pages,
    profile_pages,
    privacy_pages,
    conflicts,
    segment_pages,
    segment_builder,
    rfm,
    definition_pages,
    editor,
    proposal_pages,
    endings,
    snippet_page,
    triggers,
    on_your_site,
    trying,
    files,
    webhook_pages,
    webhook_form,
    key_pages,
    members,
    audit_pages,
    setting_pages,
)
"""What answers, each with its routes on a blueprint."""

SHAPES = {
    **dict.fromkeys(notifuse_errors.ADDRESSES, notifuse_errors.error_json),
    **dict.fromkeys(segment_calls.ADDRESSES, segment_calls.error_json),
}
"""Where refusals look as those of another API: what addresses begin with, and the shape."""

HERE = Path(__file__).parent


def templates_folder() -> Path:
    """The templates: beside this file where Fieldpost is installed, beside the package in a checkout."""
    installed = HERE / "_templates"
    return installed if installed.is_dir() else HERE.parent / "templates"


def create_app(
    settings: Settings,
    *,
    now: Callable[[], int] = clock.now,
    tick: Callable[[], float] = clock.tick,
    is_stopping: Callable[[], bool] = lambda: False,
) -> Flask:
    """The whole collector as a Flask app.

    `now` gives microseconds since 1970, `tick` monotonic seconds. Once `is_stopping`, it is not ready any
    more. Raises `OlderDatabase` and what `open_store` raises.
    """
    if settings.migrate == "refuse":
        require_current(settings.database)
    kept = Kept(settings.rejections_kept, settings.unnamed_days)
    store = open_store(settings.database, now, tick, kept)
    app = Flask("collector", template_folder=str(templates_folder()), static_folder=None)
    limits = Limits(store.allowances, settings.rate_limit)
    publisher = Publisher(Line(settings.stream), store.commit, tick) if settings.stream else None
    parts = Parts(settings, store, Intake(store, now, publisher), now, is_stopping, limits, publisher)
    parts.attach(app)
    problems.install(app, SHAPES, elsewhere.page_for_people)
    if spans.are_kept():
        tracing.install(app)
    addresses.install(app)
    for room in ROOMS:
        app.register_blueprint(room.blueprint)
    require_declared(app)
    access.install(app)
    front.install(app, parts)
    gate.install(app, store, tick, settings.max_body, SHAPES)
    proxies.install(app, settings.trusted_proxies)
    custom_paths.install(app, settings.script_path, settings.beacon_path)
    return app
