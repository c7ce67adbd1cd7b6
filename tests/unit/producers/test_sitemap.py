"""News sitemaps: what an outlet without a feed says of its news (T63, T64)."""

from __future__ import annotations

import pytest

from placewatch.errors import FeedParseError
from producers.parse import parse
from producers.parsed import ParsedFeed, ParseReason
from producers.sitemap import parse_sitemap


URL = "https://x.example/news-sitemap.xml"


def sitemap(*urls: str) -> bytes:
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" '
        'xmlns:news="http://www.google.com/schemas/sitemap-news/0.9">' + "".join(urls) + "</urlset>"
    ).encode()


def news(number: int, date: str = "2026-03-02T10:00:00+00:00", title: str = "") -> str:
    return (
        f"<url><loc>https://x.example/{number}</loc><news:news><news:publication>"
        "<news:name>X</news:name><news:language>en</news:language></news:publication>"
        f"<news:publication_date>{date}</news:publication_date>"
        f"<news:title>{title or f'Story {number}'}</news:title></news:news></url>"
    )


def read(body: bytes) -> ParsedFeed:
    return parse(body, {}, URL)


def test_t63_a_news_sitemap_gives_address_headline_date_and_language() -> None:
    feed = read(sitemap(news(1, title="Rastan &amp; Hama")))
    (item,) = feed.items
    assert (feed.version, item.language) == ("newssitemap", "en")
    assert (item.link, item.title) == ("https://x.example/1", "Rastan & Hama")
    assert item.published == "2026-03-02T10:00:00+00:00"


def test_t63_pages_that_are_no_news_are_left_out() -> None:
    feed = read(sitemap("<url><loc>https://x.example/about</loc></url>", news(1)))
    assert [item.link for item in feed.items] == ["https://x.example/1"]


def test_t63_a_sitemap_cut_off_in_the_middle_gives_what_is_whole() -> None:
    whole = sitemap(news(1), news(2))
    assert [item.title for item in read(whole[:-150]).items] == ["Story 1"]


def test_t64_at_most_a_thousand_of_the_last_two_days_newest_first() -> None:
    old = [news(n, date="2026-02-27T10:00:00Z") for n in range(5)]
    new = [news(100 + n, date=f"2026-03-02T10:{n % 60:02}:00Z") for n in range(1200)]
    feed = read(sitemap(*old, *new))
    assert (len(feed.items), feed.overflow) == (1000, 205)
    assert feed.items[0].published == "2026-03-02T10:59:00Z"
    assert not {f"https://x.example/{n}" for n in range(5)} & {item.link for item in feed.items}


def test_t64_an_article_without_a_readable_date_is_taken_for_new() -> None:
    assert len(read(sitemap(news(1, date="soon"), news(2))).items) == 2


@pytest.mark.timeout(20)
@pytest.mark.parametrize(
    "doctype",
    [
        "<!DOCTYPE urlset ["
        '<!ENTITY a0 "ha">'
        + "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 9}">' for n in range(1, 10))
        + '<!ENTITY x "&a9;">]>',
        '<!DOCTYPE urlset [<!ENTITY x SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE urlset SYSTEM "http://127.0.0.1:9/x.dtd" [<!ENTITY x "y">]>',
    ],
    ids=["billion laughs", "a file", "an address"],
)
def test_entities_of_a_sitemap_are_neither_expanded_nor_fetched(doctype: str) -> None:
    hostile = sitemap(news(1)).replace(b"<urlset", doctype.encode() + b"<urlset", 1)
    hostile = hostile.replace(b"<news:title>", b"<news:title>&x;", 1)
    assert b"&x;" in hostile
    if b"x.dtd" not in hostile:
        with pytest.raises(FeedParseError) as refused:
            read(hostile)
        assert refused.value.reason == ParseReason.ENTITIES
    # Were it not refused before, its own parser would not follow them either.
    try:
        titles = {item.title for item in parse_sitemap(hostile, URL).items}
    except FeedParseError:
        titles = set()
    assert titles <= {"", "Story 1"}


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (sitemap("<url><loc>https://x.example/about</loc></url>"), "without news"),
        (b'<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"/>', "index"),
        (sitemap(), "without news"),
    ],
)
def test_t63_other_sitemaps_say_what_is_missing(body: bytes, words: str) -> None:
    with pytest.raises(FeedParseError, match=words) as caught:
        read(body)
    assert caught.value.reason == ParseReason.NOT_A_FEED
