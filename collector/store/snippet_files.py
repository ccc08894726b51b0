"""Snippet files that never change, each kept as it was first made, for as long as anybody may have it."""

from __future__ import annotations

from collector.core import ids
from collector.core.definitions import Version
from collector.store.database import Database
from collector.store.models import SnippetFile
from collector.store.models_pages import SnippetRevision


class SnippetFiles:
    """What was kept first stays, whoever else makes one at the same moment.

    A version has a file of its own and one for each revision of its definition that somebody was shown.
    """

    def __init__(self, database: Database) -> None:
        self._db = database
        self._insert = database.insertion(SnippetFile, ("version", "text", "made_at"), or_leave=True)
        self._insert_revision = database.insertion(
            SnippetRevision, ("version", "revision", "text", "made_at"), or_leave=True
        )

    def find(self, version: Version, revision: int | None = None) -> str | None:
        number = ids.decode(version.id)
        if revision is None:
            row = self._db.row(SnippetFile.select().where(SnippetFile.version == number))
        else:
            of_version = SnippetRevision.select().where(SnippetRevision.version == number)
            row = self._db.row(of_version.where(SnippetRevision.revision == revision))
        return str(row["text"]) if row is not None else None

    def keep(self, version: Version, text: str, now: int, revision: int | None = None) -> str:
        """Keeps `text` as the file, unless there is one; the file as it is kept."""
        number = ids.decode(version.id)
        with self._db.writing():
            if revision is None:
                self._db.many(self._insert, [(number, text, now)])
            else:
                self._db.many(self._insert_revision, [(number, revision, text, now)])
        return self.find(version, revision) or text
