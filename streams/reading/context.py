"""What is known of an article before its sentences are read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from placewatch.actors import Actors
from placewatch.records import WatchedPlace
from placewatch.sources import Sources
from streams.reading.gate import Mention


@dataclass(frozen=True, slots=True)
class ArticleContext:
    """What is known of the article before its sentences are read."""

    text: str
    plain: str
    published: date
    places: Mapping[str, WatchedPlace]
    actors: Actors
    sources: Sources
    country: str | None
    in_conflict: bool
    is_unrest: bool
    mentions: Sequence[Mention]
