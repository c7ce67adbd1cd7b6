"""What feeds wrote is one harmless line, whatever it was."""

from __future__ import annotations

import unicodedata

from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from sinks.rendering.plain import one_line, position, web_address


ANY_TEXT = st.text(st.characters(codec=None), max_size=80)


@settings(derandomize=True, deadline=None, max_examples=200)
@given(ANY_TEXT)
def test_any_text_becomes_a_line_that_xml_and_utf8_can_hold(text: str) -> None:
    line = one_line(text)
    element = etree.Element("x")
    element.text = line
    assert (etree.fromstring(etree.tostring(element)).text or "") == line
    assert line.encode().decode() == line
    assert len(line.splitlines()) <= 1


@settings(derandomize=True, deadline=None, max_examples=200)
@given(ANY_TEXT)
def test_nothing_in_it_turns_the_direction_of_text_or_steers_a_terminal(text: str) -> None:
    steering = {"Cc", "Zl", "Zp", "Cs"}
    line = one_line(text)
    assert not any(unicodedata.category(char) in steering for char in line)
    assert not set(line) & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f")


def test_a_reversed_name_reads_as_it_was_written() -> None:
    assert one_line("Homs \u202elatipaC\u202c fell") == "Homs latipaC fell"


def test_persian_words_keep_their_joiners() -> None:
    word = "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645"  # "I want": one word, two halves
    assert one_line(word) == word


def test_a_long_line_is_cut_with_an_ellipsis() -> None:
    assert one_line("a b c d e f", 6) == "a b c…"
    assert one_line("abcdef", 6) == "abcdef"


def test_only_web_addresses_are_links() -> None:
    assert web_address("https://wire.example/1?a=b&c") == "https://wire.example/1?a=b&c"
    for url in (
        "javascript:alert(1)",
        "data:text/html,x",
        "//x",
        'https://x/" onclick="y',
        "",
        "https://x\n/y",
    ):
        assert web_address(url) is None, url


def test_a_position_is_a_point_on_earth_or_none() -> None:
    assert position(34.9, -180.0) == (34.9, -180.0)
    for point in (
        (None, 1.0),
        (1.0, None),
        (float("nan"), 1.0),
        (1.0, float("inf")),
        (91.0, 0.0),
        (0.0, 181.0),
    ):
        assert position(*point) is None
