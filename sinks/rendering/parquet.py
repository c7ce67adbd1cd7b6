"""Alerts as Apache Parquet, written in row groups so that any number of them fits into memory."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any, BinaryIO

from placewatch.errors import ConfigError
from placewatch.records import Alert
from sinks.rendering.columns import ALERT_COLUMNS, Kind


ROW_GROUP = 5_000


def write_parquet(alerts: Iterable[Alert], out: BinaryIO) -> None:
    """Write the table of alerts to `out`; each column's meaning and code system are in its metadata.

    Raises:
        ConfigError: pyarrow is not installed.
    """
    try:
        import pyarrow as pa  # noqa: PLC0415  # an extra: 150 MB that only this export needs
        from pyarrow import parquet  # noqa: PLC0415
    except ImportError as error:
        raise ConfigError(
            "Parquet needs pyarrow, which is not installed: pip install 'placewatch[parquet]'"
        ) from error
    types = {
        Kind.TEXT: pa.string(),
        Kind.TIME: pa.timestamp("us", tz="UTC"),
        Kind.DATE: pa.date32(),
        Kind.NUMBER: pa.float64(),
        Kind.INTEGER: pa.int32(),
    }
    schema = pa.schema(
        [
            pa.field(c.name, types[c.kind], metadata={"meaning": c.meaning, "system": c.system})
            for c in ALERT_COLUMNS
        ]
    )
    with parquet.ParquetWriter(out, schema, compression="zstd") as writer:
        for rows in _groups(iter(alerts)):
            writer.write_table(pa.Table.from_pydict(_by_column(rows), schema=schema))


def _groups(alerts: Iterator[Alert]) -> Iterator[list[Alert]]:
    while group := list(islice(alerts, ROW_GROUP)):
        yield group


def _by_column(rows: list[Alert]) -> dict[str, list[Any]]:
    return {column.name: [column.of(row) for row in rows] for column in ALERT_COLUMNS}
