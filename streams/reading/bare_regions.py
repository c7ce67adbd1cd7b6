"""Regions named by their capital's name alone: "fighting in southern Kherson", "Idlib, the last rebel-held province".

Where town and region are both watched, the whole text decides which of them the bare name means: words that make
it a region, and none that make it a town.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

from placewatch.records import WatchedPlace
from placewatch.vocabulary import PlaceKind
from streams.reading.lexicon import guards


class _Signs(NamedTuple):
    """Compiled patterns of one shared name, the surer first."""

    town: re.Pattern[str]
    region: re.Pattern[str]
    perhaps_town: re.Pattern[str]
    perhaps_region: re.Pattern[str]


class BareRegions:
    """Finds which towns' names mean the region of that name in a text."""

    def __init__(self, places: Iterable[WatchedPlace]) -> None:
        by_name: dict[tuple[str, str | None], str] = {}
        places = list(places)
        suffix = re.compile(rf" (?:{'|'.join(guards().region_words)})$", re.IGNORECASE)
        for place in places:
            if place.kind is PlaceKind.ADMIN:
                for alias in place.aliases:
                    base = suffix.sub("", alias)
                    if base != alias:
                        by_name.setdefault((base, place.country), place.place_id)
        self._regions: dict[str, tuple[str, str]] = {}
        for place in places:
            region = by_name.get((place.name, place.country))
            if place.kind is PlaceKind.POPULATED_PLACE and region is not None:
                self._regions[place.place_id] = (place.name, region)
        self._signs: dict[str, _Signs] = {}

    def meant(self, town_id: str, text: str) -> str | None:
        """Return the region that `text` means by the name of the town `town_id`, or None where it means the town."""
        if town_id not in self._regions:
            return None
        name, region_id = self._regions[town_id]
        signs = self._signs.get(name)
        if signs is None:
            signs = self._signs[name] = _signs(name)
        if signs.town.search(text) is not None:
            return None
        if signs.region.search(text) is not None:
            return region_id
        if signs.perhaps_town.search(text) is not None:
            return None
        is_region = (
            signs.perhaps_region.search(text) is not None or name in guards().known_as_regions
        )
        return region_id if is_region else None


def _signs(name: str) -> _Signs:
    words = guards()
    own = re.escape(name)
    region = "|".join(words.region_words)
    wide = "province|governorate|oblast|region|district"
    area = "|".join(words.areas)
    town = "city|town|capital"
    return _Signs(
        town=re.compile(
            rf"\b(?:{town}|centre|center|mayor|outskirts|suburbs?|streets) of {own}\b"
            rf"|\b{own}(?:'s)? (?:[Cc]ity|town|mayor|(?:city )?cent(?:re|er)|airport|streets)\b"
            rf"|\b(?:{town}),? {own}\b|\b{own}, (?:the|an?|its) [a-z ,-]*?\b(?:{town})\b|\bdowntown {own}\b"
        ),
        region=re.compile(
            rf"\b{own}, (?:an? |the |its |[A-Z]\w+'s )?(?:[\w-]+ ){{0,4}}(?:{region})\b"
            rf"|\b(?:{area}) (?:in|of|inside|across) (?:the )?{own}\b"
            rf"|\b(?:occupied|annexed|four|several|both) (?:\w+ )?regions\b[^.]*\b{own}\b"
            rf"|\b{own}\b(?!'s)[^.]*\b(?:annexed|occupied|four|several|both|to|of) (?:\w+ )?regions\b",
            re.DOTALL,
        ),
        perhaps_town=re.compile(
            rf"\b(?:[Tt]he|[Tt]his|[Tt]hat) (?:[a-z'-]+ ){{0,2}}(?:{town})\b(?! of|,? [A-Z])|\bdowntown\b"
        ),
        perhaps_region=re.compile(
            rf"\b{own} (?:{wide})\b|\b(?:{wide}) of {own}\b"
            rf"|\b(?:[Nn]orth|[Ss]outh|[Ee]ast|[Ww]est)[a-z-]*ern {own}\b"
            rf"|\b{own}\b[\s\S]{{0,250}}\b(?:[Tt]he|[Tt]his) (?:[a-z-]+ ){{0,2}}"
            r"(?:province|oblast|governorate|(?:occupied|annexed) region)\b(?! of)"
        ),
    )
