"""Entries that an entry carries as its content, or in an extension: they are part of it and no items of the feed. Pure.

feedparser takes every element of that name for an item, wherever it is: a feed that quotes another would tell articles
that nobody published in it.
"""

from __future__ import annotations

import re

from lxml import etree


_MARK = re.compile(rb"<(/?)(?:\w{1,20}:)?(?:item|entry)[\s>]", re.IGNORECASE)
_NAMES = frozenset({"item", "entry"})


def without_nested(body: bytes) -> bytes:
    """Return `body` without the entries that are inside something which an entry carries.

    Only of a well-formed document can that be said. An entry right in another is a slip of whoever wrote the feed, and
    stays.
    """
    if not _may_have_nested(body):
        return body
    parser = etree.XMLParser(resolve_entities=False, no_network=True)
    try:
        root = etree.fromstring(body, parser)  # libxml2's own limits hold
    except (etree.XMLSyntaxError, ValueError):
        return body
    carried = [element for element in root.iter("{*}item", "{*}entry") if _is_carried(element)]
    if not carried:
        return body
    for element in carried:
        element.clear(keep_tail=True)
        element.tag = "carried"
    encoding = root.getroottree().docinfo.encoding or "utf-8"
    return bytes(etree.tostring(root, encoding=encoding, xml_declaration=True))


def _may_have_nested(body: bytes) -> bool:
    """Return whether an entry seems to begin before another ends; what is in comments is looked at too."""
    depth = 0
    for mark in _MARK.finditer(body):
        depth = max(0, depth - 1) if mark[1] else depth + 1
        if depth > 1:
            return True
    return False


def _is_carried(element: etree._Element) -> bool:
    """Return whether there is an entry around an entry, with something else between them."""
    parent = element.getparent()
    if parent is None or _name(parent) in _NAMES:
        return False
    return any(_name(around) in _NAMES for around in parent.iterancestors())


def _name(element: etree._Element) -> str:
    return str(etree.QName(element).localname)
