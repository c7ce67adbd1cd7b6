"""Takes a label apart: name, country, and the words in it that tell what kind of place it is."""

from __future__ import annotations

import re
from dataclasses import dataclass

from placewatch.gazetteer_data import Country, areas, country_table, place_rules
from placewatch.place_names import fold
from placewatch.vocabulary import PlaceKind


@dataclass(frozen=True, slots=True)
class Label:
    """A label taken apart: "Springfield, Illinois, United States" or "al-Maqwas (Suwayda), Syria"."""

    text: str
    name: str
    within: str | None
    country_name: str | None
    country: Country | None


@dataclass(frozen=True, slots=True)
class KindWords:
    """What the words of a name tell: "Goma International Airport" is an airport of Goma.

    Attributes:
        kind: of the place.
        host: the rest of the name.
        word: the words that told the kind, as written.
        is_town_first: whether a town or division of the whole name is what is meant, if there is one.
    """

    kind: PlaceKind
    host: str
    word: str
    is_town_first: bool


def parse_label(text: str) -> Label:
    """Return the parts of a label; the last one is its country when that is known."""
    parts = [p.strip() for p in text.split(",") if p.strip()] or [text]
    country = country_table().get(fold(parts[-1])) if len(parts) > 1 else None
    country_name = parts[-1] if country else None
    if country:
        parts = parts[:-1]
    within = parts[-1] if len(parts) > 1 else None
    name = parts[0] if within else ", ".join(parts)
    match = re.fullmatch(r"(?P<name>.+?)\s*\((?P<qualifier>[^)]*)\)", name)
    if match:
        name, within = match["name"], match["qualifier"]
    return Label(text, name, within, country_name, country)


def country_of(text: str) -> str | None:
    """Return the ISO code of the country a label speaks of, or None."""
    label = parse_label(text)
    country = label.country or country_table().get(fold(label.name))
    if country:
        return country.code
    return next((a.country_codes[0] for a in areas() if fold(a.name) == fold(label.name)), None)


_TRAILING = r"(?P<host>.+?)[\s-]+(?P<word>{word})(?:\s+in\s.+)?"
_LEADING = r"(?P<word>{word})\s+(?P<host>.+)"
# "M5", "N2": how roads are numbered where our places are.
_ROAD_NUMBER = r"[AEMN]-?\d{1,3}"


def kind_words(name: str) -> KindWords | None:
    """Return what the last or first words of a name tell of its kind, or None; divisions are not told here."""
    rules = place_rules()
    for pattern, key in ((_TRAILING, "kinds"), (_LEADING, "leading_kinds")):
        for rule in rules[key]:
            words = "|".join(rule["words"])
            match = re.fullmatch(pattern.format(word=words), name, re.IGNORECASE)
            if match:
                kind = PlaceKind(rule["kind"])
                is_town_first = rule.get("exact_town_first", False)
                return KindWords(kind, match["host"], match["word"], is_town_first)
    if re.fullmatch(_ROAD_NUMBER, name):
        return KindWords(PlaceKind.ROAD, name, "", is_town_first=False)
    return None
