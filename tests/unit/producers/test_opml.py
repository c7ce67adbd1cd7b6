"""The list of feeds: OPML in and out (T101 to T103)."""

from __future__ import annotations

from pathlib import Path

import pytest

from placewatch.errors import FeedListError
from producers.identity import IdentityBy
from producers.opml import add_feeds, load_feeds, make_feed, remove_feed, to_opml


NESTED = """<?xml version="1.0"?>
<opml version="2.0"><head/><body>
  <!-- kept -->
  <outline text="World">
    <outline text="Middle East">
      <outline type="rss" text="Desk" xmlUrl="https://feeds.example.co.uk/me.xml" source="desk"
               htmlUrl="https://www.example.co.uk/" language="en" identity="link" userAgent="newsdesk/1" other="kept too"/>
    </outline>
    <outline title="By title" xmlUrl="https://www.wire.example/rss"/>
    <outline text="Again" xmlUrl="HTTPS://feeds.example.co.uk:443/me.xml"/>
  </outline>
  <outline xmlUrl="https://top.example/atom" category="/Top"/>
</body></opml>
"""


@pytest.fixture
def nested(tmp_path: Path) -> Path:
    path = tmp_path / "feeds.opml"
    path.write_text(NESTED)
    return path


def test_t102_nested_feeds_are_found_and_duplicates_folded(nested: Path) -> None:
    desk, wire, top = load_feeds(nested)
    assert (desk.title, desk.source_id, desk.language) == ("Desk", "desk", "en")
    assert (desk.category, desk.html_url) == ("Middle East", "https://www.example.co.uk/")
    assert (desk.identity_by, desk.user_agent) == (IdentityBy.LINK, "newsdesk/1")
    assert (wire.title, wire.source_id, wire.category) == ("By title", "wire.example", "World")
    assert (top.title, top.category, top.language) == ("top.example", "/Top", None)


def test_an_address_is_found_however_its_attribute_is_spelt(tmp_path: Path) -> None:
    path = tmp_path / "feeds.opml"
    path.write_text(
        '<opml version="1.0"><body><outline text="A" xmlURL=" https://a.example/f "/>'
        '<outline text="B" xmlurl="https://b.example/f"/></body></opml>'
    )
    assert [feed.url for feed in load_feeds(path)] == ["https://a.example/f", "https://b.example/f"]
    assert remove_feed(path, "https://a.example/f")
    assert [feed.title for feed in load_feeds(path)] == ["B"]


def test_a_feeds_id_depends_on_its_address_alone() -> None:
    assert (
        make_feed("https://a.example/x", title="A").feed_id
        == make_feed("https://a.example/x").feed_id
    )
    assert make_feed("https://a.example/x").feed_id != make_feed("https://a.example/y").feed_id


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("<opml><body>", "not well-formed"),
        ("<rss><channel/></rss>", "is not OPML"),
        ("<opml/>", "is not OPML"),
        ('<opml><body>\n<outline xmlUrl="ftp://x/"/></body></opml>', "line 2"),
        ('<opml><body><outline xmlUrl="http://x/" identity="colour"/></body></opml>', "colour"),
    ],
)
def test_a_wrong_file_is_named_with_what_is_wrong(tmp_path: Path, content: str, words: str) -> None:
    path = tmp_path / "feeds.opml"
    path.write_text(content)
    with pytest.raises(FeedListError, match=words) as caught:
        load_feeds(path)
    assert str(path) in str(caught.value)


def test_a_missing_file_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(FeedListError, match="placewatch feeds add"):
        load_feeds(tmp_path / "none.opml")


def test_entities_are_not_expanded(tmp_path: Path) -> None:
    path = tmp_path / "feeds.opml"
    path.write_text(
        '<!DOCTYPE o [<!ENTITY x SYSTEM "file:///etc/hostname">]>'
        '<opml><body><outline text="a" xmlUrl="http://x.example/">&x;</outline></body></opml>'
    )
    (feed,) = load_feeds(path)
    assert feed.title == "a"


def test_t103_adding_keeps_what_else_is_in_the_file(nested: Path) -> None:
    new = make_feed("https://new.example/rss", title="New & good")
    old = make_feed("https://top.example/atom")
    assert add_feeds(nested, [new, old, new]) == (new,)
    assert [feed.url for feed in load_feeds(nested)][-1] == "https://new.example/rss"
    text = nested.read_text()
    assert "<!-- kept -->" in text
    assert 'other="kept too"' in text


def test_adding_makes_a_missing_file(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "feeds.opml"
    add_feeds(path, [make_feed("https://a.example/")])
    assert [feed.url for feed in load_feeds(path)] == ["https://a.example/"]


def test_removing_finds_a_feed_wherever_it_is_filed(nested: Path) -> None:
    assert remove_feed(nested, "https://feeds.example.co.uk/me.xml")
    assert not remove_feed(nested, "https://feeds.example.co.uk/me.xml")
    assert len(load_feeds(nested)) == 2


def test_t103_what_is_exported_comes_back(nested: Path, tmp_path: Path) -> None:
    feeds = load_feeds(nested)
    path = tmp_path / "copy.opml"
    path.write_bytes(to_opml(feeds))
    assert set(load_feeds(path)) == set(feeds)


def test_a_file_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    blocker = tmp_path / "file"
    blocker.write_text("")
    with pytest.raises(FeedListError, match="cannot be written"):
        add_feeds(blocker / "feeds.opml", [make_feed("https://a.example/")])


@pytest.mark.parametrize(
    ("written", "url"),
    [
        ("feed://x.example/rss", "http://x.example/rss"),
        ("feed:https://x.example/rss", "https://x.example/rss"),
        ("FEED://https://x.example/rss", "https://x.example/rss"),
        ("https://x.example/feed:a", "https://x.example/feed:a"),
    ],
)
def test_addresses_made_for_feed_readers_are_read(tmp_path: Path, written: str, url: str) -> None:
    path = tmp_path / "feeds.opml"
    path.write_text(
        f'<opml version="2.0"><body><outline xmlUrl="{written}"/><outline xmlUrl="{url}"/></body></opml>'
    )
    assert [feed.url for feed in load_feeds(path)] == [url]
    assert make_feed(written) == make_feed(url)
    assert remove_feed(path, url)
    assert load_feeds(path) == ()
