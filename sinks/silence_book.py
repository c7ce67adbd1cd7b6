"""The silences in the ledger."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select, update

from placewatch.errors import NotFoundError, RoutesError
from placewatch.log import get_logger
from sinks.database import translated, writing
from sinks.ledger import Ledger
from sinks.matchers import parse_matcher
from sinks.model import SilenceRow
from sinks.silences import Silence


_log = get_logger(__name__)


class SilenceBook:
    """Reads and writes silences; a running sink takes them into account at its next decision.

    Every method may raise LedgerError.
    """

    def __init__(self, ledger: Ledger) -> None:
        """Use the silences of `ledger`."""
        self._engine = ledger.engine

    def add(self, silence: Silence) -> None:
        """Write a silence."""
        values = {
            "silence_id": silence.silence_id,
            "matchers": [str(matcher) for matcher in silence.matchers],
            "starts_at": silence.starts_at,
            "ends_at": silence.ends_at,
            "author": silence.author,
            "comment": silence.comment,
            "created_at": silence.created_at,
        }
        with translated(self._engine), writing(self._engine) as connection:
            connection.execute(insert(SilenceRow).values(values))

    def all(self) -> tuple[Silence, ...]:
        """Return all silences there ever were, those that end last first.

        One that this version cannot read mutes nothing and is told of in the log.
        """
        found: list[Silence] = []
        with translated(self._engine), self._engine.connect() as connection:
            rows = list(connection.execute(select(SilenceRow.__table__)))
        for row in rows:
            try:
                found.append(_silence(row))
            except RoutesError as error:
                _log.warning("silence cannot be read", silence=row.silence_id, error=str(error))
        return tuple(sorted(found, key=lambda silence: silence.ends_at, reverse=True))

    def expire(self, silence_id: str, now: datetime) -> Silence:
        """End a silence now, and return it; one that is over stays as it is.

        Raises:
            NotFoundError: there is none of that id.
        """
        silence = next((each for each in self.all() if each.silence_id == silence_id), None)
        if silence is None:
            raise NotFoundError(
                f"there is no silence {silence_id!r}: `placewatch silence list` shows those there are"
            )
        if silence.is_over(now):
            return silence
        # One that has not begun yet ends as it begins: it never was in force.
        ended = replace(silence, ends_at=max(now, silence.starts_at))
        with translated(self._engine), writing(self._engine) as connection:
            connection.execute(
                update(SilenceRow)
                .where(SilenceRow.silence_id == silence_id)
                .values(ends_at=ended.ends_at)
            )
        return ended


def _silence(row: Any) -> Silence:
    return Silence(
        silence_id=row.silence_id,
        matchers=tuple(parse_matcher(text) for text in row.matchers),
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        author=row.author,
        comment=row.comment,
        created_at=row.created_at,
    )
