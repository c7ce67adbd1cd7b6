"""The sink as a service: opens ledger, writers and Kafka, then repeats the story until it is told to stop."""

from __future__ import annotations

import signal
import threading
from collections.abc import Sequence
from contextlib import ExitStack, closing
from datetime import UTC, datetime

from kafka import KafkaConsumer, KafkaProducer

from placewatch.errors import LedgerBusyError
from placewatch.health import Pulse, Watch, served
from placewatch.kafka import (
    CLOSE_TIMEOUT_S,
    create_topics,
    make_consumer,
    make_producer,
    require_rights,
)
from placewatch.kafka_rights import SINK, SINK_GROUP
from placewatch.log import get_logger
from placewatch.metrics import LagMeter, Service
from placewatch.settings import Settings
from sinks.consumer import TOPICS, Sink
from sinks.courier import Courier
from sinks.dead_letters import DeadLetters
from sinks.dispatch import Dispatcher
from sinks.ledger import Ledger
from sinks.outbox import Outbox
from sinks.probe import BrokerProbe
from sinks.receivers import writer_for
from sinks.routes import Routes, load_routes
from sinks.silence_book import SilenceBook
from sinks.turn import Turn
from sinks.writers import Writer
from sinks.writers.ledger import LedgerWriter
from sinks.writers.log import LogWriter


# A join waits up to half the session on the embedded broker.
EMBEDDED_SESSION_S = 6.0
# Kafka's own default; of a session it should be a third at most.
HEARTBEAT_S = 3.0
# A server that was killed takes seconds to recover; to end and start again takes longer than to wait.
OPEN_AGAIN_S = 1.0

_log = get_logger(__name__)


def run(settings: Settings, *, stop: threading.Event | None = None) -> None:
    """Carry alerts, statuses and events into the ledger and the alert log until SIGTERM, SIGINT or `stop`.

    Raises:
        BrokerError: no broker, or it was lost; start again once it is back.
        LedgerError: the ledger cannot be used.
        ConfigError: the port for its metrics and health is taken.
    """
    stop = stop or _stopped_by_signals()
    pulse = Pulse()
    with ExitStack() as stack:
        stack.enter_context(
            served(
                settings.web_host,
                settings.sink_port,
                pulse,
                service=Service.SINK,
                variable="PLACEWATCH_SINK_PORT",
            )
        )
        consumer, sink = _opened(settings, stop, stack)
        probe = BrokerProbe(settings.bootstrap_servers or "")
        meter, watch = LagMeter(Service.SINK), Watch(pulse)
        watch.start()
        # First of what is taken down: what ends in its own time is not hurried.
        stack.callback(watch.stop)
        while not stop.is_set():
            pulse.beat()
            if sink.step() == 0:
                probe.check()
            _measure_lag(consumer, meter)
    _log.info("sink stopped")


def _opened(
    settings: Settings, stop: threading.Event, stack: ExitStack
) -> tuple[KafkaConsumer, Sink]:
    """Open ledger, writers and Kafka, to be closed by `stack`; return what is read from and what carries it on."""
    ledger = stack.enter_context(_ledger(settings.ledger, stop))
    log_writer = stack.enter_context(closing(LogWriter(settings.alert_log_path, tells_once=True)))
    routes = load_routes(settings.routes)
    writers = [writer_for(receiver, settings, ledger) for receiver in routes.receivers]
    create_topics(settings)
    require_rights(settings, SINK)
    producer = make_producer(settings)
    stack.callback(producer.close, timeout=CLOSE_TIMEOUT_S)
    consumer = _make_consumer(settings)
    stack.callback(consumer.close, timeout_ms=int(CLOSE_TIMEOUT_S * 1000))
    _log.info(
        "sink started",
        alert_log=str(settings.alert_log_path),
        receivers=sorted(routes.names),
        **ledger.counts(),
    )
    return consumer, Sink(
        consumer,
        producer,
        ledger,
        store=LedgerWriter(ledger, stop),
        writers=[log_writer],
        dispatcher=_dispatcher(routes, writers, ledger, producer, stop, stack),
    )


def _ledger(url: str, stop: threading.Event) -> Ledger:
    """Return the ledger; one whose server is away or starts is waited for, until `stop`.

    Raises:
        LedgerError: it cannot be used, or is still away when the sink is to stop.
    """
    while True:
        try:
            return Ledger(url)
        except LedgerBusyError as error:
            if stop.is_set():
                raise
            _log.warning("waiting for the ledger", error=str(error))
            stop.wait(OPEN_AGAIN_S)


def _measure_lag(consumer: KafkaConsumer, meter: LagMeter) -> None:
    """Set the lag gauges; of a partition from which nothing was fetched yet nothing is known."""
    ends, done = {}, {}
    for partition in consumer.assignment() or ():
        end = consumer.highwater(partition)
        if end is not None:
            each = (partition.topic, partition.partition)
            # A step commits all that it polled: the next to be polled is the first that is not done with.
            ends[each], done[each] = end, consumer.position(partition)
    meter.measure(ends, done)


def _dispatcher(
    routes: Routes,
    writers: Sequence[Writer],
    ledger: Ledger,
    producer: KafkaProducer,
    stop: threading.Event,
    stack: ExitStack,
) -> Dispatcher:
    """Return what has alerts told to the receivers, each with a courier that ends with `stack`."""
    outbox, bury = Outbox(ledger), DeadLetters(producer, _now).undeliverable
    # Given back after the couriers ended: what one has under way another sink would send again.
    turn = stack.enter_context(closing(Turn(ledger.engine)))
    couriers: dict[str, Courier] = {}
    for receiver, writer in zip(routes.receivers, writers, strict=True):
        courier = Courier(
            writer,
            outbox,
            give_up_after=receiver.give_up_after,
            bury=bury,
            now=_now,
            stop=stop,
        )
        couriers[receiver.name] = courier
        stack.callback(courier.close)
    return Dispatcher(outbox, SilenceBook(ledger), routes, couriers, turn=turn, bury=bury, now=_now)


def _make_consumer(settings: Settings) -> KafkaConsumer:
    session_s = EMBEDDED_SESSION_S if settings.is_broker_embedded else settings.session_timeout_s
    return make_consumer(
        settings,
        *(topic.name for topic in TOPICS),
        group_id=SINK_GROUP,
        session_timeout_ms=int(session_s * 1000),
        heartbeat_interval_ms=int(min(HEARTBEAT_S, session_s / 3) * 1000),
    )


def _stopped_by_signals() -> threading.Event:
    """Return an event that SIGTERM and SIGINT set; outside the main thread only the caller could."""
    stop = threading.Event()
    if threading.current_thread() is threading.main_thread():
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
    return stop


def _now() -> datetime:
    return datetime.now(UTC)
