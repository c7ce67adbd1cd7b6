"""The tree of routes: who is told of which alerts, together with which others, and when not.

It is in the manner of Alertmanager's. An alert goes down from the root into the first child whose matchers it
fulfils, and into later ones too where that child says `continue`; the deepest route that it reaches tells its receiver.
Children inherit receiver, grouping and quiet hours. How to write one: docs/routing.md.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from typing import Annotated, Self, TypeVar

from pydantic import BeforeValidator, Field, field_validator, model_validator

from placewatch.errors import RoutesError
from sinks.durations import Duration
from sinks.matchers import LABELS, Matcher, match_all, parse_matcher
from sinks.strict import Strict
from sinks.time_intervals import Stretch


# A route with this receiver tells nobody.
NOBODY = "nobody"
# Alertmanager's own defaults; the place alone is what keeps messages about different things apart.
DEFAULT_GROUP_BY = ("place",)
DEFAULT_GROUP_WAIT = timedelta(seconds=30)
DEFAULT_GROUP_INTERVAL = timedelta(minutes=5)
T = TypeVar("T")


def _matchers_of(value: object) -> object:
    texts = [value] if isinstance(value, str) else value
    if not isinstance(texts, list):
        raise ValueError("matchers are a list as [country = Syria, grade at least B2]")  # noqa: TRY004  # pydantic takes ValueError
    try:
        return tuple(parse_matcher(str(text)) for text in texts)
    except RoutesError as error:
        raise ValueError(str(error)) from error


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

    def source_key(self, labels: Mapping[str, str]) -> tuple[str, ...] | None:
        """Return what a target has to share with an alert that mutes; None where it is no source."""
        if not match_all(self.source_matchers, labels):
            return None
        return self._shared(labels, 0)

    def target_key(self, labels: Mapping[str, str]) -> tuple[str, ...] | None:
        """Return what a source has to share with an alert to mute it; None where it is no target.

        As in Alertmanager, what is a source itself is muted by no other.
        """
        if match_all(self.source_matchers, labels) or not match_all(self.target_matchers, labels):
            return None
        return self._shared(labels, 1)

    def _shared(self, labels: Mapping[str, str], side: int) -> tuple[str, ...] | None:
        values = tuple(labels[_pair(text)[side]].casefold() for text in self.equal)
        return values if all(values) else None


@dataclass(frozen=True, slots=True)
class Leg:
    """Where an alert ends in the tree: who is told, with what it is grouped, and when it waits.

    Attributes:
        path: the matchers on the way, in words; "" for the root.
        own: the route's own matchers, in words.
        receiver: who is told; None for nobody.
        group_by: the labels alerts have to share to be told together.
        group_wait: how long the first alert of a group waits for others.
        group_interval: how long the next ones wait after a group was told.
        mute_time_intervals: the names of the time intervals in which nothing is told.
        stretches: what these intervals are.
    """

    path: str
    receiver: str | None
    own: str = ""
    group_by: tuple[str, ...] = DEFAULT_GROUP_BY
    group_wait: timedelta = DEFAULT_GROUP_WAIT
    group_interval: timedelta = DEFAULT_GROUP_INTERVAL
    mute_time_intervals: tuple[str, ...] = ()
    stretches: tuple[Stretch, ...] = ()

    @property
    def where(self) -> str:
        """How to call the route in a message."""
        return f"the route {self.path}" if self.path else "the root route"

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
        """Return where an alert with these labels goes from here: to children that match, else to this route."""
        legs: list[Leg] = []
        for child in self.children:
            if match_all(child.matchers, labels):
                legs += child.reached(labels)
                if not child.goes_on:
                    break
        return legs or [self.leg]

    def all(self, depth: int = 0) -> Iterator[tuple[int, _Node]]:
        """Yield this route and all below it with how deep each lies, from the top."""
        yield depth, self
        for child in self.children:
            yield from child.all(depth + 1)


class RouteTree(Strict):
    """The tree with what it refers to, all but the receivers' own settings."""

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
    def _has_its_intervals(self) -> Self:
        if self.route.matchers or self.route.goes_on:
            raise ValueError(
                "route: the root takes every alert and has neither matchers nor continue"
            )
        for _, leg, _ in self.nodes():
            for name in leg.mute_time_intervals:
                if name not in self.time_intervals:
                    known = ", ".join(sorted(self.time_intervals)) or "none"
                    raise ValueError(
                        f"{leg.where} names the time interval {name!r}; there are {known}"
                    )
        return self

    @property
    def names(self) -> frozenset[str]:
        """The names of the receivers."""
        return frozenset(leg.receiver for _, leg, _ in self.nodes() if leg.receiver) - {NOBODY}

    @property
    def longest_interval(self) -> timedelta:
        """How far back a group's last message may hold the next."""
        return max(leg.group_interval for _, leg, _ in self.nodes())

    @property
    def reach(self) -> timedelta | None:
        """How far from an alert another may lie that mutes it; None where none mutes any."""
        return max((rule.within for rule in self.inhibit_rules), default=None)

    def legs(self, labels: Mapping[str, str]) -> tuple[Leg, ...]:
        """Return where an alert of these labels ends: one leg a receiver, the first that the tree gives."""
        found: dict[str | None, Leg] = {}
        for leg in self._tree.reached(labels):
            found.setdefault(leg.receiver, leg)
        return tuple(found.values())

    def leg_to(self, receiver: str, labels: Mapping[str, str]) -> Leg | None:
        """Return how a receiver is told of an alert, also of one that the tree would not send there.

        That is a leg of the tree if one ends there, else that from the first route to the receiver on down: what that
        route says of cancellations holds for all that it tells. None where no route leads to the receiver.
        """
        nodes = [node for _, node in self._tree.all() if node.leg.receiver == receiver]
        ways = [*self._tree.reached(labels), *(leg for n in nodes for leg in n.reached(labels))]
        own = (leg for leg in ways if leg.receiver == receiver)
        return next(own, nodes[0].leg if nodes else None)

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
            own=own,
            group_by=_first(route.group_by, parent.group_by),
            group_wait=_first(route.group_wait, parent.group_wait),
            group_interval=_first(route.group_interval, parent.group_interval),
            mute_time_intervals=names,
            stretches=tuple(s for name in names for s in self.time_intervals.get(name, ())),
        )
        children = tuple(self._resolved(child, leg) for child in route.routes)
        return _Node(leg, route.matchers, route.goes_on, children)


def _pair(text: str) -> tuple[str, str]:
    """Return the labels of source and target that have to be equal."""
    one, is_two, other = (part.strip() for part in text.partition("="))
    return (one, other) if is_two else (one, one)


def _first(given: T | None, inherited: T) -> T:
    return inherited if given is None else given
