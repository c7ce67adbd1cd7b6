"""Prints what holds at every place now, then what changes; with confluent-kafka (pip install confluent-kafka).

python places_confluent.py localhost:9092
"""

import json
import sys

from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, KafkaException, TopicPartition


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


def partitions(consumer: Consumer, topic: str) -> list[int]:
    """Return the numbers of a topic's partitions."""
    return sorted(consumer.list_topics(topic, timeout=10).topics[topic].partitions)


def main(servers: str) -> None:
    """Read the statuses from their beginning to their end, then follow them and the alerts."""
    consumer = Consumer(
        {
            "bootstrap.servers": servers,
            "group.id": "places-example",  # has to be there; as nothing is committed, every start reads anew
            "enable.auto.commit": False,
            "enable.partition.eof": True,  # says when a partition was read to its end
        }
    )
    unread = set(partitions(consumer, STATUSES))
    statuses = [TopicPartition(STATUSES, number, OFFSET_BEGINNING) for number in unread]
    # Asked before anything is read, so that no alert falls in between.
    alerts = [
        TopicPartition(
            ALERTS, number, consumer.get_watermark_offsets(TopicPartition(ALERTS, number))[1]
        )
        for number in partitions(consumer, ALERTS)
    ]
    consumer.assign(statuses + alerts)

    places = Places()
    while True:
        message = consumer.poll(1.0)
        if (
            message is None
        ):  # not `if not message`: a tombstone has no length, so it would be passed over
            continue
        error = message.error()
        if error is not None and error.code() == KafkaError._PARTITION_EOF:
            if message.topic() == STATUSES:
                unread.discard(message.partition())
            if not unread and not places.is_present_known:
                places.tell_present()
        elif error is not None:
            raise KafkaException(error)
        elif message.topic() == STATUSES:
            places.take_status(message.key(), message.value())
        else:
            headers = {name: value.decode() for name, value in message.headers()}
            places.take_alert(headers, message.value())


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "localhost:9092")
