"""In which language an article is: what the list of feeds says, else what its words show, else what the feed says.

Feeds are often wrong about it (software writes its default), so words come before the feed's own claim, where there
are enough of them. Detection is offline, by a table of letter sequences (py3langid: 4.5 MB on disk, 75 MiB in memory,
which is why `producers/language_pool.py` has it in a process of its own).
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING


if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier

# Measured on 2,002 pieces of English news: with this many letters none was taken for another language at this
# probability. Headlines made of names ("M23 rebels seize Goma, Bukavu") were.
MIN_LETTERS = 40
MIN_PROBABILITY = 0.6
_MAX_CHARS = 2000


def words_of(title: str, text: str) -> str:
    """Return as much of an article as shows its language; "" when that is too little to tell."""
    words = f"{title}\n{text}"[:_MAX_CHARS]
    return words if sum(char.isalpha() for char in words) >= MIN_LETTERS else ""


def language_of(detected: str | None, declared: str | None) -> str | None:
    """Return the language of an article as BCP 47 writes it, or None when nobody can say.

    `declared` is what the document says of itself. A declared region stays where the words agree: "en-gb".
    """
    if detected is None or (declared or "").partition("-")[0] == detected:
        return declared
    return detected


def detect(words: str) -> str | None:
    """Return the language that an article's words show clearly, or None."""
    if not words:
        return None
    language, probability = _identifier().classify(words)
    return str(language) if probability >= MIN_PROBABILITY else None


@functools.cache
def _identifier() -> LanguageIdentifier:
    """Return the table; loaded when first needed, for lists that name every language never."""
    from py3langid.langid import MODEL_FILE, LanguageIdentifier  # noqa: PLC0415  # takes numpy along

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
