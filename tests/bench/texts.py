"""Articles to measure with: about 450 words each, put together from the sentences of our own corpus.

A relevant article is a story from a war that is tracked: a third of its sentences name tracked places, as measured
on labelled news. The others are told of places nobody tracks.
"""

from __future__ import annotations

import random
import re
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from placewatch.records import Article, WatchedPlace


sys.path.append(str(Path(__file__).resolve().parents[1] / "eval"))
from own_corpus import snippets


WORDS = 450
TRACKED_SHARE = 1 / 3
PUBLISHED = datetime(2025, 3, 5, 12, tzinfo=UTC)
PLACE = "\0"
# Names that are nobody's: no gazetteer has them.
UNTRACKED = ("Quellbrook", "Varnholt", "Ostrimar", "Dalmerra", "Fenwythe", "Karstova", "Bel Umbra")


def corpus_texts() -> list[str]:
    """Return the bodies of the corpus, each place named by PLACE."""
    found = []
    for snippet in snippets():
        names = [re.escape(label.rsplit(", ", 1)[0]) for label in snippet.places]
        spelled = "|".join(sorted(names, key=len, reverse=True))
        found.append(re.sub(rf"\b(?:{spelled})\b", PLACE, snippet.body))
    return [text for text in found if PLACE in text]


def articles(
    count: int,
    relevant: float,
    places: Sequence[WatchedPlace],
    texts: Sequence[str],
    seed: int = 1,
    *,
    has_strangers: bool = False,
    words: int = WORDS,
) -> list[Article]:
    """Return `count` articles of which a share of `relevant`, evenly spread, names places of `places`,
    each of `words` words or a sentence more.

    With `has_strangers` each sentence ends on a name that no text had before, as news brings them.
    """
    chance = random.Random(seed)  # the same articles each time
    names = [place.name for place in places]
    return [
        Article(
            article_id=f"bench-{n}",
            source_id="bench.example",
            title="",
            text=_text(chance, texts, names if is_due(n, relevant) else (), has_strangers, words),
            published_at=PUBLISHED,
            fetched_at=PUBLISHED,
        )
        for n in range(count)
    ]


def is_due(n: int, share: float) -> bool:
    """Return whether the nth article is a relevant one."""
    return int((n + 1) * share + 1e-9) > int(n * share + 1e-9)


def _text(
    chance: random.Random,
    texts: Sequence[str],
    names: Sequence[str],
    has_strangers: bool,
    words: int,
) -> str:
    told: list[str] = []
    # A story keeps to a few places.
    own = chance.sample(names, min(4, len(names))) if names else []
    while sum(map(len, map(str.split, told))) < words:
        is_tracked = bool(own) and chance.random() < TRACKED_SHARE
        text = chance.choice(texts)
        for name in [chance.choice(own if is_tracked else UNTRACKED)] * text.count(PLACE):
            text = text.replace(PLACE, name, 1)
        told.append(f"{text[:-1]}, {_stranger(chance)} said." if has_strangers else text)
    return " ".join(told)


def _stranger(chance: random.Random) -> str:
    """A name of two words that is hardly ever made twice."""
    syllables = [
        "ba",
        "be",
        "da",
        "di",
        "fa",
        "ga",
        "ha",
        "ja",
        "ka",
        "le",
        "ma",
        "mo",
        "na",
        "ni",
        "ra",
        "ro",
        "sa",
        "sha",
        "ta",
        "va",
        "za",
    ]
    first, last = ("".join(chance.choices(syllables, k=4)).capitalize() for _ in range(2))
    return f"{first} {last}"
