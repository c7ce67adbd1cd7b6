"""A broker and workers as processes, to measure them: started as `up` starts them, watched from outside.

Processor time is that of the whole tree of a process, the readers' included; ended processes do not count any more.
"""

from __future__ import annotations

import subprocess
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import Self

import psutil
import yaml
from prometheus_client.parser import text_string_to_metric_families

from placewatch.errors import BrokerError
from placewatch.local.broker import EmbeddedBroker, free_port
from placewatch.local.kafka_broker import LocalKafka
from placewatch.local.processes import kill_group, start_process, stop_process
from placewatch.local.supervisor import default_services, environment_of
from placewatch.records import WatchedPlace
from placewatch.settings import Settings, load_settings


READY_WITHIN_S = 240.0
STOP_GRACE_S = 20.0


def write_watchlist(places: Sequence[WatchedPlace], path: Path) -> None:
    """Write places as a watchlist file that resolves to the same places."""
    entries = [{"place": place.place} for place in places]
    path.write_text(
        yaml.dump({"places": entries}, Dumper=yaml.CSafeDumper, allow_unicode=True), "utf-8"
    )


def processor_s(pids: Sequence[int]) -> float:
    """Return the processor seconds of processes and all that they started and that still runs."""
    total = 0.0
    for pid in pids:
        root = psutil.Process(pid)
        for process in (root, *root.children(recursive=True)):
            times = process.cpu_times()
            total += times.user + times.system
    return total


def resident_mb(pids: Sequence[int]) -> float:
    """Return the resident memory of processes and all that they started, in MiB; shared pages count each time."""
    trees = (psutil.Process(pid) for pid in pids)
    every = (p for root in trees for p in (root, *root.children(recursive=True)))
    return sum(float(p.memory_info().rss) for p in every) / 2**20


@dataclass
class Services:
    """A broker and the workers on it.

    Attributes:
        settings: what reaches the broker.
        broker_pid: the broker's process.
        folder: where each worker keeps its state and log.
        ports: of the workers' pages.
    """

    settings: Settings
    broker_pid: int
    folder: Path
    ports: list[int] = field(default_factory=list)
    _workers: list[subprocess.Popen[bytes]] = field(default_factory=list)
    _held: ExitStack = field(default_factory=ExitStack)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.end_workers()

    @property
    def worker_pids(self) -> tuple[int, ...]:
        """The workers' own processes, without their readers."""
        return tuple(process.pid for process in self._workers)

    def start_worker(self) -> None:
        """Start one more worker; it is not ready yet."""
        number, port = len(self.ports), free_port()
        home = self.folder / f"worker-{number}-{port}"
        home.mkdir()
        settings = self.settings.model_copy(update={"state_dir": home, "web_port": port})
        embedded = settings.is_broker_embedded
        (service,) = (s for s in default_services(is_embedded=embedded) if s.name == "worker")
        log = self._held.enter_context((home / "worker.log").open("wb"))
        process = start_process(service.command, env=environment_of(settings), output=log)

        def end() -> None:
            stop_process(process, STOP_GRACE_S)
            kill_group(process)

        self._held.callback(end)
        self.ports.append(port)
        self._workers.append(process)

    def wait_until_ready(self) -> None:
        """Return once every worker reads articles.

        Raises:
            BrokerError: one does not within four minutes; the message holds the end of its log.
        """
        give_up_at = time.monotonic() + READY_WITHIN_S
        for port, worker in zip(self.ports, self._workers, strict=True):
            while not _is_ready(port):
                if worker.poll() is not None or time.monotonic() > give_up_at:
                    (log,) = self.folder.glob(f"worker-*-{port}/worker.log")
                    raise BrokerError(f"a worker is not ready: {log.read_text()[-2000:]}")
                time.sleep(0.1)

    def end_workers(self) -> None:
        """End the workers; the broker keeps what it has."""
        self._held.close()
        self.ports.clear()
        self._workers.clear()

    def count(self, name: str, **labels: str) -> float:
        """Return the sum over the workers of a metric's samples that have these labels."""
        return sum(_sample(port, name, labels) for port in self.ports)


def _is_ready(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz/", timeout=5) as response:
            return bool(response.status == HTTPStatus.OK)
    except OSError:
        return False


def _sample(port: int, name: str, labels: dict[str, str]) -> float:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=30) as response:
        text = response.read().decode()
    return sum(
        sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if sample.name == name and labels.items() <= sample.labels.items()
    )


@contextmanager
def services_on(
    broker: str, folder: Path, watchlist: Path, *, readers: int = 2, jars: Path | None = None
) -> Iterator[Services]:
    """Yield services with a broker that is up and no worker yet; all are ended at the end.

    Args:
        broker: "embedded" or "kafka", which is a real Apache Kafka of one node.
        folder: empty, for everything they keep.
        watchlist: the tracked places.
        readers: processes that read, a worker.
        jars: of Apache Kafka.
    """
    base = load_settings(
        bootstrap_servers=None,
        ledger_url=None,
        state_dir=folder,
        watchlist=watchlist,
        reader_processes=readers,
        kafka_libs=jars,
        log_level="WARNING",
        partitions=4,
    )
    if broker == "embedded":
        embedded = EmbeddedBroker(base)
        with embedded as settings, Services(settings, embedded.pid or 0, folder) as services:
            yield services
        return
    kafka = LocalKafka(base, port=free_port())
    with kafka as settings, Services(settings, kafka.pid or 0, folder) as services:
        yield services
