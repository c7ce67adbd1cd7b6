"""What the benchmark reads is what it says: so many words, so many relevant articles, nobody's names elsewhere."""

from __future__ import annotations

import pytest
from texts import PLACE, articles, corpus_texts

from placewatch.records import WatchedPlace
from streams.reading.gate import Gate


PLACES = [
    WatchedPlace(place_id=name.lower(), place=f"{name}, Syria", name=name, aliases=(name,))
    for name in ("Harimun", "Tel Oshkar", "Wadi Sarif")
]


@pytest.mark.parametrize("share", [0.0, 0.05, 0.2, 1.0])
def test_the_share_of_relevant_articles_is_the_one_asked_for(share):
    some = articles(100, share, PLACES, corpus_texts())
    gate = Gate(PLACES)
    relevant = [bool(gate.mentions(article.text)) for article in some]
    assert sum(relevant) == round(100 * share)
    if 0 < share < 1:
        assert relevant.index(True) < 1 / share  # spread, not all at the end
    assert all(430 < len(article.text.split()) < 700 for article in some)
    assert not any(PLACE in article.text for article in some)


def test_the_same_articles_each_time_and_strangers_in_none_twice():
    texts = corpus_texts()
    assert articles(3, 1.0, PLACES, texts) == articles(3, 1.0, PLACES, texts)
    told = " ".join(a.text for a in articles(20, 1.0, PLACES, texts, has_strangers=True))
    speakers = [words.split(", ")[-1] for words in told.split(" said.")[:-1]]
    assert len(set(speakers)) > 0.95 * len(speakers)
