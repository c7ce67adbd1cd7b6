"""Alerts and routes for the tests of routing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from placewatch.records import Alert
from sinks.routes import Routes, load_routes


NOON = datetime(2024, 12, 6, 12, tzinfo=UTC)


@pytest.fixture
def alert() -> Callable[..., Alert]:
    """Alerts by number: alert-1, alert-2, ..., a minute apart."""

    def make(number: int = 1, **changes: Any) -> Alert:
        fields: dict[str, Any] = {
            "alert_id": f"alert-{number}",
            "msg_type": "Alert",
            "place_id": "rastan-syria",
            "place": "Rastan, Syria",
            "at": NOON + timedelta(minutes=number),
            "control": "held",
            "holder": "Hayat Tahrir al-Sham",
            "certainty": "confirmed",
            "reason": "taken",
            "headline": "Rastan is held by Hayat Tahrir al-Sham.",
            "cap_certainty": "Likely",
            "admiralty": "B2",
            "country": "Syria",
            "country_code": "SY",
            "admin1": "Homs",
            "kind": "populated_place",
            "cause": f"article-{number}:0",
        }
        return Alert.model_validate(fields | changes)

    return make


@pytest.fixture
def routes(tmp_path: Path) -> Callable[[str], Routes]:
    """Routes as a person writes them; receivers a, b and c are there unless the text has its own."""

    def make(text: str) -> Routes:
        content = yaml.safe_load(text)
        named = [{"name": name, "log": {"path": f"{name}.jsonl"}} for name in "abc"]
        path = tmp_path / "routes.yaml"
        path.write_text(yaml.safe_dump({"receivers": named, **content}), encoding="utf-8")
        return load_routes(path)

    return make
