"""Plain text, sentences, dates, shingles: what needs no model."""

from __future__ import annotations

from datetime import UTC, date, datetime
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from placewatch.records import Article
from placewatch.vocabulary import DatePrecision
from streams.reading.dates import find_dates, is_history
from streams.reading.plaintext import full_text, normalised, plain
from streams.reading.sentences import split
from streams.reading.shingles import containment, shingles


FRIDAY = date(2024, 12, 6)


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("no markup", "no markup"),
        ("<p>One.</p><p>Two &amp; three</p>", "\nOne.\n\nTwo & three\n"),
        ("a<br/>b", "a\nb"),
        ("<b>bold</b> move", "bold move"),
        ("<script>var x = 1;</script>seen", " seen"),
        ("3 < 4 and 5 > 4", "3 < 4 and 5 > 4"),
        ("Russia&#039;s", "Russia's"),
        ("R&D; AT&T", "R&D; AT&T"),
    ],
)
def test_markup_goes(raw, expected):
    assert plain(raw) == expected


@given(st.text(max_size=300))
def test_normalising_keeps_every_offset(text):
    assert len(normalised(text)) == len(text)


def test_the_text_is_title_newline_body():
    now = datetime(2024, 12, 6, tzinfo=UTC)
    article = Article(
        article_id="a",
        source_id="s",
        title="A <b>title</b>",
        summary="body",
        published_at=now,
        fetched_at=now,
    )
    assert full_text(article) == "A title\nbody"


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("\nOne. Two! Three?", ["One.", "Two!", "Three?"]),
        ("\n“It is over.” He left.", ["“It is over.”", "He left."]),
        (
            "\nGen. Smith met Mr. Lee at 3 p.m. on Monday.",
            ["Gen. Smith met Mr. Lee at 3 p.m. on Monday."],
        ),
        ("\nThe U.S. Army left. It rained.", ["The U.S. Army left.", "It rained."]),
        ("\nFirst line\nSecond line.", ["First line", "Second line."]),
        ("Rebels advance; army retreats\nBody.", ["Rebels advance;", "army retreats", "Body."]),
        ("Town falls - mayor\nBody.", ["Town falls", "- mayor", "Body."]),
        ("", []),
    ],
)
def test_sentences(text, sentences):
    assert [text[s.start : s.end] for s in split(text)] == sentences


@given(st.text(max_size=400))
def test_sentences_cover_all_but_white_space(text):
    spans = split(text)
    assert all(a.end <= b.start for a, b in pairwise(spans))
    kept = "".join(text[s.start : s.end] for s in spans)
    assert "".join(kept.split()) == "".join(text.split())


@pytest.mark.parametrize(
    ("text", "day", "precision"),
    [
        ("on Thursday", date(2024, 12, 5), DatePrecision.DAY),
        ("early Friday", date(2024, 12, 6), DatePrecision.DAY),
        ("last Saturday", date(2024, 11, 30), DatePrecision.DAY),
        ("yesterday", date(2024, 12, 5), DatePrecision.DAY),
        ("overnight", date(2024, 12, 5), DatePrecision.DAY),
        ("today", date(2024, 12, 6), DatePrecision.DAY),
        ("three days ago", date(2024, 12, 3), DatePrecision.DAY),
        ("two weeks ago", date(2024, 11, 22), DatePrecision.WEEK),
        ("last week", date(2024, 11, 29), DatePrecision.WEEK),
        ("earlier this week", date(2024, 12, 6), DatePrecision.WEEK),
        ("last month", date(2024, 11, 19), DatePrecision.MONTH),
        ("on 27 November", date(2024, 11, 27), DatePrecision.DAY),
        ("on Nov. 27, 2016", date(2016, 11, 27), DatePrecision.DAY),
        ("on December 20", date(2023, 12, 20), DatePrecision.DAY),
        ("in March 2015", date(2015, 3, 28), DatePrecision.MONTH),
        ("in 2016", date(2016, 12, 28), DatePrecision.UNKNOWN),
        ("eight years ago", date(2016, 12, 8), DatePrecision.MONTH),
    ],
)
def test_a_date_is_read(text, day, precision):
    (found,) = find_dates(f"Troops moved {text}.", FRIDAY)
    assert (found.day, found.precision) == (day, precision)


@pytest.mark.parametrize(
    "text", ["in 2080", "on 45 May", "the May queen", "Fridays", "a day after the fall"]
)
def test_what_is_no_date(text):
    assert [d for d in find_dates(text, FRIDAY) if d.precision is DatePrecision.DAY] == []


def test_since_is_marked():
    assert [d.is_since for d in find_dates("held since 2014", FRIDAY)] == [True]


def test_history_begins_after_two_weeks():
    assert not is_history(date(2024, 11, 22), FRIDAY)
    assert is_history(date(2024, 11, 21), FRIDAY)


@given(st.text(max_size=200), st.dates(date(1990, 1, 1), date(2035, 12, 31)))
def test_no_text_breaks_the_dates(text, published):
    found = find_dates(text, published)
    assert all(a.end <= b.start for a, b in pairwise(found))


STORY = " ".join(f"word{i % 97} then word{i % 89}" for i in range(400))


def test_a_shortened_copy_is_contained_in_its_original():
    copy = " ".join(STORY.split()[:300])
    assert containment(shingles(copy), shingles(STORY)) > 0.9


def test_unrelated_texts_share_nothing():
    other = " ".join(f"term{i} or term{i + 1}" for i in range(400))
    assert containment(shingles(other), shingles(STORY)) == 0.0


def test_short_texts_have_no_shingles_and_contain_nothing():
    assert shingles("two words") == ()
    assert containment((), shingles(STORY)) == 0.0


@given(st.text(max_size=300))
def test_shingles_are_sorted_once_and_one_in_eight(text):
    found = shingles(text)
    assert list(found) == sorted(set(found))
    assert all(value % 8 == 0 for value in found)
