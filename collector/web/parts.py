"""What the routes work with, attached to the app that they belong to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from flask import Flask, current_app, request

from collector.core.webhooks.addresses import Network, networks_in
from collector.intake.accept import Intake
from collector.intake.limits import NO_LIMITS, Limits
from collector.intake.stream.publishing import Publisher
from collector.settings import Settings
from collector.store.opening import Store
from snippet.plan import Places

_NAME = "fieldpost"


@dataclass(frozen=True, slots=True)
class Parts:
    """The parts of one app. `now` gives microseconds since 1970, UTC; `is_stopping` is asked by `/ready`."""

    settings: Settings
    store: Store
    intake: Intake
    now: Callable[[], int]
    is_stopping: Callable[[], bool] = lambda: False
    limits: Limits = NO_LIMITS
    publisher: Publisher | None = None

    @property
    def webhook_networks(self) -> tuple[Network, ...]:
        """Where webhooks may lead though it is not public."""
        return networks_in(self.settings.webhook_networks)

    def settle(self) -> None:
        """Before what is held of somebody is told or erased: what waits in a stream is stored first.

        Raises `Problem("storage-unavailable")` where that takes too long.
        """
        if self.publisher is not None:
            self.publisher.settle()

    def attach(self, app: Flask) -> None:
        app.extensions[_NAME] = self


def parts() -> Parts:
    """The parts of the app that is answering."""
    attached: Parts = current_app.extensions[_NAME]
    return attached


def places() -> Places:
    """Where pages find this server."""
    settings = parts().settings
    return Places(public_url(), settings.script_path, settings.beacon_path)


def public_url() -> str:
    """The address at which this server is reached, without a slash at the end."""
    return parts().settings.public_url or request.url_root.rstrip("/")
