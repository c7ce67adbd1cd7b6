"""Alerts as an Atom feed (RFC 4287). All of it is text, nothing is markup for a reader to run."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from lxml import etree

from placewatch.errors import RecordError
from placewatch.records import Alert
from sinks.rendering.message import block
from sinks.rendering.plain import one_line, position, told, utc, web_address


NAMESPACE = "http://www.w3.org/2005/Atom"
GEORSS = "http://www.georss.org/georss"
MEDIA_TYPE = "application/atom+xml"
TITLE_LENGTH = 200
# An id has to be an IRI that never changes: a UUID of version 5, a hash in this space, is one for any alert's id.
_SPACE = uuid.UUID("5f0e8b46-6d1c-5f6d-9a57-0c8f1d9b7a11")
_VIA_LINKS = 3
_EPOCH = "1970-01-01T00:00:00Z"


@dataclass(frozen=True, slots=True)
class Feed:
    """What a feed says of itself.

    Attributes:
        title: for people; its id is made of it.
        author: who answers for it.
        url: where it can be fetched, or None where it lies on a disk only.
    """

    title: str
    author: str = "placewatch"
    url: str | None = None


def iri_of(*names: str) -> str:
    """Return the IRI of something by its names: the same names always give the same one."""
    return f"urn:uuid:{uuid.uuid5(_SPACE, chr(31).join(names))}"


def entry_of(alert: Alert, alternate: Mapping[str, str] | None = None) -> etree._Element:
    """Return one alert as an entry.

    Args:
        alert: what is told.
        alternate: attributes of the link to another form of it, as its CAP file.
    """
    entry = etree.Element(f"{{{NAMESPACE}}}entry", nsmap={None: NAMESPACE, "georss": GEORSS})
    _add(entry, "id", iri_of("alert", alert.alert_id))
    _add(entry, "title", one_line(told(alert), TITLE_LENGTH), type="text")
    _add(entry, "updated", utc(alert.at))
    _add(entry, "published", utc(alert.at))
    if alternate is not None:
        _add(entry, "link", rel="alternate", **alternate)
    for citation in islice((c for c in alert.citations if web_address(c.url)), _VIA_LINKS):
        _add(entry, "link", rel="via", href=citation.url, title=one_line(citation.title))
    for term in (alert.msg_type, alert.control, alert.certainty):
        _add(entry, "category", term=term.value)
    _add(entry, "content", block(alert), type="text")
    point = position(alert.latitude, alert.longitude)
    if point is not None:
        etree.SubElement(entry, f"{{{GEORSS}}}point").text = f"{point[0]:.5f} {point[1]:.5f}"
    return entry


def merged(
    entries: Sequence[etree._Element], known: Iterable[etree._Element], newest: int
) -> list[etree._Element]:
    """Return new and known entries, each id once, the newest first and at most `newest` of them."""
    by_id = {_text(entry, "id"): entry for entry in known}
    by_id |= {_text(entry, "id"): entry for entry in entries}
    return sorted(by_id.values(), key=lambda entry: _text(entry, "updated"), reverse=True)[:newest]


def entries_in(document: bytes) -> list[etree._Element]:
    """Return the entries of a feed.

    Raises:
        RecordError: it is no Atom feed.
    """
    parser = etree.XMLParser(resolve_entities=False, no_network=True)
    try:
        root = etree.fromstring(document, parser)
    except etree.XMLSyntaxError as error:
        raise RecordError(f"not an Atom feed: {error}") from error
    if root.tag != f"{{{NAMESPACE}}}feed":
        raise RecordError(f"not an Atom feed: its root is {root.tag}")
    return list(root.findall(f"{{{NAMESPACE}}}entry"))


def atom_feed(feed: Feed, entries: Sequence[etree._Element]) -> bytes:
    """Return the feed of these entries as a document in UTF-8; it was updated when its newest entry was."""
    root = etree.Element(f"{{{NAMESPACE}}}feed", nsmap={None: NAMESPACE, "georss": GEORSS})
    _add(root, "id", iri_of("feed", feed.title))
    _add(root, "title", one_line(feed.title) or "placewatch", type="text")
    _add(root, "updated", max((_text(entry, "updated") for entry in entries), default=_EPOCH))
    if feed.url:
        _add(root, "link", rel="self", href=feed.url, type=MEDIA_TYPE)
    author = _add(root, "author")
    _add(author, "name", one_line(feed.author) or "placewatch")
    _add(root, "generator", "placewatch")
    root.extend(entries)
    etree.indent(root)
    document: bytes = etree.tostring(
        root, xml_declaration=True, encoding="UTF-8", pretty_print=True
    )
    return document


def _add(
    parent: etree._Element, name: str, text: str | None = None, **attributes: str
) -> etree._Element:
    element = etree.SubElement(parent, f"{{{NAMESPACE}}}{name}", attributes)
    element.text = text
    return element


def _text(entry: etree._Element, name: str) -> str:
    return entry.findtext(f"{{{NAMESPACE}}}{name}") or ""
