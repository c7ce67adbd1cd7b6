"""The service in real time: pages of articles that name a watched place, and of no others."""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from placewatch.records import Article
from placewatch.settings import load_settings
from placewatch.topics import ARTICLES
from placewatch.vocabulary import TextQuality
from producers import service
from producers.opml import add_feeds, make_feed


PAGE = "<html><body><article>" + "".join(
    f"<p>Columns of troops reached the market square of the town in hour {n}, shopkeepers said.</p>"
    for n in range(9)
)


@pytest.fixture
def site(rss, story):
    """A site in a thread: a feed of two items, their pages, and what was asked for."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            server.asked.append(self.path)
            now = format_datetime(datetime.now(UTC))
            base = f"http://127.0.0.1:{server.server_port}"
            stories = [
                story(0, title="Troops enter Rastan", link=f"{base}/rastan", pubDate=now),
                story(1, title="Cup final drawn", link=f"{base}/cup", pubDate=now),
            ]
            body = rss(*stories) if self.path == "/feed" else PAGE.encode()
            self.send_response(404 if self.path == "/robots.txt" else 200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.asked = []
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize(
    ("mode", "pages"), [("watched", ["/rastan"]), ("all", ["/cup", "/rastan"]), ("off", [])]
)
def test_t106_the_setting_says_whose_pages_are_fetched(
    site, producer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mode: str, pages: list[str]
) -> None:
    monkeypatch.setattr(service, "create_topics", lambda _: [])
    monkeypatch.setattr(service, "require_rights", lambda *_: None)
    monkeypatch.setattr(service, "make_producer", lambda _: producer)
    (tmp_path / "watchlist.yaml").write_text("places: [{place: 'Rastan, Syria'}]")
    add_feeds(tmp_path / "feeds.opml", [make_feed(f"http://127.0.0.1:{site.server_port}/feed")])
    settings = load_settings(
        state_dir=tmp_path / "state",
        feeds=tmp_path / "feeds.opml",
        watchlist=tmp_path / "watchlist.yaml",
        allow_private_networks=True,
        bootstrap_servers="127.0.0.1:1",
        full_text=mode,
        full_text_budget_s=60,
    )
    service.run(settings, once=True)
    assert sorted(set(site.asked) - {"/feed", "/robots.txt"}) == pages
    told = [Article.from_json(raw) for raw in producer.values(ARTICLES.name)]
    whole = {a.title for a in told if a.text_quality is TextQuality.FULL}
    assert len(told) == 2
    assert len(whole) == len(pages)
    assert mode != "watched" or whole == {"Troops enter Rastan"}
    assert all("shopkeepers said" in a.text for a in told if a.title in whole)
