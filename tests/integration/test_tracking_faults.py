"""kill -9, restarts and rebalances while news are tracked: the ledger ends with the undisturbed run's alert ids.

The reference is the tracker without a broker, on the same readings. PLACEWATCH_FAULT_POINTS says how many kills
(3 unless set; `make faults` 20), PLACEWATCH_FAULT_SEED where; a failure names the seed. Readings go straight to their
topic: what is read from articles on the way is in test_replay_through_kafka.py. The embedded broker has one
partition and keeps nothing; what a broker that keeps its data must stand is tried on a real Kafka, where
PLACEWATCH_KAFKA_LIBS names a folder with its jars.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from pathlib import Path
from typing import Any

import pytest

from placewatch.actors import load_actors
from placewatch.kafka import make_producer
from placewatch.local.broker import free_port
from placewatch.local.processes import kill_group, start_process, stop_process
from placewatch.local.progress import Progress
from placewatch.local.supervisor import Supervisor, default_services, environment_of
from placewatch.places import Watchlist, load_watchlist
from placewatch.records import Evidence, Reading, Report
from placewatch.settings import Settings, load_settings
from placewatch.sources import load_sources
from placewatch.topics import READINGS
from placewatch.vocabulary import Factuality, State
from sinks.ledger import Ledger
from streams.tracking.context import Context
from streams.tracking.policy import load_policy
from streams.tracking.stream_time import Recording


pytestmark = [pytest.mark.broker, pytest.mark.slow, pytest.mark.timeout(900)]

# kafka-python leaves the sockets of connections that are refused to the garbage collector.
refused = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")

POINTS = int(os.environ.get("PLACEWATCH_FAULT_POINTS", "3"))
SEED = int(os.environ.get("PLACEWATCH_FAULT_SEED", "20241206"))
# Five deaths within a minute, and the supervisor gives up.
POINTS_A_RUN = 4
READINGS_A_RUN = 400
STILL_S = 120
FED_EVERY_S = 0.05
TOWNS = (
    "Hama",
    "Homs",
    "Daraa",
    "Rastan",
    "Talbiseh",
    "Salamiyah",
    "Palmyra",
    "Idlib",
    "Aleppo",
    "Latakia",
    "Tartus",
    "Quneitra",
)
START = datetime(2024, 12, 1, 8, tzinfo=UTC)
REBELS, ARMY = "Syrian rebels", "Syrian government"
OUTLETS = (
    "reuters.com",
    "bbc.co.uk",
    "sana.sy",
    "one.example",
    "two.example",
    "three.example",
    "four.example",
)


def watchlist_in(folder: Path) -> Path:
    """Write a watchlist of the towns, all held by the army."""
    entries = [
        f'  - {{place: "{town}, Syria", baseline: {{status: held, holder: {ARMY}, as_of: 2024-11-27}}}}\n'
        for town in TOWNS
    ]
    path = folder / "watchlist.yaml"
    path.write_text("places:\n" + "".join(entries))
    return path


def generated(places: Watchlist, rng: random.Random, count: int = READINGS_A_RUN) -> list[Reading]:
    """Return readings in the order in which they came out: claims, denials, edits that take back, over six weeks."""
    told: list[Reading] = []
    moment = START
    while len(told) < count:
        moment += timedelta(minutes=rng.randrange(1, 300))
        if told and rng.random() < 0.1:
            told.append(edited(rng.choice(told[-20:]), moment))
            continue
        place = rng.choice(places.places)
        state = rng.choice(
            [State.CAPTURED, State.CAPTURED, State.CONTESTED, State.THREATENED, State.WITHDRAWN]
        )
        factuality = rng.choice(
            [Factuality.ASSERTED, Factuality.ASSERTED, Factuality.CLAIMED, Factuality.DENIED]
        )
        actor, against = rng.choice([(REBELS, ARMY), (REBELS, ARMY), (ARMY, REBELS)])
        report = Report(
            place_id=place.place_id,
            place=place.place,
            state=state,
            factuality=factuality,
            actor=actor,
            against=against,
            attributed_to=rng.choice([None, None, actor]),
            evidence=Evidence(sentence=f"{actor}: {state.value} {place.name}.", start=0, end=20),
        )
        told.append(
            Reading(
                place_id=place.place_id,
                place=place.place,
                article_id=f"article-{len(told)}",
                source_id=rng.choice(OUTLETS),
                published_at=moment,
                fetched_at=moment,
                reports=(report,),
            )
        )
    return told


def edited(reading: Reading, at: datetime) -> Reading:
    """Return a later revision of a reading that says nothing any more."""
    return reading.model_copy(
        update={"revision": reading.revision + 1, "updated_at": at, "reports": ()}
    )


def undisturbed(readings: Sequence[Reading], places: Watchlist, settings: Settings) -> set[str]:
    """Return the ids of the alerts that the tracker gives without a broker."""
    actors, sources = load_actors(settings.actors), load_sources(settings.sources)
    contexts = {
        p.place_id: Context(load_policy(settings.policy), actors, sources, p.country)
        for p in places
    }
    recording = Recording(places, contexts)
    steps = [*recording.begin(), *(recording.take(r) for r in readings)]
    return {alert.alert_id for step in steps for alert in step.alerts}


@dataclass
class Services:
    """Worker and sink under way, and what may happen to them."""

    supervisor: Supervisor
    progress: Progress
    others: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def alerts_seen(self) -> int:
        self.progress.new_alerts()
        return len(self.progress.seen)

    def wait(self, is_true: Callable[[], bool], what: str) -> None:
        """Return once it is true; fail when nothing has moved for long."""
        mark, moved_at = None, time.monotonic()
        while not is_true():
            self.supervisor.check()
            self.progress.new_alerts()
            if mark != self.progress.records:
                mark, moved_at = self.progress.records, time.monotonic()
            assert time.monotonic() - moved_at < STILL_S, f"{what}: nothing moves (seed {SEED})"
            time.sleep(0.02)

    def kill_worker(self) -> None:
        """Kill the worker with -9; it is started again."""
        pid = self.supervisor.pid("worker")
        if pid is not None:
            os.kill(pid, signal.SIGKILL)
            self.wait(lambda: self.supervisor.pid("worker") not in {None, pid}, "the restart")

    def join(self, folder: Path) -> None:
        """Start another worker and wait until it has its partitions."""
        port = free_port()
        settings = self.supervisor.settings.model_copy(
            update={"state_dir": folder, "web_port": port}
        )
        embedded = settings.is_broker_embedded
        (worker,) = (s for s in default_services(is_embedded=embedded) if s.name == "worker")
        with (folder.parent / "services.log").open("ab") as log:
            self.others.append(
                start_process(worker.command, env=environment_of(settings), output=log)
            )
        self.wait(lambda: is_ready(port), "the second worker")

    def leave(self, *, is_killed: bool) -> None:
        """End the other worker: by SIGTERM, or by SIGKILL."""
        if self.others:
            process = self.others.pop()
            if is_killed:
                kill_group(process)
                process.wait()
            else:
                stop_process(process, 15)

    def close(self) -> None:
        while self.others:
            self.leave(is_killed=True)
        self.progress.close()


def is_ready(port: int) -> bool:
    """Return whether the worker whose pages lie there has its partitions and tables."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz/", timeout=5) as response:
            return bool(response.status == HTTPStatus.OK)
    except OSError:
        return False


@pytest.fixture
def services_in(tmp_path: Path) -> Iterator[Callable[..., Any]]:
    """Starts sink and worker on the broker of the settings, or on an embedded one."""
    closing: list[Callable[[], Any]] = []

    def start(places: Watchlist, settings: Settings) -> Services:
        def tracking(*, is_embedded: bool) -> list[Any]:
            return [s for s in default_services(is_embedded=is_embedded) if s.name != "producer"]

        supervisor = Supervisor(
            settings, places, output=tmp_path / "services.log", services=tracking
        )
        supervisor.__enter__()
        closing.append(supervisor.stop)
        services = Services(supervisor, Progress(supervisor.settings))
        closing.append(services.close)
        return services

    yield start
    for close in reversed(closing):
        close()


def settings_in(folder: Path, **more: Any) -> Settings:
    values: dict[str, Any] = {
        "bootstrap_servers": None,
        "ledger_url": None,
        "alert_log": None,
        "state_dir": folder / "state",
        "watchlist": watchlist_in(folder),
        "clock": "stream",
        "web_port": 0,
        "reader_processes": 1,
    }
    return load_settings(**(values | more))


def publish(readings: Sequence[Reading], settings: Settings) -> None:
    producer = make_producer(settings)
    for reading in readings:
        producer.send(READINGS.name, key=reading.place_id.encode(), value=reading.to_json())
    producer.flush(timeout=30)
    producer.close()


@contextmanager
def fed(readings: Sequence[Reading], settings: Settings) -> Iterator[None]:
    """Publish readings one by one meanwhile, so that there is work whenever something happens; the rest at the end."""
    hurry = threading.Event()

    def feed() -> None:
        producer = make_producer(settings)
        for reading in readings:
            producer.send(READINGS.name, key=reading.place_id.encode(), value=reading.to_json())
            hurry.wait(FED_EVERY_S)
        producer.flush(timeout=30)
        producer.close()

    feeder = threading.Thread(target=feed)
    feeder.start()
    yield
    hurry.set()
    feeder.join()


def thresholds(rng: random.Random, expected: int, points: int) -> list[int]:
    """Return after how many alerts to strike, in order, early enough to strike into work."""
    return sorted(rng.randrange(1, max(2, expected * 9 // 10)) for _ in range(points))


def runs() -> list[tuple[int, int]]:
    """Return the runs: number and kill points of each."""
    full, rest = divmod(POINTS, POINTS_A_RUN)
    return list(enumerate([POINTS_A_RUN] * full + [rest] * bool(rest)))


def assert_as_undisturbed(services: Services, expected: set[str], settings: Settings) -> None:
    services.wait(services.progress.is_done, "the end")
    with Ledger(settings.ledger) as ledger:
        told = [alert.alert_id for alert in ledger.alerts()]
    assert len(told) == len(set(told)), f"seed {SEED}"
    assert set(told) == expected, (
        f"seed {SEED}: {len(expected - set(told))} missing, {len(set(told) - expected)} besides"
    )


@pytest.mark.parametrize(("run", "points"), runs())
def test_a_worker_killed_again_and_again_leaves_the_undisturbed_runs_alerts(
    tmp_path: Path, services_in: Callable[..., Services], run: int, points: int
) -> None:
    rng = random.Random(f"{SEED}-{run}")
    settings = settings_in(tmp_path)
    places = load_watchlist(settings.watchlist)
    readings = generated(places, rng)
    expected = undisturbed(readings, places, settings)
    assert len(expected) > READINGS_A_RUN / 10
    services = services_in(places, settings)
    publish(readings, services.supervisor.settings)
    for threshold in thresholds(rng, len(expected), points):
        services.wait(lambda: services.alerts_seen() >= threshold, "the next point")  # noqa: B023  # used at once
        time.sleep(rng.uniform(0, 0.2))
        services.kill_worker()
    assert_as_undisturbed(services, expected, settings)


@pytest.mark.faults
@refused
@pytest.mark.parametrize("run", range(2))
def test_workers_that_join_and_leave_a_real_kafka_leave_the_undisturbed_runs_alerts(
    tmp_path: Path,
    real_kafka: Any,
    services_in: Callable[..., Services],
    monkeypatch: pytest.MonkeyPatch,
    run: int,
) -> None:
    rng = random.Random(f"{SEED}-rebalance-{run}")
    settings = on_real_kafka(tmp_path, real_kafka, monkeypatch)
    places = load_watchlist(settings.watchlist)
    readings = generated(places, rng, 2 * READINGS_A_RUN)
    expected = undisturbed(readings, places, settings)
    services = services_in(places, settings)
    happenings: list[Callable[[], None]] = [
        lambda: services.join(tmp_path / "second"),
        lambda: services.leave(is_killed=False),
        lambda: services.join(tmp_path / "third"),
        services.kill_worker,
        lambda: services.leave(is_killed=True),
    ]
    with fed(readings, services.supervisor.settings):
        for happen in happenings:
            time.sleep(rng.uniform(1, 4))
            happen()
    assert_as_undisturbed(services, expected, settings)


@pytest.mark.faults
@refused
def test_a_real_kafka_killed_and_started_again_leaves_the_undisturbed_runs_alerts(
    tmp_path: Path,
    real_kafka: Any,
    services_in: Callable[..., Services],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rng = random.Random(f"{SEED}-broker")
    settings = on_real_kafka(tmp_path, real_kafka, monkeypatch)
    places = load_watchlist(settings.watchlist)
    readings = generated(places, rng)
    expected = undisturbed(readings, places, settings)
    services = services_in(places, settings)
    publish(readings, services.supervisor.settings)
    for threshold in thresholds(rng, len(expected), 2):
        services.wait(lambda: services.alerts_seen() >= threshold, "the next point")  # noqa: B023  # used at once
        real_kafka.kill()
        time.sleep(rng.uniform(0, 5))
        real_kafka.start()
    assert_as_undisturbed(services, expected, settings)


def on_real_kafka(folder: Path, kafka: Any, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Return settings for four partitions; a killed worker's are free after 6 s instead of a minute."""
    monkeypatch.setenv("BROKER_SESSION_TIMEOUT", "6")
    monkeypatch.setenv("BROKER_HEARTBEAT_INTERVAL", "1")
    return settings_in(folder, bootstrap_servers=kafka.servers, partitions=4)
