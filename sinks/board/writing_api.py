"""The API that changes something, for whoever has the token: an analyst's word, and taking it back."""

from __future__ import annotations

import asyncio
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Path
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException

from placewatch.analysts import analyst_assertion, tell_tracker
from placewatch.vocabulary import Control
from sinks.board.access import is_allowed
from sinks.board.desk import now
from sinks.board.problems import responses
from sinks.board.reading_api import TEXT
from sinks.board.state import Board, board_of
from sinks.board.views import Said


_Line = Annotated[str, Field(max_length=200, pattern=TEXT)]


class Word(BaseModel):
    """What an analyst says of a place."""

    model_config = ConfigDict(extra="forbid")

    control: Control
    holder: Annotated[str, Field(min_length=1, max_length=200, pattern=TEXT)] | None = None
    note: Annotated[str, Field(max_length=2_000, pattern=TEXT)] = Field(
        default="", description="why"
    )
    by: Annotated[str, Field(min_length=1, max_length=200, pattern=TEXT)] = Field(
        description="your name, shown with it"
    )


def allowed(
    board: Annotated[Board, Depends(board_of)],
    authorization: Annotated[str | None, Header(max_length=1_000)] = None,
) -> Board:
    """Return the board to whoever has the token.

    Raises:
        HTTPException: 403 when no token is set here, 401 when it is missing or wrong.
    """
    if board.token is None:
        raise HTTPException(
            403, "this board only reads: its operator can set PLACEWATCH_BOARD_TOKEN"
        )
    if not is_allowed(authorization, board.token):
        raise HTTPException(
            401,
            "the token is missing or wrong: send it as `Authorization: Bearer ...`",
            headers={"www-authenticate": 'Bearer realm="placewatch"'},
        )
    return board


router = APIRouter(prefix="/api/v1", tags=["writing"])
_PlaceId = Annotated[str, Path(min_length=1, max_length=200, pattern=TEXT)]
_Allowed = Annotated[Board, Depends(allowed)]


@router.post("/places/{place_id}/word", status_code=202, responses=responses(401, 403, 404))
async def say(board: _Allowed, place_id: _PlaceId, word: Word) -> Said:
    """Say what holds at a place: full weight, with your name, until news comes or it is taken back."""
    return await _published(board, place_id, word.control, word.holder, word.note, word.by)


@router.delete("/places/{place_id}/word", status_code=202, responses=responses(401, 403, 404))
async def take_back(board: _Allowed, place_id: _PlaceId, by: _Line = "analyst") -> Said:
    """Take back what was said of a place."""
    return await _published(board, place_id, None, None, "", by)


async def _published(
    board: Board, place_id: str, control: Control | None, holder: str | None, note: str, by: str
) -> Said:
    held = await asyncio.to_thread(board.desk.held_at_place, place_id, None)
    assertion = analyst_assertion(
        place_id, held.place, control, now=now(), holder=holder, note=note, by=by
    )
    await asyncio.to_thread(tell_tracker, assertion, board.desk.settings)
    return Said(place_id=place_id, place=held.place, control=control, by=by)
