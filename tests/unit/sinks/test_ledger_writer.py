from __future__ import annotations

import threading

import pytest

from placewatch.errors import LedgerBusyError, RecordError
from sinks.writers import ledger as module
from sinks.writers.ledger import LedgerWriter


class FakeBusyLedger:
    """A ledger that is locked the first so many times."""

    def __init__(self, busy_times: int) -> None:
        self.busy_times = busy_times
        self.written: list = []

    def write_alerts(self, alerts) -> int:
        if self.busy_times:
            self.busy_times -= 1
            raise LedgerBusyError("locked")
        self.written += alerts
        return len(alerts)

    write_statuses = write_events = write_heartbeats = write_alerts
    write_feed_health = write_dead_letters = write_alerts


@pytest.fixture(autouse=True)
def short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BACKOFF_S", (0.001, 0.001, 0.001))


def test_a_busy_ledger_is_tried_again(make_alert) -> None:
    ledger = FakeBusyLedger(busy_times=3)
    LedgerWriter(ledger).write_all([make_alert(1)])
    assert ledger.written == [make_alert(1)]


def test_a_ledger_that_stays_busy_says_so(make_alert) -> None:
    with pytest.raises(LedgerBusyError, match="locked"):
        LedgerWriter(FakeBusyLedger(busy_times=4)).write_all([make_alert(1)])


def test_an_alert_the_ledger_cannot_hold_is_an_error_of_that_record(
    ledger, make_alert, make_citation
) -> None:
    bad = make_alert(1, citations=(make_citation(1, revision=2**70),))
    with pytest.raises(RecordError):
        LedgerWriter(ledger).write_all([bad])


def test_being_told_to_stop_ends_the_waiting(make_alert, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BACKOFF_S", (60.0, 60.0))
    stop = threading.Event()
    stop.set()
    with pytest.raises(LedgerBusyError):
        LedgerWriter(FakeBusyLedger(busy_times=9), stop).write_all([make_alert(1)])


def test_each_type_of_record_goes_to_its_table(ledger, make_alert, make_status, make_event) -> None:
    writer = LedgerWriter(ledger)
    written = [writer.write_all([record]) for record in (make_alert(), make_status(), make_event())]
    assert written == [1, 1, 1]
    assert writer.write_all([]) == 0
