"""What is odd in a file of routes that can be used: most likely not what was meant."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from placewatch.records import WatchedPlace
from sinks.matchers import Matcher, fitting_no_place
from sinks.route_tree import NOBODY, Route, RouteTree
from sinks.time_intervals import is_never_free


def oddities(routes: RouteTree, now: datetime) -> Iterator[str]:
    """Yield in words what a person should look at, each with what to do."""
    legs = [leg for _, leg, _ in routes.nodes()]
    for name in sorted(routes.names - {leg.receiver for leg in legs}):
        yield f"receiver {name!r} is told nothing: no route leads there; name it in one, or take it out"
    for name in sorted(
        set(routes.time_intervals) - {n for leg in legs for n in leg.mute_time_intervals}
    ):
        yield f"time interval {name!r} is used by no route; name it in mute_time_intervals, or take it out"
    for leg in legs:
        if leg.stretches and is_never_free(leg.stretches, now):
            yield f"{leg.where} is always quiet: its time intervals leave no moment of the week; shorten one"
    if not any(leg.receiver not in {None, NOBODY} for leg in legs):
        yield "no route tells anybody: name a receiver"
    yield from _unreachable(routes.route, "")
    yield from _passed_over(routes.route, None)
    for rule in routes.inhibit_rules:
        if not rule.equal:
            yield (
                "an inhibit rule has no equal: one alert mutes all its targets everywhere; "
                "write what both have to share, as in equal: [admin1, cause]"
            )


def slips(routes: RouteTree, places: Sequence[WatchedPlace]) -> Iterator[str]:
    """Yield in words each matcher that no watched place fulfils: a slip, or a place that is not watched yet."""
    rules = [(*rule.source_matchers, *rule.target_matchers) for rule in routes.inhibit_rules]
    for matchers in [*_matchers_below(routes.route), *rules]:
        for matcher, near in fitting_no_place(matchers, places):
            hint = f"did you mean {near!r}?" if near else "is it watched?"
            yield f"the matcher {matcher} fits no place of the watchlist: {hint}"


def _matchers_below(route: Route) -> Iterator[tuple[Matcher, ...]]:
    yield route.matchers
    for child in route.routes:
        yield from _matchers_below(child)


def _unreachable(route: Route, path: str) -> Iterator[str]:
    catches_all: str | None = None
    for number, child in enumerate(route.routes, 1):
        where = f"{path}route {number}"
        if catches_all is not None:
            yield (
                f"{where} is never reached: {catches_all} before it takes every alert; give that one matchers or "
                "continue: true, or put it last"
            )
        elif not child.matchers and not child.goes_on:
            catches_all = where
        yield from _unreachable(child, f"{where} > ")


def _passed_over(route: Route, inherited: str | None) -> Iterator[str]:
    receiver = route.receiver or inherited
    going_on = [child for child in route.routes if child.goes_on]
    others = {child.receiver or receiver for child in going_on} - {receiver}
    if receiver not in {None, NOBODY} and others and all(child.matchers for child in route.routes):
        yield (
            f"what only a route with `continue` under {receiver!r} takes does not reach {receiver!r}: if it should, "
            f"end the list with `- receiver: {receiver}`"
        )
    for child in route.routes:
        yield from _passed_over(child, receiver)
