"""`watch add` and `watch remove` reach the services through the broker that run.json names."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from placewatch.kafka import create_topics, make_consumer
from placewatch.records import WatchedPlace
from placewatch.settings import Settings
from placewatch.topics import WATCHLIST


@pytest.mark.broker
def test_places_added_and_removed_are_published(broker_settings: Settings, tmp_path: Path) -> None:
    create_topics(broker_settings)
    note = json.dumps(
        {"bootstrap_servers": broker_settings.bootstrap_servers, "is_broker_embedded": True}
    )
    (broker_settings.state_dir / "run.json").write_text(note, encoding="utf-8")
    env = {k: v for k, v in os.environ.items() if not k.startswith("PLACEWATCH_")}
    env["PLACEWATCH_STATE_DIR"] = str(broker_settings.state_dir)
    for command in ("add", "remove"):
        subprocess.run(
            [Path(sys.executable).with_name("placewatch"), "watch", command, "Rastan, Syria"],
            cwd=tmp_path, env=env, check=True, timeout=60,
        )  # fmt: skip
    assert _published(broker_settings, count=2) == [
        (b"rastan-syria", "Rastan, Syria", False),
        (b"rastan-syria", "Rastan, Syria", True),
    ]


def _published(settings: Settings, count: int) -> list[tuple[bytes, str, bool]]:
    """Return the first `count` records of the watchlist topic, waiting up to 20 s."""
    consumer = make_consumer(settings, WATCHLIST.name)
    found: list[tuple[bytes, str, bool]] = []
    for _ in range(100):
        for records in consumer.poll(timeout_ms=200).values():
            for record in records:
                place = WatchedPlace.from_json(record.value)
                found.append((record.key, place.place, place.is_removed))
        if len(found) >= count:
            break
    consumer.close()
    return found
