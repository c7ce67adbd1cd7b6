"""Our own corpus is what it says it is: well formed, labelled with known words, nothing twice, nothing leaked."""

from __future__ import annotations

import re
from collections import Counter

import pytest
from own_corpus import Snippet, snippets

from placewatch.record_base import place_id_of
from placewatch.vocabulary import WAR_STATES, Factuality, State


MEASURED = list(snippets())
LEARNING = list(snippets(for_learning=True))
LABELS = {f.value for f in Factuality} - {Factuality.UNCONFIRMED.value}
REGISTERS = {
    "agency",
    "headline",
    "telegram",
    "think-tank",
    "state-media",
    "database",
    "local-press",
    "bulletin",
    "daily",
    "quote",
}


def beginning(snippet: Snippet) -> str:
    return " ".join(re.findall(r"\w+", snippet.text.lower()))[:60]


@pytest.mark.parametrize("corpus", [MEASURED, LEARNING], ids=["measured", "learning"])
def test_labels_are_those_of_the_field(corpus):
    for snippet in corpus:
        assert snippet.body, snippet
        assert snippet.register in REGISTERS, snippet.text
        assert snippet.construction.startswith("none") is not bool(snippet.reports), snippet.text
        for report in snippet.reports:
            assert report["state"] in set(State), snippet.text
            assert report["factuality"] in LABELS, snippet.text


@pytest.mark.parametrize("corpus", [MEASURED, LEARNING], ids=["measured", "learning"])
def test_places_are_watchable_and_each_named_once(corpus):
    for snippet in corpus:
        assert snippet.places, snippet.text
        assert all(", " in label for label in snippet.places), snippet.text
        assert len({place_id_of(label) for label in snippet.places}) == len(snippet.places)


def test_nothing_is_there_twice():
    starts = Counter(map(beginning, MEASURED))
    assert [start for start, times in starts.items() if times > 1] == []


def test_what_trains_is_not_what_measures():
    assert not {beginning(s) for s in MEASURED} & {beginning(s) for s in LEARNING}


def test_it_is_large_and_varied_enough():
    silent = [s for s in MEASURED if not s.reports]
    told = {report["state"] for s in MEASURED for report in s.reports}
    assert len(MEASURED) >= 1500
    assert len(silent) >= 500
    assert told == set(State) >= WAR_STATES
    assert len({s.construction for s in MEASURED}) >= 80


def test_the_halves_are_halves_of_each_construction():
    tested = Counter(s.construction for s in MEASURED if s.is_for_testing)
    items = Counter(s.construction for s in MEASURED)
    assert 0.45 < tested.total() / items.total() < 0.55
    assert [c for c, n in items.items() if n >= 10 and not 0.15 < tested[c] / n < 0.85] == []
