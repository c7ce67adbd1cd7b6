"""The producers against a real Kafka protocol: feeds on loopback in, articles on the topic."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from placewatch.kafka import make_consumer
from placewatch.local.broker import EmbeddedBroker
from placewatch.records import Article, DeadLetter
from placewatch.settings import Settings
from placewatch.topics import ARTICLES, DEADLETTERS, Topic
from producers import service
from producers.opml import add_feeds, make_feed
from producers.state import State


pytestmark = pytest.mark.broker


@pytest.fixture
def wire() -> Iterator[ThreadingHTTPServer]:
    """A server whose every path is a feed of twenty items of its own, but /page, which is no feed."""
    stamp = format_datetime(datetime.now(UTC))

    def feed(name: str) -> bytes:
        items = "".join(
            f"<item><guid>{name}-{n}</guid><title>Story {n}</title><pubDate>{stamp}</pubDate>"
            f"<link>https://x.example{name}/{n}</link></item>"
            for n in range(20)
        )
        return f'<rss version="2.0"><channel><title>W</title>{items}</channel></rss>'.encode()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = b"<html>no feed</html>" if self.path == "/page" else feed(self.path)
            with contextlib.suppress(ConnectionError):  # a killed producer hangs up
                self.send_response(200)
                self.send_header("ETag", '"1"')
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def feeds(tmp_path: Path, wire: ThreadingHTTPServer) -> dict[str, object]:
    """The settings that make the producers poll that server."""
    path = tmp_path / "feeds.opml"
    base = f"http://127.0.0.1:{wire.server_port}"
    add_feeds(path, [make_feed(f"{base}/{p}", source_id=p) for p in ("feed", "page")])
    return {"feeds": path, "allow_private_networks": True}


def read(settings: Settings, topic: Topic, count: int) -> list[bytes]:
    """Return what is on a topic once `count` records are there, and any that come within a moment more."""
    consumer = make_consumer(settings, topic.name)
    values: list[bytes] = []
    end = time.monotonic() + 20
    try:
        while time.monotonic() < end:
            batch = consumer.poll(timeout_ms=300)
            values += [record.value for records in batch.values() for record in records]
            if len(values) >= count and not batch:
                break
    finally:
        consumer.close()
    return values


def test_feeds_become_articles_and_dead_letters_once(
    broker_settings: Settings, feeds: dict[str, object]
) -> None:
    settings = broker_settings.model_copy(update=feeds)
    service.run(settings, once=True)
    articles = [Article.from_json(value) for value in read(settings, ARTICLES, 20)]
    assert sorted(a.title for a in articles) == sorted(f"Story {n}" for n in range(20))
    (letter,) = [DeadLetter.from_json(value) for value in read(settings, DEADLETTERS, 1)]
    assert letter.reason == "not_a_feed"


def test_a_new_broker_is_refilled_with_the_same_articles(
    broker_settings: Settings, feeds: dict[str, object]
) -> None:
    settings = broker_settings.model_copy(update=feeds)
    service.run(settings, once=True)
    before = sorted(read(settings, ARTICLES, 20))
    with EmbeddedBroker(settings.model_copy(update={"bootstrap_servers": None})) as fresh:
        service.run(fresh, once=True)
        assert sorted(read(fresh, ARTICLES, 20)) == before


def producing(settings: Settings) -> subprocess.Popen[str]:
    """Start the installed command with these settings."""
    environment = os.environ | {
        "PLACEWATCH_BOOTSTRAP_SERVERS": str(settings.bootstrap_servers),
        "PLACEWATCH_PARTITIONS": str(settings.partitions),
        "PLACEWATCH_IS_BROKER_EMBEDDED": "1",
        "PLACEWATCH_FEEDS": str(settings.feeds),
        "PLACEWATCH_STATE_DIR": str(settings.state_dir),
        "PLACEWATCH_ALLOW_PRIVATE_NETWORKS": "1",
    }
    command = [Path(sys.executable).parent / "placewatch", "produce"]
    return subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True)


def test_the_installed_command_polls_until_it_is_terminated(
    broker_settings: Settings, feeds: dict[str, object]
) -> None:
    settings = broker_settings.model_copy(update=feeds)
    with producing(settings) as process:
        try:
            assert len(read(settings, ARTICLES, 20)) == 20
            assert process.poll() is None
        finally:
            process.send_signal(signal.SIGTERM)
            _, logged = process.communicate(timeout=30)
    assert process.returncode == 0
    assert "stopped polling" in logged


def remembered(settings: Settings) -> int:
    """Return how many feeds the producer has polled and remembered."""
    database = settings.feed_state_file
    if not database.exists():
        return 0
    with State(database) as state:
        return sum(feed.last_success_at is not None for feed in state.feeds().values())


def test_a_producer_killed_again_and_again_loses_no_article(
    broker_settings: Settings, tmp_path: Path, wire: ThreadingHTTPServer
) -> None:
    path = tmp_path / "many.opml"
    base = f"http://127.0.0.1:{wire.server_port}"
    add_feeds(path, [make_feed(f"{base}/{n}", source_id=f"s{n}") for n in range(60)])
    settings = broker_settings.model_copy(update={"feeds": path, "allow_private_networks": True})
    rng = random.Random(5)
    done = 0
    for _ in range(3):
        goal = done + rng.randint(3, 9)
        with producing(settings) as process:
            while (done := remembered(settings)) < goal:
                assert process.poll() is None, "the producer ended by itself"
                time.sleep(rng.uniform(0, 0.02))
            process.kill()
            process.communicate()
    assert remembered(settings) < 60
    service.run(settings, once=True)
    articles = [Article.from_json(value) for value in read(settings, ARTICLES, 1200)]
    assert len({article.article_id for article in articles}) == 1200
    assert {article.revision for article in articles} == {0}
