"""Where a passage names the labelled party: what the pointer of the second opinion learns from."""

from __future__ import annotations

import re
from functools import cache

from placewatch.actors import Actors


Span = tuple[int, int]


def spans_of(party: str | None, passage: str, actors: Actors, country: str) -> list[Span] | None:
    """Return the character spans of `passage` that name `party`: none without a party, None where nobody can tell.

    Its own words come first, else every other name of the same actor.
    """
    if not party:
        return []
    own = [
        m.span() for m in re.finditer(rf"(?<!\w){re.escape(party)}(?!\w)", passage, re.IGNORECASE)
    ]
    actor = actors.find(party, country)
    if own or actor is None:
        return own or None
    names = _names(actors, country)
    found = [
        m.span() for m in names.finditer(passage) if _meant(m[0], actors, country) == actor.actor_id
    ]
    return found or None


def _meant(name: str, actors: Actors, country: str) -> str | None:
    adjective = actors.adjective_forms().get(name)
    if adjective is not None:
        return adjective
    known = actors.find(name, country)
    return known.actor_id if known is not None else None


@cache
def _names(actors: Actors, country: str) -> re.Pattern[str]:
    """Every name and adjective of an actor, the longest first, as news may write it."""
    forms = {*actors.surface_forms(country), *actors.adjective_forms()}
    forms |= {metonym for actor in actors for metonym in actor.metonyms}
    forms |= {form[:1].upper() + form[1:] for form in forms}
    longest = sorted(forms, key=lambda form: (-len(form), form))
    return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, longest))})(?!\w)")
