"""Which article an item is: identity that survives edits, moved links and careless GUIDs. Pure.

An item is known by its GUID when that is usable, else by its canonical link, else by title and day. Keys are
scoped by source, so that an outlet's world and region feeds give one article. A GUID is not usable when it is
empty, the feed's own address, or shared by different items of one document; then the link goes with it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlsplit

from placewatch.record_base import digest
from producers.parsed import ParsedItem
from producers.urls import canonical_url


# Words shorter than this are mostly function words: they don't show that two titles tell of one thing.
_MIN_WORD_CHARS = 4
_MIN_SHARED_WORDS = 0.25
# RSS asks for a title or a description: of an item that has no title this much stands for one.
_TITLE_CHARS = 100


class IdentityBy(StrEnum):
    """What identifies the items of a feed first."""

    GUID = "guid"
    LINK = "link"
    TITLE = "title"


@dataclass(frozen=True, slots=True)
class Keys:
    """The keys of one item, most specific first, and its link for recognising a changed GUID.

    Attributes:
        candidates: article ids under which the item may already be known.
        article_id: the one it gets when it is new.
        fresh_id: the one it gets when its GUID turns out to be used again for other news.
        canonical_url: the canonical form of its link, or "".
        alias: that link when it names this item alone, else "".
        kind: what identifies it when it is new: "guid", "guid+link", "link" or "title".
    """

    candidates: tuple[str, ...]
    article_id: str
    fresh_id: str
    canonical_url: str
    alias: str
    kind: str


@dataclass(frozen=True, slots=True)
class Known:
    """An article seen before, as far as identity goes."""

    article_id: str
    canonical_url: str
    title: str


def keys_of(
    items: Sequence[ParsedItem],
    *,
    source_id: str,
    feed_url: str,
    by: IdentityBy = IdentityBy.GUID,
) -> tuple[Keys | None, ...]:
    """Return the keys of each item of one document, None for an item nothing identifies.

    The keys of an item do not depend on where in the document it stands.
    """
    feed_host = urlsplit(feed_url).hostname or ""
    links = [canonical_url(item.link, feed_host=feed_host) for item in items]
    feed_link = canonical_url(feed_url)
    faces: dict[str, set[str]] = {}
    namers: dict[str, set[str]] = {}
    for item, link in zip(items, links, strict=True):
        guid, title = item.guid.strip(), normal_title(item.title)
        faces.setdefault(guid, set()).add(link or title)
        namers.setdefault(link, set()).add(guid or title)
    found = []
    for item, link in zip(items, links, strict=True):
        guid = item.guid.strip()
        is_guid_unusable = not guid or canonical_url(guid) == feed_link
        own_link = link if link and link != feed_link else ""
        found.append(
            _keys(
                source_id,
                guid="" if is_guid_unusable or by is not IdentityBy.GUID else guid,
                is_shared=len(faces[guid]) > 1,
                link="" if by is IdentityBy.TITLE else own_link,
                title=_title_key(item),
                canonical=link,
                is_alone=len(namers[link]) == 1 and by is not IdentityBy.TITLE,
            )
        )
    return tuple(found)


def resolve(
    items: Sequence[ParsedItem],
    keys: Sequence[Keys | None],
    known: Mapping[str, Known],
) -> tuple[str | None, ...]:
    """Return the article id of each item, given the articles `known` under any of its keys or its link.

    A new GUID on a known link is the same article (BBC counts its edits up in the GUID), unless the titles have
    nothing in common (a live page). A known GUID with another link and an unrelated title is other news.
    """
    by_link = {row.canonical_url: row for row in known.values() if row.canonical_url}
    resolved: list[str | None] = []
    for item, key in zip(items, keys, strict=True):
        resolved.append(_by_key(item, key, known) if key else None)
    taken = {article_id for article_id in resolved if article_id}
    for index, (item, key) in enumerate(zip(items, keys, strict=True)):
        if key is None or resolved[index] is not None:
            continue
        alias = by_link.get(key.alias)
        is_alias = (
            alias is not None
            and alias.article_id not in taken
            and are_related(alias.title, item.title)
        )
        resolved[index] = alias.article_id if alias is not None and is_alias else key.article_id
    return tuple(resolved)


def are_related(first: str, second: str) -> bool:
    """Return whether two titles share at least a quarter of the shorter one's longer words."""
    ours, theirs = _words(first), _words(second)
    if not ours or not theirs:
        return normal_title(first) == normal_title(second)
    return len(ours & theirs) >= max(1, _MIN_SHARED_WORDS * min(len(ours), len(theirs)))


def normal_title(title: str) -> str:
    """Return a title without what does not change its words: case, marks, runs of blanks."""
    return " ".join(re.findall(r"\w+", title.casefold()))


def names_a_page(link: str) -> bool:
    """Return whether a canonical link names a page of its own, not a site's front page."""
    parts = urlsplit(link)
    return bool(link) and (parts.path != "/" or bool(parts.query))


def _keys(
    source_id: str,
    *,
    guid: str,
    is_shared: bool,
    link: str,
    title: str,
    canonical: str,
    is_alone: bool,
) -> Keys | None:
    """Return an item's keys from its usable parts, or None when there are none."""
    plain = [f"guid:{guid}"] if guid and not is_shared else []
    both = [f"guid+link:{guid} {link or title}"] if guid and (link or title) else []
    rest = [f"link:{link}"] if link else [f"title:{title}"] if title else []
    candidates = (both + plain) if guid else rest
    if not candidates:
        return None
    ids = tuple(digest(source_id, key) for key in candidates)
    return Keys(
        candidates=ids,
        article_id=ids[-1],
        fresh_id=ids[0],
        canonical_url=canonical,
        alias=link if is_alone and names_a_page(link) else "",
        kind=candidates[-1].partition(":")[0],
    )


def _by_key(item: ParsedItem, key: Keys, known: Mapping[str, Known]) -> str | None:
    """Return the id the item is known by, or its fresh id when its GUID now names other news."""
    for article_id in key.candidates:
        row = known.get(article_id)
        if row is None:
            continue
        is_moved = bool(row.canonical_url) and key.canonical_url != row.canonical_url
        if is_moved and not are_related(row.title, item.title):
            return key.fresh_id
        return article_id
    return None


def _title_key(item: ParsedItem) -> str:
    """Return title and raw day: the same headline next week is other news. Without a title its first words serve."""
    title = normal_title(item.title) or normal_title((item.summary or item.text)[:_TITLE_CHARS])
    day = re.sub(r"\d{1,2}:\d{2}.*", "", item.published).strip()
    return f"{title}|{day}" if title else ""


def _words(title: str) -> frozenset[str]:
    """Return the longer words of a title."""
    return frozenset(w for w in normal_title(title).split() if len(w) >= _MIN_WORD_CHARS)
