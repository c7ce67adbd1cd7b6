"""Recorded articles: JSON lines, plain or gzipped, as `extract` and `replay` read them.

A line is an Article, or looser: `id` or `article_id`, `title`, `text`, and of `url`, `published` (a date or a
time), `source` what there is.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pydantic import ValidationError

from placewatch.errors import NotFoundError, RecordError
from placewatch.record_base import digest
from placewatch.records import Article
from placewatch.vocabulary import DatePrecision


def read_recorded(path: Path, *, undated: datetime | None = None) -> Iterator[Article]:
    """Yield the articles of one file, in its order; `undated` is as in `article_from_recorded`.

    Raises:
        NotFoundError: there is no such file.
        RecordError: a line is not an article; the message names file and line.
    """
    if not path.is_file():
        raise NotFoundError(
            f"there is no file {path}: name a file of recorded articles, one JSON object a line"
        )
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", encoding="utf-8") as lines:
        for number, line in enumerate(lines, start=1):
            if not line.strip():
                continue
            try:
                yield article_from_recorded(json.loads(line), undated=undated)
            except (ValueError, TypeError, AttributeError, RecordError) as error:
                raise RecordError(
                    f"{path}, line {number}: not a recorded article: {error}"
                ) from error


def article_from_recorded(row: dict[str, Any], *, undated: datetime | None = None) -> Article:
    """Return the article of one recorded line.

    Args:
        row: the line's object.
        undated: the time given to an article that has none; None refuses it (a replay needs every date).

    Raises:
        RecordError: the line has no id or no usable date.
    """
    given = str(row.get("published_at") or row.get("published") or "")
    published = undated if undated and not given else _when(given)
    url = str(row.get("url") or "")
    article_id = str(row.get("article_id") or row.get("id") or "")
    if not article_id:
        raise RecordError("it has neither `id` nor `article_id`")
    source_id = str(
        row.get("source_id") or row.get("source") or urlsplit(url).hostname or "unknown"
    )
    known = {name: row[name] for name in Article.model_fields if name in row}
    defaults: dict[str, Any] = {
        "url": url,
        "fetched_at": published,
        "content_hash": digest(str(row.get("title", "")), str(row.get("text", ""))),
        "date_source": "recorded" if given else "assumed",
        "date_precision": DatePrecision.DAY if given else DatePrecision.UNKNOWN,
        "parser": "recorded",
    }
    fixed = {
        "article_id": article_id,
        "published_at": published,
        "source_id": source_id.removeprefix("www."),
    }
    try:
        return Article.model_validate(defaults | known | fixed)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        raise RecordError(f"{'.'.join(map(str, first['loc']))}: {first['msg']}") from error


def _when(text: str) -> datetime:
    """Return the time `text` names; a bare date is its noon, so that no zone moves it to another day."""
    if not text:
        raise RecordError("it has no `published` date")
    if len(text) == len("2024-12-06"):
        return datetime.combine(date.fromisoformat(text), time(12), tzinfo=UTC)
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
