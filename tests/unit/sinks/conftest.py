"""Records and ledgers for the tests of the sinks."""

from __future__ import annotations

from collections.abc import Callable, Iterator, MutableMapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from placewatch.feed_health import FeedHealth
from placewatch.heartbeats import Heartbeat
from placewatch.records import Alert, Citation, Event, Origin, Status
from sinks.ledger import Ledger


NOON = datetime(2024, 12, 6, 12, tzinfo=UTC)


@pytest.fixture
def make_citation() -> Callable[..., Citation]:
    def make(number: int = 1, **changes: Any) -> Citation:
        fields: dict[str, Any] = {
            "article_id": f"article-{number}",
            "source_id": "wire.example",
            "url": f"https://wire.example/{number}",
            "title": f"Fighters enter Rastan ({number})",
            "published_at": NOON + timedelta(hours=number),
            "origin": Origin(origin_id="monitor", name="The Monitor", reliability="B"),
            "state": "captured",
            "factuality": "asserted",
            "sentence": "Fighters took Rastan without much of a battle.",
        }
        return Citation.model_validate(fields | changes)

    return make


@pytest.fixture
def make_alert(make_citation: Callable[..., Citation]) -> Callable[..., Alert]:
    def make(number: int = 1, **changes: Any) -> Alert:
        fields: dict[str, Any] = {
            "alert_id": f"alert-{number}",
            "msg_type": "Alert",
            "place_id": "rastan-syria",
            "place": "Rastan, Syria",
            "at": NOON + timedelta(hours=number),
            "control": "held",
            "holder": "Hayat Tahrir al-Sham",
            "certainty": "claimed",
            "reason": "taken",
            "headline": "Rastan, Syria is held by Hayat Tahrir al-Sham.",
            "cap_certainty": "Possible",
            "admiralty": "B3",
            "event_ids": ("event-1",),
            "citations": (make_citation(1), make_citation(2)),
            "latitude": 34.93,
            "longitude": 36.73,
        }
        return Alert.model_validate(fields | changes)

    return make


@pytest.fixture
def make_status(make_citation: Callable[..., Citation]) -> Callable[..., Status]:
    def make(hours: float = 0, **changes: Any) -> Status:
        fields: dict[str, Any] = {
            "place_id": "rastan-syria",
            "place": "Rastan, Syria",
            "control": "held",
            "holder": "Hayat Tahrir al-Sham",
            "certainty": "confirmed",
            "since": NOON,
            "last_confirmed_at": NOON,
            "assessed_at": NOON + timedelta(hours=hours),
            "reason": "taken",
            "event_ids": ("event-1",),
            "citations": (make_citation(1),),
            "alert_id": "alert-1",
        }
        return Status.model_validate(fields | changes)

    return make


@pytest.fixture
def make_event(make_citation: Callable[..., Citation]) -> Callable[..., Event]:
    def make(number: int = 1, hours: float = 0, **changes: Any) -> Event:
        fields: dict[str, Any] = {
            "event_id": f"event-{number}",
            "place_id": "rastan-syria",
            "place": "Rastan, Syria",
            "state": "captured",
            "actor": "Hayat Tahrir al-Sham",
            "event_date": date(2024, 12, 6),
            "certainty": "confirmed",
            "credibility": "2",
            "origins": (Origin(origin_id="monitor", name="The Monitor", reliability="B"),),
            "citations": (make_citation(1), make_citation(2)),
            "first_reported_at": NOON,
            "last_reported_at": NOON + timedelta(hours=hours),
            "assessed_at": NOON + timedelta(hours=hours),
            "acled": "Non-state actor overtakes territory",
            "cameo": "192",
        }
        return Event.model_validate(fields | changes)

    return make


@pytest.fixture
def make_heartbeat() -> Callable[..., Heartbeat]:
    def make(hours: float = 0, **changes: Any) -> Heartbeat:
        fields: dict[str, Any] = {
            "kind": "place",
            "subject_id": "rastan-syria",
            "label": "Rastan, Syria",
            "state": "quiet",
            "reason": "silent_beyond_its_pace",
            "last_heard_at": NOON - timedelta(days=9),
            "usual_gap_s": 6 * 3600,
            "quiet_after_s": 48 * 3600,
            "quiet_since": NOON,
            "assessed_at": NOON + timedelta(hours=hours),
            "hours": "41041",
        }
        return Heartbeat.model_validate(fields | changes)

    return make


@pytest.fixture
def make_health() -> Callable[..., FeedHealth]:
    def make(hours: float = 0, **changes: Any) -> FeedHealth:
        fields: dict[str, Any] = {
            "feed_id": "wire",
            "source_id": "wire.example",
            "title": "The Wire",
            "url": "https://wire.example/rss",
            "state": "failing",
            "before": "ok",
            "reason": "not_found",
            "advice": "look at its address",
            "is_in_trouble": True,
            "last_error": "404",
            "since": NOON + timedelta(hours=hours),
        }
        return FeedHealth.model_validate(fields | changes)

    return make


@pytest.fixture
def logged() -> Iterator[list[MutableMapping[str, Any]]]:
    """What is logged while the test runs."""
    with capture_logs() as lines:
        yield lines


@pytest.fixture
def ledger_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'state' / 'ledger.db'}"


@pytest.fixture
def ledger(ledger_url: str) -> Iterator[Ledger]:
    with Ledger(ledger_url) as opened:
        yield opened
