"""Changes a watchlist file as a person would: adds or takes out an entry's lines and leaves every other line alone.

Comments, order and style survive because the text is never written anew from data.
"""

from __future__ import annotations

import csv
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from placewatch.errors import WatchlistError
from placewatch.places import Entry, parse_entries, parse_text, read_entries


_HEAD = (
    "# The places placewatch tracks; `placewatch watch --help` says how to change them.\nplaces:\n"
)


def entry_fields(entry: Entry) -> dict[str, Any]:
    """Return an entry as it is written in the file: only what was said, dates as dates."""
    fields: dict[str, Any] = entry.model_dump(mode="json", exclude_defaults=True)
    if "baseline" in fields and entry.baseline is not None:
        moment = entry.baseline.as_of
        is_day = not (moment.hour or moment.minute or moment.second)
        fields["baseline"]["as_of"] = moment.date() if is_day else moment
    return fields


def add_entries(path: Path, entries: Sequence[Entry]) -> None:
    """Write entries at the end of the list; make the file when it is missing.

    Raises:
        WatchlistError: one is there already, or the file cannot be read, understood or written.
    """
    text = _read(path) if path.exists() else _HEAD
    _write(path, insert_entries(text, [entry_fields(e) for e in entries], path))


def remove_entry(path: Path, label: str) -> None:
    """Take the entry of a label out of the file.

    Raises:
        WatchlistError: it is not there, or the file cannot be read, understood or written.
    """
    _write(path, without_entry(_read(path), label, path))


def insert_entries(text: str, entries: Sequence[Mapping[str, Any]], path: Path) -> str:
    """Return the text of a watchlist with entries added after the last one."""
    lines = text.splitlines()
    listed = _sequence(text, path)
    dump = yaml.safe_dump(
        [dict(e) for e in entries], sort_keys=False, allow_unicode=True, width=1000
    )
    if listed is None or not listed.value:
        kept = [
            line for line in lines if line.replace(" ", "") not in {"places:[]", "places:", "[]"}
        ]
        body = [f"  {line}" for line in dump.splitlines()]
        return "\n".join([*kept, "places:", *body]) + "\n"
    _refuse_flow(listed, path)
    indent = " " * listed.start_mark.column
    end = _last_line(listed.value[-1], lines) + 1
    added = [f"{indent}{line}" for line in dump.splitlines()]
    return "\n".join([*lines[:end], *added, *lines[end:]]) + "\n"


def without_entry(text: str, label: str, path: Path) -> str:
    """Return the text of a watchlist without the lines of one entry."""
    lines = text.splitlines()
    listed = _sequence(text, path)
    for node in listed.value if listed is not None else ():
        if _label(node) == label and listed is not None:
            _refuse_flow(listed, path)
            start, end = node.start_mark.line, _last_line(node, lines) + 1
            rest = [*lines[:start], *lines[end:]]
            if len(listed.value) == 1:
                rest = [line if line.strip() != "places:" else "places: []" for line in rest]
            return "\n".join(rest) + "\n"
    raise WatchlistError(f"{label!r} is not in {path}: `placewatch watch list` shows what is")


def read_import(path: Path) -> tuple[Entry, ...]:
    """Return the entries of a file to import: a watchlist (YAML), CSV, or one label a line.

    CSV needs a column `place`, or `name` and `country`; others are ignored. Empty lines and lines that start
    with # are skipped in plain text.

    Raises:
        WatchlistError: the file cannot be read or has none of these.
    """
    if path.suffix.lower() in {".yaml", ".yml"}:
        return read_entries(path)
    text = _read(path)
    if path.suffix.lower() != ".csv":
        lines = (line.strip() for line in text.splitlines())
        return parse_entries([line for line in lines if line and not line.startswith("#")], path)
    rows = list(csv.DictReader(text.splitlines()))
    return parse_entries(
        [_csv_label(row, number, path) for number, row in enumerate(rows, 2)], path
    )


def _csv_label(row: Mapping[str, str | None], line: int, path: Path) -> str:
    fields = {
        (key or "").strip().casefold(): (value or "").strip()
        for key, value in row.items()
        if isinstance(value, str)
    }
    label = fields.get("place") or ", ".join(
        part for part in (fields.get("name"), fields.get("country")) if part
    )
    if not label:
        raise WatchlistError(f"{path}, line {line}: no `place`, nor `name` and `country`")
    return label


def _sequence(text: str, path: Path) -> yaml.SequenceNode | None:
    """Return the node of the list of places, None in an empty file."""
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError as error:
        raise WatchlistError(f"{path} is not YAML: {' '.join(str(error).split())}") from error
    if isinstance(root, yaml.MappingNode):
        root = next((value for key, value in root.value if key.value == "places"), None)
    return root if isinstance(root, yaml.SequenceNode) else None


def _refuse_flow(listed: yaml.SequenceNode, path: Path) -> None:
    if listed.flow_style:
        raise WatchlistError(
            f"{path}: the places are written in one pair of brackets; write each on its own line with `- place:`"
        )


def _last_line(node: yaml.Node, lines: Sequence[str]) -> int:
    """Return the last line of a node: a block's end mark lies past the comments and blank lines after it."""
    first, last = node.start_mark.line, node.end_mark.line
    if last > first and (last >= len(lines) or not lines[last][: node.end_mark.column].strip()):
        # The mark stands before anything of its line: at the next entry's dash, or past the end.
        last -= 1
    while last > first and (not lines[last].strip() or lines[last].lstrip().startswith("#")):
        last -= 1
    return last


def _label(node: yaml.Node) -> str | None:
    if isinstance(node, yaml.ScalarNode):
        return " ".join(str(node.value).split())
    if isinstance(node, yaml.MappingNode):
        return next(
            (" ".join(str(v.value).split()) for k, v in node.value if k.value == "place"), None
        )
    return None


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise WatchlistError(f"there is no file {path}") from error
    except (OSError, UnicodeDecodeError) as error:
        raise WatchlistError(f"{path} cannot be read: {error}") from error


def _write(path: Path, text: str) -> None:
    """Write the text whole or not at all, once it has been understood as a watchlist."""
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    parse_text(text, path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        partial.write_text(text, encoding="utf-8")
        partial.replace(path)
    except OSError as error:
        raise WatchlistError(f"{path} cannot be written: {error}") from error
    finally:
        partial.unlink(missing_ok=True)
