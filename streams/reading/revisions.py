"""What an article says now and said before: a later revision, or a later reading of it, takes back what it no longer says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from placewatch.record_base import Record, digest
from placewatch.records import Article, Reading


class Reported(Record):
    """What an article reported as of its newest revision, by the id of the place.

    Attributes:
        revision: which revision that was.
        places: the places it reported on, with their labels.
        digests: of each of these, a digest of what it said there.
        rereads: how often reading the same revision anew told something else of a place; of places where it did.
    """

    revision: int = 0
    places: Mapping[str, str] = {}
    digests: Mapping[str, str] = {}
    rereads: Mapping[str, int] = {}


def emitted(
    article: Article, found: Sequence[Reading] | None, before: Reported | None
) -> tuple[list[Reading], Reported | None]:
    """Return the readings to tell of an article, in the order of their places, and what to remember of it.

    A revision that was read before, and of which another lexicon, model or watchlist now makes something else, gives
    readings that are counted as read anew: they replace those of before, as those of a later revision do.

    Args:
        article: one revision.
        found: what the reader found in it, None when it names no watched place.
        before: what is remembered of earlier revisions and readings, None when there is nothing.
    """
    readings = [reading for reading in found or () if reading.reports]
    if before is None:
        return _in_order(readings), _remembered(article, readings, {}) if readings else None
    if article.revision < before.revision:
        return _in_order(readings), before
    told = [*readings, *_withdrawals(article, readings, before)]
    rereads: dict[str, int] = {}
    if article.revision == before.revision:
        rereads = {**before.rereads, **_read_anew(told, before)}
        told = [r.model_copy(update={"reread": rereads.get(r.place_id, 0)}) for r in told]
    return _in_order(told), _remembered(article, readings, rereads)


def _withdrawals(article: Article, readings: Sequence[Reading], before: Reported) -> list[Reading]:
    """Return empty readings for the places that were reported on before and are not any more."""
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


def _read_anew(told: Sequence[Reading], before: Reported) -> dict[str, int]:
    """Return how often each place of which something else is told than before was read anew by now."""
    return {
        reading.place_id: before.rereads.get(reading.place_id, 0) + 1
        for reading in told
        if _digest(reading) != before.digests.get(reading.place_id, _NOTHING)
    }


def _remembered(
    article: Article, readings: Sequence[Reading], rereads: Mapping[str, int]
) -> Reported:
    return Reported(
        revision=article.revision,
        places={reading.place_id: reading.place for reading in readings},
        digests={reading.place_id: _digest(reading) for reading in readings},
        rereads=rereads,
    )


def _in_order(readings: Sequence[Reading]) -> list[Reading]:
    return sorted(readings, key=lambda reading: reading.place_id)


def _digest(reading: Reading) -> str:
    """Return what changes when something else is said of the place."""
    return digest(*(report.to_json().decode() for report in reading.reports))


_NOTHING = digest()
