"""Matchers: what an analyst writes of the alerts they mean, as `country = Syria` or `grade at least B2`.

A matcher is a label, a comparison and a value. `=`, `!=`, `=~` and `!~` are Alertmanager's: equal, not, and a regular
expression for all of the value. `>=` and `<=`, or in words `at least` and `at most`, are for what has an order:
`grade` (the Admiralty grade: at least B2 is a source of A or B and information of 1 or 2) and the certainties. Upper and
lower case make no difference. A label an alert does not have is equal to nothing at all: `holder = ""`.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from placewatch.errors import RoutesError
from placewatch.records import Alert, WatchedPlace
from placewatch.states import states
from placewatch.vocabulary import Certainty, Control, MsgType, PlaceKind


class Comparison(StrEnum):
    """How a label's value is compared."""

    EQUAL = "="
    NOT_EQUAL = "!="
    LIKE = "=~"
    NOT_LIKE = "!~"
    AT_LEAST = ">="
    AT_MOST = "<="


LABELS = (
    "place",
    "place_id",
    "country",
    "country_code",
    "admin1",
    "kind",
    "part_of",
    "control",
    "holder",
    "opponent",
    "certainty",
    "msg_type",
    "grade",
    "previous_control",
    "previous_holder",
    "previous_certainty",
    "reason",
    "cause",
)
_WORDS = {"at least": ">=", "at most": "<="}
_PATTERN = re.compile(
    r"\s*(?P<label>\w+)\s*(?P<comparison>=~|!~|!=|>=|<=|=|\bat least\b|\bat most\b)\s*(?P<value>.*?)\s*",
    re.DOTALL,
)
_GRADE = re.compile(r"[A-F][1-6]")
# From least to most sure.
_CERTAINTIES = (
    Certainty.DISPUTED,
    Certainty.CLAIMED,
    Certainty.CONFIRMED,
    Certainty.SETTLED,
)
_OF_CERTAINTY = frozenset({"certainty", "previous_certainty"})
_OF_CONTROL = frozenset({"control", "previous_control"})
_OF_PLACES = frozenset({"place", "place_id", "country", "country_code", "admin1"})
_POSITIVE = frozenset({Comparison.EQUAL, Comparison.LIKE})


@dataclass(frozen=True, slots=True)
class Matcher:
    """One condition on an alert; made by `parse_matcher`."""

    label: str
    comparison: Comparison
    value: str

    def __str__(self) -> str:
        return f'{self.label}{self.comparison.value}"{self.value}"'

    def matches(self, labels: Mapping[str, str]) -> bool:
        """Return whether an alert's labels fulfil it."""
        found = labels[self.label]
        match self.comparison:
            case Comparison.EQUAL:
                return found.casefold() == self.value.casefold()
            case Comparison.NOT_EQUAL:
                return found.casefold() != self.value.casefold()
            case Comparison.LIKE:
                return _expression(self.value).fullmatch(found) is not None
            case Comparison.NOT_LIKE:
                return _expression(self.value).fullmatch(found) is None
            case Comparison.AT_LEAST:
                return _is_at_least(self.label, found, self.value)
            case Comparison.AT_MOST:
                return _is_at_least(self.label, self.value, found)


def parse_matcher(text: str) -> Matcher:
    """Return the matcher that a person wrote.

    Raises:
        RoutesError: it is none; the message says what would be.
    """
    parsed = _PATTERN.fullmatch(text)
    if parsed is None:
        raise RoutesError(
            f"{text!r} is no matcher: write a label, a comparison and a value, as in `country = Syria`, "
            "`control =~ held|contested` or `grade at least B2`"
        )
    label, value = parsed["label"], parsed["value"]
    if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'":
        value = value[1:-1]
    comparison = Comparison(_WORDS.get(parsed["comparison"], parsed["comparison"]))
    _check_label(label, text)
    _check_value(label, comparison, value, text)
    return Matcher(label, comparison, value)


def labels_of(alert: Alert) -> dict[str, str]:
    """Return what an alert can be matched and grouped by; what it does not have is empty.

    A place whose country the watchlist does not know has that of its label: "Name, Country".
    """
    found: dict[str, str | None] = {
        "place": alert.place,
        "place_id": alert.place_id,
        "country": alert.country or _country_in(alert.place),
        "country_code": alert.country_code,
        "admin1": alert.admin1,
        "kind": alert.kind,
        "part_of": alert.part_of,
        "control": alert.control,
        "holder": alert.holder,
        "opponent": alert.opponent,
        "certainty": alert.certainty,
        "msg_type": alert.msg_type,
        "grade": alert.admiralty,
        "previous_control": alert.previous_control,
        "previous_holder": alert.previous_holder,
        "previous_certainty": alert.previous_certainty,
        "reason": alert.reason,
        "cause": alert.cause,
    }
    return {label: str(found[label] or "") for label in LABELS}


def fitting_no_place(
    matchers: Iterable[Matcher], places: Sequence[WatchedPlace]
) -> Iterator[tuple[Matcher, str]]:
    """Yield each matcher that asks for a place, province or country that none of `places` is or is in.

    With it the nearest value that one has, "" where none is near.
    """
    for matcher in matchers:
        if matcher.label not in _OF_PLACES or matcher.comparison not in _POSITIVE:
            continue
        had = {_value_of(place, matcher.label) for place in places} - {""}
        if had and matcher.value and not any(matcher.matches({matcher.label: v}) for v in had):
            near = difflib.get_close_matches(matcher.value, sorted(had), n=1)
            yield matcher, near[0] if near else ""


def _value_of(place: WatchedPlace, label: str) -> str:
    if label == "country":
        return place.country or _country_in(place.place) or ""
    return str(getattr(place, label) or "")


def _country_in(label: str) -> str | None:
    """Return the country in "Name, Country"."""
    _, comma, last = label.rpartition(",")
    return last.strip() if comma else None


def match_all(matchers: Iterable[Matcher], labels: Mapping[str, str]) -> bool:
    """Return whether labels fulfil every matcher; none at all is fulfilled by every alert."""
    return all(matcher.matches(labels) for matcher in matchers)


def _is_at_least(label: str, higher: str, lower: str) -> bool:
    """Compare two values of an ordered label; one that an alert does not have is neither more nor less."""
    if not higher or not lower:
        return False
    if label in _OF_CERTAINTY:
        order = {certainty.value: rank for rank, certainty in enumerate(_CERTAINTIES)}
        return order[higher.casefold()] >= order[lower.casefold()]
    # A is the best source and 1 the surest information; F and 6 are what cannot be judged, below everything.
    one, other = higher.upper(), lower.upper()
    return one[0] <= other[0] and one[1] <= other[1]


def _check_label(label: str, text: str) -> None:
    if label not in LABELS:
        near = difflib.get_close_matches(label, LABELS, n=1)
        hint = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(LABELS)}"
        raise RoutesError(f"the matcher {text!r} names no label of an alert: {hint}")


def _check_value(label: str, comparison: Comparison, value: str, text: str) -> None:
    """Refuse what no alert will ever have: most likely a slip that would mute or miss.

    Raises:
        RoutesError: the value is none of the label's, the expression is none, or the label has no order.
    """
    if comparison in {Comparison.LIKE, Comparison.NOT_LIKE}:
        try:
            _expression(value)
        except re.error as error:
            raise RoutesError(f"the matcher {text!r} has a faulty expression: {error}") from error
        return
    if comparison in {Comparison.AT_LEAST, Comparison.AT_MOST}:
        if label not in {*_OF_CERTAINTY, "grade"}:
            raise RoutesError(
                f"the matcher {text!r} compares what has no order: only grade, certainty and previous_certainty have"
            )
        if not value:
            raise RoutesError(f"the matcher {text!r} has no value to compare with")
    known = _known_values(label)
    if known and value and value.casefold() not in known:
        near = difflib.get_close_matches(value.casefold(), known, n=1)
        hint = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(sorted(known))}"
        raise RoutesError(f"the matcher {text!r} names a {label} that no alert has: {hint}")
    if label == "grade" and value and not _GRADE.fullmatch(value.upper()):
        raise RoutesError(
            f"the matcher {text!r} names no Admiralty grade: a letter A to F and a digit 1 to 6, as in B2"
        )


def _known_values(label: str) -> frozenset[str]:
    """Return all values a label can have, in lower case; empty where there is no end of them."""
    if label in _OF_CONTROL:
        return frozenset({*(control.value for control in Control), *states().controls})
    if label in _OF_CERTAINTY:
        return frozenset(certainty.value for certainty in Certainty)
    if label == "msg_type":
        return frozenset(kind.value.casefold() for kind in MsgType)
    if label == "kind":
        return frozenset(kind.value for kind in PlaceKind)
    return frozenset()


@lru_cache(maxsize=1024)
def _expression(value: str) -> re.Pattern[str]:
    return re.compile(value, re.IGNORECASE)
