"""The poll as a story, over loopback servers with a clock that stands still (T2, T4, T7, T18, T22, T25, T88, T110)."""

from __future__ import annotations

import asyncio
import base64
import threading
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from placewatch.errors import BrokerError
from placewatch.records import Article, DeadLetter
from placewatch.topics import ARTICLES, DEADLETTERS
from producers.health import judge_health
from producers.opml import make_feed
from producers.parsed import ParseReason
from producers.state import State


NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def published(producer) -> list[Article]:
    return [Article.from_json(value) for value in producer.values(ARTICLES.name)]


def health_of(state, feed) -> str:
    return judge_health(state.feed(feed.feed_id, ""), NOW).state


async def test_a_new_feed_is_published_oldest_first_and_keyed_by_id(
    site, make_poller, producer
) -> None:
    await make_poller(site.feed).poll(site.feed)
    articles = published(producer)
    assert [a.title for a in articles] == ["Hama number2 reported", "Talbiseh number1 reported"]
    assert [key.decode() for _, key, _ in producer.sent] == [a.article_id for a in articles]


async def test_an_unchanged_feed_is_asked_by_its_validators_and_not_published_again(
    site, make_poller, producer
) -> None:
    site.headers = {"ETag": 'W/"1"'}
    poller = make_poller(site.feed)
    await poller.poll(site.feed)
    await poller.poll(site.feed)
    assert site.server.requests[1].headers["if-none-match"] == 'W/"1"'
    assert len(published(producer)) == 2


async def test_the_same_body_under_a_new_etag_is_not_parsed_again(
    site, make_poller, producer, state
) -> None:
    poller = make_poller(site.feed)
    site.headers = {"ETag": '"1"'}
    await poller.poll(site.feed)
    site.headers = {"ETag": '"2"'}
    poller.poller._parser = None  # parsing would now raise
    await poller.poll(site.feed)
    assert state.feed(site.feed.feed_id, "").etag == '"2"'
    assert health_of(state, site.feed) == "ok"
    assert len(published(producer)) == 2


async def test_an_edit_is_published_as_a_revision(site, make_poller, producer, rss, story) -> None:
    poller = make_poller(site.feed)
    await poller.poll(site.feed)
    site.body = rss(story(1, title="Talbiseh number1 denied"), story(2))
    await poller.poll(site.feed)
    edited = published(producer)[-1]
    assert (edited.revision, edited.title) == (1, "Talbiseh number1 denied")
    assert edited.article_id == published(producer)[1].article_id


async def test_what_is_not_acknowledged_is_not_remembered_and_comes_again(
    site, make_poller, producer, state
) -> None:
    site.headers = {"ETag": '"1"'}
    producer.is_broken = True
    with pytest.raises(BrokerError, match="did not acknowledge"):
        await make_poller(site.feed).poll(site.feed)
    assert state.feed(site.feed.feed_id, "").etag == ""
    producer.is_broken = False
    await make_poller(site.feed).poll(site.feed)
    first, again = published(producer)[:2], published(producer)[2:]
    assert [(a.article_id, a.revision) for a in again] == [
        (a.article_id, a.revision) for a in first
    ]


async def test_a_crash_between_publishing_and_remembering_repeats_and_loses_nothing(
    site, make_poller, producer, state, monkeypatch, tmp_path
) -> None:
    class Killed(BaseException):
        """Stands for the process' end at this very point."""

    def die(*_: object, **__: object) -> None:
        raise Killed

    site.headers = {"ETag": '"1"'}
    with monkeypatch.context() as patch:
        patch.setattr(State, "save_poll", die)
        with pytest.raises(Killed):
            await make_poller(site.feed).poll(site.feed)
    with State(tmp_path / "feeds.db") as reopened:
        await make_poller(site.feed, state=reopened).poll(site.feed)
    articles = published(producer)
    assert len(articles) == 4
    assert articles[:2] == articles[2:]


async def test_old_items_of_the_first_poll_are_backfill_and_later_ones_are_not(
    site, make_poller, producer, rss, story
) -> None:
    old = timedelta(days=30)
    site.body = rss(story(1), story(2, age=old))
    poller = make_poller(site.feed)
    await poller.poll(site.feed)
    site.body = rss(story(1), story(3, age=old))
    await poller.poll(site.feed)
    backfill = {a.title.split()[0]: a.is_backfill for a in published(producer)}
    assert backfill == {"Talbiseh": False, "Hama": True, "Homs": False}


async def test_a_rehearsal_has_no_backfill(site, make_poller, producer, rss, story) -> None:
    site.body = rss(story(1, age=timedelta(days=500)))
    await make_poller(site.feed, is_stream_clock=True).poll(site.feed)
    assert [a.is_backfill for a in published(producer)] == [False]


async def test_what_is_no_feed_is_buried_once_and_the_feed_is_failing(
    site, make_poller, producer, state, clock
) -> None:
    site.body = b"<html>Sorry</html>" + b"x" * 100_000
    poller = make_poller(site.feed)
    for _ in range(3):
        await poller.poll(site.feed)
    (letter,) = [DeadLetter.from_json(v) for v in producer.values(DEADLETTERS.name)]
    assert (letter.reason, letter.where) == (ParseReason.NOT_A_FEED, site.feed.url)
    assert base64.b64decode(letter.raw) == site.body[: 64 * 1024]
    kept = state.feed(site.feed.feed_id, "")
    assert (health_of(state, site.feed), kept.last_reason, kept.failures) == (
        "failing",
        "not_a_feed",
        1.5,
    )


async def test_a_password_in_an_address_is_sent_but_never_shown(
    site, make_poller, producer, state, caplog
) -> None:
    site.body = b"<html></html>"
    feed = make_feed(site.feed.url.replace("http://", "http://jo:secret@"))
    await make_poller(feed).poll(feed)
    assert "authorization" in site.server.requests[0].headers
    shown = f"{producer.sent} {state.feed(feed.feed_id, '').last_error} {feed.title} {caplog.text}"
    assert "secret" not in shown


async def test_another_bad_body_is_buried_too(site, make_poller, producer) -> None:
    poller = make_poller(site.feed)
    for body in (b"<html>1</html>", b"<html>2</html>"):
        site.body = body
        await poller.poll(site.feed)
    assert len(producer.values(DEADLETTERS.name)) == 2


async def test_a_feed_that_recovers_is_ok_and_tells_what_it_missed(
    site, make_poller, producer, state
) -> None:
    good, site.body = site.body, b"<html></html>"
    poller = make_poller(site.feed)
    await poller.poll(site.feed)
    site.body = good
    await poller.poll(site.feed)
    kept = state.feed(site.feed.feed_id, "")
    assert (health_of(state, site.feed), kept.last_error, kept.failures) == ("ok", "", 0.0)
    assert len(published(producer)) == 2


async def test_twenty_404s_leave_a_feed_enabled(site, make_poller, state, clock) -> None:
    site.status = "404 Not Found"
    poller = make_poller(site.feed)
    due = [await poller.poll(site.feed) for _ in range(20)]
    kept = state.feed(site.feed.feed_id, "")
    assert None not in due
    assert (health_of(state, site.feed), kept.failures, kept.last_reason) == (
        "failing",
        10.0,
        "not_found",
    )


async def test_gone_once_is_tried_again_and_gone_a_day_later_is_left_alone(
    site, make_poller, state, clock
) -> None:
    site.status = "410 Gone"
    poller = make_poller(site.feed)
    assert await poller.poll(site.feed) is not None
    clock.forward(hours=23)
    assert await poller.poll(site.feed) is not None
    clock.forward(hours=2)
    assert await poller.poll(site.feed) is None
    assert health_of(state, site.feed) == "gone"
    asked = len(site.server.requests)
    await make_poller(site.feed).run(asyncio.Event(), once=True)
    assert len(site.server.requests) == asked


async def test_a_blip_between_two_410s_starts_the_count_anew(site, make_poller, clock) -> None:
    poller = make_poller(site.feed)
    site.status = "410 Gone"
    await poller.poll(site.feed)
    clock.forward(hours=25)
    site.status = "200 OK"
    await poller.poll(site.feed)
    site.status = "410 Gone"
    assert await poller.poll(site.feed) is not None


async def test_retry_after_is_kept(site, make_poller, clock) -> None:
    site.status, site.headers = "429 Too Many Requests", {"Retry-After": "7200"}
    due = await make_poller(site.feed).poll(site.feed)
    assert timedelta(hours=2) <= due - clock() <= timedelta(hours=2.2)


async def test_an_answer_that_stays_fresh_is_left_alone_but_not_in_a_rehearsal(
    site, make_poller, clock
) -> None:
    site.headers = {"Cache-Control": "max-age=172800", "ETag": '"1"'}
    poller = make_poller(site.feed)
    await poller.poll(site.feed)
    assert await poller.poll(site.feed) - clock() == timedelta(hours=24)
    rehearsal = make_poller(site.feed, is_stream_clock=True)
    assert await rehearsal.poll(site.feed) - clock() < timedelta(hours=1)


async def test_the_schedule_survives_a_restart(site, make_poller, state, clock) -> None:
    await make_poller(site.feed).poll(site.feed)
    kept = state.feed(site.feed.feed_id, "").next_poll_at
    assert timedelta(minutes=10) <= kept - clock() <= timedelta(minutes=27)
    assert make_poller(site.feed).rota._due == {site.feed.feed_id: kept}


async def test_a_feed_that_fails_in_any_way_does_not_touch_the_others(
    serve, respond, rss, story, make_poller, producer, state
) -> None:
    def answer(request, writer) -> None:
        bodies = {"/good": rss(story(1)), "/html": b"<html></html>", "/late": rss(story(2))}
        if request.path == "/cut":
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n<rss")
        elif request.path in bodies:
            respond(writer, body=bodies[request.path])
        else:
            respond(writer, "500 Oops")

    server = await serve(answer)
    paths = ("html", "cut", "error", "good", "late")
    feeds = [make_feed(f"{server.url}/{path}", source_id=path) for path in paths]
    await make_poller(*feeds).run(asyncio.Event(), once=True)
    assert {a.source_id for a in published(producer)} == {"good", "late"}
    health = [health_of(state, feed) for feed in feeds]
    assert health == ["failing"] * 3 + ["ok"] * 2


async def test_a_mistake_of_ours_costs_one_feed_only(
    site, make_poller, producer, state, monkeypatch
) -> None:
    other = make_feed(f"{site.server.url}/other", source_id="other")
    poller = make_poller(site.feed, other)
    usual = poller.poller._changes

    def stumble(feed, *rest):
        if feed is site.feed:
            raise KeyError("a bug")
        return usual(feed, *rest)

    monkeypatch.setattr(poller.poller, "_changes", stumble)
    await poller.run(asyncio.Event(), once=True)
    assert {a.source_id for a in published(producer)} == {"other"}
    assert state.feed(site.feed.feed_id, "").last_reason == "unexpected"


async def test_a_broker_that_does_not_acknowledge_ends_the_run(site, make_poller, producer) -> None:
    producer.is_broken = True
    with pytest.raises(BrokerError):
        await make_poller(site.feed).run(asyncio.Event())


async def test_no_more_feeds_are_fetched_at_once_than_allowed(
    serve, respond, rss, make_poller
) -> None:
    running, most = 0, 0

    async def answer(_, writer) -> None:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0.05)
        running -= 1
        respond(writer, body=rss())

    server = await serve(answer)
    feeds = [make_feed(f"{server.url}/{n}") for n in range(12)]
    await make_poller(*feeds, concurrency=3).run(asyncio.Event(), once=True)
    assert len(server.requests) == 12
    assert most == 3


async def test_one_host_is_given_its_pause_and_another_is_not_kept_waiting(
    make_poller, clock
) -> None:
    feeds = [make_feed(f"https://{h}.example.org/{n}") for n, h in enumerate("ab")]
    feeds.append(make_feed("https://elsewhere.example/"))
    poller = make_poller(*feeds)
    polled: list[str] = []

    async def note(feed):
        polled.append(feed.url)
        return clock() + timedelta(hours=1)

    poller.rota._poll = note
    stop = asyncio.Event()
    running = asyncio.create_task(poller.run(stop, once=True))
    await asyncio.sleep(0.05)
    assert polled == [feeds[0].url, feeds[2].url]
    stop.set()
    await running


class StuckProducer:
    """Stands for a broker that takes its time with what large feeds say."""

    def __init__(self, producer) -> None:
        self.producer = producer
        self.is_free = threading.Event()
        self.large: set[str] = set()

    def send(self, topic: str, *, key: bytes, value: bytes, partition: int | None = None) -> Any:
        article = Article.from_json(value)
        if article.source_id.startswith("large"):
            self.large.add(article.source_id)
            self.is_free.wait(60)
        return self.producer.send(topic, key=key, value=value, partition=partition)

    def flush(self, timeout: float | None = None) -> None:
        pass


async def test_an_ordinary_feed_does_not_wait_behind_large_ones(
    serve, respond, rss, story, make_poller, producer
) -> None:
    large = rss(story(1, description="Much was said. " * 60_000))
    server = await serve(
        lambda request, writer: respond(
            writer, body=large if request.path.startswith("/large") else rss(story(2))
        )
    )
    feeds = [make_feed(f"{server.url}/large{n}", source_id=f"large{n}") for n in range(4)]
    ordinary = make_feed(f"{server.url}/feed", source_id="ordinary")
    stuck = StuckProducer(producer)
    polling = make_poller(*feeds, ordinary, producer=stuck)
    polling.poller._fetcher._timeout_s = polling.poller._parser._deadline_s = 60.0
    polls = [asyncio.create_task(polling.poll(feed)) for feed in feeds]
    try:
        async with asyncio.timeout(120):
            while not stuck.large:  # noqa: ASYNC110  # a thread tells
                await asyncio.sleep(0.01)
            await polling.poll(ordinary)
        assert {a.source_id for a in published(producer)} == {"ordinary"}
        assert len(stuck.large) < len(feeds), "large ones take turns"
    finally:
        stuck.is_free.set()
        await asyncio.gather(*polls)
    assert {a.source_id for a in published(producer)} == {"ordinary", *(f.source_id for f in feeds)}
