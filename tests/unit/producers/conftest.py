"""A scriptable HTTP server on loopback, feeds of our own making, and a producer that only remembers."""

from __future__ import annotations

import asyncio
import random
import socket
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import pytest
from kafka.errors import KafkaTimeoutError

from producers.fetch import Fetcher
from producers.hosts import Hosts, load_manners
from producers.opml import Feed, make_feed
from producers.parsed import ParsedFeed, ParsedItem
from producers.parser_pool import ParserPool
from producers.poller import HELD_BYTES, Poller, Rules
from producers.publisher import Publisher
from producers.rota import Rota
from producers.schedule import make_limits
from producers.service import without_what_is_imported
from producers.state import State


NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


@dataclass
class Request:
    """One request as the server saw it."""

    path: str
    headers: dict[str, str]


Handler = Callable[[Request, asyncio.StreamWriter], Awaitable[None] | None]


@dataclass
class LoopbackServer:
    """A server on raw sockets: its handler writes whatever bytes it likes."""

    url: str
    requests: list[Request] = field(default_factory=list)


def respond(
    writer: asyncio.StreamWriter,
    status: str = "200 OK",
    body: bytes = b"",
    **headers: str,
) -> None:
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", "Connection: close"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    writer.write("\r\n".join(lines).encode() + b"\r\n\r\n" + body)


@pytest.fixture(name="respond")
def respond_fixture() -> Callable[..., None]:
    return respond


@pytest.fixture
async def serve() -> AsyncIterator[Callable[[Handler], Awaitable[LoopbackServer]]]:
    """Start servers with a handler each; all are stopped at the end."""
    servers: list[asyncio.Server] = []

    async def start(handler: Handler) -> LoopbackServer:
        async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            try:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
                pairs = (line.split(": ", 1) for line in head[1:] if ": " in line)
                request = Request(head[0].split(" ")[1], {k.lower(): v for k, v in pairs})
                loopback.requests.append(request)
                result = handler(request, writer)
                if result is not None:
                    await result
                await writer.drain()
            except (ConnectionError, asyncio.IncompleteReadError):
                pass  # the client has seen enough
            finally:
                writer.close()

        server = await asyncio.start_server(answer, "127.0.0.1", 0, backlog=1000)
        servers.append(server)
        port = server.sockets[0].getsockname()[1]
        loopback = LoopbackServer(f"http://127.0.0.1:{port}")
        return loopback

    yield start
    for server in servers:
        server.close()


@pytest.fixture
def fetcher() -> Callable[..., Fetcher]:
    def make(**options: Any) -> Fetcher:
        defaults: dict[str, Any] = {
            "timeout_s": 5.0,
            "max_body_bytes": 5 * 1024 * 1024,
            "allow_private_networks": True,
        }
        return Fetcher(**(defaults | options))

    return make


def rss(*items: dict[str, str], title: str = "A feed") -> bytes:
    """An RSS 2.0 document; each item is its elements by name."""
    parts = []
    for item in items:
        inner = "".join(f"<{name}>{escape(value)}</{name}>" for name, value in item.items())
        parts.append(f"<item>{inner}</item>")
    return (
        '<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel>'
        f"<title>{escape(title)}</title><link>https://x.example/</link>{''.join(parts)}"
        "</channel></rss>"
    ).encode()


def story(number: int, *, age: timedelta = timedelta(hours=1), **changed: str) -> dict[str, str]:
    """The elements of an item of its own."""
    words = ("Rastan", "Talbiseh", "Hama", "Homs", "Daraa", "Aleppo", "Palmyra", "Idlib")
    return {
        "title": f"{words[number % len(words)]} number{number} reported",
        "link": f"https://x.example/story-{number}",
        "guid": f"guid-{number}",
        "description": f"What happened in story {number}.",
        "pubDate": format_datetime(NOW - age),
    } | changed


class Site:
    """What the server of a test answers, changed as the test goes."""

    def __init__(self, respond) -> None:
        self.respond = respond
        self.status = "200 OK"
        self.body = b""
        self.headers: dict[str, str] = {}

    def __call__(self, request, writer) -> None:
        etag = self.headers.get("ETag")
        if etag and request.headers.get("if-none-match") == etag:
            self.respond(writer, "304 Not Modified", **self.headers)
        else:
            self.respond(writer, self.status, self.body, **self.headers)


@pytest.fixture
async def site(serve, respond, rss, story):
    """A server with one feed of two items; `site.feed` is that feed."""
    site = Site(respond)
    site.body = rss(story(1), story(2, age=timedelta(hours=2)))
    site.server = await serve(site)
    site.feed = make_feed(f"{site.server.url}/feed", title="X", source_id="x")
    return site


@pytest.fixture
async def names(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every name resolve to this machine, so that servers of many names can run on it."""

    async def resolve(host: str, port: int, **_: object) -> list[tuple[Any, ...]]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", resolve)


@pytest.fixture(name="rss")
def rss_fixture() -> Callable[..., bytes]:
    return rss


@pytest.fixture(name="story")
def story_fixture() -> Callable[..., dict[str, str]]:
    return story


@pytest.fixture
def now() -> datetime:
    return NOW


@pytest.fixture
def feed() -> Feed:
    return make_feed("https://x.example/feed.xml", title="X", source_id="x")


@pytest.fixture
def document() -> Callable[..., ParsedFeed]:
    def make(*items: ParsedItem) -> ParsedFeed:
        return ParsedFeed(version="rss20", items=items)

    return make


@dataclass
class FakeClock:
    """The poller's time: stands still until moved."""

    at: datetime = NOW

    def __call__(self) -> datetime:
        return self.at

    def forward(self, **span: float) -> None:
        self.at += timedelta(**span)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


class FakeFuture:
    """A future whose record is acknowledged, or not."""

    def __init__(self, *, is_acknowledged: bool) -> None:
        self._is_acknowledged = is_acknowledged

    def get(self, timeout: float | None = None) -> None:
        if not self._is_acknowledged:
            raise KafkaTimeoutError("not acknowledged")


@dataclass
class FakeProducer:
    """Remembers what was sent; stands for a broker that cannot run in a unit test."""

    sent: list[tuple[str, bytes, bytes]] = field(default_factory=list)
    partitions: list[int | None] = field(default_factory=list)
    is_broken: bool = False
    is_closed: bool = False

    def send(
        self, topic: str, *, key: bytes, value: bytes | None, partition: int | None = None
    ) -> FakeFuture:
        self.sent.append((topic, key, value))
        self.partitions.append(partition)
        return FakeFuture(is_acknowledged=not self.is_broken)

    def flush(self, timeout: float | None = None) -> None:
        pass

    def close(self, timeout: float | None = None) -> None:
        self.is_closed = True

    def values(self, topic: str) -> list[bytes]:
        return [value for name, _, value in self.sent if name == topic]


@pytest.fixture
def producer() -> FakeProducer:
    return FakeProducer()


@pytest.fixture
def state(tmp_path: Path) -> Any:
    with State(tmp_path / "feeds.db") as opened:
        yield opened


@dataclass
class Polling:
    """A poller with its queue, put together as the service does it."""

    poller: Poller
    rota: Rota
    hosts: Hosts

    async def poll(self, feed: Feed) -> datetime | None:
        return await self.poller.poll(feed)

    async def run(self, stop: asyncio.Event, *, once: bool = False) -> None:
        await self.rota.run(stop, once=once)


@pytest.fixture
async def make_poller(
    state: State, producer: FakeProducer, clock: FakeClock, fetcher: Callable[..., Fetcher]
) -> AsyncIterator[Callable[..., Polling]]:
    """Make pollers over one state and one producer, with one parser process between them."""
    async with (
        fetcher(timeout_s=2.0, held_bytes=HELD_BYTES) as shared,
        ParserPool(deadline_s=5.0, processes=1) as parser,
    ):

        def make(*feeds: Feed, **options: Any) -> Polling:
            limits = make_limits(interval_s=900, floor_s=600, is_adaptive=True)
            hosts, kept = Hosts(*load_manners()), options.pop("state", state)
            full_texts = options.pop("full_texts", None)
            concurrency = options.pop("concurrency", 4)
            rules = {"limits": limits, "is_stream_clock": False, "keeps_published": True}
            publisher = Publisher(options.pop("producer", producer))
            poller = Poller(
                state=kept,
                fetcher=shared,
                parser=parser,
                publisher=publisher,
                hosts=hosts,
                rules=Rules(**(rules | options)),
                full_texts=full_texts,
                now=clock,
                rng=random.Random(7),
            )
            rota = Rota(
                poller.poll_safely,
                address_of=poller.address_of,
                hosts=hosts,
                limits=limits,
                concurrency=concurrency,
                now=clock,
            )
            rota.replace(feeds, kept.feeds())
            return Polling(poller, rota, hosts)

        yield make


@dataclass
class LoopWatch:
    """How long the event loop was held up by us, in seconds, between two of its turns at most.

    What lies between two turns is counted in processor time, of all threads of this process: a thread that keeps the
    interpreter to itself holds the loop up as well. Time on the clock would be the machine's: on one that is busy a
    loop that does nothing is late by more than what is allowed here. What blocks without using the processor is looked
    for by itself (`test_service.py`: nothing on the loop's thread touches the state).
    """

    worst_s: float = 0.0

    async def watch(self) -> None:
        while True:
            before = time.process_time()
            await asyncio.sleep(0.001)
            self.worst_s = max(self.worst_s, time.process_time() - before)


@pytest.fixture
def loop_watched() -> Callable[[], AbstractAsyncContextManager[LoopWatch]]:
    """Watch the event loop while a block runs."""

    @asynccontextmanager
    async def watched() -> AsyncIterator[LoopWatch]:
        without_what_is_imported()
        watch = LoopWatch()
        task = asyncio.create_task(watch.watch())
        yield watch
        task.cancel()

    return watched
