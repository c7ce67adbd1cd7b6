"""Errors as RFC 9457 problem details: what happened, to what, what to do."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from starlette.exceptions import HTTPException

from placewatch.errors import (
    BrokerError,
    LedgerBusyError,
    LedgerError,
    NotFoundError,
    PlacewatchError,
    RecordError,
)
from placewatch.log import get_logger
from sinks.board.views import Problem


MEDIA_TYPE = "application/problem+json"
_STATUSES: tuple[tuple[type[PlacewatchError], HTTPStatus], ...] = (
    (LedgerBusyError, HTTPStatus.SERVICE_UNAVAILABLE),
    (LedgerError, HTTPStatus.SERVICE_UNAVAILABLE),
    (BrokerError, HTTPStatus.SERVICE_UNAVAILABLE),
    (NotFoundError, HTTPStatus.NOT_FOUND),
    (RecordError, HTTPStatus.UNPROCESSABLE_ENTITY),
)

_log = get_logger(__name__)


def problem(
    status: int, detail: str, *, errors: list[str] | None = None, headers: Any = None
) -> Response:
    """Return a problem as a response."""
    shown = Problem(
        title=HTTPStatus(status).phrase, status=status, detail=detail, errors=errors or []
    )
    return Response(
        shown.model_dump_json(), status_code=status, media_type=MEDIA_TYPE, headers=headers
    )


def responses(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return what OpenAPI says of an endpoint's errors."""
    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {
        status: {"description": HTTPStatus(status).phrase, "content": content}
        for status in (*statuses, 422, 503)
    }


def answer_with_problems(app: FastAPI) -> None:
    """Have `app` answer every error as a problem."""

    @app.exception_handler(PlacewatchError)
    async def ours(_: Request, error: PlacewatchError) -> Response:
        """Answer an error of ours with its message, which says what to do."""
        status = next(
            (s for kind, s in _STATUSES if isinstance(error, kind)),
            HTTPStatus.INTERNAL_SERVER_ERROR,
        )
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            _log.warning("cannot answer", error=str(error))
        return problem(status, str(error))

    @app.exception_handler(HTTPException)
    async def of_http(_: Request, error: HTTPException) -> Response:
        return problem(error.status_code, str(error.detail), headers=error.headers)

    @app.exception_handler(RequestValidationError)
    async def of_request(_: Request, error: RequestValidationError) -> Response:
        """Answer a request that is none with what is wrong with which field."""
        # What was sent is not told again: it may be a secret, or hostile.
        faults = [
            f"{'.'.join(str(part) for part in each['loc'])}: {each['msg']}"
            for each in error.errors()
        ]
        return problem(422, "the request cannot be used: " + "; ".join(faults[:5]), errors=faults)

    @app.exception_handler(Exception)
    async def unforeseen(_: Request, error: Exception) -> Response:
        _log.error("cannot answer", exc_info=error)
        return problem(500, "this is a fault of the board: its log has the details")
