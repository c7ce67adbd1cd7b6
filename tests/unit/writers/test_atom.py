"""Atom feeds against the rules of RFC 4287, and read back by the parser that reads everybody else's."""

from __future__ import annotations

import io
import re

import feedparser
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from placewatch.errors import RecordError
from producers.parse import parse
from sinks.rendering.atom import Feed, atom_feed, entries_in, entry_of, merged


ATOM = "{http://www.w3.org/2005/Atom}"
GEORSS = "{http://www.georss.org/georss}"
FEED = Feed("Rastan and Homs", "The Watch", "https://watch.example/alerts.atom")
RFC3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


def breaks_of_rfc_4287(document: bytes) -> set[str]:
    """Return the rules of RFC 4287 that a feed breaks (sections 4.1.1, 4.1.2, 4.2)."""
    root = etree.fromstring(document)
    entries = root.findall(f"{ATOM}entry")
    kept = {
        "a feed with an author": root.tag == f"{ATOM}feed"
        and bool(root.findtext(f"{ATOM}author/{ATOM}name")),
        "entries have different ids": len({e.findtext(f"{ATOM}id") for e in entries})
        == len(entries),
    }
    for holder in [root, *entries]:
        links = holder.findall(f"{ATOM}link")
        kinds = [link.get("type") for link in links if link.get("rel") == "alternate"]
        title = holder.find(f"{ATOM}title")
        kept |= {
            rule: kept.get(rule, True) and is_kept
            for rule, is_kept in {
                "one id, title and updated": all(
                    len(holder.findall(f"{ATOM}{name}")) == 1 for name in ("id", "title", "updated")
                ),
                "ids are IRIs": bool(re.match(r"[a-z]+:\S+$", holder.findtext(f"{ATOM}id") or "")),
                "dates are of RFC 3339": bool(
                    RFC3339.fullmatch(holder.findtext(f"{ATOM}updated") or "")
                ),
                "titles are text": title is not None
                and title.get("type") == "text"
                and bool(title.text),
                "links have an address": all(link.get("href") for link in links),
                "one alternate a type": len(kinds) == len(set(kinds)),
            }.items()
        }
    for entry in entries:
        contents = entry.findall(f"{ATOM}content")
        is_text = len(contents) == 1 and contents[0].get("type") == "text" and not len(contents[0])
        kept["one content, text"] = kept.get("one content, text", True) and is_text
    return {rule for rule, is_kept in kept.items() if not is_kept}


def test_the_rules_can_be_broken(make_alert) -> None:
    document = atom_feed(FEED, [entry_of(make_alert(1)), entry_of(make_alert(1))])
    assert breaks_of_rfc_4287(document) == {"entries have different ids"}
    for element in (b"updated", b"author", b"content"):
        without = re.sub(rb"<%s.*?</%s>" % (element, element), b"", document, flags=re.DOTALL)
        assert len(breaks_of_rfc_4287(without)) > 1, element


def test_a_feed_keeps_the_rules_and_is_read_back(make_alert) -> None:
    entries = [entry_of(make_alert(number)) for number in (2, 1)]
    document = atom_feed(FEED, entries)
    assert breaks_of_rfc_4287(document) == set()
    found = feedparser.parse(io.BytesIO(document))  # noqa: TID251  # our own feed, no stranger's
    assert not found.bozo
    assert (found.version, found.feed.title, found.feed.author) == (
        "atom10",
        "Rastan and Homs",
        "The Watch",
    )
    assert found.feed.updated == "2024-12-06T14:00:00Z"
    newest = found.entries[0]
    assert newest.title == "Rastan, Syria is held by Hayat Tahrir al-Sham."
    assert {tag.term for tag in newest.tags} == {"Alert", "held", "claimed"}
    assert [link.rel for link in newest.links] == ["via", "via"]
    assert newest.where["coordinates"] == (36.73, 34.93)
    assert "Fighters took Rastan" in newest.content[0].value


def test_our_own_producers_read_it(make_alert) -> None:
    document = atom_feed(FEED, [entry_of(make_alert(1)), entry_of(make_alert(2))])
    feed = parse(document, {}, "https://watch.example/alerts.atom")
    assert [item.title for item in feed.items] == [
        "Rastan, Syria is held by Hayat Tahrir al-Sham."
    ] * 2


def test_an_empty_feed_keeps_the_rules_too() -> None:
    assert breaks_of_rfc_4287(atom_feed(Feed("Nothing yet"), [])) == set()


def test_the_ids_are_the_same_each_time(make_alert) -> None:
    first, again = (entry_of(make_alert(1)).findtext(f"{ATOM}id") for _ in range(2))
    assert first == again
    assert first != entry_of(make_alert(2)).findtext(f"{ATOM}id")


def test_the_newest_stay_and_repeats_are_one(make_alert) -> None:
    known = [entry_of(make_alert(number)) for number in (3, 2, 1)]
    entries = merged([entry_of(make_alert(2)), entry_of(make_alert(4))], known, newest=3)
    assert [entry.findtext(f"{ATOM}updated") for entry in entries] == [
        f"2024-12-06T{hour}:00:00Z" for hour in (16, 15, 14)
    ]


def test_entries_survive_being_read_back(make_alert) -> None:
    entries = [entry_of(make_alert(number)) for number in (2, 1)]
    document = atom_feed(FEED, entries)
    assert atom_feed(FEED, entries_in(document)) == document


@pytest.mark.parametrize("document", [b"", b"<feed", b"<rss/>", b"\xff\xfe"])
def test_what_is_no_feed_is_told(document: bytes) -> None:
    with pytest.raises(RecordError, match="not an Atom feed"):
        entries_in(document)


@settings(derandomize=True, deadline=None, max_examples=60)
@given(st.data())
def test_nothing_a_feed_writes_becomes_markup(hostile_alerts, data) -> None:
    document = atom_feed(FEED, merged([entry_of(data.draw(hostile_alerts))], [], 10))
    assert breaks_of_rfc_4287(document) == set()
    root = etree.fromstring(document)
    allowed = {f"{ATOM}{name}" for name in (
        "feed", "id", "title", "updated", "link", "author", "name", "generator", "entry", "published", "category",
        "content",
    )} | {f"{GEORSS}point"}  # fmt: skip
    assert {element.tag for element in root.iter()} <= allowed
    for link in root.iter(f"{ATOM}link"):
        assert link.get("href").lower().startswith(("http://", "https://"))
