"""Our own labels of items of the replays: tests/eval/replay_labels/*.txt, one item a line, `window:id|places|reports`.

Places and reports are written as in our corpus; a `?` after the factuality makes a report optional. The texts are not
part of the project: they are looked up in the replays beside the checkout. `learning.txt` (windows w3 and w5) trains the
second opinion and measures nothing; `measuring.txt` (window w4) has a fourth field, `Name:state/holder` for each status,
and is never trained on or written from.
"""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from own_corpus import parts, report


LABELS = Path(__file__).with_name("replay_labels")
_STATUS = re.compile(r"(?P<name>.+?):(?P<state>[a-z]+)/(?P<holder>.*)")
_FIELDS = (3, 4)


class Label(NamedTuple):
    """What a reader found in one item of a replay."""

    window: str
    item_id: str
    places: tuple[str, ...]
    reports: tuple[dict[str, Any], ...]
    statuses: tuple[dict[str, Any], ...]


def labels(name: str) -> Iterator[Label]:
    """Yield the labels of one file, `learning` or `measuring`.

    Raises:
        ValueError: a line is not as described; the message names file and line.
    """
    path = LABELS / f"{name}.txt"
    for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
        if line.strip() and not line.startswith("#"):
            yield _label(line, f"{path.name}, line {number}")


def labelled_rows(replays: Path, name: str) -> list[dict[str, Any]]:
    """Return the labelled items with their texts, as rows of labelled news; none where the replays are not there."""
    wanted = {(label.window, label.item_id): label for label in labels(name)}
    rows = []
    for window in sorted({window for window, _ in wanted}):
        for path in sorted(replays.glob(f"{window}_*.jsonl.gz")):
            rows += [
                _row(item, wanted[window, item["id"]])
                for item in _items(path)
                if (window, item["id"]) in wanted
            ]
    return rows


def _items(path: Path) -> Iterator[dict[str, Any]]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def _row(item: dict[str, Any], label: Label) -> dict[str, Any]:
    return {
        "id": f"{label.window}:{item['id']}",
        **{key: item.get(key) for key in ("url", "published", "title", "text")},
        "places": label.places,
        "reports": label.reports,
        "status_change": label.statuses,
    }


def _label(line: str, where: str) -> Label:
    fields = [field.strip() for field in line.split("|")]
    if len(fields) not in _FIELDS:
        raise ValueError(f"{where}: {len(fields)} fields, not three or four")
    window, _, item_id = fields[0].partition(":")
    named = {label.rsplit(", ", 1)[0]: label for label in parts(fields[1])}
    reports = tuple(_report(part, named, where) for part in parts(fields[2]))
    statuses = tuple(_statuses(parts("".join(fields[3:])), named, where))
    return Label(window, item_id, tuple(named.values()), reports, statuses)


def _report(part: str, named: dict[str, str], where: str) -> dict[str, Any]:
    told = report(part.replace("?", "", 1), named, where)
    return {**told, "evidence": "", "optional": "?" in part}


def _statuses(
    told: Iterable[str], named: dict[str, str], where: str
) -> Iterator[dict[str, str | None]]:
    for part in told:
        match = _STATUS.fullmatch(part)
        if match is None or match["name"] not in named:
            raise ValueError(f"{where}: {part!r} is no status of a place of the item")
        holder = match["holder"] if match["holder"] not in {"", "-"} else None
        yield {"place": named[match["name"]], "new_state": match["state"], "holder": holder}
