"""The records on the topics: frozen, validated at the boundary, JSON both ways.

Records grow by optional fields; a reader ignores fields it does not know. Bytes that are not the record they
should be raise `RecordError`; callers send them to the dead letters.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Self

from pydantic import AwareDatetime, Field, field_validator

from placewatch.record_base import Identifier, Record
from placewatch.vocabulary import (
    OF_REGION_PART,
    SECOND_OPINION,
    STILL_LEAVING,
    TOLD_OF_PART,
    CapCertainty,
    Certainty,
    Control,
    Credibility,
    DatePrecision,
    Factuality,
    MarkRole,
    MsgType,
    PlaceKind,
    Reliability,
    Sameness,
    State,
    TextQuality,
)


class Article(Record):
    """One version of one news item. `article_id` survives edits, `revision` counts them from 0.

    `seen_in` are the feeds that told of its address; `duplicate_of` the article that probably told it first, by
    `sameness`. `text_quality` says how much of it `text` is, `is_paywalled` what the page says of itself.
    """

    article_id: Identifier
    revision: int = Field(default=0, ge=0)
    source_id: Identifier
    feed_id: str | None = None
    url: str = ""
    canonical_url: str = ""
    title: str = ""
    summary: str = ""
    text: str = ""
    language: str | None = None
    authors: tuple[str, ...] = ()
    published_at: AwareDatetime
    updated_at: AwareDatetime | None = None
    fetched_at: AwareDatetime
    date_source: str = "feed"
    date_precision: DatePrecision = DatePrecision.DAY
    content_hash: str = ""
    is_backfill: bool = False
    parser: str = ""
    seen_in: tuple[str, ...] = ()
    duplicate_of: Identifier | None = None
    sameness: Sameness | None = None
    text_quality: TextQuality | None = None
    is_paywalled: bool | None = None

    @property
    def body(self) -> str:
        """The article's text, or its summary when the feed gave no more."""
        return self.text or self.summary

    @property
    def told_at(self) -> datetime:
        """When this revision came out: the first when it was published, a later one when it was edited."""
        return self.updated_at if self.revision and self.updated_at else self.published_at


class Evidence(Record):
    """The sentence that says it; `start` and `end` are character offsets into title + newline + body."""

    sentence: str
    start: int = Field(ge=0)
    end: int = Field(ge=0)


class Mark(Record):
    """The words of the evidence that play a part; offsets into title + newline + body, as those of the evidence."""

    role: MarkRole
    start: int = Field(ge=0)
    end: int = Field(ge=0)


class Report(Record):
    """What one article says of one place."""

    place_id: Identifier
    place: str
    state: State
    factuality: Factuality
    actor: str | None = None
    against: str | None = None
    attributed_to: str | None = None
    evidence: Evidence
    event_date: date | None = None
    date_precision: DatePrecision = DatePrecision.UNKNOWN
    geo_precision: int = Field(default=1, ge=1, le=3)
    trigger: str = ""
    marks: tuple[Mark, ...] = ()
    reasons: tuple[str, ...] = ()
    acled: str | None = None
    cameo: str | None = None
    plover: str | None = None

    @property
    def is_second_opinion(self) -> bool:
        """Whether the second opinion alone makes it: no words triggered it, and nothing else is a reason."""
        is_signed = bool(self.reasons) and all(r.startswith(SECOND_OPINION) for r in self.reasons)
        return is_signed and not self.trigger

    @property
    def is_told_of_part(self) -> bool:
        """Whether it tells of its place only by what happens in a part of it."""
        return any(reason.startswith(TOLD_OF_PART) for reason in self.reasons)

    @property
    def is_of_region_part(self) -> bool:
        """Whether a region is named and only a piece of it is meant ("the region west of the river")."""
        return OF_REGION_PART in self.reasons

    @property
    def is_still_leaving(self) -> bool:
        """Whether who leaves is told to be about it ("is retreating from"), not to have left."""
        return STILL_LEAVING in self.reasons


class Reading(Record):
    """All the reports of one revision of one article on one place. An empty one takes earlier ones back.

    `reread` is how often the same revision was read anew with another outcome, as after a change of the lexicon.
    """

    place_id: Identifier
    place: str
    article_id: Identifier
    revision: int = Field(default=0, ge=0)
    reread: int = Field(default=0, ge=0)
    source_id: Identifier
    url: str = ""
    title: str = ""
    published_at: AwareDatetime
    updated_at: AwareDatetime | None = None
    fetched_at: AwareDatetime
    is_backfill: bool = False
    shingles: tuple[int, ...] = ()
    reader: str = ""
    reports: tuple[Report, ...] = ()

    @field_validator("published_at", "updated_at", "fetched_at")
    @classmethod
    def _in_the_one_utc(cls, moment: datetime | None) -> datetime | None:
        """Moments in one and the same UTC are compared ten times as fast; tracking compares them again and again."""
        is_utc = moment is not None and moment.tzinfo is not UTC and not moment.utcoffset()
        return moment.replace(tzinfo=UTC) if moment is not None and is_utc else moment

    @property
    def told_at(self) -> datetime:
        """When this revision came out: the first when it was published, a later one when it was edited."""
        return self.updated_at if self.revision and self.updated_at else self.published_at

    @property
    def cause(self) -> str:
        """The id of this input: the same for every delivery of it."""
        again = f":{self.reread}" if self.reread else ""
        return f"{self.article_id}:{self.revision}{again}"

    @property
    def version(self) -> tuple[int, int]:
        """What is the greater, the newer this is of the readings of one article."""
        return self.revision, self.reread

    def lean(self) -> Self:
        """Note no longer which fields of it and of its reports were given; return the reading."""
        for report in self.reports:
            report.lean().evidence.lean()
        return super().lean()


class Origin(Record):
    """Who a report really comes from; `side` is None for a neutral one."""

    origin_id: Identifier
    name: str
    side: str | None = None
    reliability: Reliability = Reliability.F


class Citation(Record):
    """One piece of evidence behind an event, status or alert: whose words, where, and how they counted.

    `counted` and `joined` are words of tracking's reasons: what the report weighed, and why it is in its event,
    None where it is in none.
    """

    article_id: str
    revision: int = 0
    source_id: str
    url: str = ""
    title: str = ""
    published_at: AwareDatetime
    origin: Origin
    state: State
    factuality: Factuality
    actor: str | None = None
    sentence: str
    counted: str = "counted"
    joined: str | None = None

    @property
    def has_counted(self) -> bool:
        """Whether it took part in the decision: any word that does not begin so is why it did not."""
        return self.counted.startswith("counted")

    @property
    def is_evidence_for(self) -> bool:
        """Whether it counted for its event, rather than against it."""
        return self.has_counted and self.factuality is not Factuality.DENIED


class Event(Record):
    """One occurrence told by one or more reports.

    `grounds` and `move` are words of tracking's reasons: why it is as sure as it is, and what it did to the status.
    """

    event_id: Identifier
    place_id: Identifier
    place: str
    state: State
    actor: str | None = None
    side: str | None = None
    against: str | None = None
    event_date: date
    date_precision: DatePrecision = DatePrecision.DAY
    certainty: Certainty
    credibility: Credibility
    grounds: str | None = None
    move: str | None = None
    origins: tuple[Origin, ...] = ()
    citations: tuple[Citation, ...] = ()
    first_reported_at: AwareDatetime
    last_reported_at: AwareDatetime
    assessed_at: AwareDatetime
    acled: str | None = None
    cameo: str | None = None
    plover: str | None = None


class Status(Record):
    """What holds at a place now, how sure that is, and why.

    `event_ids` brought it about; `considered_ids` are the newest events that were weighed, whether they did anything
    or not; `set_aside` are the newest reports that belong to no event, each with the reason.
    """

    place_id: Identifier
    place: str
    control: Control
    holder: str | None = None
    opponent: str | None = None
    certainty: Certainty = Certainty.CLAIMED
    grounds: str | None = None
    since: AwareDatetime | None = None
    last_confirmed_at: AwareDatetime | None = None
    is_stale: bool = False
    assessed_at: AwareDatetime
    reason: str = ""
    event_ids: tuple[str, ...] = ()
    considered_ids: tuple[str, ...] = ()
    citations: tuple[Citation, ...] = ()
    set_aside: tuple[Citation, ...] = ()
    alert_id: str | None = None
    latitude: float | None = None
    longitude: float | None = None


class Alert(Record):
    """A change of status. `at` is stream time: that of the article that tipped it.

    `country`, `country_code`, `admin1` (province, governorate, oblast), `kind` and `part_of` are those of the watched
    place, where they are known: what alerts are routed by.
    """

    alert_id: Identifier
    msg_type: MsgType
    references: tuple[str, ...] = ()
    place_id: Identifier
    place: str
    at: AwareDatetime
    control: Control
    holder: str | None = None
    opponent: str | None = None
    certainty: Certainty
    grounds: str | None = None
    previous_control: Control = Control.UNKNOWN
    previous_holder: str | None = None
    previous_certainty: Certainty | None = None
    since: AwareDatetime | None = None
    reason: str
    headline: str
    cap_certainty: CapCertainty
    admiralty: str = Field(default="F6", pattern=r"^[A-F][1-6]$")
    acled: str | None = None
    cameo: str | None = None
    plover: str | None = None
    event_ids: tuple[str, ...] = ()
    citations: tuple[Citation, ...] = ()
    cause: str = ""
    policy: str = ""
    latitude: float | None = None
    longitude: float | None = None
    country: str | None = None
    country_code: str | None = None
    admin1: str | None = None
    kind: PlaceKind | None = None
    part_of: str | None = None


class Assertion(Record):
    """What is taken as given for a place: its baseline, a status restored from the ledger, an analyst's word."""

    assertion_id: Identifier
    place_id: Identifier
    place: str
    kind: str = Field(default="baseline", pattern="^(baseline|ledger|analyst)$")
    control: Control
    holder: str | None = None
    opponent: str | None = None
    certainty: Certainty = Certainty.SETTLED
    as_of: AwareDatetime
    since: AwareDatetime | None = None
    by: str = ""
    note: str = ""
    alert_id: str | None = None
    is_revoked: bool = False


class WatchedPlace(Record):
    """A tracked place as the gazetteer resolved it. `is_removed` takes it off the watchlist.

    `part_of` is the id of the town that it is a quarter, a suburb, a base or the airport of, where that is tracked.
    """

    place_id: Identifier
    place: str
    name: str
    country: str | None = None
    country_code: str | None = None
    admin1: str | None = None
    kind: PlaceKind = PlaceKind.POPULATED_PLACE
    aliases: tuple[str, ...] = ()
    blockers: tuple[str, ...] = ()
    latitude: float | None = None
    longitude: float | None = None
    geonameid: int | None = None
    population: int | None = None
    resolution: str = Field(default="resolved", pattern="^(resolved|ambiguous|unresolved)$")
    candidates: tuple[str, ...] = ()
    part_of: Identifier | None = None
    baseline: Assertion | None = None
    is_removed: bool = False


class DeadLetter(Record):
    """Something that could not be used: the bytes (base64), the reason, and where it came from."""

    reason: str
    error: str
    where: str
    at: AwareDatetime
    raw: str = ""
