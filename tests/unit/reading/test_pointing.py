from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import pytest

from placewatch.vocabulary import State
from streams.reading.draft import Draft
from streams.reading.opinion.passages import Passage, passages
from streams.reading.opinion.pointing import pointed_at
from streams.reading.opinion.weighing import Belief
from streams.reading.reader import Reader
from tests.unit.reading.conftest import PLACES, article_of


Answer = TypeVar("Answer")


@pytest.fixture
def asked(actors, sources, nlp, monkeypatch):
    """Read a text and return what `question` gets from the draft that the second opinion is shown.

    The question is put while the reader reads: its tokens do not outlive the memory zone they
    were made in.
    """

    def ask(text: str, question: Callable[[Draft], Answer]) -> Answer:
        answers: list[Answer] = []
        monkeypatch.setattr(
            "streams.reading.reader.ask_second_opinion",
            lambda draft: answers.append(question(draft)),
        )
        Reader(PLACES, actors, sources, nlp).read([article_of(text)])
        (answer,) = answers
        return answer

    return ask


def _pointing(draft: Draft, shares: dict[str, float]) -> Belief:
    """A belief that gives each of these words its share, and what is left to nobody."""
    (passage, *_) = passages(draft.text, draft.mentions)
    words = [(passage.text.index(word), word) for word in shares]
    tokens = ((0, 0), *((start, start + len(word)) for start, word in words))
    actor = (1 - sum(shares.values()), *shares.values())
    return Belief(1.0, 1.0, (1.0, 0, 0, 0, 0), passage, actor, tokens)


def _actor_by(
    shares: dict[str, float], state: State = State.STRUCK
) -> Callable[[Draft], str | None]:
    """The question who acts, where the words pointed at are these."""

    def question(draft: Draft) -> str | None:
        assert draft.context is not None
        return pointed_at(state, _pointing(draft, shares), draft.sentences, draft.context)

    return question


SHELLED = "Nobody sleeps in Arden: Russian troops shell it while villagers pray."


@pytest.mark.parametrize(
    ("shares", "actor"), [({"Russian": 0.8}, "Russia"), ({"villagers": 0.9}, "villagers")]
)
def test_the_party_pointed_at_has_the_name_that_the_grammar_gives_it(asked, shares, actor):
    assert asked(SHELLED, _actor_by(shares)) == actor


def test_the_words_of_one_party_count_together(asked):
    shares = {"Russian": 0.25, "troops": 0.25, "villagers": 0.4}
    assert asked(SHELLED, _actor_by(shares)) == "Russia"


def test_where_nobody_is_pointed_at_nobody_acts(asked):
    assert asked("Arden fell on Monday, villagers said.", _actor_by({"villagers": 0.3})) is None


def test_from_whom_a_place_is_taken_did_not_take_it(asked):
    text = "Graves lie in Arden, a town recently recaptured from Russian troops."
    assert asked(text, _actor_by({"Russian": 0.9})) == "Russia"
    assert asked(text, _actor_by({"Russian": 0.9}, State.CAPTURED)) is None


def test_letters_of_a_passage_know_where_they_come_from(asked):
    def question(draft: Draft) -> tuple[str, Passage]:
        return draft.text, passages(draft.text, draft.mentions)[0]

    text, passage = asked("The  bridge at Arden\n\nis closed.", question)
    origin = passage.origins[passage.text.index("closed")]
    assert text[origin : origin + 6] == "closed"
    assert len(passage.origins) == len(passage.text)
