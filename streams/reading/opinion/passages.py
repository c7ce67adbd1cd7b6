"""Passages: the stretches of an article that the second opinion reads, one place marked in each.

A short text is one passage for each place it names. In a longer one a passage is a sentence that names the place
with its neighbours where they are short, and only the first few count. The training cuts its texts with the same function.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from streams.reading.gate import Mention
from streams.reading.sentences import Span, split


LONGEST_CHARACTERS = 420
# A stretch of a longer text.
LONGEST_STRETCH = 300
# News say what matters first; each passage costs as much as parsing eight sentences.
MOST_OF_A_LONG_TEXT = 4
# Two words of the encoder's vocabulary that its first training left without a meaning.
BEFORE, AFTER = "[unused1]", "[unused2]"


class Passage(NamedTuple):
    """A stretch of text about a place; `sentence` names the place.

    Attributes:
        place_id: whom it is about.
        sentence: the offsets of the sentence that names the place.
        start: where the stretch begins in the article's text.
        end: where it ends there.
        text: the stretch with the place marked and one space for all white space.
        origins: for each character of `text`, its offset in the article's text; a mark has that of what it marks.
    """

    place_id: str
    sentence: Span
    start: int
    end: int
    text: str
    origins: tuple[int, ...]


def passages(text: str, mentions: Sequence[Mention]) -> list[Passage]:
    """Return the passages of `text`, place by place in the order of their first mention."""
    spans = split(text)
    found = []
    for place_id in dict.fromkeys(m.place_id for m in mentions):
        own = [m for m in mentions if m.place_id == place_id]
        for sentence, start, end in _stretches(text, spans, own):
            found.append(Passage(place_id, sentence, start, end, *_marked(text, start, end, own)))
    if len(text) > LONGEST_CHARACTERS:
        found = sorted(found, key=lambda passage: passage.sentence)[:MOST_OF_A_LONG_TEXT]
    return found


def _stretches(
    text: str, spans: Sequence[Span], own: Sequence[Mention]
) -> list[tuple[Span, int, int]]:
    naming = [
        i for i, span in enumerate(spans) if any(span.start <= m.start < span.end for m in own)
    ]
    if len(text) <= LONGEST_CHARACTERS:
        bodily = [i for i in naming if "\n" in text[: spans[i].start]] or naming
        return [(spans[bodily[0]], 0, len(text))] if bodily else []
    return [(spans[i], *_around(spans, i)) for i in naming]


def _around(spans: Sequence[Span], i: int) -> tuple[int, int]:
    """From the sentence before to the one after; alone when they are long."""
    start, end = spans[max(0, i - 1)].start, spans[min(len(spans) - 1, i + 1)].end
    if end - start > LONGEST_STRETCH:
        start = spans[i].start
    if end - start > LONGEST_STRETCH:
        end = spans[i].end
    return start, end


def _marked(text: str, start: int, end: int, own: Sequence[Mention]) -> tuple[str, tuple[int, ...]]:
    """The stretch with its marks, and where each character comes from."""
    letters: list[str] = []
    origins: list[int] = []
    for letter, origin in _letters(text, start, end, own):
        is_space = letter.isspace()
        if is_space and (not letters or letters[-1] == " "):
            continue
        letters.append(" " if is_space else letter)
        origins.append(origin)
    if letters and letters[-1] == " ":
        letters.pop()
    return "".join(letters), tuple(origins[: len(letters)])


def _letters(text: str, start: int, end: int, own: Sequence[Mention]) -> Iterator[tuple[str, int]]:
    cursor = start
    for mention in own:
        if mention.start >= cursor and mention.end <= end:
            yield from ((text[i], i) for i in range(cursor, mention.start))
            yield from ((letter, mention.start) for letter in f"{BEFORE} ")
            yield from ((text[i], i) for i in range(mention.start, mention.end))
            yield from ((letter, mention.end) for letter in f" {AFTER}")
            cursor = mention.end
    yield from ((text[i], i) for i in range(cursor, end))
