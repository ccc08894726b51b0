"""Which door a request came to, for counting: told from its address alone, before anything is known of it."""

from __future__ import annotations

from collector.metrics.table import OTHER
from collector.settings import Settings
from collector.web.notifuse.errors import ADDRESSES as NOTIFUSE

_FIRST = {
    "s": "snippet",
    "v1": "segment",
    "oauth": "apsis",
    "audience": "apsis",
    "health": "server",
    "ready": "server",
    "metrics": "server",
    **dict.fromkeys(("", "account", "sign-in", "sign-out", "welcome", "sections", "assets"), "pages"),
}
_NOTIFUSE = tuple(address.removeprefix("/api/") for address in NOTIFUSE)


class Doors:
    """Knows the addresses that an operator has chosen too."""

    def __init__(self, settings: Settings) -> None:
        chosen = ((settings.script_path, "/s"), (settings.beacon_path, "/b"))
        self._chosen = tuple((f"{own}/", f"{usual}/") for own, usual in chosen if own != usual)

    def of(self, path: str) -> str:
        """One of `REQUEST_DOORS`."""
        for own, usual in self._chosen:
            if path.startswith(own):
                path = usual + path[len(own) :]
                break
        first, _, rest = path[1:].partition("/")
        if first == "b":
            return _of_page(rest)
        if first == "api":
            return _of_api(rest)
        return _FIRST.get(first, OTHER)


def _of_page(rest: str) -> str:
    if rest.endswith(".gif"):
        return "pixel"
    if rest.endswith(".js"):
        return "snippet"
    return "editor" if rest.startswith("editor/") else "beacon"


def _of_api(rest: str) -> str:
    if rest == "cloudevents":
        return "cloudevents"
    return "notifuse" if rest.startswith(_NOTIFUSE) else "api"
