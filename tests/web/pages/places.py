"""Every page there is, with something on each: the one list that all walks over the pages share.

A new page is one more line here; a test says so if it is missing.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from flask import Flask

from collector.core import ids, strict_json
from collector.core.definitions import Definition, WebTracking
from collector.core.rights import RIGHTS
from collector.core.segments.drafts import Draft, read_draft
from collector.core.site_drafts import judge_site_draft
from collector.core.webhooks.hooks import TYPES, HookDraft
from collector.delivery.sending import shown
from collector.store.profiles import Profile
from collector.store.segments.compiling import Scope
from collector.store.segments.rfm import rfm_grid
from collector.store.webhooks.messages import WAITING, Attempt
from collector.store.webhooks.queue import Result, Standing
from collector.web.access import ANYBODY, PAGES, right_of
from tests.cast import ADMIN, EVERY_TYPE, Shop
from tests.core.segments.trees import branch, contact, goal, timeline

PLAIN = "Corner shop"
PEOPLE = {"email": "eve@example.com", "mobile": "+46701234567"}

ON = WebTracking(enabled=True)

PLACES: Mapping[str, str] = {
    "pages_entry.home": "/",
    "pages_entry.show": "/sign-in",
    "pages_entry.account": "/account",
    "pages_entry.welcome": "/welcome/{welcome}",
    "pages_overview.index": "/sections/shop/overview",
    "pages_definitions.index": "/sections/shop/definitions",
    "pages_definitions_editor.new": "/sections/shop/new-definition",
    "pages_proposals.ask": "/sections/shop/draw-up",
    "pages_definitions.show": "/sections/shop/definitions/{name}",
    "pages_definitions_editor.edit": "/sections/shop/definitions/{name}/edit",
    "pages_definitions_snippet.index": "/sections/shop/definitions/{name}/snippet",
    "pages_definitions_triggers.index": "/sections/shop/definitions/{name}/triggers",
    "pages_definitions_on_site.index": "/sections/shop/on-your-site",
    "pages_trying.ask": "/sections/shop/definitions/{name}/try",
    "pages_definitions_endings.ask": "/sections/shop/definitions/{name}/hide",
    "pages_live.index": "/sections/shop/live",
    "pages_live_events.event": "/sections/shop/events/{event}",
    "pages_live_events.rejection": "/sections/shop/rejections/{rejection}",
    "pages_rejections.index": "/sections/shop/rejections",
    "pages_profiles.index": "/sections/shop/profiles",
    "pages_profiles.show": "/sections/shop/profiles/{profile}",
    "pages_profiles.confirm": "/sections/shop/profiles/{profile}/merge/{other}",
    "pages_profiles_privacy.confirm": "/sections/shop/profiles/{profile}/erase",
    "pages_profiles_conflicts.index": "/sections/shop/conflicts",
    "pages_profiles_conflicts.merges": "/sections/shop/merges",
    "pages_segments.index": "/sections/shop/segments",
    "pages_segments.show": "/sections/shop/segments/{segment}?with={compared}",
    "pages_segments.ask": "/sections/shop/segments/{segment}/delete",
    "pages_segments_builder.new": "/sections/shop/new-segment?template=vip",
    "pages_segments_builder.edit": "/sections/shop/segments/{segment}/edit",
    "pages_segments_rfm.index": "/sections/shop/segments/rfm",
    "pages_segments_rfm.cell": "/sections/shop/segments/rfm/{recency}/{frequency}",
    "pages_files.index": "/sections/shop/files",
    "pages_webhooks.index": "/sections/shop/webhooks",
    "pages_webhooks.show": "/sections/shop/webhooks/{webhook}",
    "pages_webhooks.ask": "/sections/shop/webhooks/{webhook}/delete",
    "pages_webhooks_form.new": "/sections/shop/new-webhook",
    "pages_webhooks_form.edit": "/sections/shop/webhooks/{webhook}/edit",
    "pages_keys.index": "/sections/shop/keys",
    "pages_members.index": "/sections/shop/members",
    "pages_audit.index": "/sections/shop/audit",
    "pages_settings.index": "/sections/shop/settings",
}
"""Endpoint → address; what stands in braces is made by `fill`."""

PARTS_OF_PAGES = frozenset(
    {
        "pages_live.news",
        "pages_definitions_snippet.arrived",
        "pages_profiles_privacy.export",
        "pages_files.export",
        *("pages_segments.members_as_csv", "pages_segments.members_as_json_lines"),
    }
)
"""What the scripts of pages ask for, and files: no pages of their own."""


def pages_of(app: Flask) -> set[str]:
    """The endpoints of every page that an app answers with."""
    found = {
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if rule.endpoint.startswith(PAGES) and "GET" in (rule.methods or ())
    }
    return found - PARTS_OF_PAGES


def roles_of(app: Flask, endpoint: str) -> frozenset[str]:
    """The roles in a section that open a page; those of nobody where it belongs to no section."""
    right = right_of(app.view_functions[endpoint])
    return RIGHTS[right].roles if right is not None and right != ANYBODY else frozenset()


def fill(shop: Shop, text: str = PLAIN, event_name: str = "order.completed") -> dict[str, str]:
    """Something on every page, with `text` wherever somebody else may write one; what the addresses need."""
    _draft(shop, text, shop.define(_definition(text, event_name)))
    section = shop.store.sections.find("shop")
    assert section is not None
    shop.store.sections.change(section, text, "reject", ADMIN, shop.clock.now())
    shop.store.sections.create("Second shop", "reject", ADMIN, shop.clock.now())
    shop.store.people.invite("bob@example.com", "shop", "viewer", ADMIN, shop.clock.now())
    _send(shop, text, event_name)
    _merge(shop, text)
    found = {kind: shop.store.profiles.find("shop", kind, value) for kind, value in PEOPLE.items()}
    [event] = shop.store.events.latest("shop", 1)
    [rejection, *_] = shop.store.rejections.page("shop", 1, None).items
    return {
        "name": event_name.replace("/", "~"),
        "event": ids.encode(event.id),
        "rejection": ids.encode(rejection.id),
        "profile": ids.encode(_there(found["email"]).id),
        "other": ids.encode(_there(found["mobile"]).id),
        "welcome": "used",
        "webhook": _tell(shop, text),
        **a_cell(shop),
        **dict(zip(("segment", "compared"), _divide(shop, text, event_name), strict=True)),
    }


def _tell(shop: Shop, text: str) -> str:
    """The id of a webhook that fails: whoever answers may say whatever they like."""
    now, store = shop.clock.now(), shop.store
    draft = HookDraft(text, "https://hooks.example/in", frozenset(TYPES), segments=frozenset({"everything"}))
    made, _ = store.webhooks.create("shop", draft, ADMIN, now)
    store.deliveries.send_test(made.hook.id, now)
    taken = store.queue.take(made.hook.id, "fill", now, now + 1)
    assert taken is not None
    attempt = Attempt(now, 500, f"The receiver answered 500. {text}", 12, shown(text.encode()))
    results = [Result(one, attempt, WAITING, now) for one in store.queue.due(made.hook.id, now, 5)]
    assert store.queue.note(taken, "fill", results, Standing(1, now), now)
    return made.id


def _definition(text: str, event_name: str) -> dict[str, Any]:
    told = {"description": text, "choices": [text, "other"], "pattern": "(?s).*"}
    return {
        **EVERY_TYPE,
        "event_name": event_name,
        **dict.fromkeys(("title", "owner", "description"), text),
        "tags": [text[:50]],
        "fields": [*EVERY_TYPE["fields"], {"name": "said", "type": "text", **told}],
        "extra_fields": "keep",
        "goal": {"type": "purchase", "name": text, "value_field": "total", "currency_field": "currency"},
        "web_tracking": {"enabled": True, "source": text, "triggers": [_trigger(text)]},
    }


def _trigger(text: str) -> dict[str, Any]:
    values = {"said": {"from": "constant", "value": text}}
    return {"on": "click", "selector": "#buy", "address": "/shop/*", "values": values}


def _draft(shop: Shop, text: str, definition: Definition) -> None:
    """Drafts of the editor on the site: of the definition that there is, and of a new one."""
    said = {"fields": [{"name": "said", "type": "text"}], "triggers": [_trigger(text)]}
    fresh = {"title": text, "category": "signal", **said}
    drafts = (
        (
            definition,
            judge_site_draft({"title": f"{text}2"}, definition.draft.event_name, definition.draft, ON),
        ),
        (None, judge_site_draft(fresh, "drafted.there", None, ON)),
    )
    for stored, draft in drafts:
        shop.store.editing.keep("shop", draft, "https://shop.example", stored, ADMIN, shop.clock.now())


def _send(shop: Shop, text: str, event_name: str) -> None:
    """Three people, of whom two pairs are named together; one change; two refusals."""
    till = shop.key(text)
    event = {"event": event_name, "source": text}
    data = {"total": 1, "said": text, "phone": text, text: text}
    email, mobile, crm = {"email": PEOPLE["email"]}, {"mobile": PEOPLE["mobile"]}, {"crm_id": text}
    stored = [
        {**event, "id": "1", "identifiers": email, "data": data},
        {**event, "id": "2", "identifiers": crm, "data": data},
        {**event, "id": "3", "identifiers": mobile, "data": data},
        {**event, "id": "4", "identifiers": {**email, **crm}, "data": data},
        {**event, "id": f"5{text}", "identifiers": {**email, **mobile}, "data": data},
    ]
    refused = [
        {**event, "id": text, "identifiers": email, "data": {"total": text, text: text}},
        {"event": text, "source": text, "id": text, "identifiers": {"email": text}, "data": {text: 1}},
    ]
    for event_sent in (*stored, *refused):
        verdict = shop.send(till, event_sent).get_json()["verdict"]
        assert verdict == ("stored" if event_sent in stored else "rejected"), event_sent
    shop.clock.forward(1)
    changed = {**stored[4], "data": {**data, "total": 2, text: text * 2}}
    assert shop.send(till, changed).get_json()["verdict"] == "updated"


def _merge(shop: Shop, text: str) -> None:
    """One merge that is undone, and one that is not."""
    profiles, merges, now = shop.store.profiles, shop.store.merges, shop.clock.now()
    email, mobile = (_there(profiles.find("shop", kind, value)) for kind, value in PEOPLE.items())
    crm = _there(profiles.find("shop", "crm_id", text))
    merges.undo("shop", merges.make("shop", crm.id, mobile.id, ADMIN, now).id, ADMIN, now)
    merges.make("shop", crm.id, email.id, ADMIN, now)


def a_cell(shop: Shop) -> dict[str, str]:
    """Where in the grid somebody is."""
    cells = rfm_grid(shop.store.database, Scope("shop", shop.clock.now()))
    found = next(one for one in cells if one.count)
    return {"recency": str(found.recency), "frequency": str(found.frequency)}


def _divide(shop: Shop, text: str, event_name: str) -> list[str]:
    """A segment with every kind of condition, one of them as code, and one that is like it."""
    words = {"field_type": "string", "operator": "not_equals", "string_values": [text]}
    several = {"field_type": "json", "operator": "in_array", "string_values": [text, "b"], "json_path": ["a"]}
    filters = [{"field_name": "said", **words}, {"field_name": "said", **several}]
    names = {"goal_name": text[:100].replace("\r\n", " "), "event_name": event_name}
    names |= {"currency": "SEK", "trust": "key"}
    last = {"timeframe_operator": "in_the_last_days", "timeframe_values": ["30"]}
    strange = contact({"field_name": "city", **words, "string_values": [f"a\n{text}"]})
    tree = branch(
        "or",
        goal(**names, version=1, filters=filters, value=1, operator="between", value_2=2),
        branch("and", timeline(kind=event_name, **last), timeline(kind="nobody.did")),
        branch("and", branch("or", contact({"field_name": "city", **words}), strange), goal(pick="last")),
    )
    about = {"name": text, "color": text[:50]}
    trees = {"everything": tree, "bought": goal(goal_type="*", value=0)}
    return [make_segment(shop, {**about, "id": one, "tree": each}) for one, each in trees.items()]


def make_segment(shop: Shop, sent: dict[str, Any]) -> str:
    """The id of a new segment."""
    draft = read_draft(strict_json.read(json.dumps(sent).encode()))
    assert isinstance(draft, Draft), draft
    return shop.store.segments.create("shop", draft, ADMIN, shop.clock.now()).draft.id


def _there(profile: Profile | None) -> Profile:
    assert profile is not None
    return profile
