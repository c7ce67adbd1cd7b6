"""Where a site's feeds are: declared (T99), linked (T100), in the usual places (T101)."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from pathlib import Path

import pytest

from placewatch.errors import NotFoundError
from placewatch.settings import Settings
from producers import discover as search
from producers.discovery import Found, declared_feeds, linked_feeds, usual_places
from producers.opml import load_feeds


SITE = "https://www.x.example/world/"


@pytest.fixture
def settings() -> Settings:
    return Settings(allow_private_networks=True)


def page(head: str = "", body: str = "") -> bytes:
    return f"<!doctype html><html><head>{head}</head><body>{body}</body></html>".encode()


@pytest.fixture
async def site(serve, respond):
    """Start a site of some pages by path; everything else is not there."""

    async def start(**pages: bytes):
        def handle(request, writer) -> None:
            body = pages.get(request.path.strip("/").replace(".", "_").replace("/", "_") or "home")
            respond(writer, body=body) if body else respond(writer, "404 Not Found")

        return await serve(handle)

    return start


def test_t99_what_a_page_declares_comes_in_its_order_each_once() -> None:
    found = declared_feeds(
        page(
            '<link rel="alternate" type="application/rss+xml" title=" World  news " href="/rss.xml">'
            '<LINK REL="Alternate" TYPE="application/atom+xml; charset=utf-8" HREF="atom.xml#top">'
            '<link rel="alternate" type="application/rss+xml" href="https://www.x.example/rss.xml">'
            '<link rel="feed" href="/f">'
            '<link rel="alternate" hreflang="fr" href="/fr/">'
            '<link rel="stylesheet" type="text/xml" href="/x.xsl">'
            '<link rel="alternate" type="application/json" href="/wp-json/wp/v2/pages/7">'
            '<link rel="alternate" type="application/rss+xml" href="/comments/feed/">'
            '<link rel="alternate" type="application/rss+xml" href="javascript:void(0)">'
            '<link rel="alternate" type="application/rss+xml">'
        ),
        SITE,
    )
    assert [(c.url, c.title) for c in found] == [
        ("https://www.x.example/rss.xml", "World news"),
        ("https://www.x.example/world/atom.xml", ""),
        ("https://www.x.example/f", ""),
    ]


def test_t99_the_base_of_a_page_counts() -> None:
    head = '<base href="https://cdn.example/b/"><link rel=alternate type=text/xml href=r.xml>'
    assert declared_feeds(page(head), SITE)[0].url == "https://cdn.example/b/r.xml"


def test_t100_links_that_speak_of_feeds_on_the_same_domain_are_candidates() -> None:
    links = (
        '<a href="/about">About</a><a href="/export?type=rss">Subscribe</a><a href="/x">RSS</a>'
        '<a href="https://feeds.x.example/a">News</a><a href="https://other.example/rss">RSS</a>'
        '<a href="/pressroom">Press</a><a href="mailto:rss@x.example">RSS</a>'
    )
    assert [c.url for c in linked_feeds(page(body=links), SITE)] == [
        "https://www.x.example/export?type=rss",
        "https://www.x.example/x",
        "https://feeds.x.example/a",
    ]


def test_t101_usual_places_are_at_the_root_of_the_site() -> None:
    urls = [c.url for c in usual_places(SITE)]
    assert urls[0] == "https://www.x.example/feed"
    assert "https://www.x.example/news-sitemap.xml" in urls


def test_an_impossible_base_or_link_costs_nothing_else() -> None:
    head = '<base href="http://["><link rel=alternate type=text/xml href="http://[">'
    head += "<link rel=alternate type=text/xml href=r.xml>"
    assert [c.url for c in declared_feeds(page(head), SITE)] == [SITE + "r.xml"]


@pytest.mark.parametrize("body", [b"", b"\0\1\2", b"<<<<", b"{}", b"<?xml version='1.0'?><a/>"])
def test_what_is_no_page_has_no_feeds(body: bytes) -> None:
    assert declared_feeds(body, SITE) == linked_feeds(body, SITE) == ()


async def test_t99_only_what_can_be_read_is_shown_the_fullest_first(
    site, rss, story, settings
) -> None:
    link = '<link rel="alternate" type="application/rss+xml" title="{}" href="/{}">'
    head = link.format("One", "one") + link.format("Gone", "gone") + link.format("Two", "two")
    server = await site(
        home=page(head + link.format("Page", "about")),
        about=page(),
        one=rss(story(1)),
        two=rss(story(1), story(2), title="Two"),
    )
    found = await search.discover(server.url, settings)
    assert [(f.url, f.items, f.found) for f in found] == [
        (f"{server.url}/two", 2, Found.DECLARED),
        (f"{server.url}/one", 1, Found.DECLARED),
    ]
    assert "/feed" not in [request.path for request in server.requests]


async def test_t100_t101_links_then_usual_places_are_tried_when_nothing_is_declared(
    site, rss, story, settings
) -> None:
    linked = await site(home=page(body='<a href="/x">RSS</a>'), x=rss(story(1)), feed=rss(story(2)))
    assert [f.found for f in await search.discover(linked.url, settings)] == [Found.LINKED]
    usual = await site(home=page(), rss_xml=rss(story(1)))
    assert [f.found for f in await search.discover(usual.url, settings)] == [Found.GUESSED]
    paths = [request.path for request in usual.requests]
    assert len(paths) == len(set(paths))


async def test_t99_a_feed_is_its_own_answer_and_a_dead_site_says_so(
    site, rss, story, settings
) -> None:
    server = await site(home=rss(story(1)))
    assert [f.found for f in await search.discover(server.url, settings)] == [Found.ITSELF]
    dead = await site()
    with pytest.raises(NotFoundError, match="not_found"):
        await search.discover(dead.url, settings)
    with pytest.raises(NotFoundError, match="web address"):
        await search.discover("file:///etc/passwd", settings)


async def test_discover_as_a_user_runs_it(
    site, rss, story, tmp_path: Path, repo_root: Path
) -> None:
    server = await site(home=page(), feed=rss(story(1), title="Daily"))
    empty = await site(home=page())

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "placewatch", "feeds", "discover", *arguments],
            cwd=tmp_path,
            env={
                "PATH": "/usr/bin:/bin",
                "PYTHONPATH": str(repo_root),
                "PLACEWATCH_ALLOW_PRIVATE_NETWORKS": "1",
            },
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    shown = await asyncio.to_thread(run, server.url, "--json", "--add")
    assert shown.returncode == 0, shown.stderr
    feed = json.loads(shown.stdout)
    assert (feed["url"], feed["title"], feed["found"]) == (f"{server.url}/feed", "Daily", "guessed")
    assert [f.title for f in load_feeds(tmp_path / "feeds.opml")] == ["Daily"]
    nothing = await asyncio.to_thread(run, empty.url)
    assert (nothing.returncode, "no feed was found" in nothing.stderr) == (1, True)
