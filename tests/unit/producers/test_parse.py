"""What documents say: broken markup, encodings, formats and limits (table 2.6, T51, T52, T54 to T61)."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from placewatch.errors import FeedParseError
from producers.html_text import html_to_text
from producers.identity import keys_of
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


def test_t69_a_guid_is_the_link_when_it_may_be() -> None:
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
def test_t54_t58_broken_markup_and_encodings_are_read(body: bytes | str, title: str) -> None:
    assert read(body).items[0].title in {title, title.replace(" ", "")}


def test_t59_the_encoding_of_the_http_header_counts() -> None:
    body = one("<title>Привет</title>", prolog="").encode("windows-1251")
    feed = read(body, content_type="application/xml; charset=windows-1251")
    assert feed.items[0].title == "Привет"


def test_t54_a_bare_ampersand_in_a_link_keeps_the_link() -> None:
    feed = read(one("<title>t</title><link>https://x.example/?a=1&b=2</link>"))
    assert feed.items[0].link == "https://x.example/?a=1&b=2"
    assert feed.bozo


def test_t55_a_truncated_file_gives_its_items_without_a_ghost(rss, story) -> None:
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
def test_t56_t57_what_is_no_feed_says_why(body: bytes, reason: ParseReason) -> None:
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


def test_t57_an_empty_feed_with_a_fault_is_one_if_it_is_whole() -> None:
    faulty = channel("").replace("</channel>", "<x:y/></channel>")
    assert read(faulty).bozo
    with pytest.raises(FeedParseError) as caught:
        read(faulty[: faulty.index("</channel>")])
    assert caught.value.reason == ParseReason.NOT_A_FEED


def test_t56_a_web_page_with_elements_called_item_is_no_feed() -> None:
    page = b"<html><body><br><item><title>t</title><link>https://x.example/a</link></item></body>"
    with pytest.raises(FeedParseError) as caught:
        read(page)
    assert caught.value.reason == ParseReason.NOT_A_FEED
    assert "feeds discover" in str(caught.value)


def test_t55_where_feedparser_finds_nothing_a_second_opinion_is_asked(
    rss, story, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*args: object, **kwargs: object) -> None:
        raise ValueError("a fault of its own")

    monkeypatch.setattr("producers.parse.feedparser.parse", fail)
    feed = read(rss(story(1), story(2)))
    assert (feed.version, feed.bozo) == ("recovered", "ValueError")
    assert [item.guid for item in feed.items] == ["guid-1", "guid-2"]
    assert feed.items[0].link == "https://x.example/story-1"
    assert feed.items[0].summary == "What happened in story 1."
    with pytest.raises(FeedParseError) as caught:
        read("<html><body>Sorry</body></html>")
    assert caught.value.reason == ParseReason.PARSER_RAISED


def test_t55_the_second_opinion_reads_atom_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("producers.parse.feedparser.parse", None)
    (item,) = read(
        '<feed xmlns="http://www.w3.org/2005/Atom"><entry><id>i</id><title>T</title>'
        '<link rel="self" href="/self"/><link href="/a"/><author><name>Desk</name></author>'
        "<published>2026-03-02T10:00:00Z</published><updated>2026-03-02T11:00:00Z</updated>"
        '<content type="xhtml"><div><p>One.</p><p>Two.</p></div></content></entry></feed>'
    ).items
    assert (item.guid, item.link, item.title) == ("i", "https://x.example/a", "T")
    assert (item.text, item.authors) == ("One.\nTwo.", ("Desk",))
    assert (item.published, item.updated) == ("2026-03-02T10:00:00Z", "2026-03-02T11:00:00Z")


def test_what_a_feed_calls_plain_text_keeps_its_angle_brackets() -> None:
    feed = read(
        '<feed xmlns="http://www.w3.org/2005/Atom"><entry><id>a</id>'
        '<title type="text">Army &lt;br&gt; town</title></entry>'
        "<entry><id>b</id><title>It&amp;#8217;s held</title></entry></feed>"
    )
    assert [item.title for item in feed.items] == ["Army <br> town", "It\u2019s held"]


def test_an_item_that_only_names_a_page_is_kept_in_a_whole_feed_and_a_ghost_in_a_cut_one() -> None:
    whole = channel(
        "<item><title>t</title></item><item><link>https://x.example/a</link></item><item></item>"
    )
    feed = read(whole)
    assert (len(feed.items), feed.ghosts) == (2, 1)
    cut = read(whole[: whole.index("</link></item>")])
    assert (len(cut.items), cut.ghosts) == (1, 1)


@pytest.mark.parametrize(
    ("inner", "title"),
    [
        ("<title>A&#1114112;B</title>", "A\ufffdB"),
        ("<title>A&#55296;B</title>", "A\ufffdB"),
        ("<title>A&#xD83D;&#xde00;B</title>", "A\U0001f600B"),
        ("<title>&#26085;&#26412;</title>", "日本"),
    ],
)
def test_t51_characters_that_do_not_exist_cost_only_themselves(inner: str, title: str) -> None:
    assert read(one(inner)).items[0].title == title


@pytest.mark.parametrize(
    "doctype",
    [
        '<!DOCTYPE rss [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>',
        '<!DOCTYPE rss [<!ENTITY x SYSTEM "file:///etc/hostname">]>',
        f'<!DOCTYPE rss [<!ENTITY b "{"x" * 55_000}">]>',
        "<!DOCTYPE rss [" + "".join(f'<!ENTITY a{n} "x">' for n in range(99)) + "]>",
        '<!DOCTYPE rss [<!ENTITY % p "x"><!ENTITY b "%p;">]>',
        '<!doctype rss [<!entity b "x">]>',
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_t52_entities_that_could_blow_up_or_name_files_are_refused(
    doctype: str, encoding: str
) -> None:
    with pytest.raises(FeedParseError) as caught:
        read((doctype + one("<title>&b;</title>")).encode(encoding))
    assert caught.value.reason == ParseReason.ENTITIES


def test_t52_a_short_entity_used_very_often_is_refused_too() -> None:
    doctype = f'<!DOCTYPE rss [<!ENTITY b "{"x" * 200}">]>'
    with pytest.raises(FeedParseError) as caught:
        read(doctype + one("<title>" + "&b;" * 10_000 + "</title>"))
    assert caught.value.reason == ParseReason.ENTITIES


@pytest.mark.parametrize(
    ("doctype", "title"),
    [
        (r'<!DOCTYPE rss [<!ENTITY site "C:\data">]>', "C:\\data news"),
        ("<!DOCTYPE rss [\n<!-- ours -->\n<!ENTITY site 'Example'>\n]>", "Example news"),
        (
            '<!DOCTYPE rss [<!ENTITY % lat1 PUBLIC "-//X//Latin 1//EN" "x.ent"> %lat1; '  # noqa: ISC004
            '<!ENTITY site "Caf&#233;">]>',
            "Café news",
        ),
    ],
)
def test_t51_a_name_for_a_few_words_is_put_in_its_place(doctype: str, title: str) -> None:
    assert read(doctype + one("<title>&site; news</title>")).items[0].title == title


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


def test_t61_a_json_feed_is_read() -> None:
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


def test_t61_characters_that_are_none_cost_a_json_feed_only_themselves() -> None:
    cut = "Rastan \\ud83d"  # half of an emoji, as software leaves that cuts texts by UTF-16 units
    fields = ("id", "url", "title", "content_text", "date_published", "language")
    item = ", ".join(f'"{name}": "/{cut}\\u0000\\u001b[2J"' for name in fields)
    author = f'"authors": [{{"name": "{cut}"}}]'
    body = f'{{"version": "https://jsonfeed.org/version/1.1", "items": [{{{item}, {author}}}]}}'
    (found,) = read(body.encode(), content_type="application/feed+json").items
    assert found.text == "/Rastan [2J"
    assert all(
        text.isprintable()
        for text in (found.guid, found.link, found.title, found.published, *found.authors)
    )
    (key,) = keys_of((found,), source_id="s", feed_url="https://x.example/feed")
    assert key is not None


@pytest.mark.parametrize(
    ("told", "language"), [("en_US", "en-us"), ("EN", "en"), ("x" * 5000, None), ("\\u0000", None)]
)
def test_a_json_feeds_language_is_a_tag_or_none(told: str, language: str | None) -> None:
    item = f'{{"id": "1", "title": "T", "language": "{told}"}}'
    body = (
        f'{{"version": "https://jsonfeed.org/version/1", "language": "{told}", "items": [{item}]}}'
    )
    feed = read(body.encode(), content_type="application/feed+json")
    assert (feed.language, feed.items[0].language) == (language, language)


def test_a_json_feed_of_many_thousand_items_keeps_the_newest() -> None:
    items = [
        {"id": n, "title": f"t{n}", "date_published": f"2026-03-{n // 500 + 1:02}T00:00:00Z"}
        for n in range(3 * MAX_ITEMS)
    ]
    body = {"version": "https://jsonfeed.org/version/1.1", "items": items}
    feed = read(json.dumps(body))
    assert [feed.items[0].guid, feed.items[-1].guid] == [str(2 * MAX_ITEMS), str(3 * MAX_ITEMS - 1)]
    assert feed.overflow == 2 * MAX_ITEMS


def test_a_feed_of_many_thousand_items_is_cut_before_it_is_parsed(rss) -> None:
    rows = [{"title": f"t{n}", "guid": str(n)} for n in range(3 * MAX_ITEMS)]
    feed = read(rss(*rows))
    assert (len(feed.items), feed.overflow) == (MAX_ITEMS, 2 * MAX_ITEMS)
    assert [feed.items[0].guid, feed.items[-1].guid] == ["0", str(MAX_ITEMS - 1)]


@pytest.mark.parametrize("link", ["http://[", "//[x", "http://x.example:port/"])
def test_one_impossible_link_costs_no_feed(rss, story, link: str) -> None:
    as_json = {
        "version": "https://jsonfeed.org/version/1.1",
        "items": [{"id": "1", "title": "t", "url": link}, {"id": "2", "title": "u"}],
    }
    assert len(read(json.dumps(as_json)).items) == 2
    assert len(read(rss(story(1, link=link), story(2))).items) == 2


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
        ("<iframe src=a>The town is held", "The town is held"),
        ("<p>a<!-- hidden -->b</p>", "ab"),
        ("5 < 6 and 7 > 3", "5 < 6 and 7 > 3"),
        ("<ul><li>one</li><li>two</li></ul>", "one\ntwo"),
        ("<b>bo</b>ld", "bold"),
        ("&lt;b&gt;", "<b>"),
        ("<!-- only -->", ""),
        ("Ras&shy;tan fell, Ho\u00adms\u200f did not", "Rastan fell, Homs did not"),
        ("Rastan\u200band\x1bHoms", "Rastan and Homs"),
        ("", ""),
    ],
)
def test_html_becomes_the_text_a_reader_sees(source: str, text: str) -> None:
    assert html_to_text(source) == text


@given(st.text(alphabet="<>/&;!-ab p\x00\ud800é\n\"'=#1", max_size=80))
def test_any_html_gives_printable_text(source: str) -> None:
    text = html_to_text(source)
    assert all(c.isprintable() or c == "\n" for c in text)


@settings(
    deadline=None
)  # how long it takes is the machine's; the poller's deadline is tested by itself
@given(st.binary(max_size=200).map(lambda noise: b'<rss version="2.0"><channel>' + noise))
def test_any_bytes_give_a_feed_or_our_error(body: bytes) -> None:
    try:
        feed = read(body)
    except FeedParseError as error:
        assert error.reason in set(ParseReason)  # noqa: PT017  # either end is right
    else:
        assert feed.version
