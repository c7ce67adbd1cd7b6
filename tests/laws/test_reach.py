"""The generated courses reach every reason there is: a law about what never occurs proves nothing."""

from __future__ import annotations

from collections import Counter

from courses import courses
from hypothesis import HealthCheck, Phase, given, settings
from plays import judged, transitions

from streams.tracking.credibility import weighed_as
from streams.tracking.reasons import Counted, Grounds, Joined, Move


EXAMPLES = 2_000


def test_generated_courses_reach_every_reason(context):
    """Over a corpus that is the same each time."""
    seen: Counter[tuple[str, str]] = Counter()

    @settings(
        max_examples=EXAMPLES,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(courses())
    def count(course):
        with transitions() as applied:
            told = judged(course, context)
        for _, by, _, _ in applied:
            seen.update(named(counted for _, counted in weighed_as(by.occurrence)))
        seen.update(named([Move(told.status.reason), *(d.reason for d in told.decisions)]))
        for occurrence in told.occurrences:  # an event cites each origin once, hence no copies
            seen.update(named(counted for _, counted in weighed_as(occurrence)))
            seen.update(named(occurrence.joined))
        for event in told.events:
            seen.update(named([Grounds(event.grounds)]))
            seen.update(named(Joined(c.joined) for c in event.citations if c.joined))

    count()
    reasons = named((*Move, *Counted, *Grounds, *Joined))
    for kind, reason in reasons:
        print(f"{kind:8} {reason:45} {seen[kind, reason]}")  # noqa: T201  # pytest -s shows it
    assert [reason for reason in reasons if not seen[reason]] == []


def named(reasons):
    """One word may be of two enumerations."""
    return [(type(reason).__name__, reason.value) for reason in reasons]
