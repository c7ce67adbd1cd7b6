"""The names a tracked place is matched by in text (aliases), and the longer names that are not it (blockers).

Conservative on purpose: an alias is case-sensitive Latin script, four letters or more unless it is the label's own
name, and never a word, a person or a better-known place. A missed spelling can be added by hand; a wrong one
would put another town's news under this one.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from difflib import SequenceMatcher
from functools import lru_cache

from placewatch.gazetteer import Gazetteer
from placewatch.gazetteer_data import (
    Country,
    Division,
    Town,
    areas,
    common_words,
    country_table,
    person_names,
    place_rules,
    whereabouts,
)
from placewatch.place_names import (
    ARTICLES,
    fold,
    is_latin,
    is_same_by_sound,
    skeleton,
    without_articles,
    without_marks,
)
from placewatch.place_spellings import Tradition, plain_spellings, spellings, with_article
from placewatch.vocabulary import PlaceKind


MAX_ALIASES = 100
MAX_BLOCKERS = 40
_MAX_LONGER = 15
_MAX_DIVISION_STEMS = 14
_MAX_WITH_ARTICLE = 3
_MAX_HOST_SPELLINGS = 12
_ENDS_OF_A_ROAD = 2
_SHORTEST = 4
_SHORTEST_DISSIMILAR = 6
_LIKENESS = 0.75
_POSSESSIVE = frozenset({PlaceKind.AIRPORT, PlaceKind.BASE, PlaceKind.CROSSING, PlaceKind.FACILITY})
# Odessa and Florence are given names, and still the city's in the news.
_CITY = 100_000
# Makarov is a person where Makariv is a town.
_SURNAME = re.compile(r"(?:ov|ev|enko|ovsky)$")
_DIVISION_WORD = re.compile(
    r"^(?P<stem>.+?)[ -](?P<word>governorate|oblast|province|region|state|county|district|township"
    r"|department|prefecture|raion|krai|republic|voivodeship|canton|division|municipality|emirate)$",
    re.IGNORECASE,
)


def town_aliases(
    name: str, town: Town | None, country: Country | None, gazetteer: Gazetteer
) -> tuple[str, ...]:
    """Return the aliases of a town called `name` in its label, the label's name first."""
    tradition = _tradition(country)
    alternates = _usable_alternates(name, town, gazetteer)
    own = dict.fromkeys(spellings(name, tradition))
    for alternate in alternates:
        own |= dict.fromkeys(plain_spellings(alternate, tradition))
    if any(fold(n).split()[0] in ARTICLES for n in (name, *alternates) if fold(n)):
        for known in (name, *alternates[:_MAX_WITH_ARTICLE]):
            own |= dict.fromkeys(with_article(known, tradition))
    for alternate in alternates:
        # The most alike come first, so that the limit cuts the outlandish.
        own |= dict.fromkeys(spellings(without_marks(alternate), tradition))
    kept = [a for a in own if a == name or _is_safe(a, name, town, gazetteer)]
    return tuple(kept[:MAX_ALIASES])


def _tradition(country: Country | None) -> Tradition:
    rules = place_rules()
    if country is not None and country.code in rules["arabic_countries"]:
        return Tradition.ARABIC
    if country is not None and country.code in rules["oblast_countries"]:
        return Tradition.SLAVIC
    return Tradition.OTHER


def _usable_alternates(name: str, town: Town | None, gazetteer: Gazetteer) -> list[str]:
    """Return the alternate names that English news may use, those most like the label first."""
    if town is None:
        return []
    names = [n for n in (town.name, *town.alternates) if _is_usable(n, name, town, gazetteer)]
    return sorted(names, key=lambda n: (-_likeness(n, name), n))


def _is_usable(alternate: str, name: str, town: Town, gazetteer: Gazetteer) -> bool:
    """Whether an alternate name of the gazetteer is one that English news may use."""
    if not is_latin(alternate) or not _is_capitalised(alternate):
        return False
    if _is_like(alternate, name) or _is_like(alternate, town.name):
        return True
    return (
        len(alternate) >= _SHORTEST_DISSIMILAR
        and fold(alternate) not in person_names()
        and not gazetteer.namesakes(alternate, town)
        and not [
            t
            for t in gazetteer.exact(alternate, Country("", town.country_code))
            if t.geonameid != town.geonameid
        ]
    )


def _is_capitalised(name: str) -> bool:
    """Whether each word starts with a capital, articles apart: romanisations like "alrstn" do not."""
    words = [w for w in re.split(r"[\s-]+", name) if w and w.casefold() not in ARTICLES]
    return bool(words) and all(_first_letter(w).isupper() for w in words)


def _first_letter(word: str) -> str:
    return next((c for c in word if c.isalpha() and c.lower() != c.upper()), "")


def _is_like(one: str, other: str) -> bool:
    return skeleton(one) == skeleton(other) or _likeness(one, other) >= _LIKENESS


def _likeness(one: str, other: str) -> float:
    """Return from 0 to 1 how alike two names are written."""
    left, right = without_articles(fold(one)), without_articles(fold(other))
    return SequenceMatcher(None, left, right).ratio()


def _is_safe(alias: str, name: str, town: Town | None, gazetteer: Gazetteer) -> bool:
    """Whether an alias that is not the label's own name can stand in text for this place only."""
    folded, own = fold(alias), fold(name)
    if len(folded) < _SHORTEST or not _is_capitalised(alias):
        return False
    if folded == own or (folded != without_articles(folded) == without_articles(own)):
        return True
    return not (
        _is_something_else(alias, name, town) or _is_another_place(alias, name, town, gazetteer)
    )


def _is_something_else(alias: str, name: str, town: Town | None) -> bool:
    """Whether an alias is a word, a country, an area or, but for a city's old spelling, a person's name."""
    folded = fold(alias)
    if {folded, without_articles(folded)} & common_words():
        return True
    if folded in country_table() or _is_short_for_area(folded):
        return True
    is_surname = _SURNAME.search(folded) is not None and not _SURNAME.search(fold(name))
    is_city = town is not None and town.population >= _CITY
    return (is_surname or folded in person_names()) and not (
        is_city and is_same_by_sound(alias, name)
    )


def _is_another_place(alias: str, name: str, town: Town | None, gazetteer: Gazetteer) -> bool:
    """Whether an alias names a larger place, or one well known that the label does not sound like."""
    rivals = gazetteer.namesakes(alias, town)
    if rivals and not is_same_by_sound(alias, name):
        return True
    if town is not None:
        rivals += [
            t
            for t in gazetteer.exact(alias, Country("", town.country_code))
            if t.geonameid != town.geonameid and fold(t.name) == fold(alias)
        ]
    people = town.population if town else 0
    return any(rival.population > people for rival in rivals)


def _is_short_for_area(folded: str) -> bool:
    """Whether news say the name for an area they shorten: "Gaza" is the Strip more often than the city."""
    return any(name.startswith(f"{folded} ") for name in _area_names())


@lru_cache(maxsize=1)
def _area_names() -> tuple[str, ...]:
    return tuple(fold(area.name) for area in areas())


def division_aliases(
    name: str, division: Division | None, country: Country | None, gazetteer: Gazetteer
) -> tuple[str, ...]:
    """Return the aliases of a province or district: with its kind always, bare only when no town has the name."""
    names = [name, *([division.name] if division else [])]
    parts = [_DIVISION_WORD.match(n) for n in names]
    stems = dict.fromkeys(
        s
        for n, p in zip(names, parts, strict=True)
        for s in (p["stem"] if p else n, without_marks(p["stem"] if p else n))
    )
    words = _division_words([p["word"] for p in parts if p], country)
    aliases = dict.fromkeys([name, without_marks(name)] if parts[0] else [])
    for stem in stems:
        if country is None or not _is_town(stem, country, gazetteer):
            aliases[stem] = None
        aliases |= dict.fromkeys(f"{stem} {w}" for word in words for w in (word, word.lower()))
        aliases |= dict.fromkeys(f"{w} of {stem}" for word in words for w in (word.lower(), word))
    for stem in _other_spellings(next(iter(stems)), country, gazetteer):
        aliases |= dict.fromkeys(f"{stem} {w}" for word in words for w in (word, word.lower()))
    kept = [
        a for a in aliases if a == name or (len(a) >= _SHORTEST and fold(a) not in common_words())
    ]
    return tuple(kept[:MAX_ALIASES])


def _other_spellings(stem: str, country: Country | None, gazetteer: Gazetteer) -> tuple[str, ...]:
    """Return how else a division's stem is spelled, as the town of its name is: Odessa region, Suweida province."""
    towns = gazetteer.exact(stem, Country("", country.code)) if country is not None else []
    known = town_aliases(stem, towns[0] if towns else None, country, gazetteer)
    return tuple(a for a in known if a != stem and skeleton(a) == skeleton(stem))[
        :_MAX_DIVISION_STEMS
    ]


def is_division_name(name: str) -> bool:
    """Whether a name ends in the kind of a division: "Idlib Governorate"."""
    return _DIVISION_WORD.match(name) is not None


def _division_words(own: Iterable[str], country: Country | None) -> list[str]:
    rules = place_rules()
    spoken = [word.capitalize() for word in own]
    if spoken and spoken[0].lower() in rules["minor_words"]:
        return list(dict.fromkeys(spoken[:1]))
    code = country.code if country else ""
    usual = rules["oblast_words"] if code in rules["oblast_countries"] else rules["province_words"]
    return list(dict.fromkeys([*spoken, *usual]))


def _is_town(stem: str, country: Country, gazetteer: Gazetteer) -> bool:
    return bool(gazetteer.exact(stem, Country(country.name, country.code)))


def facility_aliases(
    name: str, host: str, word: str, kind: PlaceKind, others: Iterable[str] = ()
) -> tuple[str, ...]:
    """Return the aliases of an airport, base and the like that is named after `host`, spelled as `others` too."""
    own = [name, without_marks(name), name.replace("\u2013", "-"), name.replace("-", "\u2013")]
    if name.casefold().startswith(word.casefold()):
        # "Southern Lebanon": its words do not change places.
        return tuple(dict.fromkeys([*own, f"{word.lower()} {host}", f"{word.title()} {host}"]))
    if not name.casefold().endswith(word.casefold()):
        # "Jordan border crossings in Daraa" is no "Jordan crossing".
        return tuple(dict.fromkeys(own))
    words = [word, word.lower(), word.title()]
    if kind is not PlaceKind.BASE or "air" in word.casefold():
        usual = place_rules()["facility_words"]
        words += [*usual.get(kind.value, ()), *usual.get(word.lower(), ())]
    aliases = dict.fromkeys(own)
    hosts = dict.fromkeys((host, without_marks(host)))
    for stem in hosts:
        aliases |= dict.fromkeys(f"{stem} {form}" for form in words)
        if kind in _POSSESSIVE:
            aliases |= dict.fromkeys(f"{stem}{s} {f}" for f in words for s in ("'s", "\u2019s"))
            aliases |= dict.fromkeys(f"{form.lower()} of {stem}" for form in words)
    if kind is PlaceKind.ROAD:
        aliases |= dict.fromkeys(_road_aliases(without_marks(host), word))
    for stem in [other for other in others if other not in hosts][:_MAX_HOST_SPELLINGS]:
        aliases |= dict.fromkeys(f"{stem} {form}" for form in dict.fromkeys(words))
    return tuple(list(aliases)[:MAX_ALIASES])


def _road_aliases(ends: str, word: str) -> Iterator[str]:
    """Yield how news name the road between two towns: "Arden to Dorn road", "the road from Dorn to Arden"."""
    towns = [town.strip() for town in re.split(r"[-\u2013]| to ", ends) if town.strip()]
    if len(towns) != _ENDS_OF_A_ROAD:
        return
    words = dict.fromkeys((word.lower(), word.title(), *place_rules()["facility_words"]["road"]))
    for one, other in (towns, towns[::-1]):
        for road in words:
            yield from (f"{one}-{other} {road}", f"{one} to {other} {road}")
            yield from (f"{road} from {one} to {other}", f"{road} between {one} and {other}")
            yield from (f"{road} linking {one} to {other}", f"{road} linking {one} with {other}")
            yield from (f"{road} linking {one} and {other}", f"{road} connecting {one} to {other}")


def host_spellings(
    host: str, town: Town | None, country: Country | None, gazetteer: Gazetteer
) -> tuple[str, ...]:
    """Return how else news spell the name that a facility carries, articles off as well: Walid for al-Walid."""
    known = town_aliases(host, town, country, gazetteer)
    return tuple(a for a in known if skeleton(a) == skeleton(host))


def blockers(
    name: str,
    aliases: Iterable[str],
    town: Town | None,
    country: Country | None,
    gazetteer: Gazetteer,
) -> tuple[str, ...]:
    """Return longer names that hold an alias but are another place; at most 40, the likeliest first."""
    aliases = tuple(aliases)
    own = set(aliases)
    found = dict.fromkeys(f"{name} {word}" for word in place_rules()["blocking_words"])
    found |= dict.fromkeys(f"{name} {w.lower()}" for w in place_rules()["blocking_words"])
    found |= dict.fromkeys(
        f"{alias}, {whereabouts(t)}"
        for alias in dict.fromkeys([name, *aliases])
        for t in gazetteer.namesakes(alias, town)[:5]
    )
    found = dict.fromkeys(_areas_holding(own)) | found
    if country is not None:
        pattern = re.compile(
            r"(?<!\w)(?:"
            + "|".join(re.escape(a) for a in sorted(own, key=len, reverse=True))
            + r")(?!\w)"
        )
        longer = [
            t
            for alias in dict.fromkeys(fold(a).split()[0] for a in own if fold(a))
            for t in gazetteer.longer_names(alias, country)
            if pattern.search(t.name)
            and t.name not in own
            and (town is None or t.geonameid != town.geonameid)
        ]
        ranked = sorted(longer, key=lambda t: (-t.population, t.geonameid))
        longer_names = dict.fromkeys(without_marks(t.name) for t in ranked)
        found = dict.fromkeys(list(longer_names)[:_MAX_LONGER]) | found
    return tuple(b for b in found if b not in own)[:MAX_BLOCKERS]


def _areas_holding(names: Collection[str]) -> list[str]:
    """Return the areas, all their spellings, whose name starts with one of `names`: "Gaza Strip" for Gaza."""
    return [
        spelling
        for area in areas()
        for spelling in (area.name, *area.aliases)
        if any(spelling.startswith(f"{name} ") for name in names)
    ]
