"""Plain text from the HTML that feeds carry: one line a block, entities decoded, scripts gone. Pure."""

from __future__ import annotations

import re
import unicodedata

from lxml import etree, html


_BLOCKS = frozenset(
    [
        "address",
        "article",
        "aside",
        "blockquote",
        "br",
        "dd",
        "div",
        "dl",
        "dt",
        "figcaption",
        "figure",
        "footer",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "header",
        "hr",
        "li",
        "main",
        "nav",
        "ol",
        "p",
        "pre",
        "section",
        "table",
        "td",
        "th",
        "tr",
        "ul",
    ]
)
# The only invisible mark that parts words.
_WORD_BREAK = "\u200b"
_DROPPED = ("script", "style", "noscript", "template", "svg")
_LOOKS_LIKE_HTML = re.compile(r"<[a-zA-Z/!?]|&[#a-zA-Z]")


def html_to_text(source: str) -> str:
    """Return the text a reader would see in `source`, without markup; text without markup only loses its runs of blanks."""
    if not _LOOKS_LIKE_HTML.search(source):
        return tidy(source)
    try:
        # The explicit encoding keeps lxml from guessing one and from refusing XML declarations in a str.
        parser = html.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True)
        root = html.fromstring(source.encode("utf-8", "replace"), parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError):
        return ""
    etree.strip_elements(root, *_DROPPED, with_tail=False)
    pieces: list[str] = []
    for event, element in etree.iterwalk(root, events=("start", "end")):
        is_block = element.tag in _BLOCKS
        if event == "start":
            pieces.append("\n" if is_block else "")
            pieces.append(re.sub(r"\s+", " ", element.text or ""))
        else:
            pieces.append("\n" if is_block else "")
            if element is not root:
                pieces.append(re.sub(r"\s+", " ", element.tail or ""))
    return tidy("".join(pieces))


def tidy(text: str) -> str:
    """Return `text` without control characters, invisible marks, runs of blanks and empty lines."""
    lines = (" ".join(_printable(line).split()) for line in text.split("\n"))
    return "\n".join(line for line in lines if line)


def _printable(line: str) -> str:
    """Return a line with blanks for control characters and nothing for marks inside words, such as soft hyphens.

    Most lines have none and cost one look.
    """
    return line if line.isprintable() else "".join(map(_printable_char, line))


def _printable_char(char: str) -> str:
    if char.isprintable():
        return char
    is_mark = unicodedata.category(char) == "Cf" and char != _WORD_BREAK
    return "" if is_mark else " "
