"""The story of the `read` agent, with a gate and a pool that need no model."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from placewatch.metrics import DROPPED, Service
from placewatch.records import Article, Reading, WatchedPlace
from placewatch.topics import DEADLETTERS, HEARD, READINGS
from placewatch.vocabulary import State
from streams.givens import Givens
from streams.read_articles import AGENT, MOST_AT_ONCE, ArticleReading
from streams.reader_pool import TOGETHER, Outcome, Unread
from streams.reading.revisions import Reported, emitted
from streams.reasons import DeadLetterReason, Drop


HAMA = "Hama, Syria"
HOMS = "Homs, Syria"


@dataclass
class FakeGate:
    """Finds places by their names."""

    places: Sequence[WatchedPlace]

    def places_in(self, article: Article) -> frozenset[str]:
        return frozenset(p.place_id for p in self.places if p.name in article.title)


@dataclass
class FakePool:
    """Answers by article id and revision; notes what it was asked."""

    answers: dict[tuple[str, int], Outcome] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    used: list[int] = field(default_factory=list)

    def use(self, places: tuple[WatchedPlace, ...]) -> None:
        self.used.append(len(places))

    def warm_up(self) -> None:
        pass

    def begin(self, articles: Sequence[Article]) -> list[str]:
        return [a.article_id for a in articles]

    async def read(self, articles: Sequence[Article], begun: Sequence[str]) -> list[Outcome]:
        assert [a.article_id for a in articles] == begun
        self.asked += begun
        return [self.answers.get((a.article_id, a.revision), ()) for a in articles]


@dataclass
class Bench:
    """A handler and everything around it."""

    handler: ArticleReading
    givens: Givens
    pool: FakePool
    publish: Any
    stored: Any
    message: Any

    async def read(self, *articles: Article) -> None:
        await self.handler.handle([self.message(a.to_json()) for a in articles])

    def readings(self) -> list[tuple[str, str, int, int]]:
        return [
            (r.article_id, r.place, r.revision, len(r.reports)) for r in self.publish.on(READINGS)
        ]


@pytest.fixture
def bench(
    make_place: Callable[..., WatchedPlace], publish: Any, stored: Any, message: Any
) -> Bench:
    givens = Givens([make_place(HAMA), make_place(HOMS)])
    pool = FakePool()
    handler = ArticleReading(
        givens=givens,
        pool=pool,
        make_gate=FakeGate,
        reported=stored,
        publish=publish,
        time_of="wall",
    )
    return Bench(handler, givens, pool, publish, stored, message)


MakeArticle = Callable[..., Article]
MakeReading = Callable[..., Reading]


async def test_what_many_articles_say_is_sent_before_all_are_read(
    bench: Bench, make_article: MakeArticle, make_reading: MakeReading
) -> None:
    names = [f"a{n}" for n in range(MOST_AT_ONCE + TOGETHER + 1)]
    for name in names:
        bench.pool.answers[name, 0] = (make_reading(HAMA, name),)
    sent_before: list[int] = []
    read = bench.pool.read

    async def noting(articles: Sequence[Article], begun: Sequence[str]) -> list[Outcome]:
        sent_before.append(len(bench.readings()))
        return await read(articles, begun)

    bench.pool.read = noting  # type: ignore[method-assign]
    irrelevant = [make_article(f"b{n}", title="Goma") for n in range(5)]
    await bench.read(
        *irrelevant, *(make_article(name, title="Hama") for name in names), *irrelevant
    )
    assert bench.pool.asked == names
    assert sent_before == [0, MOST_AT_ONCE]
    assert [reading[0] for reading in bench.readings()] == names


async def test_readings_go_out_in_the_order_of_the_articles(
    bench: Bench, make_article: MakeArticle, make_reading: MakeReading
) -> None:
    for article_id in ("a", "b", "c"):
        bench.pool.answers[article_id, 0] = (make_reading(HAMA, article_id),)
    await bench.read(*(make_article(i) for i in ("c", "a", "b")))
    assert [r[0] for r in bench.readings()] == ["c", "a", "b"]


async def test_readings_are_keyed_by_place(
    bench: Bench, make_article: MakeArticle, make_reading: MakeReading
) -> None:
    bench.pool.answers["a", 0] = (make_reading(HAMA, "a"), make_reading(HOMS, "a"))
    await bench.read(make_article("a"))
    keys = [o.key for o in bench.publish.sent if o.topic == READINGS]
    assert keys == [b"hama-syria", b"homs-syria"]


async def test_an_article_that_names_no_watched_place_is_not_read(
    bench: Bench, make_article: MakeArticle
) -> None:
    await bench.read(make_article("a", title="Football results"))
    assert (bench.pool.asked, bench.readings()) == ([], [])


@pytest.mark.parametrize(
    ("language", "is_read"),
    [("ar", False), ("fr-ch", False), ("en-GB", True), ("en", True), (None, True)],
)
async def test_an_article_in_a_language_without_a_model_is_counted_and_not_read(
    bench: Bench, make_article: MakeArticle, language: str | None, is_read: bool
) -> None:
    counter = DROPPED.labels(Service.WORK, AGENT, Drop.NO_MODEL)
    before = counter._value.get()
    await bench.read(make_article("a", title="Hama", language=language))
    assert bool(bench.pool.asked) is is_read
    assert counter._value.get() - before == (not is_read)
    assert bench.readings() == []
    assert any(
        h.key == "place:hama-syria" for heard in bench.publish.on(HEARD) for h in heard.hearings
    )


async def test_source_and_named_places_are_heard_of_whatever_the_article_says_of_them(
    bench: Bench, make_article: MakeArticle
) -> None:
    await bench.read(
        make_article("a", title="Hama's football team wins"),
        make_article("b", title="Rain", source_id="daily.example"),
        make_article("c", title="Homs and Hama, a history", is_backfill=True),
    )
    (heard,) = bench.publish.on(HEARD)
    assert [hearing.key for hearing in heard.hearings] == [
        "feed:daily.example",
        "feed:wire.example",
        "place:hama-syria",
        "stream:all",
    ]
    assert [output.key for output in bench.publish.sent] == [b"stream"]


@pytest.mark.parametrize(("time_of", "day"), [("wall", 8), ("stream", 7)])
async def test_heard_is_when_it_was_fetched_or_in_stream_time_when_it_was_told(
    bench: Bench, make_article: MakeArticle, time_of: str, day: int
) -> None:
    bench.handler._time_of = time_of
    told, fetched = (datetime(2024, 12, d, 5, tzinfo=UTC) for d in (7, 8))
    await bench.read(make_article("a", published_at=told, fetched_at=fetched))
    (heard,) = bench.publish.on(HEARD)
    assert {at.day for hearing in heard.hearings for at in hearing.at} == {day}


async def test_a_date_in_the_future_does_not_hurry_stream_time(
    bench: Bench, make_article: MakeArticle
) -> None:
    bench.handler._time_of = "stream"
    fetched = datetime(2024, 12, 8, tzinfo=UTC)
    await bench.read(
        make_article("a", published_at=fetched + timedelta(days=900), fetched_at=fetched)
    )
    (heard,) = bench.publish.on(HEARD)
    assert heard.hearings[0].at == (fetched,)


async def test_a_reading_without_reports_is_not_sent(
    bench: Bench, make_article: MakeArticle, make_reading: MakeReading
) -> None:
    bench.pool.answers["a", 0] = (make_reading(HAMA, "a", state=None),)
    await bench.read(make_article("a"))
    assert bench.readings() == []


async def test_a_malformed_article_is_buried_and_the_others_are_read(
    bench: Bench,
    make_article: MakeArticle,
    make_reading: MakeReading,
    buried: Callable[..., Any],
) -> None:
    bench.pool.answers["a", 0] = (make_reading(HAMA, "a"),)
    good = bench.message(make_article("a").to_json())
    await bench.handler.handle([bench.message(b"{not json"), good, bench.message(b"\xff\x00")])
    assert buried(bench.publish) == [("malformed", b"{not json"), ("malformed", b"\xff\x00")]
    assert [r[0] for r in bench.readings()] == ["a"]


async def test_the_same_malformed_message_twice_gives_the_same_dead_letter(bench: Bench) -> None:
    await bench.handler.handle([bench.message(b"{")])
    await bench.handler.handle([bench.message(b"{")])
    first, second = (o for o in bench.publish.sent if o.topic == DEADLETTERS)
    assert first.value == second.value
    assert first.key == b"key"


async def test_a_tombstone_is_dropped_without_a_dead_letter(bench: Bench) -> None:
    await bench.handler.handle([bench.message(None)])
    assert bench.publish.sent == []


async def test_an_unreadable_article_is_buried_with_its_reason(
    bench: Bench, make_article: MakeArticle, buried: Callable[..., Any]
) -> None:
    bench.pool.answers["a", 0] = Unread(DeadLetterReason.READER_DIED, "it died")
    await bench.read(make_article("a"))
    assert buried(bench.publish) == [("reader_died", make_article("a").to_json())]
    assert bench.stored.rows == {}


async def test_a_revision_that_says_less_takes_the_rest_back(
    bench: Bench, make_article: MakeArticle, make_reading: MakeReading
) -> None:
    bench.pool.answers["a", 0] = (make_reading(HAMA, "a"), make_reading(HOMS, "a"))
    bench.pool.answers["a", 1] = (make_reading(HAMA, "a", state=State.ENTERED, revision=1),)
    await bench.read(make_article("a"))
    await bench.read(make_article("a", revision=1))
    assert bench.readings()[2:] == [("a", HAMA, 1, 1), ("a", HOMS, 1, 0)]


async def test_a_revision_that_no_longer_names_the_place_takes_it_back_unread(
    bench: Bench, make_article: MakeArticle, make_reading: MakeReading
) -> None:
    bench.pool.answers["a", 0] = (make_reading(HAMA, "a"),)
    await bench.read(make_article("a"))
    await bench.read(make_article("a", title="Correction", revision=1))
    assert bench.readings() == [("a", HAMA, 0, 1), ("a", HAMA, 1, 0)]
    assert bench.pool.asked == ["a"]


async def test_two_revisions_in_one_batch_see_each_other(
    bench: Bench, make_article: MakeArticle, make_reading: MakeReading
) -> None:
    bench.pool.answers["a", 0] = (make_reading(HAMA, "a"),)
    await bench.read(make_article("a"), make_article("a", title="Correction", revision=1))
    assert bench.readings() == [("a", HAMA, 0, 1), ("a", HAMA, 1, 0)]
    assert bench.stored.rows["a"] == Reported(revision=1, places={})


async def test_an_older_revision_seen_again_takes_nothing_back(
    bench: Bench, make_article: MakeArticle, make_reading: MakeReading
) -> None:
    bench.pool.answers["a", 0] = (make_reading(HOMS, "a"),)
    bench.pool.answers["a", 1] = (make_reading(HAMA, "a", revision=1),)
    await bench.read(make_article("a", revision=1))
    await bench.read(make_article("a"))
    assert bench.readings() == [("a", HAMA, 1, 1), ("a", HOMS, 0, 1)]
    assert bench.stored.rows["a"].revision == 1


async def test_a_batch_seen_again_sends_the_same_again(
    bench: Bench, make_article: MakeArticle, make_reading: MakeReading
) -> None:
    bench.pool.answers["a", 0] = (make_reading(HAMA, "a"),)
    await bench.read(make_article("a"))
    await bench.read(make_article("a"))
    sent = bench.publish.sent
    half = len(sent) // 2
    assert sent[:half] == sent[half:]
    assert {o.topic for o in sent} == {READINGS, HEARD}


async def test_memory_is_kept_with_the_partition_of_the_article(
    bench: Bench, make_article: MakeArticle, make_reading: MakeReading
) -> None:
    bench.pool.answers["a", 0] = (make_reading(HAMA, "a"),)
    await bench.handler.handle([bench.message(make_article("a").to_json(), partition=3)])
    assert bench.stored.partitions == {"a": 3}


async def test_nothing_is_remembered_when_sending_fails(
    bench: Bench, make_article: MakeArticle, make_reading: MakeReading
) -> None:
    async def fail(_outputs: Any) -> None:
        raise ConnectionError

    bench.pool.answers["a", 0] = (make_reading(HAMA, "a"),)
    bench.handler._publish = fail
    with pytest.raises(ConnectionError):
        await bench.read(make_article("a"))
    assert bench.stored.rows == {}


async def test_a_changed_watchlist_gets_a_new_gate_and_new_readers(
    bench: Bench, make_article: MakeArticle, make_place: Callable[..., WatchedPlace]
) -> None:
    await bench.read(make_article("a", title="Fighting in Idlib"))
    bench.givens.put_place(make_place("Idlib, Syria"))
    await bench.read(make_article("b", title="Fighting in Idlib"))
    await bench.read(make_article("c", title="Fighting in Idlib"))
    assert bench.pool.asked == ["b", "c"]
    assert bench.pool.used == [2, 3]


async def test_a_revision_read_anew_replaces_what_was_read_in_it(
    bench: Bench, make_article: MakeArticle, make_reading: MakeReading
) -> None:
    bench.pool.answers["a", 0] = (make_reading(HAMA, "a"), make_reading(HOMS, "a"))
    await bench.read(make_article("a"))
    bench.pool.answers["a", 0] = (make_reading(HAMA, "a", state=State.ENTERED),)
    await bench.read(make_article("a"))
    bench.pool.answers["a", 0] = (
        make_reading(HAMA, "a", state=State.ENTERED),
        make_reading(HOMS, "a"),
    )
    await bench.read(make_article("a"))
    told = [(r.place, r.reread, len(r.reports)) for r in bench.publish.on(READINGS)]
    assert told == [
        (HAMA, 0, 1),
        (HOMS, 0, 1),
        (HAMA, 1, 1),
        (HOMS, 1, 0),
        (HAMA, 1, 1),
        (HOMS, 2, 1),
    ]


async def test_what_an_older_placewatch_remembered_is_read_anew_once(
    bench: Bench, make_article: MakeArticle, make_reading: MakeReading
) -> None:
    bench.stored.rows["a"] = Reported(places={"hama-syria": HAMA})
    bench.pool.answers["a", 0] = (make_reading(HAMA, "a"),)
    await bench.read(make_article("a"))
    await bench.read(make_article("a"))
    assert [r.reread for r in bench.publish.on(READINGS)] == [1, 1]


def test_a_first_revision_takes_nothing_back(make_article: MakeArticle) -> None:
    assert emitted(make_article("a"), [], None) == ([], None)


def test_what_is_taken_back_names_the_revision_that_does(
    make_article: MakeArticle,
) -> None:
    before = Reported(revision=0, places={"hama-syria": HAMA}, rereads={"hama-syria": 3})
    (empty,), after = emitted(make_article("a", revision=2, url="https://x.example"), [], before)
    assert (empty.place, empty.version, empty.reports, empty.cause) == (HAMA, (2, 0), (), "a:2")
    assert after == Reported(revision=2)
