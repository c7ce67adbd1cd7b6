"""Routes: who is told of which alerts, together with which others, and when not; the file routes.yaml.

A tree in the manner of Alertmanager's. An alert goes down from the root into the first child whose matchers it
fulfils, and into later ones too where that child says `continue`; the deepest route that it reaches tells its receiver.
Children inherit receiver, grouping and quiet hours. How to write one: docs/routing.md.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Self, TypeVar

import yaml
from pydantic import BeforeValidator, Field, ValidationError, field_validator, model_validator

from placewatch.errors import RoutesError
from placewatch.records import Alert
from sinks.matchers import LABELS, Matcher, labels_of, match_all, parse_matcher
from sinks.receivers import Receiver, Strict
from sinks.time_intervals import Stretch


# A route with this receiver tells nobody.
NOBODY = "nobody"
# What the sink records its own deliveries under.
_OURS = frozenset({NOBODY, "log", "ledger"})
# Alertmanager's own defaults; the place alone is what keeps messages about different things apart.
DEFAULT_GROUP_BY = ("place",)
DEFAULT_GROUP_WAIT = timedelta(seconds=30)
DEFAULT_GROUP_INTERVAL = timedelta(minutes=5)
T = TypeVar("T")
_UNITS = {"d": "days", "h": "hours", "m": "minutes", "s": "seconds"}


def duration_of(value: object) -> object:
    """Return the duration that a person wrote, as in 30s, 5m, 1h30m or 2d.

    Raises:
        ValueError: it is none.
    """
    if isinstance(value, timedelta):
        return value
    if not isinstance(value, str) or not re.fullmatch(r"(\d+[dhms])+", value):
        raise ValueError(f"{value!r} is no duration: write 30s, 5m, 1h30m or 2d")
    parts = {_UNITS[unit]: int(number) for number, unit in re.findall(r"(\d+)([dhms])", value)}
    return timedelta(**parts)


def _matchers_of(value: object) -> object:
    texts = [value] if isinstance(value, str) else value
    if not isinstance(texts, list):
        raise ValueError("matchers are a list as [country = Syria, grade at least B2]")  # noqa: TRY004  # pydantic takes ValueError
    try:
        return tuple(parse_matcher(str(text)) for text in texts)
    except RoutesError as error:
        raise ValueError(str(error)) from error


Duration = Annotated[timedelta, BeforeValidator(duration_of)]
Matchers = Annotated[tuple[Matcher, ...], BeforeValidator(_matchers_of)]


class Route(Strict):
    """One node of the tree, as it is written; what is not written is inherited."""

    matchers: Matchers = ()
    receiver: str | None = None
    goes_on: bool = Field(default=False, alias="continue")
    group_by: tuple[str, ...] | None = None
    group_wait: Duration | None = None
    group_interval: Duration | None = None
    mute_time_intervals: tuple[str, ...] | None = None
    routes: tuple[Route, ...] = ()

    @field_validator("group_by")
    @classmethod
    def _are_labels(cls, value: tuple[str, ...] | None) -> tuple[str, ...] | None:
        unknown = [label for label in value or () if label not in LABELS]
        if unknown:
            raise ValueError(f"{unknown[0]!r} is no label: there are {', '.join(LABELS)}")
        return value


class InhibitRule(Strict):
    """Alerts that mute others: a province's those of its towns.

    A target is muted by a source whose labels in `equal` are the same, and not empty, and that is at most `within` of
    it in the news' own time. "place_id = part_of" compares the source's place_id with the target's part_of.
    """

    source_matchers: Matchers
    target_matchers: Matchers
    equal: tuple[str, ...] = ()
    within: Duration = timedelta(hours=6)

    @field_validator("equal")
    @classmethod
    def _are_labels(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for text in value:
            unknown = [label for label in _pair(text) if label not in LABELS]
            if unknown:
                raise ValueError(f"{unknown[0]!r} is no label: there are {', '.join(LABELS)}")
        return value

    def mutes(self, source: Alert, target: Alert) -> bool:
        """Return whether `source` mutes `target`, where the receiver is told of the source."""
        if source.alert_id == target.alert_id or abs(source.at - target.at) > self.within:
            return False
        theirs, ours = labels_of(source), labels_of(target)
        # As in Alertmanager: what is a source itself is not muted by another.
        if match_all(self.source_matchers, ours) or not match_all(self.source_matchers, theirs):
            return False
        pairs = [_pair(text) for text in self.equal]
        is_equal = all(theirs[one] and theirs[one] == ours[other] for one, other in pairs)
        return is_equal and match_all(self.target_matchers, ours)


@dataclass(frozen=True, slots=True)
class Leg:
    """Where an alert ends in the tree: who is told, with what it is grouped, and when it waits.

    Attributes:
        path: the matchers on the way, in words; "" for the root.
        receiver: who is told; None for nobody.
        group_by: the labels alerts have to share to be told together.
        group_wait: how long the first alert of a group waits for others.
        group_interval: how long the next ones wait after a group was told.
        mute_time_intervals: the names of the time intervals in which nothing is told.
        stretches: what these intervals are.
    """

    path: str
    receiver: str | None
    group_by: tuple[str, ...] = DEFAULT_GROUP_BY
    group_wait: timedelta = DEFAULT_GROUP_WAIT
    group_interval: timedelta = DEFAULT_GROUP_INTERVAL
    mute_time_intervals: tuple[str, ...] = ()
    stretches: tuple[Stretch, ...] = ()

    def group_of(self, labels: Mapping[str, str]) -> str:
        """Return what an alert shares with those it is told with, in words: "country=Syria"."""
        return ", ".join(f"{label}={labels[label]}" for label in self.group_by)


@dataclass(frozen=True)
class _Node:
    """A route with everything it inherits."""

    leg: Leg
    matchers: tuple[Matcher, ...]
    goes_on: bool
    children: tuple[_Node, ...]

    def reached(self, labels: Mapping[str, str]) -> list[Leg]:
        legs: list[Leg] = []
        for child in self.children:
            if match_all(child.matchers, labels):
                legs += child.reached(labels)
                if not child.goes_on:
                    break
        return legs or [self.leg]

    def all(self, depth: int = 0) -> Iterator[tuple[int, _Node]]:
        yield depth, self
        for child in self.children:
            yield from child.all(depth + 1)


class Routes(Strict):
    """The whole file. Without receivers, as in `Routes()`, nobody is told."""

    receivers: tuple[Receiver, ...] = ()
    route: Route = Route()
    time_intervals: dict[str, tuple[Stretch, ...]] = Field(default_factory=dict)
    inhibit_rules: tuple[InhibitRule, ...] = ()

    @field_validator("time_intervals", mode="before")
    @classmethod
    def _one_or_many(cls, value: object) -> object:
        if not isinstance(value, dict):
            return value
        return {name: [each] if isinstance(each, dict) else each for name, each in value.items()}

    @model_validator(mode="after")
    def _hangs_together(self) -> Self:
        if self.route.matchers or self.route.goes_on:
            raise ValueError(
                "route: the root takes every alert and has neither matchers nor continue"
            )
        names = [receiver.name for receiver in self.receivers]
        for name in names:
            if name in _OURS:
                raise ValueError(f"receivers: {name!r} is a name of the sink's own: choose another")
            if names.count(name) > 1:
                raise ValueError(
                    f"receivers: {name!r} is there twice: names are how they are told apart"
                )
        for _, node in self._tree.all():
            self._check(node.leg)
        return self

    def legs(self, labels: Mapping[str, str]) -> tuple[Leg, ...]:
        """Return where an alert of these labels ends: one leg a receiver, the first that the tree gives."""
        found: dict[str | None, Leg] = {}
        for leg in self._tree.reached(labels):
            found.setdefault(leg.receiver, leg)
        return tuple(found.values())

    def leg_to(self, receiver: str) -> Leg | None:
        """Return the first leg of the tree that ends at a receiver; None where none does."""
        legs = (node.leg for _, node in self._tree.all())
        return next((leg for leg in legs if leg.receiver == receiver), None)

    def nodes(self) -> Iterator[tuple[int, Leg, bool]]:
        """Yield every route with its depth and whether an alert goes on after it, in the order of the file."""
        for depth, node in self._tree.all():
            yield depth, node.leg, node.goes_on

    @cached_property
    def _tree(self) -> _Node:
        return self._resolved(self.route, Leg("", None))

    def _resolved(self, route: Route, parent: Leg) -> _Node:
        names = _first(route.mute_time_intervals, parent.mute_time_intervals)
        own = " and ".join(map(str, route.matchers))
        leg = Leg(
            path=" > ".join(part for part in (parent.path, own) if part),
            receiver=_first(route.receiver, parent.receiver),
            group_by=_first(route.group_by, parent.group_by),
            group_wait=_first(route.group_wait, parent.group_wait),
            group_interval=_first(route.group_interval, parent.group_interval),
            mute_time_intervals=names,
            stretches=tuple(s for name in names for s in self.time_intervals.get(name, ())),
        )
        children = tuple(self._resolved(child, leg) for child in route.routes)
        return _Node(leg, route.matchers, route.goes_on, children)

    def _check(self, leg: Leg) -> None:
        where = f"route {leg.path}" if leg.path else "the root route"
        names = {NOBODY, *(receiver.name for receiver in self.receivers)}
        if leg.receiver is not None and leg.receiver not in names:
            raise ValueError(
                f"{where} names the receiver {leg.receiver!r}, which is none of {', '.join(sorted(names))}"
            )
        for name in leg.mute_time_intervals:
            if name not in self.time_intervals:
                known = ", ".join(sorted(self.time_intervals)) or "none"
                raise ValueError(f"{where} names the time interval {name!r}; there are {known}")


def load_routes(path: Path | None) -> Routes:
    """Return the routes in `path`; without one those that tell nobody.

    Raises:
        RoutesError: the file cannot be read, or something in it is wrong; the message names file and field.
    """
    if path is None:
        return Routes()
    try:
        content: Any = yaml.safe_load(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise RoutesError(
            f"the routes {path} cannot be read: {error}; name another file with PLACEWATCH_ROUTES, or none"
        ) from error
    if not isinstance(content, dict) or not {"receivers", "route"} <= content.keys():
        raise RoutesError(f"the routes {path} need at least receivers: and route:")
    try:
        return Routes.model_validate(content)
    except ValidationError as error:
        # The input is left out: it may hold what is secret.
        faults = "; ".join(
            f"{'.'.join(map(str, e['loc'])) or 'the file'}: {e['msg'].removeprefix('Value error, ')}"
            for e in error.errors(include_url=False, include_input=False)[:5]
        )
        raise RoutesError(f"the routes {path} are wrong: {faults}") from error


def _pair(text: str) -> tuple[str, str]:
    """Return the labels of source and target that have to be equal."""
    one, is_two, other = (part.strip() for part in text.partition("="))
    return (one, other) if is_two else (one, one)


def _first(given: T | None, inherited: T) -> T:
    return inherited if given is None else given
