"""What stands before a feed's first element: document types that declare entities, and what to do with them. Pure.

A handful of short texts under a name is what careful software writes, and is put in its place here. Everything else
is a bomb or a spy: entities made of entities, long ones, ones that point to files. No XML parser of ours ever
expands one.
"""

from __future__ import annotations

import re

from placewatch.errors import FeedParseError
from producers.parsed import ParseReason


_PROLOGUE_BYTES = 64 * 1024
_MAX_ENTITIES = 32
_MAX_VALUE_BYTES = 256
# All of them written out may lengthen a feed by this much; real feeds use a site's name a few hundred times.
_MAX_GROWTH_BYTES = 256 * 1024
_ENTITY = re.compile(rb"<!ENTITY", re.IGNORECASE)
_DOCTYPE = re.compile(rb"<!DOCTYPE[^<>\[]{0,1000}(\[(?P<subset>.*?)\]\s*)?>", re.DOTALL)
_TEXT = re.compile(
    rb"<!ENTITY\s+(?P<name>[A-Za-z_][\w.-]{0,63})\s+(?:\"(?P<a>[^\"<%]*)\"|'(?P<b>[^'<%]*)')\s*>"
)
# Parameter entities that name a file of HTML's letters: never loaded, and HTML's letters are known anyway.
_PARAMETER = re.compile(rb"<!ENTITY\s+%\s+[\w.-]+\s+(?:PUBLIC|SYSTEM)\s[^<>]*>|%[\w.-]+;")
_COMMENT = re.compile(rb"<!--.*?-->", re.DOTALL)
_REFERENCE = re.compile(rb"&(?!#)")
# Runs of numbered characters that may hold one XML does not know: feedparser raises at them (its issue 599).
_NUMBERED = re.compile(rb"(?:&#(?:[xX][0-9a-fA-F]{4,16}|[0-9]{5,20});)+")
_NUMBER = re.compile(rb"&#([xX]?)([0-9a-fA-F]+);")
_LAST_CHARACTER = 0x10FFFF
_REPLACEMENT = 0xFFFD


def without_entities(body: bytes, url: str) -> bytes:
    """Return `body` without a declaration of entities, harmless ones put in place of their names.

    Raises:
        FeedParseError: the entities are not harmless; the reason is `ParseReason.ENTITIES`.
    """
    if not _ENTITY.search(body[:_PROLOGUE_BYTES].replace(b"\0", b"")):
        return body
    start = max(body.find(b"<!DOCTYPE"), 0)
    doctype = _DOCTYPE.match(body, start, start + _PROLOGUE_BYTES)
    values = _harmless(doctype.group("subset") or b"") if doctype else None
    if doctype is None or values is None or _growth(body, values) > _MAX_GROWTH_BYTES:
        raise FeedParseError(
            f"{url} declares XML entities of its own that could blow up or name files: refused",
            reason=ParseReason.ENTITIES,
        )
    rest = body[: doctype.start()] + body[doctype.end() :]
    for name, value in values.items():
        rest = rest.replace(b"&" + name + b";", value)
    return rest


def with_possible_characters(body: bytes) -> bytes:
    """Return `body` without numbered characters that do not exist; halves of one, as JavaScript counts, are joined."""
    return _NUMBERED.sub(_possible, body)


def _possible(run: re.Match[bytes]) -> bytes:
    """Return a run of numbered characters as ones that exist."""
    numbers = [int(digits, 16 if is_hex else 10) for is_hex, digits in _NUMBER.findall(run.group())]
    text = "".join(chr(n if n <= _LAST_CHARACTER else _REPLACEMENT) for n in numbers)
    whole = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return whole.encode("ascii", "xmlcharrefreplace")


def _harmless(subset: bytes) -> dict[bytes, bytes] | None:
    """Return the texts that a subset declares by name, or None when it declares anything else."""
    subset = _COMMENT.sub(b"", subset)
    found = {m["name"]: m["a"] or m["b"] or b"" for m in _TEXT.finditer(subset)}
    is_rest_harmless = not _ENTITY.search(_PARAMETER.sub(b"", _TEXT.sub(b"", subset)))
    is_small = len(found) <= _MAX_ENTITIES and all(
        len(value) <= _MAX_VALUE_BYTES and not _REFERENCE.search(value) for value in found.values()
    )
    return found if is_rest_harmless and is_small else None


def _growth(body: bytes, values: dict[bytes, bytes]) -> int:
    """Return how many bytes the names' values add."""
    return sum(len(value) * body.count(b"&" + name + b";") for name, value in values.items())
