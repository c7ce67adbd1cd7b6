"""The reader processes: real processes that die, hang and fail, and what becomes of the batch."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from placewatch.records import Article, Reading
from streams.pool import ReaderOptions
from streams.reader_pool import TOGETHER, ReaderPool, Unread
from streams.reasons import DeadLetterReason


# Spawned processes import this by name, so it lies in a folder of its own on the path.
ENTRIES = """
import os, time
from placewatch.records import Reading

def start(options):
    pass

def reading(article):
    return (Reading(place_id="hama", place=str(os.getpid()), article_id=article.article_id, source_id="s",
                    published_at=article.published_at, fetched_at=article.fetched_at),)

def read(articles):
    for article in articles:
        if article.title == "kill": os._exit(9)
        if article.title == "hang": time.sleep(60)
        if article.title == "fail": raise ValueError("cannot read this")
    return [reading(article) for article in articles]
"""


@pytest.fixture(scope="module")
def entries(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModuleType]:
    folder = tmp_path_factory.mktemp("entries")
    (folder / "pool_entries.py").write_text(ENTRIES)
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(folder))
        yield importlib.import_module("pool_entries")


@pytest.fixture
def pool(entries: ModuleType) -> Iterator[ReaderPool]:
    made = ReaderPool(
        lambda places: ReaderOptions(places, Path("actors"), Path("sources")),
        2,
        timeout_s=10,
        entry=entries.read,
        initializer=entries.start,
    )
    made.use(())
    yield made
    made.close()


MakeArticle = Callable[..., Article]


def ids(outcomes: list[Any]) -> list[Any]:
    return [
        o.reason if isinstance(o, Unread) else [r.article_id for r in o if isinstance(r, Reading)]
        for o in outcomes
    ]


async def test_results_come_in_the_order_of_the_articles(
    pool: ReaderPool, make_article: MakeArticle
) -> None:
    outcomes = await pool.read([make_article(str(n)) for n in range(7)])
    assert ids(outcomes) == [[str(n)] for n in range(7)]


async def test_an_article_that_kills_its_process_is_the_only_one_lost(
    pool: ReaderPool, make_article: MakeArticle
) -> None:
    outcomes = await pool.read(
        [make_article("a"), make_article("b", title="kill"), make_article("c")]
    )
    assert ids(outcomes) == [["a"], DeadLetterReason.READER_DIED, ["c"]]


async def test_an_article_that_fails_is_named_with_its_error(
    pool: ReaderPool, make_article: MakeArticle
) -> None:
    first, second = await pool.read([make_article("a"), make_article("b", title="fail")])
    assert ids([first]) == [["a"]]
    assert second == Unread(DeadLetterReason.UNREADABLE, "ValueError: cannot read this")


async def test_an_article_that_hangs_is_given_up(
    pool: ReaderPool, make_article: MakeArticle
) -> None:
    pool._timeout_s = 3.0
    outcomes = await pool.read([make_article("a", title="hang"), make_article("b")])
    assert ids(outcomes) == [DeadLetterReason.READER_DIED, ["b"]]


async def test_after_all_that_the_pool_reads_on(
    pool: ReaderPool, make_article: MakeArticle
) -> None:
    await pool.read([make_article("a", title="kill")])
    assert ids(await pool.read([make_article("b")])) == [["b"]]


async def test_what_was_begun_early_comes_in_order_and_is_told_as_a_sign_of_life(
    pool: ReaderPool, make_article: MakeArticle
) -> None:
    articles = [make_article(str(n)) for n in range(TOGETHER * 3)]
    begun = [
        future for n in (0, 5) for future in pool.begin(articles[n : n + 5 if n == 0 else None])
    ]
    assert ids(await pool.read(articles, begun)) == [[str(n)] for n in range(TOGETHER * 3)]
    assert pool.answers == len(begun)


async def test_one_that_kills_among_what_was_begun_early_is_the_only_one_lost(
    pool: ReaderPool, make_article: MakeArticle
) -> None:
    articles = [make_article(str(n), title="kill" if n == 6 else "") for n in range(10)]
    begun = [*pool.begin(articles[:4]), *pool.begin(articles[4:])]
    outcomes = ids(await pool.read(articles, begun))
    assert outcomes[6] == DeadLetterReason.READER_DIED
    assert [o for n, o in enumerate(outcomes) if n != 6] == [[str(n)] for n in range(10) if n != 6]


async def test_nobody_is_blamed_for_what_another_one_breaks_meanwhile(
    pool: ReaderPool, make_article: MakeArticle
) -> None:
    titles = ["fail", "", "", "", "kill", ""]
    articles = [make_article(str(n), title=title) for n, title in enumerate(titles)]
    begun = [future for article in articles for future in pool.begin([article])]
    assert ids(await pool.read(articles, begun)) == [
        DeadLetterReason.UNREADABLE,
        ["1"],
        ["2"],
        ["3"],
        DeadLetterReason.READER_DIED,
        ["5"],
    ]
