"""What feed validators try, through our parser as the poller runs it, and on to the articles that come of it.

`PLACEWATCH_FEED_SUITE` names a folder of feeds of others, such as a validator's own cases: each of its files is then read
in the same way. Nothing is known of what they should give, so only what holds for any file is asked of them.
"""

from __future__ import annotations

import asyncio
import os
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from validator_kinds import DATES, URL, Kind, kinds

from placewatch.errors import FeedParseError
from producers.changes import ItemOutcome, find_changes
from producers.dates import parse_moment
from producers.identity import keys_of
from producers.opml import make_feed
from producers.parsed import ParsedFeed, ParsedItem, ParseReason
from producers.parser_pool import ParserPool


NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
DEADLINE_S = 10.0
FEED = make_feed(URL, source_id="news.example")
# What parsing may end in; that it raised, ran out of time or memory, or died is none of it.
_NO_FEED = {ParseReason.NOT_A_FEED, ParseReason.EMPTY, ParseReason.ENTITIES}
pytestmark = pytest.mark.conformance


@dataclass(frozen=True)
class Result:
    """What became of one document."""

    kind: Kind
    feed: ParsedFeed | None
    reason: str
    seconds: float


async def read_all(documents: list[Kind]) -> list[Result]:
    results = []
    async with ParserPool(deadline_s=DEADLINE_S, processes=1) as pool:
        await pool.parse(b"<rss version='2.0'></rss>", {}, URL)  # it has started
        for kind in documents:
            feed, reason, begun = None, "", time.monotonic()
            try:
                feed = await pool.parse(kind.body, kind.headers, URL)
            except FeedParseError as error:
                reason = error.reason
            results.append(Result(kind, feed, reason, time.monotonic() - begun))
    return results


@pytest.fixture(scope="module")
def results() -> list[Result]:
    found = asyncio.run(read_all(kinds()))
    assert len(found) > 400
    assert len({r.kind.name for r in found}) == len(found), "two kinds of one name"
    return found


def told(item: ParsedItem, field: str) -> str:
    return next(iter(item.authors), "") if field == "author" else str(getattr(item, field))


def test_every_kind_gives_what_it_says(results: list[Result]) -> None:
    wrong = {}
    for result in results:
        expected = result.kind.items
        if expected is None or result.feed is None:
            is_right = result.reason == result.kind.reason and expected is None
        else:
            items = result.feed.items
            is_right = len(items) == len(expected) and all(
                told(item, field) == value
                for item, fields in zip(items, expected, strict=True)
                for field, value in fields.items()
            )
        if not is_right:
            wrong[result.kind.name] = (result.reason, result.feed and result.feed.items)
    assert wrong == {}


def test_none_takes_long(results: list[Result]) -> None:
    assert {r.kind.name: r.seconds for r in results if r.seconds > DEADLINE_S / 2} == {}


def articles_of(result: Result) -> None:
    """Take a feed's items on to articles, and see that each comes to something and none to a ghost."""
    assert result.feed is not None
    items = result.feed.items
    keys = keys_of(items, source_id=FEED.source_id, feed_url=URL)
    changes = find_changes(FEED, result.feed, keys, {}, fetched_at=NOW, is_backfilling=True)
    assert sum(changes.counts.values()) == len(items), result.kind.name
    assert len(changes.articles) == changes.counts.get(ItemOutcome.NEW, 0)
    for article in changes.articles:
        assert article.title or article.summary or article.text, result.kind.name
        assert article.published_at <= NOW + timedelta(days=1)
        assert article.to_json()


def test_each_goes_on_to_articles_and_none_is_a_ghost(results: list[Result]) -> None:
    for result in results:
        if result.feed is not None:
            articles_of(result)
            assert ParsedItem() not in result.feed.items, result.kind.name


@pytest.mark.parametrize("raw", DATES)
def test_a_date_is_read_as_written_or_not_at_all(raw: str) -> None:
    moment = parse_moment(raw, NOW)
    assert (moment and f"{moment.at:%H:%M}") == DATES[raw]


def test_a_suite_of_others_is_read_without_harm() -> None:
    folder = os.environ.get("PLACEWATCH_FEED_SUITE")
    if folder is None:
        pytest.skip("PLACEWATCH_FEED_SUITE names no folder of feeds")
    paths = sorted(path for path in Path(folder).rglob("*.xml") if path.is_file())
    assert paths, f"no *.xml in {folder}"
    documents = [Kind(str(path), path.read_bytes(), None) for path in paths]
    for result in asyncio.run(read_all(documents)):
        assert result.seconds < DEADLINE_S, result.kind.name
        if result.feed is None:
            assert result.reason in _NO_FEED, result.kind.name
            continue
        articles_of(result)
        assert ParsedItem() not in result.feed.items, result.kind.name
        elements = result.kind.body.replace(b"\0", b"").lower()
        most = elements.count(b"item") + elements.count(b"entry")
        assert len(result.feed.items) <= most, result.kind.name
