"""The same news in several feeds: flagged, never dropped (T72 to T74)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from placewatch.vocabulary import Sameness
from producers.changes import Changes, ItemOutcome, find_changes
from producers.identity import keys_of
from producers.opml import Feed, make_feed
from producers.parsed import ParsedFeed, ParsedItem
from producers.sightings import Sighting, keys_of_sighting
from producers.state import State


TITLE = "Rebels enter Rastan from the north"
OUTLET = make_feed("https://x.example/feed.xml", source_id="x")
WORLD = make_feed("https://x.example/world.xml", source_id="x")
AGGREGATOR = make_feed("https://news.example/homs.xml", source_id="news")


@pytest.fixture
def poll(now):
    """Run polls' decisions over one memory of sightings, as the poller would."""
    memory: dict[str, list[Sighting]] = {}
    rows = {}

    def run(feed: Feed, *items: ParsedItem, at=now) -> Changes:
        parsed = ParsedFeed(version="rss20", items=items)
        keys = keys_of(items, source_id=feed.source_id, feed_url=feed.url)
        ours = {i: row for i, row in rows.items() if row.source_id == feed.source_id}
        changes = find_changes(
            feed, parsed, keys, ours, fetched_at=at, is_backfilling=False, sightings=memory
        )
        rows.update({row.article_id: row for row in changes.rows})
        for sighting in changes.sightings:
            memory.setdefault(sighting.key, []).append(sighting)
        return changes

    return run


def item(number: int, title: str = TITLE, **changed: str) -> ParsedItem:
    plain = ParsedItem(
        guid=f"g{number}", link=f"https://x.example/{number}", title=title, text="What happened."
    )
    return plain.model_copy(update=changed)


def test_t72_one_address_in_feeds_of_two_outlets_is_flagged_with_both(poll) -> None:
    (first,) = poll(OUTLET, item(1)).articles
    (second,) = poll(AGGREGATOR, item(1, guid="other", title="Rastan: what we know")).articles
    assert (first.seen_in, first.duplicate_of) == ((OUTLET.feed_id,), None)
    assert second.seen_in == tuple(sorted([OUTLET.feed_id, AGGREGATOR.feed_id]))
    assert (second.duplicate_of, second.sameness) == (first.article_id, Sameness.URL)


def test_t72_feeds_of_one_outlet_share_the_article_and_its_next_version_says_so(poll) -> None:
    (first,) = poll(OUTLET, item(1)).articles
    assert poll(WORLD, item(1)).counts == {ItemOutcome.OTHER_FEED: 1}
    (edited,) = poll(OUTLET, item(1, title="Rebels leave Rastan for the north")).articles
    assert edited.article_id == first.article_id
    assert edited.seen_in == tuple(sorted([OUTLET.feed_id, WORLD.feed_id]))
    assert edited.duplicate_of is None


def test_t73_a_headline_twice_in_an_outlet_within_a_week_is_a_probable_duplicate(poll, now) -> None:
    (first,) = poll(OUTLET, item(1)).articles
    (second,) = poll(
        OUTLET, item(2, title=TITLE.upper() + "!"), at=now + timedelta(days=6)
    ).articles
    assert (second.duplicate_of, second.sameness) == (first.article_id, Sameness.TITLE)
    assert second.article_id != first.article_id


def test_t73_after_a_week_it_is_news_again(poll, now) -> None:
    poll(OUTLET, item(1))
    (later,) = poll(OUTLET, item(2), at=now + timedelta(days=8)).articles
    assert later.duplicate_of is None


def test_t73_another_outlets_headline_and_a_columns_name_are_no_sign(poll) -> None:
    poll(OUTLET, item(1), item(2, title="Live updates"))
    (other,) = poll(AGGREGATOR, item(3, link="https://news.example/3")).articles
    (column,) = poll(OUTLET, item(4, title="Live updates")).articles
    assert (other.duplicate_of, column.duplicate_of) == (None, None)


def test_t74_nothing_is_dropped_for_being_alike(poll) -> None:
    poll(OUTLET, item(1))
    changes = poll(AGGREGATOR, *(item(n) for n in range(1, 5)))
    assert changes.counts == {ItemOutcome.NEW: 4}


def test_t74_a_front_page_is_no_address_of_an_article() -> None:
    assert keys_of_sighting("x", "https://x.example/", "Two words") == ("", "")
    assert all(keys_of_sighting("x", "https://x.example/a", TITLE))


async def test_t72_the_poller_remembers_over_feeds_and_restarts(
    serve, respond, rss, story, make_poller, producer, state: State
) -> None:
    server = await serve(lambda request, writer: respond(writer, body=rss(story(1))))
    first = make_feed(f"{server.url}/a", source_id="a")
    second = make_feed(f"{server.url}/b", source_id="b")
    poller = make_poller(first, second)
    await poller.poll(first)
    await poller.poll(second)
    from placewatch.records import Article  # noqa: PLC0415

    told = [Article.from_json(raw) for raw in producer.values("placewatch.articles.v1")]
    assert [len(article.seen_in) for article in told] == [1, 2]
    assert told[1].duplicate_of == told[0].article_id
    assert replace(first, title="x").feed_id in told[1].seen_in
