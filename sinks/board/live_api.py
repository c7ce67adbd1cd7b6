"""Alerts as server-sent events."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Query
from fastapi.responses import StreamingResponse
from starlette.exceptions import HTTPException

from sinks.board.arrivals import News
from sinks.board.guard import READERS
from sinks.board.problems import responses
from sinks.board.shown import alert_views
from sinks.board.state import Board, board_of


router = APIRouter(prefix="/api/v1", tags=["live"])

# A browser waits so long before it connects again; then it says which alert it had last.
_RETRY_MS = 2_000
# Each costs a socket and a task; behind a proxy that goes wrong they would pile up.
MOST_READERS = 1_000


@router.get(
    "/stream",
    response_class=StreamingResponse,
    responses=responses(400)
    | {200: {"description": "events", "content": {"text/event-stream": {}}}},
)
async def stream(
    board: Annotated[Board, Depends(board_of)],
    after: Annotated[
        int | None, Query(ge=0, le=2**53, description="the `last_seq` of what is known already")
    ] = None,
    last_event_id: Annotated[
        str | None, Header(max_length=20, description="what a browser sends when it connects again")
    ] = None,
) -> StreamingResponse:
    """Follow alerts: `alert` events with an AlertView each and its number as id; `map` when statuses changed; `reset`.

    After a lost connection the stream goes on behind Last-Event-ID without a gap; an alert may come twice.
    """
    if board.arrivals.readers >= MOST_READERS:
        raise HTTPException(503, f"{MOST_READERS} readers follow already: try again later")
    if last_event_id is not None:
        if not last_event_id.isascii() or not last_event_id.isdigit():
            raise HTTPException(400, "Last-Event-ID has to be the number of an alert")
        after = int(last_event_id)
    return StreamingResponse(
        _events(board, after),
        media_type="text/event-stream",
        headers={"cache-control": "no-store", "x-accel-buffering": "no"},
    )


async def _events(board: Board, after: int | None) -> AsyncIterator[str]:
    yield f"retry: {_RETRY_MS}\n: welcome\n\n"
    try:
        async for news in board.arrivals.follow(after):
            READERS.set(board.arrivals.readers)
            yield ": still here\n\n" if news is None else _told(news)
    finally:
        READERS.set(board.arrivals.readers)


def _told(news: News) -> str:
    """Return news as events. JSON has no line breaks of its own, so one line of data is enough."""
    told = "event: reset\ndata: {}\n\n" if news.is_reset else ""
    # Among what arrives together an Update may correct an Alert; what lies further back the page knows itself.
    records = {record["alert_id"]: record for _, record in news.alerts}
    for view in alert_views(news.alerts, records):
        told += f"id: {view.seq}\nevent: alert\ndata: {view.model_dump_json()}\n\n"
    return told + ("event: map\ndata: {}\n\n" if news.is_map_changed else "")
