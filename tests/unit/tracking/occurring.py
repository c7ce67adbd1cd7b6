"""What tests ask of the events that readings tell of, without judging them."""

from __future__ import annotations

from collections.abc import Iterable

from placewatch.records import Reading
from streams.tracking.context import Context
from streams.tracking.events import Occurrence, Testimony, newest_revisions
from streams.tracking.reasons import Counted
from streams.tracking.workings import Workings


def occurrences_of(
    readings: Iterable[Reading], context: Context
) -> tuple[list[Occurrence], list[tuple[Testimony, Counted]]]:
    """Return the events that readings tell of, and each report in none with its reason."""
    workings = Workings(context)
    workings.take(newest_revisions(readings))
    return workings.occurrences, workings.dropped()
