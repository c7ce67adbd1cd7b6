"""The agents: they take from topics and hand over.

The stories are in read_articles.py, track_places.py and listen_for_silence.py.
"""

from __future__ import annotations

import asyncio
import functools
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from aiokafka.errors import KafkaError
from faust.types import TP

from placewatch.actors import load_actors
from placewatch.health import Pulse, Watch, end_now
from placewatch.log import get_logger
from placewatch.metrics import ERRORS, LagMeter, Service
from placewatch.places import load_watchlist
from placewatch.records import WatchedPlace
from placewatch.sources import load_sources
from placewatch.topics import ALL_TOPICS, ARTICLES, ASSERTIONS, HEARD, READINGS, Topic
from streams import outputs, tables
from streams.app import app, settings
from streams.following import Follower
from streams.givens import Givens
from streams.listen_for_silence import SilenceWatch
from streams.outputs import Output
from streams.passing_time import PassingTime
from streams.pool import ReaderOptions
from streams.read_articles import ArticleReading, Message
from streams.reader_pool import ReaderPool
from streams.reading.gate import Gate
from streams.reading.lexicon import lexicon
from streams.track_places import PlaceTracking
from streams.tracking.context import Context
from streams.tracking.policy import Policy, load_policy
from streams.watchdog import BATCH, GAPLESS, TopicPartition, Watchdog


# An alert waits for half of it on average; what comes within is read together.
BATCH_WITHIN_S = 0.1
TICK_S = 60.0
LAG_S = 5.0
ASK_S = 60.0

log = get_logger(__name__)


def raw_topic(*names: str) -> Any:
    """Return Faust topics of plain bytes: parsing is ours, so that a malformed record never stops an agent."""
    return app.topic(
        *names, key_type=bytes, value_type=bytes, key_serializer="raw", value_serializer="raw"
    )


channels = {topic.name: raw_topic(topic.name) for topic in ALL_TOPICS}
tracked_inputs = raw_topic(READINGS.name, ASSERTIONS.name)


async def send(output: Output) -> Awaitable[object]:
    """Hand one record to the producer; return what tells that the broker has it."""
    future: Awaitable[object] = await channels[output.topic.name].send(
        key=output.key, value=output.value, headers=dict(output.headers)
    )
    return future


def now_utc() -> datetime:
    """Return the time; the only clock of the worker."""
    return datetime.now(UTC)


def owner_of(topic: Topic) -> Callable[[int], bool]:
    """Return what tells whether a partition of a topic is this worker's now."""

    def owns(partition: int) -> bool:
        return TP(topic.name, partition) in app.consumer.assignment()

    return owns


def _context_of(policy: Policy) -> Callable[[WatchedPlace], Context]:
    """Return what gives the context in which a place is judged: policy, actors, sources and its country."""
    actors, sources = load_actors(settings.actors), load_sources(settings.sources)

    def context(place: WatchedPlace) -> Context:
        return Context(policy=policy, actors=actors, sources=sources, country=place.country)

    return context


class Worker:
    """What the agents of one worker share; made when it starts, so that importing this reads no file."""

    def __init__(self) -> None:
        self.givens = Givens(load_watchlist(settings.watchlist, settings.state_dir / "cache"))
        publish = functools.partial(outputs.publish, send=send)
        self.follower = Follower(settings, self.givens, publish)
        self.pool = ReaderPool(
            lambda places: ReaderOptions(places, settings.actors, settings.sources),
            settings.reader_processes,
        )
        self.reading = ArticleReading(
            givens=self.givens,
            pool=self.pool,
            make_gate=Gate,
            reported=tables.reported,
            publish=publish,
            time_of=settings.clock,
        )
        lexicon()  # a wrong entry of the user's is told here, not by a reader process that dies of it
        policy = load_policy(settings.policy)
        self.tracking = PlaceTracking(
            givens=self.givens,
            context=_context_of(policy),
            places=tables.places,
            publish=publish,
            time_of=settings.clock,
        )
        self.silence = SilenceWatch(
            givens=self.givens,
            policy=policy,
            subjects=tables.subjects,
            publish=publish,
            time_of=settings.clock,
        )
        self.time = PassingTime(
            clock=now_utc,
            grace=timedelta(hours=policy.grace_after_start_h),
            jobs=(
                lambda now: self.tracking.tick(now, owner_of(READINGS)),
                lambda now: self.silence.tick(now, owner_of(HEARD)),
            ),
        )
        self.watchdog = Watchdog()
        self.meter = LagMeter(Service.WORK)
        # It beats when the loop turns and Faust answers.
        self.pulse = Pulse()
        self.watch = Watch(self.pulse)
        # The partitions of the messages that are being worked on, each as often as it has any.
        self.busy: Counter[TopicPartition] = Counter()
        self.answers = 0
        self.asked: Mapping[TP, int] = {}

    @contextmanager
    def at_work(self, messages: Sequence[Message]) -> Iterator[None]:
        """Say that these messages are being worked on; a hole before one of them ends the process."""
        for message in messages:
            skipped = self.watchdog.skipped(message.topic, message.partition, message.offset)
            if skipped:
                end_now(
                    "records_skipped",
                    topic=message.topic,
                    partition=message.partition,
                    before=message.offset,
                    records=skipped,
                )
        partitions = Counter({(message.topic, message.partition) for message in messages})
        self.busy += partitions
        try:
            yield
        finally:
            self.busy -= partitions

    def living(self) -> frozenset[TopicPartition]:
        """Return whose messages are being worked on, if a reader answered since this was asked last."""
        before, self.answers = self.answers, self.pool.answers
        return frozenset(self.busy) if self.answers != before else frozenset()


@functools.cache
def worker() -> Worker:
    """Return the one worker of this process."""
    return Worker()


@app.agent(channels[ARTICLES.name], name="read")
async def read(stream: Any) -> None:
    """Read articles: what do they say of the watched places?"""
    await worker().follower.ready.wait()
    async for events in stream.take_events(BATCH, within=BATCH_WITHIN_S):
        messages = [event.message for event in events]
        with worker().at_work(messages):
            await worker().reading.handle(messages)


@app.agent(tracked_inputs, name="track")
async def track(stream: Any) -> None:
    """Track places: what changes by a reading or an assertion?"""
    await worker().follower.ready.wait()
    async for event in stream.events():
        with worker().at_work([event.message]):
            await worker().tracking.handle(event.message)


@app.agent(channels[HEARD.name], name="listen")
async def listen(stream: Any) -> None:
    """Listen for silence: who is heard of less than usual?"""
    await worker().follower.ready.wait()
    async for event in stream.events():
        with worker().at_work([event.message]):
            await worker().silence.handle(event.message)


@app.task
async def follow() -> None:
    """Keep the watchlist and the assertions current, and have the readers start early."""
    worker().watch.start()
    worker().reading.prepare()
    await worker().follower.run()


@app.timer(interval=TICK_S)
async def pass_time() -> None:
    """Let places settle and grow stale, and silences grow, by real time; stream time passes with the articles."""
    if settings.clock != "wall" or not worker().follower.ready.is_set():
        return
    log.debug("time_passed", changed=await worker().time.fire())


@app.timer(interval=ASK_S)
async def ask_for_ends() -> None:
    """Ask the broker where topics end: what the fetcher knows of it stands still when the fetcher does."""
    partitions = [tp for tp in app.consumer.assignment() if tp.topic in GAPLESS]
    # The embedded broker says it wrong, and the shim's way around is too dear for this.
    if settings.is_broker_embedded or not partitions:
        return
    try:
        async with asyncio.timeout(ASK_S / 2):
            worker().asked = await app.consumer.highwaters(*partitions)
    except (KafkaError, TimeoutError) as error:
        ERRORS.labels(Service.WORK, "lag", type(error).__name__).inc()
        log.warning("ends_unknown", error=f"{type(error).__name__}: {error}")


@app.timer(interval=LAG_S)
async def measure_lag() -> None:
    """Set the lag gauges, and end a worker that stands still before records that are there."""
    ends, committed = {}, {}
    for tp in app.consumer.assignment():
        end = max(app.consumer.highwater(tp) or 0, worker().asked.get(tp, 0))
        # Faust's monitor knows only its own commits, not where this worker began.
        done = app.consumer._committed_offset.get(tp)  # noqa: SLF001
        if tp.topic in GAPLESS and done is not None:
            ends[tp.topic, tp.partition], committed[tp.topic, tp.partition] = end, done
    worker().meter.measure(ends, committed)
    stuck = worker().watchdog.stuck(
        ends,
        committed,
        time.monotonic(),
        is_busy=bool(worker().busy),
        living=worker().living(),
    )
    if stuck:
        end_now("worker_stuck", partitions=stuck)
    worker().pulse.beat()


@app.on_partitions_revoked.connect
async def expect_nothing(_app: Any, _revoked: Any, **_: Any) -> None:
    """Partitions change hands."""
    if worker.cache_info().currsize:
        worker().watchdog.forget()


@app.on_rebalance_complete.connect
async def hold_flow(app: Any, **_: Any) -> None:
    """Let nothing in until Faust has found its place again; it resumes the flow itself.

    Faust 0.15 lets the fetcher, which runs since the tables recover, deliver records between "resume partitions"
    and `flow_control.resume()`, which empties all queues; then its seek has the next commit count them as read.
    """
    app.consumer.stop_flow()


@app.on_before_shutdown.connect
async def end_readers(_app: Any, **_: Any) -> None:
    """End the reader processes with the worker; what ends in its own time is not hurried."""
    if worker.cache_info().currsize:
        worker().watch.stop()
        worker().pool.close()
