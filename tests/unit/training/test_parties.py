from __future__ import annotations

import pytest
from parties import spans_of

from placewatch.actors import load_actors
from placewatch.settings import seeds_dir


@pytest.fixture(scope="module")
def actors():
    return load_actors(seeds_dir() / "actors.yaml")


@pytest.mark.parametrize(
    ("party", "text", "words"),
    [
        ("the 5th column", "Here The 5th Column stands", ["The 5th Column"]),
        ("Islamic State", "Daesh lost it; IS men fled; this is all", ["Daesh", "IS"]),
        ("Russian troops", "Moscow and its Russian allies", ["Moscow", "Russian"]),
        ("men", "women went", None),
        ("Islamic State", "nobody is named", None),
        (None, "anything", []),
    ],
)
def test_a_party_is_found_by_its_own_words_or_by_another_name_it_has(actors, party, text, words):
    spans = spans_of(party, text, actors, "Syria")
    assert (spans if spans is None else [text[a:b] for a, b in spans]) == words
