"""An alert's CloudEvents 1.0 attributes: the same on the topic, where they are Kafka headers, and in a webhook."""

from __future__ import annotations

from placewatch.records import Alert


TYPE = "placewatch.alert.v1"
SOURCE = "/placewatch/streams/track"


def attributes_of(alert: Alert) -> dict[str, str]:
    """Return the context attributes by name; `source` and `id` together tell repeats."""
    return {
        "specversion": "1.0",
        "id": alert.alert_id,
        "type": TYPE,
        "source": SOURCE,
        "time": alert.at.isoformat(),
        "subject": alert.place,
    }
