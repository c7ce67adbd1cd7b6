"""Plain text of an article: markup out, entities resolved, before any offset is counted.

Feeds give `<p>...</p>` and `&amp;`. Evidence offsets count characters of what this module returns: title, a
newline, the body. Text without markup comes back unchanged.
"""

from __future__ import annotations

import html
import re

from placewatch.records import Article


_DROPPED = re.compile(r"<(script|style)\b.*?</\1\s*>|<!--.*?-->", re.IGNORECASE | re.DOTALL)
_BREAK = re.compile(
    r"</?(?:p|div|br|li|ul|ol|h[1-6]|tr|td|table|blockquote|figure|figcaption)\b[^<>]*>",
    re.IGNORECASE,
)
_TAG = re.compile(r"</?[a-zA-Z][^<>]*>")
_ENTITY = re.compile(r"&(?:#\d+|#x[0-9a-fA-F]+|[a-zA-Z]+);")
# One character for one, so that offsets stay: typographic quotes, no-break and thin spaces, dashes.
_SAME_LENGTH = str.maketrans(
    {
        "‘": "'",
        "’": "'",
        "`": "'",
        "“": '"',
        "”": '"',
        "\u00a0": " ",
        "\u2009": " ",
        "\u202f": " ",
        "–": "-",
        "—": "-",
        "‑": "-",
    }
)


def plain(text: str) -> str:
    """Return `text` without markup; block elements become newlines."""
    if "<" in text:
        text = _TAG.sub("", _BREAK.sub("\n", _DROPPED.sub(" ", text)))
    return html.unescape(text) if _ENTITY.search(text) else text


def full_text(article: Article) -> str:
    """Return plain title, newline, plain body: what evidence offsets count in."""
    return f"{plain(article.title)}\n{plain(article.body)}"


def normalised(text: str) -> str:
    """Return `text` with plain quotes, spaces and dashes; every character keeps its offset."""
    return text.translate(_SAME_LENGTH)
