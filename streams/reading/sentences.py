"""Sentences: newlines first, then a regular expression that knows closing quotes, abbreviations and initials."""

from __future__ import annotations

import re
from typing import NamedTuple


class Span(NamedTuple):
    """A stretch of text by character offsets."""

    start: int
    end: int


# A full stop, maybe closed by quotes or brackets, before something that starts a sentence.
_END = re.compile(r"[.!?…]+['\"”’)\]]*(?=\s+[\"'“‘(\[]*[A-Z0-9À-ÞŠŽ])")
_ABBREVIATION = re.compile(
    r"(?:^|[\s(\"'“‘])(?:Mr|Mrs|Ms|Dr|Prof|Gen|Lt|Col|Maj|Capt|Cpl|Sgt|Brig|Adm|Sen|Rep|Gov|Pres|Rev|Hon|St|Ft|Mt|Jr|Sr|"
    r"Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept|Sep|Oct|Nov|Dec|No|vs|etc|approx|c|ca|ed|al|Inc|Ltd|Co|Corp|[A-Z]|(?:[A-Za-z]\.)+[A-Za-z])\.$"
)


# Headlines string several together.
_HEADLINE_END = re.compile(
    r";(?= )|(?<= )\|(?= )|(?<=[Ll]ive):(?= )|(?<=[Bb]riefing):(?= )|(?<=[Uu]pdates):(?= )|(?<= [Ww]ar):(?= )"
    r"|(?= [-–—] [^-–—]{2,40}$)"
)


def split(text: str) -> list[Span]:
    """Return the sentences of `text`, title first, without the white space around them."""
    spans: list[Span] = []
    for line in re.finditer(r"[^\n]+", text):
        start = line.start()
        marks = _HEADLINE_END if start == 0 else _END
        for mark in marks.finditer(text, line.start(), line.end()):
            if _ABBREVIATION.search(text[max(start, mark.end() - 12) : mark.end()]):
                continue
            _add(spans, text, start, mark.end())
            start = mark.end()
        _add(spans, text, start, line.end())
    return spans


def _add(spans: list[Span], text: str, start: int, end: int) -> None:
    raw = text[start:end]
    left = start + len(raw) - len(raw.lstrip())
    right = end - (len(raw) - len(raw.rstrip()))
    if left < right:
        spans.append(Span(left, right))
