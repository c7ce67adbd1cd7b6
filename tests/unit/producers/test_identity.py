"""Which article an item is (T65 to T71, T79)."""

from __future__ import annotations

import random
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from producers.identity import IdentityBy, Known, are_related, keys_of, resolve
from producers.parsed import ParsedItem
from producers.urls import canonical_url


FEED = "https://x.example/feed.xml"


def ids(
    *items: ParsedItem,
    known: dict[str, Known] | None = None,
    by: IdentityBy = IdentityBy.GUID,
    source: str = "x",
) -> tuple[str | None, ...]:
    keys = keys_of(items, source_id=source, feed_url=FEED, by=by)
    return resolve(items, keys, known or {})


def remembered(items: Sequence[ParsedItem], article_ids: Sequence[str | None]) -> dict[str, Known]:
    return {
        article_id: Known(article_id, canonical_url(item.link), item.title)
        for item, article_id in zip(items, article_ids, strict=True)
        if article_id
    }


def item(guid: str = "", link: str = "", title: str = "", published: str = "") -> ParsedItem:
    return ParsedItem(guid=guid, link=link, title=title, published=published)


def test_a_guid_is_the_identity_whatever_else_changes() -> None:
    first = ids(item("g", "https://x.example/a", "Rebels enter Rastan"))
    second = ids(item("g", "https://x.example/a?utm_source=rss", "Rebels enter Rastan"))
    assert first == second


def test_ten_items_with_one_guid_are_ten_articles() -> None:
    items = [item("same", f"https://x.example/{n}", f"Title {n}") for n in range(10)]
    assert len(set(ids(*items))) == 10


def test_ten_items_with_one_guid_and_no_link_are_ten_articles() -> None:
    items = [item("same", "", f"Title {n}") for n in range(10)]
    assert len(set(ids(*items))) == 10


def test_one_item_given_twice_is_one_article() -> None:
    twice = item("g", "https://x.example/a", "Title")
    assert len(set(ids(twice, twice))) == 1


def test_a_guid_that_changes_with_the_title_stays_one_article_by_its_link() -> None:
    before = item("hash-1", "https://x.example/a", "Rebels enter town of Rastan")
    after = item("hash-2", "https://x.example/a", "Rebels enter Rastan, monitor says")
    known = remembered([before], ids(before))
    assert ids(after, known=known) == ids(before)


def test_a_guid_counted_up_by_edits_stays_one_article() -> None:
    before = item("https://x.example/a#0", "https://x.example/a", "Rebels enter Rastan")
    after = item("https://x.example/a#1", "https://x.example/a", "Rebels enter Rastan")
    assert ids(after, known=remembered([before], ids(before))) == ids(before)


def test_entries_of_a_live_page_with_nothing_in_common_stay_apart() -> None:
    first = item("live-1", "https://x.example/live", "Explosions heard over Homs")
    second = item("live-2", "https://x.example/live", "Foreign ministers gather tomorrow")
    assert ids(second, known=remembered([first], ids(first))) != ids(first)
    assert len(set(ids(first, second))) == 2


def test_a_guid_used_again_for_other_news_is_another_article_and_stays_one() -> None:
    old = item("7", "https://x.example/a", "Rebels enter Rastan")
    new = item("7", "https://x.example/b", "Football: cup draw held in Zurich")
    known = remembered([old], ids(old))
    fresh = ids(new, known=known)
    assert fresh != ids(old)
    assert ids(new, known=known | remembered([new], fresh)) == fresh


def test_a_moved_link_with_the_same_guid_is_the_same_article() -> None:
    old = item("7", "https://x.example/a", "Rebels enter Rastan")
    new = item("7", "https://x.example/2026/a", "Rebels enter Rastan and Talbiseh")
    assert ids(new, known=remembered([old], ids(old))) == ids(old)


@pytest.mark.parametrize("guid", ["", "   ", FEED, "https://X.example:443/feed.xml"])
def test_an_unusable_guid_leaves_it_to_the_link(guid: str) -> None:
    assert ids(item(guid, "https://x.example/a", "T")) == ids(item("", "https://x.example/a", "T"))


def test_without_guid_and_link_title_and_day_identify() -> None:
    monday = "Mon, 02 Mar 2026 10:00:00 GMT"
    first = ids(item(title="Morning briefing", published=monday))
    assert first == ids(item(title="Morning  Briefing!", published=monday.replace("10:", "11:")))
    assert first != ids(item(title="Morning briefing", published="Tue, 03 Mar 2026 10:00:00 GMT"))


def test_nothing_to_go_by_is_no_identity() -> None:
    assert ids(item()) == (None,)


def test_identity_is_scoped_by_source() -> None:
    assert ids(item("1"), source="a") != ids(item("1"), source="b")


@pytest.mark.parametrize(
    ("by", "same"),
    [
        (IdentityBy.LINK, item("other", "https://x.example/a", "Other title")),
        (IdentityBy.TITLE, item("other", "https://x.example/other", "Title")),
    ],
)
def test_a_feed_may_be_told_to_go_by_link_or_title(by: IdentityBy, same: ParsedItem) -> None:
    assert ids(item("g", "https://x.example/a", "Title"), by=by) == ids(same, by=by)


_ITEMS = st.lists(
    st.builds(
        item,
        guid=st.sampled_from(["", "g1", "g2", "g3", FEED]),
        link=st.sampled_from(
            ["", "https://x.example/", "https://x.example/a", "https://x.example/b"]
        ),
        title=st.sampled_from(["", "Rebels enter Rastan", "Army leaves Hama", "Cup draw"]),
    ),
    max_size=8,
)


@given(_ITEMS, st.randoms(use_true_random=False))
def test_the_order_of_a_document_does_not_matter(
    items: list[ParsedItem], rng: random.Random
) -> None:
    before = dict(zip(items, ids(*items), strict=True))
    shuffled = rng.sample(items, len(items))
    assert dict(zip(shuffled, ids(*shuffled), strict=True)) == before


@given(_ITEMS)
def test_a_document_seen_again_gives_the_same_articles(items: list[ParsedItem]) -> None:
    first = ids(*items)
    assert ids(*items, known=remembered(items, first)) == first


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ("Rebels enter Rastan", "Insurgents enter Rastan", True),
        ("Rebels enter Rastan", "Cup draw held in Zurich", False),
        ("", "", True),
        ("A B", "a b", True),
        ("A B", "c d", False),
    ],
)
def test_titles_are_related_by_their_longer_words(first: str, second: str, expected: bool) -> None:
    assert are_related(first, second) is expected
