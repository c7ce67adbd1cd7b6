"""Which words of its sentence a report stands on, by offsets that cut the article's plain text exactly."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TypeAlias

from spacy.tokens import Token

from placewatch.records import Mark, Report
from placewatch.vocabulary import MarkRole
from streams.reading.documents import Sentence
from streams.reading.phrases import phrase_start


# A word of the sentence, or words glued into one ("rebel" of "rebel-held").
Phrase: TypeAlias = Token | str | None


def marks_of(
    sentence: Sentence, place: int | None, trigger: Token, parties: Mapping[MarkRole, Phrase]
) -> tuple[Mark, ...]:
    """Return the marks of a report, in text order.

    Args:
        sentence: the evidence.
        place: index of the token that names the place or stands for it ("the city"), if any does.
        trigger: the word that says the state.
        parties: who acts, loses and speaks, as the sentence names them; a pronoun is marked as such.
    """
    marks = [_mark(MarkRole.TRIGGER, sentence, trigger.i, trigger.i)]
    if place is not None:
        marks.append(_mark(MarkRole.PLACE, sentence, place, place))
    for role, phrase in parties.items():
        if isinstance(phrase, str):
            marks.extend(_glued(role, sentence, trigger.i, phrase))
        elif phrase is not None:
            marks.append(_mark(role, sentence, phrase_start(phrase), phrase.i))
    return tuple(sorted(marks, key=lambda mark: (mark.start, -mark.end)))


def with_parties_of(report: Report, told: Report) -> Report:
    """Return `report` with the marks of `told` that still hold once its parties were filled in or turned round."""
    kept = []
    for mark in told.marks:
        if mark.role not in _PARTIES or _party(told, mark.role) == _party(report, mark.role):
            kept.append(mark)
        elif (other := _PARTIES[mark.role]) and _party(told, mark.role) == _party(report, other):
            kept.append(mark.model_copy(update={"role": other}))
    return report.model_copy(update={"marks": tuple(kept)})


_PARTIES = {MarkRole.ACTOR: MarkRole.AGAINST, MarkRole.AGAINST: MarkRole.ACTOR}


def _party(report: Report, role: MarkRole) -> str | None:
    return report.actor if role is MarkRole.ACTOR else report.against


def _mark(role: MarkRole, sentence: Sentence, first: int, last: int) -> Mark:
    return Mark(role=role, start=sentence.starts[first], end=sentence.ends[last])


def _glued(role: MarkRole, sentence: Sentence, i: int, words: str) -> Iterator[Mark]:
    start = sentence.starts[i]
    if sentence.text.startswith(words, start):
        yield Mark(role=role, start=start, end=start + len(words))
