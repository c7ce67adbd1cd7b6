"""What the endpoints share while the board runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from fastapi import Request

from sinks.board.arrivals import Arrivals
from sinks.board.desk import Desk
from sinks.board.reads import Mark


@dataclass(frozen=True, slots=True)
class Board:
    """The board's parts.

    Attributes:
        desk: the ledger and the places that are watched.
        arrivals: alerts as they arrive.
        token: what allows writing; None when the board only reads.
    """

    desk: Desk
    arrivals: Arrivals
    token: str | None

    def last_seq(self, mark: Mark) -> int:
        """Return the number after which the stream tells everything that is not told otherwise."""
        settled = self.arrivals.settled
        return mark.last_seq if settled is None else min(settled, mark.last_seq)


def board_of(request: Request) -> Board:
    """Return the board of the app that was asked."""
    return cast("Board", request.app.state.board)
