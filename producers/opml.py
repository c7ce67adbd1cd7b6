"""The list of feeds: OPML 2.0 in and out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from lxml import etree

from placewatch.errors import FeedListError
from placewatch.records import digest
from producers.identity import IdentityBy
from producers.urls import canonical_url, registrable_host


@dataclass(frozen=True, slots=True)
class Feed:
    """A feed to poll.

    Attributes:
        feed_id: stable digest of the URL as it is in the list.
        url: where it is polled.
        title: what people call it.
        source_id: the outlet it belongs to; scope of its items' identity.
        language: what the list says, or None to believe the feed.
        category: the outline it is filed under, or what `category` says.
        html_url: the outlet's page.
        identity_by: what identifies its items first.
    """

    feed_id: str
    url: str
    title: str
    source_id: str
    language: str | None = None
    category: str = ""
    html_url: str = ""
    identity_by: IdentityBy = IdentityBy.GUID


def make_feed(url: str, *, title: str = "", source_id: str = "") -> Feed:
    """Return the feed at `url`; its source is the registrable host unless told.

    Raises:
        FeedListError: `url` is no http(s) URL.
    """
    if not canonical_url(url):
        raise FeedListError(
            f"{url!r} is not a feed address: give an http or https URL with a host, "
            "such as https://example.org/feed.xml"
        )
    return Feed(
        feed_id=digest(url),
        url=url,
        title=title or url,
        source_id=source_id or registrable_host(url),
    )


def load_feeds(path: Path) -> tuple[Feed, ...]:
    """Return the feeds of an OPML file in its order, however nested; a feed named twice counts once.

    Raises:
        FeedListError: the file is missing, not OPML, or an entry in it is wrong; the message says which.
    """
    feeds: dict[str, Feed] = {}
    for outline, category in _outlines(_body(path), ""):
        url = (outline.get("xmlUrl") or "").strip()
        if not url:
            continue
        try:
            feed = _feed(outline, url, category)
        except (FeedListError, ValueError) as error:
            raise FeedListError(
                f"{path}, line {outline.sourceline}: {error}; correct or remove this outline"
            ) from error
        feeds.setdefault(canonical_url(url), feed)
    return tuple(feeds.values())


def save_feeds(path: Path, feeds: Iterable[Feed]) -> None:
    """Write `feeds` as an OPML 2.0 file, one folder of outlines a category; the file appears whole or not at all.

    Raises:
        FeedListError: the file cannot be written.
    """
    partial = path.with_name(path.name + ".part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        partial.write_bytes(to_opml(feeds))
        partial.replace(path)
    except OSError as error:
        raise FeedListError(
            f"{path} cannot be written ({error.strerror}): check that the folder is there and yours"
        ) from error


def to_opml(feeds: Iterable[Feed]) -> bytes:
    """Return `feeds` as OPML 2.0, one folder of outlines a category, in the order given."""
    root = etree.Element("opml", version="2.0")
    etree.SubElement(etree.SubElement(root, "head"), "title").text = "placewatch feeds"
    body = etree.SubElement(root, "body")
    folders: dict[str, etree._Element] = {"": body}
    for feed in feeds:
        if feed.category not in folders:
            folders[feed.category] = etree.SubElement(body, "outline", text=feed.category)
        attributes = {
            "type": "rss",
            "text": feed.title,
            "xmlUrl": feed.url,
            "htmlUrl": feed.html_url,
            "source": feed.source_id,
            "language": feed.language or "",
            "identity": "" if feed.identity_by is IdentityBy.GUID else feed.identity_by.value,
        }
        outline = etree.SubElement(folders[feed.category], "outline")
        for name, value in attributes.items():
            if value:
                outline.set(name, value)
    xml: bytes = etree.tostring(root, pretty_print=True, xml_declaration=True, encoding="utf-8")
    return xml


def _body(path: Path) -> etree._Element:
    """Return the `body` element of an OPML file; entities and the network stay off."""
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False
    )
    try:
        root = etree.fromstring(path.read_bytes(), parser)
    except FileNotFoundError as error:
        raise FeedListError(
            f"there is no feed list {path}: name one with PLACEWATCH_FEEDS, or make one with "
            "`placewatch feeds add https://example.org/feed.xml`"
        ) from error
    except OSError as error:
        raise FeedListError(f"{path} cannot be read: {error.strerror}") from error
    except etree.XMLSyntaxError as error:
        raise FeedListError(
            f"{path} is not well-formed XML ({error.msg}): correct it, or export OPML again"
        ) from error
    body = root.find("body")
    if root.tag != "opml" or body is None:
        raise FeedListError(
            f"{path} is not OPML (its root is <{root.tag}>): export your feeds as OPML 2.0"
        )
    return body


def _outlines(parent: etree._Element, category: str) -> Iterator[tuple[etree._Element, str]]:
    """Yield every outline below `parent` with the name of the folder it is in."""
    for outline in parent.iterchildren("outline"):
        yield outline, category
        name = outline.get("text") or outline.get("title") or category
        yield from _outlines(outline, category if outline.get("xmlUrl") else name)


def _feed(outline: etree._Element, url: str, category: str) -> Feed:
    """Return the feed of one outline."""
    plain = make_feed(
        url,
        title=(outline.get("text") or outline.get("title") or urlsplit(url).hostname or "").strip(),
        source_id=(outline.get("source") or "").strip(),
    )
    return Feed(
        feed_id=plain.feed_id,
        url=plain.url,
        title=plain.title,
        source_id=plain.source_id,
        language=(outline.get("language") or "").strip() or None,
        category=(outline.get("category") or category).strip(),
        html_url=(outline.get("htmlUrl") or "").strip(),
        identity_by=IdentityBy(outline.get("identity") or IdentityBy.GUID),
    )
