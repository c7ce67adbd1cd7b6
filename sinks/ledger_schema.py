"""The ledger's schema in words: `docs/ledger-schema.md` comes from the model and from Datasette's metadata."""

from __future__ import annotations

import importlib.resources
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import JSON, Boolean, Column, Double, Integer
from sqlalchemy.types import TypeEngine

from placewatch.datafile import read_mapping
from placewatch.errors import ConfigError
from sinks.database import head_revision
from sinks.model import Base, UtcTime


_TYPES: tuple[tuple[type[TypeEngine[Any]], str], ...] = (
    (UtcTime, "time"),
    (Boolean, "boolean"),
    (Integer, "integer"),
    (Double, "number"),
    (JSON, "JSON"),
)


def datasette_file() -> Path:
    """Return the file of Datasette's metadata that placewatch ships."""
    return Path(str(importlib.resources.files("sinks") / "datasette.yaml"))


def described() -> dict[str, Any]:
    """Return what is said of each table and view: its description and columns, as Datasette's metadata has them."""
    metadata = read_mapping(datasette_file(), ConfigError)
    tables: dict[str, Any] = metadata["databases"]["ledger"]["tables"]
    return tables


def schema_markdown() -> str:
    """Return every view and table with its columns, their types and meanings, as Markdown."""
    lines = (
        "# The ledger, column by column",
        "",
        f"Version {head_revision()}, as `placewatch ledger schema` prints it.",
        "Times are UTC: in SQLite ISO 8601 text of one width, in PostgreSQL `timestamptz`.",
        "",
        "## Views, to look at",
        "",
        *_views(),
        "## Tables",
        "",
        *_tables(),
    )
    return "\n".join(lines).rstrip() + "\n"


def _views() -> Iterator[str]:
    for name, said in described().items():
        if name in Base.metadata.tables or said.get("hidden"):
            continue
        yield from (f"### {name}", "", said["description"], "", "| column | meaning |", "|---|---|")
        yield from (f"| `{column}` | {meaning} |" for column, meaning in said["columns"].items())
        yield ""


def _tables() -> Iterator[str]:
    said = described()
    for name, table in Base.metadata.tables.items():
        yield from (f"### {name}", "", said[name]["description"], "")
        yield from ("| column | type | meaning |", "|---|---|---|")
        for column in table.columns:
            yield f"| `{column.name}` | {_type_of(column)} | {said[name]['columns'][column.name]} |"
        yield ""


def _type_of(column: Column[Any]) -> str:
    """Return a column's type in a word, with whether it is the key or may be empty."""
    word = next((word for kind, word in _TYPES if isinstance(column.type, kind)), "text")
    if column.primary_key:
        return f"{word}, key"
    return f"{word}, may be empty" if column.nullable else word
