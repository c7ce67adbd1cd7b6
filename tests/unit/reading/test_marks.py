"""What a report stands on is cut from the article's text by its offsets, whatever the text holds."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from placewatch.records import Report
from placewatch.vocabulary import MarkRole
from streams.reading.lexicon import lexicon
from streams.reading.marks import with_parties_of
from streams.reading.plaintext import full_text


spec = importlib.util.spec_from_file_location(
    "reading_fixtures", Path(__file__).with_name("conftest.py")
)
fixtures = importlib.util.module_from_spec(spec)
spec.loader.exec_module(fixtures)

pytestmark = pytest.mark.model

EXAMPLES = [f.example.text for f in (*lexicon().verb_frames, *lexicon().noun_frames)]
PIECES = [
    *EXAMPLES,
    "“We hold Dorn,” a commander said — “and Arden.”",
    "Rebel-held Arden was shelled; its “defenders” fled, the Syrian army said 🛰.",
    "<p>Insurgents took <b>Arden</b> &amp; Dorn.</p>",
    "They have entered both towns, according to the governor's office.",
    "The militia denied that it had left the city.",
]


def words(report: Report, text: str, role: MarkRole) -> str | None:
    """Return what the mark of a role cuts out of the text, or None."""
    return next((text[m.start : m.end] for m in report.marks if m.role is role), None)


def check(report: Report, text: str) -> None:
    roles = [mark.role for mark in report.marks]
    assert len(set(roles)) == len(roles)
    # The second opinion is pointed at a place and gives no trigger.
    assert {MarkRole.PLACE, *([MarkRole.TRIGGER] if report.trigger else [])} <= set(roles)
    assert (words(report, text, MarkRole.TRIGGER) or "") == report.trigger
    for mark in report.marks:
        assert report.evidence.start <= mark.start < mark.end <= report.evidence.end
        said = text[mark.start : mark.end]
        assert said == said.strip()
        assert not text[mark.start - 1 : mark.start].isalnum()
    named = words(report, text, MarkRole.PLACE)
    assert named in {"Arden", "Dorn", "Homs", "Hama", "Quill airport", "Vale province"} or (
        named.islower()  # "the city", "there"
    )
    assert report.actor or MarkRole.ACTOR not in roles
    assert report.against or MarkRole.AGAINST not in roles
    assert report.attributed_to or MarkRole.SPEAKER not in roles


@pytest.mark.parametrize("text", EXAMPLES)
def test_every_example_of_the_lexicon_is_cut_exactly(reader, text):
    article = fixtures.article_of(text + " The war goes on, with missiles and armed groups.")
    for reading in reader.read([article])[0]:
        for report in reading.reports:
            check(report, full_text(article))


@settings(max_examples=40, deadline=None)
@given(
    pieces=st.lists(st.sampled_from(PIECES), min_size=1, max_size=6),
    title=st.sampled_from(["", *PIECES[-4:]]),
    gap=st.sampled_from([" ", "\n", "\u00a0 "]),
)
def test_marks_cut_the_plain_text(reader, pieces, title, gap):
    article = fixtures.article_of(gap.join(pieces), title)
    for reading in reader.read([article])[0]:
        for report in reading.reports:
            check(report, full_text(article))


@pytest.mark.parametrize(
    ("text", "role", "said"),
    [
        ("Heavily armed rebels seized Arden from government troops.", "actor", "armed rebels"),
        (
            "Heavily armed rebels seized Arden from government troops.",
            "against",
            "government troops",
        ),
        ("Rebel-held Arden woke to rain.", "actor", "Rebel"),
        ("Rebel-held Arden woke to rain.", "trigger", "Rebel-held"),
        ("A regional governor said rebels had captured Arden.", "speaker", "regional governor"),
        ("Rebels shelled Dorn. They captured Arden.", "actor", "They"),
        ("Rebels reached Arden. They captured the city.", "place", "city"),
    ],
)
def test_the_words_that_play_each_part(read, text, role, said):
    found = {words(report, f"\n{text}", MarkRole(role)) for report in read(text)}
    assert any(s is not None and s.endswith(said) for s in found), found


def told(actor: str | None, against: str | None) -> Report:
    return Report(
        place_id="arden",
        place="Arden",
        state="contested",
        factuality="asserted",
        actor=actor,
        against=against,
        evidence={"sentence": "A fought B in Arden.", "start": 0, "end": 20},
        marks=[
            {"role": "actor", "start": 0, "end": 1},
            {"role": "against", "start": 9, "end": 10},
            {"role": "place", "start": 14, "end": 19},
        ],
    )


@pytest.mark.parametrize(
    ("parties", "roles"),
    [
        (("A", "B"), ["actor", "against", "place"]),
        (("B", "A"), ["against", "actor", "place"]),
        (("C", "B"), ["against", "place"]),
    ],
)
def test_a_party_that_the_war_tells_is_not_marked_as_said(parties, roles):
    actor, against = parties
    filled = told("A", "B").model_copy(update={"actor": actor, "against": against})
    assert [m.role for m in with_parties_of(filled, told("A", "B")).marks] == roles
