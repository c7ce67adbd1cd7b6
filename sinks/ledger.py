"""The ledger: alerts, statuses, events, evidence and deliveries in a SQL database, written by id.

Writing the same record twice changes nothing. An alert is written once; of a status or an event the newest
version stays, whatever the order in which they come.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any, Self

from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    Table,
    delete,
    exists,
    func,
    insert,
    select,
)
from sqlalchemy.orm import InstrumentedAttribute

from placewatch.feed_health import FeedHealth
from placewatch.heartbeats import Heartbeat
from placewatch.records import Alert, Citation, DeadLetter, Event, Status
from sinks.database import insert_into, open_database, translated, writing
from sinks.model import (
    AlertRow,
    Base,
    CitationRow,
    DeadLetterRow,
    DeliveryRow,
    EventRow,
    FeedHealthRow,
    HeartbeatRow,
    StatusRow,
)
from sinks.rows import (
    alert_values,
    citation_values,
    dead_letter_values,
    event_values,
    feed_health_values,
    heartbeat_values,
    status_values,
)


# How many ids go into one query: SQLite takes at most 32,766 variables, older ones 999.
_IDS_A_QUERY = 500
# An alert is about 3 kB: a page of them is little memory, and few pages are little waiting.
_ALERTS_A_PAGE = 1_000


class Ledger:
    """The ledger at a SQLAlchemy URL. Use it in a `with` block, or call `close`.

    Every method may raise LedgerError, whose message says what to do, or its kind LedgerBusyError, when trying
    again helps; those that write raise RecordError for a value the database cannot hold, and then wrote nothing.
    """

    def __init__(self, url: str) -> None:
        """Open it, create what is missing and bring its schema up to date.

        Raises:
            ConfigError: the URL cannot be used.
            LedgerError: the database cannot be opened, or its schema is newer than this code.
        """
        self._engine = open_database(url)

    @property
    def engine(self) -> Engine:
        """The database, for what keeps more in it than records."""
        return self._engine

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Give back the connections."""
        self._engine.dispose()

    def write_alerts(self, alerts: Iterable[Alert]) -> int:
        """Write alerts that are not there yet; return how many were new."""
        new = 0
        with translated(self._engine), writing(self._engine) as connection:
            for alert in alerts:
                statement = insert_into(self._engine, AlertRow).values(alert_values(alert))
                statement = statement.on_conflict_do_nothing(index_elements=["alert_id"])
                if _has_written(connection, statement.returning(AlertRow.alert_id)):
                    new += 1
                    _replace_citations(connection, "alert", alert.alert_id, alert.citations)
        return new

    def write_statuses(self, statuses: Iterable[Status]) -> int:
        """Write statuses that are not older than what is there; return how many were written.

        Two assessed at the same time are told apart by their order: the later one written stays.
        """
        written = 0
        with translated(self._engine), writing(self._engine) as connection:
            for status in statuses:
                if self._upsert(
                    connection, StatusRow, status_values(status), StatusRow.assessed_at
                ):
                    written += 1
                    _replace_citations(connection, "status", status.place_id, status.citations)
                    _replace_citations(connection, "set_aside", status.place_id, status.set_aside)
        return written

    def write_events(self, events: Iterable[Event]) -> int:
        """Write events that were not assessed earlier than what is there; return how many were.

        Two of the same moment are told apart by their order: the later one written stays.
        """
        written = 0
        with translated(self._engine), writing(self._engine) as connection:
            for event in events:
                if self._upsert(connection, EventRow, event_values(event), EventRow.assessed_at):
                    written += 1
                    _replace_citations(connection, "event", event.event_id, event.citations)
        return written

    def write_heartbeats(self, heartbeats: Iterable[Heartbeat]) -> int:
        """Write heartbeats that are not older than what is there; return how many were written."""
        with translated(self._engine), writing(self._engine) as connection:
            return sum(
                self._upsert(
                    connection,
                    HeartbeatRow,
                    heartbeat_values(heartbeat),
                    HeartbeatRow.assessed_at,
                )
                for heartbeat in heartbeats
            )

    def write_feed_health(self, healths: Iterable[FeedHealth]) -> int:
        """Write how feeds do, unless a newer word is there; return how many were written."""
        with translated(self._engine), writing(self._engine) as connection:
            return sum(
                self._upsert(
                    connection, FeedHealthRow, feed_health_values(health), FeedHealthRow.since
                )
                for health in healths
            )

    def forget_feeds(self, feed_ids: Collection[str]) -> None:
        """Forget how these feeds did: they are polled no more."""
        with translated(self._engine), writing(self._engine) as connection:
            for feed_id in feed_ids:
                connection.execute(delete(FeedHealthRow).where(FeedHealthRow.feed_id == feed_id))

    def write_dead_letters(self, letters: Iterable[DeadLetter]) -> int:
        """Write dead letters that are not there yet; return how many were new."""
        new = 0
        with translated(self._engine), writing(self._engine) as connection:
            for letter in letters:
                statement = insert_into(self._engine, DeadLetterRow).values(
                    dead_letter_values(letter)
                )
                statement = statement.on_conflict_do_nothing()
                new += _has_written(connection, statement.returning(DeadLetterRow.dead_letter_id))
        return new

    def dead_letters(self, since: datetime, newest: int) -> tuple[DeadLetter, ...]:
        """Return dead letters from a time on, oldest first, the newest so many."""
        fields = tuple(DeadLetter.model_fields)
        query = select(*(getattr(DeadLetterRow, name) for name in fields))
        query = query.where(DeadLetterRow.at >= since).order_by(DeadLetterRow.at.desc())
        rows = reversed(self._read(query.limit(newest)))
        return tuple(DeadLetter.model_validate(dict(zip(fields, r, strict=True))) for r in rows)

    def statuses(self) -> tuple[Status, ...]:
        """Return the newest status of every place, by the place's name."""
        rows = self._read(select(StatusRow.record).order_by(StatusRow.place, StatusRow.place_id))
        return tuple(Status.model_validate(row[0]) for row in rows)

    def status(self, place_id: str) -> Status | None:
        """Return the newest status of a place, or None."""
        rows = self._read(select(StatusRow.record).where(StatusRow.place_id == place_id))
        return Status.model_validate(rows[0][0]) if rows else None

    def heartbeats(self) -> dict[str, Heartbeat]:
        """Return the newest heartbeat of every feed and place and of the stream, by its key."""
        rows = self._read(select(HeartbeatRow.record).order_by(HeartbeatRow.label))
        found = (Heartbeat.model_validate(row[0]) for row in rows)
        return {heartbeat.key: heartbeat for heartbeat in found}

    def feed_health(self) -> dict[str, FeedHealth]:
        """Return how every feed does that was told of, by its id, in the order of their titles."""
        rows = self._read(
            select(FeedHealthRow.record).order_by(FeedHealthRow.title, FeedHealthRow.feed_id)
        )
        found = (FeedHealth.model_validate(row[0]) for row in rows)
        return {health.feed_id: health for health in found}

    def alerts(
        self, place_id: str | None = None, since: datetime | None = None, limit: int | None = None
    ) -> tuple[Alert, ...]:
        """Return alerts, oldest first: of one place, from a time on; with `limit` the newest so many."""
        query = select(AlertRow.record)
        if place_id is not None:
            query = query.where(AlertRow.place_id == place_id)
        if since is not None:
            query = query.where(AlertRow.at >= since)
        rows = self._read(query.order_by(AlertRow.at.desc(), AlertRow.seq.desc()).limit(limit))
        return tuple(Alert.model_validate(row[0]) for row in reversed(rows))

    def each_alert(
        self,
        place_id: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> Iterator[Alert]:
        """Yield alerts, oldest first: of one place, from a time on, before a time; any number, a page at a time."""
        query = select(AlertRow.at, AlertRow.seq, AlertRow.record)
        query = query.where(*_within(place_id, since, until))
        query = query.order_by(AlertRow.at, AlertRow.seq).limit(_ALERTS_A_PAGE)
        rows = self._read(query)
        while rows:
            yield from (Alert.model_validate(row[2]) for row in rows)
            at, seq = rows[-1][:2]
            is_later = (AlertRow.at > at) | ((AlertRow.at == at) & (AlertRow.seq > seq))
            rows = self._read(query.where(is_later)) if len(rows) == _ALERTS_A_PAGE else []

    def count_alerts(
        self,
        place_id: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> int:
        """Return how many alerts `each_alert` would yield now."""
        query = select(func.count()).select_from(AlertRow)
        return int(self._read(query.where(*_within(place_id, since, until)))[0][0])

    def alerts_after(self, seq: int, limit: int | None = None) -> tuple[tuple[int, Alert], ...]:
        """Return the alerts that arrived after number `seq`, each with its own number, the first to arrive first."""
        query = select(AlertRow.seq, AlertRow.record).where(AlertRow.seq > seq)
        rows = self._read(query.order_by(AlertRow.seq).limit(limit))
        return tuple((row[0], Alert.model_validate(row[1])) for row in rows)

    def seq_before_last(self, count: int) -> int:
        """Return the number after which the last `count` alerts arrived, 0 when there are no more than these."""
        query = select(AlertRow.seq).order_by(AlertRow.seq.desc()).offset(count).limit(1)
        rows = self._read(query)
        return int(rows[0][0]) if rows else 0

    def alert(self, alert_id: str) -> Alert | None:
        """Return one alert, or None."""
        rows = self._read(select(AlertRow.record).where(AlertRow.alert_id == alert_id))
        return Alert.model_validate(rows[0][0]) if rows else None

    def alert_ids(self) -> tuple[str, ...]:
        """Return the id of every alert, the newest first."""
        return tuple(
            row[0] for row in self._read(select(AlertRow.alert_id).order_by(AlertRow.seq.desc()))
        )

    def places(self) -> dict[str, str]:
        """Return the label of every place that has a status or an alert, by its id."""
        alerts = self._read(select(AlertRow.place_id, AlertRow.place).distinct())
        statuses = self._read(select(StatusRow.place_id, StatusRow.place))
        return {row[0]: row[1] for row in (*alerts, *statuses)}

    def events(
        self, ids: Sequence[str] | None = None, place_id: str | None = None
    ) -> tuple[Event, ...]:
        """Return events, oldest first: those of `ids` that are there, and of one place."""
        query = select(EventRow.record).order_by(EventRow.event_date, EventRow.event_id)
        if ids is not None:
            query = query.where(EventRow.event_id.in_(ids))
        if place_id is not None:
            query = query.where(EventRow.place_id == place_id)
        return tuple(Event.model_validate(row[0]) for row in self._read(query))

    def undelivered(self, writer: str, ids: Sequence[str] | None = None) -> tuple[Alert, ...]:
        """Return the alerts, of `ids` or all, that a writer neither took nor gave up on; in order of arrival."""
        is_done = exists().where(
            DeliveryRow.alert_id == AlertRow.alert_id,
            DeliveryRow.writer == writer,
            DeliveryRow.delivered_at.is_not(None) | DeliveryRow.is_abandoned,
        )
        query = select(AlertRow.seq, AlertRow.record).where(~is_done)
        rows: list[Any] = []
        if ids is None:
            rows = self._read(query)
        else:
            for start in range(0, len(ids), _IDS_A_QUERY):
                part = ids[start : start + _IDS_A_QUERY]
                rows += self._read(query.where(AlertRow.alert_id.in_(part)))
        return tuple(Alert.model_validate(row[1]) for row in sorted(rows, key=lambda row: row[0]))

    def record_delivery(
        self,
        alert_id: str,
        writer: str,
        *,
        delivered_at: datetime | None = None,
        error: str | None = None,
        is_abandoned: bool = False,
    ) -> None:
        """Record one attempt: delivered at a time, or failed with an error, perhaps for good."""
        statement = insert_into(self._engine, DeliveryRow).values(
            alert_id=alert_id,
            writer=writer,
            delivered_at=delivered_at,
            attempts=1,
            is_abandoned=is_abandoned,
            last_error=error,
        )
        changed = {
            "delivered_at": statement.excluded.delivered_at,
            "attempts": DeliveryRow.attempts + 1,
            "is_abandoned": statement.excluded.is_abandoned,
            "last_error": statement.excluded.last_error,
        }
        with translated(self._engine), writing(self._engine) as connection:
            connection.execute(
                statement.on_conflict_do_update(
                    index_elements=["alert_id", "writer"],
                    set_=changed,
                    where=DeliveryRow.delivered_at.is_(None),
                )
            )

    def counts(self) -> dict[str, int]:
        """Return how many rows each table has."""
        return {
            name: self._read(select(func.count()).select_from(table))[0][0]
            for name, table in Base.metadata.tables.items()
        }

    def _upsert(
        self,
        connection: Connection,
        table: type[Base],
        values: dict[str, Any],
        version: InstrumentedAttribute[datetime],
    ) -> bool:
        """Insert a row, or replace the one with its key unless that is newer by `version`; say whether."""
        key = [column.name for column in _table(table).primary_key]
        statement = insert_into(self._engine, table).values(values)
        newer: ColumnElement[bool] = statement.excluded[version.key] >= version
        changed = {name: statement.excluded[name] for name in values if name not in key}
        statement = statement.on_conflict_do_update(index_elements=key, set_=changed, where=newer)
        return _has_written(connection, statement.returning(*_table(table).primary_key))

    def _read(self, query: Any) -> list[Any]:
        with translated(self._engine), self._engine.connect() as connection:
            return list(connection.execute(query))


def _within(
    place_id: str | None, since: datetime | None, until: datetime | None
) -> list[ColumnElement[bool]]:
    """Return the conditions on alerts: of this place, from `since` on, before `until`; those that are given."""
    conditions: list[ColumnElement[bool]] = []
    if place_id is not None:
        conditions.append(AlertRow.place_id == place_id)
    if since is not None:
        conditions.append(AlertRow.at >= since)
    if until is not None:
        conditions.append(AlertRow.at < until)
    return conditions


def _table(row: type[Base]) -> Table:
    table = row.__table__
    assert isinstance(table, Table)  # noqa: S101  # tells the type checker what declarative always gives
    return table


def _has_written(connection: Connection, statement: Any) -> bool:
    """Execute an INSERT that returns the key of what it wrote; tell whether it wrote.

    The count of rows would not tell: PostgreSQL's driver does not give it for an INSERT.
    """
    return connection.execute(statement).first() is not None


def _replace_citations(
    connection: Connection, kind: str, parent_id: str, citations: tuple[Citation, ...]
) -> None:
    connection.execute(
        delete(CitationRow).where(CitationRow.kind == kind, CitationRow.parent_id == parent_id)
    )
    rows = citation_values(kind, parent_id, citations)
    if rows:
        connection.execute(insert(CitationRow), rows)
