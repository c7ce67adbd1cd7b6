"""How much of an article a text is. Pure."""

from __future__ import annotations

import re

from placewatch.record_base import Record
from placewatch.vocabulary import TextQuality


# Below this trafilatura's own authors take a result for a failure (MIN_EXTRACTED_SIZE).
MIN_TEXT_CHARS = 250
# How texts end that were cut.
_CUT = re.compile(
    r"(?:\u2026|\.\.\.|\[\s*(?:\u2026|\.\.\.|\+?\d+ chars)\s*\]|(?:read|continue|view) (?:more|reading|full (?:story|article))\W*)\s*$",
    re.IGNORECASE,
)


class PageText(Record):
    """What a page gave: its article's text, how much of it that is, whether the rest costs money, and its own address."""

    text: str = ""
    quality: TextQuality = TextQuality.SUMMARY
    is_paywalled: bool | None = None
    canonical_url: str = ""


def feed_quality(text: str) -> TextQuality:
    """Return how much of an article the `text` is that its feed gave: all, the beginning, or none but a summary."""
    if len(text) < MIN_TEXT_CHARS:
        return TextQuality.SUMMARY
    return TextQuality.PARTIAL if is_cut(text) else TextQuality.FULL


def is_cut(text: str) -> bool:
    """Return whether a text ends as texts end that were cut."""
    return _CUT.search(text[-100:]) is not None
