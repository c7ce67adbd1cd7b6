"""What a poll costs, beside a plain feedparser loop over the same server: processor time, the parser process' included.

Ours is the whole poll: state, fetch, parse in its process, identity, edits, publishing to a list, remembering on disk.
"""

from __future__ import annotations

import asyncio
import os
import random
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import feedparser

from producers.fetch import Fetcher
from producers.hosts import Hosts, load_manners
from producers.opml import make_feed
from producers.parser_pool import ParserPool
from producers.poller import Poller, Rules
from producers.publisher import Publisher
from producers.schedule import make_limits
from producers.state import State


PROGRAM = Path(__file__).with_name("feed_server.py")
FEEDS = 25
ROUNDS = 8
QUARTER_HOUR_MS = 900_000.0
# Of the shipped feeds polled every quarter of an hour, about one poll in five finds something new.
CHANGED_SHARE = 0.2


@dataclass(frozen=True, slots=True)
class PollFigure:
    """One kind of poll: processor milliseconds each, theirs divided by ours (above 1, ours is cheaper)."""

    name: str
    baseline: str
    baseline_ms: float
    ours_ms: float
    ratio: float


class Broker:
    """Stands for the broker: forgets what it is sent."""

    def send(self, topic: str, *, key: bytes, value: bytes, partition: int | None = None) -> Broker:
        return self

    def get(self, timeout: float | None = None) -> None:
        pass

    def flush(self, timeout: float | None = None) -> None:
        pass


def poll_figures() -> list[PollFigure]:
    """Return what an unchanged and a changed poll cost, ours beside feedparser's own."""
    with subprocess.Popen([sys.executable, PROGRAM], stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        base = f"http://127.0.0.1:{server.stdout.readline().strip()}"
        same = [f"{base}/same/{n}" for n in range(FEEDS)]
        new = [f"{base}/new/{n}" for n in range(FEEDS)]
        ours_same, ours_new = (asyncio.run(_ours_ms(urls, server.pid)) for urls in (same, new))
        plain_same, plain_new = (_theirs_ms(urls, is_asking=False) for urls in (same, new))
        asking_same = _theirs_ms(same, is_asking=True)
        server.kill()
    return [
        _figure("an unchanged feed", "feedparser.parse(url)", plain_same, ours_same),
        _figure("an unchanged feed", "feedparser.parse(url, etag=...)", asking_same, ours_same),
        _figure("a feed with one new item of 50", "feedparser.parse(url)", plain_new, ours_new),
    ]


def feeds_a_core_keeps(unchanged_ms: float, changed_ms: float) -> int:
    """Return how many feeds one core polls every quarter of an hour, one poll in five finding something new."""
    each_ms = (1 - CHANGED_SHARE) * unchanged_ms + CHANGED_SHARE * changed_ms
    return int(QUARTER_HOUR_MS / each_ms)


def _theirs_ms(urls: list[str], *, is_asking: bool) -> float:
    """Return the milliseconds of one poll by feedparser alone, which may send the validators it got."""
    etags: dict[str, str] = {}

    def once() -> None:
        for url in urls:
            answer = feedparser.parse(url, etag=etags.get(url))  # noqa: TID251  # what we are compared with
            if is_asking:
                etags[url] = answer.get("etag") or etags.get(url, "")

    once()
    before = time.process_time()
    for _ in range(ROUNDS):
        once()
    return (time.process_time() - before) * 1000 / (ROUNDS * len(urls))


async def _ours_ms(urls: list[str], server_pid: int) -> float:
    """Return the milliseconds of one poll of ours, after a first one of each feed."""
    feeds = [make_feed(url, source_id=url) for url in urls]
    limits = make_limits(interval_s=900, floor_s=600, is_adaptive=True)
    fetcher = Fetcher(timeout_s=30, max_body_bytes=2**22, allow_private_networks=True)
    with tempfile.TemporaryDirectory() as folder, State(Path(folder) / "feeds.db") as state:
        async with fetcher, ParserPool(deadline_s=30, processes=1) as parser:
            poller = Poller(
                state=state,
                fetcher=fetcher,
                parser=parser,
                publisher=Publisher(Broker()),
                hosts=Hosts(*load_manners()),
                rules=Rules(limits, is_stream_clock=False, keeps_published=False),
                rng=random.Random(1),
            )

            async def once() -> None:
                await asyncio.gather(*(poller.poll(feed) for feed in feeds))

            await once()
            before = time.process_time() + _children_s(server_pid)
            for _ in range(ROUNDS):
                await once()
            spent_s = time.process_time() + _children_s(server_pid) - before
    return spent_s * 1000 / (ROUNDS * len(urls))


def _children_s(server_pid: int) -> float:
    """Return the processor seconds of the processes we have started and that run, but the server (Linux)."""
    tick_s, total = 1 / os.sysconf("SC_CLK_TCK"), 0.0
    tasks = Path("/proc/self/task").iterdir()
    for pid in {pid for task in tasks for pid in (task / "children").read_text().split()}:
        if int(pid) == server_pid:
            continue
        fields = (Path("/proc") / pid / "stat").read_text().rpartition(")")[2].split()
        total += (int(fields[11]) + int(fields[12])) * tick_s
    return total


def _figure(name: str, baseline: str, theirs_ms: float, ours_ms: float) -> PollFigure:
    return PollFigure(
        name, baseline, round(theirs_ms, 2), round(ours_ms, 2), round(theirs_ms / ours_ms, 2)
    )
