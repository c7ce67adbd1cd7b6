"""Whatever a feed sends: parsing, dates, addresses and texts give a result within its limits or our own error.

Feeds of our own are broken as networks, careless software and attackers break them: bytes lost, doubled, swapped,
tokens of markup put anywhere. `make fuzz` runs a minute of it, the test suite a short part.
"""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from placewatch.errors import FeedParseError
from producers.changes import find_changes
from producers.dates import date_item, parse_moment
from producers.html_text import html_to_text
from producers.identity import keys_of
from producers.opml import make_feed
from producers.parse import MAX_AUTHORS, MAX_ITEMS, MAX_TEXT_CHARS, MAX_TITLE_CHARS, parse
from producers.parsed import ParsedFeed, ParsedItem, ParseReason
from producers.robots import robots_of
from producers.urls import MAX_URL_CHARS, canonical_url, registrable_host


EXAMPLES = int(os.environ.get("PLACEWATCH_FUZZ_EXAMPLES", "100"))
fuzz = settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
URL = "https://x.example/feed.xml"
FETCHED = datetime(2026, 3, 5, 12, tzinfo=UTC)
ITEM = (
    "<item><title>Troops &amp; tanks enter Rastan</title><link>https://x.example/a?b=1&amp;c=2</link>"
    "<guid isPermaLink='false'>g1</guid><pubDate>Mon, 02 Mar 2026 10:00:00 CET</pubDate>"
    "<description><![CDATA[<p>One.</p><img src=x onerror=y>]]></description>"
    "<dc:creator>Desk</dc:creator><content:encoded>&lt;p&gt;Two.&lt;/p&gt;</content:encoded></item>"
)
SEEDS = (
    (
        '<?xml version="1.0" encoding="utf-8"?><rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/" '
        'xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel><title>F</title><ttl>60</ttl>'
        f"<skipHours><hour>3</hour></skipHours>{ITEM}{ITEM}</channel></rss>"
    ),
    (
        '<feed xmlns="http://www.w3.org/2005/Atom" xml:base="https://x.example/"><title type="html">F</title>'
        '<entry><id>tag:x,2026:1</id><title type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml">T</div></title>'
        '<link rel="alternate" href="/a"/><published>2026-03-02T10:00:00Z</published>'
        '<updated>2026-03-02T11:00:00.5+01:00</updated><summary type="text">S</summary>'
        '<content type="application/octet-stream">QUJD</content></entry></feed>'
    ),
    (
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/">'
        '<channel rdf:about="c"><title>F</title></channel><item rdf:about="https://x.example/1"><title>T</title>'
        "<link>https://x.example/1</link></item></rdf:RDF>"
    ),
    '<!DOCTYPE rss [<!ENTITY site "X">]><rss version="0.92"><channel><item><title>&site;</title></item></channel></rss>',
    (
        '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:n="http://www.google.com/schemas/sitemap-news/0.9">'
        "<url><loc>https://x.example/1</loc><n:news><n:title>T</n:title><n:publication_date>2026-03-02</n:publication_date>"
        "</n:news></url></urlset>"
    ),
    json.dumps(
        {
            "version": "https://jsonfeed.org/version/1.1",
            "authors": [{"name": "Desk"}],
            "items": [{"id": 1, "url": "/a", "title": "T", "content_html": "<p>1"}],
        }
    ),
)
TOKENS = st.sampled_from(
    [
        *[
            b"<",
            b">",
            b"&",
            b"&#",
            b";",
            b'"',
            b"'",
            b"]]>",
            b"<![CDATA[",
            b"<!--",
            b"-->",
            b"<?xml ",
        ],
        *[
            b"</item>",
            b"<item>",
            b"<entry>",
            b"</channel>",
            b"&#55296;",
            b"&#1114112;",
            b"&#x0;",
            b"&nbsp;",
        ],
        *[
            b'<!ENTITY a "b">',
            b"<!DOCTYPE a [",
            b"]>",
            b"\0",
            b"\xff\xfe",
            b"\xef\xbb\xbf",
            b"\xc3",
            b"\xf0\x9f",
        ],
        *[
            b'encoding="utf-16"',
            b'xml:base="javascript:"',
            b'mode="base64"',
            b'type="xhtml"',
            b"{",
            b"[",
            b"1e999",
            b"\\ud800",
            b"\\u0000\\u001b",
        ],
        *[
            b"http://[",
            b"://",
            b"%00",
            b"..",
            b"24:00:00",
            b"9999-12-31",
            b"+99:99",
            b"\r\n\r\n",
            b"\x1b[2J",
        ],
    ]
)


@st.composite
def broken(draw: st.DrawFn) -> bytes:
    """Return a feed that something has happened to."""
    body = draw(st.sampled_from(SEEDS)).encode(
        draw(st.sampled_from(["utf-8", "utf-8", "utf-8", "utf-16", "utf-16-le", "utf-32"]))
    )
    for _ in range(draw(st.integers(0, 8))):
        start = draw(st.integers(0, len(body)))
        end = min(len(body), start + draw(st.integers(0, 60)))
        kind = draw(st.integers(0, 4))
        if kind == 0:
            body = body[:start] + body[end:]
        elif kind == 1:
            body = body[:end] + body[start:end] * draw(st.integers(1, 4)) + body[end:]
        elif kind == 2:  # the kinds are counted
            body = body[:start] + draw(TOKENS) + body[start:]
        elif kind == 3:
            body = body[:start] + draw(st.binary(max_size=8)) + body[end:]
        else:
            body = body[: max(start, 1)]
    return body


CONTENT_TYPES = st.sampled_from(
    ["", "text/xml", "application/rss+xml; charset=latin-1", "text/html; charset=nonsense", ";;="]
)


@fuzz
@given(broken(), CONTENT_TYPES)
def test_parse(body: bytes, content_type: str) -> None:
    try:
        feed = parse(body, {"content-type": content_type}, URL)
    except FeedParseError as error:
        assert error.reason in set(ParseReason)  # noqa: PT017  # either end is right
        return
    assert ParsedFeed.model_validate_json(feed.model_dump_json(ensure_ascii=True)) == feed
    assert len(feed.items) <= MAX_ITEMS
    for item in feed.items:
        assert item != ParsedItem()
        assert len(item.title) <= MAX_TITLE_CHARS
        assert max(len(item.text), len(item.summary)) <= MAX_TEXT_CHARS
        assert max(len(item.guid), len(item.link)) <= MAX_URL_CHARS
        assert len(item.authors) <= MAX_AUTHORS
        told = item.title + item.summary + item.text
        assert all(char.isprintable() or char == "\n" for char in told)
    _becomes_articles(feed)


def _becomes_articles(feed: ParsedFeed) -> None:
    """Whatever was parsed can be published: every item is an article or dropped for a reason."""
    source = make_feed(URL)
    keys = keys_of(feed.items, source_id=source.source_id, feed_url=source.url)
    changes = find_changes(source, feed, keys, {}, fetched_at=FETCHED, is_backfilling=True)
    assert sum(changes.counts.values()) == len(feed.items)
    for article in changes.articles:
        article.to_json().decode("utf-8")
        assert article.published_at <= FETCHED + timedelta(hours=24)


PIECES = st.sampled_from(
    [
        *[
            "Mon,",
            "Monday",
            "02",
            "2",
            "Mar",
            "марта",
            "März",
            "2026",
            "26",
            "0001",
            "9999",
            "10:00:00",
            "24:00:00",
        ],
        *[
            "10:00",
            "23:59:60",
            "GMT",
            "CET",
            "IST",
            "+0300",
            "-99:99",
            "+5",
            "Z",
            "T",
            "2026-03-02",
            "03/02/2026",
        ],
        *[
            "1772445600",
            "1772445600000",
            "(CET)",
            ",",
            ".",
            "-",
            "/",
            ":",
            " ",
            "\u0662",
            "yesterday",
            "de",
        ],
    ]
)
RAW = st.one_of(
    st.text(max_size=90),
    st.lists(PIECES, max_size=9).map(" ".join),
    st.lists(PIECES, max_size=9).map("".join),
)


@fuzz
@given(RAW, RAW)
def test_dates(published: str, updated: str) -> None:
    dating = date_item(published, updated, FETCHED)
    assert datetime(1990, 1, 1, tzinfo=UTC) <= dating.published_at <= FETCHED + timedelta(hours=24)
    moment = parse_moment(published, FETCHED)
    if moment is not None:
        again = parse_moment(moment.at.isoformat(), FETCHED)
        assert again is not None
        assert again.at == moment.at.replace(microsecond=0)


PARTS = st.sampled_from(
    [
        *[
            "http://",
            "HTTPS://",
            "//",
            "/",
            "..",
            ".",
            "%2e",
            "%2F",
            "%",
            "?",
            "&",
            "=",
            "#",
            "#!",
            ";sid=1",
            ":443",
        ],
        *[
            "x.example",
            "X.Example.",
            "bücher.example",
            "[::1]",
            "127.1",
            "a@b",
            "utm_source=1",
            "id=1",
            "ref=x",
            "é",
        ],
    ]
)
ADDRESS = st.one_of(
    st.text(max_size=80),
    st.lists(PARTS, max_size=10).map("".join),
    st.lists(PARTS, max_size=10).map(lambda parts: "https://x.example/" + "".join(parts)),
)


@fuzz
@given(ADDRESS)
def test_urls(url: str) -> None:
    once = canonical_url(url)
    assert canonical_url(once) == once
    assert once == "" or once.startswith(("http://", "https://"))
    assert once.isascii()
    assert len(once) <= MAX_URL_CHARS
    assert "@" not in once.partition("://")[2].partition("/")[0]
    registrable_host(url)


@fuzz
@given(st.one_of(st.text(max_size=200), broken().map(lambda body: body.decode("utf-8", "replace"))))
def test_texts(source: str) -> None:
    text = html_to_text(source)
    assert all(char.isprintable() or char == "\n" for char in text)
    assert "\n\n" not in text


@fuzz
@given(
    st.one_of(
        st.binary(max_size=200),
        st.lists(
            st.sampled_from(
                [b"User-agent: *", b"Disallow:", b" /a", b"\n", b"Crawl-delay: x", b"*$", b"%"]
            ),
            max_size=12,
        ).map(b"".join),
    )
)
def test_robots(body: bytes) -> None:
    rules = robots_of(200, body)
    assert rules.allows("https://x.example/a") in {True, False}
    assert rules.crawl_delay_s >= 0
