"""Dates from raw strings, row by row as feeds write them (T80 to T87)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from placewatch.vocabulary import DatePrecision
from producers.dates import DateSource, date_item, parse_moment


FETCHED = datetime(2026, 3, 5, 12, tzinfo=UTC)


def utc(day: int, hour: int = 0, minute: int = 0, second: int = 0) -> datetime:
    return datetime(2026, 3, day, hour, minute, second, tzinfo=UTC)


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("Mon, 02 Mar 2026 10:00:00 GMT", utc(2, 10)),
        ("Mon, 02 Mar 2026 10:00:00 +0300", utc(2, 7)),
        ("Mon, 02 Mar 2026 10:00:00 CET", utc(2, 9)),
        ("Mon, 02 Mar 2026 10:00:00 MSK", utc(2, 7)),
        ("Mon, 02 Mar 2026 10:00:00 IST", utc(2, 4, 30)),
        ("Mon, 02 Mar 2026 10:00:00 EST", utc(2, 15)),
        ("Mon, 02 Mar 2026 10:00:00 GMT+2", utc(2, 8)),
        ("Mon, 02 Mar 2026 10:00:00 +01:00 (CET)", utc(2, 9)),
        ("Mon, 02 Mar 2026 10:00:00GMT", utc(2, 10)),
        ("Mon, 02 Mar 2026 10:00:00", utc(2, 10)),
        ("Mon, 02 Mar 2026 24:00:00 GMT", utc(3)),
        ("Mon, 02 Mar 2026 23:59:60 GMT", utc(2, 23, 59, 59)),
        ("02 Mar 26 10:00 GMT", utc(2, 10)),
        ("Monday, 2 March 2026, 10:00", utc(2, 10)),
        ("March 2, 2026 10:00:00", utc(2, 10)),
        ("Mon Mar  2 10:00:00 2026", utc(2, 10)),
        ("Mon Mar  2 10:00:00 UTC 2026", utc(2, 10)),
        ("2026-03-02T10:00:00Z", utc(2, 10)),
        ("2026-03-02T10:00:00.123456+01:00", utc(2, 9)),
        ("2026-03-02 10:00:00 +0000", utc(2, 10)),
        ("2026-03-02T10:00+03", utc(2, 7)),
        ("20260302T100000Z", utc(2, 10)),
        ("2026/03/02 10:00:00", utc(2, 10)),
        ("1772445600", utc(2, 10)),
        ("1772445600000", utc(2, 10)),
        ("lun. 2 mars 2026 10:00:00 +0100", utc(2, 9)),
        ("Mo, 2. März 2026 10:00:00 +0100", utc(2, 9)),
        ("2 марта 2026 10:00 MSK", utc(2, 7)),
        ("2 de marzo de 2026 10:00", utc(2, 10)),
        ("22/03/2026 10:00", utc(22, 10)),
        ("2026-03-02", utc(2, 12)),
        ("2 Mar 2026", utc(2, 12)),
    ],
)
def test_t80_t82_a_date_as_feeds_write_it(raw: str, expected: datetime) -> None:
    moment = parse_moment(raw, datetime(2026, 6, 1, tzinfo=UTC))
    assert moment is not None
    assert (moment.at, moment.precision) == (expected, DatePrecision.DAY)


def test_a_month_alone_is_a_month() -> None:
    moment = parse_moment("2026-03", FETCHED)
    assert moment is not None
    assert (moment.at, moment.precision) == (utc(1, 12), DatePrecision.MONTH)


def test_t83_an_ambiguous_order_is_marked_and_never_in_the_future() -> None:
    moment = parse_moment("03/12/2026 10:00", FETCHED)
    assert moment is not None
    assert moment.at == utc(12, 10)  # both are ahead: the sooner one, which dating then refuses
    past = parse_moment("03/02/2026 10:00", FETCHED)
    assert past is not None
    assert (past.at, past.precision) == (utc(2, 10), DatePrecision.UNKNOWN)


@pytest.mark.parametrize(
    "raw",
    [
        "",
        "yesterday",
        "soon",
        "2026-13-45",
        "Mon, 31 Feb 2026 10:00:00 GMT",
        "12:30",
        "x" * 200,
        "99/99/2026",
        "Mon, 02 Foo 2026 10:00:00 GMT",
        "0000-00-00 00:00:00",
    ],
)
def test_t84_what_is_no_date_gives_none(raw: str) -> None:
    assert parse_moment(raw, FETCHED) is None


@pytest.mark.parametrize(
    ("published", "updated", "source"),
    [
        ("Mon, 02 Mar 2026 10:00:00 GMT", "", DateSource.PUBLISHED),
        ("Mon, 02 Mar 2026 12:00:00 GMT+2", "", DateSource.PUBLISHED),
        ("Mon, 02 Mar 2026 10:00:00", "", DateSource.PUBLISHED_ASSUMED_ZONE),
        ("2026-03-02T10:00:00", "", DateSource.PUBLISHED_ASSUMED_ZONE),
        ("Mon, 02 Mar 2026 10:00:00 XYZ", "", DateSource.PUBLISHED_ASSUMED_ZONE),
        ("Mon, 02 Mar 2026 15:30:00 IST", "", DateSource.PUBLISHED_ASSUMED_ZONE),
        ("02/03/2026 10:00", "", DateSource.PUBLISHED_ASSUMED_ZONE),
        ("", "2026-03-02 10:00", DateSource.UPDATED_ASSUMED_ZONE),
        ("", "2026-03-02T10:00:00Z", DateSource.UPDATED),
        ("yesterday", "2026-03-02T10:00:00Z", DateSource.UPDATED),
        ("", "", DateSource.MISSING),
        ("yesterday", "", DateSource.UNREADABLE),
        ("Fri, 06 Mar 2026 12:00:01 GMT", "", DateSource.FUTURE),
        ("2099-01-01", "", DateSource.FUTURE),
        ("Thu, 01 Jan 1970 00:00:00 GMT", "", DateSource.PLACEHOLDER),
        ("0001-01-01T00:00:00Z", "", DateSource.PLACEHOLDER),
        ("0001-01-01T00:00:00+05:00", "", DateSource.UNREADABLE),
    ],
)
def test_t81_t85_t86_an_items_date_names_where_it_comes_from(
    published: str, updated: str, source: DateSource
) -> None:
    dating = date_item(published, updated, FETCHED)
    assert dating.source is source
    is_own = source.startswith(("published", "updated"))
    assert dating.published_at == (utc(2, 10) if is_own else FETCHED)


def test_a_day_alone_needs_no_zone() -> None:
    assert date_item("2026-03-02", "", FETCHED).source is DateSource.PUBLISHED


def test_up_to_a_day_ahead_is_believed() -> None:
    assert date_item("Fri, 06 Mar 2026 11:59:00 GMT", "", FETCHED).source is DateSource.PUBLISHED


def test_t87_the_date_of_the_channel_is_no_items(rss) -> None:
    from producers.parse import parse  # noqa: PLC0415

    body = rss({"title": "t"}).replace(
        b"<item>", b"<lastBuildDate>Mon, 02 Mar 2026 10:00:00 GMT</lastBuildDate><item>"
    )
    (item,) = parse(body, {}, "https://x.example/feed.xml").items
    assert date_item(item.published, item.updated, FETCHED).source is DateSource.MISSING


def test_years_in_the_past_are_believed() -> None:
    dating = date_item("Fri, 06 Dec 2024 10:00:00 GMT", "", FETCHED)
    assert dating.published_at == datetime(2024, 12, 6, 10, tzinfo=UTC)


@given(st.text(max_size=90), st.text(max_size=90))
def test_no_text_raises_or_lies_far_ahead(published: str, updated: str) -> None:
    dating = date_item(published, updated, FETCHED)
    assert dating.published_at <= FETCHED + timedelta(hours=24)


@given(st.datetimes(datetime(1990, 1, 2), datetime(2026, 3, 5), timezones=st.just(UTC)))  # noqa: DTZ001  # hypothesis wants naive bounds
def test_iso_dates_come_back_to_the_second(moment: datetime) -> None:
    dating = date_item(moment.isoformat(), "", FETCHED)
    assert dating.published_at == moment.replace(microsecond=0)
