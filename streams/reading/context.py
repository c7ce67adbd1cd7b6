"""What is known of an article before its sentences are read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from placewatch.actors import Actors
from placewatch.records import WatchedPlace
from placewatch.sources import Sources
from streams.reading.dates import Dated, find_dates
from streams.reading.documents import Named
from streams.reading.gate import Mention


@dataclass(frozen=True, slots=True)
class ArticleContext:
    """What is known of the article before its sentences are read; `capitals` are watched ones by their country."""

    text: str
    plain: str
    published: date
    is_dated: bool
    places: Mapping[str, WatchedPlace]
    actors: Actors
    sources: Sources
    country: str | None
    in_conflict: bool
    is_unrest: bool
    mentions: Sequence[Mention]
    named: Sequence[Named]
    capitals: Mapping[str, str]

    def dates_in(self, start: int, end: int) -> list[Dated]:
        """Return the time expressions between two offsets of the text."""
        return find_dates(
            self.plain[start:end],
            self.published,
            is_dated=self.is_dated,
            before=self.plain[:start],
        )
