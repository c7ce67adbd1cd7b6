"""What an embedded broker must be told again after it started empty: the watchlist and what held before.

Of the ledger's statuses only those count whose alert is in the ledger too: a status that was written when its
alert was not yet would otherwise silence that alert for ever.
"""

from __future__ import annotations

from kafka import KafkaProducer
from kafka.errors import KafkaError

from placewatch.errors import BrokerError
from placewatch.kafka import make_producer
from placewatch.places import Watchlist, publish_watchlist
from placewatch.records import Alert, Assertion, Status, digest
from placewatch.settings import Settings
from placewatch.topics import ASSERTIONS


_FLUSH_TIMEOUT_S = 30.0


def tell_again(settings: Settings, watchlist: Watchlist, *, with_ledger: bool) -> None:
    """Publish the watchlist, its baselines and, `with_ledger`, what the ledger says held last.

    Everything has an id that depends only on its content, so telling it twice changes nothing.

    Raises:
        BrokerError: the broker did not take it.
        LedgerError: the ledger cannot be read.
    """
    assertions = [place.baseline for place in watchlist if place.baseline is not None]
    if with_ledger:
        assertions += ledger_assertions(settings)
    producer = make_producer(settings)
    try:
        publish_watchlist(watchlist, producer)
        for assertion in assertions:
            publish_assertion(assertion, producer)
        producer.flush(timeout=_FLUSH_TIMEOUT_S)
    except KafkaError as error:
        raise BrokerError(
            f"watchlist and assertions could not be published on {settings.bootstrap_servers}: {error}"
        ) from error
    finally:
        producer.close()


def publish_assertion(assertion: Assertion, producer: KafkaProducer) -> None:
    """Send one assertion to its topic; the caller flushes."""
    producer.send(ASSERTIONS.name, key=assertion.place_id.encode(), value=assertion.to_json())


def ledger_assertions(settings: Settings) -> list[Assertion]:
    """Return what the ledger says held last, as assertions.

    Raises:
        LedgerError: the ledger cannot be read.
    """
    # The embedded set-up joins the services, so it may know them; not at module level (import contract).
    from sinks.ledger import Ledger  # noqa: PLC0415

    with Ledger(settings.ledger) as ledger:
        newest = {alert.place_id: alert for alert in ledger.alerts()}
        return [
            assertion
            for status in ledger.statuses()
            if (assertion := assertion_of(status, newest.get(status.place_id))) is not None
        ]


def assertion_of(status: Status, newest_alert: Alert | None) -> Assertion | None:
    """Return what a place's status in the ledger asserts; None when nobody was ever told of a change there.

    When the newest alert there is not the one the status rests on, people know the alert's version, and that
    one is asserted.
    """
    if newest_alert is None:
        return None
    told: Status | Alert = status if status.alert_id == newest_alert.alert_id else newest_alert
    as_of = told.assessed_at if isinstance(told, Status) else told.at
    return Assertion(
        assertion_id=f"ledger-{digest(told.place_id, newest_alert.alert_id, as_of.isoformat())}",
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
        alert_id=newest_alert.alert_id,
    )
