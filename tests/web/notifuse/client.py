"""A client of the Notifuse API, as somebody wrote it who never heard of us: host, key and workspace."""

from __future__ import annotations

import json
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any


class ApiError(Exception):
    """The server refused; `message` is the sentence in its answer."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(f"{status}: {message}")
        self.status = status
        self.message = message


@dataclass(frozen=True, slots=True)
class NotifuseClient:
    host: str
    api_key: str
    workspace_id: str

    def upsert(self, event: dict[str, Any]) -> dict[str, Any]:
        answer = self._post("customEvents.upsert", {"workspace_id": self.workspace_id, **event}, 200)
        return answer["event"]  # type: ignore[no-any-return]

    def import_events(self, events: list[dict[str, Any]]) -> list[str]:
        answer = self._post("customEvents.import", {"workspace_id": self.workspace_id, "events": events}, 201)
        assert answer["count"] == len(answer["event_ids"])
        return answer["event_ids"]  # type: ignore[no-any-return]

    def get(self, event_name: str, external_id: str) -> dict[str, Any]:
        query = {"event_name": event_name, "external_id": external_id}
        return self._get("customEvents.get", query)["event"]  # type: ignore[no-any-return]

    def events_of(self, email: str, page: int = 2) -> Iterator[dict[str, Any]]:
        """All events of a contact, asked for page by page."""
        offset = 0
        while True:
            query = {"email": email, "limit": str(page), "offset": str(offset)}
            answer = self._get("customEvents.list", query)
            yield from answer["events"] or []
            offset += answer["count"]
            if answer["count"] < page:
                return

    def timeline(self, email: str, page: int = 2) -> Iterator[dict[str, Any]]:
        """The whole timeline of a contact, cursor by cursor."""
        cursor: str | None = ""
        while cursor is not None:
            answer = self._get("timeline.list", {"email": email, "limit": str(page), "cursor": cursor})
            yield from answer["timeline"]
            cursor = answer.get("next_cursor")

    def _get(self, method: str, query: dict[str, str]) -> dict[str, Any]:
        words = urllib.parse.urlencode({"workspace_id": self.workspace_id, **query})
        return self._ask(urllib.request.Request(f"{self.host}/api/{method}?{words}"), 200)

    def _post(self, method: str, body: dict[str, Any], expected: int) -> dict[str, Any]:
        request = urllib.request.Request(f"{self.host}/api/{method}", data=json.dumps(body).encode())
        request.add_header("Content-Type", "application/json")
        return self._ask(request, expected)

    def _ask(self, request: urllib.request.Request, expected: int) -> dict[str, Any]:
        request.add_header("Authorization", f"Bearer {self.api_key}")
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                assert answer.status == expected
                return json.loads(answer.read(), parse_float=Decimal)  # type: ignore[no-any-return]
        except urllib.error.HTTPError as error:
            raise ApiError(error.code, json.loads(error.read())["error"]) from error
