"""What an embedded broker must be told again after it started empty: the watchlist and what held before.

The producer publishes the articles of the last 48 hours again (the refill). What held before those comes from the
ledger, as assertions; what they changed follows from them again.
"""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from placewatch.analysts import publish_assertion, remembered
from placewatch.errors import RecordError
from placewatch.heartbeats import HEARD_KEY, Heard, Hearing
from placewatch.kafka import telling
from placewatch.log import get_logger
from placewatch.places import Watchlist, publish_place, publish_watchlist
from placewatch.record_base import digest
from placewatch.records import Alert, Assertion, Status, WatchedPlace
from placewatch.settings import Settings
from placewatch.topic_so_far import TopicSoFar
from placewatch.topics import ASSERTIONS, HEARD, WATCHLIST


# A pace is made of four weeks; what was silent for twice that has none any more.
_PACES_KEPT = timedelta(days=56)
_HEARINGS_A_RECORD = 500

log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Refill:
    """What the producer will publish again: the causes (article and revision) and when the first was news."""

    causes: frozenset[str] = frozenset()
    begins_at: datetime | None = None


def tell_again(settings: Settings, watchlist: Watchlist, *, with_ledger: bool) -> None:
    """Publish the watchlist, its baselines and, `with_ledger`, what held last, what analysts said, and who was heard of when.

    Places that were published before and are not in it any more are tracked no longer: the file says what is.
    Everything has an id that depends only on its content, so telling it twice changes nothing.

    Raises:
        BrokerError: the broker did not take it.
        LedgerError: the ledger cannot be read.
        RecordError: the file of what analysts said is damaged.
    """
    assertions = [place.baseline for place in watchlist if place.baseline is not None]
    if with_ledger:
        assertions += ledger_assertions(settings, now=datetime.now(UTC))
        assertions += remembered(settings)
    with telling(settings, WATCHLIST, ASSERTIONS) as told:
        publish_watchlist(watchlist, told)
        for place in _no_longer_in(watchlist, settings):
            log.info("no_longer_tracked", place=place.place)
            publish_place(place, told)
        for assertion in assertions:
            publish_assertion(assertion, told)
        if with_ledger:
            for heard in known_hearings(settings, now=datetime.now(UTC)):
                told.send(HEARD.name, key=HEARD_KEY, value=heard.to_json())


def _no_longer_in(watchlist: Watchlist, settings: Settings) -> list[WatchedPlace]:
    """Return the places that the watchlist topic has and the watchlist has not, as removed.

    An embedded broker has started empty: what it has was published by this very run.

    Raises:
        BrokerError: the topic cannot be read.
    """
    if settings.is_broker_embedded:
        return []
    published: dict[str, WatchedPlace] = {}
    for record in TopicSoFar(settings, WATCHLIST).records():
        with contextlib.suppress(RecordError):  # each worker buries what is no place
            place = WatchedPlace.from_json(record.value)
            published[place.place_id] = place
    wanted = {place.place_id for place in watchlist}
    return [
        place.model_copy(update={"is_removed": True})
        for place in published.values()
        if place.place_id not in wanted and not place.is_removed
    ]


def known_hearings(settings: Settings, *, now: datetime) -> list[Heard]:
    """Return when feeds and places were heard of, by the ledger, so that their paces need not be learnt anew.

    Raises:
        LedgerError: the ledger cannot be read.
    """
    from sinks.ledger import Ledger  # noqa: PLC0415  # as in ledger_assertions

    with Ledger(settings.ledger) as ledger:
        heartbeats = ledger.heartbeats().values()
    hearings = [
        Hearing(
            kind=known.kind,
            subject_id=known.subject_id,
            label=known.label,
            at=(known.last_heard_at,),
            hours=known.hours,
        )
        for known in heartbeats
        if now - known.last_heard_at <= _PACES_KEPT
    ]
    parts = range(0, len(hearings), _HEARINGS_A_RECORD)
    return [Heard(hearings=tuple(hearings[at : at + _HEARINGS_A_RECORD])) for at in parts]


def ledger_assertions(settings: Settings, *, now: datetime) -> list[Assertion]:
    """Return what held when the refill begins, by the ledger, as assertions.

    Raises:
        LedgerError: the ledger cannot be read.
        FeedStateError: the feed state cannot be read.
    """
    # The embedded set-up joins the services, so it may know them; not at module level (import contract).
    from sinks.ledger import Ledger  # noqa: PLC0415

    refill = _refill(settings, now)
    with Ledger(settings.ledger) as ledger:
        alerts = ledger.alerts()
        statuses = {status.place_id: status for status in ledger.statuses()}
    by_place: dict[str, list[Alert]] = {}
    for alert in alerts:
        by_place.setdefault(alert.place_id, []).append(alert)
    found = (
        held_before(statuses.get(place_id), by_place.get(place_id, []), refill)
        for place_id in sorted(statuses.keys() | by_place.keys())
    )
    return [assertion for assertion in found if assertion is not None]


def held_before(status: Status | None, alerts: Sequence[Alert], refill: Refill) -> Assertion | None:
    """Return what held at a place before anything that the refill will tell again.

    Asserting the newest status instead would have the refilled articles judged on top of what they led to. With
    what held before them, they lead to the same alerts again, under the same ids, which the ledger has.

    Args:
        status: the newest status of the place.
        alerts: its alerts, in order of arrival.
        refill: what the producer will publish again.
    """
    before = [alert for alert in alerts if alert.cause not in refill.causes]
    newest = before[-1] if before else None
    is_whole = len(before) == len(alerts)
    if (
        status is not None
        and is_whole
        and status.alert_id == (newest.alert_id if newest else None)
        and (refill.begins_at is None or status.assessed_at < refill.begins_at)
    ):
        return _assertion(status, status.assessed_at, status.alert_id)
    return _assertion(newest, newest.at, newest.alert_id) if newest else None


def _assertion(told: Status | Alert, as_of: datetime, alert_id: str | None) -> Assertion:
    """Return what a status or an alert says, as an assertion."""
    return Assertion(
        assertion_id=f"ledger-{digest(told.place_id, alert_id or '', as_of.isoformat())}",
        place_id=told.place_id,
        place=told.place,
        kind="ledger",
        control=told.control,
        holder=told.holder,
        opponent=told.opponent,
        certainty=told.certainty,
        as_of=as_of,
        since=told.since,
        by="ledger",
        alert_id=alert_id,
    )


def _refill(settings: Settings, now: datetime) -> Refill:
    """Return what the producer will publish again when it starts."""
    from producers.state import State  # noqa: PLC0415  # as above
    from producers.state_database import is_there  # noqa: PLC0415

    if not is_there(settings.feed_state):
        return Refill()
    with State(settings.feed_state) as state:
        articles = list(state.published_since(now - timedelta(hours=settings.refill_hours)))
    moments = [min(article.published_at, article.fetched_at) for article in articles]
    return Refill(
        causes=frozenset(f"{article.article_id}:{article.revision}" for article in articles),
        begins_at=min(moments, default=None),
    )
