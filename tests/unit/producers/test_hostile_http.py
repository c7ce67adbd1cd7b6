"""Servers that mean harm, all at once beside good ones (T35, T42 to T48 of the table in README.md, table 2.3).

Each is told with its reason by its deadline, the event loop is not held up, memory stays low, and no other feed
suffers.
"""

from __future__ import annotations

import asyncio
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from producers.fetched import Validators
from producers.health import judge_health
from producers.opml import make_feed


DEADLINE_S = 2.0
PROGRAM = Path(__file__).with_name("hostile_server.py")
# The attacks of that program, and the reasons they may end with.
HOSTILE = {
    "headers_without_end": {"timeout", "connection"},
    "one_long_header": {"connection"},
    "interim_answers": {"timeout", "connection"},
    "a_byte_at_a_time": {"timeout"},
    "tiny_chunks": {"too_large", "timeout"},
    "chunk_extensions": {"connection", "broken_body", "timeout"},
    "body_without_end": {"too_large", "timeout"},
    "silence": {"timeout"},
    "reset": {"connection"},
    "gzip_bomb": {"too_large"},
    "deflate_bomb": {"too_large"},
    "gzip_in_gzip": {"broken_body"},
    "truncated_gzip": {"broken_body", "too_large"},
    "short_body": {"broken_body"},
    "broken_chunk": {"connection", "broken_body"},
    "redirect_to_itself": {"too_many_redirects", "timeout"},
    "redirect_to_nonsense": {"bad_url"},
    "redirect_to_a_file": {"bad_url"},
}


@pytest.fixture(scope="module")
def hostile() -> Iterator[str]:
    """Start the server; give its address."""
    with subprocess.Popen([sys.executable, PROGRAM], stdout=subprocess.PIPE, text=True) as process:
        yield f"http://127.0.0.1:{process.stdout.readline().strip()}"
        process.kill()


async def test_table_2_3_hostile_servers_end_by_their_deadline_and_touch_nobody_else(
    hostile: str, make_poller, state, clock, loop_watched
) -> None:
    good = [make_feed(f"{hostile}/{n}", source_id=f"s{n}") for n in range(10)]
    bad = {make_feed(f"{hostile}/{a}"): reasons for a, reasons in HOSTILE.items()}
    polling = make_poller(*bad, *good, concurrency=100)
    before_kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    began = time.monotonic()
    async with loop_watched() as loop:
        await polling.run(asyncio.Event(), once=True)
    took_s = time.monotonic() - began
    grown_mib = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before_kib) / 1024
    reasons = {feed: state.feed(feed.feed_id, "").last_reason for feed in bad}
    wrong = {f.url: reasons[f] for f, expected in bad.items() if reasons[f] not in expected}
    assert wrong == {}
    for feed in bad:
        assert judge_health(state.feed(feed.feed_id, ""), clock()).state == "failing"
    assert {judge_health(state.feed(f.feed_id, ""), clock()).state for f in good} == {"ok"}
    assert took_s < 5 * DEADLINE_S
    assert grown_mib < 150
    assert loop.worst_s < 0.1


async def test_many_large_feeds_at_once_are_not_all_in_memory(
    hostile: str, make_poller, state, clock, loop_watched
) -> None:
    feeds = [make_feed(f"{hostile}/large?{n}", source_id=f"s{n}") for n in range(30)]
    polling = make_poller(*feeds, concurrency=100)
    polling.poller._fetcher._timeout_s = 60.0
    before_kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    async with loop_watched() as loop:
        await polling.run(asyncio.Event(), once=True)
    grown_mib = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before_kib) / 1024
    healths = {judge_health(state.feed(f.feed_id, ""), clock()).state for f in feeds}
    assert healths <= {"ok", "slow"}  # a busy machine makes any server slow
    assert grown_mib < 60
    assert loop.worst_s < 0.1


@pytest.mark.parametrize("size", [5 * 1024 * 1024, 5 * 1024 * 1024 + 1])
async def test_t42_five_mebibytes_are_the_limit_to_the_byte(
    serve, fetcher, respond, size: int
) -> None:
    server = await serve(lambda _, writer: respond(writer, body=b"x" * size))
    async with fetcher() as client:
        fetched = await client.fetch(server.url, Validators())
    assert fetched.outcome == ("fetched" if size <= 5 * 1024 * 1024 else "too_large")
