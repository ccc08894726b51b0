"""A data set on the disk, and what is in it, read by pyarrow as any reader would."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from collector.lake.writing import Report, write_data_set
from tests.cast import Shop
from tests.environment import spark as installed_spark
from tests.environment.further_programs import are_needed


@dataclass(frozen=True)
class Lake:
    """A data set of a shop's section."""

    shop: Shop
    root: Path
    section: str = "shop"

    def write(self) -> Report:
        [section] = [one for one in self.shop.store.sections.all() if one.id == self.section]
        return write_data_set(self.shop.store, section, self.root, self.shop.clock.now())

    def files(self, table: str = "events") -> list[str]:
        return sorted(one.relative_to(self.root).as_posix() for one in (self.root / table).rglob("*.parquet"))

    def rows(self, table: str = "events") -> list[dict[str, Any]]:
        found = (pq.ParquetFile(self.root / name).read().to_pylist() for name in self.files(table))
        return [row for rows in found for row in rows]

    def ids(self) -> list[str]:
        return sorted(row["id"] for row in self.rows())


@pytest.fixture
def lake(shop: Shop, tmp_path: Path) -> Lake:
    return Lake(shop, tmp_path / "lake")


@pytest.fixture(scope="session")
def spark() -> Iterator[None]:
    """That Spark is here, with a Java that runs it, set up for little data."""
    if not installed_spark.is_here():
        (pytest.fail if are_needed() else pytest.skip)(installed_spark.MISSING)
    settings = "--conf spark.sql.shuffle.partitions=1 --conf spark.ui.enabled=false"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYSPARK_SUBMIT_ARGS", f"--master local[1] {settings} pyspark-shell")
        yield
