"""Every word of tracking's reasons has its sentence in plain English, and no sentence is left without a word."""

from __future__ import annotations

from importlib.resources import files

import pytest
import yaml

from placewatch.plain_reasons import plain_reason
from streams.tracking.reasons import Counted, Grounds, Joined, Move


@pytest.mark.parametrize(
    ("kind", "words"),
    [("counted", Counted), ("joined", Joined), ("grounds", Grounds), ("move", Move)],
)
def test_every_word_has_a_sentence_of_its_own(kind, words) -> None:
    text = files("placewatch").joinpath("data", "reasons.yaml").read_text("utf-8")
    assert set(yaml.safe_load(text)[kind]) == {word.value for word in words}
    sentences = [plain_reason(kind, word) for word in words]
    assert len(set(sentences)) == len(sentences)


def test_a_word_of_a_newer_worker_is_shown_as_it_is() -> None:
    assert plain_reason("move", "held_back_for_tea") == "held back for tea"
