"""What the board asks the ledger for: many places at once, alerts by page and by arrival."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, String, func, or_, select, type_coerce
from sqlalchemy.orm import aliased

from placewatch.vocabulary import MsgType
from sinks.ledger import Ledger
from sinks.model import AlertRow, HeartbeatRow, StatusRow


# Ids in one query: SQLite takes at most 32,766 variables, older ones 999.
_IDS_A_QUERY = 500


@dataclass(frozen=True, slots=True)
class AlertFilter:
    """Which alerts are wanted; empty collections and None want all.

    Attributes:
        text: a part of the place's label or of the headline.
        since: from then on.
        until: up to then.
    """

    place_ids: Collection[str] = ()
    controls: Collection[str] = ()
    holders: Collection[str] = ()
    certainties: Collection[str] = ()
    msg_types: Collection[str] = ()
    countries: Collection[str] = ()
    text: str = ""
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Held:
    """What holds at a place at a moment; `certainty` is None where nothing was told."""

    place_id: str
    place: str
    control: str
    holder: str | None = None
    opponent: str | None = None
    certainty: str | None = None
    since: datetime | None = None
    last_confirmed_at: datetime | None = None
    is_stale: bool = False
    latitude: float | None = None
    longitude: float | None = None


@dataclass(frozen=True, slots=True)
class Mark:
    """What changes whenever anything the map shows has changed."""

    last_seq: int
    statuses: int
    newest_status: datetime | None = None


class BoardLedger(Ledger):
    """The ledger with the questions that only the board asks. Errors are those of `Ledger`."""

    def mark(self) -> Mark:
        """Return how far alerts and statuses are."""
        last = self._read(select(func.max(AlertRow.seq)))[0][0]
        # The aggregate has no type of its own in SQLite, so the newest row is asked for.
        newest = self._read(
            select(StatusRow.assessed_at).order_by(StatusRow.assessed_at.desc()).limit(1)
        )
        count = self._read(select(func.count()).select_from(StatusRow))[0][0]
        return Mark(last or 0, count, newest[0][0] if newest else None)

    def span(self) -> tuple[datetime | None, datetime | None, int]:
        """Return the times of the oldest and of the newest alert, and how many there are."""
        query = select(AlertRow.at).limit(1)
        first = self._read(query.order_by(AlertRow.at))
        last = self._read(query.order_by(AlertRow.at.desc()))
        count = self._read(select(func.count()).select_from(AlertRow))[0][0]
        return (first[0][0] if first else None, last[0][0] if last else None, count)

    def alerts_an_hour(self) -> list[tuple[datetime, int]]:
        """Return each hour in which alerts were, with how many, oldest first; the database counts."""
        hour: ColumnElement[Any] = func.date_trunc("hour", AlertRow.at)
        if self._engine.dialect.name == "sqlite":
            hour = func.substr(type_coerce(AlertRow.at, String), 1, 13)
        rows = self._read(select(hour, func.count()).group_by(hour).order_by(hour))
        return [(_hour(row[0]), row[1]) for row in rows]

    def arrivals(
        self, after: int, *, limit: int, up_to: int | None = None
    ) -> list[tuple[int, Any]]:
        """Return alerts by their number, in order of arrival, as (number, record)."""
        query = select(AlertRow.seq, AlertRow.record).where(AlertRow.seq > after)
        if up_to is not None:
            query = query.where(AlertRow.seq <= up_to)
        return [(row[0], row[1]) for row in self._read(query.order_by(AlertRow.seq).limit(limit))]

    def alert_page(
        self, wanted: AlertFilter, *, before: int | None, limit: int
    ) -> list[tuple[int, Any]]:
        """Return alerts, the newest arrival first, numbered below `before`, as (number, record)."""
        query = _filtered(select(AlertRow.seq, AlertRow.record), wanted)
        if before is not None:
            query = query.where(AlertRow.seq < before)
        rows = self._read(query.order_by(AlertRow.seq.desc()).limit(limit))
        return [(row[0], row[1]) for row in rows]

    def corrections(
        self, alerts: Sequence[Mapping[str, Any]], until: datetime | None = None
    ) -> dict[str, Any]:
        """Return, by id, the records that these alerts refer to and those until then that refer to them."""
        found: dict[str, Any] = {}
        named = sorted({ref for alert in alerts for ref in alert.get("references", ())})
        for part in _parts(named):
            rows = self._read(select(AlertRow.record).where(AlertRow.alert_id.in_(part)))
            found |= {row[0]["alert_id"]: row[0] for row in rows}
        places = sorted({alert["place_id"] for alert in alerts})
        oldest = min((datetime.fromisoformat(alert["at"]) for alert in alerts), default=None)
        for part in _parts(places):
            query = (
                select(AlertRow.record)
                .where(AlertRow.place_id.in_(part), AlertRow.at >= oldest)
                .where(AlertRow.msg_type != MsgType.ALERT.value)
            )
            if until is not None:
                query = query.where(AlertRow.at <= until)
            found |= {row[0]["alert_id"]: row[0] for row in self._read(query)}
        return found

    def held_now(self) -> list[Held]:
        """Return what holds at every place, by its label."""
        return [Held(*row) for row in self._read(_statuses())]

    def held_at(self, at: datetime) -> list[Held]:
        """Return what held at every place at a moment: by the last alert up to then, else as it was before the first."""
        last, first = aliased(AlertRow), aliased(AlertRow)
        newest = (
            select(last.seq)
            .where(last.place_id == StatusRow.place_id, last.at <= at)
            .order_by(last.at.desc(), last.seq.desc())
            .limit(1)
            .scalar_subquery()
        )
        oldest = (
            select(first.seq)
            .where(first.place_id == StatusRow.place_id)
            .order_by(first.at, first.seq)
            .limit(1)
            .scalar_subquery()
        )
        told = self._read(
            select(StatusRow.place_id, *_ALERT_COLUMNS).join(AlertRow, AlertRow.seq == newest)
        )
        before = self._read(
            select(StatusRow.place_id, AlertRow.record)
            .join(AlertRow, AlertRow.seq == oldest)
            .where(AlertRow.at > at)
        )
        by_alert = {row[0]: row for row in told}
        by_first = {row[0]: row[1] for row in before}
        return [
            _held_at(Held(*row), by_alert.get(row.place_id), by_first.get(row.place_id), at)
            for row in self._read(_statuses())
        ]

    def seqs_of(self, place_id: str) -> dict[str, int]:
        """Return the numbers of a place's alerts by their ids."""
        query = select(AlertRow.alert_id, AlertRow.seq).where(AlertRow.place_id == place_id)
        return {row[0]: row[1] for row in self._read(query)}

    def holders(self) -> list[str]:
        """Return every holder and opponent in the order in which alerts first named them, then those of statuses."""
        named = select(AlertRow.holder, func.min(AlertRow.seq)).group_by(AlertRow.holder)
        opposed = select(AlertRow.opponent, func.min(AlertRow.seq)).group_by(AlertRow.opponent)
        first: dict[str, int] = {}
        for name, seq in (*self._read(named), *self._read(opposed)):
            if name is not None:
                first[name] = min(seq, first.get(name, seq))
        rows = self._read(select(StatusRow.holder, StatusRow.opponent).distinct())
        rest = {name for row in rows for name in row if name is not None} - first.keys()
        return [*sorted(first, key=lambda name: (first[name], name)), *sorted(rest)]

    def quiet_places(self) -> set[str]:
        """Return the ids of the places that have gone quiet."""
        query = select(HeartbeatRow.subject_id)
        return {
            row[0]
            for row in self._read(
                query.where(HeartbeatRow.kind == "place", HeartbeatRow.state == "quiet")
            )
        }


_ALERT_COLUMNS = (
    AlertRow.control,
    AlertRow.holder,
    AlertRow.opponent,
    AlertRow.certainty,
    AlertRow.at,
    AlertRow.record["since"].as_string().label("since"),
)


def _statuses() -> Select[Any]:
    columns: tuple[ColumnElement[Any], ...] = tuple(
        StatusRow.__table__.columns[name.name] for name in fields(Held)
    )
    return select(*columns).order_by(StatusRow.place, StatusRow.place_id)


def _held_at(
    now: Held, told: Row[Any] | None, first: Mapping[str, Any] | None, at: datetime
) -> Held:
    """Return what held at a place, from its last alert until then or the first one after."""
    then = replace(now, last_confirmed_at=None, is_stale=False)
    if told is not None:
        since = datetime.fromisoformat(told.since) if told.since else told.at
        return replace(
            then,
            control=told.control,
            holder=told.holder,
            opponent=told.opponent,
            certainty=told.certainty,
            since=since,
        )
    if first is None and (now.since is None or now.since <= at):
        return then
    before = first or {}
    return replace(
        then,
        control=str(before.get("previous_control", "unknown")),
        holder=before.get("previous_holder"),
        opponent=None,
        certainty=before.get("previous_certainty"),
        since=None,
    )


def _hour(value: datetime | str) -> datetime:
    """Return the hour that PostgreSQL gives as a time and SQLite as the beginning of one."""
    moment = datetime.fromisoformat(f"{value}:00+00:00") if isinstance(value, str) else value
    return moment.astimezone(UTC)


def _filtered(query: Select[Any], wanted: AlertFilter) -> Select[Any]:
    for column, values in (
        (AlertRow.place_id, wanted.place_ids),
        (AlertRow.control, wanted.controls),
        (AlertRow.holder, wanted.holders),
        (AlertRow.certainty, wanted.certainties),
        (AlertRow.msg_type, wanted.msg_types),
    ):
        if values:
            query = query.where(column.in_(list(values)))
    if wanted.countries:
        query = query.where(
            or_(*(AlertRow.place.endswith(f", {c}", autoescape=True) for c in wanted.countries))
        )
    if wanted.text:
        text = wanted.text
        query = query.where(
            AlertRow.place.icontains(text, autoescape=True)
            | AlertRow.headline.icontains(text, autoescape=True)
        )
    if wanted.since is not None:
        query = query.where(AlertRow.at >= wanted.since)
    if wanted.until is not None:
        query = query.where(AlertRow.at <= wanted.until)
    return query


def _parts(ids: Sequence[str]) -> list[Sequence[str]]:
    return [ids[start : start + _IDS_A_QUERY] for start in range(0, len(ids), _IDS_A_QUERY)]
