"""For all orders and repetitions of writes, the ledger ends with the same rows."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from placewatch.records import Alert, Event, Status
from sinks.database import writing
from sinks.ledger import Ledger
from sinks.model import Base


# The fixtures are factories without state, so that sharing them between examples is sound.
relaxed = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
orders = st.lists(st.integers(0, 4), max_size=12).flatmap(
    lambda extra: st.permutations([*range(5), *extra])
)
cuts = st.sets(st.integers(0, 17))


def content(ledger: Ledger) -> dict[str, list[tuple[Any, ...]]]:
    """All rows of all tables without the number of arrival, in a fixed order."""
    with writing(ledger._engine) as connection:
        return {
            name: sorted(
                tuple(str(value) for key, value in row._mapping.items() if key != "seq")
                for row in connection.execute(table.select())
            )
            for name, table in Base.metadata.tables.items()
        }


def written(
    write: Callable[[Ledger, list[Any]], int], records: list[Any], batch_ends: set[int]
) -> dict[str, list[tuple[Any, ...]]]:
    """The rows of a new ledger after `records`, written in batches."""
    with (
        tempfile.TemporaryDirectory() as folder,
        Ledger(f"sqlite:///{Path(folder) / 'ledger.db'}") as ledger,
    ):
        batch: list[Any] = []
        for number, record in enumerate(records):
            batch.append(record)
            if number in batch_ends:
                write(ledger, batch)
                batch = []
        write(ledger, batch)
        return content(ledger)


@relaxed
@given(order=orders, batch_ends=cuts)
def test_alerts_in_any_order_and_repeated_give_the_same_rows(
    make_alert: Callable[..., Alert], order: list[int], batch_ends: set[int]
) -> None:
    alerts = [make_alert(n) for n in range(5)]
    expected = written(Ledger.write_alerts, alerts, set())
    assert written(Ledger.write_alerts, [alerts[n] for n in order], batch_ends) == expected


@relaxed
@given(order=orders, batch_ends=cuts)
def test_statuses_in_any_order_and_repeated_give_the_same_rows(
    make_status: Callable[..., Status],
    make_citation: Callable[..., Any],
    order: list[int],
    batch_ends: set[int],
) -> None:
    statuses = [
        make_status(n, place_id=f"place-{n % 2}", citations=tuple(map(make_citation, range(n))))
        for n in range(5)
    ]
    expected = written(Ledger.write_statuses, statuses, set())
    assert written(Ledger.write_statuses, [statuses[n] for n in order], batch_ends) == expected


@relaxed
@given(order=orders, batch_ends=cuts)
def test_events_in_any_order_and_repeated_give_the_same_rows(
    make_event: Callable[..., Event],
    make_citation: Callable[..., Any],
    order: list[int],
    batch_ends: set[int],
) -> None:
    events = [
        make_event(n % 2, hours=n, citations=tuple(map(make_citation, range(n)))) for n in range(5)
    ]
    expected = written(Ledger.write_events, events, set())
    assert written(Ledger.write_events, [events[n] for n in order], batch_ends) == expected
