"""What a later revision of an article takes back: readings of places that it no longer speaks of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from placewatch.records import Article, Reading, Record


class Reported(Record):
    """Which places an article had reports on, as of its newest revision: id to label."""

    revision: int = 0
    places: Mapping[str, str] = {}


def withdrawals(
    article: Article, readings: Sequence[Reading], before: Reported | None
) -> list[Reading]:
    """Return empty readings for the places an earlier revision reported on and this one does not."""
    if before is None or article.revision <= before.revision:
        return []
    said = {reading.place_id for reading in readings}
    return [
        Reading(
            place_id=place_id,
            place=label,
            article_id=article.article_id,
            revision=article.revision,
            source_id=article.source_id,
            url=article.url,
            title=article.title,
            published_at=article.published_at,
            updated_at=article.updated_at,
            fetched_at=article.fetched_at,
            is_backfill=article.is_backfill,
        )
        for place_id, label in before.places.items()
        if place_id not in said
    ]


def emitted(
    article: Article, found: Sequence[Reading] | None, before: Reported | None
) -> tuple[list[Reading], Reported | None]:
    """Return the readings to tell of an article, in the order of their places, and what to remember of it.

    Args:
        article: one revision.
        found: what the reader found in it, None when it names no watched place.
        before: what is remembered of earlier revisions, None when there is nothing.
    """
    readings = [reading for reading in found or () if reading.reports]
    told = sorted(
        [*readings, *withdrawals(article, readings, before)], key=lambda reading: reading.place_id
    )
    if before is not None and article.revision < before.revision:
        return told, before
    reported = {reading.place_id: reading.place for reading in readings}
    if not reported and before is None:
        return told, None
    return told, Reported(revision=article.revision, places=reported)
