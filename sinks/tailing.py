"""What a person asks of `tail`, as pure decisions: from where on, which alerts, until what holds."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from placewatch.actors import Actors
from placewatch.errors import ConfigError
from placewatch.names import fold_name
from placewatch.records import Alert, Status
from placewatch.vocabulary import Certainty, Control, MsgType
from sinks.lookup import is_place


_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
_DURATION = re.compile(r"(\d{1,7})([smhd])")
_CONDITION = re.compile(
    r"(?P<control>(?!by\b)[\w-]+)?(?:\s*\bby\s+(?P<holder>.+?))?"
    r"(?:\s*\b(?P<certainty>claimed|confirmed|settled|disputed))?",
    re.IGNORECASE,
)
# What is at least as sure: a settled status is a confirmed one that has grown a day older.
_AT_LEAST = {
    Certainty.CLAIMED: {Certainty.CLAIMED, Certainty.CONFIRMED, Certainty.SETTLED},
    Certainty.CONFIRMED: {Certainty.CONFIRMED, Certainty.SETTLED},
    Certainty.SETTLED: {Certainty.SETTLED},
    Certainty.DISPUTED: {Certainty.DISPUTED},
}

_T = TypeVar("_T")

SameHolder = Callable[[str, str | None, str], bool]


def duration(text: str, option: str) -> timedelta:
    """Return how long "90s", "10m", "2h" or "7d" is.

    Raises:
        ConfigError: it is none of them; the message names `option`.
    """
    found = _DURATION.fullmatch(text)
    if found is None:
        raise ConfigError(f"{option} {text} is no duration: write 90s, 10m, 2h or 7d")
    return timedelta(seconds=int(found[1]) * _UNITS[found[2]])


@dataclass(frozen=True, slots=True)
class Start:
    """From where on alerts are wanted; those before are passed over.

    Attributes:
        last: how many of the past ones, None for all.
        since: only those told from then on, by the news' own time.
        offset: only from this offset of each partition on, or from this number in the ledger.
    """

    last: int | None = None
    since: datetime | None = None
    offset: int = 0


def parse_start(text: str, now: datetime) -> Start:
    """Return what a person means by "beginning", "end", an offset, a date, a time (UTC unless it says) or "36h".

    Raises:
        ConfigError: it is none of them.
    """
    if text in {"beginning", "end"}:
        return Start(last=0 if text == "end" else None)
    if re.fullmatch(r"\d{1,18}", text):
        return Start(offset=int(text))
    since = _moment(text, now)
    if since is None:
        raise ConfigError(
            f"--from {text} is neither an offset nor a time: write beginning, end, 120, 2024-12-06, "
            "2024-12-06T10:00, 36h or 7d"
        )
    return Start(since=since)


def parse_moment(text: str, option: str, now: datetime) -> datetime:
    """Return the time that a person means: a date, a time (UTC unless it says), or so long ago.

    Raises:
        ConfigError: it is none of them; the message names `option`.
    """
    moment = _moment(text, now)
    if moment is None:
        raise ConfigError(
            f"{option} {text} is no time: write 2024-12-06, 2024-12-06T10:00, 36h or 7d"
        )
    return moment


def _moment(text: str, now: datetime) -> datetime | None:
    """Return the time that `text` is, None when it is none."""
    if _DURATION.fullmatch(text):
        return now - duration(text, "")
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def same_holder(actors: Actors) -> SameHolder:
    """Return what tells whether two names mean one holder in a country: the same name, or one actor's."""

    def is_same(wanted: str, holder: str | None, place: str) -> bool:
        """Return whether `wanted` means `holder` of the place."""
        if holder is None:
            return False
        if fold_name(wanted) == fold_name(holder):
            return True
        country = country_of(place)
        actor = actors.find(wanted, country)
        return actor is not None and actor == actors.find(holder, country)

    return is_same


def country_of(place: str) -> str:
    """Return the country in a label "Name, Country"; nothing where it names none."""
    return place.rpartition(",")[2].strip() if "," in place else ""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which alerts: each field that is not empty must fit, by any of its values.

    Attributes:
        grades: Admiralty grades, whole ("B2") or in part ("B", "2").
    """

    is_same_holder: SameHolder
    places: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    controls: tuple[Control, ...] = ()
    holders: tuple[str, ...] = ()
    certainties: tuple[Certainty, ...] = ()
    msg_types: tuple[MsgType, ...] = ()
    grades: tuple[str, ...] = ()
    since: datetime | None = None

    @property
    def is_everything(self) -> bool:
        """Whether it leaves nothing out."""
        return self == Wanted(is_same_holder=self.is_same_holder)

    def __call__(self, alert: Alert) -> bool:
        """Return whether the alert is wanted."""
        country = fold_name(alert.country or country_of(alert.place))
        return (
            (self.since is None or alert.at >= self.since)
            and _any(self.places, lambda place: is_place(place, alert.place_id, alert.place))
            and _any(self.countries, lambda wanted: fold_name(wanted) == country)
            and _any(self.controls, lambda control: control == alert.control)
            and _any(
                self.holders, lambda name: self.is_same_holder(name, alert.holder, alert.place)
            )
            and _any(self.certainties, lambda certainty: certainty == alert.certainty)
            and _any(self.msg_types, lambda msg_type: msg_type == alert.msg_type)
            and _any(self.grades, lambda grade: grade.upper() in alert.admiralty)
        )


def _any(values: tuple[_T, ...], fits: Callable[[_T], bool]) -> bool:
    return not values or any(fits(value) for value in values)


def check_grade(text: str) -> str:
    """Return an Admiralty grade or a part of one.

    Raises:
        ConfigError: it is none.
    """
    if not text or not re.fullmatch(r"[A-Fa-f]?[1-6]?", text):
        raise ConfigError(
            f"--grade {text} is no Admiralty grade: write B2, B (the source) or 2 (what it says)"
        )
    return text


@dataclass(frozen=True, slots=True)
class Until:
    """A condition on the status of one place; what it does not name may be anything."""

    place: str
    control: Control | None
    holder: str | None
    certainty: Certainty | None
    is_same_holder: SameHolder

    def is_about(self, status: Status) -> bool:
        """Return whether the status is that of its place."""
        return is_place(self.place, status.place_id, status.place)

    def holds(self, status: Status) -> bool:
        """Return whether a status of its place fulfils it; a certainty is the least, except `disputed`.

        A stale one fulfils nothing: who waits for a place to be held acts on it, and nobody has said so for long.
        """
        return (
            not status.is_stale
            and (self.control is None or status.control == self.control)
            and (
                self.holder is None or self.is_same_holder(self.holder, status.holder, status.place)
            )
            and (self.certainty is None or status.certainty in _AT_LEAST[self.certainty])
        )


def parse_until(text: str, is_same_holder: SameHolder) -> Until:
    """Return the condition in "Homs, Syria=held", "=contested", "=held by X confirmed" or "=by X".

    Raises:
        ConfigError: it has no place, no condition, or a control that does not exist.
    """
    place, sign, wanted = text.rpartition("=")
    found = _CONDITION.fullmatch(wanted.strip())
    if not (sign and place.strip() and wanted.strip() and found):
        raise ConfigError(
            f'--until {text} is no condition: write "Homs, Syria=held", "Homs, Syria=held by Syrian rebels '
            'confirmed" or "Homs, Syria=by Syrian rebels"'
        )
    control, certainty = found["control"], found["certainty"]
    if control is not None and certainty is None and control.lower() in set(Certainty):
        control, certainty = None, control
    if control is not None and control.lower() not in set(Control):
        raise ConfigError(
            f"--until {text}: {control} is no status of a place; those are {', '.join(Control)}"
        )
    return Until(
        place=place.strip(),
        control=None if control is None else Control(control.lower()),
        holder=found["holder"],
        certainty=None if certainty is None else Certainty(certainty.lower()),
        is_same_holder=is_same_holder,
    )
