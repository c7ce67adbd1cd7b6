"""The same news in several feeds, or twice in one outlet: flagged on the article, never dropped. Pure.

One address told by several feeds is one page. One headline twice in an outlet within a week is probably one story
under two addresses. Both are for whoever counts sources to know; leaving an article out is nobody's right here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from placewatch.record_base import digest
from placewatch.vocabulary import Sameness
from producers.identity import names_a_page, normal_title


# A headline that comes back later is a new story ("Fighting in Homs").
TITLE_MEMORY = timedelta(days=7)
# Shorter headlines are names of columns ("Live updates").
_MIN_TITLE_WORDS = 3


@dataclass(frozen=True, slots=True)
class Sighting:
    """That a feed told an article under a key: an address, or a headline of one outlet."""

    key: str
    article_id: str
    feed_id: str
    seen_at: datetime


@dataclass(frozen=True, slots=True)
class Likeness:
    """What else was told of an article.

    Attributes:
        seen_in: the feeds that told of its address, its own among them, in order of their ids.
        duplicate_of: the article that told it first, or None.
        sameness: what the two have in common, or None.
    """

    seen_in: tuple[str, ...]
    duplicate_of: str | None = None
    sameness: Sameness | None = None


def keys_of_sighting(source_id: str, canonical_url: str, title: str) -> tuple[str, str]:
    """Return the key of an article's address and that of its headline in its outlet; "" for what names nothing."""
    words = normal_title(title)
    is_telling = len(words.split()) >= _MIN_TITLE_WORDS
    return (
        digest("url", canonical_url) if names_a_page(canonical_url) else "",
        digest("title", source_id, words) if is_telling else "",
    )


def sightings_of(
    keys: Iterable[str], article_id: str, feed_id: str, seen_at: datetime
) -> tuple[Sighting, ...]:
    """Return what is to be remembered of an article seen in a feed."""
    return tuple(Sighting(key, article_id, feed_id, seen_at) for key in keys if key)


def likeness(
    keys: tuple[str, str],
    known: Mapping[str, Sequence[Sighting]],
    *,
    article_id: str,
    feed_id: str,
    at: datetime,
) -> Likeness:
    """Return what was told before under an article's `keys` of address and headline, given what is `known` by key."""
    by_url = known.get(keys[0], ())
    by_title = [s for s in known.get(keys[1], ()) if timedelta() <= at - s.seen_at <= TITLE_MEMORY]
    seen_in = tuple(sorted({s.feed_id for s in by_url} | {feed_id}))
    for sameness, sightings in ((Sameness.URL, by_url), (Sameness.TITLE, by_title)):
        others = [s for s in sightings if s.article_id != article_id]
        if others:
            first = min(others, key=lambda s: (s.seen_at, s.article_id))
            return Likeness(seen_in, first.article_id, sameness)
    return Likeness(seen_in)
