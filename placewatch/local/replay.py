"""A replay the whole way: recorded articles through a broker and a worker in stream clock, alerts out of their topic.

Broker (embedded, unless one is set) and worker are supervised: a worker that dies is started again and goes on; when
the embedded broker dies, which keeps nothing, the recording is told again from its beginning, under the same ids.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing as closed_after
from contextlib import contextmanager
from datetime import datetime

from kafka import KafkaAdminClient, KafkaProducer
from kafka.errors import KafkaError

from placewatch.errors import BrokerError, PlacewatchError
from placewatch.kafka import connection, make_producer, require_broker
from placewatch.local.progress import Progress
from placewatch.local.runfile import empty_folder
from placewatch.local.supervisor import Service, Supervisor, default_services
from placewatch.places import Watchlist
from placewatch.records import Alert, Article, Reading, Status
from placewatch.settings import Settings
from placewatch.topics import ARTICLES, READINGS, WORKERS, Topic


REPLAY_DIR = "replay"
# A recording has one order, and Kafka keeps order within a partition only.
PARTITION = 0
PORTION = 500
STUCK_AFTER_S = 180.0
_TURN_S = 0.2
_ACKNOWLEDGED_WITHIN_S = 60.0

OnProgress = Callable[[str, int, int], None]


def through_kafka(
    articles: Callable[[], Iterable[Article]],
    places: Watchlist,
    settings: Settings,
    *,
    on_progress: OnProgress = lambda _what, _done, _total: None,
) -> Iterator[Alert | Status]:
    """Yield the alerts, each once, and the statuses that recorded articles lead to, as they come out of their topics.

    Args:
        articles: gives the articles in the order in which they came out, from the beginning at each call.
        places: the watchlist, that of the setting `watchlist`.
        settings: yours; state folder, ledger, clock and ports are the replay's own.
        on_progress: called with what goes on, how much of it is done, and of how much (0: not known).

    Raises:
        BrokerError: the broker cannot be reached, or carries placewatch's topics already.
        ConfigError: a replay runs already.
        PlacewatchError: the worker keeps dying, or nothing moves any more.
    """
    own = replay_settings(settings)
    empty_folder(own.state_dir)
    with (
        _left_as_found(own),
        Supervisor(
            own, places, output=own.state_dir / "services.log", services=_only_worker
        ) as services,
    ):
        while True:
            servers = services.settings.bootstrap_servers
            try:
                yield from _Telling(services, on_progress).tell(articles(), places)
            except (KafkaError, BrokerError):
                services.check()
                if services.settings.bootstrap_servers == servers:
                    raise
            else:
                return


def replay_settings(settings: Settings) -> Settings:
    """Return the settings of a replay: nothing of what you run is touched."""
    return settings.model_copy(
        update={
            "state_dir": settings.state_dir.absolute() / REPLAY_DIR,
            "ledger_url": None,
            "feed_state_url": None,
            "alert_log": None,
            "clock": "stream",
            "web_host": "127.0.0.1",
            "web_port": 0,
        }
    )


def _only_worker(*, is_embedded: bool) -> Sequence[Service]:
    return [s for s in default_services(is_embedded=is_embedded) if s.name == "worker"]


@contextmanager
def _left_as_found(settings: Settings) -> Iterator[None]:
    """Refuse a broker of the user's that placewatch uses already, and remove from it what the replay made.

    Raises:
        BrokerError: it has topics of placewatch's, whose workers would take the old news for today's.
    """
    if settings.bootstrap_servers is None:
        yield
        return
    require_broker(settings)
    with closed_after(KafkaAdminClient(**connection(settings))) as admin:
        used = _our_topics(admin)
        if used:
            raise BrokerError(
                f"Kafka at {settings.bootstrap_servers} carries topics of placewatch ({used[0]} and {len(used) - 1} "
                "more), whose workers and sinks would take old news for today's: name a broker without them, or unset "
                "PLACEWATCH_BOOTSTRAP_SERVERS for an embedded one"
            )
        try:
            yield
        finally:
            admin.delete_topics(_our_topics(admin))
            admin.delete_groups([WORKERS])


def _our_topics(admin: KafkaAdminClient) -> list[str]:
    return sorted(name for name in admin.list_topics() if name.startswith("placewatch"))


class _Telling:
    """One telling of the recording to one broker."""

    def __init__(self, services: Supervisor, on_progress: OnProgress) -> None:
        self._services = services
        self._servers = services.settings.bootstrap_servers
        self._on_progress = on_progress
        self._published = 0
        self._mark: object = None
        self._moved_at = time.monotonic()

    def tell(self, articles: Iterable[Article], places: Watchlist) -> Iterator[Alert | Status]:
        """Publish everything, wait until all is read and tracked, then have time pass up to the end."""
        # Not at module level: the import contract keeps streams out of what every command loads.
        from streams.tracking.stream_time import closing  # noqa: PLC0415

        with (
            closed_after(Progress(self._services.settings, with_sinks=False)) as progress,
            closed_after(make_producer(self._services.settings)) as producer,
        ):
            ends_at: datetime | None = None
            portion: list[Article] = []
            for article in articles:
                ends_at = max(ends_at or article.told_at, article.told_at)
                portion.append(article)
                if len(portion) == PORTION:
                    self._publish(portion, producer)
                    portion = []
                    yield from self._turn(progress)
            self._publish(portion, producer)
            yield from self._until_done(progress)
            if ends_at is not None:
                _send(READINGS, [closing(place, ends_at) for place in places], producer)
                yield from self._until_done(progress)

    def _publish(self, portion: Sequence[Article], producer: KafkaProducer) -> None:
        _send(ARTICLES, portion, producer)
        self._published += len(portion)

    def _until_done(self, progress: Progress) -> Iterator[Alert | Status]:
        while not progress.is_done():
            yield from self._turn(progress)
            time.sleep(_TURN_S)
        yield from progress.new_records()

    def _turn(self, progress: Progress) -> Iterator[Alert | Status]:
        """Yield what has come; look after the services.

        Raises:
            BrokerError: there is another broker now.
            PlacewatchError: a service keeps dying, or nothing moves any more.
        """
        self._services.check()
        if self._services.settings.bootstrap_servers != self._servers:
            raise BrokerError("the embedded broker died")
        yield from progress.new_records()
        read = progress.read()
        self._on_progress("reading", read, self._published)
        mark, now = (read, progress.records, self._published), time.monotonic()
        if mark != self._mark:
            self._mark, self._moved_at = mark, now
        elif now - self._moved_at > STUCK_AFTER_S:
            raise PlacewatchError(
                f"the replay has stood still for {STUCK_AFTER_S:.0f} s: see the end of "
                f"{self._services.settings.state_dir / 'services.log'}, or run `placewatch doctor`"
            )


def _send(topic: Topic, records: Iterable[Article | Reading], producer: KafkaProducer) -> None:
    """Send records to a topic in their order and return when the broker has them.

    Articles go to one partition; readings to that of their place.

    Raises:
        KafkaError: it did not take one.
    """
    partition = PARTITION if topic is ARTICLES else None
    sent = [
        producer.send(
            topic.name,
            key=str(getattr(record, topic.key)).encode(),
            value=record.to_json(),
            partition=partition,
        )
        for record in records
    ]
    for future in sent:
        future.get(timeout=_ACKNOWLEDGED_WITHIN_S)
