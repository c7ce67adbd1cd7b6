"""The sink as a service: opens ledger, writers and Kafka, then repeats the story until it is told to stop."""

from __future__ import annotations

import signal
import socket
import threading
import time
from contextlib import ExitStack, closing
from typing import Any

from kafka import KafkaConsumer

from placewatch.errors import BrokerError
from placewatch.kafka import create_topics, make_consumer, make_producer
from placewatch.log import get_logger
from placewatch.settings import Settings
from sinks.consumer import TOPICS, Sink
from sinks.ledger import Ledger
from sinks.writers.ledger import LedgerWriter
from sinks.writers.log import LogWriter


GROUP = "placewatch-sink"
# A join waits up to half the session on the embedded broker; on real Kafka its own default (45 s) is right.
EMBEDDED_SESSION_MS = 6_000
EMBEDDED_HEARTBEAT_MS = 2_000
# kafka-python reconnects for ever and says nothing; after so long without any broker we say it.
PROBE_EVERY_S = 5.0
BROKER_LOSS_S = 30.0
_PROBE_TIMEOUT_S = 3.0
# By default kafka-python would wait for a dead broker for ever.
CLOSE_TIMEOUT_S = 5.0

_log = get_logger(__name__)


def run(settings: Settings, *, stop: threading.Event | None = None) -> None:
    """Carry alerts, statuses and events into the ledger and the alert log until SIGTERM, SIGINT or `stop`.

    Raises:
        BrokerError: no broker, or it was lost; start again once it is back.
        LedgerError: the ledger cannot be used.
    """
    stop = stop or _stopped_by_signals()
    with ExitStack() as stack:
        ledger = stack.enter_context(Ledger(settings.ledger))
        log_writer = stack.enter_context(closing(LogWriter(settings.alert_log_path)))
        create_topics(settings)
        producer = make_producer(settings)
        stack.callback(producer.close, timeout=CLOSE_TIMEOUT_S)
        consumer = _make_consumer(settings)
        stack.callback(consumer.close, timeout_ms=int(CLOSE_TIMEOUT_S * 1000))
        store = LedgerWriter(ledger, stop)
        sink = Sink(consumer, producer, ledger, store=store, writers=[log_writer])
        probe = BrokerProbe(settings.bootstrap_servers or "")
        _log.info("sink started", alert_log=str(settings.alert_log_path))
        while not stop.is_set():
            if sink.step() == 0:
                probe.check()
    _log.info("sink stopped")


def _make_consumer(settings: Settings) -> KafkaConsumer:
    options: dict[str, Any] = {"group_id": GROUP}
    if settings.is_broker_embedded:
        options |= {
            "session_timeout_ms": EMBEDDED_SESSION_MS,
            "heartbeat_interval_ms": EMBEDDED_HEARTBEAT_MS,
        }
    return make_consumer(settings, *(topic.name for topic in TOPICS), **options)


class BrokerProbe:
    """Notices that no broker answers any more."""

    def __init__(self, bootstrap_servers: str) -> None:
        """Watch the brokers of a comma-separated list of host:port."""
        self._addresses = [_address(server) for server in bootstrap_servers.split(",")]
        self._seen_at = self._probed_at = time.monotonic()

    def check(self) -> None:
        """Look whether a broker takes connections, every PROBE_EVERY_S at most.

        Raises:
            BrokerError: none did for BROKER_LOSS_S.
        """
        now = time.monotonic()
        if now - self._probed_at < PROBE_EVERY_S:
            return
        self._probed_at = now
        if any(_accepts(address) for address in self._addresses):
            self._seen_at = now
        elif now - self._seen_at >= BROKER_LOSS_S:
            names = ", ".join(f"{host}:{port}" for host, port in self._addresses)
            raise BrokerError(
                f"no broker of {names} has answered for {BROKER_LOSS_S:.0f} s: nothing is lost; start the sink "
                "again once Kafka is back"
            )


def _address(server: str) -> tuple[str, int]:
    host, _, port = server.strip().rpartition(":")
    return (host or server.strip()), (int(port) if host else 9092)


def _accepts(address: tuple[str, int]) -> bool:
    try:
        with socket.create_connection(address, timeout=_PROBE_TIMEOUT_S):
            return True
    except OSError:
        return False


def _stopped_by_signals() -> threading.Event:
    """Return an event that SIGTERM and SIGINT set; outside the main thread only the caller could."""
    stop = threading.Event()
    if threading.current_thread() is threading.main_thread():
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
    return stop
