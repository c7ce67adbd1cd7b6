"""Articles' pages: asked for when worth it, as sites allow, and labelled for what they are (T104 to T108)."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from placewatch.records import Article, WatchedPlace
from placewatch.vocabulary import TextQuality
from producers.fetch import ACCEPT_PAGES
from producers.full_text import FullTexts, PageOutcome, _Cache, wants_page
from producers.hosts import Hosts, Manners
from producers.named_places import FollowedNames, Names
from producers.opml import Feed, FullText, load_feeds, make_feed, to_opml
from producers.page_pool import PagePool
from producers.page_text import page_text
from producers.robots import robots_of, robots_url
from producers.text_quality import feed_quality


STORY = [
    f"Government troops drove into the market town at noon on day {n}, residents said by telephone, "
    "and shops along the main road stayed closed until the evening."
    for n in range(8)
]


def page(
    paragraphs: list[str] = STORY, ld: object = None, head: str = "", title: str = "Town"
) -> bytes:
    script = f'<script type="application/ld+json">{json.dumps(ld)}</script>' if ld else ""
    text = "".join(f"<p>{p}</p>" for p in paragraphs)
    return (
        f"<html><head><title>{title}</title>{script}{head}</head><body><nav><a href='/'>Home</a></nav>"
        f"<article><h1>{title}</h1>{text}</article><footer>Imprint</footer></body></html>"
    ).encode()


@pytest.fixture
def article(now) -> Callable[..., Article]:
    def make(url: str = "https://x.example/a", **changed: Any) -> Article:
        fields = {
            "article_id": "a1",
            "source_id": "x",
            "url": url,
            "title": "Troops enter Rastan",
            "summary": "Short.",
            "published_at": now,
            "fetched_at": now,
        }
        return Article(**(fields | changed))

    return make


# --- when a page is worth a request


@pytest.mark.parametrize(
    ("changed", "asked", "mode", "expected"),
    [
        ({}, FullText.USUAL, "watched", True),
        ({"title": "Cup final"}, FullText.USUAL, "watched", False),
        ({"title": "Cup final"}, FullText.USUAL, "all", True),
        ({"title": "Cup final"}, FullText.ALWAYS, "off", True),
        ({}, FullText.USUAL, "off", False),
        ({}, FullText.NEVER, "all", False),
        ({"is_backfill": True}, FullText.ALWAYS, "all", False),
        ({"url": ""}, FullText.ALWAYS, "all", False),
        ({"url": "ftp://x.example/a"}, FullText.ALWAYS, "all", False),
        ({"text": "w " * 400, "text_quality": TextQuality.FULL}, FullText.ALWAYS, "all", False),
        (
            {"text": "w " * 400, "text_quality": TextQuality.PARTIAL},
            FullText.USUAL,
            "watched",
            True,
        ),
    ],
)
def test_t106_a_page_is_fetched_only_when_it_is_worth_it(
    article, changed: dict[str, Any], asked: FullText, mode: Any, expected: bool
) -> None:
    names = Names([WatchedPlace(place_id="rastan-syria", place="Rastan, Syria", name="Rastan")])
    assert wants_page(article(**changed), asked, mode, names.named_in) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Troops enter Ar-Rastan", True),
        ("RASTÁN falls", True),
        ("Rastanese cooking", False),
        ("قوات تدخل الرستن", True),
        ("", False),
    ],
)
def test_names_are_whole_words_whatever_their_case_and_marks(text: str, expected: bool) -> None:
    place = WatchedPlace(
        place_id="rastan-syria", place="Rastan, Syria", name="Rastan", aliases=("الرستن",)
    )
    assert Names([place]).named_in(text) is expected
    assert not Names([]).named_in(text)


def test_a_watchlist_is_followed_and_a_broken_one_names_nothing(tmp_path) -> None:
    path = tmp_path / "watchlist.yaml"
    names = FollowedNames(path, tmp_path / "cache")
    assert not names.named_in("Rastan")
    path.write_text("places: [{place: 'Rastan, Syria'}]")
    assert names.named_in("Rastan")
    path.write_text("places: [")
    assert not names.named_in("Rastan")


def test_a_feed_says_in_its_outline_whether_pages_are_fetched(tmp_path) -> None:
    from dataclasses import replace  # noqa: PLC0415

    feed = replace(make_feed("https://x.example/rss"), full_text=FullText.ALWAYS)
    (tmp_path / "feeds.opml").write_bytes(to_opml([feed]))
    assert load_feeds(tmp_path / "feeds.opml")[0].full_text is FullText.ALWAYS


# --- robots.txt


@pytest.mark.parametrize(
    ("status", "body", "allowed"),
    [
        (200, b"User-agent: *\nDisallow: /a", False),
        (200, b"User-agent: *\nDisallow: /b", True),
        (200, b"User-agent: *\nDisallow: /\nUser-agent: placewatch\nAllow: /", True),
        (200, b"User-agent: placewatch\nDisallow: /", False),
        (200, b"", True),
        (200, b"\xff\xfe<html>not rules</html>", True),
        (404, b"User-agent: *\nDisallow: /", True),
        (403, b"", True),
        (500, b"", False),
        (503, b"User-agent: *\nAllow: /", False),
        (0, b"", False),
    ],
)
def test_t104_robots_as_rfc_9309_has_it(status: int, body: bytes, allowed: bool) -> None:
    assert robots_of(status, body).allows("https://x.example/a") is allowed


def test_t105_the_crawl_delay_and_the_place_of_the_rules() -> None:
    assert robots_of(200, b"User-agent: *\nCrawl-delay: 7").crawl_delay_s == 7
    assert robots_of(404, b"").crawl_delay_s == 0
    assert robots_url("https://x.example:8443/a/b?c#d") == "https://x.example:8443/robots.txt"


@pytest.mark.parametrize("asked", ["1e9", "99999999999999999999", "3601"])
def test_t105_a_crawl_delay_beyond_reason_does_not_silence_a_domains_feeds(now, asked: str) -> None:
    delay_s = robots_of(200, f"User-agent: *\nCrawl-delay: {asked}".encode()).crawl_delay_s
    hosts = Hosts(Manners(connections=1, pause=timedelta(seconds=5)))
    hosts.reserve("https://www.x.example/a", now, pause=timedelta(seconds=delay_s))
    wait = hosts.ready_at("https://feeds.x.example/rss", now) - now
    assert timedelta(minutes=5) < wait <= timedelta(minutes=10)


def test_what_is_kept_of_pages_is_limited_together_and_by_age(now) -> None:
    kept: _Cache[str] = _Cache(10_200)
    for n in range(4):
        kept.keep(f"k{n}", f"v{n}", at=now, size=2000)
    old = now - timedelta(hours=1)
    assert [kept.get(f"k{n}", since=old) for n in range(4)] == [None, "v1", "v2", "v3"]
    kept.keep("k1", "again", at=now, size=0)
    kept.keep("k4", "v4", at=now, size=2000)
    assert [kept.get(f"k{n}", since=old) for n in range(1, 5)] == ["again", "v2", "v3", "v4"]
    assert kept.get("k4", since=now) is None
    kept.keep("huge", "v", at=now, size=20_000)
    assert kept.get("huge", since=old) is None
    assert kept.get("k4", since=old) == "v4"


def test_t105_pages_keep_the_distance_of_polls_and_of_the_crawl_delay(now) -> None:
    hosts = Hosts(Manners(connections=1, pause=timedelta(seconds=5)))
    hosts.start("https://feeds.x.example/rss", now)
    first = hosts.reserve("https://www.x.example/a", now, pause=timedelta())
    second = hosts.reserve("https://www.x.example/b", now, pause=timedelta(seconds=12))
    third = hosts.reserve("https://www.x.example/c", now, pause=timedelta())
    assert [(at - now).total_seconds() for at in (first, second, third)] == [5, 10, 22]
    assert hosts.ready_at("https://x.example/rss", now) > now
    assert hosts.reserve("http://127.0.0.1/a", now, pause=timedelta(seconds=9)) == now


# --- what is in a page


def test_t107_the_text_of_an_article_without_what_is_around_it() -> None:
    found = page_text(page(), "https://x.example/a")
    assert (found.quality, found.is_paywalled) == (TextQuality.FULL, None)
    assert "residents said by telephone" in found.text
    assert "Imprint" not in found.text


@pytest.mark.parametrize(
    "body",
    [
        page(["One line."]),
        page(["We and our partners use cookies and personal data for advertising. " * 9]),
        b"",
        b"\0\1\2",
        b"<html></html>",
    ],
)
def test_t107_what_is_no_article_leaves_the_summary(body: bytes) -> None:
    found = page_text(body, "https://x.example/a")
    assert (found.text, found.quality) == ("", TextQuality.SUMMARY)


@pytest.mark.parametrize(
    ("text", "quality"),
    [
        ("", TextQuality.SUMMARY),
        ("Short.", TextQuality.SUMMARY),
        (" ".join(STORY), TextQuality.FULL),
        (" ".join(STORY) + " […]", TextQuality.PARTIAL),
        (" ".join(STORY) + " Continue reading…", TextQuality.PARTIAL),
        (" ".join(STORY) + " [+2312 chars]", TextQuality.PARTIAL),
    ],
)
def test_t107_the_text_of_a_feed_is_all_a_part_or_a_summary(
    text: str, quality: TextQuality
) -> None:
    assert feed_quality(text) is quality


@pytest.mark.parametrize(
    ("ld", "paid"),
    [
        ({"@type": "NewsArticle", "isAccessibleForFree": False}, True),
        ({"@type": "NewsArticle", "isAccessibleForFree": "False"}, True),
        ({"@graph": [{"hasPart": [{"isAccessibleForFree": "http://schema.org/False"}]}]}, True),
        ([{"isAccessibleForFree": True}], False),
        ({"@type": "NewsArticle"}, None),
    ],
)
def test_t108_a_page_that_costs_money_is_labelled(ld: object, paid: bool | None) -> None:
    found = page_text(page(ld=ld), "https://x.example/a")
    assert found.is_paywalled is paid
    assert found.quality is (TextQuality.PARTIAL if paid else TextQuality.FULL)


def test_t108_broken_labels_are_none() -> None:
    head = '<script type="application/ld+json">{"isAccessibleForFree": fal</script>'
    assert page_text(page(head=head), "https://x.example/a").is_paywalled is None
    meta = '<meta itemprop="isAccessibleForFree" content="false">'
    assert page_text(page(head=meta), "https://x.example/a").is_paywalled is True


@pytest.mark.parametrize(
    ("head", "canonical"),
    [
        ('<link rel="canonical" href="/2026/a?utm_source=x">', "https://www.x.example/2026/a"),
        ('<meta property="og:url" content="https://x.example/a">', "https://x.example/a"),
        ('<link rel="canonical" href="https://other.example/a">', "https://www.x.example/r?id=1"),
        ('<link rel="canonical" href="https://www.x.example/">', "https://www.x.example/r?id=1"),
        ('<link rel="canonical" href="http://[">', "https://www.x.example/r?id=1"),
        ("", "https://www.x.example/r?id=1"),
    ],
)
def test_t93_a_page_names_its_own_address_on_its_own_domain_only(head: str, canonical: str) -> None:
    found = page_text(page(head=head), "https://www.x.example/r?id=1&utm_medium=rss")
    assert found.canonical_url == canonical


# --- the whole way, over loopback


class FakeNames:
    """A watchlist that every text is about."""

    def named_in(self, text: str) -> bool:
        return True


@pytest.fixture
async def full_texts(fetcher, clock):
    async with (
        # Every body goes by the disk here, as pages of some size do.
        fetcher(timeout_s=3.0, accept=ACCEPT_PAGES, held_bytes=10) as pages,
        PagePool(deadline_s=30.0) as pool,
    ):

        def make(**changed: Any) -> FullTexts:
            fields = {
                "fetcher": pages,
                "pages": pool,
                "hosts": Hosts(Manners(connections=1, pause=timedelta(seconds=5))),
                "names": FakeNames(),
                "mode": "watched",
                "budget_s": 60.0,
                "now": clock,
            }
            return FullTexts(**(fields | changed))

        yield make


@pytest.fixture
async def site(serve, respond):
    async def start(**pages: Any):
        def handle(request, writer) -> None:
            answer = pages.get(request.path.strip("/").replace(".", "_"))
            if answer is None:
                respond(writer, "404 Not Found")
            elif isinstance(answer, str):
                respond(writer, "302 Found", Location=answer)
            else:
                respond(writer, body=answer)

        return await serve(handle)

    return start


async def test_t106_an_article_gets_its_pages_text_and_the_page_is_asked_for_once(
    site, full_texts, article, feed: Feed, clock
) -> None:
    server = await site(a=page())
    texts = full_texts()
    (first,) = await texts.enrich(feed, [article(f"{server.url}/a")])
    (again,) = await texts.enrich(feed, [article(f"{server.url}/a?utm_source=rss")])
    assert (first.text_quality, first.is_paywalled) == (TextQuality.FULL, None)
    assert first.text == again.text != ""
    assert [r.path for r in server.requests] == ["/robots.txt", "/a"]
    assert "text/html" in server.requests[1].headers["accept"]
    edited = article(f"{server.url}/a", revision=1)
    await texts.enrich(feed, [edited])
    assert [r.path for r in server.requests][2:] == ["/a"]
    clock.forward(hours=25)
    await texts.enrich(feed, [article(f"{server.url}/a")])
    assert [r.path for r in server.requests][3:] == ["/robots.txt", "/a"]


async def test_t104_a_page_that_programs_may_not_read_is_not_read(
    site, full_texts, article, feed: Feed
) -> None:
    server = await site(a=page(), robots_txt=b"User-agent: *\nDisallow: /a")
    other = await site(b=f"{server.url}/a")
    before = [article(f"{server.url}/a"), article(f"{other.url}/b", article_id="a2")]
    texts = full_texts()
    assert await texts.enrich(feed, before) == tuple(before)
    assert "/a" not in [r.path for r in server.requests if r.path != "/robots.txt"][1:]
    loop_time = asyncio.get_running_loop().time() + 60
    assert (await texts._page(before[0], loop_time))[0] is PageOutcome.DISALLOWED


async def test_t93_a_redirect_unwraps_the_address_of_an_article(
    site, full_texts, article, feed: Feed
) -> None:
    server = await site(a=page())
    wrapper = await site(go=f"{server.url}/a")
    (after,) = await full_texts().enrich(feed, [article(f"{wrapper.url}/go")])
    assert after.canonical_url == f"{server.url}/a"
    assert after.url == f"{wrapper.url}/go"


async def test_t106_a_slow_site_holds_no_article_back(serve, full_texts, article, feed) -> None:
    async def never(request, writer) -> None:
        await asyncio.sleep(30)

    server = await serve(never)
    begun = asyncio.get_running_loop().time()
    before = [article(f"{server.url}/{n}", article_id=f"a{n}") for n in range(5)]
    assert await full_texts(budget_s=0.5).enrich(feed, before) == tuple(before)
    assert asyncio.get_running_loop().time() - begun < 2


async def test_t106_a_hostile_page_ends_by_the_deadline(
    fetcher, site, clock, article, feed
) -> None:
    deep = b"<div>" * 300_000 + b"x"
    server = await site(a=deep)
    async with fetcher(timeout_s=3.0) as pages, PagePool(deadline_s=20.0) as pool:
        texts = FullTexts(
            pages, pool, Hosts(Manners(1, timedelta())), FakeNames(), "all", 30, clock
        )
        (after,) = await texts.enrich(feed, [article(f"{server.url}/a")])
        assert after.text == ""
        assert (await pool.extract(page(), "https://x.example/a")).quality is TextQuality.FULL


async def test_t108_a_paid_page_is_labelled_on_the_article(
    site, full_texts, article, feed: Feed
) -> None:
    server = await site(
        a=page(ld={"isAccessibleForFree": False}),
        b=page(["Subscribe."], ld={"isAccessibleForFree": False}),
    )
    texts = full_texts()
    (some, none) = await texts.enrich(
        feed, [article(f"{server.url}/a"), article(f"{server.url}/b", article_id="a2")]
    )
    assert (some.is_paywalled, some.text_quality) == (True, TextQuality.PARTIAL)
    assert (none.is_paywalled, none.text) == (True, "")


async def test_t106_what_the_poller_publishes_has_the_pages_text(
    site, rss, story, make_poller, producer, full_texts, now
) -> None:
    server = await site(a=page())
    feed_site = await site(feed=rss(story(1, link=f"{server.url}/a")))
    feed = make_feed(f"{feed_site.url}/feed", source_id="x")
    await make_poller(feed, full_texts=full_texts()).poll(feed)
    (published,) = [Article.from_json(raw) for raw in producer.values("placewatch.articles.v1")]
    assert "residents said by telephone" in published.text
    assert published.summary == "What happened in story 1."
