"""How much memory the feeds that are read at the same time may take together.

What is in a document is many times its size: its texts as characters, and a few kilobytes for each item however short.
A poll takes its share before it reads a body and gives back what it does not need. Large documents have a room of their
own, so that ordinary ones never wait behind them.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import sys
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

from placewatch.records import Article
from producers.fetched import Fetched


# Measured: one item takes five kilobytes beside its texts, as what was read, as what is published and as what is
# remembered; there are at most 2,000 of them, and the shortest has 50 bytes.
_ITEM_BYTES = 5 * 1024
_SHORTEST_ITEM_BYTES = 50
_MOST_ITEMS = 2000
# One wide sign in an otherwise plain text makes four bytes of each of its characters; the body is there as well.
_WIDTH = 5
# What begins an item in any of the formats; in JSON whatever may be one.
_ITEM = re.compile(rb"[<:](?:item|entry|url)[\s>/]|\{", re.IGNORECASE)
# Of 200 real feeds nine in ten are smaller than this. Beyond it items are not counted: it is large anyway.
_COUNTED_BYTES = 512 * 1024
_LARGE_BYTES = 4 * 1024**2
_ORDINARY_ROOM_BYTES = 8 * 1024**2
_LARGE_ROOM_BYTES = 24 * 1024**2


class Room:
    """Memory that is shared: whoever comes first is let in first."""

    def __init__(self, free_bytes: int) -> None:
        self._size_bytes = self._free_bytes = free_bytes
        self._turn = asyncio.Lock()
        self._freed = asyncio.Event()

    @contextlib.asynccontextmanager
    async def share(self, wanted_bytes: int) -> AsyncIterator[Share]:
        """Wait for a share and hold it for the block; nobody has to have more than there is."""
        share = Share(self, min(wanted_bytes, self._size_bytes))
        async with self._turn:
            while self._free_bytes < share.held_bytes:
                self._freed.clear()
                await self._freed.wait()
            self._free_bytes -= share.held_bytes
        try:
            yield share
        finally:
            share.shrink(0)

    def give_back(self, freed_bytes: int) -> None:
        """Let others have what is not needed any more."""
        self._free_bytes += freed_bytes
        self._freed.set()


@dataclass(slots=True)
class Share:
    """What one poll holds of a room."""

    room: Room
    held_bytes: int

    def shrink(self, to_bytes: int) -> None:
        """Give back what goes beyond `to_bytes`."""
        surplus = self.held_bytes - to_bytes
        if surplus > 0:
            self.held_bytes = to_bytes
            self.room.give_back(surplus)


class Rooms:
    """The room of ordinary documents and that of large ones."""

    def __init__(self) -> None:
        self._ordinary = Room(_ORDINARY_ROOM_BYTES)
        self._large = Room(_LARGE_ROOM_BYTES)

    def share(self, weight_bytes: int) -> contextlib.AbstractAsyncContextManager[Share]:
        """Return the share of a document of this weight, to be held while what is in it is."""
        room = self._large if weight_bytes > _LARGE_BYTES else self._ordinary
        return room.share(weight_bytes)


def weight_of(fetched: Fetched) -> int:
    """Return how much memory reading what was fetched may take; it looks at a body that may be in a file."""
    size = fetched.size_bytes
    items = min(_MOST_ITEMS, size // _SHORTEST_ITEM_BYTES)
    if size <= _COUNTED_BYTES:
        body = fetched.loaded().body
        if (
            b"<" in body and b"\0" not in body
        ):  # else it is no text of single bytes, and nothing is known of it
            items = min(items, sum(1 for _ in _ITEM.finditer(body)))
    return items * _ITEM_BYTES + _WIDTH * size


def weight_of_articles(articles: Sequence[Article]) -> int:
    """Return how much memory articles take on their way to being remembered."""
    texts = sum(sys.getsizeof(a.summary) + sys.getsizeof(a.text) for a in articles)
    return len(articles) * _ITEM_BYTES + texts
