from __future__ import annotations

import itertools
import json
import socket
from pathlib import Path
from types import SimpleNamespace

import pytest
from kafka.structs import TopicPartition

from placewatch.errors import LedgerBusyError
from placewatch.records import Alert
from placewatch.settings import Settings
from placewatch.topics import ALERTS
from sinks.follow import Follower, from_ledger, running_broker, tailed
from sinks.ledger import Ledger


def everything(_alert) -> bool:
    return True


def ids(items) -> list[str]:
    """The alerts' ids up to the first moment with nothing new after the past, or the end."""
    return [item.alert_id for item in items if isinstance(item, Alert)]


def past(items) -> list[str]:
    return ids(itertools.takewhile(lambda item: item is not None, items))


def test_only_the_last_few_past_alerts_are_shown(make_alert) -> None:
    stream = [*(make_alert(n) for n in range(5)), None]
    assert ids(tailed(stream, everything, last=2)) == ["alert-3", "alert-4"]


def test_all_past_alerts_are_shown_without_a_number(make_alert) -> None:
    stream = [*(make_alert(n) for n in range(5)), None]
    assert len(ids(tailed(stream, everything, last=None))) == 5


def test_following_goes_on_after_the_past(make_alert) -> None:
    stream = [make_alert(1), make_alert(2), None, None, make_alert(3), None]
    assert ids(tailed(stream, everything, last=1)) == ["alert-2", "alert-3"]


def test_the_past_ends_with_a_none_and_nothing_after_it_is_read_before(make_alert) -> None:
    endless = itertools.chain([make_alert(1), None], itertools.repeat(make_alert(2)))
    assert past(tailed(endless, everything, last=9)) == ["alert-1"]


def test_statuses_and_quiet_moments_go_through(make_alert, make_status) -> None:
    status = make_status()
    found = list(tailed([status, None, make_alert(1), status, None], everything, last=9))
    assert found == [status, None, make_alert(1), status, None]


def test_an_alert_delivered_twice_is_shown_once(make_alert) -> None:
    stream = [make_alert(1), make_alert(1), None, make_alert(1), make_alert(2)]
    assert ids(tailed(stream, everything, last=9)) == ["alert-1", "alert-2"]


def test_unwanted_alerts_do_not_use_up_the_number(make_alert) -> None:
    stream = [make_alert(1), make_alert(2, place_id="homs"), make_alert(3, place_id="homs"), None]
    found = tailed(stream, lambda a: a.place_id == "rastan-syria", last=1)
    assert ids(found) == ["alert-1"]


class FakeConsumer:
    """A consumer of the alerts topic; `polls` are what it gives, a list of records by partition each."""

    def __init__(self, polls: list[dict[int, list[SimpleNamespace]]]) -> None:
        self._polls = polls
        self._positions: dict[int, int] = {}

    def partitions_for_topic(self, _topic: str) -> set[int]:
        return {0, 1}

    def assign(self, partitions) -> None:
        self._partitions = partitions

    def assignment(self):
        return self._partitions

    def seek_to_beginning(self) -> None:
        self._positions = dict.fromkeys((0, 1), 0)

    def beginning_offsets(self, partitions):
        return dict.fromkeys(partitions, 0)

    def seek(self, part: TopicPartition, offset: int) -> None:
        self._positions[part.partition] = offset

    def end_offsets(self, partitions):
        return {
            part: sum(len(p.get(part.partition, [])) for p in self._polls) for part in partitions
        }

    def poll(self, timeout_ms: int):
        polled = self._polls.pop(0) if self._polls else {}
        for number, records in polled.items():
            self._positions[number] += len(records)
        return polled

    def position(self, part: TopicPartition) -> int:
        return self._positions[part.partition]

    def close(self, timeout_ms: int) -> None:
        pass


def test_past_alerts_of_several_partitions_come_in_the_order_of_their_arrival(
    tmp_path: Path, make_alert, monkeypatch: pytest.MonkeyPatch
) -> None:
    def record(arrival: int, partition: int) -> SimpleNamespace:
        value = make_alert(arrival).to_json()
        return SimpleNamespace(
            topic=ALERTS.name, timestamp=arrival, partition=partition, offset=arrival, value=value
        )

    polls = [{0: [record(1, 0), record(4, 0)]}, {}, {1: [record(2, 1), record(3, 1)]}]
    monkeypatch.setattr("sinks.follow.require_rights", lambda *_: None)
    monkeypatch.setattr("sinks.follow.make_consumer", lambda _settings: FakeConsumer(polls))
    follower = Follower(lambda: settings_in(tmp_path, bootstrap_servers="kafka:9092"))
    assert past(tailed(follower, everything, last=3)) == ["alert-2", "alert-3", "alert-4"]


def test_the_ledger_gives_what_is_there_then_what_comes(
    ledger: Ledger, make_alert, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sinks.follow.LEDGER_POLL_S", 0.0)
    ledger.write_alerts([make_alert(1)])
    stream = from_ledger(ledger)
    assert (next(stream), next(stream)) == (make_alert(1), None)
    ledger.write_alerts([make_alert(2)])
    assert (next(stream), next(stream)) == (make_alert(2), None)


def test_a_ledger_whose_server_is_away_for_a_while_is_told_of_and_waited_for(
    ledger: Ledger, make_alert, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sinks.follow.LEDGER_POLL_S", 0.0)
    ledger.write_alerts([make_alert(1)])
    said: list[str] = []
    stream = from_ledger(ledger, tell=said.append)
    assert (next(stream), next(stream)) == (make_alert(1), None)

    def busy(_ledger: Ledger, _seq: int, _limit: int) -> None:
        raise LedgerBusyError("its server is away")

    with monkeypatch.context() as away:
        away.setattr(Ledger, "alerts_after", busy)
        assert (next(stream), next(stream)) == (None, None)
        with pytest.raises(LedgerBusyError):
            next(from_ledger(ledger))
    ledger.write_alerts([make_alert(2)])
    assert (next(stream), next(stream)) == (make_alert(2), None)
    assert said == ["its server is away: waiting for it", "the ledger is back"]


def test_of_a_large_ledger_no_more_is_read_than_is_wanted(
    ledger: Ledger, make_alert, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sinks.follow.LEDGER_PAGE", 2)
    ledger.write_alerts([make_alert(n) for n in range(1, 10)])
    assert past(from_ledger(ledger, most=3)) == ["alert-7", "alert-8", "alert-9"]
    assert past(from_ledger(ledger, most=0)) == []
    assert past(from_ledger(ledger, most=20)) == [f"alert-{n}" for n in range(1, 10)]
    assert past(from_ledger(ledger, offset=8, most=3)) == ["alert-8", "alert-9"]


@pytest.fixture
def listening_port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def note_broker(folder: Path, port: int) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    noted = {"bootstrap_servers": f"127.0.0.1:{port}", "is_broker_embedded": True}
    (folder / "run.json").write_text(json.dumps(noted))


def settings_in(folder: Path, **changes: object) -> Settings:
    return Settings(_env_file=None, state_dir=folder, **changes)


def test_the_broker_of_running_services_is_found(tmp_path: Path, listening_port: int) -> None:
    note_broker(tmp_path, listening_port)
    assert (found := running_broker(settings_in(tmp_path))) is not None
    assert found.bootstrap_servers == f"127.0.0.1:{listening_port}"


def test_a_broker_that_is_set_comes_first(tmp_path: Path, listening_port: int) -> None:
    note_broker(tmp_path, listening_port)
    settings = settings_in(tmp_path, bootstrap_servers="kafka:9092")
    assert (found := running_broker(settings)) is not None
    assert found.bootstrap_servers == "kafka:9092"


def test_a_broker_that_is_gone_is_not_used(tmp_path: Path, listening_port: int) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        closed_port = server.getsockname()[1]
    note_broker(tmp_path, closed_port)
    assert running_broker(settings_in(tmp_path)) is None


def test_the_demos_broker_is_only_for_those_without_a_ledger(
    tmp_path: Path, listening_port: int
) -> None:
    note_broker(tmp_path / "demo", listening_port)
    assert (found := running_broker(settings_in(tmp_path))) is not None
    assert found.bootstrap_servers == f"127.0.0.1:{listening_port}"
    Ledger(f"sqlite:///{tmp_path / 'ledger.db'}").close()
    assert running_broker(settings_in(tmp_path)) is None


@pytest.mark.parametrize("content", ["", "{", "[]", "{}", "null"])
def test_an_unreadable_note_is_no_broker(tmp_path: Path, content: str) -> None:
    (tmp_path / "run.json").write_text(content)
    assert running_broker(settings_in(tmp_path)) is None
