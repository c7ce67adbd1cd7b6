"""feedparser's own test files through our parser, as the poller runs it: in its process, under its deadline.

What a file expects of a field that we keep must hold in 98 of 100 cases; every miss has its reason in
`feedparser_misses.yaml`, and a miss that no longer is one must leave that list.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml
from feedparser_suite import Case, Oracle, UnreachableError, cases, fetch

from placewatch.errors import FeedParseError
from placewatch.settings import Settings
from producers.dates import parse_moment
from producers.html_text import html_to_text
from producers.parsed import ParsedFeed, ParsedItem, ParseReason
from producers.parser_pool import ParserPool


MIN_SHARE = 0.98
MISSES = Path(__file__).with_name("feedparser_misses.yaml")
NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
pytestmark = pytest.mark.conformance


@dataclass(frozen=True)
class Result:
    """What our parser made of one file."""

    case: Case
    feed: ParsedFeed | None
    reason: str
    seconds: float


@pytest.fixture(scope="module")
def results() -> list[Result]:
    try:
        archive = fetch()
    except UnreachableError as error:
        pytest.skip(str(error))
    return asyncio.run(_parse_all(list(cases(archive))))


async def _parse_all(found: list[Case]) -> list[Result]:
    results = []
    async with ParserPool(deadline_s=Settings().parse_timeout_s, processes=1) as pool:
        await pool.parse(b"<rss version='2.0'></rss>", {}, "https://x.example/")  # it has started
        for case in found:
            feed, reason, begun = None, "", time.monotonic()
            try:
                feed = await pool.parse(case.body, case.headers, case.url)
            except FeedParseError as error:
                reason = error.reason
            results.append(Result(case, feed, reason, time.monotonic() - begun))
    return results


def test_the_suite_is_whole(results: list[Result]) -> None:
    assert len(results) > 2000
    assert sum(len(result.case.oracles) for result in results) > 1000


def test_every_file_is_read_or_is_no_feed(results: list[Result]) -> None:
    reasons = {r.case.path: r.reason for r in results if r.feed is None}
    assert set(reasons.values()) <= {ParseReason.NOT_A_FEED}
    assert len(reasons) <= 10, reasons  # cut off, or without an element of a feed


def test_every_file_is_done_long_before_its_deadline(results: list[Result]) -> None:
    slow = {r.case.path: r.seconds for r in results if r.seconds > 1.0}
    assert not slow


def test_no_entry_is_a_ghost(results: list[Result]) -> None:
    for result in results:
        items = result.feed.items if result.feed else ()
        assert ParsedItem() not in items, result.case.path
        elements = result.case.body.replace(b"\0", b"").lower()
        assert len(items) <= elements.count(b"item") + elements.count(b"entry"), result.case.path


def test_what_the_files_expect_holds(results: list[Result]) -> None:
    held, missed = 0, set()
    for result in results:
        for oracle in result.case.oracles:
            if _holds(oracle, result.feed):
                held += 1
            else:
                missed.add(f"{result.case.path} {oracle.field}")
    explained = {
        f"{path} {field}"
        for group in yaml.safe_load(MISSES.read_text("utf-8"))
        for path, field in group["misses"]
    }
    assert missed == explained
    assert held / (held + len(missed)) >= MIN_SHARE


def _holds(oracle: Oracle, feed: ParsedFeed | None) -> bool:
    """Return whether what we read is what a file expects; texts are compared as a reader sees them."""
    if feed is None:
        return False
    if oracle.index is None:
        told = {"title": feed.title, "language": feed.language or ""}[oracle.field]
    elif oracle.index < len(feed.items):
        told = _told(oracle.field, feed.items[oracle.index])
    else:
        told = ""  # an entry that says nothing is none
    if isinstance(oracle.value, tuple):
        moment = parse_moment(told, NOW)
        return moment is not None and moment.at.timetuple()[:6] == oracle.value[:6]
    expected = str(oracle.value)
    if oracle.field == "language":
        return told == expected.lower()
    return told in {expected.strip(), html_to_text(expected)}


def _told(field: str, item: ParsedItem) -> str:
    """Return what our item says under the name of an oracle's field."""
    fields = {
        "title": item.title,
        "summary": item.summary or item.text,  # a summary that only repeats the text is dropped
        "text": item.text,
        "guid": item.guid,
        "link": item.link,
        "author": next(iter(item.authors), ""),
        "published": item.published,
        "published_at": item.published,
        "updated": item.updated,
        "updated_at": item.updated or item.published,  # feedparser's falls back; ours does not
    }
    return fields[field]
