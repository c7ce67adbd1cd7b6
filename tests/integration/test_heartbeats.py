"""Heartbeats over the embedded broker, in the articles' own time: from silence to the ledger, over a killed worker."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from kafka import KafkaProducer

from placewatch.heartbeats import Heartbeat
from placewatch.kafka import make_producer
from placewatch.local.broker import free_port
from placewatch.local.supervisor import Supervisor
from placewatch.places import load_watchlist
from placewatch.records import Article
from placewatch.settings import Settings, load_settings
from placewatch.topics import ARTICLES
from placewatch.vocabulary import Pulse
from sinks.ledger import Ledger


pytestmark = [pytest.mark.broker, pytest.mark.model, pytest.mark.slow]

START = datetime(2026, 3, 2, tzinfo=UTC)
HOUR = timedelta(hours=1)
NO_FEEDS = '<opml version="2.0"><head><title>none</title></head><body></body></opml>'


@dataclass
class Running:
    """Services that run, and ways to talk to them."""

    supervisor: Supervisor
    settings: Settings
    producer: KafkaProducer

    def publish(self, source: str, hours: range, title: str) -> None:
        """Publish an article of a source for each of these hours."""
        for hour in hours:
            at = START + hour * HOUR
            article = Article(
                article_id=f"{source}-{hour}",
                source_id=source,
                title=title,
                published_at=at,
                fetched_at=at,
            )
            self.producer.send(
                ARTICLES.name, key=article.article_id.encode(), value=article.to_json()
            )
        self.producer.flush(timeout=30)

    def wait_for(self, key: str, is_right: Callable[[Heartbeat], Any], seconds: float = 60) -> None:
        """Wait until the ledger's heartbeat under a key is right; the services are looked after meanwhile."""
        end = time.monotonic() + seconds
        while True:
            with Ledger(self.settings.ledger) as ledger:
                known = ledger.heartbeats().get(key)
            if known is not None and is_right(known):
                return
            assert time.monotonic() < end, f"{known}\n{self.log()[-3000:]}"
            self.supervisor.check()
            time.sleep(0.2)

    def log(self) -> str:
        return (self.settings.state_dir.parent / "services.log").read_text()


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Running]:
    (tmp_path / "watchlist.yaml").write_text('places:\n  - place: "Homs, Syria"\n')
    (tmp_path / "feeds.opml").write_text(NO_FEEDS)
    settings = load_settings(
        bootstrap_servers=None,
        ledger_url=None,
        state_dir=tmp_path / "state",
        watchlist=tmp_path / "watchlist.yaml",
        feeds=tmp_path / "feeds.opml",
        clock="stream",
        web_port=free_port(),
        reader_processes=1,
    )
    watchlist = load_watchlist(settings.watchlist)
    with Supervisor(settings, watchlist, output=tmp_path / "services.log") as supervisor:
        producer = make_producer(supervisor.settings)
        yield Running(supervisor, supervisor.settings, producer)
        producer.close()


def test_a_feed_and_the_place_it_names_go_quiet_and_are_heard_again_over_a_killed_worker(
    running: Running,
) -> None:
    running.publish("faint", range(0, 15 * 24, 3), "A market day in Homs")
    running.publish("loud", range(18 * 24), "Rain in the hills")
    for key in ("feed:faint", "place:homs-syria"):
        running.wait_for(key, lambda beat: beat.state is Pulse.QUIET)
    running.wait_for("feed:loud", lambda beat: beat.state is Pulse.ALIVE)

    pid = running.supervisor.pid("worker")
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    # Only a worker that restored what the killed one knew can say that it is heard again.
    running.publish("faint", range(18 * 24, 18 * 24 + 1), "Nothing new in Homs")
    for key in ("feed:faint", "place:homs-syria"):
        running.wait_for(key, lambda beat: beat.reason == "heard_again")

    with Ledger(running.settings.ledger) as ledger:
        assert ledger.alerts() == ()
    told = [line for line in running.log().splitlines() if "gone quiet" in line]
    assert len(told) == 2
    assert all("silent_beyond_its_pace" in line for line in told)
