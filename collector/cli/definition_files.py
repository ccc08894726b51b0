"""Files of definitions: JSON or YAML, one or many."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from collector.cli.refusals import Refusal
from collector.cli.yaml_documents import read_yaml
from collector.core.problems import Fault, pointer_to
from collector.core.strict_json import Unreadable, faults_in, read


@dataclass(frozen=True, slots=True)
class Place:
    """Where a definition's document was found; its text is what a person is told."""

    file: str
    number: int
    event_name: str | None

    def __str__(self) -> str:
        return f"{self.file}: {self.event_name or f'definition {self.number}'}"


def read_definitions(raw: bytes, file: str) -> list[tuple[Place, Any]]:
    """The definition documents in a file, as decoded JSON, not judged yet.

    A file holds one document, a list of them, `{"definitions": […]}`, or several YAML documents of these.
    Raises `Refusal`.
    """
    found = []
    for number, document in enumerate(_each(_decode(raw, file)), start=1):
        found.append((Place(file, number, name_in(document)), document))
    if not found:
        raise Refusal(f"{file} holds no definition.")
    return found


def name_in(document: Any) -> str | None:
    """The event name that a document gives, if that is a text that can be shown."""
    name = document.get("event_name") if isinstance(document, dict) else None
    return name if isinstance(name, str) and name.isprintable() else None


def unkeepable(document: Any) -> list[Fault]:
    """What no database keeps: texts with U+0000, numbers beyond bounds, nesting without end."""
    return faults_in(document, pointer_to())


def _decode(raw: bytes, file: str) -> list[Any]:
    try:
        if file.endswith(".json"):
            return [read(raw)]
        return _json_or_yaml(raw)
    except Unreadable as error:
        raise Refusal(f"{file}: {error.message}") from error
    except UnicodeDecodeError as error:
        raise Refusal(f"{file}: this is not UTF-8 from byte {error.start + 1} on.") from error
    except ValueError as error:
        raise Refusal(f"{file}: {error}") from error


def _json_or_yaml(raw: bytes) -> list[Any]:
    """JSON is nearly YAML: what begins like JSON and is none may still be YAML."""
    if raw.lstrip()[:1] in (b"{", b"["):
        try:
            return [read(raw)]
        except Unreadable:
            pass
    return read_yaml(raw.decode("utf-8-sig"))


def _each(documents: list[Any]) -> Iterator[Any]:
    for document in documents:
        if isinstance(document, dict) and "event_name" not in document and "definitions" in document:
            document = document["definitions"]
        if isinstance(document, list):
            yield from document
        elif document is not None:
            yield document
