"""The gate: where a text names a watched place. No model, 0.03 ms an article at 10,000 names.

Aho-Corasick over all aliases and blockers, case-sensitive, whole words, the longest match wins. Guards for what
merely carries a place's name (a province, a club, a newspaper) are in `lexicon/guards.yaml`.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import NamedTuple

import ahocorasick

from placewatch.records import Article, WatchedPlace
from placewatch.vocabulary import PlaceKind
from streams.reading.bare_regions import BareRegions
from streams.reading.lexicon import guards
from streams.reading.plaintext import full_text, normalised
from streams.reading.region_lists import RegionLists


_REGIONS = frozenset({PlaceKind.ADMIN, PlaceKind.AREA})


class Mention(NamedTuple):
    """A watched place named in a text, by character offsets."""

    place_id: str
    start: int
    end: int


class _Hit(NamedTuple):
    start: int
    end: int
    place_ids: tuple[str, ...]  # none for a blocker


class Gate:
    """Finds the watched places in texts."""

    def __init__(self, places: Iterable[WatchedPlace]) -> None:
        self._places = {place.place_id: place for place in places if not place.is_removed}
        self._guards = guards()
        self._automaton = self._build()
        self._twins = self._find_twins()
        self._region_lists = RegionLists(self._places.values())
        self._bare_regions = BareRegions(self._places.values())
        self._namesakes = {i: _namesake(place) for i, place in self._places.items()}

    def twins(self, place_id: str) -> tuple[str, ...]:
        """Return the other watched labels of the same place ("Izium, Ukraine" and "Izyum, Ukraine")."""
        return self._twins.get(place_id, ())

    def mentions(self, text: str) -> list[Mention]:
        """Return where `text` names watched places, in order, none overlapping.

        A name that two watched places share goes to the one whose country the text names more often, else to
        the populated place rather than the region, else to nobody.
        """
        plain = normalised(text)
        listed = list(self._region_lists.named(plain))
        mentions = [Mention(i, start, end) for start, end, i in listed if i is not None]
        for hit in self._hits(plain):
            if any(hit.start < end and start < hit.end for start, end, _ in listed):
                continue
            place_id = self._decide(hit, plain)
            if place_id is not None:
                meant = self._bare_regions.meant(place_id, plain)
                mentions.append(Mention(meant or place_id, hit.start, hit.end))
        return sorted(mentions, key=lambda mention: mention.start)

    def places_in(self, article: Article) -> frozenset[str]:
        """Return the ids of the watched places that title or body of `article` names."""
        named = {mention.place_id for mention in self.mentions(full_text(article))}
        return frozenset(named.union(*(self.twins(place_id) for place_id in named)))

    def _find_twins(self) -> dict[str, tuple[str, ...]]:
        named = {i: _own_names(p) for i, p in self._places.items()}
        by_name: dict[str, set[str]] = {}
        for place_id, place in self._places.items():
            for alias in {*place.aliases, *named[place_id]}:
                by_name.setdefault(alias, set()).add(place_id)
        twins = {}
        for place_id, place in self._places.items():
            near = {i for name in named[place_id] for i in by_name[name]} - {place_id}
            same = tuple(
                sorted(
                    i
                    for i in near
                    if self._places[i].kind is place.kind
                    and _same_country(self._places[i], place)
                    and named[i] & ({*place.aliases} | named[place_id])
                )
            )
            if same:
                twins[place_id] = same
        return twins

    def _build(self) -> ahocorasick.Automaton:
        owners: dict[str, set[str]] = {}
        for place in self._places.values():
            for alias in _aliases(place):
                owners.setdefault(alias, set()).add(place.place_id)
        automaton = ahocorasick.Automaton()
        for place in self._places.values():
            for blocker in place.blockers:
                if normalised(blocker) not in owners:
                    automaton.add_word(normalised(blocker), (len(blocker), ()))
        for alias, place_ids in owners.items():
            automaton.add_word(alias, (len(alias), tuple(sorted(place_ids))))
        if len(automaton):
            automaton.make_automaton()
        return automaton

    def _hits(self, text: str) -> Iterator[_Hit]:
        if not len(self._automaton):
            return
        found = []
        for last, (length, place_ids) in self._automaton.iter(text):
            start, end = last - length + 1, last + 1
            if _is_word(text, start, end):
                found.append(_Hit(start, end, place_ids))
        found.sort(key=lambda hit: (hit.start, -hit.end))
        reached = 0
        for hit in found:
            if hit.start < reached:
                continue
            reached = hit.end
            if hit.place_ids:
                yield hit

    def _decide(self, hit: _Hit, text: str) -> str | None:
        open_ids = [i for i in hit.place_ids if not self._is_guarded(self._places[i], hit, text)]
        open_ids = [
            i
            for i in open_ids
            if not set(self._twins.get(i, ())) & set(open_ids[: open_ids.index(i)])
        ]
        if len(open_ids) > 1:
            by_own_name = [
                i for i in open_ids if text[hit.start : hit.end] in _own_names(self._places[i])
            ]
            open_ids = by_own_name if len(by_own_name) == 1 else open_ids
        if len(open_ids) < 2:
            return open_ids[0] if open_ids else None
        named = Counter({i: text.count(self._places[i].country or "\0") for i in open_ids})
        (best, most), (_, second) = named.most_common(2)
        if most > second:
            return best
        towns = [i for i in open_ids if self._places[i].kind is not PlaceKind.ADMIN]
        return towns[0] if len(towns) == 1 else None

    def _is_guarded(self, place: WatchedPlace, hit: _Hit, text: str) -> bool:
        namesake = self._namesakes[place.place_id]
        if namesake is not None and namesake.is_meant(text):
            return True
        following = text[hit.end : hit.end + 40]
        before = text[max(0, hit.start - 24) : hit.start]
        if self._guards.after.match(following) or self._guards.before.search(before):
            return True
        own = text[hit.start : hit.end]
        if place.kind in _REGIONS or self._guards.ends_in_region_word.search(own):
            return False
        return bool(
            self._guards.region_after.match(following) or self._guards.region_before.search(before)
        )


class _Namesake(NamedTuple):
    """Towns of the same name elsewhere: meant where a text names their country and never the watched one's."""

    elsewhere: re.Pattern[str]
    here: re.Pattern[str]

    def is_meant(self, text: str) -> bool:
        return self.elsewhere.search(text) is not None and self.here.search(text) is None


def _namesake(place: WatchedPlace) -> _Namesake | None:
    """Blockers of the form "Tripoli, Libya" tell where else there is such a town."""
    others = {blocker.rsplit(", ", 1)[1] for blocker in place.blockers if ", " in blocker}
    others.discard(place.country or "")
    if not others or not place.country:
        return None
    stems = "|".join(sorted(re.escape(_stem(other)) for other in others))
    own = {_stem(place.country), _stem(place.place.rsplit(", ", 1)[-1].split()[0])}
    here = "|".join(sorted(map(re.escape, own)))
    return _Namesake(re.compile(rf"\b(?:{stems})"), re.compile(rf"\b(?:{here})"))


def _stem(country: str) -> str:
    """What a country's name and its adjective share: "Liby" of Libya and Libyan, "Leban" of Lebanese."""
    return country if " " in country else country[: max(4, len(country) - 2)]


_ARTICLE_BEFORE = re.compile(
    r"(?<![\w-])(?:[Aa]l|[Ee]l|[Aa]s|[Aa]sh|[Aa]t|[Aa]n|[Aa]d|[Aa]r|[Aa]z)-$"
)


def _is_word(text: str, start: int, end: int) -> bool:
    """Whole words only; a hyphen joins words ("Homs-Damascus highway") but for the Arabic article ("al-Bab")."""
    before = text[start - 1] if start else " "
    after = text[end] if end < len(text) else " "
    if before.isalnum() or after.isalnum():
        return False
    if before == "-" and start > 1 and text[start - 2].isalnum():
        return _ARTICLE_BEFORE.search(text, max(0, start - 5), start) is not None and after != "-"
    return not (after == "-" and end + 1 < len(text) and text[end + 1].isalnum())


def _fold(text: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))


def _same_country(one: WatchedPlace, other: WatchedPlace) -> bool:
    """Whether the countries may be one: "Palestine" and "Gaza Strip" are, none is any, and a crossing is of both."""
    if one.country_code and one.country_code == other.country_code:
        return True
    if one.kind is other.kind is PlaceKind.CROSSING:
        return True
    first, second = (_stem(place.country or "")[:6] for place in (one, other))
    return first.startswith(second) or second.startswith(first)


def _own_names(place: WatchedPlace) -> set[str]:
    """The name of the label itself."""
    return {place.name, place.place.rsplit(", ", 1)[0]}


def _aliases(place: WatchedPlace) -> set[str]:
    """The spellings to look for: with and without diacritics, in any case of the Arabic article."""
    label = place.place.rsplit(", ", 1)[0]
    bare = re.sub(r"\s*\([^)]*\)$", "", label)
    names = {name for name in (label, bare, place.name, *place.aliases) if name}
    spelled: set[str] = set()
    for name in names:
        for form in {normalised(name), _fold(normalised(name))}:
            spelled |= _article_forms(form)
    return {name for name in spelled if len(name) > 2 or name.isupper()}


def _article_forms(name: str) -> set[str]:
    """Al-Bab, al-Bab, Al Bab, al Bab; without the article when five letters or more remain."""
    match = re.match(r"(?i)(al|ar|as|ash|at|ad|an|az|el)[- ](?=[A-Z])(.+)$", name)
    if not match:
        return {name}
    article, rest = match.groups()
    forms = {f"{a}{sep}{rest}" for a in (article.lower(), article.capitalize()) for sep in "- "}
    return forms | {name}
