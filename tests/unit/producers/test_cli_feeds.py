"""`placewatch feeds`, as a user runs it: the installed command in a folder of its own."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from producers.opml import load_feeds
from producers.state import State


Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def run(tmp_path: Path, repo_root: Path) -> Run:
    command = Path(sys.executable).parent / "placewatch"

    def start(*arguments: str) -> subprocess.CompletedProcess[str]:
        environment = {
            "PATH": "/usr/bin:/bin",
            "PYTHONPATH": str(repo_root),  # the code these tests belong to, whatever is installed
            "PLACEWATCH_STATE_DIR": str(tmp_path / "state"),
            "PLACEWATCH_ALLOW_PRIVATE_NETWORKS": "1",
            "COLUMNS": "200",
        }
        return subprocess.run(
            [command, "feeds", *arguments],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    return start


def test_feeds_are_added_listed_and_removed(run: Run, tmp_path: Path) -> None:
    assert run("add", "https://a.example/rss", "--title", "A & B", "--source", "a").returncode == 0
    assert "already" in run("add", "https://a.example:443/rss").stdout
    (listed,) = [json.loads(line) for line in run("list", "--json").stdout.splitlines()]
    assert (listed["url"], listed["health"]) == ("https://a.example/rss", "never polled")
    assert "A & B" in run("list").stdout
    assert not (tmp_path / "state").exists()
    assert run("remove", "https://a.example/rss").returncode == 0
    assert load_feeds(tmp_path / "feeds.opml") == ()


def test_removing_what_is_not_there_says_so(run: Run) -> None:
    run("add", "https://a.example/rss")
    result = run("remove", "https://b.example/rss")
    assert (result.returncode, "is not in" in result.stderr) == (66, True)


def test_an_address_that_is_none_is_refused(run: Run) -> None:
    result = run("add", "a.example/rss")
    assert result.returncode == 78
    assert "is not a feed address" in result.stderr


def test_listing_without_a_list_says_what_to_do(run: Run) -> None:
    result = run("list")
    assert (result.returncode, "placewatch feeds add" in result.stderr) == (78, True)


def test_a_list_is_imported_and_exported(run: Run, tmp_path: Path) -> None:
    run("add", "https://a.example/rss")
    (tmp_path / "other.opml").write_text(
        '<opml><body><outline text="F"><outline xmlUrl="https://b.example/"/></outline>'
        '<outline xmlUrl="https://a.example/rss"/></body></opml>'
    )
    assert "added 1 of 2" in run("import", "other.opml").stdout
    (tmp_path / "copy.opml").write_text(run("export").stdout)
    assert {f.url for f in load_feeds(tmp_path / "copy.opml")} == {
        "https://a.example/rss",
        "https://b.example/",
    }


def test_the_health_of_a_failing_feed_is_shown_with_its_error(run: Run, tmp_path: Path) -> None:
    run("add", "https://a.example/rss")
    (feed,) = load_feeds(tmp_path / "feeds.opml")
    with State(tmp_path / "state" / "feeds.db") as state:
        kept = state.feed(feed.feed_id, feed.url)
        kept.failures, kept.failed_polls = 0.5, 1
        kept.last_reason, kept.last_error = "not_found", "HTTP 404 Not Found"
        state.save_feed(kept)
    (listed,) = [json.loads(line) for line in run("list", "--json").stdout.splitlines()]
    assert (listed["health"], listed["reason"]) == ("failing", "not_found")
    assert "HTTP 404 Not Found" in run("list").stdout


async def test_checking_a_feed_shows_ids_and_dates_and_writes_nothing(
    run: Run, serve, respond, rss, story, tmp_path: Path
) -> None:
    server = await serve(lambda _, writer: respond(writer, ETag='"1"', body=rss(story(1))))
    result = await asyncio.to_thread(run, "check", f"{server.url}/feed")
    assert result.returncode == 0
    for shown in ("User-Agent: placewatch/", 'ETag: "1"'.lower(), "a feed", "rss20", "published"):
        assert shown in result.stdout or shown in result.stdout.lower()
    as_json = await asyncio.to_thread(run, "check", f"{server.url}/feed", "--json")
    checked = json.loads(as_json.stdout)
    assert checked["is_feed"] is True
    assert checked["items"][0]["title"] == "Talbiseh number1 reported"
    assert len(checked["items"][0]["article_id"]) == 16
    assert await asyncio.to_thread(lambda: list(tmp_path.iterdir())) == []


async def test_t113_a_check_tells_what_ids_and_dates_come_from_and_what_is_dropped(
    run: Run, serve, respond, rss, story, tmp_path: Path
) -> None:
    nameless = {"description": "..."}
    by_title = {"title": "Convoy seen leaving Rastan", "pubDate": "Mon, 02 Mar 2026 10:00:00"}
    body = rss(story(1), story(1), by_title, nameless)
    server = await serve(lambda _, writer: respond(writer, body=body))
    await asyncio.to_thread(run, "add", f"{server.url}/feed", "--language", "en")
    before = (tmp_path / "feeds.opml").read_bytes()
    shown = await asyncio.to_thread(run, "check", f"{server.url}/feed", "--json")
    checked = json.loads(shown.stdout)
    items = {item["title"]: item for item in checked["items"]}
    assert items["Talbiseh number1 reported"]["identified_by"] == "guid"
    convoy = items["Convoy seen leaving Rastan"]
    assert (convoy["identified_by"], convoy["raw_date"]) == ("title", "Mon, 02 Mar 2026 10:00:00")
    assert convoy["date_source"] == "published_assumed_zone"
    assert {item["language"] for item in checked["items"]} == {"en"}
    assert checked["dropped"] == {"duplicate_in_document": 1, "no_identity": 1}
    printed = (await asyncio.to_thread(run, "check", f"{server.url}/feed")).stdout
    assert f"{convoy['article_id']} by title" in printed
    assert "Mon, 02 Mar 2026 10:00:00" in printed
    assert await asyncio.to_thread(lambda: [p.name for p in tmp_path.iterdir()]) == ["feeds.opml"]
    assert (tmp_path / "feeds.opml").read_bytes() == before


async def test_a_check_asks_as_the_list_says(
    run: Run, serve, respond, rss, story, tmp_path: Path
) -> None:
    server = await serve(lambda _, writer: respond(writer, body=rss(story(1))))
    url = f"{server.url}/feed"
    (tmp_path / "feeds.opml").write_text(
        f'<opml version="2.0"><body><outline xmlUrl="{url}" userAgent="newsdesk/1"/></body></opml>'
    )
    shown = json.loads((await asyncio.to_thread(run, "check", url, "--json")).stdout)
    assert server.requests[-1].headers["user-agent"] == "newsdesk/1"
    assert shown["request_headers"]["User-Agent"] == "newsdesk/1"


async def test_what_a_server_writes_steers_no_terminal(run: Run, serve, respond) -> None:
    item = {"id": "1", "title": "T\x1b[2J", "content_text": "x", "date_published": "\x1b[2J"}
    feed = {"version": "https://jsonfeed.org/version/1.1", "title": "\x1b]0;x\x07", "items": [item]}
    body = json.dumps(feed).encode()
    server = await serve(lambda _, writer: respond(writer, body=body, X_Odd="a\x1b[31m[/red]"))
    shown = await asyncio.to_thread(run, "check", f"{server.url}/feed")
    assert shown.returncode == 0, shown.stderr
    assert "x-odd: a [31m[/red]" in shown.stdout
    assert "\x1b" not in shown.stdout + shown.stderr


async def test_checking_what_is_no_feed_ends_with_1_and_the_reason(
    run: Run, serve, respond
) -> None:
    server = await serve(lambda _, writer: respond(writer, body=b"<html></html>"))
    result = await asyncio.to_thread(run, "check", server.url)
    assert result.returncode == 1
    assert "not a feed (not_a_feed)" in result.stdout
    assert "is not a feed" in result.stdout


async def test_checking_an_address_that_fails_ends_with_1_and_the_status(
    run: Run, serve, respond
) -> None:
    server = await serve(lambda _, writer: respond(writer, "403 Forbidden"))
    result = await asyncio.to_thread(run, "check", server.url, "--json")
    checked = json.loads(result.stdout)
    assert (result.returncode, checked["reason"], checked["status"]) == (1, "blocked", 403)


def test_every_command_has_an_example(run: Run) -> None:
    for command in ("list", "check", "add", "remove", "poll", "import", "export"):
        assert "Example: placewatch feeds" in run(command, "--help").stdout
