"""A durable broker for one machine: Apache Kafka of one node (KRaft) on loopback, its data in the state folder.

    <state_dir>/kafka/libs    the jars (`kafka_jars.py` puts them there)
    <state_dir>/kafka/data    topics, offsets, the cluster's id: formatted once, read again at every start

Unlike the embedded broker it forgets nothing: after a kill it is started again, and the services go on by themselves.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import time
import uuid
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

from placewatch.errors import BrokerError, LocalBrokerError
from placewatch.kafka import create_topics
from placewatch.local.broker import HOST, free_port, is_taken
from placewatch.local.kafka_jars import libs_folder, version_in
from placewatch.local.processes import start_process, stop_process
from placewatch.local.runfile import RunFile
from placewatch.log import get_logger
from placewatch.settings import Settings


PORT = 9092
# Kafka 4 brokers need Java 17 (its upgrade notes).
LEAST_JAVA = 17
# Kafka marks a folder it cannot write as failed and stops for good: better to say so before.
LEAST_FREE_BYTES = 256 << 20
# One that was killed reads through what it held before it listens; ended for that, it would begin again for ever.
START_TIMEOUT_S = 600.0
STOP_GRACE_S = 30.0
_TOOL_TIMEOUT_S = 60.0
_PROBE_INTERVAL_S = 0.1
_LAST_LINES = 6
_META = "meta.properties"

log = get_logger(__name__)


class LocalKafka:
    """Kafka on this machine, running from `start` to `stop`; as a context manager it gives its settings.

    Attributes:
        settings: the given settings, pointed at this broker.
        port: the loopback port it listens on.
        folder: where it keeps everything.
    """

    def __init__(self, settings: Settings, *, port: int | None = None) -> None:
        self.port = PORT if port is None else port
        self.folder = settings.state_dir / "kafka"
        self.settings = settings.model_copy(
            update={
                "bootstrap_servers": f"{HOST}:{self.port}",
                "is_broker_embedded": False,
                "security_protocol": "PLAINTEXT",
                "replication_factor": 1,
                "min_insync_replicas": None,
            }
        )
        self._libs = libs_folder(settings)
        self._log_path = self.folder / "kafka.log"
        self._process: subprocess.Popen[bytes] | None = None
        self._held = ExitStack()

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
        """Start the broker on what it held before, wait until it answers, create what of our topics is missing.

        Raises:
            LocalBrokerError: Kafka or Java is missing, the port is taken, the disk is full, or it died.
            ConfigError: it runs already.
        """
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            run_file = self._held.enter_context(RunFile(self.folder))
            self._start()
        except OSError as error:
            self.stop()
            raise LocalBrokerError(
                f"Kafka cannot be started in {self.folder} ({error}): that folder must be writable"
            ) from error
        except BaseException:
            self.stop()
            raise
        run_file.note(str(self.settings.bootstrap_servers), is_embedded=False)
        log.info("broker_started", address=self.settings.bootstrap_servers, pid=self.pid)
        return self

    def stop(self) -> None:
        """Have the broker write what it holds and end. Stopping a stopped one does nothing."""
        if self._process is not None:
            stop_process(self._process, STOP_GRACE_S)
            self._process = None
        self._held.close()

    def check(self) -> None:
        """Return while the broker runs.

        Raises:
            LocalBrokerError: it died; the message holds its last lines.
        """
        if not self.is_alive:
            status = self._process.returncode if self._process else None
            raise LocalBrokerError(
                f"Kafka on {HOST}:{self.port} died (exit status {status}){self._last_words()}. What it held is in "
                f"{self.folder / 'data'}; all it said is in {self._log_path}"
            )

    def _start(self) -> None:
        if version_in(self._libs) is None:
            raise LocalBrokerError(
                f"there is no Kafka in {self._libs}: `placewatch broker install` puts it there"
            )
        java = require_java()
        if is_taken(self.port):
            raise LocalBrokerError(
                f"Kafka cannot listen on {HOST}:{self.port}, something else does: stop that, or choose another port"
            )
        free = shutil.disk_usage(self.folder).free
        if free < LEAST_FREE_BYTES:
            raise LocalBrokerError(
                f"the disk of {self.folder} is full ({free >> 20} MB free, Kafka is not started under "
                f"{LEAST_FREE_BYTES >> 20} MB): make room; nothing that was stored is lost"
            )
        properties = self._write_properties()
        command = [java, "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn", "-cp", f"{self._libs}/*"]
        if not (self.folder / "data" / _META).exists():
            self._format([*command, "kafka.tools.StorageTool"], properties)
        if self._log_path.exists():
            self._log_path.replace(self._log_path.with_suffix(".log.1"))
        with self._log_path.open("wb") as output:
            self._process = start_process(
                [java, "-Xms128m", "-Xmx512m", *command[1:], "kafka.Kafka", str(properties)],
                output=output,
            )
        self._wait_until_it_answers()

    def _write_properties(self) -> Path:
        """Write the broker's configuration for this start: the controller's port is nobody else's business."""
        controller = f"{HOST}:{free_port()}"
        client = f"{HOST}:{self.port}"
        values = {
            "process.roles": "broker,controller",
            "node.id": 1,
            "controller.quorum.voters": f"1@{controller}",
            "listeners": f"PLAINTEXT://{client},CONTROLLER://{controller}",
            "advertised.listeners": f"PLAINTEXT://{client}",
            "controller.listener.names": "CONTROLLER",
            "inter.broker.listener.name": "PLAINTEXT",
            "listener.security.protocol.map": "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT",
            "log.dirs": (self.folder / "data").absolute(),
            # Ours are created with their retention; one made by a typing error would have none of it.
            "auto.create.topics.enable": "false",
            # There is no second replica: what the machine's power takes with it is at most a second.
            "log.flush.interval.ms": 1000,
            "offsets.topic.replication.factor": 1,
            "offsets.topic.num.partitions": 4,
            "transaction.state.log.replication.factor": 1,
            "transaction.state.log.min.isr": 1,
            "share.coordinator.state.topic.replication.factor": 1,
            "share.coordinator.state.topic.min.isr": 1,
            "group.initial.rebalance.delay.ms": 0,
        }
        path = self.folder / "server.properties"
        path.write_text("".join(f"{key}={value}\n" for key, value in values.items()))
        return path

    def _format(self, tool: Sequence[str], properties: Path) -> None:
        """Give the data folder its cluster id, once.

        Raises:
            LocalBrokerError: Kafka's tool refused.
        """
        words = ["format", "-t", str(uuid.uuid4()), "-c", str(properties)]
        try:
            done = subprocess.run(
                [*tool, *words],
                capture_output=True,
                text=True,
                timeout=_TOOL_TIMEOUT_S,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise LocalBrokerError(
                f"Kafka's storage tool did not format {self.folder / 'data'} within {_TOOL_TIMEOUT_S:.0f} s: try again"
            ) from error
        if done.returncode != 0:
            raise LocalBrokerError(
                f"Kafka could not format {self.folder / 'data'}{_end_of(done.stdout + done.stderr)}"
            )

    def _wait_until_it_answers(self) -> None:
        """Return once the broker has our topics, which no half-started one gives."""
        give_up_at = time.monotonic() + START_TIMEOUT_S
        while True:
            self.check()
            if is_taken(self.port):
                try:
                    create_topics(self.settings)
                except BrokerError as error:
                    if time.monotonic() > give_up_at:
                        raise
                    log.debug("broker_not_ready", error=str(error))
                else:
                    self.check()
                    return
            elif time.monotonic() > give_up_at:
                raise LocalBrokerError(
                    f"Kafka did not listen on {HOST}:{self.port} within {START_TIMEOUT_S:.0f} s{self._last_words()}"
                )
            time.sleep(_PROBE_INTERVAL_S)

    def _last_words(self) -> str:
        """Return the end of what the broker said, for an error message."""
        try:
            return _end_of(self._log_path.read_text(encoding="utf-8", errors="replace"))
        except OSError:
            return ""


def require_java() -> str:
    """Return the program `java` of JAVA_HOME, else of the path.

    Raises:
        LocalBrokerError: there is none, it does not run, or it is too old.
    """
    home = os.environ.get("JAVA_HOME")
    java = shutil.which(str(Path(home) / "bin" / "java") if home else "java")
    advice = f"install Java {LEAST_JAVA} or newer (Debian: apt install default-jre-headless)"
    if java is None:
        raise LocalBrokerError(
            f"there is no `java` {f'in JAVA_HOME {home}' if home else 'here'}: {advice}"
        )
    try:
        done = subprocess.run(
            [java, "-version"],
            capture_output=True,
            text=True,
            timeout=_TOOL_TIMEOUT_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise LocalBrokerError(f"{java} does not run ({error}): {advice}") from error
    # `version "17.0.15"`; before Java 9 it was `"1.8.0_432"`.
    found = re.search(r'version "(\d+)', done.stderr)
    if done.returncode != 0 or found is None:
        raise LocalBrokerError(f"{java} does not run{_end_of(done.stderr)}: {advice}")
    if int(found[1]) < LEAST_JAVA:
        raise LocalBrokerError(f"{java} is too old, {found[0]}: {advice}")
    return java


def cluster_id(settings: Settings) -> str | None:
    """Return the id of the cluster whose data are in the state folder; None before the first start."""
    try:
        text = (settings.state_dir / "kafka" / "data" / _META).read_text(encoding="utf-8")
    except OSError:
        return None
    found = re.search(r"^cluster\.id=(.+)$", text, re.MULTILINE)
    return found[1] if found else None


def _end_of(output: str) -> str:
    lines = [line for line in output.strip().splitlines() if not line.startswith("\tat ")]
    return "; its last lines: " + " | ".join(lines[-_LAST_LINES:]) if lines else ""
