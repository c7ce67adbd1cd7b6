"""What assessing a place needs to know besides the readings."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from placewatch.actors import Actor, Actors
from placewatch.names import fold_name
from placewatch.records import Assertion
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
        given: folded names that a person gave as holders; each is a side, known or not.
    """

    policy: Policy
    actors: Actors
    sources: Sources
    country: str | None = None
    given: frozenset[str] = frozenset()

    def knowing(self, assertions: Iterable[Assertion]) -> Context:
        """Return this context with the holders and opponents that assertions name as sides.

        Who is known is a side anyway, so that most assertions change nothing.
        """
        names = {n for a in assertions for n in (a.holder, a.opponent) if n}
        strangers = {fold_name(name) for name in names if self.actor(name) is None}
        return replace(self, given=self.given | strangers) if strangers else self

    def actor(self, name: str | None) -> Actor | None:
        """Return who `name` means in news about this country, or None."""
        return actor_named(name, self.actors, self.country) if name else None

    def side(self, name: str | None) -> str | None:
        """Return the side of whoever `name` means, None when nobody is meant that could take a place.

        An armed stranger ("Kokang militia", "ABC") is a side of their own, and so is who was given as a holder.
        """
        return _side(self.actors, name, self.country, self.given) if name else None

    def fights_here(self, side: str | None) -> bool:
        """Return whether a side is known to fight in this country; strangers are given the benefit of the doubt."""
        if side is None or self.country is None:
            return True
        return side not in _sides(self.actors) or side in _sides_in(self.actors, self.country)

    def is_part(self, side: str | None, names: tuple[str, ...]) -> bool:
        """Return whether most of `names` mean groups within a side that is led by somebody else.

        A mercenary company that hands its positions to the army has not given the town up.
        """
        leader = self._leader(side)
        parts = sum(n for name, n in Counter(names).items() if self._is_part_of(leader, name))
        return parts > 0 and parts * 2 >= len(names)

    def _is_part_of(self, leader: Actor | None, name: str) -> bool:
        """Whether a name means a group of its own within a side ("Wagner"), or some of its men ("an army unit")."""
        found = self.actor(name)
        is_some = any(word in self.policy.parts_of_a_side for word in fold_name(name).split())
        return is_some or (leader is not None and found is not None and found != leader)

    def holder_name(self, side: str | None, names: tuple[str, ...]) -> str | None:
        """Return how to call a side: by its leading actor, else by the most frequent of `names`.

        A town taken by a Russian mercenary company is held by Russia, one that Rwandan troops take for the
        government of Mozambique by that government. Names are resolved first, so that spellings do not compete.
        """
        leader = self._leader(side)
        if leader is not None:
            return leader.name
        resolved = [found.name if (found := self.actor(name)) else name for name in names]
        return min(set(resolved), key=lambda n: (-resolved.count(n), n)) if resolved else None

    def _leader(self, side: str | None) -> Actor | None:
        """Return who leads a side: the actor it is named after, or the government of the country on it."""
        return _leader(self.actors, self.country, side) if side is not None else None


@lru_cache(maxsize=5_000)
def _leader(actors: Actors, country: str | None, side: str) -> Actor | None:
    home = actors.government_of(country)
    is_its_own = home is not None and actors.side(home, country) == side
    return actors.by_id(side) or (home if is_its_own else None)


@lru_cache(maxsize=50_000)
def _side(actors: Actors, name: str, country: str | None, given: frozenset[str]) -> str | None:
    known = actor_named(name, actors, country)
    if known is not None:
        return actors.side(known, country)
    folded = fold_name(name)
    is_side = folded in given or _is_armed_stranger(name, actors.force_words)
    return folded if is_side else None


@lru_cache(maxsize=50_000)
def actor_named(name: str, actors: Actors, country: str | None) -> Actor | None:
    """Return the actor that a phrase means: the whole of it, or the longest part that is a known name.

    "Ukraine's rapid advance" is Ukraine's, "Russia's Wagner private army" is Wagner; of two names equally
    long the later one is the head of the phrase.
    """
    whole = actors.find(name, country)
    if whole is None and country and actors.is_same_country(name, country):
        whole = actors.government_of(country)
    if whole is not None:
        return whole
    words = re.sub(r"['\u2019]s?\b", "", name).split()
    for size in range(min(len(words), _MOST_WORDS), 0, -1):
        for start in range(len(words) - size, -1, -1):
            part = " ".join(words[start : start + size])
            if not part[:1].isupper():
                continue
            found = actors.find(part, country) or _by_adjective(actors, part, words, country)
            if found is not None:
                return found
    return None


def _by_adjective(
    actors: Actors, part: str, words: Sequence[str], country: str | None
) -> Actor | None:
    """Return whose adjective `part` is, where the phrase is about forces: "Russian atrocities" is nobody."""
    is_forces = len(words) == 1 or any(fold_name(word) in actors.force_words for word in words)
    return actors.find(f"{part} forces", country) if is_forces else None


_MOST_WORDS = 5
_ACRONYM = re.compile(r"[A-Z][A-Z0-9-]{1,7}")


def _is_armed_stranger(name: str, force_words: frozenset[str]) -> bool:
    """Whether an unknown name may be an armed side: an acronym, or a proper name with a word for forces."""
    if _ACRONYM.fullmatch(name):
        return True
    words = name.split()
    is_forces = any(fold_name(word) in force_words for word in words)
    has_name = any(word[:1].isupper() and fold_name(word) not in force_words for word in words)
    return is_forces and has_name


@lru_cache(maxsize=8)
def _sides(actors: Actors) -> frozenset[str]:
    return frozenset(side for a in actors for side in (a.side, *a.sides_in.values()))


@lru_cache(maxsize=500)
def _sides_in(actors: Actors, country: str) -> frozenset[str]:
    return frozenset(
        actors.side(a, country)
        for a in actors
        if any(actors.is_same_country(country, other) for other in a.countries)
    )
