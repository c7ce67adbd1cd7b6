"""The producers as a service: feeds in, articles out, until told to stop; feeds may come and go meanwhile."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import signal
import threading
from collections.abc import AsyncIterator, Coroutine, Sequence
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from placewatch.errors import FeedStateBusyError
from placewatch.health import Pulse, served
from placewatch.kafka import create_topics, make_producer, require_rights
from placewatch.kafka_rights import PRODUCE
from placewatch.log import get_logger
from placewatch.metrics import Service
from placewatch.settings import Settings
from producers.fetch import ACCEPT, ACCEPT_PAGES, Fetcher
from producers.follow import FollowedList
from producers.full_text import FullTexts
from producers.health_watch import HealthWatch
from producers.heap import give_memory_back
from producers.hosts import Hosts, load_manners
from producers.language_pool import LanguagePool
from producers.named_places import FollowedNames
from producers.opml import Feed, load_feeds
from producers.page_pool import PagePool
from producers.parser_pool import ParserPool
from producers.patience import Patience
from producers.poller import HELD_BYTES, Poller, Rules, utc_now
from producers.publisher import Publisher
from producers.rota import Rota
from producers.schedule import make_limits
from producers.state import State


_REFILL_BATCH = 500
_STOP_LATENCY_S = 0.05
_FOLLOW_EVERY_S = 1.0
_HEALTH_EVERY_S = 60.0
_OPEN_AGAIN_S = 5.0
_PRUNE_EVERY_S = 6 * 3600.0
log = get_logger(__name__)


def run(settings: Settings, *, stop: threading.Event | None = None, once: bool = False) -> None:
    """Poll the feeds of `settings.feeds` until `stop` is set or SIGTERM or SIGINT comes; `once` polls each one time.

    Raises:
        FeedListError: the list of feeds cannot be used.
        FeedStateError: the state cannot be used, or another producer uses it.
        BrokerError: the broker cannot be reached, or did not acknowledge; start the service again.
        ConfigError: the port for its metrics and health is taken.
    """
    give_memory_back()
    feeds = load_feeds(settings.feeds)
    pulse = Pulse()
    health = served(
        settings.web_host,
        settings.producer_port,
        pulse,
        service=Service.PRODUCE,
        variable="PLACEWATCH_PRODUCER_PORT",
    )
    with health, _state(settings, stop, is_patient=not once) as state:
        create_topics(settings)
        require_rights(settings, PRODUCE)
        # Recorded news have one order, and Kafka keeps order within a partition only.
        partition = 0 if settings.clock == "stream" else None
        publisher = Publisher(make_producer(settings), partition=partition)
        try:
            now = utc_now()
            state.prune(now, refill_hours=settings.refill_hours)
            if settings.is_broker_embedded:
                count = refill(state, publisher, now=now, hours=settings.refill_hours)
                log.info("refilled the embedded broker", articles=count)
            log.info("polling", feeds=len(feeds), list=str(settings.feeds))
            asyncio.run(_poll(settings, feeds, state, publisher, pulse, stop=stop, once=once))
        finally:
            publisher.close()
    log.info("stopped polling")


def _state(settings: Settings, stop: threading.Event | None, *, is_patient: bool) -> State:
    """Return the state, held for this producer alone; a database that is away is waited for, until `stop`.

    The first time that it is in PostgreSQL it takes over what the file of before remembers.

    Raises:
        FeedStateError: it cannot be used, or another producer uses it.
    """
    stop = stop or threading.Event()
    while True:
        try:
            state = State(settings.feed_state, is_exclusive=True)
        except FeedStateBusyError as error:
            if not is_patient or stop.is_set():
                raise
            log.warning("waiting for the feed state", error=str(error))
            stop.wait(_OPEN_AGAIN_S)
        else:
            break
    file = settings.feed_state_file
    if state.is_new and state.is_apart and file.exists():
        with State(file) as before:
            state.take_over(before)
        log.info("took over what was remembered", before=str(file), now=state.where)
    return state


def refill(state: State, publisher: Publisher, *, now: datetime, hours: int) -> int:
    """Publish again what was published in the last `hours`; return how many articles.

    The embedded broker keeps nothing over a restart. Articles keep id and revision, so a reader that has seen
    them does the same again and nobody is told twice.

    Raises:
        BrokerError: the broker did not acknowledge.
    """
    articles = state.published_since(now - timedelta(hours=hours))
    count = 0
    while some := list(islice(articles, _REFILL_BATCH)):
        publisher.publish(some)
        count += len(some)
    return count


async def _poll(
    settings: Settings,
    feeds: Sequence[Feed],
    state: State,
    publisher: Publisher,
    pulse: Pulse,
    *,
    stop: threading.Event | None,
    once: bool,
) -> None:
    """Put the poller together and run it."""
    without_what_is_imported()
    rules = _rules(settings)
    hosts = Hosts(*load_manners())
    async with (
        _stopping(stop) as stopped,
        _patience() as patience,
        _fetcher(settings, held_bytes=HELD_BYTES) as fetcher,
        ParserPool(deadline_s=settings.parse_timeout_s) as parser,
        LanguagePool(deadline_s=settings.parse_timeout_s) as languages,
        _full_texts(settings, hosts) as full_texts,
    ):
        poller = Poller(
            state=state,
            fetcher=fetcher,
            parser=parser,
            publisher=publisher,
            hosts=hosts,
            rules=rules,
            languages=languages,
            full_texts=full_texts,
            patience=patience,
        )
        rota = Rota(
            poller.poll_safely,
            address_of=poller.address_of,
            hosts=hosts,
            limits=rules.limits,
            concurrency=settings.poll_concurrency,
            now=utc_now,
        )
        patience.on_return = rota.spread
        states = await patience(state.feeds)
        poller.recall(states)
        rota.replace(feeds, states)
        followed = FollowedList(settings.feeds, feeds)
        watch = HealthWatch(state, publisher, repeats=settings.is_broker_embedded)
        if once:
            await rota.run(stopped, once=True)
            await patience(watch.look, followed.feeds, utc_now())
            return
        async with (
            _beside(_follow(followed, rota, state, pulse, patience), stopped),
            _beside(_watch_health(watch, followed, patience), stopped),
            _beside(_prune(settings, state, patience), stopped),
        ):
            await rota.run(stopped, once=False)


def without_what_is_imported() -> None:
    """Take what there is now out of the garbage collector's rounds: each would hold the loop up for all of it."""
    gc.collect()
    gc.freeze()


def _fetcher(settings: Settings, accept: str = ACCEPT, held_bytes: int | None = None) -> Fetcher:
    return Fetcher(
        timeout_s=settings.fetch_timeout_s,
        max_body_bytes=settings.max_body_bytes,
        allow_private_networks=settings.allow_private_networks,
        contact=settings.contact,
        accept=accept,
        held_bytes=held_bytes,
    )


def _rules(settings: Settings) -> Rules:
    is_stream_clock = settings.clock == "stream"
    limits = make_limits(
        interval_s=settings.poll_interval_s,
        floor_s=settings.poll_floor_s,
        is_adaptive=not is_stream_clock,
    )
    return Rules(limits, is_stream_clock, keeps_published=settings.is_broker_embedded)


@contextlib.asynccontextmanager
async def _full_texts(settings: Settings, hosts: Hosts) -> AsyncIterator[FullTexts | None]:
    """Give what fetches articles' pages; nothing for recorded news, whose pages are of another day."""
    if settings.clock == "stream":
        yield None
        return
    async with (
        _fetcher(settings, accept=ACCEPT_PAGES, held_bytes=HELD_BYTES) as fetcher,
        PagePool(deadline_s=settings.parse_timeout_s) as pages,
    ):
        yield FullTexts(
            fetcher=fetcher,
            pages=pages,
            hosts=hosts,
            names=FollowedNames(settings.watchlist, settings.state_dir / "cache"),
            mode=settings.full_text,
            budget_s=settings.full_text_budget_s,
            now=utc_now,
        )


@contextlib.asynccontextmanager
async def _beside(work: Coroutine[Any, Any, None], stopped: asyncio.Event) -> AsyncIterator[None]:
    """Run endless work beside the block; if the work fails, `stopped` is set and its error raised at the end."""
    task = asyncio.create_task(work)
    task.add_done_callback(lambda _: stopped.set())
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


@contextlib.asynccontextmanager
async def _patience() -> AsyncIterator[Patience]:
    """Give what uses the state from the loop, and end it off the loop: it may be waiting for a server."""
    patience = Patience()
    try:
        yield patience
    finally:
        await asyncio.to_thread(patience.close)


async def _follow(
    followed: FollowedList, rota: Rota, state: State, pulse: Pulse, patience: Patience
) -> None:
    """Have feeds polled that were added to the list, and those that a poll was asked for; forget removed ones."""
    while True:
        pulse.beat()
        await asyncio.sleep(_FOLLOW_EVERY_S)
        feeds = await asyncio.to_thread(followed.changed)
        if feeds is not None:
            rota.replace(feeds, await patience(state.feeds))
        if wanted := await patience(state.take_wanted):
            rota.poll_now(wanted)


async def _watch_health(watch: HealthWatch, followed: FollowedList, patience: Patience) -> None:
    """Tell the operator what changes."""
    while True:
        await patience(watch.look, followed.feeds, utc_now())
        await asyncio.sleep(_HEALTH_EVERY_S)


async def _prune(settings: Settings, state: State, patience: Patience) -> None:
    """Forget what is too old, for as long as the producer runs."""
    while True:
        await asyncio.sleep(_PRUNE_EVERY_S)
        await patience(state.prune, utc_now(), refill_hours=settings.refill_hours)


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
