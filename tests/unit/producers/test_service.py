"""The service: refill first, then poll, until told to stop."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
import time
import urllib.request
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from placewatch.errors import BrokerError, ConfigError, FeedListError
from placewatch.records import Article
from placewatch.settings import Settings, load_settings
from placewatch.topics import ARTICLES
from producers import service
from producers.opml import add_feeds, load_feeds, make_feed, remove_feed
from producers.state import State
from producers.state_database import StateDatabase


@pytest.fixture
def newswire(rss, story):
    """A server in a thread whose one feed grows when the test says so."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = rss(*(story(n, age=timedelta(days=500)) for n in range(server.count)))
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.count = 2
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def settings(tmp_path: Path, newswire) -> Settings:
    feeds = tmp_path / "feeds.opml"
    add_feeds(feeds, [make_feed(f"http://127.0.0.1:{newswire.server_port}/feed", source_id="x")])
    return load_settings(
        state_dir=tmp_path / "state",
        feeds=feeds,
        allow_private_networks=True,
        clock="stream",
        poll_interval_s=0.1,
        poll_floor_s=0.1,
        is_broker_embedded=True,
        bootstrap_servers="127.0.0.1:1",
    )


@pytest.fixture(autouse=True)
def _fake_broker(monkeypatch, producer) -> None:
    monkeypatch.setattr(service, "create_topics", lambda _: [])
    monkeypatch.setattr(service, "require_rights", lambda *_: None)
    monkeypatch.setattr(service, "make_producer", lambda _: producer)


def articles(producer) -> list[Article]:
    return [Article.from_json(value) for value in producer.values(ARTICLES.name)]


def wait_for(producer, count: int) -> None:
    end = time.monotonic() + 60
    while len(articles(producer)) < count:
        assert time.monotonic() < end, f"{len(articles(producer))} of {count} articles came"
        time.sleep(0.01)


def test_polling_once_publishes_and_returns(settings: Settings, producer) -> None:
    service.run(settings, once=True)
    assert len(articles(producer)) == 2
    assert producer.is_closed


def test_the_topics_are_made_before_anything_is_published(
    settings: Settings, producer, monkeypatch: pytest.MonkeyPatch
) -> None:
    published_before: list[int] = []
    monkeypatch.setattr(
        service, "create_topics", lambda _: published_before.append(len(producer.sent))
    )
    service.run(settings, once=True)
    assert published_before == [0]


def test_it_polls_on_until_stopped(settings: Settings, producer, newswire) -> None:
    stop = threading.Event()
    thread = threading.Thread(target=service.run, args=(settings,), kwargs={"stop": stop})
    thread.start()
    try:
        wait_for(producer, 2)
        newswire.count = 5
        wait_for(producer, 5)
    finally:
        stop.set()
        thread.join(timeout=10)
    assert not thread.is_alive()
    assert len({a.article_id for a in articles(producer)}) == 5


def test_nothing_on_the_loops_thread_touches_the_state(
    settings: Settings, producer, newswire, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A disk or a server that is slow would hold up every other feed."""
    uses: list[bool] = []

    def counted(use: Any) -> Any:
        def counting(self: StateDatabase) -> Any:
            with contextlib.suppress(RuntimeError):
                uses.append(asyncio.get_running_loop() is not None)
            uses.append(False)
            return use(self)

        return counting

    for name in ("reading", "writing"):
        monkeypatch.setattr(StateDatabase, name, counted(getattr(StateDatabase, name)))
    monkeypatch.setattr(service, "_HEALTH_EVERY_S", 0.1)
    monkeypatch.setattr(service, "_PRUNE_EVERY_S", 0.1)
    stop = threading.Event()
    thread = threading.Thread(target=service.run, args=(settings,), kwargs={"stop": stop})
    thread.start()
    try:
        wait_for(producer, 2)
        newswire.count = 5
        wait_for(producer, 5)
        remove_feed(settings.feeds, load_feeds(settings.feeds)[0].url)
        time.sleep(2 * service._FOLLOW_EVERY_S)
    finally:
        stop.set()
        thread.join(timeout=10)
    assert len(uses) > 10
    assert not any(uses)


def test_feeds_are_added_asked_for_and_removed_while_it_runs(
    settings: Settings, producer, newswire
) -> None:
    other = make_feed(f"http://127.0.0.1:{newswire.server_port}/other", source_id="other")
    slow = settings.model_copy(update={"poll_interval_s": 3600.0, "poll_floor_s": 3600.0})
    stop = threading.Event()
    thread = threading.Thread(target=service.run, args=(slow,), kwargs={"stop": stop})
    thread.start()
    try:
        wait_for(producer, 2)
        add_feeds(settings.feeds, [other])
        wait_for(producer, 4)
        newswire.count = 3
        with State(settings.feed_state_file) as state:
            state.want(other.feed_id, other.url)
        wait_for(producer, 5)
        remove_feed(settings.feeds, other.url)
        time.sleep(2 * service._FOLLOW_EVERY_S)
        newswire.count = 4
        with State(settings.feed_state_file) as state:
            state.want(other.feed_id, other.url)
        time.sleep(2 * service._FOLLOW_EVERY_S)
    finally:
        stop.set()
        thread.join(timeout=10)
    assert not thread.is_alive()
    assert [a.source_id for a in articles(producer)] == ["x", "x", "other", "other", "other"]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.mark.parametrize(("clock", "partition"), [("stream", 0), ("wall", None)])
def test_recorded_news_keep_their_order_in_one_partition(
    settings: Settings, producer, clock: str, partition: int | None
) -> None:
    service.run(settings.model_copy(update={"clock": clock}), once=True)
    topics = [topic for topic, _, _ in producer.sent]
    chosen = zip(topics, producer.partitions, strict=True)
    assert {number for topic, number in chosen if topic == ARTICLES.name} == {partition}


def test_its_metrics_are_served_where_a_port_is_set(settings: Settings, producer) -> None:
    served, stop = settings.model_copy(update={"producer_port": free_port()}), threading.Event()
    thread = threading.Thread(target=service.run, args=(served,), kwargs={"stop": stop})
    thread.start()
    try:
        wait_for(producer, 2)
        with urllib.request.urlopen(f"http://127.0.0.1:{served.producer_port}/metrics") as page:
            text = page.read().decode()
        address = f"http://127.0.0.1:{served.producer_port}/readyz"
        with urllib.request.urlopen(address) as page:
            assert page.status == 200
    finally:
        stop.set()
        thread.join(timeout=10)
    assert 'placewatch_feed_polls_total{outcome="fetched"}' in text
    assert 'placewatch_feeds_by_health{state="stale"}' in text


def test_a_port_that_is_taken_says_so(settings: Settings) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(ConfigError, match="PLACEWATCH_PRODUCER_PORT"):
            service.run(settings.model_copy(update={"producer_port": port}), once=True)


def test_an_embedded_broker_is_refilled_before_polling(settings: Settings, producer) -> None:
    service.run(settings, once=True)
    first = articles(producer)
    producer.sent.clear()
    service.run(settings, once=True)
    assert articles(producer) == first


def test_a_kafka_that_keeps_its_records_is_not_refilled(settings: Settings, producer) -> None:
    kafka = settings.model_copy(update={"is_broker_embedded": False})
    service.run(kafka, once=True)
    producer.sent.clear()
    service.run(kafka, once=True)
    assert producer.sent == []
    with State(kafka.feed_state_file) as state:
        assert list(state.published_since(datetime(2000, 1, 1, tzinfo=UTC))) == []


def test_a_refill_goes_back_no_further_than_told(settings: Settings, producer) -> None:
    service.run(settings, once=True)
    producer.sent.clear()
    publisher = service.Publisher(producer)
    with State(settings.feed_state_file) as state:
        tomorrow = datetime.now(UTC) + timedelta(hours=24)
        assert service.refill(state, publisher, now=tomorrow, hours=23) == 0
        assert service.refill(state, publisher, now=tomorrow, hours=25) == 2


def test_a_broker_that_does_not_acknowledge_ends_the_service_with_its_error(
    settings: Settings, producer
) -> None:
    producer.is_broken = True
    with pytest.raises(BrokerError, match="did not acknowledge"):
        service.run(settings, once=True)
    assert producer.is_closed


def test_a_missing_list_of_feeds_ends_it_before_anything_else(settings: Settings) -> None:
    with pytest.raises(FeedListError, match="there is no feed list"):
        service.run(settings.model_copy(update={"feeds": Path("/nowhere/feeds.opml")}))
