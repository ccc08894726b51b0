"""`make screenshots`: every page of a living installation, in light, dark and on a phone.

The real server on a fresh SQLite file, filled over its own API, looked at with a real Chromium. The
pictures go to build/screenshots; those that the documents use are named in `IN_THE_DOCS`.
"""

from __future__ import annotations

import random
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, sync_playwright

from tests.environment import browser
from tests.servers.client import Client
from tests.servers.commands import fieldpost
from tests.servers.fieldpost import running

REPOSITORY = Path(__file__).resolve().parents[2]
FOLDER = REPOSITORY / "build" / "screenshots"
PICTURES = REPOSITORY / "docs" / "pictures"
DEFINITIONS = REPOSITORY / "templates" / "demo" / "definitions.yaml"
PAGES = {
    "overview": "overview",
    "definitions": "definitions",
    "new-definition": "new-definition",
    "definition": "definitions/order.completed",
    "editor": "definitions/order.completed/edit",
    "snippet": "definitions/order.completed/snippet",
    "live": "live",
    "profiles": "profiles",
    "conflicts": "conflicts",
    "keys": "keys",
    "members": "members",
    "audit": "audit",
    "settings": "settings",
}
LOOKS: dict[str, dict[str, Any]] = {
    "light": {"color_scheme": "light", "viewport": {"width": 1280, "height": 860}},
    "dark": {"color_scheme": "dark", "viewport": {"width": 1280, "height": 860}},
    "phone": {"color_scheme": "light", "viewport": {"width": 390, "height": 844}},
}
IN_THE_DOCS = ("editor-light", "profile-dark")
PEOPLE = ("ada", "bob", "charlie", "dana", "eve", "finn")


def main() -> None:
    found = browser.installed()
    if found is None:
        raise SystemExit(browser.MISSING)
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        _take_all(started, Path(folder))
        started.close()
    print(f"The pictures are in {FOLDER.relative_to(REPOSITORY)}.")


def _take_all(started: Browser, folder: Path) -> None:
    database = f"sqlite:///{folder / 'fieldpost.db'}"
    fieldpost(folder, database, "section", "create", "Little Acre")
    fieldpost(folder, database, "definition", "apply", str(DEFINITIONS))
    key = fieldpost(folder, database, "key", "create", "--name", "Till")["key"]
    with running(database, folder) as server:
        client = Client(server.url, key)
        _fill(client)
        person = client.get("/api/v1/profiles/email/ada@example.com").document["id"]
        for look, options in LOOKS.items():
            link = fieldpost(folder, database, "user", "create", "ada@example.com")["link"]
            context = started.new_context(**options)
            page = context.new_page()
            page.goto(server.url + "/sign-in/" + link.rsplit("/", 1)[1])
            for name, path in {**PAGES, "profile": f"profiles/{person}"}.items():
                answer = page.goto(f"{server.url}/sections/little-acre/{path}", wait_until="load")
                if answer is not None and answer.ok:
                    if f"{name}-{look}" in IN_THE_DOCS:
                        page.screenshot(path=PICTURES / f"{name}-{look}.png")
                    page.screenshot(path=FOLDER / f"{name}-{look}.png", full_page=True)
                else:
                    print(f"{path}: {answer.status if answer else 'no answer'}")
            context.close()


def _fill(client: Client) -> None:
    """Some days of a small shop's life, the same every time but for the date."""
    chance = random.Random(7)
    now = datetime.now(UTC)
    events = []
    for number in range(400):
        moment = now - timedelta(minutes=chance.expovariate(1 / 2000))
        wrong = chance.random() < 0.05
        events.append(
            {
                "event": "order.completed",
                "id": f"order-{number}",
                "occurred_at": moment.isoformat(),
                "identifiers": {"email": f"{chance.choice(PEOPLE)}@example.com"},
                "data": {
                    "total": "much" if wrong else f"{chance.randint(20, 900)}.{chance.randint(0, 99):02}",
                    "currency": "SEK",
                    "lines": chance.randint(1, 9),
                    "gift": chance.random() < 0.2,
                },
            }
        )
    for start in range(0, len(events), 100):
        client.post("/api/v1/events", {"events": events[start : start + 100]})
    two = {"email": "ada@example.com", "crm_id": "1042"}
    client.post(
        "/api/v1/events", {**events[0], "id": "crm", "identifiers": {"crm_id": "1042"}, "data": {"total": 1}}
    )
    client.post("/api/v1/events", {**events[0], "id": "both", "identifiers": two, "data": {"total": 2}})


if __name__ == "__main__":
    main()
