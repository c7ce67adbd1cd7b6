"""Publishing: some at a time, each acknowledged, and nothing that a broker would refuse."""

from __future__ import annotations

import pytest

from placewatch.errors import BrokerError
from placewatch.records import Article
from placewatch.topics import ARTICLES
from producers.publisher import MAX_RECORD_BYTES, Publisher


@pytest.fixture
def article(now):
    def make(number: int = 0, **changed: str) -> Article:
        fields = {
            "article_id": f"a{number}",
            "source_id": "s",
            "title": "T",
            "published_at": now,
            "fetched_at": now,
        }
        return Article(**(fields | changed))

    return make


def sent(producer) -> list[Article]:
    return [Article.from_json(value) for value in producer.values(ARTICLES.name)]


def test_many_articles_keep_their_order_and_are_flushed_some_at_a_time(producer, article) -> None:
    flushed = []
    producer.flush = lambda timeout=None: flushed.append(len(producer.sent))
    articles = [article(n, text="x" * 100_000) for n in range(30)]
    Publisher(producer).publish(articles)
    assert sent(producer) == articles
    assert flushed == [11, 22, 30]


def test_nothing_more_is_sent_once_one_was_not_acknowledged(producer, article) -> None:
    producer.is_broken = True
    with pytest.raises(BrokerError):
        Publisher(producer).publish([article(n, text="x" * 600_000) for n in range(10)])
    assert len(producer.sent) == 2


def test_nothing_is_sent_for_no_articles(producer) -> None:
    producer.is_broken = True
    Publisher(producer).publish([])
    assert producer.sent == []


@pytest.mark.parametrize("char", ["x", "\u6218", "\U0001f600", '"', "\\"])
def test_what_is_too_large_for_a_record_goes_without_its_end(producer, article, char) -> None:
    """Kafka would refuse it, which looks like a broker that is gone and would end the producer, again and again."""
    whole = article(summary=char * 200_000, text=char * 200_000)
    Publisher(producer).publish([whole])
    ((_, _, value),) = producer.sent
    (kept,) = sent(producer)
    assert len(value) <= MAX_RECORD_BYTES
    assert kept.summary == whole.summary
    assert whole.text.startswith(kept.text)
    is_cut = len(whole.to_json()) > MAX_RECORD_BYTES
    assert (kept.text_quality == "partial", len(kept.text) < 200_000) == (is_cut, is_cut)
