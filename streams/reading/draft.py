"""One article on its way through the reader: filled in stage by stage."""

from __future__ import annotations

from dataclasses import dataclass, field

from placewatch.records import Article, Report
from streams.reading.context import ArticleContext
from streams.reading.documents import Sentence
from streams.reading.gate import Mention
from streams.reading.wars import Theatre


@dataclass(slots=True)
class Draft:
    """One article on its way through the reader; context and theatre are there once a watched place is named."""

    article: Article
    text: str
    mentions: list[Mention]
    sentences: list[Sentence] = field(default_factory=list)
    context: ArticleContext | None = None
    theatre: Theatre | None = None
    reports: list[Report] = field(default_factory=list)
