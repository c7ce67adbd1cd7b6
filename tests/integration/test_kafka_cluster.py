"""A cluster of three real brokers, three replicas of which two must have a record: brokers die, nothing is lost.

Under load one broker is killed with -9 and comes back, then another; the ledger ends with the alert ids of the undisturbed
run, the tracker's own without a broker.
"""

from __future__ import annotations

import gc
import random
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from kafka import KafkaAdminClient

from placewatch.kafka import connection
from placewatch.places import load_watchlist
from placewatch.settings import Settings
from placewatch.topics import ALL_TOPICS
from sinks.ledger import Ledger
from tests.integration.kafka_cluster import RealKafka
from tests.integration.test_tracking_faults import (
    SEED,
    Services,
    assert_as_undisturbed,
    fed,
    generated,
    services_in,
    settings_in,
    undisturbed,
)


__all__ = ["services_in"]  # a fixture

IN_SYNC_WITHIN_S = 120

pytestmark = [
    pytest.mark.broker,
    pytest.mark.slow,
    pytest.mark.faults,
    pytest.mark.timeout(900),
    # kafka-python leaves the sockets of connections that are refused to the garbage collector.
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


@pytest.fixture
def three(kafka_jars: Path, tmp_path: Path) -> Iterator[RealKafka]:
    """Three brokers that do not make topics by themselves, for those would have one replica."""
    folder = tmp_path / "kafka"
    folder.mkdir()
    kafka = RealKafka(kafka_jars, folder, nodes=3, more={"auto.create.topics.enable": "false"})
    try:
        kafka.start()
        yield kafka
    finally:
        kafka.kill()
        gc.collect()


def wait_until_in_sync(settings: Settings) -> None:
    """Return once every partition of our topics has three replicas that are in sync."""
    end = time.monotonic() + IN_SYNC_WITHIN_S
    while True:
        admin = KafkaAdminClient(**connection(settings))
        described = admin.describe_topics([topic.name for topic in ALL_TOPICS])
        admin.close()
        behind = [
            t["name"] for t in described if any(len(p["isr_nodes"]) < 3 for p in t["partitions"])
        ]
        if not behind:
            return
        assert time.monotonic() < end, f"not in sync: {behind}"
        time.sleep(0.5)


def test_brokers_that_die_under_load_lose_nothing(
    tmp_path: Path, three: RealKafka, services_in: Callable[..., Services]
) -> None:
    rng = random.Random(f"{SEED}-cluster")
    settings = settings_in(
        tmp_path,
        bootstrap_servers=three.servers,
        partitions=4,
        replication_factor=3,
        min_insync_replicas=2,
        session_timeout_s=6,
    )
    places = load_watchlist(settings.watchlist)
    readings = generated(places, rng)
    expected = undisturbed(readings, places, settings)
    services = services_in(places, settings)
    first, second = rng.sample(three.nodes, 2)
    with fed(readings, settings):
        for node in (first, second):
            seen = services.alerts_seen()
            services.wait(lambda: services.alerts_seen() > seen, "the next alert")  # noqa: B023  # used at once
            wait_until_in_sync(settings)
            three.kill_node(node)
            # Half of the alerts that follow are told while a broker is away.
            time.sleep(rng.uniform(5, 10))
            three.start_node(node)
            three.wait_for(node)
    assert_as_undisturbed(services, expected, settings)
    with Ledger(settings.ledger) as ledger:
        statuses = {each.place_id: each.alert_id for each in ledger.statuses()}
        newest = {alert.place_id: alert.alert_id for alert in ledger.alerts()}
    assert {place: statuses[place] for place in newest} == newest
