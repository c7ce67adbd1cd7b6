"""Runs the broker and the services as processes, and starts again what dies.

    start    the broker (if none is set), what it must be told again, the services
    check    every so often: a dead service is started again after a while; with a dead embedded broker everything
             is, because Faust and the consumers keep offsets that a new memory broker does not know; a dead
             local one only is itself, for it has its data and the services find it again
    stop     producer, worker, sinks, broker: against the stream, so that what is under way arrives

Start it from the main thread: on Linux the kernel ends the services when the thread that started them ends.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from pydantic import SecretStr

from placewatch.errors import BrokerError, PlacewatchError
from placewatch.kafka import create_topics
from placewatch.local.broker import EmbeddedBroker
from placewatch.local.kafka_broker import LocalKafka
from placewatch.local.processes import kill_group, start_process, stop_process
from placewatch.local.restarts import GiveUp, decide
from placewatch.local.restore import tell_again
from placewatch.local.runfile import RunFile
from placewatch.log import get_logger
from placewatch.places import Watchlist
from placewatch.settings import Settings


CHECK_INTERVAL_S = 0.2
STOP_GRACE_S = 15.0

log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Service:
    """One service.

    Attributes:
        name: its name for people.
        command: what runs it.
        is_needed: whether alerts would not get through without it; another that keeps dying is left alone.
    """

    name: str
    command: Sequence[str]
    is_needed: bool = True


@dataclass(slots=True)
class _Running:
    """A service's process, when it died, and when it is due to start."""

    service: Service
    process: subprocess.Popen[bytes] | None = None
    deaths_at: list[float] = field(default_factory=list)
    due_at: float | None = None


def default_services(*, is_embedded: bool) -> tuple[Service, ...]:
    """Return the services in the order in which they start: readers before writers."""
    python = sys.executable
    worker = ("-m", "placewatch.local.worker") if is_embedded else ("-m", "placewatch", "work")
    return (
        Service("sink", (python, "-m", "placewatch", "sink")),
        Service("worker", (python, *worker)),
        Service("producer", (python, "-m", "placewatch", "produce")),
    )


class Supervisor(AbstractContextManager["Supervisor"]):
    """All services of one state folder, from entering to leaving the context."""

    def __init__(
        self,
        settings: Settings,
        watchlist: Watchlist,
        *,
        output: Path | None = None,
        cwd: Path | None = None,
        services: Callable[..., Sequence[Service]] = default_services,
        broker_port: int | None = None,
        local_broker: LocalKafka | None = None,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        """Put it together; the services' output goes to the file `output`, or where ours goes.

        Without a broker in the settings `local_broker` is run, and without that an embedded one.
        """
        self.settings = settings
        self._is_embedded = settings.bootstrap_servers is None and local_broker is None
        self._watchlist = watchlist
        self._output_path = output
        self._cwd = cwd
        self._output: IO[bytes] | None = None
        self._broker: EmbeddedBroker | LocalKafka | None = local_broker
        self._broker_port = broker_port
        self._broker_deaths: list[float] = []
        self._run_file = RunFile(settings.state_dir)
        self._running = [_Running(s) for s in services(is_embedded=self._is_embedded)]
        self._now = now

    def __enter__(self) -> Self:
        """Start everything.

        Raises:
            ConfigError: services already run in this state folder.
            BrokerError: no broker.
        """
        self._run_file.__enter__()
        try:
            if self._output_path is not None:
                self._output = self._output_path.open("ab")
            self._start_all()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Stop everything."""
        self.stop()

    @property
    def broker_pid(self) -> int | None:
        """The process id of the broker that runs here."""
        return self._broker.pid if self._broker else None

    def pid(self, name: str) -> int | None:
        """Return the process id of a service, None while it does not run."""
        for running in self._running:
            if running.service.name == name and running.process is not None:
                return running.process.pid
        return None

    def check(self) -> None:
        """Look after everything once; call it every `CHECK_INTERVAL_S`.

        Raises:
            PlacewatchError: a service, or the broker, keeps dying.
        """
        if self._broker is not None and not self._broker.is_alive:
            self._restart_broker()
            return
        for running in self._running:
            self._look_after(running)

    def stop(self) -> None:
        """Stop the services against the stream, then the broker."""
        for running in reversed(self._running):
            if running.process is not None:
                stop_process(running.process, STOP_GRACE_S)
                kill_group(running.process)
                running.process = None
        if self._broker is not None:
            self._broker.stop()
            self._broker = None
        if self._output is not None:
            self._output.close()
            self._output = None
        self._run_file.__exit__(None, None, None)

    def _start_all(self) -> None:
        """Start the broker, tell it what it must know, start the services."""
        if self._is_embedded:
            self._broker = EmbeddedBroker(self.settings, port=self._broker_port).start()
            self.settings = self._broker.settings
        elif self._broker is not None:
            self.settings = self._broker.start().settings
        else:
            create_topics(self.settings)
        tell_again(self.settings, self._watchlist, with_ledger=self._is_embedded)
        self._run_file.note(str(self.settings.bootstrap_servers), is_embedded=self._is_embedded)
        for running in self._running:
            self._start(running)

    def _restart_broker(self) -> None:
        """Start the broker that died again; with an embedded one, which took all topics with it, every service."""
        now = self._now()
        self._broker_deaths.append(now)
        decision = decide(self._broker_deaths, now)
        action = "everything is started again" if self._is_embedded else "it is started again"
        try:
            if self._broker is not None:
                self._broker.check()
        except BrokerError as error:
            if isinstance(decision, GiveUp):
                raise
            log.error("broker_died", error=str(error), action=action)  # noqa: TRY400  # it is said in full
        if isinstance(self._broker, LocalKafka):
            self._broker.stop()
            self._broker.start()
            return
        for running in self._running:
            if running.process is not None:
                # Nothing can be flushed to a broker that is gone.
                kill_group(running.process)
                running.process.wait()
                running.process = None
        if self._broker is not None:
            self._broker.stop()
        self.settings = self.settings.model_copy(update={"bootstrap_servers": None})
        self._start_all()

    def _look_after(self, running: _Running) -> None:
        """Start a service that is due; note one that died."""
        now = self._now()
        if running.process is None:
            if running.due_at is not None and now >= running.due_at:
                self._start(running)
            return
        status = running.process.poll()
        if status is None:
            return
        kill_group(running.process)
        running.process = None
        running.deaths_at.append(now)
        decision = decide(running.deaths_at, now)
        name = running.service.name
        if isinstance(decision, GiveUp) and not running.service.is_needed:
            log.error("service_left_alone", service=name, status=status, deaths=decision.deaths)
            return
        if isinstance(decision, GiveUp):
            raise PlacewatchError(
                f"the {name} died {decision.deaths} times within {decision.window_s:.0f} s (last exit status "
                f"{status}): {self._where_to_look()}"
            )
        running.due_at = now + decision.delay_s
        log.warning("service_died", service=name, status=status, restart_in_s=decision.delay_s)

    def _start(self, running: _Running) -> None:
        """Start one service."""
        running.due_at = None
        running.process = start_process(
            running.service.command,
            env=environment_of(self.settings),
            cwd=self._cwd,
            output=self._output,
        )
        log.info("service_started", service=running.service.name, pid=running.process.pid)

    def _where_to_look(self) -> str:
        """Return what a person should do about a service that keeps dying."""
        if self._output_path is not None:
            return f"see the end of {self._output_path}, or run `placewatch doctor`"
        return "see its last lines above, or run `placewatch doctor`"


def environment_of(settings: Settings) -> dict[str, str]:
    """Return the environment that gives a service these settings and none of ours besides."""
    inherited = {
        name: value for name, value in os.environ.items() if not name.startswith("PLACEWATCH_")
    }
    return inherited | dict(_variables(settings))


def _variables(settings: Settings) -> Iterator[tuple[str, str]]:
    """Yield each setting that has a value as its environment variable; paths are absolute."""
    for name in type(settings).model_fields:
        value = getattr(settings, name)
        if value is None:
            continue
        if isinstance(value, SecretStr):
            value = value.get_secret_value()
        elif isinstance(value, Path):
            value = value.absolute()
        yield f"PLACEWATCH_{name.upper()}", str(value)
