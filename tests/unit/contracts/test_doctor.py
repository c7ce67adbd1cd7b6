"""doctor: one failing check does not hide the others, and each finding says what to do."""

from __future__ import annotations

import json
import socket
from pathlib import Path

import pytest

from placewatch.cli.doctor import (
    Finding,
    check_board,
    check_broker,
    check_feeds,
    check_lexicon,
    check_state_dir,
    check_watchlist,
    examine,
)
from placewatch.errors import LedgerError
from placewatch.settings import Settings, load_settings
from producers.feed_state import FeedState
from producers.opml import add_feeds, make_feed
from producers.state import State


def _fails(_: Settings) -> Finding:
    raise LedgerError("the ledger is locked: stop the other process")


def test_an_error_of_ours_becomes_a_finding() -> None:
    finding = examine("ledger", _fails, load_settings())
    assert (finding.check, finding.state) == ("ledger", "error")
    assert "stop the other process" in finding.detail


def test_a_missing_watchlist_says_how_to_start_one(tmp_path: Path) -> None:
    finding = check_watchlist(load_settings(watchlist=tmp_path / "none.yaml"))
    assert finding.state == "error"
    assert "watch add" in finding.detail


def test_missing_feeds_say_how_to_add_one(tmp_path: Path) -> None:
    assert "feeds add" in check_feeds(load_settings(feeds=tmp_path / "none.opml")).detail


def test_a_writable_state_folder_is_made(tmp_path: Path) -> None:
    assert check_state_dir(load_settings(state_dir=tmp_path / "a" / "b")).state == "ok"
    assert (tmp_path / "a" / "b").is_dir()


def test_a_file_in_place_of_the_state_folder_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    finding = check_state_dir(load_settings(state_dir=tmp_path / "file"))
    assert finding.state == "error"
    assert "PLACEWATCH_STATE_DIR" in finding.detail


def test_without_kafka_the_embedded_broker_is_found(tmp_path: Path) -> None:
    found = check_broker(load_settings(bootstrap_servers=None, state_dir=tmp_path))
    assert (found.state, "it forgets on exit" in found.detail) == ("ok", True)


def test_a_kafka_of_our_own_is_found(tmp_path: Path) -> None:
    (tmp_path / "kafka_2.13-4.1.1.jar").touch()
    found = check_broker(load_settings(bootstrap_servers=None, kafka_libs=tmp_path))
    assert "Kafka 4.1.1 is installed: `placewatch up --broker local`" in found.detail


def test_the_broker_of_services_that_run_here_is_found(tmp_path: Path) -> None:
    settings = load_settings(bootstrap_servers=None, state_dir=tmp_path)
    with socket.create_server(("127.0.0.1", 0)) as server:
        servers = f"127.0.0.1:{server.getsockname()[1]}"
        noted = {"bootstrap_servers": servers, "is_broker_embedded": False}
        (tmp_path / "run.json").write_text(json.dumps(noted))
        assert servers in check_broker(settings).detail
    assert servers not in check_broker(settings).detail


def test_a_wrong_frame_of_the_users_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PLACEWATCH_LEXICON", str(tmp_path))
    assert str(tmp_path) in check_lexicon(load_settings()).detail
    (tmp_path / "frames.yaml").write_text("frames: [{state: captured}]", "utf-8")
    finding = examine("lexicon", check_lexicon, load_settings())
    assert finding.state == "error"
    assert f"{tmp_path / 'frames.yaml'}, frames[0] (captured)" in finding.detail


def test_feeds_in_trouble_are_counted(tmp_path: Path) -> None:
    path = tmp_path / "feeds.opml"
    bad, good = (make_feed(f"https://{name}.example/feed") for name in ("bad", "good"))
    add_feeds(path, [bad, good])
    settings = load_settings(feeds=path, state_dir=tmp_path)
    assert check_feeds(settings).state == "ok"
    assert not (settings.feed_state_file).exists()
    with State(settings.feed_state_file) as state:
        failed = FeedState(bad.feed_id, bad.url, failures=2.0, failed_polls=4, last_reason="tls")
        state.save_feed(failed)
        state.save_feed(FeedState("no longer listed", "u", failures=2.0, failed_polls=4))
    finding = check_feeds(settings)
    assert (finding.state, finding.detail.split(" feeds")[0]) == ("warning", "1 of 2")


def test_a_board_that_others_can_reach_is_warned_of() -> None:
    assert check_board(load_settings()).state == "ok"
    finding = check_board(load_settings(board_host="0.0.0.0"))
    assert finding.state == "warning"
    assert "reverse proxy" in finding.detail


def test_a_board_token_that_could_be_guessed_is_an_error_and_not_told() -> None:
    finding = examine("board", check_board, load_settings(board_token="letmein"))
    assert finding.state == "error"
    assert "letmein" not in finding.detail
