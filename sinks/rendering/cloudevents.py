"""Alerts as CloudEvents 1.0 in JSON: one event, or a batch of several."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from placewatch.cloudevents import attributes_of
from placewatch.records import Alert


EVENT_MEDIA_TYPE = "application/cloudevents+json"
BATCH_MEDIA_TYPE = "application/cloudevents-batch+json"


def cloud_event(alert: Alert) -> dict[str, Any]:
    """Return an alert as a CloudEvent, the record as its data."""
    data = json.loads(alert.to_json())
    return attributes_of(alert) | {"datacontenttype": "application/json", "data": data}


def body_of(alerts: Sequence[Alert]) -> tuple[str, bytes]:
    """Return the media type and the bytes of one event or a batch; ASCII, so that no reader takes it for another text."""
    events = [cloud_event(alert) for alert in alerts]
    is_single = len(events) == 1
    content = json.dumps(events[0] if is_single else events, allow_nan=False, separators=(",", ":"))
    return (EVENT_MEDIA_TYPE if is_single else BATCH_MEDIA_TYPE), content.encode()
