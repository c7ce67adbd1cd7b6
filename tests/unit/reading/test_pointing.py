from __future__ import annotations

import pytest

from placewatch.vocabulary import State
from streams.reading.draft import Draft
from streams.reading.opinion.passages import Passage, passages
from streams.reading.opinion.pointing import pointed_at
from streams.reading.opinion.weighing import Belief
from streams.reading.reader import Reader
from tests.unit.reading.conftest import PLACES, article_of


@pytest.fixture
def drafted(actors, sources, nlp, monkeypatch):
    """Read a text and return what the second opinion gets of it: a draft whose sentences are parsed."""
    drafts: list[Draft] = []
    monkeypatch.setattr("streams.reading.reader.ask_second_opinion", drafts.append)

    def read(text: str) -> Draft:
        Reader(PLACES, actors, sources, nlp).read([article_of(text)])
        return drafts[-1]

    return read


def _pointing(draft: Draft, shares: dict[str, float]) -> Belief:
    """A belief that gives each of these words its share, and what is left to nobody."""
    (passage, *_) = passages(draft.text, draft.mentions)
    words = [(passage.text.index(word), word) for word in shares]
    tokens = ((0, 0), *((start, start + len(word)) for start, word in words))
    actor = (1 - sum(shares.values()), *shares.values())
    return Belief(1.0, 1.0, (1.0, 0, 0, 0, 0), passage, actor, tokens)


def _actor(draft: Draft, shares: dict[str, float], state: State = State.STRUCK) -> str | None:
    assert draft.context is not None
    return pointed_at(state, _pointing(draft, shares), draft.sentences, draft.context)


def test_the_party_pointed_at_has_the_name_that_the_grammar_gives_it(drafted):
    draft = drafted("Nobody sleeps in Arden: Russian troops shell it while villagers pray.")
    assert _actor(draft, {"Russian": 0.8}) == "Russia"
    assert _actor(draft, {"villagers": 0.9}) == "villagers"


def test_the_words_of_one_party_count_together(drafted):
    draft = drafted("Nobody sleeps in Arden: Russian troops shell it while villagers pray.")
    assert _actor(draft, {"Russian": 0.25, "troops": 0.25, "villagers": 0.4}) == "Russia"


def test_where_nobody_is_pointed_at_nobody_acts(drafted):
    draft = drafted("Arden fell on Monday, villagers said.")
    assert _actor(draft, {"villagers": 0.3}) is None


def test_from_whom_a_place_is_taken_did_not_take_it(drafted):
    draft = drafted("Graves lie in Arden, a town recently recaptured from Russian troops.")
    assert _actor(draft, {"Russian": 0.9}) == "Russia"
    assert _actor(draft, {"Russian": 0.9}, State.CAPTURED) is None


def test_letters_of_a_passage_know_where_they_come_from(drafted):
    draft = drafted("The  bridge at Arden\n\nis closed.")
    passage: Passage
    for passage in passages(draft.text, draft.mentions):
        at = passage.text.index("closed")
        origin = passage.origins[at]
        assert draft.text[origin : origin + 6] == "closed"
        assert len(passage.origins) == len(passage.text)
