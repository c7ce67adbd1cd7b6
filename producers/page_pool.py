"""Taking articles out of pages in a worker process with a deadline."""

from __future__ import annotations

from placewatch.errors import FeedParseError
from producers.text_quality import PageText
from producers.worker_pool import WorkerPool


class PagePool(WorkerPool):
    """One process that takes articles out of pages; use it as an asynchronous context manager."""

    def __init__(self, *, deadline_s: float) -> None:
        super().__init__("producers.page_child", deadline_s=deadline_s, processes=1)

    async def extract(self, body: bytes, url: str) -> PageText:
        """Return the article in a page.

        Raises:
            FeedParseError: the page cannot be read, took too long, or the process died of it.
        """
        (answer,) = await self.ask(body, {}, url)
        if "page" not in answer:
            raise FeedParseError(str(answer["error"]), reason=str(answer["reason"]))
        return PageText.model_validate(answer["page"])
