"""Feeds that are out to hurt (table 2.2 of the specification), through the parser process as the poller uses it.

Each ends by the deadline with a feed or a reason, the event loop runs on, the process stays below 150 MB and the
next feed is read as if nothing had been (T49 to T53).
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from placewatch.errors import FeedParseError
from producers.health import judge_health
from producers.opml import make_feed
from producers.parsed import ParseReason
from producers.parser_pool import ParserPool


URL = "https://x.example/feed.xml"
DEADLINE_S = 2.5
MAX_STALL_S = 0.1
MAX_MEMORY_BYTES = 150_000_000
JSON_FEED = b'{"version": "https://jsonfeed.org/version/1.1", "items": [%s]}'


def channel(inner: str, prolog: str = "") -> bytes:
    return f'{prolog}<rss version="2.0"><channel><title>F</title>{inner}</channel></rss>'.encode()


def item(description: str) -> str:
    return f"<item><title>t</title><link>https://x.example/a</link>{description}</item>"


def laughs() -> str:
    steps = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    return f'<!DOCTYPE rss [<!ENTITY l0 "ha">{steps}]>'


# What each is, how it is made, and how it may end: a number of items, or a reason.
HOSTILE: dict[str, tuple[Callable[[], bytes], set[object]]] = {
    "T49 comments that never end, 400 kB": (
        lambda: channel(item(f"<description><![CDATA[{'<!--' * 100_000}]]></description>")),
        {1},
    ),
    "T50 one tag of 40,000 attributes": (
        lambda: channel(item("<x " + " ".join(f'a{n}="1"' for n in range(40_000)) + "/>")),
        {1, ParseReason.DEADLINE},
    ),
    "T51 a character beyond the last": (lambda: channel(item("<x>&#1114112;</x>")), {1}),
    "T51 half a character": (lambda: channel(item("<x>&#55296;</x>")), {1}),
    "T51 an entity that is a path": (
        lambda: channel(item(""), r'<!DOCTYPE rss [<!ENTITY path "C:\data">]>'),
        {1},
    ),
    "T52 a billion laughs": (
        lambda: channel(item("<description>&l9;</description>"), laughs()),
        {ParseReason.ENTITIES},
    ),
    "T52 laughs behind a long comment": (
        lambda: channel(
            item("<description>&l9;</description>"), f"<!--{'x' * 70_000}-->{laughs()}"
        ),
        {1, ParseReason.NOT_A_FEED, ParseReason.MEMORY, ParseReason.DEADLINE},
    ),
    "T52 one long entity many times": (
        lambda: channel(item("&a;" * 10_000), f'<!DOCTYPE rss [<!ENTITY a "{"x" * 25_000}">]>'),
        {ParseReason.ENTITIES},
    ),
    "T52 an entity that is a file": (
        lambda: channel(item("&a;"), '<!DOCTYPE rss [<!ENTITY a SYSTEM "file:///etc/hostname">]>'),
        {ParseReason.ENTITIES},
    ),
    "100,000 nested tags": (
        lambda: channel("<a>" * 100_000 + "</a>" * 100_000),
        {0, ParseReason.NOT_A_FEED, ParseReason.DEADLINE},
    ),
    "75,000 items": (
        lambda: channel("".join(f"<item><title>t{n}</title></item>" for n in range(75_000))),
        {2000},
    ),
    "an author no regular expression gets over": (
        lambda: channel(item(f"<author>a@{'a.' * 100_000}!</author>")),
        {1, ParseReason.DEADLINE},
    ),
    "5 MB of one text": (
        lambda: channel(item(f"<description>{'abc ' * 1_250_000}</description>")),
        {1, ParseReason.MEMORY},
    ),
    "5 MB of empty objects": (
        lambda: JSON_FEED % (b"{}," * 1_600_000 + b"{}"),
        {0, ParseReason.MEMORY, ParseReason.NOT_A_FEED},
    ),
    "5 MB of nested lists": (lambda: JSON_FEED % (b"[" * 5_000_000), {ParseReason.NOT_A_FEED}),
}


@pytest.mark.parametrize("name", HOSTILE)
async def test_a_hostile_feed_hurts_nobody(name: str, loop_watched: Any) -> None:
    make, ends = HOSTILE[name]
    body = make()
    async with ParserPool(deadline_s=DEADLINE_S, processes=1) as pool:
        await pool.parse(channel(""), {}, URL)
        pid = pool._children[0]._process.pid  # type: ignore[union-attr]
        begun = time.monotonic()
        async with loop_watched() as loop, _memory_of(pid) as peaks:
            try:
                end: object = len((await pool.parse(body, {}, URL)).items)
            except FeedParseError as error:
                end = error.reason
        took_s = time.monotonic() - begun
        assert len((await pool.parse(channel(item("")), {}, URL)).items) == 1
    assert end in ends | ({ParseReason.DEADLINE} if took_s > DEADLINE_S else set())
    assert took_s < DEADLINE_S + 1
    assert loop.worst_s < MAX_STALL_S
    assert max(peaks) < MAX_MEMORY_BYTES


async def test_memory_that_one_feed_keeps_is_not_missing_for_the_next() -> None:
    hog = HOSTILE["T52 laughs behind a long comment"][0]()
    text = "الرستن " * 185
    large = channel("".join(item(f"<description>{text}{n}</description>") for n in range(2000)))
    assert len(large) > 4_900_000
    async with ParserPool(deadline_s=30, processes=1) as pool:
        for _ in range(2):
            with contextlib.suppress(FeedParseError):
                await pool.parse(hog, {}, URL)
            assert len((await pool.parse(large, {}, URL)).items) == 2000


async def test_hostile_feeds_among_others_are_failing_with_their_reasons_and_alone_in_it(
    serve, respond, make_poller, state, clock, rss, story, loop_watched
) -> None:
    bodies = {f"/{n}": make() for n, (make, _) in enumerate(HOSTILE.values())}
    server = await serve(
        lambda request, writer: respond(writer, body=bodies.get(request.path, rss(story(1))))
    )
    bad = [make_feed(f"{server.url}{path}") for path in bodies]
    good = [make_feed(f"{server.url}/good{n}", source_id=f"s{n}") for n in range(10)]
    polling = make_poller(*bad, *good, concurrency=100)
    async with loop_watched() as loop:
        await polling.run(asyncio.Event(), once=True)
    for feed, ends in zip(bad, (ends for _, ends in HOSTILE.values()), strict=True):
        known = state.feed(feed.feed_id, "")
        health = judge_health(known, clock())
        if known.last_reason:
            assert known.last_reason in ends | {ParseReason.DEADLINE}
            assert health.state == "failing"
        else:
            assert known.last_count in ends
    failing = [feed for feed in bad if state.feed(feed.feed_id, "").last_reason]
    assert len(failing) >= 4
    assert {judge_health(state.feed(f.feed_id, ""), clock()).state for f in good} == {"ok"}
    assert loop.worst_s < MAX_STALL_S


@contextlib.asynccontextmanager
async def _memory_of(pid: int) -> AsyncIterator[list[int]]:
    """Note the most memory a process has held, in bytes, as often as may be; 0 where nobody says."""
    peaks = [0]

    async def watch() -> None:
        while True:
            peaks.append(_peak_bytes(pid))
            await asyncio.sleep(0.01)

    task = asyncio.create_task(watch())
    yield peaks
    task.cancel()


def _peak_bytes(pid: int) -> int:
    status = Path(f"/proc/{pid}/status")
    peak = re.search(r"VmHWM:\s+(\d+) kB", status.read_text()) if status.exists() else None
    return int(peak.group(1)) * 1024 if peak else 0
