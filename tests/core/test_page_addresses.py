"""What is kept of the address of a page."""

from __future__ import annotations

import pytest

from collector.core.page_addresses import page_address, page_origin


@pytest.mark.parametrize(
    ("told", "address", "origin"),
    [
        ("https://a.example/b?c#d", "https://a.example/b", "https://a.example"),
        ("HTTPS://A.example", "https://a.example/", "https://a.example"),
        ("http://localhost:80/ü", "http://localhost:80/ü", "http://localhost:80"),
        *(
            (no_page, "", "")
            for no_page in ("", None, "javascript:alert(1)", "/path", "about:blank", "https://")
        ),
        ("https://a.example/\x00b", "https://a.example/", "https://a.example"),
    ],
)
def test_of_an_address_the_page_is_kept_and_no_more(told: str | None, address: str, origin: str) -> None:
    assert (page_address(told), page_origin(told)) == (address, origin)
    assert len(page_address(f"https://a.example/{'x' * 9_000}")) == 500
