"""The producers as a service: feeds in, articles out, until told to stop."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import threading
from collections.abc import AsyncIterator, Sequence
from datetime import datetime, timedelta

from placewatch.kafka import create_topics, make_producer
from placewatch.log import get_logger
from placewatch.settings import Settings
from producers.fetch import Fetcher
from producers.opml import Feed, load_feeds
from producers.parser_pool import ParserPool
from producers.poller import Poller, Rules, utc_now
from producers.publisher import Publisher
from producers.schedule import make_limits
from producers.state import State


STATE_FILE = "feeds.db"
_REFILL_BATCH = 500
_STOP_LATENCY_S = 0.05
log = get_logger(__name__)


def run(settings: Settings, *, stop: threading.Event | None = None, once: bool = False) -> None:
    """Poll the feeds of `settings.feeds` until `stop` is set or SIGTERM or SIGINT comes; `once` polls each one time.

    Raises:
        FeedListError: the list of feeds cannot be used.
        FeedStateError: the state cannot be used.
        BrokerError: the broker cannot be reached, or did not acknowledge; start the service again.
    """
    feeds = load_feeds(settings.feeds)
    with State(settings.state_dir / STATE_FILE) as state:
        create_topics(settings)
        publisher = Publisher(make_producer(settings))
        try:
            now = utc_now()
            state.prune(now, refill_hours=settings.refill_hours)
            if settings.is_broker_embedded:
                count = refill(state, publisher, now=now, hours=settings.refill_hours)
                log.info("refilled the embedded broker", articles=count)
            log.info("polling", feeds=len(feeds), list=str(settings.feeds))
            asyncio.run(_poll(settings, feeds, state, publisher, stop=stop, once=once))
        finally:
            publisher.close()
    log.info("stopped polling")


def refill(state: State, publisher: Publisher, *, now: datetime, hours: int) -> int:
    """Publish again what was published in the last `hours`; return how many articles.

    The embedded broker keeps nothing over a restart. Articles keep id and revision, so a reader that has seen
    them does the same again and nobody is told twice.

    Raises:
        BrokerError: the broker did not acknowledge.
    """
    articles = list(state.published_since(now - timedelta(hours=hours)))
    for start in range(0, len(articles), _REFILL_BATCH):
        publisher.publish(articles[start : start + _REFILL_BATCH])
    return len(articles)


async def _poll(
    settings: Settings,
    feeds: Sequence[Feed],
    state: State,
    publisher: Publisher,
    *,
    stop: threading.Event | None,
    once: bool,
) -> None:
    """Put the poller together and run it."""
    is_stream_clock = settings.clock == "stream"
    rules = Rules(
        limits=make_limits(
            interval_s=settings.poll_interval_s,
            floor_s=settings.poll_floor_s,
            is_adaptive=not is_stream_clock,
        ),
        concurrency=settings.poll_concurrency,
        is_stream_clock=is_stream_clock,
        keeps_published=settings.is_broker_embedded,
    )
    async with (
        _stopping(stop) as stopped,
        Fetcher(
            timeout_s=settings.fetch_timeout_s,
            max_body_bytes=settings.max_body_bytes,
            allow_private_networks=settings.allow_private_networks,
            contact=settings.contact,
        ) as fetcher,
        ParserPool(deadline_s=settings.parse_timeout_s) as parser,
    ):
        poller = Poller(
            feeds, state=state, fetcher=fetcher, parser=parser, publisher=publisher, rules=rules
        )
        await poller.run(stopped, once=once)


@contextlib.asynccontextmanager
async def _stopping(stop: threading.Event | None) -> AsyncIterator[asyncio.Event]:
    """Give an event that is set by `stop`, by SIGTERM or by SIGINT (signals reach the main thread only)."""
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    is_main = threading.current_thread() is threading.main_thread()
    signals = (signal.SIGTERM, signal.SIGINT) if is_main else ()
    for number in signals:
        loop.add_signal_handler(number, stopped.set)
    watcher = asyncio.create_task(_watch(stop, stopped))
    try:
        yield stopped
    finally:
        watcher.cancel()
        for number in signals:
            loop.remove_signal_handler(number)


async def _watch(stop: threading.Event | None, stopped: asyncio.Event) -> None:
    """Carry a thread's event over into the loop; without one there is nothing to watch."""
    while stop is not None and not stop.is_set():  # noqa: ASYNC110  # a thread's event cannot be awaited
        await asyncio.sleep(_STOP_LATENCY_S)
    if stop is not None:
        stopped.set()
