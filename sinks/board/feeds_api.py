"""What others can subscribe to with tools of their own: alerts as an Atom feed, what holds as GeoJSON."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response

from placewatch.records import Alert
from sinks.board.problems import responses
from sinks.board.reads import AlertFilter
from sinks.board.state import Board, board_of
from sinks.rendering import atom, geojson


router = APIRouter(tags=["feeds"])
Asked = Annotated[Board, Depends(board_of)]


@router.get(
    "/alerts.atom",
    responses=responses() | {200: {"content": {atom.MEDIA_TYPE: {}}}},
    response_class=Response,
)
def alerts(
    board: Asked, request: Request, limit: Annotated[int, Query(ge=1, le=500)] = 100
) -> Response:
    """Return the newest alerts as an Atom feed."""
    numbered = board.desk.ledger().alert_page(AlertFilter(), before=None, limit=limit)
    entries = [atom.entry_of(Alert.model_validate(record)) for _, record in numbered]
    feed = atom.Feed(title="placewatch alerts", url=str(request.url_for("alerts")))
    return Response(atom.atom_feed(feed, entries), media_type=atom.MEDIA_TYPE)


@router.get(
    "/statuses.geojson",
    responses=responses() | {200: {"content": {geojson.MEDIA_TYPE: {}}}},
    response_class=Response,
)
def statuses(board: Asked) -> Response:
    """Return what holds at every place as GeoJSON, for any map."""
    found = board.desk.ledger().statuses()
    return Response(b"".join(geojson.geojson(found)), media_type=geojson.MEDIA_TYPE)
