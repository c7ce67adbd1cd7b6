"""A simulated stretch of time: the real poller, queue, state and parser over sockets, against a server that keeps score.

Time stands still while anything is under way, and jumps to the next poll when nothing is. The server plays outlets of
many habits and scores whoever asks: validators exact, intervals and wishes kept, one connection and a pause for
each domain, no burst after a restart, no cookies, a user agent with a contact.
"""

from __future__ import annotations

import asyncio
import json
import random
import socket
import tempfile
import time
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

from placewatch.log import configure_logging
from placewatch.records import Article
from producers.fetch import Fetcher
from producers.hosts import Hosts, load_manners
from producers.opml import Feed, make_feed
from producers.parser_pool import ParserPool
from producers.poller import Poller, Rules
from producers.publisher import Publisher
from producers.rota import Rota
from producers.schedule import OVERDUE_SPREAD_S, make_limits
from producers.state import State


START = datetime(2026, 3, 2, 12, tzinfo=UTC)
CONTACT = "ops@example.org"
WINDOW = 20
FLOOR_S = 600.0
PAUSE_S = 5.0
DAY_S = 86_400.0
SLACK_S = 0.01  # times are carried as floats
# Time moves by this at least, so that polls run beside one another as they do in earnest.
TICK_S = 20.0
HABITS = (
    "both", "weak", "modified", "bare", "max-age", "ttl", "cookies", "moved", "outages", "odd",
)  # fmt: skip
# How often outlets have news, and how many of a hundred do.
PACES = ((600.0, 1), (3600.0, 4), (43_200.0, 25), (259_200.0, 70))


@dataclass
class Outlet:
    """One feed as its server plays it, and what was asked of it."""

    path: str
    domain: str
    habit: str
    gap_s: float
    born: datetime
    given: tuple[str, str] = ("", "")
    asked_at: datetime | None = None
    full_at: datetime | None = None
    least_s: float = 0.0

    def count(self, now: datetime) -> int:
        """Return how many items there have been by `now`."""
        return int((now - self.born).total_seconds() / self.gap_s) + 1

    def item_at(self, number: int) -> datetime:
        return self.born + timedelta(seconds=number * self.gap_s)

    def body(self, now: datetime) -> bytes:
        last = self.count(now)
        numbers = range(max(0, last - WINDOW), last)
        if self.habit == "ttl":
            items = "".join(
                f"<item><guid>{self.path}-{n}</guid><title>Item {n}</title>"
                f"<pubDate>{format_datetime(self.item_at(n))}</pubDate></item>"
                for n in reversed(numbers)
            )
            return f"<rss version='2.0'><channel><title>T</title><ttl>120</ttl>{items}</channel></rss>".encode()
        items = [
            {
                "id": f"{self.path}-{n}",
                "title": f"Item {n}",
                "date_published": self.item_at(n).isoformat(),
            }
            for n in reversed(numbers)
        ]
        version = "https://jsonfeed.org/version/1.1"
        return json.dumps({"version": version, "title": "T", "items": items}).encode()

    def validators(self, now: datetime) -> tuple[str, str]:
        last = self.count(now)
        etag = {"weak": f'W/"{last}"', "odd": f'{last}"odd"; x', "modified": "", "bare": ""}
        changed = self.item_at(last - 1).strftime("%a, %d %b %Y %H:%M:%S UTC")
        modified = {"weak": "", "odd": "", "bare": ""}
        return etag.get(self.habit, f'"{last}"'), modified.get(self.habit, changed)

    def is_out(self, now: datetime) -> bool:
        """Return whether its server throttles just now: two hours of every day, for some."""
        return self.habit == "outages" and now.hour in {3, 4}


@dataclass
class ScoringServer:
    """Plays outlets, and writes down every breach of manners."""

    outlets: dict[str, Outlet]
    now: Any
    requests: int = 0
    not_modified: int = 0
    breaches: list[str] = field(default_factory=list)
    _domain_at: dict[str, datetime] = field(default_factory=dict)
    _domain_busy: Counter[str] = field(default_factory=Counter)
    first_asked: list[datetime] = field(default_factory=list)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
                pairs = (line.split(": ", 1) for line in head[1:] if ": " in line)
                headers = {name.lower(): value for name, value in pairs}
                writer.write(await self.answer(head[0].split(" ")[1], headers))
                await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    async def answer(self, path: str, headers: dict[str, str]) -> bytes:
        self.requests += 1
        now, old = self.now(), path.endswith("/old")
        outlet = self.outlets[path.removesuffix("/old")]
        self._score_manners(path, headers)
        if old:
            return _response("301 Moved Permanently", Location=path.removesuffix("/old"))
        self.first_asked.append(now)
        self._score_domain(outlet, now)
        self._score_interval(outlet, now)
        is_full = self._score_validators(outlet, headers, now)
        outlet.asked_at, outlet.least_s = now, 0.0
        self._domain_busy[outlet.domain] += 1
        await asyncio.sleep(0)
        self._domain_busy[outlet.domain] -= 1
        if outlet.is_out(now):
            outlet.least_s = 5400.0
            return _response("503 Busy", Retry_After="5400")
        extra = {"Set-Cookie": "id=1; Path=/"} if outlet.habit == "cookies" else {}
        if outlet.habit == "max-age":
            outlet.least_s, extra = 3600.0, {"Cache-Control": "public, max-age=3600"}
        if outlet.habit == "ttl":
            outlet.least_s = 7200.0
        etag, modified = outlet.validators(now)
        extra |= {"ETag": etag} if etag else {}
        extra |= {"Last-Modified": modified} if modified else {}
        if not is_full and (etag, modified) == outlet.given:
            self.not_modified += 1
            return _response("304 Not Modified", **extra)
        outlet.given, outlet.full_at = (etag, modified), now
        return _response("200 OK", outlet.body(now), **extra)

    def _score_manners(self, path: str, headers: dict[str, str]) -> None:
        agent = headers.get("user-agent", "")
        self._expect("?" not in path, f"{path}: a query nobody listed")
        self._expect(agent.startswith("placewatch/") and CONTACT in agent, f"{path}: agent {agent}")
        self._expect(not {"cookie", "referer"} & headers.keys(), f"{path}: cookie or referer")

    def _score_domain(self, outlet: Outlet, now: datetime) -> None:
        before = self._domain_at.get(outlet.domain)
        pause_s = (now - before).total_seconds() if before else PAUSE_S
        self._expect(pause_s >= PAUSE_S - SLACK_S, f"{outlet.path}: domain again after {pause_s} s")
        self._expect(not self._domain_busy[outlet.domain], f"{outlet.path}: a second connection")
        self._domain_at[outlet.domain] = now

    def _score_interval(self, outlet: Outlet, now: datetime) -> None:
        if outlet.asked_at is not None:
            after_s = (now - outlet.asked_at).total_seconds()
            least_s = max(FLOOR_S, outlet.least_s)
            self._expect(
                after_s >= least_s - SLACK_S,
                f"{outlet.path} ({outlet.habit}): again after {after_s} s, not {least_s}",
            )

    def _score_validators(self, outlet: Outlet, headers: dict[str, str], now: datetime) -> bool:
        """Score the question; return whether it is for the whole feed."""
        sent = headers.get("if-none-match", ""), headers.get("if-modified-since", "")
        if sent == ("", ""):
            is_due = outlet.full_at is None or (now - outlet.full_at).total_seconds() >= DAY_S
            self._expect(
                is_due or outlet.given == ("", ""), f"{outlet.path}: all of it within a day"
            )
            return True
        self._expect(sent == outlet.given, f"{outlet.path}: {sent} for {outlet.given}")
        return False

    def _expect(self, holds: bool, breach: str) -> None:
        if not holds:
            self.breaches.append(f"{self.now():%d %H:%M:%S} {breach}")


@dataclass
class Collector:
    """Stands for the broker: notes which item was published when."""

    now: Any
    items: dict[tuple[str, str], datetime] = field(default_factory=dict)

    def send(
        self, topic: str, *, key: bytes, value: bytes, partition: int | None = None
    ) -> Collector:
        article = Article.from_json(value)
        self.items.setdefault((article.feed_id, article.title), self.now())
        return self

    def get(self, timeout: float | None = None) -> None:
        pass

    def flush(self, timeout: float | None = None) -> None:
        pass


# Late feeds start at four a second; with time in steps, two steps may fall together.
MOST_AFTER_RESTART = int(2 * TICK_S / OVERDUE_SPREAD_S)


@dataclass
class Result:
    """What came of it: `missed` are items that were in a feed for a poll and never published."""

    requests: int
    not_modified: int
    published: int
    breaches: list[str]
    missed: list[str]
    restart_buckets: list[int]
    delay_by_pace_s: dict[float, float]
    took_s: float


@dataclass
class Simulation:
    """`feeds` feeds of `domains` domains for `days`, with a stop of two hours in the middle."""

    feeds: int
    domains: int
    days: float
    folder: Path
    seed: int = 5
    at: datetime = START
    _until: datetime = START
    _stop: asyncio.Event | None = None

    async def run(self) -> Result:
        """Return what came of it."""
        began, rng = time.monotonic(), random.Random(self.seed)
        outlets = self._outlets(rng)
        server = ScoringServer({o.path: o for o in outlets}, lambda: self.at)
        collector = Collector(lambda: self.at)
        listening = await asyncio.start_server(server.serve, "127.0.0.1", 0)
        port = listening.sockets[0].getsockname()[1]
        _resolve_everything_here()
        listed = {self._feed(outlet, port): outlet for outlet in outlets}
        half = timedelta(days=self.days) / 2
        async with listening:
            await self._poll_for(half, listed, collector, rng)
            self.at += timedelta(hours=2)
            restarted, server.first_asked = self.at, []
            await self._poll_for(half, listed, collector, rng)
        return Result(
            requests=server.requests,
            not_modified=server.not_modified,
            published=len(collector.items),
            breaches=server.breaches,
            missed=self._missed(listed, collector),
            restart_buckets=_buckets(server.first_asked, restarted),
            delay_by_pace_s=_delays(listed, collector),
            took_s=time.monotonic() - began,
        )

    def _outlets(self, rng: random.Random) -> list[Outlet]:
        paces = [pace for pace, share in PACES for _ in range(share)]
        return [
            Outlet(
                path=f"/{number}",
                domain=f"site{number % self.domains}.example",
                habit=HABITS[number % len(HABITS)],
                gap_s=(gap_s := rng.choice(paces) * rng.uniform(0.8, 1.25)),
                born=START - timedelta(seconds=gap_s * rng.uniform(5, 15)),
            )
            for number in range(self.feeds)
        ]

    def _feed(self, outlet: Outlet, port: int) -> Feed:
        suffix = "/old" if outlet.habit == "moved" else ""
        return make_feed(
            f"http://{outlet.domain}:{port}{outlet.path}{suffix}", source_id=outlet.path
        )

    async def _poll_for(
        self, span: timedelta, listed: dict[Feed, Outlet], collector: Collector, rng: random.Random
    ) -> None:
        """Run a producer of its own for `span`, as after a restart."""
        self._until, self._stop = self.at + span, asyncio.Event()
        limits, hosts = (
            make_limits(interval_s=900, floor_s=FLOOR_S, is_adaptive=True),
            Hosts(*load_manners()),
        )
        fetcher = Fetcher(
            timeout_s=30, max_body_bytes=2**20, allow_private_networks=True, contact=CONTACT
        )
        with State(self.folder / "feeds.db") as state:
            async with fetcher, ParserPool(deadline_s=10) as parser:
                poller = Poller(
                    state=state,
                    fetcher=fetcher,
                    parser=parser,
                    publisher=Publisher(collector),
                    hosts=hosts,
                    rules=Rules(limits, is_stream_clock=False, keeps_published=False),
                    now=lambda: self.at,
                    rng=rng,
                )
                rota = Rota(
                    poller.poll_safely,
                    address_of=poller.address_of,
                    hosts=hosts,
                    limits=limits,
                    concurrency=100,
                    now=lambda: self.at,
                    wait=self._wait,
                )
                rota.replace(listed, state.feeds())
                await rota.run(self._stop)

    async def _wait(self, events: Any, polls: Any, timeout_s: float | None) -> None:
        """Let polls end; jump to the next one when none is under way."""
        if polls:
            await asyncio.wait(events | polls, return_when=asyncio.FIRST_COMPLETED)
            return
        self.at += timedelta(seconds=max(timeout_s or 0.0, TICK_S))
        if self.at >= self._until and self._stop is not None:
            self._stop.set()
            await asyncio.wait(events, return_when=asyncio.FIRST_COMPLETED)

    def _missed(self, listed: dict[Feed, Outlet], collector: Collector) -> list[str]:
        missed = []
        for feed, outlet in listed.items():
            last = outlet.count(outlet.full_at) if outlet.full_at else 0
            first = max(0, outlet.count(START) - WINDOW)
            missed += [
                f"{outlet.path} {n}"
                for n in range(first, last)
                if (feed.feed_id, f"Item {n}") not in collector.items
            ]
        return missed


def _response(status: str, body: bytes = b"", **headers: str) -> bytes:
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def _resolve_everything_here() -> None:
    """Let every name resolve to this machine, so that there can be many domains on it."""

    async def resolve(host: str, port: int, **_: object) -> list[tuple[Any, ...]]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]

    asyncio.get_running_loop().getaddrinfo = resolve


def _buckets(asked: list[datetime], start: datetime) -> list[int]:
    """Return how many polls came in each twenty seconds of the first five minutes."""
    offsets = [(at - start).total_seconds() for at in asked]
    counted = Counter(int(offset // TICK_S) for offset in offsets)
    return [counted[n] for n in range(int(300 // TICK_S))]


def _delays(listed: dict[Feed, Outlet], collector: Collector) -> dict[float, float]:
    """Return the mean seconds from an item's publication to ours, by how often its outlet has news."""
    delays: dict[float, list[float]] = defaultdict(list)
    for feed, outlet in listed.items():
        pace = min((pace for pace, _ in PACES), key=lambda p: abs(p - outlet.gap_s))
        for number in range(outlet.count(START), outlet.count(START) + 2000):
            at = collector.items.get((feed.feed_id, f"Item {number}"))
            if at is not None:
                delays[pace].append((at - outlet.item_at(number)).total_seconds())
    return {pace: sum(all_s) / len(all_s) for pace, all_s in sorted(delays.items())}


def main() -> None:
    """Run the week of a thousand feeds and print what came of it; end with 1 at any breach."""
    configure_logging("console", "ERROR")
    with tempfile.TemporaryDirectory() as folder:
        result = asyncio.run(Simulation(feeds=1000, domains=300, days=7, folder=Path(folder)).run())
    print(
        f"{result.requests} requests ({result.not_modified} not modified), {result.published} articles, "
        f"{result.took_s:.0f} s"
    )
    for pace_s, delay_s in result.delay_by_pace_s.items():
        print(
            f"  an item about every {pace_s / 3600:.1f} h: told {delay_s / 60:.0f} min after publication on average"
        )
    print(f"after the restart: polls every 20 s for five minutes: {result.restart_buckets}")
    for breach in [*result.breaches[:20], *(f"missed {item}" for item in result.missed[:20])]:
        print(f"  {breach}")
    print(f"{len(result.breaches)} breaches of manners, {len(result.missed)} items missed")
    is_burst = max(result.restart_buckets) > MOST_AFTER_RESTART
    raise SystemExit(bool(result.breaches or result.missed or is_burst))


if __name__ == "__main__":
    main()
