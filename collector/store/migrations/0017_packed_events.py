"""What segments read, as they read it: packed events, totals by goal, entries by event.

Triggers tell which packed events are stale. The index of changes costs an event next to nothing: its keys
only ever grow.
"""

from __future__ import annotations

from typing import Any

import peewee
from peewee import BigIntegerField, BlobField, CompositeKey, IntegerField, TextField

INDEX = "CREATE INDEX change_by_event ON change (event, occurred_at)"

KEY_OF_TOTALS = "goal_type, profile, definition, goal_name, goal_currency"
TOTALS_ON_SQLITE = (
    "ALTER TABLE total RENAME TO total_by_profile",
    f"""CREATE TABLE total (profile INTEGER NOT NULL, definition INTEGER NOT NULL, goal_type TEXT NOT NULL,
      goal_name TEXT NOT NULL, goal_currency TEXT NOT NULL, events INTEGER NOT NULL, valued INTEGER NOT NULL,
      whole INTEGER NOT NULL, fraction INTEGER NOT NULL, least INTEGER, greatest INTEGER,
      first_at INTEGER NOT NULL, last_at INTEGER NOT NULL, PRIMARY KEY ({KEY_OF_TOTALS})) WITHOUT ROWID""",
    f"INSERT INTO total SELECT * FROM total_by_profile ORDER BY {KEY_OF_TOTALS}",
    "DROP TABLE total_by_profile",
)
TOTALS_ON_POSTGRESQL = (
    "ALTER TABLE total DROP CONSTRAINT total_pkey",
    f"ALTER TABLE total ADD PRIMARY KEY ({KEY_OF_TOTALS})",
)

_TOUCH = """
INSERT INTO segment_touched (event, times) VALUES ({event}, 1)
  ON CONFLICT (event) DO UPDATE SET times = times + 1
"""
_IS_WATCHED = "{event} <= (SELECT event FROM segment_watch)"
_PIECE_OF_OLD = """
definition = OLD.definition AND block = (SELECT id FROM segment_block WHERE OLD.id BETWEEN first AND last)
"""
TRIGGERS = {
    "event_came_late": ("INSERT ON event", "NEW.id", ""),
    "event_moved": ("UPDATE ON event", "OLD.id", ""),
    "entry_came": ("INSERT ON change", "NEW.event", " AND NEW.operation <> 0"),
    "entry_moved": ("UPDATE OF profile, event, occurred_at ON change", "OLD.event", ""),
    "entry_went": ("DELETE ON change", "OLD.event", ""),
}
"""name → when, which event it is about, and what else must be."""

# What is deleted may have been a person's: nothing of it stays in a packed column.
EVENT_WENT = f"""
CREATE TRIGGER event_went AFTER DELETE ON event WHEN {_IS_WATCHED.format(event="OLD.id")} BEGIN
  {_TOUCH.format(event="OLD.id")};
  INSERT OR IGNORE INTO segment_touched (event, times)
    SELECT event.id, 1 FROM segment_block CROSS JOIN event
    WHERE OLD.id BETWEEN segment_block.first AND segment_block.last
      AND event.id BETWEEN segment_block.first AND segment_block.last AND +event.definition = OLD.definition
      AND EXISTS (SELECT 1 FROM segment_piece WHERE {_PIECE_OF_OLD});
  DELETE FROM segment_part WHERE {_PIECE_OF_OLD};
  DELETE FROM segment_piece WHERE {_PIECE_OF_OLD};
END
"""


def up(migrator: Any, db: peewee.Database) -> None:
    db.create_tables(_tables(db))
    db.execute_sql(INDEX)
    migrator.migrate(
        migrator.drop_index("profile", "profile_section_id"),
        migrator.add_index("profile", ("section", "id", "merged_into")),
    )
    is_sqlite = isinstance(db, peewee.SqliteDatabase)
    for statement in TOTALS_ON_SQLITE if is_sqlite else TOTALS_ON_POSTGRESQL:
        db.execute_sql(statement)
    if not is_sqlite:
        return
    for name, (when, event, condition) in TRIGGERS.items():
        watched = _IS_WATCHED.format(event=event) + condition
        touch = _TOUCH.format(event=event)
        db.execute_sql(f"CREATE TRIGGER {name} AFTER {when} WHEN {watched} BEGIN {touch}; END")
    db.execute_sql(EVENT_WENT)


def _tables(db: peewee.Database) -> list[type[peewee.Model]]:
    class Of(peewee.Model):
        class Meta:
            database = db

    class Watch(Of):
        id = IntegerField(primary_key=True)
        event = BigIntegerField()

        class Meta:
            table_name = "segment_watch"

    class Block(Of):
        id = IntegerField(primary_key=True)
        first = BigIntegerField()
        last = BigIntegerField()

        class Meta:
            table_name = "segment_block"

    class Piece(Of):
        definition = BigIntegerField()
        block = IntegerField()
        events = IntegerField()
        first_at = BigIntegerField()
        last_at = BigIntegerField()

        class Meta:
            table_name = "segment_piece"
            primary_key = CompositeKey("definition", "block")

    class Part(Of):
        definition = BigIntegerField()
        block = IntegerField()
        name = TextField()
        content = BlobField()

        class Meta:
            table_name = "segment_part"
            indexes = ((("definition", "block", "name"), True),)

    class Touched(Of):
        event = BigIntegerField(primary_key=True)
        times = IntegerField()

        class Meta:
            table_name = "segment_touched"

    return [Watch, Block, Piece, Part, Touched]
