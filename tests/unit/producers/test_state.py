"""What the poller remembers, and what happens to a file that is not its own."""

from __future__ import annotations

import asyncio
import json
import sqlite3
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from placewatch.errors import FeedStateBusyError, FeedStateError
from placewatch.records import Article
from producers.changes import ItemRow
from producers.edits import Content
from producers.feed_state import FeedState
from producers.fetched import Validators
from producers.patience import Patience
from producers.state import ITEM_MEMORY, State
from producers.state_tables import SQLITE_MIGRATIONS, TABLES


@pytest.fixture
def row(now: datetime) -> ItemRow:
    return ItemRow(
        article_id="a1",
        source_id="x",
        feed_id="f",
        canonical_url="https://x.example/a",
        content=Content("Title", "Summary", "Text é"),
        content_hash="1:abc",
        revision=3,
        hash_only_revisions=2,
        published_at=now - timedelta(hours=1),
        date_source="published",
        is_backfill=True,
        last_seen_at=now,
    )


@pytest.fixture
def article(now: datetime) -> Article:
    return Article(article_id="a1", source_id="x", title="T", published_at=now, fetched_at=now)


def test_a_feed_never_polled_has_an_empty_state(state: State) -> None:
    fresh = state.feed("f", "https://x.example/")
    assert fresh == FeedState("f", "https://x.example/")


def test_a_feeds_state_comes_back_after_a_restart(tmp_path: Path, now: datetime) -> None:
    saved = FeedState(
        "f",
        "https://x.example/",
        etag='W/"é"',
        last_modified="Mon,  02",
        failures=0.75,
        next_poll_at=now,
        gone_at=now - timedelta(hours=1),
    )
    with State(tmp_path / "feeds.db") as state:
        state.save_feed(saved)
    with State(tmp_path / "feeds.db") as state:
        loaded = state.feed("f", "https://x.example/")
    assert loaded == saved
    assert loaded.validators == Validators('W/"é"', "Mon,  02")


def test_an_item_is_found_by_id_and_by_link_of_its_source(
    state: State, row: ItemRow, now: datetime
) -> None:
    state.save_poll(FeedState("f", "u"), rows=[row], now=now)
    assert state.items("x", ["a1"], []) == {"a1": row}
    assert state.items("x", [], ["https://x.example/a"]) == {"a1": row}
    assert state.items("other", [], ["https://x.example/a"]) == {}
    assert state.items("x", ["a2"], []) == {}


def test_a_poll_is_remembered_whole_or_not_at_all(
    state: State, row: ItemRow, article: Article, now: datetime
) -> None:
    broken = replace(row, article_id="a2", revision=None)
    with pytest.raises(FeedStateError):
        state.save_poll(
            FeedState("f", "u", etag="new"), rows=[row, broken], articles=[article], now=now
        )
    assert state.feed("f", "u").etag == ""
    assert state.items("x", ["a1"], []) == {}
    assert list(state.published_since(now - timedelta(days=1))) == []


def test_published_articles_come_back_in_their_order_for_as_long_as_told(
    state: State, article: Article, now: datetime
) -> None:
    for hours in (60, 40, 1):
        one = article.model_copy(update={"article_id": f"a{hours}"})
        state.save_poll(FeedState("f", "u"), articles=[one], now=now - timedelta(hours=hours))
    recent = list(state.published_since(now - timedelta(hours=48)))
    assert [a.article_id for a in recent] == ["a40", "a1"]
    assert state.prune(now, refill_hours=48) == 1
    assert len(list(state.published_since(now - timedelta(days=99)))) == 2


def test_more_articles_than_are_read_at_a_time_come_back_whole_and_in_order(
    state: State, article: Article, now: datetime
) -> None:
    many = [article.model_copy(update={"article_id": f"a{n}"}) for n in range(1234)]
    state.save_poll(FeedState("f", "u"), articles=many, now=now)
    assert list(state.published_since(now)) == many


def test_items_long_gone_from_their_feed_are_forgotten_and_present_ones_kept(
    state: State, row: ItemRow, now: datetime
) -> None:
    rows = [row, replace(row, article_id="a2")]
    state.save_poll(FeedState("f", "u"), rows=rows, now=now)
    later = now + ITEM_MEMORY
    state.save_poll(FeedState("f", "u"), seen_ids=["a2"], now=later)
    state.prune(later + timedelta(minutes=1), refill_hours=48)
    assert set(state.items("x", ["a1", "a2"], [])) == {"a2"}


def test_a_file_of_a_newer_schema_is_refused_with_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "feeds.db"
    State(path).__exit__(None, None, None)
    with sqlite3.connect(path) as db:
        db.execute("PRAGMA user_version = 99")
    db.close()
    with pytest.raises(FeedStateError, match=r"schema version 99.*move the file away"):
        State(path)


def test_a_file_of_the_first_schema_goes_on_with_all_it_holds(
    tmp_path: Path, row: ItemRow, article: Article, now: datetime
) -> None:
    """As placewatch 0.1.0 wrote it: fewer fields of a feed, no tables for health and wanted polls."""
    path = tmp_path / "feeds.db"
    with sqlite3.connect(path) as db:
        for statement in SQLITE_MIGRATIONS[0].split(";"):
            db.execute(statement)
        db.execute("PRAGMA user_version = 1")
        kept = {"feed_id": "f", "url": "u", "etag": '"1"', "last_success_at": now.isoformat()}
        kept |= {"interval_s": 1350.0, "is_disabled": False, "a_field_of_old": 1}
        db.execute("INSERT INTO feeds VALUES ('f', 'u', ?)", (json.dumps(kept),))
    db.close()
    with State(path) as state:
        loaded = state.feed("f", "u")
        assert (loaded.etag, loaded.last_success_at, loaded.interval_s) == ('"1"', now, 1350.0)
        state.save_poll(loaded, rows=[row], articles=[article], now=now)
        state.tell_health("f", state="ok", reason="works", since=now)
    with State(path) as state:
        assert state.told_health() == {"f": ("ok", now)}
        assert state.items("x", ["a1"], []) == {"a1": row}
        assert state.feeds().keys() == {"f"}


def test_a_poll_that_was_asked_for_is_taken_once(state: State, now: datetime) -> None:
    state.save_feed(FeedState("f", "u", is_disabled=True, gone_at=now, next_poll_at=now, etag="1"))
    state.want("f", "u")
    state.want("f", "u")
    assert state.take_wanted() == ("f",)
    assert state.take_wanted() == ()
    assert state.feed("f", "u") == FeedState("f", "u", etag="1")


def test_many_may_open_a_new_file_at_the_same_moment(tmp_path: Path) -> None:
    start = threading.Barrier(8)

    def open_it(_: int) -> str:
        start.wait()
        with State(tmp_path / "feeds.db") as state:
            return state.feed("f", "u").url

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(open_it, range(8))) == {"u"}


def test_a_database_that_is_not_ours_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "feeds.db"
    with sqlite3.connect(path) as db:
        db.execute("CREATE TABLE other (x)")
    db.close()
    with pytest.raises(FeedStateError, match="schema version 0"):
        State(path)


def test_a_file_that_is_no_database_says_so(tmp_path: Path) -> None:
    path = tmp_path / "feeds.db"
    path.write_bytes(b"certainly not SQLite " * 100)
    with pytest.raises(FeedStateError, match="cannot be used"):
        State(path)


def test_a_folder_that_cannot_be_made_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(FeedStateError, match="cannot be used"):
        State(tmp_path / "file" / "feeds.db")


def test_a_file_has_the_tables_and_columns_that_the_code_knows(tmp_path: Path) -> None:
    with State(tmp_path / "feeds.db"):
        pass
    with closing(sqlite3.connect(tmp_path / "feeds.db")) as db:
        found = {
            table: [column[1] for column in db.execute(f"PRAGMA table_info({table})")]
            for (table,) in db.execute(
                "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
            )
        }
    assert found == {name: [c.name for c in table.c] for name, table in TABLES.tables.items()}


async def test_a_state_that_is_busy_is_asked_again_and_its_return_is_told() -> None:
    answers: list[object] = [FeedStateBusyError("away"), FeedStateBusyError("away"), "there"]
    returned: list[str] = []

    def ask() -> object:
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    patience = Patience(again_s=0.01, on_return=lambda: returned.append("back"))
    assert await patience(ask) == "there"
    answers.append("still there")
    assert await patience(ask) == "still there"
    assert returned == ["back"]
    answers.append(FeedStateError("broken"))
    with pytest.raises(FeedStateError, match="broken"):
        await patience(ask)
    patience.close()


async def test_a_slow_state_does_not_hold_the_loop_up() -> None:
    patience, turns = Patience(), 0
    slow = asyncio.create_task(patience(time.sleep, 0.3))
    while not slow.done():
        await asyncio.sleep(0.01)
        turns += 1
    assert turns > 3
    patience.close()
