"""Figures on our own snippets, by the rules of the labelled news: one place and state is one report.

Recaptured counts as captured; current is what is asserted or claimed; saying a thing twice is no mistake. Actors count
where the label names one: by the word that tells it from others, or by the side both names are on in that country.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Self

from placewatch.actors import Actors


CURRENT = frozenset({"asserted", "claimed"})
Report = Mapping[str, str | None]
# Words that half of all armies share.
_COMMON = frozenset(
    [
        "the",
        "of",
        "and",
        "a",
        "an",
        "in",
        "from",
        "for",
        "by",
        "its",
        "their",
        "s",
        "forces",
        "force",
        "army",
        "armed",
        "government",
        "military",
        "militia",
        "group",
        "fighters",
        "fighter",
        "movement",
        "front",
        "national",
        "troops",
        "rebels",
        "rebel",
        "soldiers",
        "units",
        "unit",
        "men",
        "insurgents",
        "militants",
        "gunmen",
    ]
)


@dataclass(slots=True)
class Tally:
    """What was right and wrong, added up.

    Attributes:
        tp: current reports that both have.
        fp: current reports that only the reader has.
        fn: current reports that only the label has.
        factual_right: pairs of any factuality whose factuality is the labelled one.
        factual: all such pairs.
        actor_right: current pairs whose labelled actor was found.
        actor: current pairs with a labelled actor.
        silent: items without a report of which nothing current was said.
        quiet: all items without a report.
    """

    tp: int = 0
    fp: int = 0
    fn: int = 0
    factual_right: int = 0
    factual: int = 0
    actor_right: int = 0
    actor: int = 0
    silent: int = 0
    quiet: int = 0

    def __iadd__(self, other: Tally) -> Self:
        for field in fields(self):
            setattr(self, field.name, getattr(self, field.name) + getattr(other, field.name))
        return self

    def figures(self) -> dict[str, float]:
        """Return precision, recall and F1 of reports, and accuracy of factuality and actors; 0 where there is none."""
        precision = _share(self.tp, self.tp + self.fp)
        recall = _share(self.tp, self.tp + self.fn)
        return {
            "reports_p": precision,
            "reports_r": recall,
            "reports_f1": round(_share(2 * precision * recall, precision + recall), 4),
            "factual": _share(self.factual_right, self.factual),
            "actors": _share(self.actor_right, self.actor),
        }

    @property
    def false_alarms(self) -> float:
        """Items with a false current report or status among a hundred that hold none."""
        return round(100 * _share(self.quiet - self.silent, self.quiet), 2)


def tally(
    labelled: Sequence[Report], said: Sequence[Report], statuses: Sequence[object], actors: Actors
) -> Tally:
    """Return the tally of one item: its labelled reports against what was read."""
    found = Tally()
    for label, guess in _pairs(labelled, said):
        found.factual += 1
        found.factual_right += label["factuality"] == guess["factuality"]
    wanted, current = _current(labelled), _current(said)
    both = wanted.keys() & current.keys()
    found.tp, found.fp, found.fn = len(both), len(current) - len(both), len(wanted) - len(both)
    for label, guess in ((wanted[key], current[key]) for key in both):
        if label["actor"] is not None:
            found.actor += 1
            found.actor_right += is_same_actor(label, guess, actors)
    if not labelled:
        found.quiet = 1
        found.silent = int(not current and not statuses)
    return found


def is_same_actor(label: Report, guess: Report, actors: Actors) -> bool:
    """Return whether the reader's actor is the labelled one."""
    one, other = label["actor"], guess["actor"]
    if one is None or other is None:
        return one is other
    if _words(one) == _words(other) or (_words(one) & _words(other)) - _COMMON:
        return True
    country = str(label["place"]).rsplit(", ", 1)[-1]
    side = actors.side_of(one, country)
    return side is not None and side == actors.side_of(other, country)


def _pairs(labelled: Sequence[Report], said: Sequence[Report]) -> list[tuple[Report, Report]]:
    """One-to-one pairs of the same place and state; those of the same factuality first."""
    pairs, waiting, left = [], _distinct(labelled), _distinct(said)
    for is_exact in (True, False):
        for label in list(waiting):
            for guess in left:
                is_same = _key(label)[:2] == _key(guess)[:2]
                if is_same and (not is_exact or label["factuality"] == guess["factuality"]):
                    pairs.append((label, guess))
                    waiting.remove(label)
                    left.remove(guess)
                    break
    return pairs


def _current(reports: Sequence[Report]) -> dict[tuple[str | None, ...], Report]:
    """What is said to be so now, by place and state, whether it is asserted or claimed."""
    return {_key(r)[:2]: r for r in reversed(reports) if r["factuality"] in CURRENT}


def _key(report: Report) -> tuple[str | None, ...]:
    state = "captured" if report["state"] == "recaptured" else report["state"]
    return report["place"], state, report["factuality"]


def _distinct(reports: Iterable[Report]) -> list[Report]:
    """Each place, state and factuality once."""
    return list({_key(r): r for r in reversed(list(reports))}.values())[::-1]


def _words(name: str) -> frozenset[str]:
    plain = unicodedata.normalize("NFKD", name)
    letters = "".join(c for c in plain if not unicodedata.combining(c))
    return frozenset(re.findall(r"[a-z0-9]+", letters.lower()))


def _share(part: float, whole: float) -> float:
    return round(part / whole, 4) if whole else 0.0
