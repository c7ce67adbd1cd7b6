"""The memory that polls share, and who waits for it."""

from __future__ import annotations

import asyncio

import pytest

from placewatch.records import Article
from producers.fetched import Fetched, Outcome
from producers.room import Room, Rooms, weight_of, weight_of_articles


MIB = 1024**2


async def entered(*waiting: asyncio.Future[None]) -> list[bool]:
    """Return which of these are in, once nobody moves any more."""
    for _ in range(10):
        await asyncio.sleep(0)
    return [task.done() for task in waiting]


def enter(
    room: Room, wanted: int, until: asyncio.Event
) -> tuple[asyncio.Future[None], asyncio.Task[None]]:
    """Have somebody take a share until told; return what is done once it is in, and its task."""
    is_in: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def take() -> None:
        async with room.share(wanted):
            is_in.set_result(None)
            await until.wait()

    return is_in, asyncio.create_task(take())


async def test_no_more_are_let_in_than_there_is_room_for() -> None:
    room, until = Room(10), asyncio.Event()
    first, second, third = (enter(room, wanted, until) for wanted in (6, 4, 1))
    assert await entered(first[0], second[0], third[0]) == [True, True, False]
    until.set()
    await asyncio.gather(first[1], second[1], third[1])
    assert third[0].done()


async def test_who_comes_first_is_let_in_first_however_much_it_wants() -> None:
    room, held, until = Room(10), asyncio.Event(), asyncio.Event()
    holder = enter(room, 4, held)
    large, small = enter(room, 10, until), enter(room, 1, until)
    assert await entered(holder[0], large[0], small[0]) == [True, False, False]
    held.set()
    assert await entered(large[0], small[0]) == [True, False]
    until.set()
    await asyncio.gather(holder[1], large[1], small[1])


async def test_what_is_wanted_beyond_all_there_is_is_all_there_is() -> None:
    room = Room(10)
    async with asyncio.timeout(5), room.share(1000) as share:
        assert share.held_bytes == 10


async def test_what_is_given_back_lets_others_in() -> None:
    room, until = Room(10), asyncio.Event()
    async with room.share(10) as share:
        waiting = enter(room, 8, until)
        assert await entered(waiting[0]) == [False]
        share.shrink(5)
        assert await entered(waiting[0]) == [False]
        share.shrink(7)  # it cannot grow
        share.shrink(2)
        assert await entered(waiting[0]) == [True]
    until.set()
    await waiting[1]
    async with asyncio.timeout(5), room.share(10):
        pass  # everything is back


async def test_one_that_gives_up_waiting_leaves_the_room_as_it_was() -> None:
    room, until = Room(10), asyncio.Event()
    async with room.share(10):
        given_up, next_one = enter(room, 5, until), enter(room, 5, until)
        await entered(given_up[0])
        given_up[1].cancel()
        await asyncio.gather(given_up[1], return_exceptions=True)
    assert await entered(next_one[0]) == [True]
    until.set()
    await next_one[1]
    async with asyncio.timeout(5), room.share(10):
        pass


async def test_ordinary_documents_never_wait_behind_large_ones(rss, story) -> None:
    rooms = Rooms()
    ordinary = weight_of(fetched(rss(*(story(n, description="x" * 1000) for n in range(100)))))
    async with rooms.share(24 * MIB):
        waiting = asyncio.create_task(rooms.share(24 * MIB).__aenter__())
        assert await entered(waiting) == [False]
        async with asyncio.timeout(5), rooms.share(ordinary), rooms.share(ordinary):
            pass
        waiting.cancel()


def fetched(body: bytes) -> Fetched:
    return Fetched(Outcome.FETCHED, "https://x.example/", body=body)


ITEMS = b"<rss>" + b"<item><guid>12345</guid><title>1234</title></item>" * 2000
ENTRIES = b'<a:feed xmlns:a="x">' + b"<a:entry>123456789012345678901</a:entry>" * 2000


@pytest.mark.parametrize(
    ("body", "least", "most"),
    [
        (b"", 0, 0),
        (b"<rss><item>" + b"x" * 80_000, 0, 1 * MIB),
        (b"<rss>" + b"x" * 5 * MIB, 30 * MIB, 40 * MIB),
        (ITEMS, 9 * MIB, 11 * MIB),
        (ITEMS.upper(), 9 * MIB, 11 * MIB),
        (ENTRIES, 8 * MIB, 11 * MIB),
        (ITEMS.decode().encode("utf-16"), 9 * MIB, 12 * MIB),
        (ITEMS.decode().encode("cp037"), 9 * MIB, 11 * MIB),
        (b'{"items": [' + b'{"id": 1, "title": "T", "content_text": "<p>x</p>"},' * 2000, 9 * MIB, 11 * MIB),
        (b'{"items": [' + b'{"id": 1, "title": "12345678901234567890123"},' * 2000, 8 * MIB, 11 * MIB),
    ],
)  # fmt: skip
def test_a_document_weighs_what_the_worst_like_it_may(body: bytes, least: int, most: int) -> None:
    assert least <= weight_of(fetched(body)) <= most


def test_articles_weigh_what_their_texts_take(now) -> None:
    plain, wide = (
        Article(article_id="a", source_id="s", title="T", text=t, published_at=now, fetched_at=now)
        for t in ("x" * 10_000, "x" * 10_000 + "😀")
    )
    assert 10_000 < weight_of_articles([plain]) < 20_000
    assert weight_of_articles([wide]) - weight_of_articles([plain]) > 29_000
    assert weight_of_articles([]) == 0
