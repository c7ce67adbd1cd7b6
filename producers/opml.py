"""The list of feeds: OPML 2.0 in and out."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from urllib.parse import urlsplit

from lxml import etree

from placewatch.errors import FeedListError
from placewatch.record_base import digest
from producers.identity import IdentityBy
from producers.urls import canonical_url, registrable_host, without_credentials


class FullText(StrEnum):
    """Whether the pages of a feed's articles are fetched: as the setting says, always, or never."""

    USUAL = "usual"
    ALWAYS = "always"
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class Feed:
    """A feed to poll.

    Attributes:
        feed_id: stable digest of the URL as it is in the list.
        url: where it is polled.
        title: what people call it; its address without credentials when nobody said.
        source_id: the outlet it belongs to; scope of its items' identity.
        language: what the list says, or None to believe the feed.
        category: the outline it is filed under, or what `category` says.
        html_url: the outlet's page.
        identity_by: what identifies its items first.
        user_agent: how we name ourselves to its server, where its owner asked for a name; "" is our own.
        full_text: whether its articles' pages are fetched.
    """

    feed_id: str
    url: str
    title: str
    source_id: str
    language: str | None = None
    category: str = ""
    html_url: str = ""
    identity_by: IdentityBy = IdentityBy.GUID
    user_agent: str = ""
    full_text: FullText = FullText.USUAL

    @property
    def shown_url(self) -> str:
        """The address without credentials, for logs and records."""
        return without_credentials(self.url)


# What browsers were given to open a feed reader: `feed:https://x.example/` and `feed://x.example/`.
_WRAPPED = re.compile(r"^feed:(?://)?(?=https?://)", re.IGNORECASE)
_FEED_SCHEME = re.compile(r"^feed:(?=//)", re.IGNORECASE)


def make_feed(url: str, *, title: str = "", source_id: str = "") -> Feed:
    """Return the feed at `url`; its source is the registrable host unless told.

    Raises:
        FeedListError: `url` is no http(s) URL.
    """
    url = _without_feed_scheme(url)
    if not canonical_url(url):
        raise FeedListError(
            f"{url!r} is not a feed address: give an http or https URL with a host, "
            "such as https://example.org/feed.xml"
        )
    return Feed(
        feed_id=digest(url),
        url=url,
        title=title or without_credentials(url),
        source_id=source_id or registrable_host(url),
    )


def load_feeds(path: Path) -> tuple[Feed, ...]:
    """Return the feeds of an OPML file in its order, however nested; a feed named twice counts once.

    Raises:
        FeedListError: the file is missing, not OPML, or an entry in it is wrong; the message says which.
    """
    feeds: dict[str, Feed] = {}
    for outline, category in _outlines(_body(path), ""):
        url = _address(outline)
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


def add_feeds(path: Path, feeds: Iterable[Feed]) -> tuple[Feed, ...]:
    """Add feeds to an OPML file, making it if it is missing; return those that were not in it yet.

    What else is in the file (comments, attributes of other programs) stays as it is.

    Raises:
        FeedListError: the file cannot be read or written.
    """
    listed = {canonical_url(feed.url) for feed in load_feeds(path)} if path.exists() else set()
    new = tuple(
        {canonical_url(f.url): f for f in feeds if canonical_url(f.url) not in listed}.values()
    )
    if new or not path.exists():
        body = _body(path) if path.exists() else _empty_opml()
        for feed in new:
            _append(body, feed)
        _write(path, body)
    return new


def remove_feed(path: Path, url: str) -> bool:
    """Take a feed out of an OPML file, wherever it is filed; return whether it was there.

    Raises:
        FeedListError: the file cannot be read or written.
    """
    body = _body(path)
    wanted = canonical_url(url) or url
    found = [
        outline
        for outline, _ in _outlines(body, "")
        if wanted in {canonical_url(_address(outline)), _address(outline)}
    ]
    for outline in found:
        outline.getparent().remove(outline)
    if found:
        _write(path, body)
    return bool(found)


def to_opml(feeds: Iterable[Feed]) -> bytes:
    """Return `feeds` as OPML 2.0, one folder of outlines a category, in the order given."""
    body = _empty_opml()
    for feed in feeds:
        _append(body, feed)
    return _serialised(body)


def _empty_opml() -> etree._Element:
    """Return the body of a new OPML document."""
    root = etree.Element("opml", version="2.0")
    etree.SubElement(etree.SubElement(root, "head"), "title").text = "placewatch feeds"
    return etree.SubElement(root, "body")


def _append(body: etree._Element, feed: Feed) -> None:
    """Add the outline of a feed to the folder of its category."""
    folder = body
    if feed.category:
        folders = [o for o in body.iterchildren("outline") if o.get("text") == feed.category]
        folder = folders[0] if folders else etree.SubElement(body, "outline", text=feed.category)
    attributes = {
        "type": "rss",
        "text": feed.title,
        "xmlUrl": feed.url,
        "htmlUrl": feed.html_url,
        "source": feed.source_id,
        "language": feed.language or "",
        "identity": "" if feed.identity_by is IdentityBy.GUID else feed.identity_by.value,
        "userAgent": feed.user_agent,
        "fullText": "" if feed.full_text is FullText.USUAL else feed.full_text.value,
    }
    etree.SubElement(folder, "outline", {k: v for k, v in attributes.items() if v})


def _write(path: Path, body: etree._Element) -> None:
    """Write the document `body` is in; the file appears whole or not at all."""
    partial = path.with_name(path.name + ".part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        partial.write_bytes(_serialised(body))
        partial.replace(path)
    except OSError as error:
        raise FeedListError(
            f"{path} cannot be written ({error.strerror}): check that the folder is there and yours"
        ) from error


def _serialised(body: etree._Element) -> bytes:
    """Return the document `body` is in, indented."""
    tree = body.getroottree()
    etree.indent(tree)
    xml: bytes = etree.tostring(tree, xml_declaration=True, encoding="utf-8")
    return xml + b"\n"


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
            "`placewatch feeds add https://example.org/feed.xml` or `placewatch feeds import shipped`"
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
        yield from _outlines(outline, category if _address(outline) else name)


def _address(outline: etree._Element) -> str:
    """Return the address in `xmlUrl`, however a program spells that; "" for a folder."""
    written = next((url for name, url in outline.items() if name.lower() == "xmlurl"), "")
    return _without_feed_scheme(written.strip())


def _without_feed_scheme(url: str) -> str:
    """Return an address that was made to open a feed reader as the one that it stands for."""
    return _FEED_SCHEME.sub("http:", _WRAPPED.sub("", url))


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
        user_agent=" ".join((outline.get("userAgent") or "").split()),
        full_text=FullText(outline.get("fullText") or FullText.USUAL),
    )
