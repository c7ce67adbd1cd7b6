"""Whether a text tells of a side's fire: who struck a place that it names no striker for is then no guess."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache

from streams.reading.lexicon import lexicon


def tells_of_strikes_by(names: Iterable[str], text: str) -> bool:
    """Return whether `text` gives fire to a side: "Russian missiles", "raids by Israel", "blamed on Kyiv".

    Args:
        names: what the side is called, its adjectives among them.
        text: the whole article.
    """
    here = sorted((name for name in set(names) if name in text), key=len, reverse=True)
    if not here:
        return False
    side = rf"\b(?:{'|'.join(map(re.escape, here))})s?(?:['’]s?)?"
    fire, link = _fire(), _link()
    return any(
        re.search(pattern, text) is not None
        for pattern in (
            rf"{side}(?:[\s-]+{link}){{0,4}}?[\s-]+{fire}",
            rf"{fire}(?:\s+{link}){{0,4}}?\s+(?i:by|from)\s+(?:(?:the|a)\s+)?{side}",
            rf"\b(?i:blam|pinn)\w+\s+(?:\w+\s+){{0,4}}?on\s+(?:the\s+)?{side}",
        )
    )


@cache
def _fire() -> str:
    """Words for fire from afar and for sending it, in every form."""
    words = "|".join(sorted(lexicon().forces["fire"], key=len, reverse=True))
    return rf"\b(?i:{words})(?i:e?s|e?d|ing|ling|led)?\b"


@cache
def _link() -> str:
    """A word that may stand between a side and its fire: no mark, and none that makes it another's."""
    return rf"(?!(?i:{'|'.join(sorted(lexicon().forces['not_its_fire']))})\b)[\w'’-]+"
