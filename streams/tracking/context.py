"""What assessing a place needs to know besides the readings."""

from __future__ import annotations

from dataclasses import dataclass

from placewatch.actors import Actor, Actors
from placewatch.names import fold_name
from placewatch.sources import Sources
from streams.tracking.policy import Policy


@dataclass(frozen=True, slots=True)
class Context:
    """The policy in force, who is who, and the country of the place.

    Attributes:
        policy: the numbers that decide.
        actors: armed actors and their sides.
        sources: outlets, monitors and agencies.
        country: English name of the place's country, or None when unknown.
    """

    policy: Policy
    actors: Actors
    sources: Sources
    country: str | None = None

    def actor(self, name: str | None) -> Actor | None:
        """Return who `name` means in news about this country, or None."""
        return self.actors.find(name, self.country) if name else None

    def side(self, name: str | None) -> str | None:
        """Return the side of whoever `name` means; a stranger is a side of their own, nobody has none."""
        if not name:
            return None
        known = self.actors.side_of(name, self.country)
        return known or fold_name(name) or None

    def holder_name(self, side: str | None, names: tuple[str, ...]) -> str | None:
        """Return how to call a side: by its leading actor, else by the most frequent of `names`.

        A side named after an actor is led by it: a town taken by a Russian mercenary company is held by
        Russia. Names are resolved first, so that spellings do not compete.
        """
        leader = self.actors.by_id(side) if side else None
        if leader is not None:
            return leader.name
        resolved = [found.name if (found := self.actor(name)) else name for name in names]
        return min(set(resolved), key=lambda n: (-resolved.count(n), n)) if resolved else None
