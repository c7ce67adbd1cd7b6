"""Documents that are no relatives of ASCII, made UTF-8 before anything looks into them. Pure.

UTF-16 and UTF-32 may do without a declaration, and may declare what they are not; whoever looks for `<item>` in bytes
finds nothing in them. The first characters of a feed are ASCII, so where their zeros lie says which it is (XML 1.0,
appendix F). EBCDIC, the one other family, has to declare itself and does so in bytes of its own.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Mapping


# UTF-32 first: its mark begins like UTF-16's.
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# Which of the first four bytes are zero.
_ZEROS = {
    (False, True, True, True): "utf-32-le",
    (True, True, True, False): "utf-32-be",
    (False, True, False, True): "utf-16-le",
    (True, False, True, False): "utf-16-be",
}
# "<?xm" in every EBCDIC, all of which have these letters in one place.
_EBCDIC, _ANY_EBCDIC = b"\x4c\x6f\xa7\x94", "cp037"
_HEAD_BYTES = 256
_DECLARED = re.compile(rb"""^(\s*<\?xml[^>]{0,200}?)\s+encoding\s*=\s*["']([^"'>]*)["']""")
_CHARSET = re.compile(r";\s*charset\s*=[^;]*", re.IGNORECASE)
_WIDE = re.compile(r"(?:utf|ucs|iso-10646-ucs)[-_]?(?:16|32|2|4)", re.IGNORECASE)


def narrowed(body: bytes, headers: Mapping[str, str]) -> tuple[bytes, Mapping[str, str]]:
    """Return a document and its headers; what is UTF-16 or UTF-32, or says so and is not, as UTF-8 that says nothing."""
    mark, codec = next(((m, c) for m, c in _MARKS if body.startswith(m)), (b"", None))
    codec = codec or _ZEROS.get(tuple(byte == 0 for byte in body[:4])) or _ebcdic(body)  # type: ignore[arg-type]  # of four, or in no row
    if codec is not None:
        narrow = body[len(mark) :].decode(codec, "replace").encode("utf-8", "replace")
        return _undeclared(narrow, headers)
    declared = _DECLARED.match(body)
    content_type = headers.get("content-type", "")
    words = (declared[2].decode("ascii", "replace") if declared else "", content_type)
    if any(_WIDE.search(word) for word in words):
        return _undeclared(body, headers)
    return body, headers


def _ebcdic(body: bytes) -> str | None:
    """Return which EBCDIC a document declares itself to be, the usual one if nobody knows it; None if it is none."""
    if not body.startswith(_EBCDIC):
        return None
    declared = _DECLARED.match(body[:_HEAD_BYTES].decode(_ANY_EBCDIC).encode("utf-8"))
    name = declared[2].decode() if declared else _ANY_EBCDIC
    try:
        _EBCDIC.decode(name, "replace")  # of nothing any name will do
    except LookupError:  # or none of text
        return _ANY_EBCDIC
    return name


def _undeclared(body: bytes, headers: Mapping[str, str]) -> tuple[bytes, Mapping[str, str]]:
    """Return document and headers without a word of how it is encoded: XML then is UTF-8."""
    content_type = _CHARSET.sub("", headers.get("content-type", ""))
    return _DECLARED.sub(rb"\1", body, count=1), {**headers, "content-type": content_type}
