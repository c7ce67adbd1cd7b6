"""What an analyst says of a place, and how the tracker hears of it: from the command line and from the board."""

from __future__ import annotations

from datetime import datetime

from placewatch.errors import BrokerError, RecordError
from placewatch.kafka import telling
from placewatch.places import Producer
from placewatch.records import Assertion
from placewatch.running import with_running_broker
from placewatch.settings import Settings
from placewatch.topics import ASSERTIONS
from placewatch.vocabulary import Control


SAID_FILE = "said.jsonl"


def analyst_assertion(
    place_id: str,
    place: str,
    control: Control | None,
    *,
    now: datetime,
    holder: str | None = None,
    note: str = "",
    by: str = "analyst",
) -> Assertion:
    """Return what an analyst says holds at a place; without a `control` that what was said is taken back."""
    return Assertion(
        assertion_id=f"analyst-{place_id}",
        place_id=place_id,
        place=place,
        kind="analyst",
        control=control or Control.UNKNOWN,
        holder=holder,
        as_of=now,
        by=by,
        note=note,
        is_revoked=control is None,
    )


def tell_tracker(assertion: Assertion, settings: Settings) -> None:
    """Publish what an analyst says, and keep it where the broker would forget it.

    Raises:
        BrokerError: no services run and no Kafka is set, or it cannot be reached, or does not take it.
    """
    running = with_running_broker(settings)
    if running is None:
        raise BrokerError(
            "no services run here and no Kafka is set: start `placewatch up`, or set PLACEWATCH_BOOTSTRAP_SERVERS"
        )
    with telling(running, ASSERTIONS) as told:
        publish_assertion(assertion, told)
    if running.is_broker_embedded:
        remember(assertion, settings)


def publish_assertion(assertion: Assertion, producer: Producer) -> None:
    """Send one assertion to its topic; the caller waits for the broker's word."""
    producer.send(ASSERTIONS.name, key=assertion.place_id.encode(), value=assertion.to_json())


def remember(assertion: Assertion, settings: Settings) -> None:
    """Keep what an analyst said on disk: the embedded broker forgets it with everything else."""
    with (settings.state_dir / SAID_FILE).open("ab") as said:
        said.write(assertion.to_json() + b"\n")


def remembered(settings: Settings) -> list[Assertion]:
    """Return what analysts said, the last word of each on each place.

    Raises:
        RecordError: a line of the file is no assertion; the message names the file.
    """
    path = settings.state_dir / SAID_FILE
    if not path.is_file():
        return []
    try:
        said = [Assertion.from_json(line) for line in path.read_bytes().splitlines() if line]
    except RecordError as error:
        raise RecordError(f"{path}: {error}; correct or remove that line") from error
    return list({assertion.assertion_id: assertion for assertion in said}.values())
