"""The API of silences: which there are, for everybody; to add and end one, for whoever has the token."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Path
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException

from placewatch.errors import RoutesError
from sinks.board.desk import now
from sinks.board.problems import responses
from sinks.board.reading_api import TEXT
from sinks.board.state import Board, board_of
from sinks.board.views import View
from sinks.board.writing_api import allowed
from sinks.matchers import parse_matcher
from sinks.silence_book import SilenceBook
from sinks.silences import Silence, new_silence


router = APIRouter(prefix="/api/v1/silences", tags=["silences"])
_Asked = Annotated[Board, Depends(board_of)]
_Allowed = Annotated[Board, Depends(allowed)]
_Text = Annotated[str, Field(min_length=1, max_length=200, pattern=TEXT)]
# A month: what is to be muted for longer is a route to nobody.
_LONGEST_MINUTES = 31 * 24 * 60


class NewSilence(BaseModel):
    """What is not to be told, and for how long from now."""

    model_config = ConfigDict(extra="forbid")

    matchers: list[_Text] = Field(
        min_length=1, max_length=20, description="all of them have to hold: `country = Syria`"
    )
    minutes: int = Field(ge=1, le=_LONGEST_MINUTES)
    by: _Text = Field(description="your name, shown with it")
    comment: Annotated[str, Field(max_length=2_000, pattern=TEXT)] = Field(
        default="", description="why"
    )


class SilenceView(View):
    """One silence; it is over from `ends_at` on."""

    silence_id: str
    matchers: list[str]
    starts_at: AwareDatetime
    ends_at: AwareDatetime
    author: str
    comment: str


class SilenceList(View):
    """Silences in force or to come, those that end last first."""

    items: list[SilenceView]


@router.get("", responses=responses())
def silences(board: _Asked) -> SilenceList:
    """Return the silences that are in force or to come."""
    book, moment = SilenceBook(board.desk.ledger()), now()
    return SilenceList(items=[_view(each) for each in book.all() if not each.is_over(moment)])


@router.post("", status_code=201, responses=responses(401, 403))
def add(board: _Allowed, wanted: NewSilence) -> SilenceView:
    """Silence alerts from now on: those that come meanwhile are told to nobody, but for corrections."""
    try:
        matchers = tuple(parse_matcher(text) for text in wanted.matchers)
    except RoutesError as error:
        raise HTTPException(422, str(error)) from error
    moment = now()
    silence = new_silence(
        matchers,
        starts_at=moment,
        ends_at=moment + timedelta(minutes=wanted.minutes),
        author=wanted.by,
        comment=wanted.comment,
        now=moment,
    )
    SilenceBook(board.desk.ledger()).add(silence)
    return _view(silence)


@router.delete("/{silence_id}", responses=responses(401, 403, 404))
def expire(
    board: _Allowed,
    silence_id: Annotated[str, Path(min_length=1, max_length=200, pattern=TEXT)],
) -> SilenceView:
    """End a silence now."""
    return _view(SilenceBook(board.desk.ledger()).expire(silence_id, now()))


def _view(silence: Silence) -> SilenceView:
    return SilenceView(
        silence_id=silence.silence_id,
        matchers=[str(matcher) for matcher in silence.matchers],
        starts_at=silence.starts_at,
        ends_at=silence.ends_at,
        author=silence.author,
        comment=silence.comment,
    )
