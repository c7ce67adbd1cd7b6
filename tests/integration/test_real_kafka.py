"""The services on a real Apache Kafka of these tests' own, or on the one that PLACEWATCH_TEST_KAFKA=host:port names.

That one must have no topics of ours: the tests delete what they made.
"""

from __future__ import annotations

import functools
import json
import os
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from kafka import KafkaAdminClient, KafkaProducer
from kafka.admin import ConfigResource, ConfigResourceType

from placewatch.kafka import connection, make_consumer, make_producer
from placewatch.local.newswire import Newswire, NewswireServer
from placewatch.local.supervisor import Supervisor
from placewatch.places import load_watchlist
from placewatch.records import Article
from placewatch.settings import Settings, load_settings, seeds_dir
from placewatch.topics import ALERTS, ALL_TOPICS, ARTICLES, READINGS, STATUSES
from placewatch.vocabulary import Control
from sinks.ledger import Ledger
from streams.app import MAX_REQUEST_BYTES
from tests.integration.kafka_cluster import RealKafka


PARTITIONS = 4
NOON = datetime(2024, 12, 5, 12, tzinfo=UTC)
WATCHLIST_YAML = """
places:
  - {place: "Hama, Syria", baseline: {status: held, holder: Syrian government, as_of: 2024-11-27}}
  - {place: "Homs, Syria", baseline: {status: held, holder: Syrian government, as_of: 2024-11-27}}
"""

pytestmark = [
    pytest.mark.broker,
    pytest.mark.model,
    pytest.mark.slow,
    pytest.mark.faults,
]


@dataclass
class Running:
    """Services that run against the broker."""

    supervisor: Supervisor
    settings: Settings
    producer: KafkaProducer

    def wait(self, what: Callable[[], Any], seconds: float = 120) -> Any:
        """Return what `what` returns once that is true."""
        end = time.monotonic() + seconds
        while not (found := what()):
            assert time.monotonic() < end, f"it did not happen in {seconds} s"
            self.supervisor.check()
            time.sleep(0.2)
        return found

    def everything(self, topic: str) -> list[Any]:
        """Return all records on a topic."""
        consumer = make_consumer(self.settings, topic)
        records: list[Any] = []
        empty = 0
        while empty < 3:
            polled = [record for batch in consumer.poll(200).values() for record in batch]
            records += polled
            empty = 0 if polled else empty + 1
        consumer.close()
        return records


def our_topics(admin: KafkaAdminClient) -> list[str]:
    return [name for name in admin.list_topics() if name.startswith("placewatch")]


@pytest.fixture(scope="module")
def servers(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """Where the Kafka is."""
    named = os.environ.get("PLACEWATCH_TEST_KAFKA")
    if named:
        yield named
        return
    kafka = RealKafka(request.getfixturevalue("kafka_jars"), tmp_path_factory.mktemp("kafka"))
    try:
        kafka.start()
        yield kafka.servers
    finally:
        kafka.kill()


@pytest.fixture(scope="module")
def running(servers: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("real")
    (folder / "watchlist.yaml").write_text(WATCHLIST_YAML)
    item = {
        "id": "hama-1",
        "outlet": "levant-wire",
        "published": NOON,
        "title": "Syrian rebels capture Hama",
        "summary": "Syrian rebels captured the city of Hama on Thursday.",
    }
    outlet = {"source": "levant-wire", "title": "Levant Wire", "domain": "levant-wire.example"}
    settings = load_settings(
        bootstrap_servers=servers,
        session_timeout_s=6,
        partitions=PARTITIONS,
        ledger_url=None,
        state_dir=folder / "state",
        watchlist=folder / "watchlist.yaml",
        feeds=folder / "feeds.opml",
        sources=seeds_dir() / "demo" / "sources.yaml",
        clock="stream",
        poll_interval_s=0.2,
        poll_floor_s=0.1,
        allow_private_networks=True,
        web_port=0,
        reader_processes=1,
    )
    admin = KafkaAdminClient(**connection(settings))
    # Somebody's own: this test deletes what it made.
    assert our_topics(admin) == []
    wire = Newswire.model_validate({"outlets": [outlet], "items": [item]})
    with NewswireServer(wire) as server:
        settings.feeds.write_bytes(server.opml())
        places = load_watchlist(settings.watchlist)
        with Supervisor(settings, places, output=folder / "services.log") as supervisor:
            producer = make_producer(settings)
            yield Running(supervisor, settings, producer)
            producer.close()
    admin.delete_topics(our_topics(admin))
    admin.delete_groups(["placewatch", "placewatch-sink"])
    admin.close()


def test_what_is_written_is_written_once_and_on_every_replica(running: Running) -> None:
    config = running.producer.config
    assert (config["acks"], config["enable_idempotence"]) == (-1, True)


def test_topics_are_kept_as_their_contract_says(running: Running) -> None:
    admin = KafkaAdminClient(**connection(running.settings))
    for topic in ALL_TOPICS:
        resource = ConfigResource(ConfigResourceType.TOPIC, topic.name, configs=None)
        kept = admin.describe_configs([resource], config_filter="all")["topic"][topic.name]
        if topic.is_compacted:
            assert kept["cleanup.policy"]["value"] == "compact"
        else:
            assert kept["cleanup.policy"]["value"] == "delete"
            assert int(kept["retention.ms"]["value"]) == topic.retention_ms
    described = admin.describe_topics([topic.name for topic in ALL_TOPICS])
    assert {len(topic["partitions"]) for topic in described} == {PARTITIONS}
    admin.close()


def test_changelogs_are_compacted_and_take_a_large_state(running: Running) -> None:
    def kept() -> dict[str, Any]:
        names = (
            "placewatch-places-changelog",
            "placewatch-reported-changelog",
            "placewatch-place_readings-changelog",
        )
        asked = [ConfigResource(ConfigResourceType.TOPIC, name, configs=None) for name in names]
        known: dict[str, Any] = admin.describe_configs(asked, config_filter="all")["topic"]
        return known

    admin = KafkaAdminClient(**connection(running.settings))
    running.wait(lambda: "placewatch-places-changelog" in our_topics(admin))
    running.wait(lambda: "placewatch-reported-changelog" in our_topics(admin))
    for config in kept().values():
        assert config["cleanup.policy"]["value"] == "compact"
        assert int(config["max.message.bytes"]["value"]) == MAX_REQUEST_BYTES
    admin.close()


def test_from_a_feed_to_the_ledger(running: Running) -> None:
    with Ledger(running.settings.ledger) as ledger:
        (alert,) = running.wait(lambda: ledger.alerts("hama-syria"))
    assert (alert.control, alert.holder) == (Control.HELD, "Syrian rebels")
    (record,) = running.everything(ALERTS.name)
    assert dict(record.headers)["ce_id"].decode() == alert.alert_id
    newest = {r.key: json.loads(r.value) for r in running.everything(STATUSES.name)}
    assert newest[b"hama-syria"]["alert_id"] == alert.alert_id


def test_a_worker_killed_with_9_reads_what_came_meanwhile(running: Running) -> None:
    def publish(number: int) -> str:
        moment = NOON + timedelta(days=1, minutes=number)
        article = Article(
            article_id=f"homs-{number}",
            source_id="levant-wire",
            title="Syrian rebels capture Homs",
            text=f"Syrian rebels captured the city of Homs on {moment:%A}.",
            published_at=moment,
            fetched_at=moment,
        )
        running.producer.send(
            ARTICLES.name, key=article.article_id.encode(), value=article.to_json()
        ).get(timeout=10)
        return article.article_id

    def are_read(expected: set[str]) -> bool:
        read = {json.loads(r.value)["article_id"] for r in running.everything(READINGS.name)}
        return expected <= read

    expected = {publish(number) for number in range(20)}
    running.wait(functools.partial(are_read, expected))
    # Several times: what this guards against is a race that a start loses once in about three times.
    for start in (20, 60, 100):
        pid = running.supervisor.pid("worker")
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
        expected |= {publish(number) for number in range(start, start + 40)}
        running.wait(functools.partial(are_read, expected))


def test_no_service_logged_a_traceback(running: Running) -> None:
    assert "Traceback" not in (running.settings.state_dir.parent / "services.log").read_text()
