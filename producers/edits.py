"""When an item that is seen again is an edit worth telling. Pure."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from dataclasses import dataclass
from enum import StrEnum


HASH_VERSION = "1"
# Feedbin tells its readers of an update only above 50 characters; lemon24/reader stops after 24 updates that
# only a hash shows, so that a page with a running clock is not edited for ever.
MIN_CHANGED_CHARS = 50
MAX_HASH_ONLY_REVISIONS = 24


class Edit(StrEnum):
    """What became of an item that was seen before."""

    SAME = "same"
    TITLE = "title_changed"
    TEXT = "text_changed"
    MINOR = "minor_edit"
    LIMIT = "revision_limit"


@dataclass(frozen=True, slots=True)
class Content:
    """What an edit can change."""

    title: str
    summary: str
    text: str

    @property
    def content_hash(self) -> str:
        """The versioned hash of the content; blanks and case do not count."""
        parts = "\x1f".join(_normal(part) for part in (self.title, self.summary, self.text))
        return f"{HASH_VERSION}:{hashlib.sha256(parts.encode()).hexdigest()}"


def judge_edit(
    before: Content, after: Content, *, before_hash: str, hash_only_revisions: int
) -> Edit:
    """Return what `after` is to `before`: the same, an edit to tell, or one not worth telling.

    `before_hash` is the hash stored with `before`. One made by another version of the hash says nothing: then
    the contents themselves are compared.
    """
    old_hash = before_hash if before_hash.startswith(f"{HASH_VERSION}:") else before.content_hash
    if after.content_hash == old_hash:
        return Edit.SAME
    if _normal(before.title) != _normal(after.title):
        return Edit.TITLE
    if changed_chars(before, after) <= MIN_CHANGED_CHARS:
        return Edit.MINOR
    return Edit.LIMIT if hash_only_revisions >= MAX_HASH_ONLY_REVISIONS else Edit.TEXT


def changed_chars(before: Content, after: Content) -> int:
    """Return how many characters of words were added or removed, whichever is more.

    Words are compared as a bag, in linear time: moving a paragraph is no news.
    """
    old = Counter(_normal(f"{before.summary} {before.text}").split())
    new = Counter(_normal(f"{after.summary} {after.text}").split())
    added = sum(len(word) * count for word, count in (new - old).items())
    removed = sum(len(word) * count for word, count in (old - new).items())
    return max(added, removed)


def _normal(text: str) -> str:
    """Return `text` without what no reader notices."""
    return re.sub(r"\s+", " ", text).strip().casefold()
