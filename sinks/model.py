"""The ledger's tables: what a person would look for as flat columns, the whole record beside it as JSON.

Column names are those of the records and of the field (latitude, longitude, admiralty, acled, ...), so that any
SQL tool or map can use them. The migrations in `sinks/migrations` build these tables; a test compares the two.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import JSON, DateTime, Dialect, Double, Index, String, Text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.types import TypeDecorator, TypeEngine


class UtcTime(TypeDecorator[datetime]):
    """An aware time, kept as UTC.

    PostgreSQL has a type for it. SQLite has none: there it is ISO 8601 text of one fixed width, which sorts as
    the times do and which every tool can read.
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Return what the column is made of in this database."""
        if dialect.name == "sqlite":
            return dialect.type_descriptor(String(32))
        return dialect.type_descriptor(DateTime(timezone=True))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        """Return the value as the database takes it."""
        if value is None:
            return None
        moment = value.astimezone(UTC)
        return moment.isoformat(timespec="microseconds") if dialect.name == "sqlite" else moment

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:  # noqa: ARG002  # SQLAlchemy's signature
        """Return the aware time the database held."""
        if value is None:
            return None
        moment = datetime.fromisoformat(value) if isinstance(value, str) else value
        return moment.astimezone(UTC)


class Base(DeclarativeBase):
    """Base of all tables."""


class AlertRow(Base):
    """One alert, written once. `seq` is the order of arrival, which is the order of causes at one place.

    `routing` is NULL until it is looked up who is to be told; then "routed", or why nobody is.
    """

    __tablename__ = "alerts"
    __table_args__ = (
        Index("ix_alerts_place_id_at", "place_id", "at"),
        Index("ix_alerts_at", "at"),
        Index("ix_alerts_routing", "routing"),
    )

    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    alert_id: Mapped[str] = mapped_column(String(200), unique=True)
    msg_type: Mapped[str] = mapped_column(String(20))
    place_id: Mapped[str] = mapped_column(String(200))
    place: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(UtcTime)
    control: Mapped[str] = mapped_column(String(20))
    holder: Mapped[str | None] = mapped_column(Text)
    opponent: Mapped[str | None] = mapped_column(Text)
    certainty: Mapped[str] = mapped_column(String(20))
    headline: Mapped[str] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(Text)
    cap_certainty: Mapped[str] = mapped_column(String(20))
    admiralty: Mapped[str] = mapped_column(String(2))
    acled: Mapped[str | None] = mapped_column(Text)
    cameo: Mapped[str | None] = mapped_column(String(20))
    plover: Mapped[str | None] = mapped_column(Text)
    references: Mapped[list[str]] = mapped_column(JSON)
    latitude: Mapped[float | None] = mapped_column(Double)
    longitude: Mapped[float | None] = mapped_column(Double)
    grounds: Mapped[str | None] = mapped_column(Text)
    record: Mapped[dict[str, Any]] = mapped_column(JSON)
    routing: Mapped[str | None] = mapped_column(String(40))


class StatusRow(Base):
    """What holds at a place: the newest status, by the time it was assessed."""

    __tablename__ = "statuses"

    place_id: Mapped[str] = mapped_column(String(200), primary_key=True)
    place: Mapped[str] = mapped_column(Text)
    control: Mapped[str] = mapped_column(String(20))
    holder: Mapped[str | None] = mapped_column(Text)
    opponent: Mapped[str | None] = mapped_column(Text)
    certainty: Mapped[str] = mapped_column(String(20))
    since: Mapped[datetime | None] = mapped_column(UtcTime)
    last_confirmed_at: Mapped[datetime | None] = mapped_column(UtcTime)
    is_stale: Mapped[bool]
    assessed_at: Mapped[datetime] = mapped_column(UtcTime)
    reason: Mapped[str] = mapped_column(Text)
    alert_id: Mapped[str | None] = mapped_column(String(200))
    latitude: Mapped[float | None] = mapped_column(Double)
    longitude: Mapped[float | None] = mapped_column(Double)
    grounds: Mapped[str | None] = mapped_column(Text)
    record: Mapped[dict[str, Any]] = mapped_column(JSON)


class EventRow(Base):
    """One occurrence: its newest telling, by the time of the last report."""

    __tablename__ = "events"
    __table_args__ = (Index("ix_events_place_id_event_date", "place_id", "event_date"),)

    event_id: Mapped[str] = mapped_column(String(200), primary_key=True)
    place_id: Mapped[str] = mapped_column(String(200))
    place: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(20))
    actor: Mapped[str | None] = mapped_column(Text)
    side: Mapped[str | None] = mapped_column(Text)
    against: Mapped[str | None] = mapped_column(Text)
    event_date: Mapped[str] = mapped_column(String(10))
    certainty: Mapped[str] = mapped_column(String(20))
    credibility: Mapped[str] = mapped_column(String(2))
    origins: Mapped[int]
    first_reported_at: Mapped[datetime] = mapped_column(UtcTime)
    last_reported_at: Mapped[datetime] = mapped_column(UtcTime)
    assessed_at: Mapped[datetime] = mapped_column(UtcTime)
    acled: Mapped[str | None] = mapped_column(Text)
    cameo: Mapped[str | None] = mapped_column(String(20))
    plover: Mapped[str | None] = mapped_column(Text)
    grounds: Mapped[str | None] = mapped_column(Text)
    move: Mapped[str | None] = mapped_column(Text)
    record: Mapped[dict[str, Any]] = mapped_column(JSON)


class CitationRow(Base):
    """One piece of evidence behind an alert, a status or an event (`kind` and `parent_id` say which).

    Of the kind `set_aside` are a place's newest reports that are in no event; `counted` says why.
    """

    __tablename__ = "citations"
    __table_args__ = (Index("ix_citations_article_id", "article_id"),)

    kind: Mapped[str] = mapped_column(String(10), primary_key=True)
    parent_id: Mapped[str] = mapped_column(String(200), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    article_id: Mapped[str] = mapped_column(Text)
    revision: Mapped[int]
    source_id: Mapped[str] = mapped_column(Text)
    url: Mapped[str] = mapped_column(Text)
    title: Mapped[str] = mapped_column(Text)
    published_at: Mapped[datetime] = mapped_column(UtcTime)
    origin_id: Mapped[str] = mapped_column(Text)
    origin: Mapped[str] = mapped_column(Text)
    side: Mapped[str | None] = mapped_column(Text)
    reliability: Mapped[str] = mapped_column(String(2))
    state: Mapped[str] = mapped_column(String(20))
    factuality: Mapped[str] = mapped_column(String(20))
    actor: Mapped[str | None] = mapped_column(Text)
    sentence: Mapped[str] = mapped_column(Text)
    counted: Mapped[str] = mapped_column(Text)
    joined: Mapped[str | None] = mapped_column(Text)


class DeliveryRow(Base):
    """How far an alert got with one writer, named for its receiver; `delivered_at` is set once it had taken it.

    `reason` is what became of it (`sinks.deciding.Reason`): told, waiting until `due_at`, or never told, by the
    silence, alert or time interval in `because`. The alert log, which no route decides about, has none of these.
    """

    __tablename__ = "deliveries"
    __table_args__ = (
        Index("ix_deliveries_writer_reason", "writer", "reason"),
        Index("ix_deliveries_notification_id", "notification_id"),
    )

    alert_id: Mapped[str] = mapped_column(String(200), primary_key=True)
    writer: Mapped[str] = mapped_column(String(100), primary_key=True)
    delivered_at: Mapped[datetime | None] = mapped_column(UtcTime)
    attempts: Mapped[int]
    is_abandoned: Mapped[bool]
    last_error: Mapped[str | None] = mapped_column(Text)
    reason: Mapped[str | None] = mapped_column(String(40))
    because: Mapped[str | None] = mapped_column(Text)
    routed_at: Mapped[datetime | None] = mapped_column(UtcTime)
    due_at: Mapped[datetime | None] = mapped_column(UtcTime)
    notification_id: Mapped[str | None] = mapped_column(String(16))


class NotificationRow(Base):
    """What one receiver is told at once: put together at `created_at`, its alerts those of `deliveries` with its id.

    `route` is the path of the route that made it and `group_name` what its alerts share, which is "group" in SQL.
    """

    __tablename__ = "notifications"
    __table_args__ = (Index("ix_notifications_receiver_created_at", "receiver", "created_at"),)

    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    notification_id: Mapped[str] = mapped_column(String(16), unique=True)
    receiver: Mapped[str] = mapped_column(String(100))
    route: Mapped[str] = mapped_column(Text)
    group_name: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(UtcTime)
    delivered_at: Mapped[datetime | None] = mapped_column(UtcTime)
    attempts: Mapped[int]
    retry_at: Mapped[datetime | None] = mapped_column(UtcTime)
    is_abandoned: Mapped[bool]
    last_error: Mapped[str | None] = mapped_column(Text)


class SilenceRow(Base):
    """An analyst's wish not to be told of some alerts for a while."""

    __tablename__ = "silences"

    silence_id: Mapped[str] = mapped_column(String(16), primary_key=True)
    matchers: Mapped[list[str]] = mapped_column(JSON)
    starts_at: Mapped[datetime] = mapped_column(UtcTime)
    ends_at: Mapped[datetime] = mapped_column(UtcTime)
    author: Mapped[str] = mapped_column(Text)
    comment: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(UtcTime)


class HeartbeatRow(Base):
    """Whether a feed, a place or the whole stream is heard of as usual: the newest word, by when it was assessed."""

    __tablename__ = "heartbeats"

    kind: Mapped[str] = mapped_column(String(10), primary_key=True)
    subject_id: Mapped[str] = mapped_column(String(200), primary_key=True)
    label: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(10))
    reason: Mapped[str] = mapped_column(Text)
    last_heard_at: Mapped[datetime] = mapped_column(UtcTime)
    usual_gap_s: Mapped[int | None]
    quiet_after_s: Mapped[int | None]
    quiet_since: Mapped[datetime | None] = mapped_column(UtcTime)
    assessed_at: Mapped[datetime] = mapped_column(UtcTime)
    record: Mapped[dict[str, Any]] = mapped_column(JSON)


class FeedHealthRow(Base):
    """Whether a feed can be had: the newest word of the producer that polls it, by since when it holds."""

    __tablename__ = "feed_health"

    feed_id: Mapped[str] = mapped_column(String(200), primary_key=True)
    source_id: Mapped[str] = mapped_column(String(200))
    title: Mapped[str] = mapped_column(Text)
    url: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(20))
    reason: Mapped[str] = mapped_column(Text)
    advice: Mapped[str] = mapped_column(Text)
    is_in_trouble: Mapped[bool]
    last_error: Mapped[str] = mapped_column(Text)
    last_success_at: Mapped[datetime | None] = mapped_column(UtcTime)
    last_new_at: Mapped[datetime | None] = mapped_column(UtcTime)
    since: Mapped[datetime] = mapped_column(UtcTime)
    record: Mapped[dict[str, Any]] = mapped_column(JSON)


class DeadLetterRow(Base):
    """Something that could not be used, and why. `dead_letter_id` is a hash of all of it."""

    __tablename__ = "dead_letters"
    __table_args__ = (Index("ix_dead_letters_at", "at"),)

    dead_letter_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcTime)
    reason: Mapped[str] = mapped_column(Text)
    error: Mapped[str] = mapped_column(Text)
    where: Mapped[str] = mapped_column(Text)
    raw: Mapped[str] = mapped_column(Text)
