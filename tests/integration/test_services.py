"""All services over the embedded broker: from a feed server on loopback to a row in the ledger, and what may go wrong."""

from __future__ import annotations

import base64
import json
import os
import signal
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from kafka import KafkaConsumer, KafkaProducer

from placewatch.kafka import make_consumer, make_producer
from placewatch.local.broker import free_port
from placewatch.local.newswire import Newswire, NewswireServer
from placewatch.local.supervisor import Supervisor
from placewatch.places import load_watchlist
from placewatch.records import Alert, Article, DeadLetter, WatchedPlace
from placewatch.settings import Settings, load_settings, seeds_dir
from placewatch.topics import (
    ALERTS,
    ALL_TOPICS,
    ARTICLES,
    DEADLETTERS,
    READINGS,
    WATCHLIST,
)
from placewatch.vocabulary import Control
from sinks.ledger import Ledger


pytestmark = [pytest.mark.broker, pytest.mark.model, pytest.mark.slow]

WATCHLIST_YAML = """
places:
  - {place: "Hama, Syria", baseline: {status: held, holder: Syrian government, as_of: 2024-11-27}}
  - {place: "Homs, Syria", baseline: {status: held, holder: Syrian government, as_of: 2024-11-27}}
  - {place: "Daraa, Syria", baseline: {status: held, holder: Syrian government, as_of: 2024-11-27}}
  - {place: "Latakia, Syria", baseline: {status: held, holder: Syrian government, as_of: 2024-11-27}}
"""
START = datetime(2024, 12, 5, 12, tzinfo=UTC)


@dataclass
class Running:
    """Services that run, and ways to talk to them."""

    supervisor: Supervisor
    settings: Settings
    producer: KafkaProducer

    def wait(self, what: Callable[[], Any], seconds: float = 60) -> Any:
        """Return what `what` returns once that is true; the supervisor looks after the services meanwhile."""
        end = time.monotonic() + seconds
        while not (found := what()):
            if time.monotonic() > end:
                log = (self.settings.state_dir.parent / "services.log").read_text()
                pytest.fail(
                    f"it did not happen in {seconds} s; the services' log ends:\n{log[-3000:]}"
                )
            self.supervisor.check()
            time.sleep(0.1)
        return found

    def alerts(self, place_id: str) -> tuple[Alert, ...]:
        with Ledger(self.settings.ledger) as ledger:
            return ledger.alerts(place_id)

    def publish(self, article: Article) -> None:
        self.producer.send(
            ARTICLES.name, key=article.article_id.encode(), value=article.to_json()
        ).get(timeout=10)

    def everything(self, topic: str) -> list[Any]:
        """Return all records on a topic."""
        consumer: KafkaConsumer = make_consumer(self.settings, topic)
        records: list[Any] = []
        empty = 0
        while empty < 3:
            polled = [r for batch in consumer.poll(200).values() for r in batch]
            records += polled
            empty = 0 if polled else empty + 1
        consumer.close()
        return records


def capture(town: str, article_id: str, *, hours: float = 24, **more: Any) -> Article:
    """Return an article in which rebels capture a town."""
    moment = START + timedelta(hours=hours)
    values: dict[str, Any] = {
        "article_id": article_id,
        "source_id": "levant-wire",
        "title": f"Syrian rebels capture {town}",
        "text": f"Syrian rebels captured the city of {town} on {moment:%A}. The army has left {town}.",
        "published_at": moment,
        "fetched_at": moment,
    }
    return Article(**(values | more))


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("services")
    (folder / "watchlist.yaml").write_text(WATCHLIST_YAML)
    wire = Newswire.model_validate(
        {
            "outlets": [
                {"source": "levant-wire", "title": "Levant Wire", "domain": "levant-wire.example"}
            ],
            "items": [
                {
                    "id": "hama-1",
                    "outlet": "levant-wire",
                    "published": START,
                    "title": "Syrian rebels capture Hama",
                    "summary": "Syrian rebels captured the city of Hama on Thursday.",
                }
            ],
        }
    )
    settings = load_settings(
        bootstrap_servers=None,
        ledger_url=None,
        state_dir=folder / "state",
        watchlist=folder / "watchlist.yaml",
        feeds=folder / "feeds.opml",
        sources=seeds_dir() / "demo" / "sources.yaml",
        clock="stream",
        poll_interval_s=0.2,
        poll_floor_s=0.1,
        allow_private_networks=True,
        web_port=free_port(),
        reader_processes=1,
    )
    with NewswireServer(wire) as server:
        settings.feeds.write_bytes(server.opml())
        watchlist = load_watchlist(settings.watchlist)
        with Supervisor(settings, watchlist, output=folder / "services.log") as supervisor:
            producer = make_producer(supervisor.settings)
            yield Running(supervisor, supervisor.settings, producer)
            producer.close()


def test_from_a_feed_to_the_ledger(running: Running) -> None:
    (alert,) = running.wait(lambda: running.alerts("hama-syria"))
    assert (alert.control, alert.holder) == (Control.HELD, "Syrian rebels")
    assert "Syrian rebels capture" in alert.citations[0].sentence
    with Ledger(running.settings.ledger) as ledger:
        status = running.wait(lambda: ledger.status("hama-syria"))
        assert status.alert_id == alert.alert_id
        assert [e.event_id for e in ledger.events(place_id="hama-syria")] == list(alert.event_ids)
    lines = running.settings.alert_log_path.read_text().splitlines()
    assert [json.loads(line)["alert_id"] for line in lines] == [alert.alert_id]


def test_an_alert_is_a_cloudevent_on_the_topic(running: Running) -> None:
    (record,) = running.everything(ALERTS.name)
    headers = dict(record.headers)
    assert headers["ce_type"] == b"placewatch.alert.v1"
    assert headers["ce_id"].decode() == json.loads(record.value)["alert_id"]
    assert headers["ce_subject"] == b"Hama, Syria"
    assert headers["content-type"] == b"application/json"


def test_places_without_news_have_their_baseline_as_status(running: Running) -> None:
    with Ledger(running.settings.ledger) as ledger:
        status = running.wait(lambda: ledger.status("latakia-syria"))
    assert (status.control, status.holder) == (Control.HELD, "Syrian government")


def test_a_malformed_record_on_each_topic_is_buried_and_everything_goes_on(
    running: Running,
) -> None:
    consumed = [topic.name for topic in ALL_TOPICS if topic is not DEADLETTERS]
    for name in consumed:
        raw = f"{{not a record of {name}".encode()
        running.producer.send(name, key=b"broken", value=raw).get(timeout=10)
    running.publish(capture("Daraa", "daraa-1"))
    (alert,) = running.wait(lambda: running.alerts("daraa-syria"))
    assert alert.control is Control.HELD

    def buried() -> bool:
        letters = [DeadLetter.from_json(r.value) for r in running.everything(DEADLETTERS.name)]
        raws = {base64.b64decode(letter.raw).decode() for letter in letters}
        assert {letter.reason for letter in letters} <= {"malformed"}
        return raws == {f"{{not a record of {name}" for name in consumed}

    running.wait(buried)


def test_a_place_is_watched_and_no_longer_watched_without_a_restart(running: Running) -> None:
    idlib = WatchedPlace(
        place_id="idlib-syria", place="Idlib, Syria", name="Idlib", country="Syria"
    )

    def tell(place: WatchedPlace) -> None:
        running.producer.send(
            WATCHLIST.name, key=place.place_id.encode(), value=place.to_json()
        ).get(timeout=10)
        expected = float(4 + (not place.is_removed))
        running.wait(lambda: f"placewatch_watched_places {expected}" in page(running, "/metrics"))

    tell(idlib)
    running.publish(capture("Idlib", "idlib-1"))
    assert len(running.wait(lambda: running.alerts("idlib-syria"))) == 1
    tell(idlib.model_copy(update={"is_removed": True}))
    running.publish(capture("Idlib", "idlib-2", text="The Syrian army captured the city of Idlib."))
    running.publish(capture("Homs", "after-idlib-2"))
    running.wait(lambda: "after-idlib-2" in read_articles(running, "homs-syria"))
    assert read_articles(running, "idlib-syria") == {"idlib-1"}


def read_articles(running: Running, place_id: str) -> set[str]:
    """Return the articles that have a reading on a place."""
    return {
        json.loads(record.value)["article_id"]
        for record in running.everything(READINGS.name)
        if record.key == place_id.encode()
    }


def page(running: Running, path: str) -> str:
    address = f"http://127.0.0.1:{running.settings.web_port}{path}"
    with urllib.request.urlopen(address, timeout=10) as response:
        body: bytes = response.read()
        return body.decode()


def test_the_worker_says_that_it_lives_and_is_ready(running: Running) -> None:
    assert json.loads(page(running, "/healthz/")) == {"status": "ok"}
    assert json.loads(page(running, "/readyz/")) == {"status": "ready", "waits_for": []}


def test_the_worker_counts_what_it_does(running: Running) -> None:
    text = page(running, "/metrics")
    assert 'placewatch_received_total{component="read",service="work"}' in text
    assert (
        'placewatch_dropped_total{component="read",reason="malformed",service="work"} 1.0' in text
    )
    assert 'placewatch_sent_total{destination="placewatch.alerts.v1",service="work"}' in text
    is_ready = 'placewatch_ready{service="work"} 1.0'
    lag = 'placewatch_lag_records{partition="0",service="work",topic="placewatch.articles.v1"} 0.0'
    running.wait(lambda: {is_ready, lag} <= set(page(running, "/metrics").splitlines()))


def test_a_worker_ended_by_sigterm_in_the_midst_of_work_loses_nothing(running: Running) -> None:
    articles = [capture("Homs", f"homs-{n}", hours=30 + n / 60) for n in range(60)]
    for article in articles[:40]:
        running.publish(article)
    pid = running.supervisor.pid("worker")
    assert pid is not None
    running.wait(lambda: "homs-0" in read_articles(running, "homs-syria"))
    os.kill(pid, signal.SIGTERM)
    for article in articles[40:]:
        running.publish(article)

    expected = {article.article_id for article in articles}
    running.wait(lambda: expected <= read_articles(running, "homs-syria"))
    assert running.supervisor.pid("worker") != pid
    running.wait(lambda: running.alerts("homs-syria"))
    told = [(a.control, a.holder, a.certainty) for a in running.alerts("homs-syria")]
    assert len(told) == len(set(told))


def test_no_service_logged_a_traceback(running: Running) -> None:
    log = (running.settings.state_dir.parent / "services.log").read_text()
    assert "Traceback" not in log
