"""Which tracked place is part of which: a town's quarters, suburbs, bases and airport."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from placewatch.errors import WatchlistError
from placewatch.place_resolution import Problem, ProblemKind, Resolved
from placewatch.record_base import place_id_of
from placewatch.vocabulary import PlaceKind


if TYPE_CHECKING:
    from placewatch.places import Entry

_REGIONS = frozenset({PlaceKind.ADMIN, PlaceKind.COUNTRY, PlaceKind.AREA})


def check_parts(path: Path, entries: Sequence[Entry]) -> None:
    """Check that what each entry is part of is in the file, and that nothing is part of itself.

    Raises:
        WatchlistError: it is not so; the message names file and entry.
    """
    whole = {place_id_of(e.place): place_id_of(e.part_of) for e in entries if e.part_of}
    labels = {place_id_of(e.place): e.place for e in entries}
    for number, entry in enumerate(entries, 1):
        if entry.part_of is None:
            continue
        where = f"{path}, entry {number} ({entry.place}): part_of"
        if place_id_of(entry.part_of) not in labels:
            near = difflib.get_close_matches(entry.part_of, labels.values(), n=1)
            hint = f"did you mean {near[0]!r}?" if near else "add that place, or leave part_of out"
            raise WatchlistError(
                f"{where} names {entry.part_of!r}, which is not in the file: {hint}"
            )
        chain = [place_id_of(entry.place)]
        while (above := whole.get(chain[-1])) is not None:
            if above in chain:
                loop = " -> ".join(labels[i] for i in (*chain[chain.index(above) :], above))
                raise WatchlistError(f"{where} goes in a circle: {loop}; leave one part_of out")
            chain.append(above)


def parts_of_regions(found: Sequence[tuple[Entry, Resolved]]) -> Iterator[Problem]:
    """Yield a problem for each place that is said to be part of what is no town."""
    kinds = {r.place.place_id: r.place.kind for _, r in found}
    for entry, resolved in found:
        if entry.part_of and kinds.get(place_id_of(entry.part_of)) in _REGIONS:
            yield Problem(
                ProblemKind.PART_OF_REGION,
                resolved.place.place,
                f"{entry.place!r} is part_of {entry.part_of!r}, which is a region: what happens in one of its towns "
                "will make all of it contested; part_of is meant for a town's quarters, bases and airport",
                (entry.part_of,),
            )
