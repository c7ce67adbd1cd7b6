from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from placewatch.topics import ALERTS, DEADLETTERS, EVENTS, STATUSES
from sinks.decoding import Outcome, decode


@given(topic=st.sampled_from([ALERTS, STATUSES, EVENTS, DEADLETTERS]), value=st.binary())
def test_no_bytes_at_all_raise(topic, value: bytes) -> None:
    decoded = decode(topic.name, value)
    assert decoded.outcome is Outcome.MALFORMED
    assert decoded.record is None
    assert decoded.error


@pytest.mark.parametrize(
    "value", [b"null", b"[]", b"{}", b'"text"', b"\xff\xfe", b'{"alert_id": "\\ud800"}']
)
def test_json_that_is_no_alert_is_malformed(value: bytes) -> None:
    assert decode(ALERTS.name, value).outcome is Outcome.MALFORMED


def test_a_time_without_zone_is_malformed_and_named(make_alert) -> None:
    value = make_alert(1).to_json().replace(b"13:00:00Z", b"13:00:00")
    assert "at: " in decode(ALERTS.name, value).error


def test_no_value_is_a_tombstone() -> None:
    assert decode(STATUSES.name, None).outcome is Outcome.TOMBSTONE


def test_a_record_is_routed_by_its_topic(make_alert, make_status) -> None:
    decoded = decode(STATUSES.name, make_status().to_json())
    assert (decoded.outcome, decoded.record) == (Outcome.ROUTED, make_status())
    assert decode(STATUSES.name, make_alert().to_json()).outcome is Outcome.MALFORMED
