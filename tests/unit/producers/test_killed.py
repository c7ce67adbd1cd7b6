"""The producer killed at twenty random points of publishing and remembering (T110, T111 of the table in README.md)."""

from __future__ import annotations

import contextlib
import json
import random
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from producers.opml import add_feeds, make_feed


KILLS = 20
FEEDS = 6
# Before publishing, published, in the transaction, remembered.
STEPS_OF_A_POLL = 4
PROGRAM = Path(__file__).with_name("killed_producer.py")


@pytest.fixture
def wire() -> Iterator[ThreadingHTTPServer]:
    with serving() as server:
        yield server


@contextlib.contextmanager
def serving() -> Iterator[ThreadingHTTPServer]:
    """JSON Feeds with validators, each as long as `wire.round` says."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path == "/more":
                server.round += 1
            etag = f'"{server.round}"'
            unchanged = self.headers.get("If-None-Match") == etag
            titles = [f"{self.path} {n}" for n in range(2 * server.round)]
            items = [
                {"id": t, "title": t, "url": f"https://x.example{self.path}/{n}"}
                for n, t in enumerate(titles)
            ]
            body = json.dumps(
                {"version": "https://jsonfeed.org/version/1.1", "title": "W", "items": items}
            )
            with contextlib.suppress(ConnectionError):  # a killed producer hangs up
                self.send_response(304 if unchanged else 200)
                self.send_header("ETag", etag)
                self.send_header("Content-Length", "0" if unchanged else str(len(body)))
                self.end_headers()
                self.wfile.write(b"" if unchanged else body.encode())

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.round = 1
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def kill_again_and_again(
    wire: ThreadingHTTPServer, tmp_path: Path, repo_root: Path, environment: dict[str, str]
) -> None:
    """Let the producer be killed at random steps, and see that it lost nothing and repeated something."""
    base = f"http://127.0.0.1:{wire.server_port}"
    add_feeds(
        tmp_path / "feeds.opml", [make_feed(f"{base}/{n}", source_id=f"s{n}") for n in range(FEEDS)]
    )
    rng = random.Random(11)

    steps = [rng.randint(1, FEEDS * STEPS_OF_A_POLL) for _ in range(KILLS)]
    done = subprocess.run(
        [sys.executable, PROGRAM, tmp_path, f"{base}/more", *map(str, steps), "0"],
        env={"PYTHONPATH": str(repo_root), "PATH": "/usr/bin:/bin", **environment},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    ends = [int(line) for line in done.stdout.splitlines() if line.strip("-").isdigit()]
    assert ends == [-9] * KILLS + [0]
    lines = [json.loads(line) for line in (tmp_path / "journal.jsonl").read_text().splitlines()]
    killed = Counter(line["killed"] for line in lines if isinstance(line, dict))
    articles = [tuple(line) for line in lines if isinstance(line, list)]
    assert killed.total() == KILLS
    assert killed.keys() == {
        "before publishing",
        "published, not remembered",
        "inside the transaction",
        "remembered",
    }
    titles = {f"/{feed} {n}" for feed in range(FEEDS) for n in range(2 * (wire.round - 1))}
    assert titles <= {title for _, _, title in articles}
    assert {revision for _, revision, _ in articles} == {0}
    assert len({article_id for article_id, _, _ in articles}) == len(titles)
    assert len(articles) > len(titles), "no kill came between publishing and remembering"


@pytest.mark.slow
def test_t110_t111_killed_at_twenty_random_points_no_article_is_lost(
    wire: ThreadingHTTPServer, tmp_path: Path, repo_root: Path
) -> None:
    kill_again_and_again(wire, tmp_path, repo_root, {})
