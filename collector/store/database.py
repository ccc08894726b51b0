"""One open database: its connections, its read and write transactions, its schema version."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import peewee
import psycopg
from playhouse.migrations import Runner
from playhouse.pool import MaxConnectionsExceeded, PooledDatabase, PooledSqliteDatabase

from collector.store import patience
from collector.store.bulk import Bulk, Listed, Unnested
from collector.store.failures import UNAVAILABLE, as_peewee, is_busy, unavailable
from collector.store.online import build_ahead, indexes_of
from collector.store.postgresql import PostgresqlPool
from collector.store.segments.dialect import register
from collector.store.stepping import in_a_free_moment, take_turn, whose

MIGRATIONS = Path(__file__).parent / "migrations"
BUSY_SECONDS = 5
POOL_SIZE = 40
LOG_PAGES = 1_000
"""How long SQLite's log grows before a commit copies it into the file; its own default."""
_MIGRATION_LOCK = 0x46504D47  # any number will do, as long as every Fieldpost process takes the same one

_TABLES = (
    "SELECT relname FROM pg_class WHERE relnamespace = current_schema()::regnamespace"
    " AND relkind IN ('r', 'p') AND NOT relispartition"
)

log = logging.getLogger(__name__)


class NewerDatabase(Exception):
    """The database was made by a newer Fieldpost than this one."""


class OlderDatabase(Exception):
    """The database is older than this Fieldpost, and nobody may bring it up to date in passing."""


class UnusableDatabase(Exception):
    """The address names no database that Fieldpost can open."""


class SqlitePool(PooledSqliteDatabase):  # type: ignore[misc]
    """SQLite's connections. Whoever waits for nobody does not wait for one of them either."""

    def connect(self, reuse_if_open: bool = False) -> bool:
        if not patience.is_hurried():
            return bool(super().connect(reuse_if_open))
        try:
            return bool(super(PooledDatabase, self).connect(reuse_if_open))
        except MaxConnectionsExceeded as error:
            raise patience.WouldWait from error


class Database:
    """A SQLite file (`sqlite:///path`) or a PostgreSQL database (`postgresql://…`).

    Raises `UnusableDatabase` for any other address. Connections are opened when they are needed.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self.peewee: Any = _open(url)
        self.is_sqlite = isinstance(self.peewee, peewee.SqliteDatabase)

    @contextlib.contextmanager
    def connected(self) -> Iterator[None]:
        """A connection for this thread, given back at the end; may be nested.

        Raises `Problem("storage-unavailable")` when the database cannot be reached or does not answer, is
        locked for longer than five seconds, is full or cannot be written to; and `patience.WouldWait`.
        """
        patience.wait()
        with self._connected():
            yield

    @contextlib.contextmanager
    def _connected(self) -> Iterator[None]:
        try:
            opened = self.peewee.connect(reuse_if_open=True)
        except UNAVAILABLE as error:
            self._discard()
            raise unavailable() from error
        if not opened:  # whoever opened it sees to what goes wrong
            yield
            return
        try:
            yield
        except UNAVAILABLE as error:
            self._discard()
            raise unavailable() from error
        finally:
            if not self.peewee.is_closed():
                self.peewee.close()

    @contextlib.contextmanager
    def unhurried(self) -> Iterator[None]:
        """What may take minutes: inside, PostgreSQL may take as long as it needs, and for locks too."""
        with self.connected():
            if isinstance(self.peewee, PostgresqlPool):
                with self.peewee.unhurried():
                    yield
            else:
                yield

    @contextlib.contextmanager
    def writing(self) -> Iterator[None]:
        """A write transaction: everything in it happens, durably, or nothing of it."""
        # SQLite: a deferred transaction that turns into a writing one gets BUSY at once, without waiting.
        begin = ("IMMEDIATE",) if self.is_sqlite else ()
        with self.connected(), self.peewee.atomic(*begin):
            yield

    @contextlib.contextmanager
    def writing_now(self) -> Iterator[None]:
        """A write transaction of SQLite in a thread that waits for nobody.

        Raises `patience.WouldWait` where somebody else writes. Inside, `fetch` and `many` are all there is:
        the others, which may take long, raise it too, and then nothing of it happens.
        """
        with self._connected(), self._in_a_hurry():
            transaction = self.peewee.transaction("IMMEDIATE")
            try:
                transaction.__enter__()
            except peewee.OperationalError as error:
                if is_busy(error):
                    raise patience.WouldWait from error
                raise
            with contextlib.ExitStack() as stack:
                stack.push(transaction)
                yield

    @contextlib.contextmanager
    def _in_a_hurry(self) -> Iterator[None]:
        """Nobody is waited for, and the log, which may be long, is left to others to be copied."""
        connection = self.peewee.connection()
        connection.execute("PRAGMA busy_timeout = 0")
        connection.execute("PRAGMA wal_autocheckpoint = 0")
        try:
            yield
        finally:
            connection.execute(f"PRAGMA busy_timeout = {BUSY_SECONDS * 1000}")
            connection.execute(f"PRAGMA wal_autocheckpoint = {LOG_PAGES}")

    @contextlib.contextmanager
    def snapshot(self) -> Iterator[None]:
        """Everything that is read in it is as of one moment; it holds no writer up, and may take long."""
        begin = ("DEFERRED",) if self.is_sqlite else ("REPEATABLE READ",)
        with self.unhurried(), self.peewee.atomic(*begin):
            yield

    def tables(self) -> list[str]:
        """The names of its tables; on PostgreSQL without the parts that some consist of."""
        with self.connected():
            if self.is_sqlite:
                return sorted(self.peewee.get_tables())
            return sorted(name for (name,) in self.peewee.execute_sql(_TABLES).fetchall())

    def rows(self, query: Any) -> list[dict[str, Any]]:
        """All rows of a peewee query, as dicts."""
        with self.connected():
            return list(query.dicts().execute(self.peewee))

    def row(self, query: Any) -> dict[str, Any] | None:
        """The first row of a peewee query, or None."""
        found = self.rows(query.limit(1))
        return found[0] if found else None

    def run(self, query: Any) -> None:
        """Executes an INSERT, UPDATE or DELETE."""
        with self.connected():
            query.execute(self.peewee)

    def touch(self, query: Any) -> int:
        """Executes an UPDATE or DELETE; the number of rows it touched."""
        with self.connected():
            return int(query.execute(self.peewee))

    def insertion(self, model: Any, columns: Sequence[str], *, or_leave: bool = False) -> Bulk:
        """The INSERT of a row with these columns, for `many`; `or_leave`: a row whose key is there stays.

        SQLite's own INSERT OR IGNORE would also pass over a NULL where none may be.
        """
        return self.upsertion(model.insert({getattr(model, column): 0 for column in columns}), or_leave)

    def upsertion(self, query: Any, or_leave: bool = False) -> Bulk:
        """An INSERT with what is to happen where the key is there already, for `many`.

        On PostgreSQL no two of the rows may have the same key.
        """

        def write() -> str:
            sql = self.statement(query).split(" RETURNING ")[0]
            return f"{sql} ON CONFLICT DO NOTHING" if or_leave else sql

        return Listed(write) if self.is_sqlite else Unnested(write, query.model)

    def statement(self, query: Any) -> str:
        """The SQL text of a query, for `many` and `fetch`."""
        sql, _ = self.peewee.get_sql_context().sql(query).query()
        return str(sql)

    def fetch(self, sql: str, parameters: Sequence[Any]) -> list[tuple[Any, ...]]:
        """The rows of one statement, as tuples; inside a transaction."""
        cursor = self.peewee.cursor()
        try:
            cursor.execute(sql, parameters)
            return list(cursor.fetchall())
        except Exception as error:
            raise as_peewee(error) from error
        finally:
            cursor.close()

    def tuples(self, query: Any) -> list[tuple[Any, ...]]:
        """All rows of a peewee query as tuples, many of them quickly; inside a transaction."""
        sql, parameters = self.peewee.get_sql_context().sql(query).query()
        return self.fetch(str(sql), parameters)

    def many(self, sql: str | Bulk, rows: Sequence[Sequence[Any]]) -> int:
        """Executes one statement for many rows of parameters; the number of rows it touched."""
        cursor = self.peewee.cursor()
        try:
            if not isinstance(sql, str):
                return sql.execute(cursor, rows)
            cursor.executemany(sql, rows)
            return int(cursor.rowcount)
        except Exception as error:
            raise as_peewee(error) from error
        finally:
            cursor.close()

    @contextlib.contextmanager
    def without_waiting(self) -> Iterator[None]:
        """Inside a transaction: on PostgreSQL, statements that nobody asks for an answer go out together.

        All are answered at the end of the block, which is where it raises what is wrong with one of them.
        Inside, `many` does not know how many rows it touched.
        """
        if self.is_sqlite:
            yield
            return
        try:
            with self.peewee.connection().pipeline():
                yield
        except psycopg.Error as error:
            raise as_peewee(error) from error

    def migrate(self, said: Callable[[str], None] = lambda _: None) -> list[str]:
        """Brings the schema up to date; the names of the steps that were taken, each `said` once it is.

        Safe to call from several processes at once, and after having been killed half-way: a step
        happens with its line in the history, or not at all. Raises `NewerDatabase`, and `OlderDatabase`
        where this role of PostgreSQL may not make tables.
        """
        with _as_unusable(self.url), self.unhurried():
            runner = Runner(self.peewee, directory=str(MIGRATIONS))
            pending = self._pending(runner)
            if not pending:
                return []
            self._require_owner(pending)
            taken: list[str] = []
            with self._migrating():
                for step in self._pending(runner):
                    taken += self._take(runner, step)
                    said(step)
            return taken

    def leave_nothing_behind(self) -> bool:
        """Empties SQLite's write-ahead log, in which old pages stay until it is written over.

        False if readers or writers are at it all the time; then it is worth another try later. PostgreSQL's
        own log and the space of deleted rows are its vacuum's and its archive's business.
        """
        if not self.is_sqlite:
            return True
        with self.connected():
            is_busy, _, _ = self.peewee.execute_sql("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        return not is_busy

    def close(self) -> None:
        """Closes every connection, those of other threads included."""
        close_all = getattr(self.peewee, "close_all", None)
        if close_all is not None:
            close_all()

    def _pending(self, runner: Runner) -> list[str]:
        steps = runner.status()
        unknown = [step.name for step in steps if step.path is None]
        if unknown:
            raise NewerDatabase(
                f"This database was made by a newer Fieldpost (it knows {', '.join(unknown)}). "
                "Install that version or a later one; this one will not touch it."
            )
        return [step.name for step in steps if step.applied is None]

    def _take(self, runner: Runner, step: str) -> list[str]:
        if self.is_sqlite:
            return list(runner.up(step))
        build_ahead(self.peewee, indexes_of(runner, step))
        return in_a_free_moment(self.peewee, lambda: list(runner.up(step)))

    def _require_owner(self, pending: Sequence[str]) -> None:
        role = None if self.is_sqlite else whose(self.peewee)
        if role is not None:
            raise OlderDatabase(
                f"This database is older than this Fieldpost: {len(pending)} steps are to be taken, from "
                f"{pending[0]} on, and the role {role} may make no tables in it. Take them with the address "
                "of the database's owner in FIELDPOST_DATABASE: fieldpost migrate"
            )

    @contextlib.contextmanager
    def _migrating(self) -> Iterator[None]:
        if self.is_sqlite:
            with self.peewee.atomic("EXCLUSIVE"):
                yield
            return
        take_turn(self.peewee, _MIGRATION_LOCK)
        try:
            yield
        finally:
            self.peewee.execute_sql("SELECT pg_advisory_unlock(%s)", (_MIGRATION_LOCK,))

    def _discard(self) -> None:
        """Throws this thread's connection away, and those that nobody uses: they may be broken as well."""
        with contextlib.suppress(Exception):
            self.peewee.manual_close()
        with contextlib.suppress(Exception):
            self.peewee.close_idle()


@contextlib.contextmanager
def _as_unusable(url: str) -> Iterator[None]:
    try:
        yield
    except peewee.ProgrammingError as error:
        if isinstance(getattr(error, "orig", None), psycopg.errors.InsufficientPrivilege):
            raise UnusableDatabase(
                "The role that FIELDPOST_DATABASE names may not use the tables of this database. Its owner "
                "gives it what it needs: fieldpost database role NAME --apply"
            ) from error
        raise
    except peewee.DatabaseError as error:
        if type(error) is peewee.DatabaseError and "not a database" in str(error):
            raise UnusableDatabase(f"What is at {url!r} is no SQLite database.") from error
        raise


def _open(url: str) -> Any:
    try:
        scheme, _ = urlsplit(url).scheme, urlsplit(url).port
    except ValueError as error:
        raise UnusableDatabase(f"{url!r} is no database address: {error}.") from error
    if scheme == "sqlite":
        return _open_sqlite(url)
    if scheme in ("postgresql", "postgres"):
        return PostgresqlPool(url, POOL_SIZE)
    raise UnusableDatabase(f"{url!r} is no database address; it starts with sqlite:/// or postgresql://")


def _open_sqlite(url: str) -> Any:
    path = url.removeprefix("sqlite:///")
    if path == url or not path or path == ":memory:":
        raise UnusableDatabase(f"{url!r} names no file; a SQLite address looks like sqlite:///fieldpost.db")
    if not Path(path).absolute().parent.is_dir():
        raise UnusableDatabase(f"The folder of {path!r} does not exist")
    database = SqlitePool(
        path,
        max_connections=POOL_SIZE,
        timeout=BUSY_SECONDS,
        check_same_thread=False,
        pragmas={
            "journal_mode": "wal",
            "synchronous": "full",  # in WAL mode, NORMAL would lose the last commits in a power cut
            "foreign_keys": 1,
            "busy_timeout": BUSY_SECONDS * 1000,
            "cache_size": -16_000,
            "temp_store": "memory",
            "secure_delete": 1,  # what is deleted is overwritten: an erased person must not be in the file
        },
    )
    register(database)
    return database
