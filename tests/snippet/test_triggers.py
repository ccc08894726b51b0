"""Events that a page makes without a call: clicks, forms, what comes into view, pages and time."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page

from collector.core.fields import Field
from snippet.triggers import Trigger, Value, address_pattern, numbered
from tests.core.css_selectors import GOOD, NONSENSE
from tests.snippet.conftest import Shop
from tests.snippet.stand_in import Server

BUY = Trigger("click", ".buy")
NOTED = (
    Field("note", "text"),
    Field("total", "decimal"),
    Field("lines", "integer"),
    Field("gift", "boolean"),
)


def opened(page: Page, shop: Shop, html: str, *triggers: Trigger, path: str = "/", **rest: Any) -> None:
    """A page with this HTML and a snippet with these triggers, whose fields are optional unless said."""
    settings: dict[str, Any] = {"fields": NOTED, **rest}
    url = shop.snippet(triggers=triggers, **settings)
    page.goto(shop.site.page(path, f'{html}<script src="{url}"></script>'))


def data_of(collector: Server, count: int = 1) -> list[dict[str, Any]]:
    """What the events bring; `null` is absence."""
    events = collector.wait_for_stored(count)
    return [{name: value for name, value in event["data"].items() if value is not None} for event in events]


def nothing_more_than(page: Page, collector: Server, count: int) -> None:
    """A call that the page makes now is the next event: nothing was made in between."""
    page.evaluate("fieldpost('order.completed', {note: 'last'})")
    assert data_of(collector, count + 1)[count:] == [{"note": "last"}]
    assert len(collector.stored()) == count + 1


def test_a_click_on_whatever_is_in_a_matching_element_is_one_event(
    page: Page, shop: Shop, collector: Server
) -> None:
    opened(page, shop, '<div class="buy"><button class="buy"><b>Buy</b></button></div><i>not</i>', BUY)
    page.click("b")
    page.click("i")
    assert data_of(collector) == [{}]
    nothing_more_than(page, collector, 1)


def test_the_keyboard_clicks_too(page: Page, shop: Shop, collector: Server) -> None:
    opened(page, shop, '<button class="buy">Buy</button>', BUY)
    page.focus("button")
    page.keyboard.press("Enter")
    assert data_of(collector) == [{}]


def test_the_pages_own_handling_goes_on_and_hides_nothing(page: Page, shop: Shop, collector: Server) -> None:
    html = (
        '<a class="buy" href="/next">Buy</a><script>document.querySelector("a").onclick = event =>'
        " { event.stopImmediatePropagation(); seen = event.defaultPrevented }</script>"
    )
    shop.page("/next")
    opened(page, shop, html, BUY)
    page.click("a")
    page.wait_for_url("**/next")
    assert data_of(collector) == [{}]


def test_an_element_in_a_shadow_root_counts(page: Page, shop: Shop, collector: Server) -> None:
    html = (
        '<x-card></x-card><script>customElements.define("x-card", class extends HTMLElement {'
        " connectedCallback() { this.attachShadow({mode: 'open'}).innerHTML = '<b class=buy>B</b>' }"
        "})</script>"
    )
    opened(page, shop, html, BUY)
    page.click("x-card b")
    assert data_of(collector) == [{}]


def test_attributes_name_the_event_and_its_data(page: Page, shop: Shop, collector: Server) -> None:
    html = (
        '<button data-fieldpost="order.completed" data-fieldpost-total="149.99" data-fieldpost-lines="3"'
        ' data-fieldpost-gift="true" data-fieldpost-note="3" data-fieldpost-colour="red">Buy</button>'
        '<i data-fieldpost="other.event">not</i>'
    )
    opened(page, shop, html, BUY)
    page.click("i")
    page.click("button")
    assert data_of(collector) == [{"note": "3", "total": "149.99", "lines": 3, "gift": True}]


def test_an_attribute_that_does_not_fit_is_refused_with_a_warning(
    page: Page, shop: Shop, collector: Server
) -> None:
    opened(page, shop, '<b data-fieldpost="order.completed" data-fieldpost-lines="3 pcs">x</b>', BUY)
    with page.expect_console_message(lambda message: message.type == "warning") as message:
        page.click("b")
    assert message.value.text == "fieldpost order.completed lines should be integer"
    nothing_more_than(page, collector, 0)


def test_a_form_that_is_sent_is_an_event_and_one_that_is_refused_is_none(
    page: Page, shop: Shop, collector: Server
) -> None:
    html = '<form action="/next"><input name="mail" required><button>Send</button></form>'
    shop.page("/next?mail=a")
    opened(page, shop, html, Trigger("submit", "form", values=(("note", Value("input", name="mail")),)))
    page.click("button")
    page.fill("input", "a")
    page.click("button")
    page.wait_for_url("**/next?mail=a")
    assert data_of(collector) == [{"note": "a"}]


@pytest.mark.parametrize("key", [None, "Enter"])
def test_a_form_in_a_shadow_root_counts_once_each_time(
    page: Page, shop: Shop, collector: Server, key: str | None
) -> None:
    html = (
        '<x-box></x-box><script>customElements.define("x-box", class extends HTMLElement {'
        " connectedCallback() { this.attachShadow({mode: 'open'}).innerHTML = '<form>"
        "<input name=mail value=a><button>Send</button></form>';"
        " this.shadowRoot.addEventListener('submit', event => event.preventDefault()) }})</script>"
    )
    trigger = Trigger("submit", "form", values=(("note", Value("input", name="mail")),))
    opened(page, shop, html, trigger)
    for _ in range(2):
        page.click("button") if key is None else page.press("input", key)
    assert data_of(collector, 2) == [{"note": "a"}, {"note": "a"}]
    nothing_more_than(page, collector, 2)


def test_what_comes_into_view_is_an_event_once(page: Page, shop: Shop, collector: Server) -> None:
    html = '<p style="height: 3000px">up</p><h2 class="deal">one</h2><p style="height: 3000px">down</p>'
    opened(page, shop, html, Trigger("visible", ".deal", values=(("note", Value("text")),)))
    nothing_more_than(page, collector, 0)
    page.locator(".deal").scroll_into_view_if_needed()
    assert data_of(collector, 2)[1:] == [{"note": "one"}]
    page.evaluate("scrollTo(0, 0)")
    page.locator(".deal").scroll_into_view_if_needed()
    page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
    nothing_more_than(page, collector, 2)


def test_what_is_put_into_the_page_later_comes_into_view_too(
    page: Page, shop: Shop, collector: Server
) -> None:
    opened(page, shop, "<x-box></x-box>", Trigger("visible", ".deal", values=(("note", Value("text")),)))
    page.evaluate(
        "document.querySelector('x-box').attachShadow({mode: 'open'}).innerHTML = '<b class=deal>in</b>';"
        "document.body.append(Object.assign(document.createElement('b'),"
        " {className: 'deal', textContent: 'out'}))"
    )
    assert sorted(one["note"] for one in data_of(collector, 2)) == ["in", "out"]


def test_each_page_of_a_single_page_site_is_one(page: Page, shop: Shop, collector: Server) -> None:
    fields = (Field("note", "text", fill="page.path"), Field("title", "text", fill="page.title"))
    opened(page, shop, "", Trigger("page"), fields=fields)
    collector.wait_for_stored(1)
    page.evaluate("history.pushState(0, '', '/a'); document.title = 'A'")
    collector.wait_for_stored(2)
    page.evaluate("history.replaceState(0, '', '/b#/route'); document.title = 'B'")
    collector.wait_for_stored(3)
    page.evaluate("location.hash = '#/other'")
    collector.wait_for_stored(4)
    page.evaluate("history.replaceState({x: 1}, '', location.href); location.hash = '#/other'")
    page.go_back()
    events = data_of(collector, 5)
    assert [(one["note"], one["title"]) for one in events] == [
        *(("/", "page"), ("/a", "A"), ("/b", "B"), ("/b", "B"), ("/b", "B"))
    ]


def test_scrolling_to_a_heading_is_no_page(page: Page, shop: Shop, collector: Server) -> None:
    opened(page, shop, "<h2 id='x'>X</h2>", Trigger("page"))
    collector.wait_for_stored(1)
    page.evaluate("location.hash = '#x'")
    page.evaluate("new Promise(done => setTimeout(() => setTimeout(done)))")
    nothing_more_than(page, collector, 1)


def test_a_browser_without_the_navigation_api_sees_pages_too(
    page: Page, shop: Shop, collector: Server
) -> None:
    page.add_init_script("Object.defineProperty(window, 'navigation', {value: undefined})")
    opened(page, shop, "", Trigger("page"), fields=(Field("note", "text", fill="page.path"),))
    collector.wait_for_stored(1)
    page.evaluate("history.pushState(0, '', '/a')")
    assert data_of(collector, 2) == [{"note": "/"}, {"note": "/a"}]


def test_time_on_a_page_is_an_event_and_starts_anew_with_the_next_page(
    page: Page, shop: Shop, collector: Server
) -> None:
    page.clock.install()
    times = [Trigger("time", seconds=n, values=(("lines", Value("constant", value=n)),)) for n in (10, 60)]
    opened(page, shop, "", *times)
    page.clock.run_for(9_000)
    page.evaluate("history.pushState(0, '', '/next')")
    page.clock.run_for(9_000)
    nothing_more_than(page, collector, 0)
    page.clock.run_for(2_000)
    assert data_of(collector, 2)[1:] == [{"lines": 10}]
    page.clock.run_for(100_000)
    assert data_of(collector, 3)[2:] == [{"lines": 60}]


VALUES = """
<script>dataLayer = [{page: {kind: 'shop', lines: 1}}, {page: {lines: 2}}, {event: 'x'}]</script>
<div><i class="price">1 kr</i><b class="buy">not</b></div>
<form><i class="price"> € 149.90 kr </i><input name="how" type="radio" value="car">
 <input name="how" type="radio" value="bike" checked><input id="gift" type="checkbox" checked>
<input name="count" value="7"><b class="buy"
 title="seven">Buy</b></form>
"""


@pytest.mark.parametrize(
    ("field", "value", "expected"),
    [
        ("total", Value("text", ".price"), "149.90"),
        ("note", Value("text", ".price"), "€ 149.90 kr"),
        ("note", Value("text"), "Buy"),
        ("note", Value("attribute", name="title"), "seven"),
        ("note", Value("attribute", "#gift", "type"), "checkbox"),
        ("note", Value("input", name="how"), "bike"),
        ("lines", Value("input", name="count"), 7),
        ("gift", Value("input", "#gift"), True),
        ("note", Value("url", name="utm"), "mail"),
        ("lines", Value("url", name="n"), 5),
        ("gift", Value("url", name="g"), False),
        ("note", Value("data_layer", name="page.kind"), "shop"),
        ("note", Value("data_layer", name="page.lines"), "2"),
        ("lines", Value("data_layer", name="page.lines"), 2),
        ("note", Value("constant", value="hero"), "hero"),
        ("lines", Value("constant", value="12"), 12),
        ("gift", Value("constant", value=False), False),
        ("total", Value("constant", value=1.5), 1.5),
        ("note", Value("text", ".nowhere"), None),
        ("note", Value("url", name="nothing"), None),
        ("note", Value("data_layer", name="nothing.at.all"), None),
        ("note", Value("attribute", ".nowhere", "title"), None),
    ],
    ids=str,
)
def test_a_value_is_taken_from_the_page_in_the_type_of_its_field(
    page: Page, shop: Shop, collector: Server, field: str, value: Value, expected: Any
) -> None:
    opened(
        page, shop, VALUES, Trigger("click", ".buy", values=((field, value),)), path="/v?utm=mail&n=5&g=false"
    )
    page.click("form .buy")
    assert data_of(collector)[0].get(field) == expected


@pytest.mark.parametrize(
    ("pattern", "address", "fits"),
    [
        ("/shop/*", "/shop/a?x=1#y", True),
        ("/shop/*", "/workshop/a", False),
        ("/shop", "/shop/", False),
        ("/*/cart", "/sv/cart?x", True),
        ("/a.b", "/axb", False),
        ("/a?p=*", "/a?p=1", True),
        ("/a?p=*", "/a?q=1", False),
        ("/b#/*", "/b#/route", True),
        ("*", "/any?where", True),
        ("http://*/shop", "/shop", True),
        ("https://*/shop", "/shop", False),
        ("/å", "/%C3%A5", True),
        ("/(a+)+$/]", "/(a+)+$/]", True),
    ],
)
def test_a_trigger_may_be_for_some_addresses(page: Page, pattern: str, address: str, fits: bool) -> None:
    script = f"address => {address_pattern(pattern)}.test(new URL(address, 'http://shop.example'))"
    assert page.evaluate(script, address) is fits


def test_the_address_is_looked_at_when_it_happens(page: Page, shop: Shop, collector: Server) -> None:
    only = Trigger("click", ".buy", address="/cart", values=(("note", Value("constant", value="cart")),))
    other = Trigger("click", ".buy", address="/list", values=(("note", Value("constant", value="list")),))
    opened(page, shop, '<b class="buy">x</b>', only, other)
    page.click("b")
    page.evaluate("history.pushState(0, '', '/list')")
    page.click("b")
    assert data_of(collector) == [{"note": "list"}]


def test_hostile_selectors_and_constants_are_only_texts(page: Page, shop: Shop, collector: Server) -> None:
    hostile = "</script>`${alert(1)}\u2028'\"\\"
    page.on("dialog", lambda dialog: pytest.fail(dialog.message))
    trigger = Trigger("click", f'[title="{chr(96)}"],b', values=(("note", Value("constant", value=hostile)),))
    opened(page, shop, "<b>x</b>", trigger)
    page.click("b")
    assert data_of(collector) == [{"note": hostile}]


def test_selectors_are_judged_as_the_browser_does(page: Page) -> None:
    script = (
        "selectors => selectors.filter(one => { try { document.body.matches(one); return true } catch {} })"
    )
    assert page.evaluate(script, [*GOOD, *NONSENSE]) == list(GOOD)


def number(of: Trigger, *triggers: Trigger) -> int:
    """What an event says that this one of a definition's triggers has made."""
    return next(number for number, one in numbered(triggers or (of,)).items() if one == of)


def test_an_event_says_which_trigger_made_it(page: Page, shop: Shop, collector: Server) -> None:
    valued = Trigger("click", "i", values=(("note", Value("text")), ("total", Value("constant", value=5))))
    every = (BUY, valued, Trigger("submit"), Trigger("page"), Trigger("time", seconds=1))
    html = (
        '<b class="buy">1</b><i>2</i><u data-fieldpost="order.completed" data-fieldpost-lines="3">3</u>'
        '<form target="f"><button>4</button></form><iframe name="f"></iframe>'
    )
    opened(page, shop, html, *every)
    for element in ("b", "i", "u", "button"):
        page.click(element)
    page.evaluate("fieldpost('order.completed', {note: 'called'}, 'Checkout'); fieldpost('order.completed')")
    events = collector.wait_for_stored(8)
    marked = Trigger("click")
    assert {event.get("source") for event in events} == {
        "Checkout",
        None,
        *(number(one, *every) for one in (*every, marked)),
    }
    data = {event.get("source"): event["data"] for event in events}
    assert data[number(valued, *every)].items() >= {"note": "2", "total": 5}.items()
    assert data[number(marked, *every)]["lines"] == 3


def test_the_same_happens_where_events_do_not_say_it(page: Page, shop: Shop, collector: Server) -> None:
    valued = Trigger("click", "i", values=(("note", Value("text")),))
    opened(page, shop, '<b class="buy">1</b><i>2</i>', BUY, valued, Trigger("page"), says_trigger=False)
    page.click("b")
    page.click("i")
    events = collector.wait_for_stored(3)
    assert [event.get("source") for event in events] == [None] * 3
    assert sorted(event["data"].get("note") or "" for event in events) == ["", "", "2"]


def test_a_triggers_number_stays_when_others_come_go_or_change_places() -> None:
    submit, page = Trigger("submit", "form"), Trigger("page", address="/shop/*")
    assert number(BUY) == number(BUY, submit, BUY, page) == number(BUY, page, BUY)
    assert number(BUY) != number(Trigger("click", ".buy", address="/shop/*"))
    changed = Trigger("click", ".buy", values=(("note", Value("text")),))
    assert number(changed) == number(BUY)
    many = tuple(Trigger("click", f".button-{n}") for n in range(1000))
    assert set(numbered(many).values()) == {*many, Trigger("click")}
