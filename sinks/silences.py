"""Silences: an analyst's wish not to be told of some alerts for a while; what comes meanwhile is recorded, not told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from placewatch.record_base import digest
from sinks.matchers import Matcher, match_all


@dataclass(frozen=True, slots=True)
class Silence:
    """One silence.

    Attributes:
        silence_id: how it is named.
        matchers: what an alert must be to be silenced: all of them.
        starts_at: from when on.
        ends_at: until when; an expired one ended when it was expired.
        author: who wants it.
        comment: why.
        created_at: when it was made.
    """

    silence_id: str
    matchers: tuple[Matcher, ...]
    starts_at: datetime
    ends_at: datetime
    author: str
    comment: str
    created_at: datetime

    def covers(self, labels: Mapping[str, str], since: datetime, now: datetime) -> bool:
        """Return whether it mutes an alert that came at `since` and would be told at `now`.

        It does when it was in force at one of the two: what came under a silence is not told after it, and what
        waits in a group when one is added is not told under it.
        """
        is_in_force = any(self.starts_at <= moment < self.ends_at for moment in (since, now))
        return is_in_force and match_all(self.matchers, labels)

    def is_over(self, now: datetime) -> bool:
        """Return whether it mutes nothing any more that comes from `now` on."""
        return self.ends_at <= now


def new_silence(
    matchers: tuple[Matcher, ...],
    *,
    starts_at: datetime,
    ends_at: datetime,
    author: str,
    comment: str,
    now: datetime,
) -> Silence:
    """Return a silence with an id of its own."""
    told = " ".join(map(str, matchers))
    silence_id = digest(told, starts_at.isoformat(), ends_at.isoformat(), author, now.isoformat())[
        :8
    ]
    return Silence(silence_id, matchers, starts_at, ends_at, author, comment, now)
