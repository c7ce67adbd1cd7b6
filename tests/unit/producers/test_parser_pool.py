"""The parser processes: deadlines, deaths, and an event loop that never waits (T49 to T53)."""

from __future__ import annotations

import asyncio
import time

import pytest

from placewatch.errors import FeedParseError
from producers.parsed import ParseReason
from producers.parser_pool import ParserPool


URL = "https://x.example/feed.xml"
# feedparser looks for an e-mail address in it with a regex that takes minutes (its issue 562).
HOSTILE = (
    b"<rss version='2.0'><channel><item><title>t</title><author>a@"
    + b"a." * 100_000
    + b"!</author></item></channel></rss>"
)


async def test_a_feed_goes_through_the_process_and_comes_back(rss, story) -> None:
    async with ParserPool(deadline_s=10) as pool:
        feed = await pool.parse(rss(story(1), story(2)), {"content-type": "text/xml"}, URL)
    assert [item.guid for item in feed.items] == ["guid-1", "guid-2"]


async def test_what_is_no_feed_comes_back_as_our_error() -> None:
    async with ParserPool(deadline_s=10) as pool:
        with pytest.raises(FeedParseError) as caught:
            await pool.parse(b"<html></html>", {}, URL)
    assert caught.value.reason == ParseReason.NOT_A_FEED


async def test_a_hostile_feed_ends_by_the_deadline_and_the_loop_runs_on(
    rss, story, loop_watched
) -> None:
    async with ParserPool(deadline_s=1.0, processes=1) as pool:
        await pool.parse(rss(story(1)), {}, URL)
        start = time.monotonic()
        async with loop_watched() as loop:
            with pytest.raises(FeedParseError) as caught:
                await pool.parse(HOSTILE, {}, URL)
        took_s = time.monotonic() - start
        assert caught.value.reason == ParseReason.DEADLINE
        assert took_s < 10  # the regex would take minutes
        assert loop.worst_s < 0.1
        assert len((await pool.parse(rss(story(1)), {}, URL)).items) == 1


async def test_a_dead_process_is_replaced(rss, story) -> None:
    async with ParserPool(deadline_s=10, processes=1) as pool:
        await pool.parse(rss(story(1)), {}, URL)
        process = pool._children[0]._process
        assert process is not None
        process.kill()
        await process.wait()
        assert len((await pool.parse(rss(story(1)), {}, URL)).items) == 1


async def test_a_process_that_dies_of_a_feed_is_told_as_such(rss, story) -> None:
    async with ParserPool(deadline_s=30, processes=1) as pool:
        await pool.parse(rss(story(1)), {}, URL)
        process = pool._children[0]._process
        assert process is not None
        parsing = asyncio.create_task(pool.parse(HOSTILE, {}, URL))
        await asyncio.sleep(0.3)
        process.kill()
        with pytest.raises(FeedParseError) as caught:
            await parsing
        assert caught.value.reason == ParseReason.WORKER_DIED


async def test_a_cancelled_parse_leaves_the_pool_usable(rss, story) -> None:
    async with ParserPool(deadline_s=30, processes=1) as pool:
        parsing = asyncio.create_task(pool.parse(HOSTILE, {}, URL))
        await asyncio.sleep(0.5)
        parsing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await parsing
        assert len((await pool.parse(rss(story(1)), {}, URL)).items) == 1
