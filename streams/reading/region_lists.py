"""Regions named in a row: "the Kherson, Mykolaiv and Odesa regions" names three regions and no town."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from placewatch.records import WatchedPlace
from placewatch.vocabulary import PlaceKind


_NAME = r"(?:[A-Z][\w'-]*(?: [A-Z][\w'-]*)?)"
_PLURAL = "regions|oblasts|provinces|governorates|counties|districts|states|townships|departments"
_PLURALS = _PLURAL.split("|")
_LIST = re.compile(rf"({_NAME}(?:, {_NAME})*,? (?:and|or) {_NAME}) (?:{_PLURAL})\b")
_SINGULAR = re.compile(
    r" (?:Region|Oblast|Province|Governorate|County|District|State|Township|Department)$",
    re.IGNORECASE,
)


class RegionLists:
    """Finds watched regions in lists that name the word "regions" once for all."""

    def __init__(self, places: Iterable[WatchedPlace]) -> None:
        self._by_base: dict[str, str] = {}
        for place in places:
            if place.kind is PlaceKind.ADMIN:
                for alias in place.aliases:
                    self._by_base.setdefault(_SINGULAR.sub("", alias), place.place_id)

    def named(self, text: str) -> Iterator[tuple[int, int, str | None]]:
        """Yield start, end and place id (None for a region nobody watches) of each name in such lists."""
        if not any(
            word in text for word in _PLURALS
        ):  # most texts: ten times quicker than the pattern
            return
        for found in _LIST.finditer(text):
            for name in re.finditer(_NAME, found.group(1)):
                start = found.start(1) + name.start()
                yield start, start + len(name.group()), self._by_base.get(name.group())
