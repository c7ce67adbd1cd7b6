"""What documents say: broken markup, encodings, formats and limits (table 2.6, T51, T52, T54 to T61)."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from placewatch.errors import FeedParseError
from producers.html_text import html_to_text
from producers.parse import MAX_ITEMS, MAX_TITLE_CHARS, parse
from producers.parsed import ParsedFeed, ParseReason


URL = "https://x.example/feed.xml"


def read(body: bytes | str, **headers: str) -> ParsedFeed:
    raw = body.encode() if isinstance(body, str) else body
    return parse(raw, {k.replace("_", "-"): v for k, v in headers.items()}, URL)


def channel(inner: str, prolog: str = '<?xml version="1.0" encoding="utf-8"?>') -> str:
    return f'{prolog}<rss version="2.0"><channel><title>T</title>{inner}</channel></rss>'


def one(inner: str, **kwargs: str) -> str:
    return channel(f"<item><guid>g</guid>{inner}</item>", **kwargs)


def test_an_rss_item_is_read_whole(rss, story) -> None:
    feed = read(rss(story(1, author="jo@x.example (Jo)")))
    (item,) = feed.items
    assert feed.version == "rss20"
    assert (item.guid, item.link) == ("guid-1", "https://x.example/story-1")
    assert item.title == "Talbiseh number1 reported"
    assert item.summary == "What happened in story 1."
    assert item.text == ""
    assert item.published == "Mon, 02 Mar 2026 11:00:00 +0000"


def test_an_atom_entry_keeps_published_and_updated_apart() -> None:
    feed = read(
        '<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="en"><title>A</title><entry><id>urn:1</id>'
        '<title type="html">Rebels &amp;amp; army</title><link href="/a"/><author><name>Jo</name></author>'
        "<updated>2026-03-02T10:00:00Z</updated><content type='html'>&lt;p&gt;One.&lt;/p&gt;</content>"
        "</entry></feed>"
    )
    (item,) = feed.items
    assert (item.published, item.updated) == ("", "2026-03-02T10:00:00Z")
    assert (item.title, item.text, item.authors) == ("Rebels & army", "One.", ("Jo",))
    assert item.link == "https://x.example/a"


def test_an_rss_item_without_updated_has_none(rss, story) -> None:
    assert read(rss(story(1))).items[0].updated == ""


def test_a_guid_is_the_link_when_it_may_be() -> None:
    permalink = read(channel("<item><title>t</title><guid>https://x.example/a</guid></item>"))
    assert permalink.items[0].link == "https://x.example/a"
    plain = "<item><title>t</title><guid isPermaLink='false'>https://x.example/a</guid></item>"
    assert read(channel(plain)).items[0].link == ""


@pytest.mark.parametrize(
    ("body", "title"),
    [
        (one("<title>Caf\xe9 \u201cx\u201d</title>").encode("cp1252"), "Café “x”"),
        (
            one(
                "<title>Café</title>", prolog='<?xml version="1.0" encoding="iso-8859-1"?>'
            ).encode(),
            "Café",
        ),
        (one("<title>A&nbsp;B</title>"), "A B"),
        (one("<title>A & B</title>"), "A & B"),
        ("\n\n" + one("<title>T1</title>"), "T1"),
        (one("<title>T\x0b1</title>"), "T 1"),
        (one("<title>T1</title><foo:bar>x</foo:bar>"), "T1"),
        (
            one("<title>Привет</title>", prolog='<?xml version="1.0" encoding="utf-16"?>').encode(
                "utf-16"
            ),
            "Привет",
        ),
    ],
)
def test_broken_markup_and_encodings_are_read(body: bytes | str, title: str) -> None:
    assert read(body).items[0].title in {title, title.replace(" ", "")}


def test_the_encoding_of_the_http_header_counts() -> None:
    body = one("<title>Привет</title>", prolog="").encode("windows-1251")
    feed = read(body, content_type="application/xml; charset=windows-1251")
    assert feed.items[0].title == "Привет"


def test_a_bare_ampersand_in_a_link_keeps_the_link() -> None:
    feed = read(one("<title>t</title><link>https://x.example/?a=1&b=2</link>"))
    assert feed.items[0].link == "https://x.example/?a=1&b=2"
    assert feed.bozo


def test_a_truncated_file_gives_its_items_without_a_ghost(rss, story) -> None:
    whole = rss(story(1), story(2))
    feed = read(whole[: whole.index(b"<title>Hama")] + b"<gu")
    assert [item.guid for item in feed.items] == ["guid-1"]
    assert feed.ghosts == 1


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", ParseReason.EMPTY),
        (b"  \n", ParseReason.EMPTY),
        (b"<html><body><h1>Sorry</h1></body></html>", ParseReason.NOT_A_FEED),
        (b"just words", ParseReason.NOT_A_FEED),
        (b"\x89PNG\r\n\x1a\n\0\0\0", ParseReason.NOT_A_FEED),
        (b'{"a": 1}', ParseReason.NOT_A_FEED),
        (b"{not json", ParseReason.NOT_A_FEED),
        (b'<rss version="2.0"><channel><item><gu', ParseReason.NOT_A_FEED),
    ],
)
def test_what_is_no_feed_says_why(body: bytes, reason: ParseReason) -> None:
    with pytest.raises(FeedParseError) as caught:
        read(body)
    assert caught.value.reason == reason
    assert URL in str(caught.value)


def test_a_guid_does_not_depend_on_where_the_feed_was_fetched(rss, story) -> None:
    row = story(1)
    del row["link"]
    feeds = [parse(rss(row), {}, f"https://{host}.example/feed") for host in ("a", "b")]
    assert [feed.items[0].guid for feed in feeds] == ["guid-1", "guid-1"]


def test_a_path_for_a_permalink_is_resolved() -> None:
    feed = read(channel("<item><title>t</title><guid>/news/1</guid></item>"))
    assert feed.items[0].link == "https://x.example/news/1"


@pytest.mark.parametrize("content_type", ["", "text/xml", "text/html", "application/octet-stream"])
def test_how_a_feed_is_labelled_does_not_matter(rss, story, content_type: str) -> None:
    assert len(read(rss(story(1)), content_type=content_type).items) == 1


def test_an_empty_feed_is_a_feed() -> None:
    assert read(channel("")).items == ()


@pytest.mark.parametrize("inner", ["<title>&#1114112;</title>", "<title>&#55296;</title>"])
def test_impossible_characters_end_in_our_error_or_an_item(inner: str) -> None:
    try:
        feed = read(one(inner))
    except FeedParseError as error:
        assert error.reason == ParseReason.PARSER_RAISED  # noqa: PT017  # either end is right
    else:
        assert len(feed.items) <= 1


@pytest.mark.parametrize(
    "doctype",
    [
        r'<!DOCTYPE rss [<!ENTITY path "C:\data">]>',
        '<!DOCTYPE rss [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>',
        '<!DOCTYPE rss [<!ENTITY x SYSTEM "file:///etc/hostname">]>',
    ],
)
def test_entities_of_its_own_are_refused(doctype: str) -> None:
    for encoding in ("utf-8", "utf-16"):
        with pytest.raises(FeedParseError) as caught:
            read((doctype + one("<title>&b;</title>")).encode(encoding))
        assert caught.value.reason == ParseReason.ENTITIES


def test_a_document_type_without_entities_is_fine() -> None:
    doctype = '<!DOCTYPE rss PUBLIC "-//Netscape//DTD RSS 0.91//EN" "http://x.example/rss.dtd">'
    assert read(doctype + one("<title>t</title>")).items[0].title == "t"


def test_items_beyond_the_limit_are_counted_and_the_newest_kept(rss) -> None:
    rows = [
        {
            "title": f"t{n}",
            "guid": str(n),
            "pubDate": f"Mon, 02 Mar 2026 {n // 600 % 24:02}:{n // 10 % 60:02}:00 GMT",
        }
        for n in range(MAX_ITEMS + 5)
    ]
    feed = read(rss(*rows))
    assert (len(feed.items), feed.overflow) == (MAX_ITEMS, 5)
    assert feed.items[-1].guid == str(MAX_ITEMS + 4)
    newest_first = read(rss(*reversed(rows)))
    assert {i.guid for i in newest_first.items} == {i.guid for i in feed.items}


def test_long_fields_are_cut_and_long_links_dropped(rss, story) -> None:
    link = "https://x.example/" + "a" * 2100
    (item,) = read(rss(story(1, title="t" * 5000, link=link, description="d" * 300_000))).items
    assert len(item.title) == MAX_TITLE_CHARS
    assert len(item.summary) == 200_000
    assert item.link == ""


def test_a_json_feed_is_read() -> None:
    body = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": "J",
        "language": "en",
        "authors": [{"name": "Desk"}],
        "items": [
            {"id": 7, "url": "/a", "title": "T &amp; U", "content_html": "<p>One.</p><p>Two.</p>"},
            {"id": "8", "content_text": "plain", "date_published": "2026-03-02T10:00:00Z"},
            {"id": "ghost"},
            "rubbish",
        ],
    }
    feed = read(b"\xef\xbb\xbf" + json.dumps(body).encode(), content_type="application/feed+json")
    first, second = feed.items
    assert (feed.version, feed.title, feed.language) == ("json11", "J", "en")
    assert (first.guid, first.link, first.title) == ("7", "https://x.example/a", "T & U")
    assert (first.text, first.authors) == ("One.\nTwo.", ("Desk",))
    assert (second.text, second.published) == ("plain", "2026-03-02T10:00:00Z")
    assert feed.ghosts == 1


def test_a_deeply_nested_json_document_is_no_feed() -> None:
    with pytest.raises(FeedParseError):
        read(b'{"a":' * 100_000)


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("plain  text\n", "plain text"),
        ("<p>One.</p><p>Two &amp; three.</p>", "One.\nTwo & three."),
        ("a<br>b<br/>c", "a\nb\nc"),
        ("<script>x()</script>kept<style>p{}</style>", "kept"),
        ("<p>a<!-- hidden -->b</p>", "ab"),
        ("5 < 6 and 7 > 3", "5 < 6 and 7 > 3"),
        ("<ul><li>one</li><li>two</li></ul>", "one\ntwo"),
        ("<b>bo</b>ld", "bold"),
        ("&lt;b&gt;", "<b>"),
        ("<!-- only -->", ""),
        ("", ""),
    ],
)
def test_html_becomes_the_text_a_reader_sees(source: str, text: str) -> None:
    assert html_to_text(source) == text


@given(st.text(alphabet="<>/&;!-ab p\x00\ud800é\n\"'=#1", max_size=80))
def test_any_html_gives_printable_text(source: str) -> None:
    text = html_to_text(source)
    assert all(c.isprintable() or c == "\n" for c in text)


@given(st.binary(max_size=200).map(lambda noise: b'<rss version="2.0"><channel>' + noise))
def test_any_bytes_give_a_feed_or_our_error(body: bytes) -> None:
    try:
        feed = read(body)
    except FeedParseError as error:
        assert error.reason in set(ParseReason)  # noqa: PT017  # either end is right
    else:
        assert feed.version
