"""`placewatch prepare` says what is wrong; that it does what it should is seen on the embedded broker."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from placewatch.cli.deployment import prepare
from placewatch.errors import BrokerError
from placewatch.kafka import make_consumer
from placewatch.local.broker import EmbeddedBroker, free_port
from placewatch.records import WatchedPlace
from placewatch.settings import load_settings
from placewatch.topics import ALL_TOPICS, ASSERTIONS, WATCHLIST


@pytest.fixture
def watchlist(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    file = tmp_path / "watchlist.yaml"
    file.write_text(
        'places: [{place: "Homs, Syria", baseline: {status: held, holder: X, as_of: 2024-11-27}}]\n'
    )
    monkeypatch.setenv("PLACEWATCH_WATCHLIST", str(file))
    monkeypatch.setenv("PLACEWATCH_STATE_DIR", str(tmp_path / "state"))
    return file


@pytest.mark.usefixtures("watchlist")
def test_a_broker_that_does_not_come_is_told_after_the_wait(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PLACEWATCH_BOOTSTRAP_SERVERS", f"127.0.0.1:{free_port()}")
    began = time.monotonic()
    with pytest.raises(BrokerError, match="cannot be reached"):
        prepare(wait_s=1)
    assert time.monotonic() - began >= 1


@pytest.mark.broker
@pytest.mark.usefixtures("watchlist")
def test_topics_watchlist_and_baselines_are_there_and_again_changes_nothing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with EmbeddedBroker(load_settings()) as settings:
        monkeypatch.setenv("PLACEWATCH_BOOTSTRAP_SERVERS", str(settings.bootstrap_servers))
        monkeypatch.setenv("PLACEWATCH_IS_BROKER_EMBEDDED", "true")
        monkeypatch.setenv("PLACEWATCH_PARTITIONS", "1")
        prepare()
        prepare()
        assert "0 topics created, 1 places published" in capsys.readouterr().out
        consumer = make_consumer(settings, WATCHLIST.name, ASSERTIONS.name)
        try:
            assert {topic.name for topic in ALL_TOPICS} <= consumer.topics()
            told: dict[str, set[bytes]] = {WATCHLIST.name: set(), ASSERTIONS.name: set()}
            end = time.monotonic() + 20
            while not all(told.values()) and time.monotonic() < end:
                for records in consumer.poll(200).values():
                    for record in records:
                        told[record.topic].add(record.value)
        finally:
            consumer.close()
    assert [WatchedPlace.from_json(value).place for value in told[WATCHLIST.name]] == [
        "Homs, Syria"
    ]
    assert len(told[ASSERTIONS.name]) == 1
