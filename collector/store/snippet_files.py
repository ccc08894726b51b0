"""The snippet files of versions, each kept as it was first served, for as long as anybody may have it."""

from __future__ import annotations

from collector.core import ids
from collector.core.definitions import Version
from collector.store.database import Database
from collector.store.models import SnippetFile


class SnippetFiles:
    """The files that never change. What was kept first stays, whoever else makes one at the same moment."""

    def __init__(self, database: Database) -> None:
        self._db = database
        self._insert = database.insertion(SnippetFile, ("version", "text", "made_at"), or_leave=True)

    def find(self, version: Version) -> str | None:
        row = self._db.row(SnippetFile.select().where(SnippetFile.version == ids.decode(version.id)))
        return str(row["text"]) if row is not None else None

    def keep(self, version: Version, text: str, now: int) -> str:
        """Keeps `text` as the version's file, unless there is one; the file as it is kept."""
        with self._db.writing():
            self._db.many(self._insert, [(ids.decode(version.id), text, now)])
        return self.find(version) or text
