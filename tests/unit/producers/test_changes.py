"""What a poll brings: new items, edits, and reasons for the rest (T75 to T79, T88)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from producers.changes import Changes, ItemOutcome, find_changes
from producers.dates import DateSource
from producers.edits import MAX_HASH_ONLY_REVISIONS
from producers.identity import keys_of
from producers.opml import make_feed
from producers.parsed import ParsedFeed, ParsedItem


LONG = "The garrison left overnight and residents walked the streets at dawn. "


@pytest.fixture
def item(now):
    def make(**changed) -> ParsedItem:
        fields = {
            "guid": "g",
            "link": "https://x.example/a",
            "title": "Rebels enter Rastan",
            "text": LONG,
            "published": format_datetime(now - timedelta(hours=1)),
        }
        return ParsedItem(**(fields | changed))

    return make


@pytest.fixture
def poll(feed, now):
    """Run one poll's decision and remember its rows, as the poller would."""
    rows = {}

    def run(*items: ParsedItem, at=now, by=feed, is_backfilling: bool = False) -> Changes:
        parsed = ParsedFeed(version="rss20", language="en", items=items)
        keys = keys_of(items, source_id=by.source_id, feed_url=by.url)
        changes = find_changes(by, parsed, keys, rows, fetched_at=at, is_backfilling=is_backfilling)
        rows.update({row.article_id: row for row in changes.rows})
        return changes

    return run


def test_a_new_item_is_an_article_with_everything_known(poll, item, feed, now) -> None:
    (article,) = poll(item(authors=("Jo",), summary="Short.")).articles
    assert (article.revision, article.source_id, article.feed_id) == (0, "x", feed.feed_id)
    assert (article.title, article.summary, article.text) == ("Rebels enter Rastan", "Short.", LONG)
    assert (article.url, article.canonical_url) == ("https://x.example/a", "https://x.example/a")
    assert (article.language, article.authors, article.parser) == ("en", ("Jo",), "rss20")
    assert (article.fetched_at, article.date_source) == (now, DateSource.PUBLISHED)
    assert not article.is_backfill


def test_the_feed_lists_language_wins_over_the_documents(poll, item, feed) -> None:
    (article,) = poll(item(), by=replace(feed, language="ar")).articles
    assert article.language == "ar"


def test_an_item_seen_again_is_known(poll, item) -> None:
    poll(item())
    again = poll(item())
    assert (again.articles, again.counts) == ((), {ItemOutcome.KNOWN: 1})
    assert len(again.seen_ids) == 1


def test_a_new_title_is_the_next_revision_under_the_same_id_and_date(poll, item, now) -> None:
    (first,) = poll(item()).articles
    later = now + timedelta(hours=2)
    moved = format_datetime(later - timedelta(minutes=5))
    (second,) = poll(item(title="Rebels leave Rastan", published=moved), at=later).articles
    assert (second.article_id, second.revision) == (first.article_id, 1)
    assert second.published_at == first.published_at
    assert second.updated_at == later - timedelta(minutes=5)
    assert second.content_hash != first.content_hash


def test_an_edit_without_a_date_is_dated_when_it_was_seen(poll, item, now) -> None:
    poll(item())
    later = now + timedelta(hours=2)
    (second,) = poll(item(title="Rebels leave Rastan"), at=later).articles
    assert second.updated_at == later


def test_an_undated_item_keeps_its_first_date_through_edits(poll, item, now) -> None:
    (first,) = poll(item(published="")).articles
    (second,) = poll(item(published="", title="Rebels leave"), at=now + timedelta(days=1)).articles
    assert (first.published_at, first.date_source) == (now, DateSource.MISSING)
    assert (second.published_at, second.date_source) == (now, DateSource.MISSING)


def test_a_typo_is_no_revision_and_a_paragraph_is(poll, item) -> None:
    poll(item())
    assert poll(item(text=LONG.replace("dawn", "down"))).counts == {ItemOutcome.MINOR_EDIT: 1}
    changed = poll(
        item(text=LONG + "Army units withdrew towards Homs in long columns, monitors said.")
    )
    assert changed.counts == {ItemOutcome.REVISION: 1}


def test_small_edits_add_up_to_one_that_is_told(poll, item) -> None:
    poll(item())
    told = [poll(item(text=LONG + "Added words number. " * n)).counts for n in range(1, 4)]
    assert told == [{ItemOutcome.MINOR_EDIT: 1}] * 2 + [{ItemOutcome.REVISION: 1}]


def test_a_text_that_changes_for_ever_stops_at_24_revisions(poll, item) -> None:
    poll(item())
    outcomes = [
        next(iter(poll(item(text=" ".join(f"w{n}x{i}" for i in range(40)))).counts))
        for n in range(MAX_HASH_ONLY_REVISIONS + 3)
    ]
    assert outcomes.count(ItemOutcome.REVISION) == MAX_HASH_ONLY_REVISIONS
    assert outcomes[-3:] == [ItemOutcome.REVISION_LIMIT] * 3


def test_a_guid_used_again_for_other_news_is_a_new_article(poll, item) -> None:
    (first,) = poll(item()).articles
    reused = item(link="https://x.example/b", title="Football: cup draw held", text="Zurich.")
    (second,) = poll(reused).articles
    assert (second.article_id != first.article_id, second.revision) == (True, 0)
    assert poll(reused).counts == {ItemOutcome.KNOWN: 1}


def test_two_feeds_of_one_outlet_do_not_edit_each_others_items(poll, item, feed) -> None:
    poll(item())
    other = make_feed("https://x.example/world.xml", source_id=feed.source_id)
    changes = poll(item(text="", summary="Quite another cut of the story. " * 5), by=other)
    assert (changes.articles, changes.counts) == ((), {ItemOutcome.OTHER_FEED: 1})


def test_an_item_given_twice_or_without_identity_is_dropped_with_its_reason(poll, item) -> None:
    nameless = ParsedItem(text="...")
    changes = poll(item(), item(), nameless)
    assert len(changes.articles) == 1
    assert changes.counts == {
        ItemOutcome.NEW: 1,
        ItemOutcome.DUPLICATE: 1,
        ItemOutcome.NO_IDENTITY: 1,
    }


def test_an_item_of_words_only_is_an_article_and_stays_one(poll) -> None:
    (article,) = poll(ParsedItem(text="Convoy seen leaving Rastan")).articles
    assert article.text == "Convoy seen leaving Rastan"
    assert poll(ParsedItem(text="Convoy seen leaving Rastan")).counts == {ItemOutcome.KNOWN: 1}


@pytest.mark.parametrize(
    ("age", "is_backfilling", "expected"),
    [
        (timedelta(hours=25), True, True),
        (timedelta(hours=24), True, False),
        (timedelta(days=900), True, True),
        (timedelta(days=900), False, False),
    ],
)
def test_old_items_of_a_first_poll_are_backfill(
    poll, item, now, age: timedelta, is_backfilling: bool, expected: bool
) -> None:
    old = item(published=format_datetime(now - age))
    (article,) = poll(old, is_backfilling=is_backfilling).articles
    assert article.is_backfill is expected
    assert article.published_at == now - age


def test_the_edit_of_a_backfilled_item_is_backfill_too(poll, item, now) -> None:
    old = format_datetime(now - timedelta(days=9))
    poll(item(published=old), is_backfilling=True)
    (edited,) = poll(item(published=old, title="Rebels leave Rastan")).articles
    assert edited.is_backfill


def test_articles_come_oldest_first(poll, item, now) -> None:
    items = [
        item(
            guid=str(n),
            link=f"https://x.example/{n}",
            published=format_datetime(now - timedelta(hours=h)),
        )
        for n, h in enumerate((3, 9, 1, 5))
    ]
    moments = [article.published_at for article in poll(*items).articles]
    assert moments == sorted(moments)


@given(st.permutations(range(5)))
def test_the_order_of_the_document_changes_nothing(order: list[int]) -> None:
    feed = make_feed("https://x.example/feed.xml", source_id="x")
    from datetime import UTC, datetime  # noqa: PLC0415  # hypothesis and fixtures do not mix

    at = datetime(2026, 3, 2, tzinfo=UTC)
    items = [
        ParsedItem(
            guid="same" if n < 2 else str(n), link=f"https://x.example/{n}", title=f"Story {n}"
        )
        for n in range(5)
    ]

    def articles(chosen: list[ParsedItem]):
        keys = keys_of(chosen, source_id="x", feed_url=feed.url)
        parsed = ParsedFeed(version="rss20", items=tuple(chosen))
        return find_changes(feed, parsed, keys, {}, fetched_at=at, is_backfilling=True).articles

    assert articles([items[n] for n in order]) == articles(items)


def test_an_item_that_says_nothing_is_no_article(poll, item) -> None:
    changes = poll(item(title="", text=""))
    assert (changes.articles, changes.counts) == ((), {ItemOutcome.NO_TEXT: 1})
