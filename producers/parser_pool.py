"""Parsing in worker processes with a deadline."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import ValidationError

from placewatch.errors import FeedParseError
from producers.parsed import ParsedFeed, ParseReason
from producers.worker_pool import WorkerPool


class ParserPool(WorkerPool):
    """A few processes that parse feeds; use it as an asynchronous context manager."""

    def __init__(self, *, deadline_s: float, processes: int = 2) -> None:
        super().__init__("producers.parse_child", deadline_s=deadline_s, processes=processes)

    async def parse(self, body: bytes, headers: Mapping[str, str], url: str) -> ParsedFeed:
        """Return the feed in `body`.

        Raises:
            FeedParseError: it is no feed, took too long, or the parser died of it; `reason` is a ParseReason.
        """
        answer, *more = await self.ask(body, headers, url)
        if "feed" not in answer:
            raise FeedParseError(str(answer["error"]), reason=str(answer["reason"]))
        items = [item for frame in more for item in frame["items"]]
        try:
            return ParsedFeed.model_validate(answer["feed"] | {"items": items})
        except ValidationError as error:
            raise FeedParseError(
                f"{url}: the parser's answer is not a feed: {error}",
                reason=ParseReason.PARSER_RAISED,
            ) from error
