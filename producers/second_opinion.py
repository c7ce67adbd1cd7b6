"""A second opinion on a document in which feedparser finds no item: libxml2's recovering parser. Pure.

It reads on past what stops feedparser (a broken prologue, a character no XML allows) and knows fewer formats.
"""

from __future__ import annotations

import io
from collections.abc import Iterator

from lxml import etree

from producers.html_text import html_to_text
from producers.parsed import ParsedItem
from producers.urls import absolute_url


# Names of elements, without their prefix, by the field of ours they fill; the first that says something counts.
_NAMES = {
    "guid": ("guid", "id"),
    "title": ("title",),
    "summary": ("description", "summary"),
    "text": ("encoded", "content"),
    "published": ("pubdate", "published", "issued", "date"),
    "updated": ("updated", "modified"),
    "author": ("creator", "author"),
}


def recover_items(body: bytes, url: str, *, limit: int) -> tuple[ParsedItem, ...]:
    """Return the RSS items or Atom entries that can still be read in `body`, at most `limit`, in its order."""
    found: list[ParsedItem] = []
    for element in _entries(body):
        found.append(_item(element, url))
        element.clear()
        if len(found) == limit:
            break
    return tuple(found)


def _entries(body: bytes) -> Iterator[etree._Element]:
    """Yield each item or entry; entities and the network stay off."""
    walk = etree.iterparse(
        io.BytesIO(body),
        recover=True,
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
    )
    try:
        for _, element in walk:
            if _name(element) in {"item", "entry"}:
                yield element
    except etree.XMLSyntaxError:
        return  # nothing at all could be read, or nothing more


def _item(element: etree._Element, url: str) -> ParsedItem:
    """Return one entry as plain text."""
    parts: dict[str, list[etree._Element]] = {}
    for part in element:
        parts.setdefault(_name(part), []).append(part)
    fields = {
        field: next((text for name in names for p in parts.get(name, ()) if (text := _text(p))), "")
        for field, names in _NAMES.items()
    }
    link = _link(parts.get("link", []))
    return ParsedItem(
        guid=fields["guid"],
        link=absolute_url(url, link),
        title=html_to_text(fields["title"]),
        summary=html_to_text(fields["summary"]),
        text=html_to_text(fields["text"]),
        authors=(html_to_text(fields["author"]),) if fields["author"] else (),
        published=fields["published"],
        updated=fields["updated"],
    )


def _link(links: list[etree._Element]) -> str:
    """Return the address of the item itself: the alternate of Atom, the text of RSS."""
    for link in links:
        href = link.get("href") if link.get("rel", "alternate") == "alternate" else None
        if address := (href or _text(link)).strip():
            return str(address)
    return ""


def _text(element: etree._Element) -> str:
    """Return what an element says: escaped markup as it is, elements inside as markup."""
    if len(element):
        return str(etree.tostring(element, encoding="unicode", method="html", with_tail=False))
    return (element.text or "").strip()


def _name(element: etree._Element) -> str:
    """Return an element's name in lower case without namespace or prefix; "" for comments."""
    tag = element.tag
    return tag.rpartition("}")[2].rpartition(":")[2].lower() if isinstance(tag, str) else ""
