"""Recorded articles: loose lines in, articles out, and a clear error that names the line."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from placewatch.errors import NotFoundError, RecordError
from placewatch.recorded import article_from_recorded, read_recorded


LINE = {
    "id": "x1",
    "url": "https://www.wire.example/a",
    "published": "2024-12-06",
    "title": "T",
    "text": "B",
}


def test_a_bare_date_is_its_noon() -> None:
    assert article_from_recorded(LINE).published_at == datetime(2024, 12, 6, 12, tzinfo=UTC)


def test_source_is_the_given_one_or_the_host() -> None:
    assert article_from_recorded(LINE).source_id == "wire.example"
    assert (
        article_from_recorded(LINE | {"source": "www.other.example"}).source_id == "other.example"
    )


def test_a_full_article_survives_as_it_is() -> None:
    article = article_from_recorded(LINE | {"revision": 2, "summary": "S", "is_backfill": True})
    assert (article.revision, article.summary, article.is_backfill) == (2, "S", True)
    assert article_from_recorded(json.loads(article.to_json())) == article


@pytest.mark.parametrize("published", ["", "yesterday", "2024-13-01", None])
def test_a_line_without_a_usable_date_is_refused(published: str | None) -> None:
    with pytest.raises((RecordError, ValueError)):
        article_from_recorded(LINE | {"published": published})


def test_an_undated_line_takes_the_time_it_is_given_and_says_so() -> None:
    noon = datetime(2026, 1, 1, 12, tzinfo=UTC)
    article = article_from_recorded(LINE | {"published": ""}, undated=noon)
    assert (article.published_at, article.date_source) == (noon, "assumed")
    assert article_from_recorded(LINE, undated=noon).date_source == "recorded"


def test_a_line_without_id_is_refused() -> None:
    with pytest.raises(RecordError, match="neither"):
        article_from_recorded({key: value for key, value in LINE.items() if key != "id"})


@pytest.mark.parametrize("suffix", [".jsonl", ".jsonl.gz"])
def test_plain_and_gzipped_files_read_the_same(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"articles{suffix}"
    text = json.dumps(LINE) + "\n\n" + json.dumps(LINE | {"id": "x2"}) + "\n"
    path.write_bytes(gzip.compress(text.encode()) if suffix.endswith("gz") else text.encode())
    assert [article.article_id for article in read_recorded(path)] == ["x1", "x2"]


@pytest.mark.parametrize("bad", ["{", "[]", "12", '{"id": "x"}', '"text"'])
def test_a_bad_line_is_named_by_file_and_number(tmp_path: Path, bad: str) -> None:
    path = tmp_path / "articles.jsonl"
    path.write_text(json.dumps(LINE) + "\n" + bad + "\n")
    with pytest.raises(RecordError, match=r"articles\.jsonl, line 2"):
        list(read_recorded(path))


def test_a_missing_file_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match=r"nothing\.jsonl"):
        list(read_recorded(tmp_path / "nothing.jsonl"))
