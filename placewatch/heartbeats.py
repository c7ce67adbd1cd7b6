"""The records of who is heard of, and of who has gone quiet."""

from __future__ import annotations

from pydantic import AwareDatetime, Field

from placewatch.record_base import Identifier, Record
from placewatch.vocabulary import Pulse, SubjectKind


# One key for all that is heard: one partition, and so one reader, has everything.
HEARD_KEY = b"stream"


class Hearing(Record):
    """When a feed, a place or the stream was heard of: the latest moment of each hour.

    `hours`, if given, are more hours, as those of a heartbeat: the lowest bit is the hour of the latest moment.
    """

    kind: SubjectKind
    subject_id: Identifier
    label: str
    at: tuple[AwareDatetime, ...] = Field(min_length=1)
    hours: str | None = Field(default=None, pattern=r"^[0-9a-f]+$")

    @property
    def key(self) -> str:
        """The subject's key; kinds share no ids."""
        return f"{self.kind}:{self.subject_id}"


class Heard(Record):
    """Whom a batch of articles comes from and which watched places it names. Heard twice changes nothing."""

    hearings: tuple[Hearing, ...] = Field(min_length=1)


class Heartbeat(Record):
    """Whether a feed, a place or the whole stream is heard of at its own usual pace. Never a place's status.

    `usual_gap_s` and `quiet_after_s` leave out hours in which nothing at all arrived, and are null while the pace
    is unknown; `hours` are those it was heard in, as a hexadecimal number whose lowest bit is the hour of
    `last_heard_at` and each higher bit one hour earlier.
    """

    kind: SubjectKind
    subject_id: Identifier
    label: str
    state: Pulse
    reason: str
    last_heard_at: AwareDatetime
    usual_gap_s: int | None = None
    quiet_after_s: int | None = None
    quiet_since: AwareDatetime | None = None
    assessed_at: AwareDatetime
    hours: str = Field(default="1", pattern=r"^[0-9a-f]+$")

    @property
    def key(self) -> str:
        """The subject's key; kinds share no ids."""
        return f"{self.kind}:{self.subject_id}"
