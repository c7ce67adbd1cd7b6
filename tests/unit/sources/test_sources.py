"""Sources are found by what others call them and by where they publish."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from placewatch.errors import SourcesError
from placewatch.sources import Source, Sources, load_sources
from placewatch.vocabulary import Reliability, SourceKind


def source(source_id: str, name: str, **more) -> Source:
    fields = {"kind": SourceKind.DIGITAL, "reliability": Reliability.C}
    return Source(id=source_id, name=name, **{**fields, **more})


WIRE = source("wire.example", "World Wire", domains=("ww.example",), aliases=("WW",))
MONITOR = source("monitor", "Syrian Monitor for Rights", aliases=("SMR", "the Monitor"))
SECTION = source("news.wire.example", "Wire Weather")


@pytest.fixture
def sources() -> Sources:
    return Sources([WIRE, MONITOR, SECTION], ("state", "news", "agency", "based", "britain"))


@pytest.mark.parametrize(
    "name",
    [
        "SMR",
        "the Monitor",
        "Monitor",
        "Syrian Monitor for Rights",
        "The Britain-based Syrian Monitor for Rights",
        "Syrian Monitor for Rights (SMR)",
        "Syrian Monitor (SMR)",
        "SMR (a group of volunteers)",
    ],
)
def test_a_source_is_found_as_it_is_cited(sources: Sources, name: str) -> None:
    assert sources.find(name) is MONITOR


@pytest.mark.parametrize("name", ["", "the", "state news agency", "monitoring", "residents", "()"])
def test_an_unknown_name_is_none(sources: Sources, name: str) -> None:
    assert sources.find(name) is None


@pytest.mark.parametrize("name", ["smr", "ww", "the monitor", "Ww"])
def test_an_ordinary_word_is_no_source(sources: Sources, name: str) -> None:
    assert sources.find(name) is None


@pytest.mark.parametrize(
    "where",
    [
        "wire.example",
        "WWW.Wire.Example",
        "https://www.wire.example/news/1?x=y#z",
        "//cdn.wire.example:8080/a",
        "http://user:secret@ww.example/",
        "wire.example.",
        "  wire.example/path ",
    ],
)
def test_a_domain_or_what_lies_under_it_is_the_source(sources: Sources, where: str) -> None:
    assert sources.by_domain(where) is WIRE


def test_the_longest_domain_wins(sources: Sources) -> None:
    assert sources.by_domain("rss.news.wire.example") is SECTION


@pytest.mark.parametrize(
    "where",
    ["", "example", "notwire.example", "wire.example.org", "http://[::1", "http://", "monitor"],
)
def test_an_unknown_host_is_none(sources: Sources, where: str) -> None:
    assert sources.by_domain(where) is None


def test_get_gives_the_source_or_none(sources: Sources) -> None:
    assert sources.get("monitor") is MONITOR
    assert sources.get("nobody") is None
    assert len(sources) == 3


LABEL = st.text("abcdefghijklmnopqrstuvwxyz0123456789", min_size=1, max_size=8)


@given(st.lists(LABEL, max_size=4), st.sampled_from(["", "https://", "http://", "//"]))
def test_every_host_under_a_domain_is_its_source(labels: list[str], scheme: str) -> None:
    sources = Sources([WIRE])
    assert sources.by_domain(f"{scheme}{'.'.join([*labels, 'wire.example'])}/a") is WIRE


@given(LABEL)
def test_a_domain_that_only_ends_alike_is_not_the_source(prefix: str) -> None:
    assert Sources([WIRE]).by_domain(f"{prefix}wire.example") is None


@given(st.text(max_size=50))
def test_nothing_a_feed_may_contain_makes_a_look_up_fail(text: str) -> None:
    sources = Sources([WIRE, MONITOR, SECTION], ("state",))
    sources.find(text)
    sources.by_domain(text)


ONE = "- {id: wire.example, name: Wire, kind: agency, reliability: A}\n"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("x", "must be a mapping"),
        ("descriptors: word\nsources: []", "`descriptors:` must be a list"),
        ("descriptors: []", "needs a list under `sources:`"),
        ("sources:\n" + ONE.replace("agency", "wire"), r"sources\[0\] \(wire\.example\): kind: "),
        ("sources:\n" + ONE.replace("reliability: A", "reliability: G"), "reliability: "),
        (
            "sources:\n" + ONE.replace("kind", "sort"),
            "kind: Field required; sort: 'sort' means nothing here",
        ),
        ("sources:\n" + ONE.replace("wire.example", "Wire Example"), "id: String should match"),
        (
            "sources:\n" + ONE + ONE,
            r"sources\[1\] \(wire\.example\): the id 'wire\.example' is already",
        ),
        (
            "sources:\n" + ONE + ONE.replace("wire.example", "b.example"),
            "the name 'wire' already means",
        ),
        (
            "sources:\n"
            + ONE
            + ONE.replace("wire.example, name: Wire", "b, name: B, domains: [wire.example]"),
            "the domain 'wire.example' already means wire.example",
        ),
        (
            "sources:\n" + ONE.replace("kind", "domains: ['https://w.example/'], kind"),
            "'https://w.example/' is not a domain",
        ),
        ("sources:\n" + ONE.replace("kind", "aliases: ['!'], kind"), "'' is not a name"),
        (
            "sources:\n" + ONE.replace("kind", "agency: nobody, kind"),
            "agency 'nobody' is not a source",
        ),
    ],
)
def test_a_fault_is_told_with_file_and_entry(tmp_path: Path, text: str, told: str) -> None:
    path = tmp_path / "sources.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(SourcesError, match=told) as caught:
        load_sources(path)
    assert str(path) in str(caught.value)


def test_a_file_is_loaded(tmp_path: Path) -> None:
    path = tmp_path / "sources.yaml"
    path.write_text("descriptors: [state]\nsources:\n" + ONE, encoding="utf-8")
    loaded = load_sources(path)
    assert [s.source_id for s in loaded] == ["wire.example"]
    assert loaded.find("state Wire") is loaded.by_domain("www.wire.example")
