"""Telling, with a real ledger, real threads, and receivers that fail, hang and come back."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from placewatch.errors import DeliveryError
from placewatch.records import Alert
from sinks.courier import FIRST_RETRY, JITTER, LONGEST_ASKED, LONGEST_RETRY, Courier, _pause
from sinks.dispatch import Dispatcher
from sinks.ledger import Ledger
from sinks.matchers import parse_matcher
from sinks.notification import Notification
from sinks.outbox import Open, Outbox
from sinks.routes import Routes
from sinks.silence_book import SilenceBook
from sinks.silences import new_silence
from sinks.turn import Turn


NOON = datetime(2024, 12, 6, 12, tzinfo=UTC)
AT_ONCE = "route: {receiver: a, group_wait: 0s, group_interval: 0s}"
SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)


@dataclass
class FakeReceiver:
    """A writer that remembers what it was told, and fails or hangs as it is asked to."""

    name: str
    told: list[Notification] = field(default_factory=list)
    attempts: list[str] = field(default_factory=list)
    error: Callable[[Notification], Exception | None] = lambda _: None
    gate: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.gate.set()

    def write(self, notification: Notification) -> None:
        assert self.gate.wait(30)
        self.attempts.append(notification.notification_id)
        error = self.error(notification)
        if error is not None:
            raise error
        self.told.append(notification)

    def close(self) -> None:
        pass

    def ids(self) -> list[list[str]]:
        return [[alert.alert_id for alert in told.alerts] for told in self.told]


@dataclass
class FakeWorld:
    """A ledger with sinks that come and go; `now` is what the clock shows."""

    url: str
    routes: Routes
    ledger: Ledger
    now: datetime = NOON
    receivers: dict[str, FakeReceiver] = field(default_factory=dict)
    buried: list[tuple[str, str]] = field(default_factory=list)
    open: list[Any] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.receivers = {name: FakeReceiver(name) for name in self.routes.names}

    def start(self) -> Dispatcher:
        outbox, stop = Outbox(self.ledger), threading.Event()
        turn = Turn(self.ledger.engine)
        couriers = {
            receiver.name: Courier(
                self.receivers[receiver.name],
                outbox,
                give_up_after=receiver.give_up_after,
                bury=self.bury,
                now=lambda: self.now,
                stop=stop,
            )
            for receiver in self.routes.receivers
        }
        self.open += [*couriers.values(), turn]
        book = SilenceBook(self.ledger)
        return Dispatcher(
            outbox, book, self.routes, couriers, turn=turn, bury=self.bury, now=lambda: self.now
        )

    def bury(self, alert: Alert, receiver: str, error: str) -> None:
        self.buried.append((alert.alert_id, receiver))

    def stop(self) -> None:
        while self.open:
            self.open.pop(0).close()

    def come(self, *alerts: Alert) -> None:
        self.ledger.write_alerts(alerts)

    def until(self, dispatcher: Dispatcher, is_so: Callable[[], bool]) -> None:
        """Have it do its steps until something is so."""
        deadline = time.monotonic() + 30
        while True:
            dispatcher.step()
            if is_so():
                return
            assert time.monotonic() < deadline
            time.sleep(0.005)

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        with self.ledger.engine.connect() as connection:
            return [tuple(row) for row in connection.execute(text(query))]

    def reasons(self) -> dict[tuple[str, str], str]:
        return {
            (row[0], row[1]): row[2]
            for row in self.rows("SELECT alert_id, writer, reason FROM deliveries")
        }


@pytest.fixture
def world(tmp_path: Path, routes: Callable[[str], Routes]) -> Iterator[Callable[..., FakeWorld]]:
    made: list[FakeWorld] = []

    def make(written: str = AT_ONCE) -> FakeWorld:
        url = f"sqlite:///{tmp_path / 'ledger.db'}"
        made.append(FakeWorld(url, routes(written), Ledger(url)))
        return made[-1]

    yield make
    for each in made:
        for receiver in each.receivers.values():
            receiver.gate.set()
        each.stop()
        each.ledger.close()


def place(number: int) -> dict[str, str]:
    return {"place": f"Town {number}, Syria", "place_id": f"town-{number}"}


def test_an_alert_is_told_and_recorded_with_its_reason(world, alert) -> None:
    w = world()
    w.come(alert(1))
    w.until(w.start(), lambda: w.rows("SELECT 1 FROM deliveries WHERE delivered_at IS NOT NULL"))
    assert w.receivers["a"].ids() == [["alert-1"]]
    assert w.reasons() == {("alert-1", "a"): "notified"}
    assert w.rows("SELECT routing FROM alerts") == [("routed",)]
    assert w.rows("SELECT receiver, group_name, attempts FROM notifications") == [
        ("a", "place=Rastan, Syria", 1)
    ]


def test_what_nobody_is_told_says_why(world, alert) -> None:
    w = world("route: {routes: [{matchers: [country = Syria], receiver: nobody}]}")
    w.come(alert(1), alert(2, country="Iraq"))
    w.start().step()
    assert w.rows("SELECT routing FROM alerts ORDER BY seq") == [
        ("muted_by_route",),
        ("no_route",),
    ]


def test_alerts_that_were_there_before_the_routes_are_not_told(world, alert, routes) -> None:
    w = world()
    w.come(alert(1))
    with w.ledger.engine.begin() as connection:  # as the migration leaves them
        connection.execute(text("UPDATE alerts SET routing = 'before_routes'"))
    w.come(alert(2))
    w.until(w.start(), lambda: bool(w.receivers["a"].told))
    assert w.receivers["a"].ids() == [["alert-2"]]


def test_a_groups_timer_outlasts_a_restart(world, alert) -> None:
    w = world("route: {receiver: a, group_by: [country], group_wait: 1m, group_interval: 1h}")
    w.come(alert(1))
    w.start().step()
    w.stop()
    w.now += 30 * SECOND
    w.come(alert(2, **place(2)))
    second = w.start()
    second.step()
    assert w.receivers["a"].told == []
    w.now += 30 * SECOND
    w.until(second, lambda: bool(w.receivers["a"].told))
    w.stop()
    w.now += 30 * MINUTE
    w.come(alert(3, **place(3)))
    third = w.start()
    third.step()
    assert w.reasons()["alert-3", "a"] == "grouped_and_waiting"
    w.now += 30 * MINUTE
    w.until(third, lambda: len(w.receivers["a"].told) == 2)
    assert w.receivers["a"].ids() == [["alert-1", "alert-2"], ["alert-3"]]


def test_a_failure_is_tried_again_under_the_same_id_and_not_before_its_time(world, alert) -> None:
    w = world()
    receiver = w.receivers["a"]
    receiver.error = lambda _: DeliveryError("away", is_recoverable=True)
    w.come(alert(1))
    sink = w.start()
    w.until(sink, lambda: w.rows("SELECT 1 FROM notifications WHERE attempts = 1") == [(1,)])
    w.come(alert(2))
    w.now += FIRST_RETRY - SECOND
    w.until(sink, lambda: ("alert-2", "a") in w.reasons())
    time.sleep(0.05)
    sink.step()
    assert len(receiver.attempts) == 1
    receiver.error = lambda _: None
    w.now += SECOND + FIRST_RETRY * JITTER
    w.until(sink, lambda: len(receiver.told) == 2)
    assert receiver.ids() == [["alert-1"], ["alert-2"]]
    assert receiver.attempts[0] == receiver.attempts[1]


def test_waits_double_up_to_the_longest_and_differ_from_each_other() -> None:
    def waits(notification_id: str) -> list[timedelta]:
        told = Notification(notification_id, "a", "", ())
        return [_pause(Open(told, NOON, attempts, None), None) for attempts in range(20)]

    for number in range(50):
        for attempts, wait in enumerate(waits(f"n-{number}")):
            least = min(FIRST_RETRY * 2**attempts, LONGEST_RETRY)
            assert least <= wait <= least * (1 + JITTER)
    assert len({waits(f"n-{number}")[0] for number in range(50)}) == 50
    assert waits("n-1") == waits("n-1")


def test_a_receiver_says_when_it_wants_to_be_asked_again_within_reason(world, alert) -> None:
    w = world()
    asked = {"alert-1": 90.0, "alert-2": 1e9}
    w.receivers["a"].error = lambda told: DeliveryError(
        "slow down", is_recoverable=True, retry_after_s=asked[told.alerts[0].alert_id]
    )
    w.come(alert(1), alert(2, **place(2)))
    query = "SELECT retry_at FROM notifications WHERE retry_at IS NOT NULL ORDER BY seq"
    w.until(w.start(), lambda: len(w.rows(query)) == 2)
    found = [datetime.fromisoformat(row[0]) for row in w.rows(query)]
    assert found == [NOON + timedelta(seconds=90), NOON + LONGEST_ASKED]


def test_a_failing_receiver_keeps_no_other_and_a_poison_message_no_other_place(
    world, alert
) -> None:
    w = world(
        "route: {receiver: a, group_wait: 0s, group_interval: 0s, routes: ["
        "{receiver: a, continue: true}, {receiver: b}]}"
    )
    w.receivers["a"].error = lambda told: (
        DeliveryError("500", is_recoverable=True)
        if told.alerts[0].place_id == "rastan-syria"
        else None
    )
    w.come(alert(1), alert(2, **place(2)), alert(3))
    w.until(
        w.start(),
        lambda: len(w.receivers["a"].told) == 1 and len(w.receivers["b"].told) == 2,
    )
    assert w.receivers["a"].ids() == [["alert-2"]]
    assert w.receivers["b"].ids() == [["alert-1", "alert-3"], ["alert-2"]]


def test_a_receiver_that_hangs_keeps_neither_the_steps_nor_the_others(world, alert) -> None:
    w = world(
        "route: {receiver: a, group_wait: 0s, group_interval: 0s, routes: ["
        "{receiver: a, continue: true}, {receiver: b}]}"
    )
    w.receivers["a"].gate.clear()
    sink = w.start()
    for number in range(20):
        w.come(alert(number))
        w.until(sink, lambda: sum(map(len, w.receivers["b"].ids())) == number + 1)  # noqa: B023  # called at once
    assert w.receivers["a"].told == []
    w.receivers["a"].gate.set()
    w.until(sink, lambda: sum(map(len, w.receivers["a"].ids())) == 20)


def test_what_is_refused_for_good_is_buried_and_the_next_goes_on(world, alert) -> None:
    w = world()
    w.receivers["a"].error = lambda told: (
        DeliveryError("refused", is_recoverable=False)
        if told.alerts[0].alert_id == "alert-1"
        else None
    )
    w.come(alert(1), alert(2, **place(2)))
    w.until(w.start(), lambda: len(w.receivers["a"].told) == 1)
    assert w.reasons()["alert-1", "a"] == "undeliverable"
    assert w.buried == [("alert-1", "a")]
    assert w.receivers["a"].ids() == [["alert-2"]]


def test_what_fails_too_long_is_given_up(world, alert) -> None:
    w = world()
    w.receivers["a"].error = lambda _: DeliveryError("away", is_recoverable=True)
    w.come(alert(1))
    sink = w.start()
    w.until(sink, lambda: w.rows("SELECT attempts FROM notifications") == [(1,)])
    w.now += 25 * HOUR
    w.until(sink, lambda: w.reasons()["alert-1", "a"] == "undeliverable")
    assert w.buried == [("alert-1", "a")]


def test_a_bug_in_a_writer_is_logged_and_tried_again_and_harms_nobody_else(world, alert) -> None:
    w = world(
        "route: {receiver: a, group_wait: 0s, group_interval: 0s, routes: ["
        "{receiver: a, continue: true}, {receiver: b}]}"
    )
    w.receivers["a"].error = lambda _: KeyError("x")
    w.come(alert(1))
    sink = w.start()
    w.until(sink, lambda: bool(w.receivers["a"].attempts) and bool(w.receivers["b"].told))
    w.receivers["a"].error = lambda _: None
    w.until(sink, lambda: bool(sink._couriers["a"]._wake_at))
    w.now += MINUTE
    w.until(sink, lambda: bool(w.receivers["a"].told))


def test_a_message_that_a_writer_trips_over_keeps_no_other_place_and_is_given_up_in_the_end(
    world, alert
) -> None:
    w = world()
    poison = "rastan-syria"
    w.receivers["a"].error = lambda told: (
        KeyError("x") if told.alerts[0].place_id == poison else None
    )
    w.come(alert(1), alert(2, **place(2)))
    sink = w.start()
    w.until(sink, lambda: w.receivers["a"].ids() == [["alert-2"]])
    w.now += 25 * HOUR
    w.until(sink, lambda: w.buried == [("alert-1", "a")])
    assert w.rows("SELECT last_error FROM deliveries WHERE alert_id = 'alert-1'") == [
        ("a could not be told (KeyError: 'x'): this is a fault of placewatch",)
    ]


def test_a_silence_drops_with_its_id_as_the_reason(world, alert) -> None:
    w = world()
    silence = new_silence(
        (parse_matcher("country = Syria"),),
        starts_at=NOON - MINUTE,
        ends_at=NOON + MINUTE,
        author="x",
        comment="",
        now=NOON,
    )
    SilenceBook(w.ledger).add(silence)
    w.come(alert(1))
    w.until(w.start(), lambda: w.reasons() == {("alert-1", "a"): "silenced"})
    assert w.rows("SELECT because FROM deliveries") == [(silence.silence_id,)]


def test_a_correction_in_the_same_batch_reaches_who_waits_for_what_it_corrects(
    world, alert
) -> None:
    w = world(
        "route: {group_wait: 0s, group_interval: 0s, routes: ["
        "{matchers: [certainty = confirmed], receiver: a}]}"
    )
    cancel = alert(2, msg_type="Cancel", certainty="claimed", references=("alert-1",))
    w.come(alert(1), cancel)
    w.until(w.start(), lambda: sum(map(len, w.receivers["a"].ids())) == 2)
    assert w.reasons() == {("alert-1", "a"): "notified", ("alert-2", "a"): "notified"}


def test_a_correction_of_what_was_told_comes_under_that_reason(world, alert) -> None:
    w = world(
        "route: {group_wait: 0s, group_interval: 0s, routes: ["
        "{matchers: [certainty = confirmed], receiver: a}]}"
    )
    sink = w.start()
    w.come(alert(1))
    w.until(sink, lambda: len(w.receivers["a"].told) == 1)
    w.come(alert(2, msg_type="Cancel", certainty="claimed", references=("alert-1",)))
    w.until(sink, lambda: len(w.receivers["a"].told) == 2)
    assert w.reasons()["alert-2", "a"] == "notified_as_correction"


def test_a_receiver_taken_out_of_the_routes_is_the_reason_of_what_it_was_owed(
    world, alert, routes
) -> None:
    w = world()
    w.receivers["a"].error = lambda _: DeliveryError("away", is_recoverable=True)
    w.come(alert(1))
    w.until(w.start(), lambda: w.rows("SELECT attempts FROM notifications") == [(1,)])
    w.stop()
    w.routes = routes(
        "{receivers: [{name: b, log: {path: x}}], route: {receiver: b, group_wait: 0s}}"
    )
    w.receivers = {"b": FakeReceiver("b")}
    w.come(alert(2))
    w.until(w.start(), lambda: len(w.receivers["b"].told) == 1)
    assert w.reasons() == {("alert-1", "a"): "receiver_gone", ("alert-2", "b"): "notified"}
    assert w.buried == [("alert-1", "a")]


def test_of_two_sinks_one_tells_and_the_other_takes_over(
    world, alert, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sinks.turn.ASKED_EVERY_S", 0.0)
    w = world()
    first = w.start()
    w.come(alert(1))
    w.until(first, lambda: len(w.receivers["a"].told) == 1)
    held, w.open = w.open, []
    second = w.start()
    w.come(alert(2, **place(2)))
    second.step()
    assert ("alert-2", "a") not in w.reasons()
    for each in held:
        each.close()
    w.until(second, lambda: len(w.receivers["a"].told) == 2)
    assert w.receivers["a"].ids() == [["alert-1"], ["alert-2"]]


def test_a_thousand_alerts_in_a_burst_are_grouped_as_the_route_says_and_none_is_lost(
    world, alert
) -> None:
    w = world(
        "route: {receiver: a, group_by: [country], group_wait: 30s, routes: ["
        "{receiver: a, continue: true}, {receiver: b, group_by: [admin1]},]}"
    )
    burst = [
        alert(n, **place(n % 400), admin1=f"Province {n % 10}", country=("Syria", "Iraq")[n % 2])
        for n in range(1000)
    ]
    sink = w.start()
    for start in range(0, 1000, 250):
        w.come(*burst[start : start + 250])
        sink.step()
    w.now += 30 * SECOND
    w.until(sink, lambda: len(w.receivers["a"].told) == 2 and len(w.receivers["b"].told) == 10)
    for receiver in ("a", "b"):
        told = [i for ids in w.receivers[receiver].ids() for i in ids]
        assert sorted(told) == sorted(each.alert_id for each in burst)
        for town in range(400):
            own = [f"alert-{n}" for n in range(town, 1000, 400)]
            assert [i for i in told if i in set(own)] == own
    assert w.rows("SELECT count(*) FROM deliveries WHERE delivered_at IS NULL") == [(0,)]
