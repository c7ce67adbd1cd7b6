"""The names a tracked place is matched by in text (aliases), and the longer names that are not it (blockers).

Conservative on purpose: an alias is case-sensitive Latin script, four letters or more unless it is the label's own
name, and never a word, a person or a better-known place. A missed spelling can be added by hand; a wrong one
would put another town's news under this one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from difflib import SequenceMatcher

from placewatch.gazetteer import Country, Division, Gazetteer, Town, common_words, country_names, place_rules
from placewatch.place_names import (
    ARTICLES,
    fold,
    is_latin,
    skeleton,
    spellings,
    without_articles,
    without_marks,
)
from placewatch.vocabulary import PlaceKind


MAX_ALIASES = 60
MAX_BLOCKERS = 40
_SHORTEST = 4
_SHORTEST_DISSIMILAR = 6
_LIKENESS = 0.75
_DIVISION_WORD = re.compile(
    r"^(?P<stem>.+?)[ -](?P<word>governorate|oblast|province|region|state|county|district|township"
    r"|department|prefecture|raion|krai|republic|voivodeship|canton|division|municipality|emirate)$",
    re.IGNORECASE,
)


def town_aliases(name: str, town: Town | None, country: Country | None, gazetteer: Gazetteer) -> tuple[str, ...]:
    """Return the aliases of a town called `name` in its label, the label's name first."""
    own = dict.fromkeys(_spellings(name, country))
    if town is not None:
        for alternate in (town.name, *sorted(town.alternates)):
            if _is_usable(alternate, name, town, gazetteer):
                own |= dict.fromkeys(_spellings(alternate, country))
    kept = [a for a in own if a == name or _is_safe(a, name, town, gazetteer)]
    return tuple(kept[:MAX_ALIASES])


def _spellings(name: str, country: Country | None) -> Iterable[str]:
    rules = place_rules()
    code = country.code if country else ""
    return spellings(
        name,
        is_arabic=code in rules["arabic_countries"],
        is_slavic=code in rules["oblast_countries"],
    )


def _is_usable(alternate: str, name: str, town: Town, gazetteer: Gazetteer) -> bool:
    """Whether an alternate name of the gazetteer is one that English news may use."""
    if not is_latin(alternate) or not _is_capitalised(alternate):
        return False
    if _is_like(alternate, name) or _is_like(alternate, town.name):
        return True
    return (
        len(alternate) >= _SHORTEST_DISSIMILAR
        and without_marks(alternate).isascii()
        and not gazetteer.namesakes(alternate, town)
    )


def _is_capitalised(name: str) -> bool:
    """Whether each word starts with a capital, articles apart: romanisations like "alrstn" do not."""
    words = [w for w in re.split(r"[\s-]+", name) if w and w.casefold() not in ARTICLES]
    return bool(words) and all(w.lstrip("'`‘’ʿʻ")[:1].isupper() for w in words)


def _is_like(one: str, other: str) -> bool:
    left, right = without_articles(fold(one)), without_articles(fold(other))
    if skeleton(one) == skeleton(other):
        return True
    return SequenceMatcher(None, left, right).ratio() >= _LIKENESS


def _is_safe(alias: str, name: str, town: Town | None, gazetteer: Gazetteer) -> bool:
    """Whether an alias that is not the label's own name can stand in text for this place only."""
    folded = fold(alias)
    if len(folded) < _SHORTEST or not _is_capitalised(alias) or folded in common_words():
        return False
    if folded == fold(name):
        return True
    people = town.population if town else 0
    rivals = gazetteer.namesakes(alias, town)
    if town is not None:
        rivals += [
            t
            for t in gazetteer.exact(alias, Country("", town.country_code))
            if t.geonameid != town.geonameid and fold(t.name) == folded
        ]
    return not any(rival.population > people for rival in rivals)


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
        for word in words:
            forms = (f"{stem} {word}", f"{stem} {word.lower()}", f"{word.lower()} of {stem}", f"{word} of {stem}")
            aliases |= dict.fromkeys(forms)
    if not parts[0] and country is not None and _is_town(name, country, gazetteer):
        aliases.pop(name, None)
    kept = [a for a in aliases if a == name or (len(a) >= _SHORTEST and fold(a) not in common_words())]
    return tuple(kept[:MAX_ALIASES])


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


def facility_aliases(name: str, host: str, word: str, kind: PlaceKind) -> tuple[str, ...]:
    """Return the aliases of an airport, base and the like called "<host> <word>" in its label."""
    words = {word, word.lower(), word.title()}
    if kind is PlaceKind.AIRPORT:
        words |= {"airport", "Airport", "International Airport", "international airport"}
    if kind is PlaceKind.BASE and re.search("air|military airport", word, re.IGNORECASE):
        words |= {"air base", "airbase", "Air Base", "Airbase", "military airport", "Military Airport"}
        words |= {"military airbase", "military air base", "airport"}
    if kind is PlaceKind.CROSSING:
        words |= {"crossing", "Crossing", "border crossing", "Border Crossing"}
    aliases = dict.fromkeys([name, without_marks(name), name.replace("–", "-")])
    for stem in dict.fromkeys((host, without_marks(host))):
        for form in sorted(words):
            aliases |= dict.fromkeys([f"{stem} {form}", f"{stem}'s {form}", f"{stem}’s {form}"])  # noqa: RUF001 - news print curly apostrophes
    return tuple(list(aliases)[:MAX_ALIASES])


def blockers(
    name: str,
    aliases: Iterable[str],
    town: Town | None,
    country: Country | None,
    gazetteer: Gazetteer,
) -> tuple[str, ...]:
    """Return longer names that hold an alias but are another place; at most 40, the likeliest first."""
    own = set(aliases)
    found = dict.fromkeys(f"{name} {word}" for word in place_rules()["blocking_words"])
    found |= dict.fromkeys(f"{name} {w.lower()}" for w in place_rules()["blocking_words"])
    found |= dict.fromkeys(
        f"{name}, {admin}" for t in gazetteer.namesakes(name, town)[:5] for admin in _belongs(t)
    )
    if country is not None:
        pattern = re.compile(
            r"(?<!\w)(?:" + "|".join(re.escape(a) for a in sorted(own, key=len, reverse=True)) + r")(?!\w)"
        )
        longer = [
            t
            for alias in dict.fromkeys(fold(a).split()[0] for a in own if fold(a))
            for t in gazetteer.longer_names(alias, country)
            if pattern.search(t.name) and t.name not in own and (town is None or t.geonameid != town.geonameid)
        ]
        ranked = sorted(longer, key=lambda t: (-t.population, t.geonameid))
        superstrings = dict.fromkeys(n for t in ranked for n in (t.name, without_marks(t.name)))
        found = superstrings | found if len(superstrings) <= MAX_BLOCKERS // 2 else (
            dict.fromkeys(list(superstrings)[: MAX_BLOCKERS // 2]) | found
        )
    return tuple(b for b in found if b not in own)[:MAX_BLOCKERS]


def _belongs(town: Town) -> list[str]:
    return [country_names().get(town.country_code, town.country_code)]
