"""Records: JSON both ways, validation at the boundary, ids that do not move."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from placewatch.errors import RecordError
from placewatch.record_base import Record, digest, place_id_of
from placewatch.records import Article, Reading
from placewatch.topics import ALL_TOPICS


RECORD_NAMES = [topic.record.__name__ for topic in ALL_TOPICS]


@pytest.mark.parametrize("name", RECORD_NAMES)
def test_json_round_trip_gives_the_same_record(examples: dict[str, Record], name: str) -> None:
    record = examples[name]
    assert type(record).from_json(record.to_json()) == record


@pytest.mark.parametrize("name", RECORD_NAMES)
def test_unknown_fields_are_ignored(examples: dict[str, Record], name: str) -> None:
    record = examples[name]
    grown = json.loads(record.to_json()) | {"field_of_next_year": {"x": 1}}
    assert type(record).from_json(json.dumps(grown)) == record


@pytest.mark.parametrize("name", RECORD_NAMES)
@pytest.mark.parametrize(
    "raw", [b"", b"\xff\xfe", b"null", b"[]", b"{}", b'{"a":', b'"text"', b"12"]
)
def test_bytes_that_are_not_the_record_raise_record_error(
    examples: dict[str, Record], name: str, raw: bytes
) -> None:
    with pytest.raises(RecordError, match=f"not a valid {name}"):
        type(examples[name]).from_json(raw)


@pytest.mark.parametrize("name", RECORD_NAMES)
def test_records_cannot_be_changed(examples: dict[str, Record], name: str) -> None:
    record = examples[name]
    field = next(iter(type(record).model_fields))
    with pytest.raises(ValueError, match="frozen"):
        setattr(record, field, "other")


def test_the_message_names_the_fields_that_are_wrong() -> None:
    with pytest.raises(RecordError, match=r"source_id: .*published_at: "):
        Article.from_json(b'{"article_id": "a"}')


@given(st.text())
def test_a_record_is_one_line_whatever_its_text(title: str) -> None:
    now = datetime.fromisoformat("2024-12-06T12:00:00+00:00")
    text = title.encode("utf-8", "ignore").decode()
    article = Article(
        article_id="a", source_id="s", published_at=now, fetched_at=now, title=text + "\u2028\x85"
    )
    assert len(article.to_json().decode().splitlines()) == 1
    assert Article.from_json(article.to_json()) == article


def test_times_without_a_zone_are_refused() -> None:
    raw = {
        "article_id": "a",
        "source_id": "s",
        "published_at": "2024-12-06T12:00:00",
        "fetched_at": "2024-12-06T12:00:00Z",
    }
    with pytest.raises(RecordError, match="published_at"):
        Article.from_json(json.dumps(raw))


def test_a_reading_is_told_when_its_revision_came_out(examples: dict[str, Record]) -> None:
    reading = examples["Reading"]
    assert isinstance(reading, Reading)
    edited = reading.published_at + timedelta(hours=5)
    assert reading.model_copy(update={"updated_at": edited}).told_at == reading.published_at
    assert reading.model_copy(update={"updated_at": edited, "revision": 1}).told_at == edited
    assert reading.model_copy(update={"revision": 1}).told_at == reading.published_at


def test_body_is_the_text_or_else_the_summary() -> None:
    now = datetime.fromisoformat("2024-12-06T12:00:00+00:00")
    base = Article(article_id="a", source_id="s", published_at=now, fetched_at=now, summary="short")
    assert base.body == "short"
    assert base.model_copy(update={"text": "long"}).body == "long"


@pytest.mark.parametrize(
    ("label", "place_id"),
    [
        ("Rastan, Syria", "rastan-syria"),
        ("Ar-Rastān, Syria", "ar-rastan-syria"),
        ("Parácuaro, Mexico", "paracuaro-mexico"),
        ("al-Maqwas (Suwayda), Syria", "al-maqwas-suwayda-syria"),
    ],
)
def test_place_ids_are_readable(label: str, place_id: str) -> None:
    assert place_id_of(label) == place_id


@given(st.text(min_size=1))
def test_every_label_has_one_id_fit_for_a_key(label: str) -> None:
    place_id = place_id_of(label)
    assert place_id == place_id_of(label)
    assert 0 < len(place_id) <= 200
    assert place_id.isascii()


@given(st.lists(st.text(alphabet="ab", min_size=1), min_size=2, max_size=4))
def test_digest_tells_where_parts_end(parts: list[str]) -> None:
    joined = ["".join(parts)]
    assert digest(*parts) != digest(*joined)
    assert digest(*parts) == digest(*parts)
