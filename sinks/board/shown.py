"""Records of the ledger as what the API gives. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from placewatch.plain_reasons import plain_reason
from placewatch.records import Alert, Status
from placewatch.vocabulary import CREDIBILITY_WORDS, RELIABILITY_WORDS, Credibility, Reliability
from sinks.board.reads import Held
from sinks.board.views import Activity, AlertRef, AlertView, MapColumns, PlaceView, Why
from sinks.explain import Explanation


def map_columns(
    held: Sequence[Held], holders: Sequence[str], quiet: Collection[str], at: datetime | None
) -> MapColumns:
    """Return what holds everywhere as columns; `holders` must have every holder and opponent."""
    position = {name: index for index, name in enumerate(holders)}
    columns: dict[str, list[Any]] = {
        name: [getattr(each, name) for each in held]
        for name in ("place_id", "place", "latitude", "longitude", "control", "certainty", "since")
    }
    return MapColumns(
        at=at,
        holders=list(holders),
        holder=[position.get(each.holder or "") for each in held],
        opponent=[position.get(each.opponent or "") for each in held],
        is_stale=[each.is_stale for each in held],
        is_quiet=[each.place_id in quiet for each in held],
        **columns,
    )


def activity(hours: Sequence[tuple[datetime, int]], bins: int) -> Activity:
    """Return how the alerts lie in time, with a little room before and after; from each hour's number of them."""
    if not hours:
        return Activity(start=None, end=None, counts=[])
    first, last = hours[0][0], hours[-1][0] + timedelta(hours=1)
    room = max((last - first) * 0.02, timedelta(hours=6))
    start, end = first - room, last + room
    counts = [0] * bins
    for hour, count in hours:
        middle = hour + timedelta(minutes=30)
        counts[int((middle - start) / (end - start) * bins)] += count
    return Activity(start=start, end=end, counts=counts)


def place_view(held: Held, quiet: Collection[str]) -> PlaceView:
    """Return what holds at one place."""
    shown = PlaceView.model_validate(held)
    return shown.model_copy(update={"is_quiet": held.place_id in quiet})


def held_of(status: Status, where: Held) -> Held:
    """Return what a status says holds, with the coordinates of `where`."""
    return Held(
        status.place_id,
        status.place,
        status.control.value,
        status.holder,
        status.opponent,
        status.certainty.value,
        status.since,
        status.last_confirmed_at,
        status.is_stale,
        where.latitude,
        where.longitude,
    )


def alert_views(
    numbered: Iterable[tuple[int, Mapping[str, Any]]], corrections: Mapping[str, Mapping[str, Any]]
) -> list[AlertView]:
    """Return alerts with what they correct and what corrected them.

    Args:
        numbered: alerts' records with their numbers of arrival.
        corrections: records by id, of those they refer to and those that refer to them.
    """
    corrected_by: dict[str, AlertRef] = {}
    for record in sorted(corrections.values(), key=lambda r: str(r["at"]), reverse=True):
        for ref in record.get("references", ()):
            corrected_by[ref] = alert_ref(record)
    return [
        alert_view(seq, record).model_copy(
            update={
                "corrects": [
                    alert_ref(corrections[ref])
                    for ref in record.get("references", ())
                    if ref in corrections
                ],
                "corrected_by": corrected_by.get(record["alert_id"]),
            }
        )
        for seq, record in numbered
    ]


def alert_view(seq: int, record: Mapping[str, Any]) -> AlertView:
    """Return one alert, its reasons in plain English too."""
    grounds = record.get("grounds")
    return AlertView.model_validate(
        {
            **record,
            "seq": seq,
            "reason_plain": plain_reason("move", record["reason"]) if record["reason"] else "",
            "grounds_plain": plain_reason("grounds", grounds) if grounds else None,
        }
    )


def alert_ref(record: Mapping[str, Any]) -> AlertRef:
    """Return an alert in short."""
    return AlertRef.model_validate(record)


def why_view(explanation: Explanation) -> Why:
    """Return the chain as `placewatch why --json` gives it, with the grade in words."""
    told = explanation.as_dict()
    grade = told["summary"]["admiralty"]
    told["summary"]["admiralty_plain"] = grade_in_words(grade) if grade else None
    return Why.model_validate(told)


def grade_in_words(admiralty: str) -> str:
    """Return an Admiralty grade in the words of that system."""
    reliability, credibility = Reliability(admiralty[0]), Credibility(admiralty[1])
    return f"{RELIABILITY_WORDS[reliability]}, {CREDIBILITY_WORDS[credibility]}"


def numbered_records(alerts: Sequence[Alert], seqs: Mapping[str, int]) -> list[tuple[int, Any]]:
    """Return a place's alerts as records with their numbers."""
    return [(seqs[alert.alert_id], alert.model_dump(mode="json")) for alert in alerts]
