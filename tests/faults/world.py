"""Everything of one fault: a real Kafka, the services on it, the feeds they poll, and what is seen to happen."""

from __future__ import annotations

import json
import re
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from http import HTTPStatus
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from kafka import TopicPartition
from kafka.errors import KafkaError
from story import Run, Told
from units import Unit

from placewatch.errors import LedgerError
from placewatch.kafka import answers, make_consumer
from placewatch.local.broker import free_port
from placewatch.local.newswire import NewswireServer
from placewatch.local.progress import SINK_GROUP, Progress
from placewatch.local.supervisor import environment_of
from placewatch.records import Alert, Status
from placewatch.settings import Settings, load_settings, seeds_dir
from placewatch.topics import Topic
from sinks.ledger import Ledger


# Nothing at all moves for this long: it will not by itself. Beyond the longest fault and a Kafka that starts.
STILL_S = 300.0
START_S = 240.0
TURN_S = 0.05
ANSWER_MS = 5_000
# The writer that appends to the alert log.
ALERT_LOG = "log"
# Their units, and the command of each.
SERVICES = {"sink": "sink", "worker": "work", "producer": "produce"}
# The least that a real Kafka allows: how long the share of a service that was killed waits for another.
SESSION_S = 6.0


class StillError(Exception):
    """Nothing moves any more."""


class World:
    """Broker, producer, worker, sink, and the newswire they are told.

    Attributes:
        folder: everything of this world lies there.
        settings: those of the services.
        units: by name: broker, sink, worker, producer; a fault may put others beside them.
        alerts, statuses: what has come out of the topics: alerts by id, the newest status by place.
        confirmed: how many items the producer has published and remembered.
        committed: how many records the sink is through with.
        poisoned: where records were put that are none.
    """

    def __init__(
        self,
        folder: Path,
        told: Told,
        units: Mapping[str, Unit],
        *,
        services: Sequence[str] = tuple(SERVICES),
        **variables: Any,
    ) -> None:
        self.folder = folder
        self.told = told
        (folder / "state").mkdir(parents=True)
        told.write_watchlist(folder / "watchlist.yaml")
        values: dict[str, Any] = {
            "bootstrap_servers": f"127.0.0.1:{free_port()}",
            "partitions": 4,
            "state_dir": folder / "state",
            "watchlist": folder / "watchlist.yaml",
            "feeds": folder / "feeds.opml",
            "sources": seeds_dir() / "demo" / "sources.yaml",
            "ledger_url": None,
            "alert_log": None,
            "clock": "stream",
            "session_timeout_s": SESSION_S,
            "poll_interval_s": 0.2,
            "poll_floor_s": 0.1,
            "allow_private_networks": True,
            "reader_processes": 1,
            "full_text": "off",
            "web_port": 0,
            "log_format": "json",
        }
        self.settings: Settings = load_settings(**(values | variables))
        self.units = dict(units)
        self._services = services
        self.alerts: dict[str, Alert] = {}
        self.statuses: dict[str, Status] = {}
        self.confirmed = 0
        self.committed = 0
        self.poisoned: set[str] = set()
        self._hold = folder / "hold"
        self._hold.write_text("0")
        self._server = NewswireServer(told.newswire, hold=self._hold)
        self._progress: Progress | None = None
        self._moved: tuple[object, float] = (None, time.monotonic())
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        """Start the broker, make it ready, start the services."""
        self._spy_on(self._server.story)
        self._stack.enter_context(self._server)
        self.settings.feeds.write_bytes(self._server.opml())
        port = str(self.settings.bootstrap_servers).rpartition(":")[2]
        try:
            self.add("broker", "broker", "run", "--port", port)
            self.until(lambda: answers(str(self.settings.bootstrap_servers)), "the broker", START_S)
            self.add("prepare", "prepare", "--wait", str(START_S))
            self.until(lambda: "places published" in self.said("prepare"), "the topics", START_S)
            self.units.pop("prepare").stop()
            for name in self._services:
                self.add(name, SERVICES[name])
            self._progress = Progress(self.settings)
            # What `prepare` told the worker is tracked and written: everything runs.
            self.until(self.is_done, "the services", START_S)
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Stop everything."""
        self.close()

    def close(self) -> None:
        """Stop the services against the stream, then the broker."""
        if self._progress is not None:
            self._progress.close()
        ends_last = [name for name in ("sink", "broker", "postgres") if name in self.units]
        for name in [*(name for name in self.units if name not in ends_last), *ends_last]:
            self.units.pop(name).stop()
        self._stack.close()

    def add(
        self,
        name: str,
        *words: str,
        settings: Settings | None = None,
        before: tuple[str, ...] = (),
        more: Mapping[str, str] | None = None,
    ) -> Unit:
        """Start `placewatch WORDS` under a name; `before` is put before the command, `more` into its environment."""
        command = [*before, sys.executable, "-m", "placewatch", *words]
        environment = environment_of(settings or self.settings) | (more or {})
        self.units[name] = Unit(name, command, environment, self.folder / f"{name}.log")
        self.units[name].start()
        return self.units[name]

    def replace(self, name: str, *words: str, **named: Any) -> Unit:
        """Stop a service and start it otherwise."""
        self.units.pop(name).stop()
        return self.add(name, *words, **named)

    def said(self, name: str) -> str:
        """Return all that a unit has said."""
        path = self.folder / f"{name}.log"
        return path.read_text(errors="replace") if path.exists() else ""

    def kafka_pid(self) -> int:
        """Return the process id of the Java machine."""
        started = [line for line in self.said("broker").splitlines() if "broker_started" in line]
        found = re.search(r"\{.*\}", started[-1])
        assert found is not None
        return int(json.loads(found[0])["pid"])

    def release(self, run: Run) -> None:
        """Let a run's items be told."""
        unfinished = self._hold.with_suffix(".new")
        unfinished.write_text(str(run.last))
        unfinished.replace(self._hold)

    def turn(self) -> None:
        """Look after the services, and see what has come.

        Raises:
            StillError: nothing has moved for long.
        """
        for unit in list(self.units.values()):
            unit.look_after()
        if self._progress is not None:
            for record in self._progress.new_records():
                if isinstance(record, Alert):
                    self.alerts[record.alert_id] = record
                else:
                    self.statuses[record.place_id] = record
            committed = sum(self._progress._committed(SINK_GROUP).values())
            self.committed = max(self.committed, committed)
            self._note((self._progress.records, self.committed, self.confirmed))
        time.sleep(TURN_S)

    def _note(self, mark: object) -> None:
        now = time.monotonic()
        if mark != self._moved[0]:
            self._moved = (mark, now)
        elif now - self._moved[1] > STILL_S:
            raise StillError(f"nothing has moved for {STILL_S:.0f} s: see {self.folder}")

    def until(self, is_true: Callable[[], bool], what: str, seconds: float | None = None) -> None:
        """Return once it is true.

        Raises:
            StillError: nothing moves any more, or it took more than `seconds`.
        """
        began = time.monotonic()
        while not is_true():
            if seconds is not None and time.monotonic() - began > seconds:
                raise StillError(f"{what}: not within {seconds:.0f} s: see {self.folder}")
            self.turn()

    def last(self, seconds: float) -> None:
        """Let a fault last so long."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.turn()

    def everything(self, topic: str) -> list[bytes]:
        """Return the values on a topic, to its end of now."""
        consumer = make_consumer(self.settings)
        partitions = [TopicPartition(topic, n) for n in consumer.partitions_for_topic(topic)]
        consumer.assign(partitions)
        consumer.seek_to_beginning(*partitions)
        ends, values = consumer.end_offsets(partitions), []
        while any(consumer.position(tp) < end for tp, end in ends.items()):
            for records in consumer.poll(500).values():
                values += [record.value for record in records]
        consumer.close()
        return values

    def read(self) -> int:
        """Return how many articles the workers are through with."""
        return self._progress.read() if self._progress else 0

    def is_done(self) -> bool:
        """Return whether all that is on the topics has been read, tracked and written: the lag is 0."""
        try:
            return self._progress is not None and self._progress.is_done()
        except KafkaError:
            return False  # the broker is away

    def is_told(self) -> bool:
        """Return whether the alert log has every alert of the ledger, by the ledger."""
        try:
            with Ledger(self.settings.ledger) as ledger:
                return not ledger.undelivered(ALERT_LOG)
        except LedgerError:
            return False  # its server is away, or somebody has it locked

    def ends(self, topics: Sequence[Topic]) -> dict[TopicPartition, int]:
        """Return where topics end now, by partition."""
        assert self._progress is not None
        names = {topic.name for topic in topics}
        partitions = [tp for tp in self._progress._partitions if tp.topic in names]
        while True:
            try:
                found: dict[TopicPartition, int] = self._progress._consumer.end_offsets(
                    partitions, timeout_ms=ANSWER_MS
                )
            except KafkaError:
                self.turn()  # the broker is still away
            else:
                return found

    def is_through(self, group: str, ends: Mapping[TopicPartition, int]) -> bool:
        """Return whether a consumer group has committed up to there."""
        assert self._progress is not None
        committed = self._progress._committed(group)
        return all(committed.get(partition, 0) >= end for partition, end in ends.items())

    def _spy_on(self, story: Any) -> None:
        """See which items were confirmed: a producer has the ETag of a feed once the broker has its articles."""
        fetch, items = story.fetch, self.told.newswire.items

        def seen(source: str, etag: str | None) -> tuple[HTTPStatus, bytes, str]:
            number = story.told
            answer: tuple[HTTPStatus, bytes, str] = fetch(source, etag)
            is_of_newest = number and items[min(number, len(items)) - 1].outlet == source
            if answer[0] is HTTPStatus.NOT_MODIFIED and is_of_newest:
                self.confirmed = number
            return answer

        story.fetch = seen
