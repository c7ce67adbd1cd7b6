"""Alerts and statuses for the tests of the writers, usual ones and hostile ones."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import strategies as st

from placewatch import redaction
from placewatch.records import Alert, Citation, Status


NOON = datetime(2024, 12, 6, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def forgotten_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each test begins without secrets, and leaves none."""
    monkeypatch.setattr(redaction, "_secrets", frozenset())
    monkeypatch.setattr(redaction, "_pattern", None)


@pytest.fixture
def make_citation() -> Callable[..., Citation]:
    def make(number: int = 1, **changes: Any) -> Citation:
        fields: dict[str, Any] = {
            "article_id": f"article-{number}",
            "source_id": f"wire{number}.example",
            "url": f"https://wire.example/{number}",
            "title": f"Fighters enter Rastan ({number})",
            "published_at": NOON + timedelta(hours=number),
            "origin": {"origin_id": "monitor", "name": "The Monitor", "reliability": "B"},
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
            "since": NOON,
            "control": "held",
            "holder": "Hayat Tahrir al-Sham",
            "certainty": "claimed",
            "previous_control": "contested",
            "previous_holder": "Syrian government",
            "reason": "taken",
            "headline": "Rastan, Syria is held by Hayat Tahrir al-Sham.",
            "cap_certainty": "Possible",
            "admiralty": "B3",
            "acled": "Non-state actor overtakes territory",
            "cameo": "192",
            "plover": "COERCE/seize",
            "event_ids": ("event-1",),
            "citations": (make_citation(1), make_citation(2)),
            "latitude": 34.93,
            "longitude": 36.73,
        }
        return Alert.model_validate(fields | changes)

    return make


@pytest.fixture
def make_status(make_citation: Callable[..., Citation]) -> Callable[..., Status]:
    def make(**changes: Any) -> Status:
        fields: dict[str, Any] = {
            "place_id": "rastan-syria",
            "place": "Rastan, Syria",
            "control": "held",
            "holder": "Hayat Tahrir al-Sham",
            "certainty": "confirmed",
            "since": NOON,
            "last_confirmed_at": NOON,
            "assessed_at": NOON,
            "reason": "taken",
            "citations": (make_citation(1),),
            "alert_id": "alert-1",
            "latitude": 34.93,
            "longitude": 36.73,
        }
        return Status.model_validate(fields | changes)

    return make


# What people write who mean ill, and what breaks parsers.
HOSTILE_TEXTS = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "</content><entry/>]]><info/>",
    "&xxe; &#0; &lt;b&gt;",
    "<!DOCTYPE x [<!ENTITY e SYSTEM 'file:///etc/passwd'>]>",
    "javascript:alert(1)",
    'https://x.example/"><svg onload=alert(1)>',
    "a,b c&<d",
    "../../etc/passwd",
    '=HYPERLINK("https://x.example","x")',
    "@everyone <!channel> [x](https://x.example)",
    "\u202egnp.exe\u202c \x00\x1b[2J\ufffe\u2028",
)


@pytest.fixture(scope="session")
def hostile_alerts() -> st.SearchStrategy[Alert]:
    """Alerts whose every text is hostile; what a record refuses to hold (lone surrogates) cannot come."""
    text = st.sampled_from(HOSTILE_TEXTS) | st.text(
        st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40
    )
    moment = st.datetimes(datetime(1, 1, 3), datetime(9999, 12, 29), timezones=st.just(UTC))  # noqa: DTZ001
    number = st.floats() | st.none()
    origin = st.fixed_dictionaries({"origin_id": text, "name": text})
    citation = st.fixed_dictionaries(
        {
            "article_id": text,
            "source_id": text,
            "url": text,
            "title": text,
            "sentence": text,
            "published_at": moment,
            "origin": origin,
            "state": st.just("captured"),
            "factuality": st.just("asserted"),
        }
    )
    names = (
        "alert_id",
        "place_id",
        "place",
        "headline",
        "holder",
        "opponent",
        "previous_holder",
        "reason",
    )
    fields = dict.fromkeys((*names, "acled", "cameo", "plover", "grounds"), text) | {
        "msg_type": st.sampled_from(["Alert", "Update", "Cancel"]),
        "references": st.lists(text, max_size=2),
        "at": moment,
        "since": moment | st.none(),
        "control": st.sampled_from(["held", "contested"]),
        "certainty": st.just("claimed"),
        "cap_certainty": st.just("Possible"),
        "latitude": number,
        "longitude": number,
        "citations": st.lists(citation, max_size=2),
    }
    return st.fixed_dictionaries(fields).map(Alert.model_validate)
