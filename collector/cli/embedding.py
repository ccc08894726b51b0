"""What a person pastes into a page so that it can send an event."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from collector.cli.refusals import Refusal
from collector.core.definitions import Definition
from collector.settings import Settings
from snippet.embed import content_security_policy, tag
from snippet.plan import Places

LOCAL = "http://127.0.0.1:8000"
"""Where `fieldpost serve` listens when nobody says otherwise."""


@dataclass(frozen=True, slots=True)
class Embed:
    """What is pasted for one definition; `guessed` says that nobody told the server's address."""

    event_name: str
    tag: str
    content_security_policy: str
    guessed: bool

    def as_json(self) -> dict[str, str]:
        return {name: value for name, value in asdict(self).items() if isinstance(value, str)}

    def as_text(self) -> str:
        lines = [
            f"Paste this into the pages that send {self.event_name}:",
            "",
            self.tag,
            "",
            "If they have a Content-Security-Policy, add to it:",
            "",
            *self.content_security_policy.split("; "),
        ]
        if self.guessed:
            lines += ["", f"This takes {LOCAL} for the server's address; FIELDPOST_PUBLIC_URL says another."]
        return "\n".join(lines)


def embed(definition: Definition, settings: Settings) -> Embed:
    """Raises `Refusal` for a definition without web tracking."""
    name = definition.draft.event_name
    if definition.hidden_at is not None:
        raise Refusal(f"{name} is hidden: no page can send it.")
    if not definition.draft.web_tracking.enabled:
        raise Refusal(f"{name} has no web tracking: set web_tracking.enabled in its definition.")
    places = Places(settings.public_url or LOCAL, settings.script_path, settings.beacon_path)
    guessed = not settings.public_url
    return Embed(name, tag(places, definition.id), content_security_policy(places), guessed=guessed)
