"""What a parser gives: a feed's items as the document tells them, before any decision. Pure."""

from __future__ import annotations

from enum import StrEnum

from placewatch.record_base import Record
from producers.wishes import Wishes


class ParseReason(StrEnum):
    """Why a body gave no feed."""

    EMPTY = "empty_body"
    NOT_A_FEED = "not_a_feed"
    ENTITIES = "internal_entities"
    PARSER_RAISED = "parser_raised"
    MEMORY = "parse_memory"
    DEADLINE = "parse_deadline"
    WORKER_DIED = "parse_worker_died"


class ParsedItem(Record):
    """One item as its feed tells it. Texts are plain, URLs absolute, dates the raw strings of the feed."""

    guid: str = ""
    link: str = ""
    title: str = ""
    summary: str = ""
    text: str = ""
    authors: tuple[str, ...] = ()
    published: str = ""
    updated: str = ""
    language: str | None = None


class ParsedFeed(Record):
    """One document.

    `version` is the format ("rss20"), `bozo` the class of the parser's complaint, `ghosts` the number of
    entries without any text that were dropped, `overflow` of those beyond the limit, `wishes` how often its
    owner wants it polled.
    """

    version: str
    title: str = ""
    language: str | None = None
    bozo: str = ""
    ghosts: int = 0
    overflow: int = 0
    wishes: Wishes = Wishes()
    items: tuple[ParsedItem, ...] = ()
