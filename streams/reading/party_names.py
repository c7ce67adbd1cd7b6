"""What a party is called: the canonical name behind the words of a text, where one is known."""

from __future__ import annotations

import re

from placewatch.actors import Actor, Actors


_ARTICLES = re.compile(
    r"^(?:the|a|an|some|several|many|his|her|their|its|our|more|dozens of|hundreds of|thousands of)\s+",
    re.IGNORECASE,
)
_COUNTED = re.compile(
    r"^(?:(?:at least|more than|up to|nearly|about|around|some|over)\s+)?"
    r"(?:\d[\d,.]*|two|three|four|five|six|seven|eight|nine|ten|a dozen|dozens of|hundreds of|several)\s+",
    re.IGNORECASE,
)
_BACKED = re.compile(r"^\S+-(?:backed|led|linked|allied|aligned|affiliated|trained|supported)\s+")
_OWNED = re.compile(r"(?P<owner>.+?)['’]s? (?P<owned>.+)")


def canonical(phrase: str, actors: Actors, country: str | None) -> str | None:
    """Return the name of the actor that `phrase` means in `country`, else the phrase without its article."""
    cleaned = _ARTICLES.sub("", phrase).strip(" ,-'\"")
    if not cleaned:
        return None
    known = meant(cleaned, actors, country) or meant(_COUNTED.sub("", cleaned), actors, country)
    return known.name if known is not None else cleaned


def meant(name: str, actors: Actors, country: str | None) -> Actor | None:
    """Return the actor that `name` means in `country`, or None.

    One word may stand for its forces ("the last rebel outpost"); who backs an army does not name it; what a
    state owns and has no name of its own is the state's: "Ukraine's Zelensky", but "Russia's Wagner Group" is Wagner.
    """
    found = actors.find(name, country)
    if found is None and " " not in name:
        forms = (f"{name}s", f"{name} forces", f"{name} fighters")
        found = next((a for form in forms if (a := actors.find(form, country)) is not None), None)
    if found is None and _BACKED.match(name) is not None:
        found = actors.find(_BACKED.sub("", name), country)
    owned = _OWNED.fullmatch(name)
    if found is None and owned is not None:
        found = actors.find(owned["owned"], country)
        is_person = all(word[:1].isupper() for word in owned["owned"].split())
        if found is None and is_person:
            found = actors.find(owned["owner"], country)
    return found
