"""What a watchlist entry means: its kind, country, coordinates, names. Pure: entry and gazetteer in, place out."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from enum import StrEnum

from placewatch.gazetteer import Gazetteer
from placewatch.gazetteer_data import (
    Airport,
    Area,
    Country,
    Division,
    Town,
    areas,
    common_words,
    country_names,
    country_table,
    division_stem,
    whereabouts,
)
from placewatch.place_aliases import (
    blockers,
    division_aliases,
    facility_aliases,
    host_spellings,
    is_division_name,
    town_aliases,
)
from placewatch.place_labels import Label, kind_words, parse_label
from placewatch.place_names import fold
from placewatch.record_base import place_id_of
from placewatch.records import WatchedPlace
from placewatch.vocabulary import PlaceKind


# A namesake of less than a tenth of the people is not what a label means.
_RIVAL_SHARE = 0.1
_MAX_CANDIDATES = 8
_FLOWN_FROM = frozenset({PlaceKind.AIRPORT, PlaceKind.BASE})


class ProblemKind(StrEnum):
    """Why an entry deserves a look; none of them stops anything."""

    UNRESOLVED = "unresolved"
    AMBIGUOUS = "ambiguous"
    SPELLING = "spelling"
    NAMESAKE = "namesake"
    COMMON_WORD = "common_word"
    SHARED_NAME = "shared_name"
    PART_OF_REGION = "part_of_region"


@dataclass(frozen=True, slots=True)
class Problem:
    """Something to tell about an entry.

    Attributes:
        kind: the reason.
        place: the label.
        message: what it is and what to do about it.
        candidates: the places it could be, for `geonameid`.
    """

    kind: ProblemKind
    place: str
    message: str
    candidates: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Resolved:
    """The place of an entry and what is to be told about it."""

    place: WatchedPlace
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class _Match:
    """What a label was taken for; `host` is the town a facility is named after."""

    kind: PlaceKind
    town: Town | None = None
    division: Division | None = None
    area: Area | None = None
    country: Country | None = None
    airport: Airport | None = None
    host: Town | None = None
    host_name: str = ""
    word: str = ""
    candidates: tuple[Town, ...] = ()
    suggestions: tuple[Town, ...] = ()
    by_spelling: bool = False

    @property
    def is_found(self) -> bool:
        return any((self.town, self.division, self.area, self.country, self.airport, self.host))


def resolve(
    label_text: str,
    gazetteer: Gazetteer,
    *,
    kind: PlaceKind | None = None,
    aliases: tuple[str, ...] = (),
    geonameid: int | None = None,
) -> Resolved:
    """Return the place a label means, with what is to be told about it.

    Args:
        label_text: "Name, Country".
        gazetteer: with the towns and divisions of that country.
        kind: what the person says it is; None lets the name decide.
        aliases: added to the derived ones as they are.
        geonameid: which of several places of one name is meant.
    """
    label = parse_label(label_text)
    match = _match(label, gazetteer, kind, geonameid)
    if kind is not None:
        match = replace(match, kind=kind)
    names = tuple(dict.fromkeys([*aliases_of(label, match, gazetteer), *aliases]))
    place = _place(label, match, names, gazetteer)
    return Resolved(place, tuple(_problems(label, match, place, gazetteer)))


def _match(
    label: Label, gazetteer: Gazetteer, kind: PlaceKind | None, geonameid: int | None
) -> _Match:
    """Return what the label means: an area we know, a country, a facility, a division, a town, in that order."""
    known = _known_area(label, gazetteer)
    if known is not None and geonameid is None:
        return known
    facility = _facility(label, gazetteer)
    if facility is not None and geonameid is None:
        return facility
    if label.country is None:
        return _Match(kind or PlaceKind.POPULATED_PLACE)
    country = _narrowed(label, label.country, gazetteer)
    if is_division_name(label.name) or kind is PlaceKind.ADMIN:
        exact = gazetteer.exact(label.name, country)
        if not exact or kind is PlaceKind.ADMIN:
            return _Match(PlaceKind.ADMIN, division=gazetteer.division(label.name, country))
    return _town_or_division(label, country, gazetteer, geonameid)


def _narrowed(label: Label, country: Country, gazetteer: Gazetteer) -> Country:
    """Return the country, narrowed to the division a label's middle part names, if it names one."""
    if label.within is None:
        return country
    division = gazetteer.division(label.within, country)
    if division is None or division.code.count(".") != 1:
        return country
    return Country(country.name, country.code, division.code.split(".")[1])


def _known_area(label: Label, gazetteer: Gazetteer) -> _Match | None:
    folded = fold(label.name)
    for area in areas():
        if label.country is not None and label.country.code not in area.country_codes:
            continue
        is_alias = folded in {fold(alias) for alias in area.aliases}
        # "Gaza" is short for the Strip, and "Gaza, Palestine" the city.
        is_town = label.country is not None and bool(gazetteer.exact(label.name, label.country))
        if folded == fold(area.name) or (is_alias and not is_town):
            return _Match(PlaceKind.AREA, area=area)
    if label.country is None and folded in country_table():
        return _Match(PlaceKind.COUNTRY, country=country_table()[folded])
    return None


def _facility(label: Label, gazetteer: Gazetteer) -> _Match | None:
    """Return the match of a name whose words say it is an airport, a road and the like."""
    told = kind_words(label.name)
    if told is None or is_division_name(label.name):
        return None
    if label.country is None:
        return _Match(told.kind, host_name=told.host, word=told.word)
    if told.is_town_first and (
        gazetteer.exact(label.name, label.country) or gazetteer.division(label.name, label.country)
    ):
        return None
    return _Match(
        told.kind,
        airport=gazetteer.airport(label.name, label.country) if told.kind in _FLOWN_FROM else None,
        host=_host(told.host, label.country, gazetteer),
        host_name=told.host,
        word=told.word,
    )


def _host(name: str, country: Country, gazetteer: Gazetteer) -> Town | None:
    """Return the town something is named after; of "Garowe-Galkayo" the first, of a division its largest."""
    first = re.split(r"\s*[-\u2013]\s*(?=[A-Z])", name)[0]
    told = kind_words(name)
    for candidate in dict.fromkeys((name, first, told.host if told else name)):
        towns = gazetteer.exact(candidate, country) or gazetteer.similar(candidate, country)
        if towns:
            return towns[0]
    division = gazetteer.division(name, country)
    return gazetteer.center(division) if division else None


def _town_or_division(
    label: Label, country: Country, gazetteer: Gazetteer, geonameid: int | None
) -> _Match:
    """Return the match of a plain name: exact names first, then what sounds the same, then nothing."""
    if geonameid is not None:
        chosen = [t for t in gazetteer.towns.get(country.code, ()) if t.geonameid == geonameid]
        return _Match(PlaceKind.POPULATED_PLACE, town=chosen[0] if chosen else None)
    return _exact_match(label, country, gazetteer) or _similar_match(label, country, gazetteer)


def _exact_match(label: Label, country: Country, gazetteer: Gazetteer) -> _Match | None:
    towns = gazetteer.exact(label.name, country)
    if towns:
        return _town_match(towns)
    division = gazetteer.division(label.name, country)
    if division is not None and division.stem == division_stem(label.name):
        # A district's bare name is its seat's, too small for the gazetteer: Walikale, DR Congo.
        is_seat = division.code.count(".") > 1
        kind = PlaceKind.POPULATED_PLACE if is_seat else PlaceKind.ADMIN
        return _Match(kind, division=division)
    other = country_table().get(fold(label.name))
    if other is not None:
        return _Match(PlaceKind.COUNTRY, country=other)
    if label.within and not _is_division(label.within, country, gazetteer):
        # "Karrada (Baghdad)": a quarter of the town in brackets, which stands for where it is.
        hosts = gazetteer.exact(label.within, country)
        return _Match(PlaceKind.DISTRICT, host=hosts[0] if hosts else None)
    return None


def _similar_match(label: Label, country: Country, gazetteer: Gazetteer) -> _Match:
    similar = tuple(gazetteer.similar(label.name, country))
    if similar:
        return _Match(
            PlaceKind.POPULATED_PLACE, town=similar[0], candidates=similar, by_spelling=True
        )
    division = gazetteer.division(label.name, country)
    if division is not None:
        return _Match(PlaceKind.ADMIN, division=division, by_spelling=True)
    suggested = tuple(gazetteer.suggestions(label.name, country))
    return _Match(PlaceKind.POPULATED_PLACE, suggestions=suggested)


def _is_division(name: str, country: Country, gazetteer: Gazetteer) -> bool:
    return gazetteer.division(name, country) is not None and not gazetteer.exact(name, country)


def _town_match(towns: list[Town]) -> _Match:
    best, *others = towns
    rivals = [
        t
        for t in others
        if t.population >= best.population * _RIVAL_SHARE and fold(t.name) == fold(best.name)
    ]
    return _Match(PlaceKind.POPULATED_PLACE, town=best, candidates=(best, *rivals))


def aliases_of(label: Label, match: _Match, gazetteer: Gazetteer) -> tuple[str, ...]:
    """Return the names the place is matched by, by its kind."""
    if match.area is not None:
        area = match.area
        named = (f"{area.name} region", f"{area.name} Region")
        return tuple(dict.fromkeys([label.name, area.name, *area.aliases, *named]))
    if match.kind is PlaceKind.COUNTRY and match.country is not None:
        same = [
            c.name for c in country_table().values() if c == replace(match.country, name=c.name)
        ]
        return tuple(dict.fromkeys([label.name, *(n for n in same if len(n) > 2)]))  # noqa: PLR2004 - "US" is also a pronoun in capitals
    if match.word:
        others = host_spellings(match.host_name, match.host, label.country, gazetteer)
        known = facility_aliases(label.name, match.host_name, match.word, match.kind, others)
        is_named_alone = match.kind is PlaceKind.AIRPORT and match.host is None  # "Gatwick"
        return (*known, *([match.host_name] if is_named_alone else []))
    if match.kind is PlaceKind.ADMIN:
        return division_aliases(label.name, match.division, label.country, gazetteer)
    return town_aliases(label.name, match.town, label.country, gazetteer)


def _place(
    label: Label, match: _Match, names: tuple[str, ...], gazetteer: Gazetteer
) -> WatchedPlace:
    country = label.country or match.country
    at = match.town or match.airport or match.host or match.area
    if at is None and match.division is not None:
        at = gazetteer.center(match.division)
    town = match.town
    is_ambiguous = len(match.candidates) > 1
    code = country.code if country else (match.area.country_codes[0] if match.area else None)
    admin = match.town or match.host
    resolution = "ambiguous" if is_ambiguous else "resolved" if match.is_found else "unresolved"
    return WatchedPlace(
        place_id=place_id_of(label.text),
        place=label.text,
        name=label.name,
        country=label.country_name or (country_names().get(code) if code else None),
        country_code=code,
        admin1=gazetteer.admin1_name(admin) if admin else None,
        kind=match.kind,
        aliases=names,
        blockers=_blockers(label, match, names, gazetteer),
        latitude=at.latitude if at else None,
        longitude=at.longitude if at else None,
        geonameid=town.geonameid if town else None,
        population=(town.population or None) if town else None,
        resolution=resolution,
        candidates=tuple(_candidate(t, gazetteer) for t in match.candidates[:_MAX_CANDIDATES])
        if is_ambiguous
        else (),
    )


def _blockers(
    label: Label, match: _Match, names: tuple[str, ...], gazetteer: Gazetteer
) -> tuple[str, ...]:
    """Return the longer names that are not this place; what is no town has those written for it."""
    if match.kind in {PlaceKind.POPULATED_PLACE, PlaceKind.DISTRICT}:
        return blockers(label.name, names, match.town, label.country, gazetteer)
    return match.area.blockers if match.area else ()


def _candidate(town: Town, gazetteer: Gazetteer) -> str:
    where = gazetteer.admin1_name(town) or country_names().get(town.country_code, "")
    people = f"{town.population:,} people" if town.population else "population unknown"
    return f"{town.name}, {where} ({people}, geonameid {town.geonameid})"


def _problems(
    label: Label, match: _Match, place: WatchedPlace, gazetteer: Gazetteer
) -> list[Problem]:
    """Return what is to be told about a place, what matters most first."""
    found = []
    if place.resolution == "unresolved":
        suggested = tuple(_candidate(t, gazetteer) for t in match.suggestions[:_MAX_CANDIDATES])
        message = _why_unresolved(label, match, is_suggested=bool(suggested))
        found.append(Problem(ProblemKind.UNRESOLVED, label.text, message, suggested))
    if place.resolution == "ambiguous":
        message = (
            f"{label.text!r} could be {len(match.candidates)} places; the first was taken: set "
            "`geonameid` to say which"
        )
        found.append(Problem(ProblemKind.AMBIGUOUS, label.text, message, place.candidates))
    if match.by_spelling and match.town is not None:
        message = (
            f"{label.text!r} was taken for {_candidate(match.town, gazetteer)} by its sound: set "
            "`geonameid` if it is another"
        )
        found.append(Problem(ProblemKind.SPELLING, label.text, message))
    if fold(label.name) in common_words():
        message = (
            f"{label.name!r} is also a word of the English dictionary: it may be matched wrongly"
        )
        found.append(Problem(ProblemKind.COMMON_WORD, label.text, message))
    return found + _namesake_problems(label, match, gazetteer)


def _why_unresolved(label: Label, match: _Match, *, is_suggested: bool) -> str:
    """Return what is known of a place that is not in the gazetteer, and what to do."""
    kind = match.kind.value.replace("_", " ")
    own = f"{label.text!r} ({kind}) is matched by its own name only"
    if label.country is None:
        return f'{own}: its country is not known; write it as "Name, Country"'
    if is_suggested:
        return f"{own}: set `geonameid` if it is one of these, else add `aliases`"
    return f"{own}, as the gazetteer does not have it: check the spelling, add `aliases`"


def _namesake_problems(label: Label, match: _Match, gazetteer: Gazetteer) -> list[Problem]:
    if match.town is None:
        return []
    larger = [
        t
        for t in gazetteer.namesakes(label.name, match.town)
        if t.population >= match.town.population * _RIVAL_SHARE
    ]
    if not larger:
        return []
    return [
        Problem(
            ProblemKind.NAMESAKE,
            label.text,
            f"{label.name!r} is also the name of a well-known place elsewhere: news of it may be read as "
            "this one's where they do not say which country",
            tuple(
                f"{t.name}, {whereabouts(t)} ({t.population:,} people)"
                for t in larger[:_MAX_CANDIDATES]
            ),
        )
    ]
