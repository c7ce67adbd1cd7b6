"""The gazetteer: towns of 500 people and more with their alternate names, divisions, countries, known areas.

Loaded only to resolve and suggest, and only for the countries asked for: scanning the towns' file for those takes
a tenth of a second a country, parsing all of it 1.5 s and 300 MB.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import TypeVar

from placewatch.gazetteer_data import (
    DATA,
    TOWNS_DATA,
    Airport,
    Country,
    Division,
    Town,
    airport_stem,
    division_stem,
    read_airports,
    read_divisions,
    read_towns,
    read_well_known,
)
from placewatch.place_names import fold, is_same_by_sound, skeleton, without_articles


T = TypeVar("T")


@dataclass
class Gazetteer:
    """Towns and divisions of some countries, all countries, and the well-known towns of the world.

    Attributes:
        towns: by country code.
        divisions: by country code.
        airports: by country code.
        well_known: folded main name -> towns of 15,000 people and more, all over the world.
    """

    towns: Mapping[str, tuple[Town, ...]]
    divisions: Mapping[str, tuple[Division, ...]]
    well_known: Mapping[str, tuple[Town, ...]] = field(default_factory=dict)
    airports: Mapping[str, tuple[Airport, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._exact = _by_country(self.towns, _exact_index)
        self._skeletons = _by_country(self.towns, _skeleton_index)
        self._words = _by_country(self.towns, _word_index)

    def exact(self, name: str, country: Country) -> list[Town]:
        """Return the towns called `name`, best first.

        The more people the better; a town that only has it as an alternate name counts a twentieth.
        """
        folded = fold(name)
        index = self._exact(country.code)
        found = index.get(folded) or index.get(without_articles(folded), ())
        inside = [(t, main) for t, main in found if country.admin1 in (None, t.admin1_code)]
        ranked = sorted(
            inside, key=lambda e: (-(e[0].population + 1) * (20 if e[1] else 1), e[0].geonameid)
        )
        return [town for town, _ in ranked]

    def similar(self, name: str, country: Country) -> list[Town]:
        """Return the towns with a spelling of `name` that sounds the same, the most populous first."""
        return self._alike(name, country, is_same_by_sound)

    def suggestions(self, name: str, country: Country) -> list[Town]:
        """Return the towns whose name merely has the consonants of `name`: to ask, not to take."""
        return self._alike(name, country, lambda _one, _other: True)

    def _alike(
        self, name: str, country: Country, is_same: Callable[[str, str], bool]
    ) -> list[Town]:
        found = {
            town.geonameid: town
            for town, spelling in self._skeletons(country.code).get(skeleton(name), ())
            if country.admin1 in (None, town.admin1_code) and is_same(spelling, name)
        }
        return sorted(found.values(), key=lambda t: (-t.population, t.geonameid))

    def longer_names(self, name: str, country: Country) -> list[Town]:
        """Return the towns of the country whose main name has `name`'s first word among others."""
        first = fold(name).split()[:1]
        return list(self._words(country.code).get(first[0], ())) if first else []

    def division(self, name: str, country: Country) -> Division | None:
        """Return the division called `name`, with or without its word, of the highest order; or None."""
        stem = division_stem(name)
        divisions = sorted(
            self.divisions.get(country.code, ()), key=lambda d: (d.code.count("."), d.code)
        )
        for same in (
            lambda d: d.stem == stem,
            lambda d: without_articles(d.stem) == without_articles(stem),
            lambda d: is_same_by_sound(d.stem, stem),
        ):
            for division in divisions:
                if same(division):
                    return division
        return None

    def airport(self, name: str, country: Country) -> Airport | None:
        """Return the airport or base called `name`, else that with all its words, else that of the city.

        Of several the international one, then the first in the alphabet.
        """
        stem = airport_stem(name)
        words = set(stem.split())
        airports = sorted(
            self.airports.get(country.code, ()),
            key=lambda a: ("international" not in fold(a.name), a.name),
        )
        by_name = [a for a in airports if airport_stem(a.name) == stem]
        by_words = [a for a in airports if words <= set(airport_stem(a.name).split())]
        by_city = [a for a in airports if fold(a.city) == stem]
        return next(iter([*by_name, *by_words, *by_city]), None) if stem else None

    def admin1_name(self, town: Town) -> str | None:
        """Return the name of the first-order division a town is in."""
        return self._admin1_names.get(f"{town.country_code}.{town.admin1_code}")

    @cached_property
    def _admin1_names(self) -> Mapping[str, str]:
        return {
            d.code: d.name for ds in self.divisions.values() for d in ds if d.code.count(".") == 1
        }

    def center(self, division: Division) -> Town | None:
        """Return the most populous town of a first-order division, whose coordinates stand for it."""
        country_code, *rest = division.code.split(".")
        if len(rest) != 1:
            return None
        inside = [t for t in self.towns.get(country_code, ()) if t.admin1_code == rest[0]]
        return max(inside, key=lambda t: (t.population, -t.geonameid), default=None)

    def namesakes(self, name: str, town: Town | None) -> list[Town]:
        """Return the well-known towns elsewhere that have `name` as their main name, the largest first."""
        found = self.well_known.get(fold(name), ())
        others = [t for t in found if town is None or t.geonameid != town.geonameid]
        return sorted(others, key=lambda t: (-t.population, t.geonameid))


def _by_country(
    towns: Mapping[str, tuple[Town, ...]], build: Callable[[Iterable[Town]], T]
) -> Callable[[str], T]:
    """Return an index of each country's towns, built when it is first asked for."""
    return cache(lambda code: build(towns.get(code, ())))


def _exact_index(towns: Iterable[Town]) -> dict[str, tuple[tuple[Town, bool], ...]]:
    """Return folded name -> towns of that name, and whether it is their main name."""
    index: dict[str, dict[int, tuple[Town, bool]]] = defaultdict(dict)
    for town in towns:
        # The main name last: what is written last stays.
        for name in (*town.alternates, town.name):
            folded = fold(name)
            entry = (town, name == town.name)
            index[folded][town.geonameid] = entry
            if " " in folded:
                index[without_articles(folded)][town.geonameid] = entry
    return {key: tuple(found.values()) for key, found in index.items()}


def _skeleton_index(towns: Iterable[Town]) -> dict[str, tuple[tuple[Town, str], ...]]:
    """Return skeleton -> towns and those of their names that have it."""
    index: dict[str, list[tuple[Town, str]]] = defaultdict(list)
    for town in towns:
        for name in dict.fromkeys((town.name, *town.alternates)):
            index[skeleton(name)].append((town, name))
    return {key: tuple(found) for key, found in index.items()}


def _word_index(towns: Iterable[Town]) -> dict[str, tuple[Town, ...]]:
    """Return folded word -> towns that have it in a main name of several words."""
    index: dict[str, list[Town]] = defaultdict(list)
    for town in towns:
        words = dict.fromkeys(fold(town.name).split())
        if len(words) > 1:
            for word in words:
                index[word].append(town)
    return {key: tuple(found) for key, found in index.items()}


def load_gazetteer(country_codes: Iterable[str]) -> Gazetteer:
    """Return the gazetteer of some countries (ISO 3166-1 alpha-2), read from the installed data."""
    wanted = sorted(set(country_codes))
    return Gazetteer(
        towns=read_towns(TOWNS_DATA / "cities500.json", wanted),
        divisions=read_divisions(DATA / "divisions.tsv.gz", wanted),
        well_known=read_well_known(TOWNS_DATA / "cities15000.json"),
        airports=read_airports(DATA / "airports.tsv.gz", wanted),
    )
