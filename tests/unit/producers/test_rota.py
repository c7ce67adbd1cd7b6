"""The queue of feeds: whose turn it is, and feeds that come and go (T29 to T31, T97 of the table in README.md)."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from producers.feed_state import FeedState
from producers.follow import FollowedList
from producers.hosts import Hosts, Manners
from producers.opml import Feed, add_feeds, make_feed, remove_feed
from producers.rota import Rota
from producers.schedule import make_limits


NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
LIMITS = make_limits(interval_s=900, floor_s=600, is_adaptive=True)


@dataclass
class Simulation:
    """A queue whose time jumps to the next poll when none is under way; polls take a second and succeed."""

    at: datetime = NOW
    until: datetime = NOW + timedelta(hours=1)
    polled: list[tuple[datetime, str]] = field(default_factory=list)
    stop: asyncio.Event = field(default_factory=asyncio.Event)
    busy: Counter[str] = field(default_factory=Counter)
    most: int = 0

    def rota(
        self, *feeds: Feed, concurrency: int = 1000, states: dict[str, FeedState] | None = None
    ) -> Rota:
        rota = Rota(
            self.poll,
            address_of=lambda feed: feed.url,
            hosts=Hosts(Manners(1, timedelta(seconds=5))),
            limits=LIMITS,
            concurrency=concurrency,
            now=lambda: self.at,
            wait=self.wait,
        )
        rota.replace(feeds, states or {})
        return rota

    async def poll(self, feed: Feed) -> datetime:
        self.polled.append((self.at, feed.url))
        self.busy["running"] += 1
        self.most = max(self.most, self.busy["running"])
        await asyncio.sleep(0)
        self.busy["running"] -= 1
        return self.at + timedelta(minutes=15)

    async def wait(self, events, polls, timeout_s: float | None) -> None:
        if polls:
            await asyncio.wait(events | polls, return_when=asyncio.FIRST_COMPLETED)
        else:
            await asyncio.sleep(0)
            self.at += timedelta(seconds=timeout_s or 0.0)
        if self.at >= self.until:
            self.stop.set()
            await asyncio.sleep(0)


def feeds_of(*urls: str) -> list[Feed]:
    return [make_feed(url) for url in urls]


async def test_t30_t31_feeds_of_a_domain_take_turns_and_others_do_not_wait() -> None:
    run = Simulation()
    feeds = feeds_of(*(f"https://f{n}.example.org/" for n in range(20)), "https://other.example/")
    await run.rota(*feeds).run(run.stop)
    times = [at for at, url in run.polled if "example.org" in url]
    assert min(b - a for a, b in pairwise(times)) >= timedelta(seconds=5)
    other = [at for at, url in run.polled if "other" in url]
    assert other[0] < NOW + timedelta(seconds=10)
    assert len(other) == 4


async def test_t29_hundreds_that_are_late_start_spread_and_none_is_forgotten() -> None:
    run = Simulation(until=NOW + timedelta(minutes=15))
    feeds = feeds_of(*(f"https://site{n}.example/" for n in range(800)))
    late = {
        f.feed_id: FeedState(f.feed_id, f.url, next_poll_at=NOW - timedelta(hours=9)) for f in feeds
    }
    await run.rota(*feeds, states=late).run(run.stop)
    first = {url: at for at, url in reversed(run.polled)}
    assert len(first) == 800
    buckets = Counter(int((at - NOW).total_seconds()) // 10 for at in first.values())
    assert max(buckets.values()) < 2 * 800 / 20


async def test_hundreds_that_became_late_while_nothing_could_be_polled_are_spread_again() -> None:
    run = Simulation(until=NOW + timedelta(hours=3))
    feeds = feeds_of(*(f"https://site{n}.example/" for n in range(800)))
    due = {f.feed_id: FeedState(f.feed_id, f.url, next_poll_at=NOW) for f in feeds}
    rota = run.rota(*feeds, states=due)
    run.at = back = NOW + timedelta(hours=2)
    rota.spread()
    await rota.run(run.stop)
    first = {url: at for at, url in reversed(run.polled)}
    assert len(first) == 800
    buckets = Counter(int((at - back).total_seconds()) // 10 for at in first.values())
    assert max(buckets.values()) < 2 * 800 / 20


async def test_once_polls_each_feed_one_time_due_or_not() -> None:
    run = Simulation()
    feeds = feeds_of("https://a.example/", "https://b.example/", "https://c.example/")
    states = {
        feeds[0].feed_id: FeedState(feeds[0].feed_id, "", next_poll_at=NOW + timedelta(hours=5)),
        feeds[1].feed_id: FeedState(feeds[1].feed_id, "", is_disabled=True),
    }
    await run.rota(*feeds, states=states).run(run.stop, once=True)
    assert sorted(url for _, url in run.polled) == ["https://a.example/", "https://c.example/"]


async def test_hundreds_may_be_under_way_at_once_and_no_more_than_allowed() -> None:
    run = Simulation()
    feeds = feeds_of(*(f"https://site{n}.example/" for n in range(500)))
    await run.rota(*feeds, concurrency=300).run(run.stop, once=True)
    assert len(run.polled) == 500
    assert run.most == 300


async def test_feeds_come_and_go_while_it_runs() -> None:
    run = Simulation(until=NOW + timedelta(hours=4))
    gone, stays, new = feeds_of(
        "https://gone.example/", "https://stays.example/", "https://new.example/"
    )
    rota, usual = run.rota(gone, stays), run.poll

    async def poll(feed: Feed) -> datetime:
        if feed is gone and run.at > NOW + timedelta(hours=1):
            rota.replace([replace(stays, title="Renamed"), new], {})
        return await usual(feed)

    rota._poll = poll
    await rota.run(run.stop)
    last = max(at for at, url in run.polled if "gone" in url)
    first = min(at for at, url in run.polled if "new" in url)
    assert last - NOW < timedelta(hours=1.5)
    assert timedelta(hours=1) < first - NOW < timedelta(hours=1.5)
    stayed = [at for at, url in run.polled if "stays" in url]
    assert len(stayed) == 16, "a change of others costs a feed neither a poll nor an extra one"


def test_the_list_is_read_again_when_it_changes_and_kept_when_it_breaks(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "feeds.opml"
    first, second = feeds_of("https://a.example/", "https://b.example/")
    add_feeds(path, [first])
    followed = FollowedList(path, [first])
    assert followed.changed() is None
    add_feeds(path, [second])
    assert {f.url for f in followed.changed() or ()} == {first.url, second.url}
    assert followed.changed() is None
    path.write_text("<opml>")
    assert followed.changed() is None
    assert len(followed.feeds) == 2
    path.unlink()
    assert followed.changed() is None
    add_feeds(path, [first, second])
    remove_feed(path, first.url)
    assert [f.url for f in followed.changed() or ()] == [second.url]
