"""From an article on its topic to the alert on its own: latency at rising load, and what is sustained.

Articles are published at planned times, as many a second as asked for, whether or not the worker keeps up; latency
counts from the planned time, so that a worker that stalls cannot hide it (coordinated omission), to the moment
when a consumer of the alerts' topic has the alert. What makes it: our producer's linger, broker, gate, reading, broker,
tracking, broker.
"""

from __future__ import annotations

import math
import random
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from kafka import TopicPartition
from rich.progress import Progress as RichProgress
from services import Services, processor_s
from texts import articles, is_due

from placewatch.errors import BrokerError
from placewatch.kafka import make_consumer, make_producer
from placewatch.records import Alert, Article, WatchedPlace
from placewatch.topics import ALERTS, ARTICLES, READINGS


RELEVANT = 0.05
POLL_S = 0.2
# Nothing moved for so long: the last batch is through, for counters count it when it begins.
STILL_S = 1.0
# A step that is not through with its articles so long after the last was sent is overloaded.
DRAIN_S = 20.0
LONGEST_RUN_S = 600.0
# What each relevant article begins with: without it one in two changes no status.
HEADLINE = "Rebels capture {}"

Progress = Callable[[int], object]


@dataclass(frozen=True, slots=True)
class Step:
    """What one load came to.

    Attributes:
        rate: articles a second, as planned.
        articles: how many were sent.
        alerts: how many alerts they caused.
        quantiles: latency in seconds by percentile.
        is_drained: all were through within twenty seconds of the last.
        worker_ms: processor milliseconds of the workers an article.
        broker_ms: those of the broker.
    """

    rate: float
    articles: int
    alerts: int
    quantiles: dict[int, float]
    is_drained: bool
    worker_ms: float
    broker_ms: float


@dataclass
class Told:
    """The alerts as they come, by the cause that they name."""

    at: dict[str, list[float]] = field(default_factory=dict)
    count: int = 0

    def take(self, value: bytes) -> None:
        """Note an alert of which nothing was known until now."""
        now = time.time()
        alert = Alert.from_json(value)
        self.at.setdefault(alert.cause, []).append(now)
        self.count += 1


@contextmanager
def listening(services: Services) -> Iterator[Told]:
    """Yield what is told of alerts while the block runs."""
    told, is_over = Told(), threading.Event()
    consumer = make_consumer(services.settings, ALERTS.name)

    def listen() -> None:
        while not is_over.is_set():
            for records in consumer.poll(50).values():
                for record in records:
                    told.take(record.value)

    thread = threading.Thread(target=listen, daemon=True)
    thread.start()
    try:
        yield told
    finally:
        is_over.set()
        thread.join()
        consumer.close()


def news(
    count: int,
    places: Sequence[WatchedPlace],
    texts: Sequence[str],
    name: str,
    relevant: float = RELEVANT,
) -> list[Article]:
    """Return articles told just now, under ids that begin with `name`."""
    now, chance = datetime.now(UTC), random.Random(name)
    return [
        article.model_copy(
            update={
                "article_id": f"{name}-{n}",
                "source_id": f"outlet{n % 40}.example",
                "title": HEADLINE.format(chance.choice(places).name) if is_due(n, relevant) else "",
                "published_at": now - timedelta(minutes=5),
                "fetched_at": now,
            }
        )
        for n, article in enumerate(
            articles(count, relevant, places, texts, seed=sum(map(ord, name)))
        )
    ]


def run_step(
    services: Services,
    told: Told,
    some: Sequence[Article],
    rate: float,
    progress: Progress = lambda _: None,
    *,
    drain_s: float = DRAIN_S,
) -> Step:
    """Publish articles at a rate; return what came of it when all are through, or too late."""
    values = [(a.article_id, a.to_json()) for a in some]
    before, alerts_before = Counts.of(services), told.count
    spent = processor_s(services.worker_pids), processor_s([services.broker_pid])
    planned = _publish(services, values, rate, progress)
    goal = before.read + len(values)
    is_drained = wait_until_through(services, goal, drain_s)
    worker_s = processor_s(services.worker_pids) - spent[0]
    broker_s = processor_s([services.broker_pid]) - spent[1]
    waits = sorted(
        at - planned[article_id]
        for cause, moments in list(told.at.items())
        if (article_id := cause.rpartition(":")[0]) in planned
        for at in moments
    )
    return Step(
        rate=rate,
        articles=len(values),
        alerts=told.count - alerts_before,
        quantiles={q: quantile(waits, q) for q in (50, 95, 99, 100)},
        is_drained=is_drained,
        worker_ms=worker_s / len(values) * 1000,
        broker_ms=broker_s / len(values) * 1000,
    )


def quantile(ordered: Sequence[float], percent: int) -> float:
    """Return the value that so many percent are not above; nan of nothing."""
    if not ordered:
        return math.nan
    return ordered[max(0, math.ceil(len(ordered) * percent / 100) - 1)]


@dataclass(frozen=True, slots=True)
class Counts:
    """How far the workers are, by their own counters."""

    read: int
    told: int
    tracked: int

    @classmethod
    def of(cls, services: Services) -> Counts:
        """Ask every worker."""
        return cls(
            int(services.count("placewatch_received_total", component="read")),
            int(services.count("placewatch_sent_total", destination=READINGS.name)),
            int(services.count("placewatch_received_total", component="track")),
        )


def wait_until_through(services: Services, read: int, seconds: float) -> bool:
    """Return whether the workers have read so many articles, and tracked all that came of them, in time."""
    end = time.monotonic() + seconds
    before, since = None, time.monotonic()
    while time.monotonic() < end:
        counts = Counts.of(services)
        if counts != before:
            before, since = counts, time.monotonic()
        is_through = counts.read >= read and counts.tracked >= counts.told
        if is_through and time.monotonic() - since > STILL_S:
            return True
        time.sleep(POLL_S)
    return False


def _publish(
    services: Services, values: Sequence[tuple[str, bytes]], rate: float, progress: Progress
) -> dict[str, float]:
    """Publish each at its time; return when each was planned."""
    producer = make_producer(services.settings)
    began, planned = time.time() + 0.1, {}
    for number, (article_id, value) in enumerate(values):
        planned[article_id] = due = began + number / rate
        if (wait := due - time.time()) > 0:
            time.sleep(wait)
        producer.send(ARTICLES.name, key=article_id.encode(), value=value)
        progress(1)
    producer.flush(timeout=60)
    producer.close()
    return planned


@dataclass(frozen=True, slots=True)
class Run:
    """What reading a full topic came to; `rate` in articles a second, `cores` busy on average."""

    articles: int
    rate: float
    cores: float
    worker_ms: float
    broker_ms: float


def sustained(services: Services, some: Sequence[Article], name: str) -> Run:
    """Publish articles at once; return how fast they are read from when all lie on the topic.

    Raises:
        BrokerError: they are not through in ten minutes.
    """
    before = Counts.of(services).read
    _publish(services, [(a.article_id, a.to_json()) for a in some], math.inf, lambda _: None)
    samples: list[tuple[float, int, float, float]] = []
    with RichProgress() as progress:
        task = progress.add_task(f"{name}: sustained", total=len(some))
        end = time.monotonic() + LONGEST_RUN_S
        while not samples or samples[-1][1] < len(some):
            if time.monotonic() > end:
                raise BrokerError(f"{len(some)} articles are not read within {LONGEST_RUN_S:.0f} s")
            read = Counts.of(services).read - before
            spent = processor_s(services.worker_pids), processor_s([services.broker_pid])
            samples.append((time.monotonic(), read, *spent))
            progress.update(task, completed=read)
            time.sleep(POLL_S)
    wait_until_through(services, before + len(some), DRAIN_S)
    middle = [s for s in samples if s[1] <= 0.95 * len(some)]
    first, last = (middle[0], middle[-1]) if len(middle) > 1 else (samples[0], samples[-1])
    wall_s, read = last[0] - first[0], max(1, last[1] - first[1])
    worker_s, broker_s = last[2] - first[2], last[3] - first[3]
    return Run(
        articles=len(some),
        rate=read / wall_s,
        cores=(worker_s + broker_s) / wall_s,
        worker_ms=worker_s / read * 1000,
        broker_ms=broker_s / read * 1000,
    )


def topic_bytes(services: Services) -> dict[str, float]:
    """Return how many records and bytes lie on each topic that anything was written to, the changelogs' too.

    Bytes are of keys and values, before compression; on a Kafka of ours "disk" is what its files take with it.
    """
    consumer = make_consumer(services.settings)
    found: dict[str, float] = {}
    for topic in sorted(t for t in consumer.topics() if t.startswith("placewatch")):
        partitions = [TopicPartition(topic, p) for p in consumer.partitions_for_topic(topic) or ()]
        consumer.assign(partitions)
        consumer.seek_to_beginning(*partitions)
        count = size = 0
        while polled := consumer.poll(1000):
            for record in (r for records in polled.values() for r in records):
                count += 1
                size += len(record.key or b"") + len(record.value or b"")
        if count:
            files = (services.folder / "kafka" / "data").glob(f"{topic}-*/*.log")
            found |= {f"records:{topic}": count, f"bytes:{topic}": size}
            if disk := sum(file.stat().st_size for file in files):
                found[f"disk:{topic}"] = disk
    consumer.close()
    return found
