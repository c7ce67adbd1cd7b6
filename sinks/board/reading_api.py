"""The API that reads: everything the page shows, and nothing that changes anything."""

from __future__ import annotations

import gzip
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Path, Query
from fastapi.responses import Response
from pydantic import AwareDatetime

from placewatch import __version__
from placewatch.errors import NotFoundError
from placewatch.vocabulary import Certainty, Control, MsgType, Pulse, SubjectKind
from sinks.board.desk import now
from sinks.board.problems import responses
from sinks.board.reads import AlertFilter
from sinks.board.shown import activity as counted
from sinks.board.shown import alert_views, held_of, numbered_records, place_view, why_view
from sinks.board.state import Board, board_of
from sinks.board.views import (
    Activity,
    AlertDetail,
    AlertPage,
    FeedPage,
    FeedView,
    HeartbeatPage,
    HeartbeatView,
    MapColumns,
    PlaceDetail,
    PlacePage,
    Summary,
    TimelineView,
)
from sinks.explanations import explanation_as_of, explanation_of_alert, explanation_of_place
from sinks.timeline import timeline


router = APIRouter(prefix="/api/v1", tags=["reading"])

# Printable, so that no database has to refuse it.
TEXT = r"^[^\x00-\x1f\x7f]*$"
Asked = Annotated[Board, Depends(board_of)]
Text = Annotated[str, Query(max_length=200, pattern=TEXT)]
Texts = Annotated[list[Annotated[str, Query(max_length=200, pattern=TEXT)]], Query(max_length=50)]
Id = Annotated[str, Path(min_length=1, max_length=200, pattern=TEXT)]
At = Annotated[
    AwareDatetime | None, Query(description="what held at this moment; without it, what holds now")
]
Limit = Annotated[int, Query(ge=1, le=500)]
Offset = Annotated[int, Query(ge=0, le=1_000_000)]


@router.get("/summary", responses=responses())
def summary(board: Asked) -> Summary:
    """Return what the ledger holds all in all."""
    ledger = board.desk.ledger()
    first, last, alerts = ledger.span()
    mark = ledger.mark()
    return Summary(
        places=mark.statuses,
        alerts=alerts,
        last_seq=board.last_seq(mark),
        first_alert_at=first,
        last_alert_at=last,
        is_demo=board.desk.choice().is_demo,
        is_read_only=board.token is None,
        version=__version__,
        generated_at=now(),
    )


@router.get("/activity", responses=responses())
def activity(board: Asked, bins: Annotated[int, Query(ge=1, le=500)] = 100) -> Activity:
    """Return how many alerts came when: the time over which what held can be asked for."""
    return counted(board.desk.ledger().alerts_an_hour(), bins)


@router.get("/map", responses=responses())
def map_columns(
    board: Asked,
    at: At = None,
    if_none_match: Annotated[str | None, Header(max_length=200)] = None,
    accept_encoding: Annotated[str, Header(max_length=200)] = "",
) -> MapColumns:
    """Return what holds at every place, as columns, with an ETag: 304 when nothing has changed."""
    tag, content = board.desk.map_of(at)
    headers = {"etag": tag, "cache-control": "no-cache"}
    if if_none_match == tag:
        return Response(status_code=304, headers=headers)  # type: ignore[return-value]  # FastAPI passes responses on
    if "gzip" in accept_encoding:
        headers |= {"content-encoding": "gzip", "vary": "accept-encoding"}
    else:
        content = gzip.decompress(content)
    return Response(content, media_type="application/json", headers=headers)  # type: ignore[return-value]  # likewise


@router.get("/places", responses=responses())
def places(
    board: Asked,
    q: Text = "",
    control: Annotated[list[Control], Query(max_length=50)] = [],  # noqa: B006  # FastAPI copies defaults
    holder: Texts = [],  # noqa: B006
    certainty: Annotated[list[Certainty], Query(max_length=50)] = [],  # noqa: B006
    country: Texts = [],  # noqa: B006
    at: At = None,
    limit: Limit = 100,
    offset: Offset = 0,
) -> PlacePage:
    """Return places by name, with what holds there; several values of one filter mean any of them."""
    quiet = board.desk.ledger().quiet_places() if at is None else set()
    wanted = q.casefold()
    found = [
        each
        for each in board.desk.held(at)
        if wanted in each.place.casefold()
        and (not control or each.control in control)
        and (not holder or each.holder in holder)
        and (not certainty or each.certainty in certainty)
        and (not country or each.place.rpartition(", ")[2] in country)
    ]
    shown = [place_view(each, quiet) for each in found[offset : offset + limit]]
    return PlacePage(items=shown, total=len(found), limit=limit, offset=offset)


@router.get("/places/{place_id}", responses=responses(404))
def place(board: Asked, place_id: Id, at: At = None) -> PlaceDetail:
    """Return all that is known of a place: what holds and why, down to the sentences; its past; its news."""
    ledger = board.desk.ledger()
    held = board.desk.held_at_place(place_id, at)
    status = ledger.status(place_id)
    alerts, events = ledger.alerts(place_id=place_id), ledger.events(place_id=place_id)
    told = [each for each in alerts if at is None or each.at <= at]
    why = None
    if at is not None:
        why = explanation_as_of(ledger, place_id, at)
    elif status is not None or alerts:
        why = explanation_of_place(ledger, place_id)
    past = timeline(held.place, alerts, events, status) if status or alerts or events else None
    heartbeat = ledger.heartbeats().get(f"{SubjectKind.PLACE}:{place_id}")
    records = numbered_records(told, ledger.seqs_of(place_id))
    return PlaceDetail(
        at=at,
        place=place_view(
            held_of(status, held) if status and at is None else held, ledger.quiet_places()
        ),
        why=why_view(why) if why else None,
        alerts=alert_views(records, {r["alert_id"]: r for _, r in records}),
        timeline=TimelineView.model_validate(past) if past else None,
        heartbeat=HeartbeatView.model_validate(heartbeat) if heartbeat and at is None else None,
    )


@router.get("/alerts", responses=responses())
def alerts(
    board: Asked,
    q: Text = "",
    place_id: Texts = [],  # noqa: B006
    control: Annotated[list[Control], Query(max_length=50)] = [],  # noqa: B006
    holder: Texts = [],  # noqa: B006
    certainty: Annotated[list[Certainty], Query(max_length=50)] = [],  # noqa: B006
    msg_type: Annotated[list[MsgType], Query(max_length=50)] = [],  # noqa: B006
    country: Texts = [],  # noqa: B006
    since: AwareDatetime | None = None,
    until: AwareDatetime | None = None,
    before: Annotated[
        int | None, Query(ge=1, le=2**53, description="the `next_before` of the page before")
    ] = None,
    limit: Limit = 100,
) -> AlertPage:
    """Return alerts, the newest arrival first; several values of one filter mean any of them."""
    ledger = board.desk.ledger()
    last_seq = board.last_seq(ledger.mark())
    wanted = AlertFilter(place_id, control, holder, certainty, msg_type, country, q, since, until)
    numbered = ledger.alert_page(wanted, before=before, limit=limit)
    corrections = ledger.corrections([record for _, record in numbered], until=until)
    return AlertPage(
        items=alert_views(numbered, corrections),
        next_before=numbered[-1][0] if len(numbered) == limit else None,
        last_seq=last_seq,
    )


@router.get("/alerts/{alert_id}", responses=responses(404))
def alert(board: Asked, alert_id: Id) -> AlertDetail:
    """Return one alert and the whole chain behind it."""
    ledger = board.desk.ledger()
    found = ledger.alert(alert_id)
    if found is None:
        raise NotFoundError(f"there is no alert {alert_id}: the list of alerts has those")
    records = numbered_records([found], ledger.seqs_of(found.place_id))
    corrections = ledger.corrections([record for _, record in records])
    return AlertDetail(
        alert=alert_views(records, corrections)[0],
        why=why_view(explanation_of_alert(ledger, found)),
    )


@router.get("/feeds", responses=responses())
def feeds(
    board: Asked, *, is_in_trouble: bool | None = None, limit: Limit = 100, offset: Offset = 0
) -> FeedPage:
    """Return how feeds do: those in trouble first."""
    known = sorted(
        board.desk.ledger().feed_health().values(), key=lambda each: not each.is_in_trouble
    )
    found = [each for each in known if is_in_trouble in (None, each.is_in_trouble)]
    return FeedPage(
        items=[FeedView.model_validate(each) for each in found[offset : offset + limit]],
        total=len(found),
        in_trouble=sum(each.is_in_trouble for each in known),
        limit=limit,
        offset=offset,
    )


@router.get("/heartbeats", responses=responses())
def heartbeats(
    board: Asked,
    kind: SubjectKind | None = None,
    state: Pulse | None = None,
    limit: Limit = 100,
    offset: Offset = 0,
) -> HeartbeatPage:
    """Return who is heard of as usual and who is not: the quiet ones first."""
    found = sorted(
        (
            each
            for each in board.desk.ledger().heartbeats().values()
            if kind in (None, each.kind) and state in (None, each.state)
        ),
        key=lambda each: each.state is not Pulse.QUIET,
    )
    return HeartbeatPage(
        items=[HeartbeatView.model_validate(each) for each in found[offset : offset + limit]],
        total=len(found),
        limit=limit,
        offset=offset,
    )
