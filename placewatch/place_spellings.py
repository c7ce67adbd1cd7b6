"""The spellings English news use for one name: romanisations differ in articles, vowels, endings and hyphens."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from enum import StrEnum

from placewatch.place_names import APOSTROPHES, without_marks


class Tradition(StrEnum):
    """Where a name's romanisation comes from, which decides how it varies."""

    ARABIC = "arabic"
    SLAVIC = "slavic"
    OTHER = "other"


_ARTICLE = r"(?P<article>a[lrstndz]|a[dst]h|e[lrstndz]|esh)"
_LEADING_ARTICLE = re.compile(rf"^{_ARTICLE}(?P<mark>[- ])(?=\w)", re.IGNORECASE)
_INNER_ARTICLE = re.compile(rf"(?P<before>\w)[- ]{_ARTICLE}[- ](?P<after>\w)", re.IGNORECASE)
_ENDINGS = {
    Tradition.ARABIC: (("iyeh", "iyah", "ieh", "iah", "iya", "ia"), ("eh", "ah", "a")),
    Tradition.SLAVIC: (("iia", "iya", "ia", "ya"),),
}
_SHORTEST_ENDING_STEM = 3
# One at a time: Suwayda is Sweida, Suweida or Suwaida in the agencies' copy, Deir al-Zor is Deir al-Zour.
_RESPELLED = {
    Tradition.ARABIC: (
        ("uway", "wei"),
        ("uway", "uwei"),
        ("ay", "ei"),
        ("ay", "ai"),
        ("aw", "au"),
        ("ou", "u"),
        ("(?i)(?<=[^aeiou])u(?=[^aeiou])", "ou"),
        ("iy(?=[ea]h?\\b)", "i"),
        ("ee", "i"),
        ("^Tal\\b", "Tel"),
        ("^T[ae]ll\\b", "Tal"),
        ("^Tel\\b", "Tal"),
        ("or\\b", "our"),
        ("een\\b", "in"),
        ("in\\b", "een"),
    ),
    Tradition.SLAVIC: (
        ("ii\\b", "iy"),
        ("yi\\b", "yy"),
        ("yi\\b", "y"),
        ("ia", "ya"),
        ("io", "yo"),
        ("iu", "yu"),
        ("zhzh", "zh"),
    ),
    # Somali writes long vowels twice, the news seldom do.
    Tradition.OTHER: (("([aeou])\\1", "\\1"),),
}


def spellings(name: str, tradition: Tradition) -> Iterator[str]:
    """Yield the surface forms of `name`, itself first. Only itself keeps its marks: English news print none."""
    bases = list(_bases(name, tradition))
    inner = [form for base in bases for form in _inner_articles(base)]
    yield from _with_hyphens([name, *plain_spellings(name, tradition), *bases, *inner], tradition)


def with_article(name: str, tradition: Tradition) -> Iterator[str]:
    """Yield the spellings of an Arabic name with the article before them: "al-Shirqat" for Shirqat."""
    if tradition is Tradition.ARABIC:
        for base in _bases(name, tradition):
            yield from (f"{article}{base}" for article in ("al-", "Al-", "al ", "Al "))


def _bases(name: str, tradition: Tradition) -> Iterator[str]:
    plain = without_marks(name)
    stem = _stem(plain) if tradition is Tradition.ARABIC else plain
    yield from dict.fromkeys(_varied(stem, tradition))


def plain_spellings(name: str, tradition: Tradition) -> Iterator[str]:
    """Yield the forms a name has whatever its romanisation: marks and apostrophes off, article or not."""
    plain = APOSTROPHES.sub("'", without_marks(name))
    forms = [plain, plain.replace("'", "")]
    match = _LEADING_ARTICLE.match(plain) if tradition is Tradition.ARABIC else None
    if match is not None:
        stem, own = plain[match.end() :], match["article"].capitalize()
        forms += [
            f"{a}{mark}{stem}"
            for a in dict.fromkeys((own, own.lower(), "Al", "al"))
            for mark in "- "
        ]
        forms.append(stem)
    yield from _with_hyphens(forms, tradition)


def _with_hyphens(forms: Iterable[str], tradition: Tradition) -> Iterator[str]:
    """Yield the forms, those with hyphens also without and, where articles are not hyphenated, the reverse."""
    forms = tuple(forms)
    spaced = [form.replace("-", " ") for form in forms]
    joined = [] if tradition is Tradition.ARABIC else [forms[0].replace(" ", "-")]
    yield from dict.fromkeys([*forms, *spaced, *joined])


def _stem(name: str) -> str:
    match = _LEADING_ARTICLE.match(name)
    return name[match.end() :] if match else name


def _varied(stem: str, tradition: Tradition) -> Iterator[str]:
    """Yield the stem with each respelling and each ending of its tradition."""
    respelled = [re.sub(old, new, stem) for old, new in _RESPELLED.get(tradition, ())]
    for base in dict.fromkeys([stem, *respelled]):
        yield base
        yield from _with_endings(base, _ENDINGS.get(tradition, ()))


def _with_endings(name: str, groups: tuple[tuple[str, ...], ...]) -> Iterator[str]:
    for endings in groups:
        for ending in endings:
            if name.endswith(ending) and len(name) - len(ending) >= _SHORTEST_ENDING_STEM:
                yield from (name[: -len(ending)] + other for other in endings)
                return


def _inner_articles(name: str) -> Iterator[str]:
    """Yield the forms of a name with an article inside: Deir ez-Zor, Deir al-Zor, Deir Ezzor."""
    match = _INNER_ARTICLE.search(name)
    if match is None:
        return
    before, after = name[: match.start("article") - 1], name[match.start("after") :]
    own = match["article"].lower()
    for article in dict.fromkeys((own, own.capitalize(), "al", "el")):
        yield f"{before} {article}-{after}"
    if own[-1] == after[0].lower():
        # The assimilated article is often written into the word.
        yield f"{before} {own.capitalize()}{after.lower()}"
