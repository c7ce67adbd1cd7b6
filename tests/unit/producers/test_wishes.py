"""What servers ask for (T13 to T20 of the table in README.md)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from producers.parse import parse
from producers.wishes import (
    Wishes,
    after_skipped,
    freshness_s,
    least_delay_s,
    read_wishes,
    retry_after_s,
)


NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)  # a Monday
DATE = {"date": "Mon, 02 Mar 2026 10:00:00 GMT"}


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        pytest.param({"retry-after": "120"}, 120, id="T18 seconds"),
        pytest.param({"retry-after": "317100"}, 86400, id="T20 more than a day"),
        pytest.param(
            DATE | {"retry-after": "Mon, 02 Mar 2026 10:05:00 GMT"}, 300, id="T19 skewed clock"
        ),
        pytest.param({"retry-after": "Mon, 02 Mar 2026 12:10:00 GMT"}, 600, id="T19 without Date"),
        ({"retry-after": "Mon, 02 Mar 2020 12:10:00 GMT"}, 0),
        ({"retry-after": "Mon, 02 Mar 2026 12:10:00 -0000"}, 600),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "-5"}, None),
        ({"retry-after": "1e9"}, None),
        ({}, None),
    ],
)
def test_retry_after_in_seconds_or_relative_to_the_servers_clock(headers, expected) -> None:
    assert retry_after_s(headers, NOW) == expected


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, 0),
        ({"cache-control": "public, max-age=3600"}, 3600),
        pytest.param({"cache-control": "max-age=172800"}, 86400, id="T13 two days"),
        pytest.param({"cache-control": "no-cache, max-age=3600"}, 0, id="T15"),
        ({"cache-control": "max-age=3600, no-store"}, 0),
        ({"cache-control": "max-age=soon"}, 0),
        ({"cache-control": 'Max-Age="60"'}, 60),
        pytest.param(DATE | {"expires": "Mon, 02 Mar 2026 10:30:00 GMT"}, 1800, id="T14"),
        (DATE | {"expires": "Mon, 02 Mar 2026 10:30:00 GMT", "cache-control": "max-age=0"}, 0),
        pytest.param(DATE | {"expires": "0"}, 0, id="T14 expired"),
        (DATE | {"expires": "Sun, 01 Mar 2026 10:00:00 GMT"}, 0),
        ({"expires": "Mon, 02 Mar 2026 10:30:00 GMT"}, 0),
    ],
)
def test_how_long_an_answer_stays_fresh(headers: dict[str, str], expected: float) -> None:
    assert freshness_s(headers) == expected


def channel(inner: str) -> bytes:
    return (
        '<rss version="2.0" xmlns:sy="http://purl.org/rss/1.0/modules/syndication/"><channel>'
        f"<title>T</title>{inner}<item><guid>1</guid><title>One</title></item></channel></rss>"
    ).encode()


@pytest.mark.parametrize(
    ("inner", "every_s"),
    [
        ("<ttl>60</ttl>", 3600),
        ("<ttl> 15 </ttl>", 900),
        ("<ttl>an hour</ttl>", 0),
        ("<ttl>-60</ttl>", 0),
        ("<sy:updatePeriod>hourly</sy:updatePeriod>", 3600),
        (
            "<sy:updatePeriod>\n daily </sy:updatePeriod><sy:updateFrequency>4</sy:updateFrequency>",
            21600,
        ),
        (
            "<sy:updatePeriod>hourly</sy:updatePeriod><sy:updateFrequency>0</sy:updateFrequency>",
            3600,
        ),
        ("<sy:updatePeriod>often</sy:updatePeriod>", 0),
        ("<ttl>90</ttl><sy:updatePeriod>hourly</sy:updatePeriod>", 5400),
    ],
)
def test_t16_a_document_says_how_often_it_changes(inner: str, every_s: float) -> None:
    assert parse(channel(inner), {}, "https://x.example/").wishes.every_s == every_s


def test_t17_a_document_says_when_it_does_not_change() -> None:
    inner = (
        "<skipHours><hour>0</hour><hour> 3 </hour><hour>24</hour><hour>99</hour></skipHours>"
        "<skipDays><day>Sunday</day><day>saturday</day><day>Caturday</day></skipDays>"
    )
    wishes = parse(channel(inner), {}, "https://x.example/").wishes
    assert (wishes.skip_hours, wishes.skip_days) == ((0, 3), (5, 6))
    assert read_wishes({}, b"<skipHours>" + b"<hour>" * 500_000) == Wishes()


@pytest.mark.parametrize(
    ("wishes", "due", "expected"),
    [
        (Wishes(), timedelta(minutes=15), timedelta(minutes=15)),
        (Wishes(skip_hours=(12, 13)), timedelta(minutes=15), timedelta(hours=2)),
        (Wishes(skip_hours=(14,)), timedelta(minutes=15), timedelta(minutes=15)),
        (Wishes(skip_days=(0,)), timedelta(minutes=15), timedelta(hours=12)),
        pytest.param(
            Wishes(skip_hours=tuple(range(24))),
            timedelta(minutes=15),
            timedelta(hours=24),
            id="never more than a day of silence",
        ),
        (Wishes(skip_days=(0, 1)), timedelta(minutes=15), timedelta(hours=24)),
    ],
)
def test_t17_skipped_hours_and_days_are_waited_out(wishes, due, expected) -> None:
    assert after_skipped(NOW + due, wishes, latest=NOW + timedelta(hours=24)) - NOW == expected


def test_the_longest_wish_wins_up_to_a_day() -> None:
    document = Wishes(every_s=7200)
    assert least_delay_s({}, document, NOW) == 7200
    assert least_delay_s({"cache-control": "max-age=60"}, document, NOW) == 7200
    assert least_delay_s({"cache-control": "max-age=9000"}, document, NOW) == 9000
    assert least_delay_s({"retry-after": "10000"}, document, NOW) == 10000
    assert least_delay_s({}, Wishes(every_s=1e9), NOW) == 86400


@pytest.mark.parametrize("huge", ["99999999999999999999 Mar 2026", "02 Mar 99999999999999999999"])
def test_a_date_beyond_all_numbers_is_none(huge: str) -> None:
    impossible, usual = f"Mon, {huge} 10:00:00 GMT", "Mon, 02 Mar 2026 10:00:00 GMT"
    for headers in (
        {"expires": impossible, "date": usual},
        {"expires": usual, "date": impossible},
        {"retry-after": impossible},
    ):
        assert least_delay_s(headers, Wishes(), NOW) == 0.0
