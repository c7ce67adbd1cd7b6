"""What the poller remembers, in PostgreSQL: the same as in SQLite, and what only a server does to it."""

from __future__ import annotations

import importlib.util
import json
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, inspect
from typer.testing import CliRunner

from placewatch.cli.app import app
from placewatch.errors import FeedStateBusyError, FeedStateError, RecordError
from placewatch.records import Article
from placewatch.settings import Settings, load_settings
from producers import service
from producers.changes import ItemRow
from producers.edits import Content
from producers.feed_state import FeedState
from producers.opml import add_feeds, make_feed
from producers.sightings import Sighting
from producers.state import ITEM_MEMORY, State
from producers.state_tables import TABLES
from sinks.ledger import Ledger
from sinks.turn import Turn


NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
HOLD = "import sys, time; from producers.state import State; held = State(sys.argv[1], is_exclusive=True); print('held', flush=True); time.sleep(60)"


def make_row(number: int = 1, **changes: Any) -> ItemRow:
    row = ItemRow(
        article_id=f"a{number}",
        source_id="x",
        feed_id="f",
        canonical_url=f"https://x.example/{number}",
        content=Content("Title", "Summary", "Text \x00 é الرستن"),
        content_hash="1:abc",
        revision=3,
        hash_only_revisions=2,
        published_at=NOW - timedelta(hours=1),
        date_source="published",
        is_backfill=True,
        last_seen_at=NOW,
    )
    return replace(row, **changes)


def make_article(number: int = 1) -> Article:
    return Article(
        article_id=f"a{number}", source_id="x", title="T", published_at=NOW, fetched_at=NOW
    )


def fill(state: State) -> None:
    """Remember something in every table."""
    state.save_poll(
        FeedState("f", "u", etag='W/"é"', next_poll_at=NOW),
        rows=[make_row(n) for n in range(1200)],
        articles=[make_article(2), make_article(1)],
        sightings=[Sighting("k", "a1", "f", NOW)],
        now=NOW,
    )
    state.tell_health("f", state="ok", reason="works", since=NOW)
    state.want("g", "v")


def assert_filled(state: State) -> None:
    assert state.feeds() == {
        "f": FeedState("f", "u", etag='W/"é"', next_poll_at=NOW),
        "g": FeedState("g", "v"),
    }
    assert state.items("x", [f"a{n}" for n in range(1200)], []) == {
        f"a{n}": make_row(n) for n in range(1200)
    }
    assert state.items("x", [], ["https://x.example/7"]) == {"a7": make_row(7)}
    assert [a.article_id for a in state.published_since(NOW)] == ["a2", "a1"]
    assert state.sightings(["k", "l"]) == {"k": [Sighting("k", "a1", "f", NOW)]}
    assert state.told_health() == {"f": ("ok", NOW)}
    assert state.take_wanted() == ("g",)
    assert state.take_wanted() == ()


def test_everything_comes_back_after_a_restart(postgres_url: str) -> None:
    with State(postgres_url) as state:
        assert state.is_new
        fill(state)
    with State(postgres_url) as state:
        assert not state.is_new
        assert_filled(state)


def test_what_is_remembered_again_replaces_what_was(postgres_url: str) -> None:
    with State(postgres_url) as state:
        fill(state)
        state.save_poll(
            FeedState("f", "u", etag="2"),
            rows=[make_row(1, revision=4)],
            articles=[make_article(2)],
            sightings=[Sighting("k", "a1", "f", NOW + timedelta(hours=1))],
            now=NOW,
        )
        assert state.feed("f", "u").etag == "2"
        assert state.items("x", ["a1"], [])["a1"].revision == 4
        assert len(list(state.published_since(NOW))) == 2
        assert state.sightings(["k"])["k"][0].seen_at == NOW, "the first time counts"


def test_a_poll_is_remembered_whole_or_not_at_all(postgres_url: str) -> None:
    with State(postgres_url) as state:
        with pytest.raises(FeedStateError):
            state.save_poll(
                FeedState("f", "u", etag="new"),
                rows=[make_row(), make_row(2, revision=None)],
                now=NOW,
            )
        with pytest.raises(RecordError, match="NUL"):
            state.save_poll(
                FeedState("f", "u", etag="new"), rows=[make_row(canonical_url="a\x00b")], now=NOW
            )
        assert state.feeds() == {}
        assert state.items("x", ["a1"], []) == {}


def test_what_is_too_old_is_forgotten(postgres_url: str) -> None:
    with State(postgres_url) as state:
        fill(state)
        later = NOW + ITEM_MEMORY
        state.save_poll(FeedState("f", "u"), seen_ids=["a2"], now=later)
        assert state.prune(later + timedelta(minutes=1), refill_hours=48) == 2 + 1199
        assert set(state.items("x", ["a1", "a2"], [])) == {"a2"}
        assert state.sightings(["k"]) == {}


def test_it_lies_beside_the_ledger_and_neither_touches_the_other(postgres_url: str) -> None:
    with Ledger(postgres_url), State(postgres_url) as state:
        fill(state)
    engine = create_engine(postgres_url.replace("postgresql:", "postgresql+psycopg:"))
    tables = set(inspect(engine).get_table_names())
    engine.dispose()
    assert {"alerts", "feed_health", "poller_schema", *TABLES.tables} <= tables
    with Ledger(postgres_url), State(postgres_url) as state:
        assert_filled(state)


def test_processes_that_start_at_once_share_one_new_state(postgres_url: str) -> None:
    program = "import sys; from producers.state import State; State(sys.argv[1]).feeds()"
    started = [
        subprocess.Popen([sys.executable, "-c", program, postgres_url], stderr=subprocess.PIPE)
        for _ in range(4)
    ]
    errors = [process.communicate(timeout=60)[1].decode() for process in started]
    assert [process.returncode for process in started] == [0, 0, 0, 0], errors


def test_a_state_of_a_later_placewatch_is_refused(postgres_url: str) -> None:
    with State(postgres_url) as state, state._writing() as db:
        db.exec_driver_sql("UPDATE poller_schema SET version = 99")
    with pytest.raises(FeedStateError, match="schema version 99"):
        State(postgres_url)


def test_a_database_that_is_not_there_says_what_to_check(cluster: Any) -> None:
    with pytest.raises(FeedStateError, match="PLACEWATCH_FEED_STATE_URL") as caught:
        State(cluster.url("nowhere"))
    assert not isinstance(caught.value, FeedStateBusyError)


@contextmanager
def holder(url: str) -> Iterator[subprocess.Popen[str]]:
    """Another producer's process that holds the state."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, url], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


@pytest.fixture(params=["postgresql", "sqlite"])
def any_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "postgresql":
        return str(request.getfixturevalue("postgres_url"))
    return f"sqlite:///{tmp_path / 'feeds.db'}"


def test_a_second_producer_is_told_of_the_first(any_url: str) -> None:
    with holder(any_url) as first:
        with pytest.raises(
            FeedStateError, match=rf"another producer .*process {first.pid} on .*since"
        ):
            State(any_url, is_exclusive=True, wait_s=0.5)
        with State(any_url) as looking:  # `feeds list`, `feeds poll` and `doctor` are not kept out
            looking.want("f", "u")


def test_one_that_is_just_ending_is_waited_for(any_url: str) -> None:
    with holder(any_url) as first:
        threading.Timer(0.5, first.send_signal, [signal.SIGKILL]).start()
        with State(any_url, is_exclusive=True) as second:
            assert second.feeds() == {}


def test_a_server_that_restarts_is_waited_for_and_the_hold_comes_back(
    cluster: Any, postgres_url: str
) -> None:
    with State(postgres_url, is_exclusive=True) as state:
        state.save_feed(FeedState("f", "u", etag="1"))
        cluster.stop()
        with pytest.raises(FeedStateBusyError, match="server is away"):
            state.save_feed(FeedState("f", "u", etag="2"))
        with pytest.raises(FeedStateBusyError, match="server is away"):
            State(postgres_url, is_exclusive=True)
        cluster.start()
        retried(lambda: state.save_feed(FeedState("f", "u", etag="3")))
        with pytest.raises(FeedStateError, match="another producer"):
            State(postgres_url, is_exclusive=True, wait_s=0.5)
        assert state.feed("f", "u").etag == "3"


def test_a_hold_that_another_took_meanwhile_is_waited_for(cluster: Any, postgres_url: str) -> None:
    with State(postgres_url, is_exclusive=True) as state:
        state.feeds()
        cluster.stop()
        cluster.start()
        with holder(postgres_url):
            for _ in range(2):  # the first finds its connection broken
                with pytest.raises(FeedStateBusyError):
                    state.feeds()
        assert retried(state.feeds) == {}


def retried(call: Any) -> Any:
    """Return what `call` gives once the server is back."""
    until = time.monotonic() + 20
    while True:
        try:
            return call()
        except FeedStateBusyError:
            assert time.monotonic() < until
            time.sleep(0.1)


class Wire(BaseHTTPRequestHandler):
    """A JSON Feed with validators, one item longer at each change of `server.items`."""

    def do_GET(self) -> None:
        self.server.asked.append((self.path, self.headers.get("If-None-Match")))  # type: ignore[attr-defined]
        items: int = self.server.items  # type: ignore[attr-defined]
        etag = f'"{items}"'
        unchanged = self.headers.get("If-None-Match") == etag
        told = [
            {
                "id": f"{self.path} {n}",
                "title": f"T {n} of {self.path}",
                "url": f"https://x.example{self.path}/{n}",
            }
            for n in range(items)
        ]
        body = json.dumps(
            {"version": "https://jsonfeed.org/version/1.1", "title": "W", "items": told}
        )
        self.send_response(304 if unchanged else 200)
        self.send_header("ETag", etag)
        self.send_header("Content-Length", "0" if unchanged else str(len(body)))
        self.end_headers()
        self.wfile.write(b"" if unchanged else body.encode())

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def wire() -> Iterator[Any]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Wire)
    server.items, server.asked = 2, []  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


class Collector:
    """Stands for the broker: remembers what it is sent; `gate` holds it up."""

    def __init__(self) -> None:
        self.articles: list[Article] = []
        self.sending, self.gate = threading.Event(), threading.Event()
        self.gate.set()

    def send(
        self, topic: str, *, key: bytes, value: bytes | None, partition: int | None = None
    ) -> Collector:
        if topic.startswith("placewatch.articles") and value is not None:
            self.articles.append(Article.from_json(value))
        return self

    def get(self, timeout: float | None = None) -> None:
        pass

    def flush(self, timeout: float | None = None) -> None:
        self.sending.set()
        assert self.gate.wait(30)

    def close(self, timeout: float | None = None) -> None:
        pass


@pytest.fixture
def collector(monkeypatch: pytest.MonkeyPatch) -> Collector:
    broker = Collector()
    monkeypatch.setattr(service, "create_topics", lambda _: [])
    monkeypatch.setattr(service, "require_rights", lambda *_: None)
    monkeypatch.setattr(service, "make_producer", lambda _: broker)
    return broker


@pytest.fixture
def settings(postgres_url: str, wire: Any, tmp_path: Path) -> Settings:
    feeds = tmp_path / "feeds.opml"
    base = f"http://127.0.0.1:{wire.server_port}"
    add_feeds(feeds, [make_feed(f"{base}/{n}", source_id=f"s{n}") for n in range(3)])
    return load_settings(
        state_dir=tmp_path / "state",
        feeds=feeds,
        allow_private_networks=True,
        bootstrap_servers="127.0.0.1:1",
        ledger_url=postgres_url,
        poll_interval_s=0.5,
        poll_floor_s=0.5,
    )


def test_the_producer_remembers_beside_a_ledger_in_postgresql(
    settings: Settings, collector: Collector, wire: Any
) -> None:
    service.run(settings, once=True)
    assert len(collector.articles) == 6
    assert not settings.feed_state_file.exists()
    service.run(settings, once=True)
    assert len(collector.articles) == 6
    assert [asked for _, asked in wire.asked[3:]] == ['"2"'] * 3


def test_what_a_file_remembered_is_taken_over_once(
    settings: Settings, collector: Collector, wire: Any
) -> None:
    service.run(settings.model_copy(update={"ledger_url": None}), once=True)
    assert settings.feed_state_file.exists()
    for _ in range(2):
        service.run(settings, once=True)
    assert len(collector.articles) == 6
    assert [asked for _, asked in wire.asked[3:]] == ['"2"'] * 6
    with closing(sqlite3.connect(settings.feed_state_file)) as file:
        count = file.execute("SELECT count(*) FROM poller_items").fetchone()
    assert count == (6,), "the file stays as it was"


def test_a_database_that_goes_away_for_a_while_costs_neither_articles_nor_requests(
    settings: Settings, collector: Collector, cluster: Any, wire: Any
) -> None:
    collector.gate.clear()
    stop = threading.Event()
    thread = threading.Thread(target=service.run, args=(settings,), kwargs={"stop": stop})
    thread.start()
    try:
        assert collector.sending.wait(30), "nothing was published"
        wait_until(lambda: len(wire.asked) == 3)
        cluster.stop()  # published, and now it cannot be remembered
        try:
            collector.gate.set()
            time.sleep(3)  # six intervals
            assert len(wire.asked) == 3, "a poll that cannot be remembered was asked again"
            assert thread.is_alive()
        finally:
            cluster.start()
        wait_until(lambda: len(wire.asked) > 6)
        wire.items = 3
        wait_until(lambda: len({a.article_id for a in collector.articles}) == 9)
    finally:
        collector.gate.set()
        stop.set()
        thread.join(timeout=30)
    assert not thread.is_alive()
    assert {a.revision for a in collector.articles} == {0}
    assert {asked for _, asked in wire.asked[3:]} <= {'"2"', '"3"'}


def wait_until(is_so: Any, *, within_s: float = 30) -> None:
    until = time.monotonic() + within_s
    while not is_so():
        assert time.monotonic() < until
        time.sleep(0.05)


def test_feeds_list_poll_and_doctor_work_with_it(
    settings: Settings, collector: Collector, cluster: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    service.run(settings, once=True)
    monkeypatch.setenv("PLACEWATCH_LEDGER_URL", str(settings.ledger_url))
    monkeypatch.setenv("PLACEWATCH_STATE_DIR", str(settings.state_dir))
    monkeypatch.setenv("PLACEWATCH_FEEDS", str(settings.feeds))
    run = CliRunner().invoke
    listed = [
        json.loads(line) for line in run(app, ["feeds", "list", "--json"]).stdout.splitlines()
    ]
    assert [line["items"] for line in listed] == [2, 2, 2]
    assert run(app, ["feeds", "poll", listed[0]["url"]]).exit_code == 0
    with State(settings.feed_state) as state:
        assert state.take_wanted() == (listed[0]["feed_id"],)
    cluster.stop()
    try:
        found = run(app, ["doctor", "--json"])
        findings = {f["check"]: f for f in map(json.loads, found.stdout.splitlines())}
        assert (found.exit_code, findings["feeds"]["state"]) == (1, "error")
        assert "server is away" in findings["feeds"]["detail"]
        failed = run(app, ["feeds", "list"])
        assert isinstance(failed.exception, FeedStateBusyError)
    finally:
        cluster.start()


@pytest.mark.slow
def test_t110_t111_killed_at_twenty_random_points_no_article_is_lost_here_either(
    postgres_url: str, tmp_path: Path, repo_root: Path
) -> None:
    path = repo_root / "tests" / "unit" / "producers" / "test_killed.py"
    spec = importlib.util.spec_from_file_location("killed_on_sqlite", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    with module.serving() as server:
        module.kill_again_and_again(
            server, tmp_path, repo_root, {"PLACEWATCH_FEED_STATE_URL": postgres_url}
        )
    assert not (tmp_path / "state" / "feeds.db").exists()


def test_a_sink_that_tells_and_a_producer_that_polls_share_one_database(postgres_url: str) -> None:
    with Ledger(postgres_url) as ledger, closing(Turn(ledger.engine)) as turn:
        assert turn.is_ours()
        with State(postgres_url, is_exclusive=True) as state:
            assert turn.is_ours()
            assert state.feeds() == {}
