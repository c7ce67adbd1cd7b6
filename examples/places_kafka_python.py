"""Prints what holds at every place now, then what changes; with kafka-python (pip install kafka-python).

python places_kafka_python.py localhost:9092
"""

import json
import sys

from kafka import KafkaConsumer, TopicPartition


STATUSES = "placewatch.statuses.v1"
ALERTS = "placewatch.alerts.v1"


def line(status: dict) -> str:
    """Return a status on one line."""
    joint = " by" if status["control"] == "held" else ", held by"
    holder = f"{joint} {status['holder']}" if status.get("holder") else ""
    return f"{status['place']}: {status['control']}{holder}, {status['certainty']}"


class Places:
    """What holds at every place, kept up to date, and told."""

    def __init__(self) -> None:
        self.newest: dict[bytes, dict] = {}
        self.told: set[str] = set()
        self.is_present_known = False

    def take_status(self, key: bytes, value: bytes | None) -> None:
        """Keep the newest of each key; a tombstone, a record without a value, takes it away."""
        before = self.newest.pop(key, None)
        if value is not None:
            status = self.newest[key] = json.loads(value)
            # Repeats, and confirmations, say nothing new.
            if self.is_present_known and (before is None or line(before) != line(status)):
                print(f"changed  {line(status)}", flush=True)
        elif before is not None and self.is_present_known:
            print(f"gone     {before['place']}", flush=True)

    def take_alert(self, headers: dict[str, str], value: bytes) -> None:
        """Tell an alert, a CloudEvent, once: everything may be delivered twice, and ce_id tells."""
        if headers["ce_type"] == "placewatch.alert.v1" and headers["ce_id"] not in self.told:
            self.told.add(headers["ce_id"])
            alert = json.loads(value)
            print(
                f"alert    {headers['ce_id']} {alert['msg_type']}: {alert['headline']}", flush=True
            )

    def tell_present(self) -> None:
        """Tell what holds, once all of the past was read."""
        self.is_present_known = True
        for status in sorted(self.newest.values(), key=lambda status: status["place"]):
            print(f"now      {line(status)}", flush=True)


def main(servers: str) -> None:
    """Read the statuses from their beginning to their end, then follow them and the alerts."""
    # No group and no commits: every start reads the present anew.
    consumer = KafkaConsumer(bootstrap_servers=servers, enable_auto_commit=False)
    statuses, alerts = (
        [TopicPartition(topic, number) for number in consumer.partitions_for_topic(topic)]
        for topic in (STATUSES, ALERTS)
    )
    consumer.assign(statuses + alerts)
    # Asked before anything is read, so that no alert falls in between.
    ends = consumer.end_offsets(statuses + alerts)
    consumer.seek_to_beginning(*statuses)
    for part in alerts:
        consumer.seek(part, ends[part])

    places = Places()
    while True:
        for records in consumer.poll(timeout_ms=500).values():
            for record in records:
                if record.topic == STATUSES:
                    places.take_status(record.key, record.value)
                else:
                    headers = {name: value.decode() for name, value in record.headers}
                    places.take_alert(headers, record.value)
        # By position, not by the last offset seen: compaction leaves holes.
        if not places.is_present_known and all(consumer.position(p) >= ends[p] for p in statuses):
            places.tell_present()


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "localhost:9092")
