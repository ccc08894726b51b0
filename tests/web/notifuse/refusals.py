"""Every refusal of an event, as data: what is sent, and the sentence that comes back with 400."""

from __future__ import annotations

from typing import Any, NamedTuple

from tests.web.notifuse.doors import event

REQUEST = "validation error: invalid request: "
EVENT = "validation error: invalid custom event: "
UNREADABLE = "Invalid request body"
WRONG_NAME = "event_name must contain only lowercase letters, numbers, underscores, dots, and slashes"
GOALS = "goal_type must be one of: [purchase subscription lead signup booking trial other]"
NOT_A_TEXT = "A text must not contain U+0000 or a lone surrogate."
LONG_NAME = "event_name must be 100 characters or less"
LONG_ID = "external_id must be 255 characters or less"
LONG_GOAL = "goal_name must be 100 characters or less"
NOT_GIVEN = "goal_type: This event's goal comes from its definition; it cannot be given."
SIGNUP = "user/signed-up"


class Refusal(NamedTuple):
    """An event with something wrong, and the sentence without its beginning."""

    sent: dict[str, Any]
    sentence: str
    beginning: str = EVENT
    in_import: str | None = None
    """The sentence in an import where it is another one; empty: there it is accepted."""


REFUSALS = [
    # Of the request: the members that it needs, and the goal.
    Refusal(event(email=""), "email is required", REQUEST),
    Refusal(event(email=None), "email is required", REQUEST),
    Refusal(event(event_name=""), "event_name is required", REQUEST),
    Refusal(event(event_name=None), "event_name is required", REQUEST),
    Refusal(event(""), "external_id is required", REQUEST),
    Refusal(event("x" * 256), LONG_ID, REQUEST),
    Refusal(event(goal_type=""), GOALS, REQUEST),
    Refusal(event(goal_type="sale"), GOALS, REQUEST),
    Refusal(event(goal_type="Purchase", goal_value=1), GOALS, REQUEST),
    Refusal(event(goal_type="purchase"), "goal_value is required for goal_type 'purchase'", REQUEST),
    Refusal(event(goal_type="subscription"), "goal_value is required for goal_type 'subscription'", REQUEST),
    Refusal(event(goal_name="x" * 101), LONG_GOAL, REQUEST),
    # The order of the rules: each of these breaks a later one too.
    Refusal({}, "email is required", REQUEST, "external_id is required"),
    Refusal(event("", event_name=None), "event_name is required", REQUEST, "external_id is required"),
    Refusal(event("", goal_type="x", goal_name="x" * 101), "external_id is required", REQUEST),
    Refusal(event("x" * 256, email=None, goal_type="x"), "email is required", REQUEST, LONG_ID),
    Refusal(event("x" * 256, goal_type="x", event_name="NO"), LONG_ID, REQUEST),
    Refusal(event(goal_type="x", event_name="NO"), GOALS, REQUEST, WRONG_NAME),
    Refusal(
        event(goal_type="purchase", goal_name="x" * 101),
        "goal_value is required for goal_type 'purchase'",
        REQUEST,
    ),
    Refusal(event(goal_name="x" * 101, event_name="NO"), LONG_GOAL, REQUEST, WRONG_NAME),
    Refusal(event(event_name="X" * 101), LONG_NAME),
    Refusal(event(event_name="NO", occurred_at="0001-01-01T00:00:00Z"), WRONG_NAME),
    # Of the event: its name and its time.
    Refusal(event(event_name="x" * 101), LONG_NAME),
    Refusal(event(event_name="Order"), WRONG_NAME),
    Refusal(event(event_name="order completed"), WRONG_NAME),
    Refusal(event(event_name="order.completed\n"), WRONG_NAME),
    Refusal(event(event_name="ordre.\u00e9"), WRONG_NAME),
    Refusal(event(event_name="\0"), WRONG_NAME),
    Refusal(event(event_name="nobody.defined.this"), "event_name is not defined"),
    Refusal(event(event_name="__proto__"), "event_name is not defined"),
    Refusal(event(occurred_at="0001-01-01T00:00:00Z"), "occurred_at is required", EVENT, ""),
    Refusal(event(occurred_at="0001-01-01T01:00:00+01:00"), "occurred_at is required", EVENT, ""),
    Refusal(
        event(occurred_at="1999-12-31T23:59:59Z"),
        "occurred_at: An event cannot have happened before the year 2000.",
    ),
    Refusal(
        event(occurred_at="2026-09-23T14:13:20Z"), "occurred_at: An event cannot be more than 24 hours ahead."
    ),
    Refusal(
        event(deleted_at="2026-09-23T14:13:20Z"), "deleted_at: An event cannot be more than 24 hours ahead."
    ),
    # Of the person.
    Refusal(
        event(email="nobody"), "email: This is not an e-mail address. An email address must have an @-sign."
    ),
    Refusal(event(email="  "), "email: This stands for nobody. Leave the identifier out."),
    Refusal(event(email="undefined"), "email: This stands for nobody. Leave the identifier out."),
    Refusal(event(email="a\0@example.com"), f"email: {NOT_A_TEXT}"),
    # Of the id and the goal, where only we are strict.
    Refusal(event("a\0"), f"external_id: {NOT_A_TEXT}"),
    Refusal(event("\ud800"), f"external_id: {NOT_A_TEXT}"),
    Refusal(event("web:1"), "external_id: Ids that start with web: are given by web pages."),
    Refusal(event(goal_name="a\0"), f"goal_name: {NOT_A_TEXT}"),
    Refusal(event(goal_value=10**10), "goal_value: A goal's value is less than 10,000,000,000 either way."),
    Refusal(
        event(goal_value=-(10**10)), "goal_value: A goal's value is less than 10,000,000,000 either way."
    ),
    # Of the properties: the definition judges them.
    Refusal(
        event(properties={"total": "abc"}),
        "properties.total: This must be a number, or a text of digits with at most one point.",
    ),
    Refusal(
        event(properties={"total": True}),
        "properties.total: This must be a number, or a text of digits with at most one point.",
    ),
    Refusal(event(properties={"lines": 1.5}), "properties.lines: This must be a whole number."),
    Refusal(event(properties={"lines": -1}), "properties.lines: This must not be less than 0."),
    Refusal(
        event(properties={"currency": "EURO"}), "properties.currency: This must have at most 3 characters."
    ),
    Refusal(event(properties={"a/b": "\0"}), f"properties.a/b: {NOT_A_TEXT}"),
    Refusal(event(properties={"list": [0, "\ud800"]}), f"properties.list.1: {NOT_A_TEXT}"),
    Refusal(event(event_name=SIGNUP), "properties.plan: This field is required."),
    Refusal(event(event_name=SIGNUP, properties={}), "properties.plan: This field is required."),
    Refusal(
        event(event_name=SIGNUP, properties={"plan": "a", "x": 1}),
        "properties.x: This event has no such field.",
    ),
    Refusal(event(event_name=SIGNUP, properties={"plan": "a"}, goal_type="lead"), NOT_GIVEN),
    Refusal(event(event_name=SIGNUP, properties={"plan": "a"}, goal_value=1), NOT_GIVEN),
]

DEEP = b"[" * 5000 + b"]" * 5000
MEMBERS = b'"workspace_id":"shop","email":"a@example.com","event_name":"order.completed","external_id":"1"'

TOO_LARGE = "goal_value: A goal's value is less than 10,000,000,000 either way."
NO_NUMBER_TO_KEEP = "This number is too large or too small to be kept."
HOSTILE_UPSERTS = {
    b'"goal_value":1e400': TOO_LARGE,
    b'"goal_value":-1e999999999999': TOO_LARGE,
    b'"goal_value":' + b"9" * 5000: TOO_LARGE,
    b'"goal_value":9999999999.9999999': TOO_LARGE,
    b'"properties":{"total":1e400}': "properties.total: ",
    b'"properties":{"total":' + b"9" * 5000 + b"}": "properties.total: ",
    b'"properties":{"lines":9223372036854775808}': "properties.lines: ",
    b'"properties":{"lines":1.0}': "properties.lines: ",
    b'"properties":{"kept":1e400}': f"properties.kept: {NO_NUMBER_TO_KEEP}",
    b'"properties":{"kept":' + b"[" * 40 + b"]" * 40 + b"}": "properties.kept",
    b'"properties":{"' + b"k" * 40_000 + b'":1}': "properties",
    b'"properties":{' + b",".join(b'"k%d":1' % n for n in range(101)) + b"}": "properties",
    b'"properties":{"\\u0000":1}': "properties.\ufffd: ",
    b'"properties":{"a":"\\ud800"}': f"properties.a: {NOT_A_TEXT}",
}
"""What is readable, and too much to be kept: the rest of a body, and how the sentence begins."""

UNREADABLE_UPSERTS = [
    *(b"", b" ", b"[]", b'""', b"1", b"true", b"nothing", b"{", b"{}"[:1] + b"]", b"\xff", b"\xef\xbb\xbf{}"),
    *(b'{"a":1', b'{"a"}', b"{'a':1}", b'{"a":1,}', b"[" * 100_000, b'{"a":' * 100_000),
    b"{%b" % MEMBERS,
    b'{%b,"properties":%b}' % (MEMBERS, DEEP),
    *(b'{%b,"email":%b}' % (MEMBERS, value) for value in (b"1", b"true", b"{}", b"[]")),
    *(b'{%b,"external_id":%b}' % (MEMBERS, value) for value in (b"1", b"1.5", b"[]")),
    *(b'{%b,"properties":%b}' % (MEMBERS, value) for value in (b"[]", b'"{}"', b"1", b"true")),
    *(
        b'{%b,"goal_value":%b}' % (MEMBERS, value)
        for value in (b'"1"', b"true", b"{}", b"NaN", b"Infinity", b"-Infinity", b"+1", b"01", b".5")
    ),
    *(b'{%b,"goal_type":%b}' % (MEMBERS, value) for value in (b"1", b"true", b"[]")),
    *(b'{%b,"goal_name":%b}' % (MEMBERS, value) for value in (b"1", b"{}")),
    *(b'{%b,"integration_id":%b}' % (MEMBERS, value) for value in (b"1", b"{}")),
    *(
        b'{%b,"properties":{"a":"%b"}}' % (MEMBERS, value)
        for value in (b"\xff", b"\xc0\x80", b"\xed\xa0\x80")
    ),
    *(
        b'{%b,"properties":{"a":%b}}' % (MEMBERS, value)
        for value in (b"NaN", b"Infinity", b"-Infinity", b"01", b"'")
    ),
    *(
        b'{%b,"%b":%b}' % (MEMBERS, name, value)
        for name in (b"occurred_at", b"deleted_at")
        for value in (
            *(
                b'"2023-05-15"',
                b'""',
                b'"2023-05-15T14:30:00+0200"',
                b'"2023-05-15 14:30:00Z"',
                b"1684161000",
            ),
            *(b'"2023-05-15T14:30:00"', b'"2023-W20-1T00:00:00Z"', b'"2023-02-30T00:00:00Z"', b"true", b"{}"),
        )
    ),
]

UNREADABLE_IMPORTS = [
    *(
        b'{"workspace_id":"shop","events":%b}' % value
        for value in (b"{}", b'"x"', b"1", b"true", b"[null]", b"[1]")
    ),
    *(b'{"workspace_id":"shop","events":%b}' % value for value in (b"[[]]", b'[{},"x"]', b"[{},null]")),
    *(
        b'{"workspace_id":"shop","events":[{%b,"%b":%b}]}' % (MEMBERS, name, value)
        for name, value in (
            (b"created_at", b"1"),
            (b"updated_at", b'"2023-05-15"'),
            (b"source", b"1"),
            (b"email", b"1"),
        )
    ),
]
