"""Alerts as CSV (RFC 4180) that no spreadsheet takes for formulas."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from placewatch.records import Alert
from sinks.rendering.columns import ALERT_COLUMNS
from sinks.rendering.plain import utc


MEDIA_TYPE = "text/csv"
# What spreadsheets take for the beginning of a formula (OWASP, "CSV Injection"), their full-width forms included.
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")  # noqa: RUF001


def neutral(text: str) -> str:
    """Return a cell's text so that a spreadsheet shows it and never computes it."""
    return f"'{text}" if text.lstrip(" ").startswith(_FORMULA_STARTS) else text


def csv_table(alerts: Iterable[Alert]) -> Iterator[bytes]:
    """Yield the lines of the table in UTF-8, its heading first."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerow([column.name for column in ALERT_COLUMNS])
    for alert in alerts:
        yield _taken(buffer)
        writer.writerow([_cell(column.of(alert)) for column in ALERT_COLUMNS])
    yield _taken(buffer)


def _taken(buffer: io.StringIO) -> bytes:
    text = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    return text.encode()


def _cell(value: Any) -> Any:
    """Return a value as its cell; only text can be a formula, a longitude of -3.7 is a number."""
    if isinstance(value, str):
        return neutral(value)
    return utc(value) if isinstance(value, datetime) else value
