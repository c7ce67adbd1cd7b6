"""What the rest of a text says of a strike: whether it is a side's fire, whether its title tells it of itself."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from functools import cache

from placewatch.records import Report
from placewatch.vocabulary import Factuality, MarkRole, State
from streams.reading.lexicon import lexicon


def tells_of_strikes_by(names: Iterable[str], text: str) -> bool:
    """Return whether `text` gives fire to a side: "Russian missiles", "raids by Israel", "blamed on Kyiv".

    Args:
        names: what the side is called, its adjectives among them.
        text: the whole article.
    """
    here = sorted((name for name in set(names) if name in text), key=len, reverse=True)
    if not here:
        return False
    side = rf"\b(?:{'|'.join(map(re.escape, here))})s?(?:['’]s?)?"
    fire, link = _fire(), _link()
    return any(
        re.search(pattern, text) is not None
        for pattern in (
            rf"{side}(?:[\s-]+{link}){{0,4}}?[\s-]+{fire}",
            rf"{fire}(?:\s+{link}){{0,4}}?\s+(?i:by|from)\s+(?:(?:the|a)\s+)?{side}",
            rf"\b(?i:blam|pinn)\w+\s+(?:\w+\s+){{0,4}}?on\s+(?:the\s+)?{side}",
        )
    )


@cache
def _fire() -> str:
    """Words for fire from afar and for sending it, in every form."""
    words = "|".join(sorted(lexicon().forces["fire"], key=len, reverse=True))
    return rf"\b(?i:{words})(?i:e?s|e?d|ing|ling|led)?\b"


@cache
def _link() -> str:
    """A word that may stand between a side and its fire: no mark, and none that makes it another's."""
    return rf"(?!(?i:{'|'.join(sorted(lexicon().forces['not_its_fire']))})\b)[\w'’-]+"


def vouched_for(reports: Sequence[Report], title: str, named: AbstractSet[str]) -> list[Report]:
    """Return `reports` with the strike asserted that the text ascribes to somebody and its title tells of itself.

    As in "Rockets kill five" over "Rockets hit a school in X, the mayor said". A title that names another place tells of
    another strike; one over strikes on several places does not say which it means.

    Args:
        reports: what is read in the article.
        title: its title.
        named: ids of the places that the title names.
    """
    struck = {r.place_id for r in reports if r.state is State.STRUCK}
    if len(struck) != 1 or named - struck or not _tells_of_strike(title):
        return [*reports]
    told = {r.factuality for r in reports if r.state is State.STRUCK}
    if told != {Factuality.CLAIMED}:
        return [*reports]
    return [_asserted(r) if r.state is State.STRUCK else r for r in reports]


def _asserted(report: Report) -> Report:
    update = {
        "factuality": Factuality.ASSERTED,
        "attributed_to": None,
        "marks": tuple(m for m in report.marks if m.role is not MarkRole.SPEAKER),
        "reasons": (*report.reasons, "title"),
    }
    return report.model_copy(update=update)


def _tells_of_strike(title: str) -> bool:
    line = _RUBRIC.sub("", title)
    return _shots().search(line) is not None and _doubt().search(line) is None


_RUBRIC = re.compile(r"^[\w' -]+ (?i:war|conflict|crisis): ")  # "Valley war: Two die in strike"


@cache
def _shots() -> re.Pattern[str]:
    """Words of a title for a strike that fell."""
    words = sorted(lexicon().factuality["title_strikes"], key=len, reverse=True)
    return re.compile(rf"\b(?i:{'|'.join(words)})\b")


@cache
def _doubt() -> re.Pattern[str]:
    """Words of a title that leave a strike with somebody, ahead or off: "say", "alleged", "foiled"."""
    return re.compile(rf"[?:]| - |\b(?i:{'|'.join(sorted(lexicon().factuality['title_doubts']))})")
