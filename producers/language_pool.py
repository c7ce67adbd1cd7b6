"""Finding the languages of articles in a worker process: its table would be half of the producer's memory."""

from __future__ import annotations

import json
from collections.abc import Sequence

from placewatch.errors import FeedParseError
from placewatch.log import get_logger
from placewatch.records import Article
from producers.languages import language_of, words_of
from producers.opml import Feed
from producers.worker_pool import WorkerPool


_AT_ONCE = 100
log = get_logger(__name__)


class LanguagePool(WorkerPool):
    """One process that knows languages, started by the first article that needs it; an asynchronous context manager."""

    def __init__(self, *, deadline_s: float) -> None:
        super().__init__("producers.language_child", deadline_s=deadline_s, processes=1)

    async def name(self, feed: Feed, articles: Sequence[Article]) -> tuple[Article, ...]:
        """Return the articles with the languages that their words show; never raises for them.

        What a person wrote into the list of feeds stays, and where nobody can say what the feed says.
        """
        if feed.language:
            return tuple(articles)
        named: list[Article] = []
        for start in range(0, len(articles), _AT_ONCE):
            some = articles[start : start + _AT_ONCE]
            detected = await self._detected([words_of(a.title, a.text or a.summary) for a in some])
            named += map(_named, some, detected)
        return tuple(named)

    async def _detected(self, words: Sequence[str]) -> Sequence[str | None]:
        """Return the language of each of several texts; None for each when the process cannot say."""
        if not any(words):
            return [None] * len(words)
        try:
            (answer,) = await self.ask(json.dumps(words).encode(), {}, "the words of articles")
        except FeedParseError as error:
            log.warning(
                "languages could not be found: the feeds' own word counts", error=str(error)
            )
            return [None] * len(words)
        languages: list[str | None] = answer["languages"]
        return languages


def _named(article: Article, detected: str | None) -> Article:
    """Return an article in the language that was found."""
    language = language_of(detected, article.language)
    if language == article.language:
        return article
    return article.model_copy(update={"language": language})
