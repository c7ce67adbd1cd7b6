"""Polls over loopback sockets with a clock that stands still: servers that lie, move, throttle or refuse.

T5, T6, T21, T26, T32 to T36, T97, T98 and T109 of the table in README.md.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from placewatch.errors import BrokerError
from placewatch.feed_health import FeedHealth
from placewatch.topics import FEEDS
from producers import metrics
from producers.health import judge_health
from producers.health_watch import HealthWatch
from producers.opml import make_feed
from producers.publisher import Publisher


HOURS = [timedelta(hours=n) for n in range(60)]


def published(producer) -> int:
    return len({key for topic, key, _ in producer.sent if topic.startswith("placewatch.articles")})


def conditional(request) -> bool:
    return bool({"if-none-match", "if-modified-since"} & request.headers.keys())


async def test_t6_a_server_that_always_says_not_modified_is_found_out_within_a_day(
    serve, respond, rss, story, make_poller, producer, clock, state
) -> None:
    def lie(request, writer) -> None:
        if conditional(request):
            respond(writer, "304 Not Modified", ETag='"for ever"')
        else:
            bare.append(clock())
            respond(writer, body=rss(*(story(n) for n in range(len(bare)))), ETag='"for ever"')

    bare: list[object] = []
    server = await serve(lie)
    feed = make_feed(f"{server.url}/feed")
    poller, before = make_poller(feed), metrics.FALSE_304._value.get()
    for _ in range(25):
        await poller.poll(feed)
        clock.forward(hours=1)
    assert len(bare) == 2
    assert published(producer) == 2
    assert metrics.FALSE_304._value.get() == before + 1
    for _ in range(6):
        await poller.poll(feed)
        clock.forward(minutes=30)
    assert len(bare) == 5, "once caught, it is asked for the whole feed every hour"


async def test_a_304_to_a_question_without_validators_is_a_failure(
    site, make_poller, state, clock
) -> None:
    site.status, site.body = "304 Not Modified", b""
    await make_poller(site.feed).poll(site.feed)
    kept = state.feed(site.feed.feed_id, "")
    assert (judge_health(kept, clock()).state, kept.last_reason) == ("failing", "unasked_304")


async def test_t33_a_feed_that_moved_for_good_is_polled_at_its_new_address_after_two_days(
    serve, respond, rss, story, make_poller, clock, state, producer
) -> None:
    def answer(request, writer) -> None:
        if request.path == "/new" and request.headers.get("if-none-match") == '"n"':
            respond(writer, "304 Not Modified")
        elif request.path == "/new":
            respond(writer, body=rss(story(1)), ETag='"n"')
        elif request.path == "/middle":
            respond(writer, "308 Permanent Redirect", Location="/new")
        else:
            respond(writer, "301 Moved Permanently", Location="/middle")

    server = await serve(answer)
    feed = make_feed(f"{server.url}/old")
    for hour in (0, 1, 24, 47):
        await make_poller(feed).poll(feed)  # each time as after a restart: the chain is kept
        assert state.feed(feed.feed_id, "").poll_url == ("" if hour < 0 else feed.url)
        clock.forward(hours={0: 1, 1: 23, 24: 23, 47: 2}[hour])
    await make_poller(feed).poll(feed)
    kept = state.feed(feed.feed_id, "")
    assert (kept.poll_url, kept.url) == (f"{server.url}/new", feed.url)
    assert judge_health(kept, clock()).state == "moved"
    asked = len(server.requests)
    await make_poller(feed).poll(feed)
    (request,) = server.requests[asked:]
    assert (request.path, request.headers["if-none-match"]) == ("/new", '"n"')
    assert published(producer) == 1


async def test_validators_go_only_to_the_address_that_gave_them(
    serve, respond, rss, story, make_poller, clock
) -> None:
    def answer(request, writer) -> None:
        if request.path == "/feed":
            respond(writer, "302 Found", Location="/cache")
        else:
            respond(writer, body=rss(story(1)), ETag='"c"')

    server = await serve(answer)
    feed = make_feed(f"{server.url}/feed")
    poller = make_poller(feed)
    await poller.poll(feed)
    await poller.poll(feed)
    assert [(r.path, r.headers.get("if-none-match")) for r in server.requests] == [
        ("/feed", None),
        ("/cache", None),
        ("/feed", None),
        ("/cache", '"c"'),
    ]


@pytest.mark.parametrize(
    ("first", "last"),
    [
        pytest.param("302 Found", "feed", id="T32 a temporary hop"),
        pytest.param("301 Moved Permanently", "page", id="T36 to a web page"),
    ],
)
async def test_t32_t36_what_is_temporary_or_no_feed_is_never_adopted(
    serve, respond, rss, story, make_poller, clock, state, first: str, last: str
) -> None:
    def answer(request, writer) -> None:
        if request.path == "/old":
            respond(writer, first, Location="/new")
        else:
            respond(writer, body=rss(story(1)) if last == "feed" else b"<html>parked</html>")

    server = await serve(answer)
    feed = make_feed(f"{server.url}/old")
    poller = make_poller(feed)
    for _ in range(6):
        await poller.poll(feed)
        clock.forward(hours=24)
    assert state.feed(feed.feed_id, "").poll_url == feed.url


async def test_t21_two_throttled_feeds_pause_their_host_and_no_other(
    names, serve, respond, rss, story, make_poller, clock, state
) -> None:
    def answer(request, writer) -> None:
        if request.path.startswith("/busy"):
            respond(writer, "429 Too Many Requests", Retry_After="7200")
        else:
            respond(writer, body=rss(story(1)))

    server = await serve(answer)
    port = server.url.rsplit(":", 1)[1]
    at = {
        path: make_feed(f"http://a.example.org:{port}/{path}") for path in ("busy1", "busy2", "c")
    }
    other = make_feed(f"http://b.example.net:{port}/d")
    polling = make_poller(*at.values(), other)
    await polling.poll(at["busy1"])
    assert polling.hosts.ready_at(at["c"].url, clock()) == clock()
    clock.forward(minutes=9)
    await polling.poll(at["busy2"])
    assert polling.hosts.ready_at(at["c"].url, clock()) - clock() == timedelta(hours=2)
    assert polling.hosts.ready_at(other.url, clock()) == clock()
    restarted = make_poller(*at.values(), other)
    assert restarted.hosts.ready_at(at["c"].url, clock()) - clock() == timedelta(hours=2)


@pytest.mark.parametrize(
    ("status", "headers", "reason"),
    [
        ("401 Unauthorized", {}, "forbidden"),
        ("403 Forbidden", {}, "forbidden"),
        ("451 Unavailable", {}, "forbidden"),
        ("403 Forbidden", {"cf-mitigated": "challenge"}, "challenged"),
        ("503 Busy", {"cf-mitigated": "challenge"}, "challenged"),
        ("200 OK", {"CF-Mitigated": "Challenge"}, "challenged"),
    ],
)
async def test_t98_a_server_that_refuses_us_is_told_as_such_and_asked_again_undisguised(
    site, make_poller, state, clock, status: str, headers: dict[str, str], reason: str
) -> None:
    site.status, site.headers = status, headers
    for _ in range(3):
        assert await make_poller(site.feed).poll(site.feed) is not None
    health = judge_health(state.feed(site.feed.feed_id, ""), clock())
    assert (health.state, health.reason) == ("blocked", reason)
    agents = {request.headers["user-agent"] for request in site.server.requests}
    assert len(agents) == 1
    assert agents.pop().startswith("placewatch/")


async def test_t26_a_feed_that_is_gone_is_polled_when_a_person_asks(
    site, make_poller, state, clock, producer
) -> None:
    site.status = "410 Gone"
    for _ in range(2):
        await make_poller(site.feed).poll(site.feed)
        clock.forward(hours=25)
    assert make_poller(site.feed).rota._due == {}
    site.status = "200 OK"
    state.want(site.feed.feed_id, site.feed.url)
    polling = make_poller()
    polling.rota.replace([site.feed], state.feeds())
    polling.rota.poll_now(state.take_wanted())
    await polling.run(asyncio.Event(), once=True)
    assert published(producer) == 2
    assert state.take_wanted() == ()
    kept = state.feed(site.feed.feed_id, "")
    assert (kept.is_disabled, kept.failures) == (False, 0.0)


async def test_t97_health_is_told_once_for_each_change_and_counted(
    site, make_poller, state, clock, producer
) -> None:
    watch, poller = HealthWatch(state, Publisher(producer)), make_poller(site.feed)

    async def told() -> list[tuple[str | None, str]]:
        await poller.poll(site.feed)
        clock.forward(minutes=30)
        return [(c.before, c.state) for c in watch.look([site.feed], clock())]

    def counted() -> dict[str, float]:
        states = {s.labels["state"]: s.value for s in metrics.BY_HEALTH.collect()[0].samples}
        return {word: count for word, count in states.items() if count}

    assert watch.look([site.feed], clock()) == []
    assert counted() == {"never polled": 1}
    assert await told() == [(None, "ok")]
    assert await told() == []
    site.status = "500 Oops"
    assert await told() == [], "one blip is not told"
    assert await told() == [("ok", "failing")]
    assert await told() == []
    assert counted() == {"failing": 1}
    watch = HealthWatch(state, Publisher(producer))  # a restart tells nothing again
    assert watch.look([site.feed], clock()) == []
    producer.is_broken = True
    site.status = "200 OK"
    with pytest.raises(BrokerError):
        await told()
    producer.is_broken = False
    assert await told() == [("failing", "ok")], "not acknowledged, not remembered as told"
    site.status = "403 Forbidden"
    assert await told() == [("ok", "blocked")]
    records = [FeedHealth.from_json(value) for value in producer.values(FEEDS.name)]
    words = [(r.state, r.reason, r.is_in_trouble) for r in records]
    assert words[-1] == ("blocked", "forbidden", True)
    assert ("failing", "server_error", True) in words
    assert records[-1].last_error == "HTTP 403 Forbidden"
    fresh = HealthWatch(state, Publisher(producer), repeats=True)  # to a broker that kept nothing
    assert fresh.look([site.feed], clock()) == []
    again = FeedHealth.from_json(producer.values(FEEDS.name)[-1])
    assert (again.state, again.since) == (records[-1].state, records[-1].since)


async def test_hundreds_of_slow_servers_are_asked_at_once(
    names, serve, respond, rss, make_poller, state
) -> None:
    under_way = most = 0

    async def answer(_, writer) -> None:
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        await asyncio.sleep(1.0)
        under_way -= 1
        respond(writer, body=rss())

    server = await serve(answer)
    port = server.url.rsplit(":", 1)[1]
    feeds = [make_feed(f"http://site{n}.example:{port}/feed") for n in range(300)]
    polling = make_poller(*feeds, concurrency=300)
    polling.poller._fetcher._timeout_s = 30.0  # a busy machine may take its time with three hundred
    await polling.run(asyncio.Event(), once=True)
    assert most > 150
    assert sum(kept.last_success_at is not None for kept in state.feeds().values()) == 300


async def test_t98_an_owner_may_ask_for_another_name(site, make_poller) -> None:
    named = replace(site.feed, user_agent="newsdesk/1 (+https://example.org/bot)")
    await make_poller(named).poll(named)
    assert site.server.requests[0].headers["user-agent"] == named.user_agent


async def test_t109_every_request_says_who_asks_and_nothing_else(site, make_poller, clock) -> None:
    site.headers = {"ETag": '"1"', "Set-Cookie": "id=1; Path=/"}
    poller = make_poller(site.feed)
    for _ in range(3):
        await poller.poll(site.feed)
    for request in site.server.requests:
        assert request.path == "/feed"
        assert request.headers.keys() <= {
            "host",
            "user-agent",
            "accept",
            "accept-encoding",
            "if-none-match",
        }
        assert "application/rss+xml" in request.headers["accept"]


async def test_what_a_server_says_in_bytes_that_are_no_text_hurts_nobody(
    serve, rss, story, make_poller, producer, clock, state
) -> None:
    document = rss(story(1))
    head = b'HTTP/1.1 200 OK\r\nETag: "\xff\xfe"\r\nContent-Length: %d\r\n\r\n' % len(document)

    def answer(request, writer) -> None:
        if request.path == "/refuses":
            writer.write(b"HTTP/1.1 403 N\xff\x1b[2Jo\r\nContent-Length: 0\r\n\r\n")
        else:
            writer.write(head + document)

    server = await serve(answer)
    refusing, giving = make_feed(f"{server.url}/refuses"), make_feed(f"{server.url}/gives")
    for feed in (refusing, giving, giving):
        await make_poller(feed).poll(feed)
    told = HealthWatch(state, Publisher(producer)).look([refusing, giving], clock())
    assert [(each.state, each.last_error) for each in told] == [
        ("blocked", "HTTP 403 N [2Jo"),
        ("ok", ""),
    ]
    assert not conditional(server.requests[-1]), (
        "what cannot go back byte for byte does not go back"
    )
    assert published(producer) == 1


async def test_what_was_told_of_a_feed_is_taken_back_when_it_leaves_the_list(
    site, make_poller, producer, clock, state
) -> None:
    site.status = "403 Forbidden"
    await make_poller(site.feed).poll(site.feed)
    watch = HealthWatch(state, Publisher(producer))
    assert [change.state for change in watch.look([site.feed], clock())] == ["blocked"]
    producer.is_broken = True
    with pytest.raises(BrokerError):
        watch.look([], clock())
    producer.is_broken = False
    for _ in range(2):
        assert watch.look([], clock()) == []
    sent = [(key, value) for topic, key, value in producer.sent if topic == FEEDS.name]
    assert sent[-1] == (site.feed.feed_id.encode(), None)
    assert [value for _, value in sent].count(None) == 2, "until it is acknowledged, and no more"
    assert [change.state for change in watch.look([site.feed], clock())] == ["blocked"]
