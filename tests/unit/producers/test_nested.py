"""Entries within entries: which are the feed's own."""

from __future__ import annotations

import re

import pytest

from producers.nested import without_nested


def titles(body: bytes) -> bytes:
    """Return what is left of a document's letters."""
    return re.sub(rb"<[^>]*>|[^A-Z]", b"", without_nested(body))


@pytest.mark.parametrize(
    ("body", "left"),
    [
        (b"<feed><entry>A</entry><entry>B</entry></feed>", b"AB"),
        (
            b"<feed><entry>A<content><entry>X</entry></content></entry><entry>B</entry></feed>",
            b"AB",
        ),
        (
            b"<feed><entry>A<c><feed><entry>X</entry><entry>Y</entry></feed></c></entry></feed>",
            b"A",
        ),
        (b"<feed><entry>A<c><entry>X<c><entry>Y</entry></c></entry></c></entry></feed>", b"A"),
        (b"<rss><item>A<item>B</item></item></rss>", b"AB"),
        (b"<rss><items><item>A</item></items><item>B</item></rss>", b"AB"),
        (b"<feed><entry>A<c>B<entry>X</entry>C</c></entry></feed>", b"ABC"),
        (b'<f xmlns:a="u"><a:entry>A<c><a:entry>X</a:entry></c></a:entry></f>', b"A"),
    ],
)
def test_what_an_entry_carries_is_no_entry_of_the_feed(body: bytes, left: bytes) -> None:
    assert titles(body) == left


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<rss><item>A</item></rss>",
        b"<rss><item>A<x><item>B</item></x></rss>",
        b"<rss><item>&eacute;<x><item>B</item></x></item></rss>",
        b"<item/>" * 3,
        b"<rss><!-- <item><item> --><item>A</item></rss>",
        b"<rss>" + b"<item><x>" * 5000 + b"</x></item>" * 5000 + b"</rss>",
    ],
)
def test_what_is_broken_or_has_none_stays_as_it_is(body: bytes) -> None:
    assert without_nested(body) == body
