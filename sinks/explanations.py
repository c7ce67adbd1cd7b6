"""The whole chain behind a place or an alert, read from the ledger: what `placewatch why` and the board show."""

from __future__ import annotations

from datetime import datetime, timedelta

from placewatch.records import Alert, Event
from sinks.explain import Explanation, explain
from sinks.ledger import Ledger


# An event that nobody has spoken of for so long was no part of the news that an alert came from.
_IN_THE_NEWS = timedelta(days=14)


def explanation_of_alert(ledger: Ledger, alert: Alert) -> Explanation:
    """Return the chain behind one alert, with the events that were in the news with it as they are known now."""
    events = [
        event
        for event in ledger.events(place_id=alert.place_id)
        if event.event_id in alert.event_ids
        or (event.first_reported_at <= alert.at < event.last_reported_at + _IN_THE_NEWS)
    ]
    return explain(None, alert, events, ledger.alerts(place_id=alert.place_id))


def explanation_of_place(ledger: Ledger, place_id: str) -> Explanation:
    """Return the chain behind what holds at a place and the alert that told it.

    Raises:
        ValueError: the ledger has neither a status nor an alert of it.
    """
    now = ledger.status(place_id)
    alerts = ledger.alerts(place_id=place_id)
    told = ledger.alert(now.alert_id) if now is not None and now.alert_id is not None else None
    told = told or (alerts[-1] if alerts else None)
    ids = {*(told.event_ids if told else ())}
    ids |= {*now.event_ids, *now.considered_ids} if now else set()
    return explain(now, told, ledger.events(sorted(ids)), alerts)


def explanation_as_of(ledger: Ledger, place_id: str, at: datetime) -> Explanation | None:
    """Return the chain behind the last alert of a place up to a moment, from what was published by then.

    Reports weigh what they weigh today: the ledger keeps the newest judgement of each. None before the first alert.
    """
    alerts = [alert for alert in ledger.alerts(place_id=place_id) if alert.at <= at]
    if not alerts:
        return None
    events = [
        known
        for event in ledger.events(place_id=place_id)
        if (known := _as_known_at(event, at)) is not None
    ]
    return explain(None, alerts[-1], events, alerts)


def _as_known_at(event: Event, at: datetime) -> Event | None:
    """Return an event with the reports that were out by then, None when there were none."""
    citations = tuple(each for each in event.citations if each.published_at <= at)
    if not citations:
        return None
    origins = {each.origin.origin_id for each in citations}
    return event.model_copy(
        update={
            "citations": citations,
            "origins": tuple(each for each in event.origins if each.origin_id in origins),
            "last_reported_at": max(each.published_at for each in citations),
        }
    )
