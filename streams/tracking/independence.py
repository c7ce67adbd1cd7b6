"""Whose word the reports of one event are when they are laid side by side: citation chains, and voices nobody knows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from placewatch.records import Origin
from streams.tracking.events import Testimony


def resolved(told: Iterable[Testimony]) -> list[Testimony]:
    """Return the reports of one event with their origins as the others show them to be.

    Who quotes an outlet that itself quotes a monitor has it from the monitor; and an unknown voice that several
    outlets quote is one origin: that of the outlet that quoted it first.
    """
    testimonies = list(told)
    behind = _behind_outlets(testimonies)
    first_with: dict[str, Origin] = {}
    for testimony in sorted(testimonies, key=lambda t: t.reading.published_at):
        if testimony.attributed.voice is not None:
            first_with.setdefault(testimony.attributed.voice, testimony.origin)
    return [_from(t, behind, first_with) for t in testimonies]


def _behind_outlets(told: Iterable[Testimony]) -> dict[str, Origin]:
    """Return whom an outlet has it from, for outlets that say it in no words of their own and of one other only."""
    has_from: dict[str, dict[str, Origin]] = {}
    for testimony in told:
        outlet = testimony.attributed.outlet
        if outlet is not None:
            has_from.setdefault(outlet.origin_id, {})[testimony.origin.origin_id] = testimony.origin
    return {
        outlet: next(iter(origins.values()))
        for outlet, origins in has_from.items()
        if len(origins) == 1 and outlet not in origins
    }


def _from(
    testimony: Testimony, behind: dict[str, Origin], first_with: dict[str, Origin]
) -> Testimony:
    attributed = testimony.attributed
    origin = first_with.get(attributed.voice or "") or behind.get(testimony.origin.origin_id)
    if origin is None or origin == testimony.origin:
        return testimony
    return replace(testimony, attributed=replace(attributed, origin=origin, is_copy=True))
