"""Passages: the stretches of an article that the second opinion reads, one place marked in each.

A short text is one passage for each place it names. In a longer one a passage is a sentence that names the place
with its neighbours where they are short, and only the first few count. The training cuts its texts with the same function.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
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
    """A stretch of text about a place; `sentence` names the place."""

    place_id: str
    sentence: Span
    start: int
    end: int
    text: str


def passages(text: str, mentions: Sequence[Mention]) -> list[Passage]:
    """Return the passages of `text`, place by place in the order of their first mention."""
    spans = split(text)
    found = []
    for place_id in dict.fromkeys(m.place_id for m in mentions):
        own = [m for m in mentions if m.place_id == place_id]
        for sentence, start, end in _stretches(text, spans, own):
            found.append(Passage(place_id, sentence, start, end, _marked(text, start, end, own)))
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


def _marked(text: str, start: int, end: int, own: Sequence[Mention]) -> str:
    pieces, cursor = [], start
    for mention in own:
        if mention.start >= cursor and mention.end <= end:
            pieces += [text[cursor : mention.start], f"{BEFORE} "]
            pieces += [text[mention.start : mention.end], f" {AFTER}"]
            cursor = mention.end
    return re.sub(r"\s+", " ", "".join([*pieces, text[cursor:end]])).strip()
