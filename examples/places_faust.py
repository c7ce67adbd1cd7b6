"""Prints what holds at every place now, then what changes; an agent of Faust (pip install faust-streaming).

KAFKA=localhost:9092 faust -A places_faust worker --without-web
"""

import asyncio
import json
import os
import sys
import tempfile
import uuid

import faust
from faust.types import TP


STATUSES = "placewatch.statuses.v1"
ALERTS = "placewatch.alerts.v1"

app = faust.App(
    # An id of its own each time: a worker alone in its group gets every partition, from the beginning.
    f"places-example-{uuid.uuid4()}",
    broker=f"kafka://{os.environ.get('KAFKA', 'localhost:9092')}",
    consumer_auto_offset_reset="earliest",
    broker_session_timeout=6,  # in seconds; the embedded broker lets nobody in for half of it
    broker_heartbeat_interval=2,
    topic_disable_leader=True,  # it makes no topics of its own
    datadir=f"{tempfile.gettempdir()}/places-example",
)
# Plain bytes, so that a tombstone, or a record that is not what it should be, reaches the agent.
RAW = {"key_type": bytes, "value_type": bytes, "key_serializer": "raw", "value_serializer": "raw"}


def tell(text: str) -> None:
    """Print a line; a Faust worker takes sys.stdout for its log."""
    print(text, file=sys.__stdout__, flush=True)


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
        self.read: dict[TP, int] = {}  # the next offset of each partition
        self.ends: dict[TP, int] = {}  # where each partition ended at the start
        self.are_ends_known = asyncio.Event()
        self.is_present_known = False

    def take_status(self, key: bytes, value: bytes | None) -> None:
        """Keep the newest of each key; a tombstone, a record without a value, takes it away."""
        before = self.newest.pop(key, None)
        if value is not None:
            status = self.newest[key] = json.loads(value)
            # Repeats, and confirmations, say nothing new.
            if self.is_present_known and (before is None or line(before) != line(status)):
                tell(f"changed  {line(status)}")
        elif before is not None and self.is_present_known:
            tell(f"gone     {before['place']}")

    def take_alert(self, headers: dict[str, bytes], value: bytes) -> None:
        """Tell an alert, a CloudEvent, once: everything may be delivered twice, and ce_id tells."""
        alert_id = headers["ce_id"].decode()
        if headers["ce_type"] == b"placewatch.alert.v1" and alert_id not in self.told:
            self.told.add(alert_id)
            alert = json.loads(value)
            tell(f"alert    {alert_id} {alert['msg_type']}: {alert['headline']}")

    def tell_present(self) -> None:
        """Tell what holds, once all of the past was read."""
        statuses = {part: end for part, end in self.ends.items() if part.topic == STATUSES}
        if self.is_present_known or any(self.read[part] < end for part, end in statuses.items()):
            return
        self.is_present_known = True
        for status in sorted(self.newest.values(), key=lambda status: status["place"]):
            tell(f"now      {line(status)}")


places = Places()


@app.on_rebalance_complete.connect
async def ask_for_the_ends(_sender, **_) -> None:
    """Ask where the partitions begin and end, once they are this worker's."""
    if not places.ends:
        parts = app.consumer.assignment()
        places.read = dict(await app.consumer.earliest_offsets(*parts))
        places.ends = dict(await app.consumer.highwaters(*parts))
        places.tell_present()
        places.are_ends_known.set()


@app.agent(app.topic(STATUSES, **RAW))
async def follow_statuses(stream) -> None:
    """Take statuses from the beginning on."""
    async for event in stream.events():
        await places.are_ends_known.wait()
        places.take_status(event.message.key, event.message.value)
        places.read[event.message.tp] = event.message.offset + 1
        places.tell_present()


@app.agent(app.topic(ALERTS, **RAW))
async def follow_alerts(stream) -> None:
    """Take the alerts that come; those that were there are told by the statuses."""
    async for event in stream.events():
        await places.are_ends_known.wait()
        if event.message.offset >= places.ends[event.message.tp]:
            places.take_alert(dict(event.message.headers), event.message.value)
