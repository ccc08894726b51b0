"""What is pasted beside a snippet."""

from __future__ import annotations

import base64
import hashlib
from decimal import Decimal

from collector.core.fields import Field
from snippet.embed import STUB, content_security_policy, integrity, tag, tag_manager_tag, types
from snippet.plan import Places, Plan


def test_the_tag_has_the_stub_and_the_file() -> None:
    assert tag(Places("https://c.example/"), "d1") == (
        f'<script>{STUB}</script>\n<script async src="https://c.example/s/d1.js"></script>'
    )


def test_the_tag_is_html_whatever_the_address() -> None:
    assert '"https://c.example/&lt;&quot;&amp;/s/d1.js"' in tag(Places('https://c.example/<"&'), "d1")


def test_the_policy_names_the_stub_and_the_collector() -> None:
    digest = base64.b64encode(hashlib.sha256(STUB.encode()).digest()).decode()
    assert content_security_policy(Places("https://c.example")) == (
        f"script-src https://c.example/s/ 'sha256-{digest}' https://c.example/b/; connect-src https://c.example/b/"
    )


def test_the_integrity_of_a_text_is_its_sha384() -> None:
    empty = "sha384-OLBgp1GsljhM2TJ+sbHjaiH9txEUvgdDTAzHv2P24donTt6/529l+9Ua0vFImLlb"
    assert integrity("") == empty


def test_the_types_of_an_event_are_an_overload() -> None:
    fields = (
        Field("total", "decimal", required=True, minimum=Decimal(0)),
        Field("currency", "text", choices=("SEK", 'E"R')),
        Field("lines", "integer", choices=(1, 2), required=True),
        Field("gift", "boolean"),
        Field("paid_at", "timestamp"),
        Field("code", "text", required=True, min_length=2, max_length=9, pattern="a*/", personal=True),
        Field("page_url", "text", required=True, fill="page.url"),
    )
    text = types(Plan("order.completed", "v1", "https://c.example", fields))
    assert (
        '  (event: "order.completed", data: {\n'
        "    /** decimal, >= 0 */\n    total: number | string;\n"
        '    /** text */\n    currency?: "SEK" | "E\\"R" | null;\n'
        "    /** integer */\n    lines: 1 | 2;\n"
        "    /** boolean */\n    gift?: boolean | null;\n"
        "    /** timestamp */\n    paid_at?: string | null;\n"
        '    /** text, length >= 2, length <= 9, pattern "a*\\/", personal */\n    code: string;\n'
        "    /** text, filled with page.url */\n    page_url?: string | null;\n"
        "  }, source?: string): void;\n"
    ) in text
    assert "declare var fieldpost: Fieldpost;" in text
    assert "identify(identifiers: FieldpostIdentifiers, token?: string): void;" in text


def test_data_may_be_left_out_where_nothing_must_be_there() -> None:
    text = types(Plan("page.left", "v1", "https://c.example", (Field("step", "text"),), extra_fields=True))
    assert (
        'event: "page.left", data?: {\n'
        "    /** text */\n    step?: string | null;\n"
        "    [extra: string]: unknown;\n"
    ) in text


def test_a_tag_for_a_tag_manager_has_a_variable_for_each_field() -> None:
    fields = (Field("total", "decimal"), Field("page_url", "text", fill="page.url"))
    text = tag_manager_tag(Places("https://c.example", scripts="/assets"), "d1", "order.completed", fields)
    assert 'file.src = "https://c.example/assets/d1.js"' in text
    assert 'fieldpost("order.completed", {"total": {{total}}});' in text
    assert "=>" not in text
