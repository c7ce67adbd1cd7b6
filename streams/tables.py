"""The worker's state: Faust tables, each with a changelog from which another worker restores it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from placewatch.record_base import Record
from streams.app import MAX_REQUEST_BYTES, app
from streams.place_table import PlaceTable
from streams.reading.revisions import Reported
from streams.tracking.heartbeat import Subject


class Listened(Record):
    """What is known of whom the `listen` agent listens for, and the partition of what it heard."""

    subject: Subject
    partition: int = 0


class Stored:
    """A table of records under text keys, written with the partition of what caused the change.

    Faust takes the partition from its current event, which in a batch is not the one that is applied and in a
    timer does not exist; so it is named here.
    """

    def __init__(self, table: Any, record: type[Record]) -> None:
        self._table = table
        self._record = record

    def get(self, key: str) -> Any:
        """Return the record under `key`, None when there is none."""
        raw = self._table.data.get(key.encode())
        return None if raw is None else self._record.from_json(raw)

    def put(self, key: str, record: Record, partition: int) -> None:
        """Keep a record, here and in the changelog."""
        raw = record.to_json()
        self._table.send_changelog(partition, key.encode(), raw)
        self._table.data[key.encode()] = raw

    def remove(self, key: str, partition: int) -> None:
        """Forget a record, here and in the changelog."""
        self._table.send_changelog(partition, key.encode(), None)
        self._table.data.pop(key.encode(), None)

    def keys(self) -> Iterator[str]:
        """Yield the keys."""
        yield from [key.decode() for key in self._table.data]


def table(name: str) -> Any:
    """Return a table of bytes, whose changelog takes records as large as the producer sends; Kafka's default is 1 MiB."""
    kept = {"max.message.bytes": str(MAX_REQUEST_BYTES)}
    return app.Table(name, key_type=bytes, value_type=bytes, extra_topic_configs=kept)


reported = Stored(table("reported"), Reported)
places = PlaceTable(table("places"), table("place_readings"))
subjects = Stored(table("subjects"), Listened)
