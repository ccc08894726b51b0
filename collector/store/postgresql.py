"""PostgreSQL's connections: nobody waits for a database that does not answer, and nobody for each other.

A server may be gone, restarting, frozen, or behind a network that swallows everything. Each wait has an
end of its own: the kernel's (a dead peer), the server's (a statement, a lock, an idle transaction) and
ours (an answer that does not come although the connection stands).
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from typing import Any

import psycopg
from playhouse.pool import MaxConnectionsExceeded
from playhouse.postgres_ext import PooledPsycopg3Database, Psycopg3ExtAdapter

CONNECT_SECONDS = 3
LOCK_SECONDS = 5
STATEMENT_SECONDS = 8
ANSWER_SECONDS = 10  # more than a statement may take: the server's own refusal is the better one
IDLE_TRANSACTION_SECONDS = 15  # frees the locks of a process whose machine has vanished
POOL_SECONDS = 5
AGAIN_SECONDS = 0.5
"""For so long after a connection could not be made, nobody else tries."""
SPARE_SECONDS = 10.0
"""Connections that nobody needed for so long are given back to the server."""
FULL = ("too many clients", "connection slots are reserved", "too many connections for")
"""What PostgreSQL says when it takes no more connections; libpq does not pass its code on."""

NETWORK = {
    "connect_timeout": CONNECT_SECONDS,
    "keepalives": 1,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": ANSWER_SECONDS * 1000,
}
"""How soon the kernel gives up a peer that is gone, in libpq's words; the address may say otherwise."""


class _Connection(psycopg.Connection[Any]):
    """A connection that is given up when no answer comes, unless `is_hurried` is turned off."""

    is_hurried = True

    def wait(self, gen: Any, interval: float = 0.1, timeout: float | None = None) -> Any:
        if timeout is None and self.is_hurried:
            timeout = ANSWER_SECONDS
        try:
            return super().wait(gen, interval, timeout)
        except psycopg.OperationalError:
            # After a wait that was broken off, nobody knows what the next answer would be to.
            if self.pgconn.transaction_status == psycopg.pq.TransactionStatus.ACTIVE:
                self.close()
            raise


class _Adapter(Psycopg3ExtAdapter):  # type: ignore[misc]
    def connect(self, db: Any, **params: Any) -> _Connection:
        own = psycopg.conninfo.conninfo_to_dict(db.database)
        wanted = {name: value for name, value in (NETWORK | params).items() if name not in own}
        return _Connection.connect(db.database, **wanted)


class PostgresqlPool(PooledPsycopg3Database):  # type: ignore[misc]
    """At most `size` connections of a process; whoever finds none free waits for at most five seconds.

    Many processes share a server, which takes a hundred connections unless it is told otherwise. So whoever
    finds that it has none left waits likewise, as long as this process has others, and what a burst took
    and nobody needed since is given back.
    """

    psycopg3_adapter = _Adapter

    def __init__(self, url: str, size: int) -> None:
        super().__init__(url, max_connections=size, timeout=POOL_SECONDS)
        self._failed_at = self._full_at = -AGAIN_SECONDS
        self._spare, self._spare_since = 0, time.monotonic()

    def _connect(self) -> Any:
        # peewee makes one connection at a time: without this, forty threads that wait for a server that
        # is gone would learn of it one after the other.
        if time.monotonic() - self._failed_at < AGAIN_SECONDS:
            raise psycopg.OperationalError("The database could not be reached a moment ago.")
        with self._pool_lock:
            try:
                return self._taken()
            except psycopg.OperationalError as error:
                if self._in_use and any(words in str(error) for words in FULL):
                    self._full_at = time.monotonic()
                    raise MaxConnectionsExceeded("The server takes no more connections.") from error
                self._failed_at = time.monotonic()
                raise

    def _taken(self) -> Any:
        is_full = time.monotonic() - self._full_at < AGAIN_SECONDS
        if is_full and self._in_use and not self._connections:
            raise MaxConnectionsExceeded("The server took no more connections a moment ago.")
        connection = super()._connect()
        self._spare = min(self._spare, len(self._connections))
        return connection

    def _close(self, conn: Any, close_conn: bool = False) -> None:
        with self._pool_lock:
            super()._close(conn, close_conn)
            if time.monotonic() - self._spare_since >= SPARE_SECONDS:
                self._give_back()

    def _give_back(self) -> None:
        """Closes as many connections as were idle all the time since this was done last."""
        self._connections.sort()
        kept = max(0, len(self._connections) - self._spare)
        for _, _, connection in self._connections[kept:]:
            self._close_raw(connection)
        del self._connections[kept:]
        self._spare, self._spare_since = kept, time.monotonic()

    def _is_closed(self, conn: Any) -> bool:
        # peewee would ask the server, with everybody waiting for it: a round trip each time.
        return bool(conn.closed)

    def _initialize_connection(self, conn: Any) -> None:
        super()._initialize_connection(conn)
        if not getattr(conn, "is_limited", False):
            conn.execute(_limits(LOCK_SECONDS, STATEMENT_SECONDS))
            conn.is_limited = True

    @contextlib.contextmanager
    def unhurried(self) -> Iterator[None]:
        """Lets this thread's connection take as long as it needs, until the end of the outermost block."""
        connection = self.connection()
        if not connection.is_hurried:
            yield
            return
        connection.execute(_limits(0, 0))
        connection.is_hurried = False
        try:
            yield
        finally:
            connection.is_hurried = True
            if not connection.closed:
                connection.execute(_limits(LOCK_SECONDS, STATEMENT_SECONDS))


def _limits(lock: int, statement: int) -> str:
    return (
        f"SET lock_timeout = '{lock}s'; SET statement_timeout = '{statement}s';"
        f" SET idle_in_transaction_session_timeout = '{IDLE_TRANSACTION_SECONDS}s'"
    )
