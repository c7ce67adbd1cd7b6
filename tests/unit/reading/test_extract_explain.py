"""`extract --explain` and `--html`, as a person runs them."""

from __future__ import annotations

import json
import os
import pty
import re
import subprocess
import sys
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from placewatch.cli.explained import Close, MarkedSentence, Open, facts, shown
from placewatch.records import Report


ESC = "\x1b"
ARTICLES = [
    {
        "id": "one",
        "url": "https://example.org/one",
        "published": "2024-12-06",
        "title": "Rebels take Hama",
        "text": "Rebel-held Homs was shelled, the governor said.",
    },
    {"id": "two", "published": "2024-12-06", "title": "Rain", "text": "It rains in Hama."},
    {
        "id": f"three<b>{ESC}[2J",
        "url": "javascript:alert(1)",
        "published": "2024-12-06",
        "title": f"[red]Insurgents[/red] &lt;img src=x onerror=alert(1)&gt; captured Hama {ESC}[31m",
        "text": "“Rebels &lt;script&gt;alert(2)&lt;/script&gt; captured Homs”, they said.",
    },
]


@pytest.fixture(scope="module")
def files(tmp_path_factory) -> list[str]:
    folder = tmp_path_factory.mktemp("explain")
    watchlist, articles = folder / "watchlist.yaml", folder / "articles.jsonl"
    watchlist.write_text("places:\n  - place: Hama, Syria\n  - place: Homs, Syria\n", "utf-8")
    articles.write_text("\n".join(map(json.dumps, ARTICLES)), "utf-8")
    return ["--watchlist", str(watchlist), str(articles)]


def extract(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "placewatch", "extract", *arguments]
    env = {k: v for k, v in os.environ.items() if k not in {"FORCE_COLOR", "NO_COLOR", "TERM"}}
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, env={**env, **environment}
    )
    assert done.returncode == 0, done.stderr
    return done


def on_a_terminal(*arguments: str, **environment: str) -> str:
    """Return what the command prints when output and error go to a terminal."""
    master, slave = pty.openpty()
    command = [sys.executable, "-m", "placewatch", "extract", *arguments]
    env = {k: v for k, v in os.environ.items() if k not in {"FORCE_COLOR", "NO_COLOR"}}
    running = subprocess.Popen(
        command, stdout=slave, stderr=slave, env={**env, "TERM": "xterm-256color", **environment}
    )
    os.close(slave)
    said = b""
    try:
        while piece := os.read(master, 65536):
            said += piece
    except OSError:  # Linux tells the end of a terminal that way
        pass
    os.close(master)
    assert running.wait() == 0, said
    return said.decode()


@pytest.mark.model
@pytest.mark.slow
def test_without_a_terminal_brackets_mark_the_words(files):
    said = extract("--explain", *files).stdout
    assert "[Rebels ACTOR] [take CAPTURED asserted] [Hama PLACE]" in said
    assert "[[Rebel ACTOR]-held HELD" in said
    assert "offsets  actor 0-6, trigger 7-11, place 12-16, sentence 0-16" in said
    assert "reasons  said outright" in said
    assert "=> Hama, Syria: held, holder Syrian rebels" in said
    assert "two · 2024-12-06" in said
    assert "no report" in said
    assert "[red]Insurgents[/red]" in said
    assert ESC not in said


@pytest.mark.model
@pytest.mark.slow
def test_a_terminal_gets_colours_unless_they_are_unwanted(files):
    coloured = on_a_terminal("--explain", *files)
    assert f"{ESC}[30;43mtake{ESC}" in coloured
    assert "[take" not in coloured
    assert f"{ESC}[2J" not in coloured
    assert f"{ESC}[31m" not in coloured
    plain = on_a_terminal("--explain", *files, NO_COLOR="1")
    assert "[take CAPTURED asserted]" in re.sub(rf"{ESC}\[\d*m", "", plain)
    assert not re.search(rf"{ESC}\[[34]\d", plain)


class _Outline(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag, attrs) -> None:
        self.tags.append((tag, dict(attrs)))


@pytest.mark.model
@pytest.mark.slow
def test_the_page_is_whole_escaped_and_fetches_nothing(files, tmp_path):
    page = tmp_path / "page.html"
    done = extract("--html", str(page), *files)
    assert done.stdout == ""
    written = page.read_text("utf-8")
    outline = _Outline()
    outline.feed(written)
    tags = {tag for tag, _ in outline.tags}
    assert not tags & {"script", "img", "link", "iframe"}
    assert all(not name.startswith("on") for _, attributes in outline.tags for name in attributes)
    assert {a["href"] for tag, a in outline.tags if tag == "a"} == {"https://example.org/one"}
    assert not any({"src", "srcset", "style"} & set(a) for _, a in outline.tags)
    assert "default-src 'none'" in written
    assert "width=device-width" in written
    assert "prefers-color-scheme: dark" in written
    assert '<mark class="trigger">take<b>CAPTURED asserted</b></mark>' in written
    assert "&lt;script&gt;alert(2)" in written
    assert ESC not in written
    assert written.endswith("</html>\n")


@pytest.mark.model
@pytest.mark.slow
def test_a_page_that_cannot_be_written_is_named(files, tmp_path):
    command = [sys.executable, "-m", "placewatch", "extract", "--html", str(tmp_path), *files]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 78
    assert str(tmp_path) in done.stderr.replace("\n", "")


@pytest.mark.model
@pytest.mark.slow
def test_a_pipe_gets_its_lines_while_the_bar_shows_on_a_terminal(files, tmp_path):
    master, slave = pty.openpty()
    out = tmp_path / "out.jsonl"
    with out.open("w") as stdout:
        command = [sys.executable, "-m", "placewatch", "extract", *files]
        running = subprocess.Popen(command, stdout=stdout, stderr=slave)
        os.close(slave)
        try:
            while os.read(master, 65536):
                pass
        except OSError:
            pass
        os.close(master)
        assert running.wait() == 0
    assert len(out.read_text("utf-8").splitlines()) == len(ARTICLES)


def report_with(text: str, spans: list[tuple[str, int, int]]) -> Report:
    return Report(
        place_id="arden",
        place="Arden",
        state="held",
        factuality="asserted",
        trigger="Rebel-held",
        evidence={"sentence": text, "start": 0, "end": len(text)},
        marks=[{"role": role, "start": a, "end": b} for role, a, b in spans],
    )


TEXT = "Rebel-held Arden was quiet."
SPAN = st.tuples(
    st.sampled_from(["place", "trigger", "actor", "against", "speaker"]),
    st.integers(0, len(TEXT) - 1),
    st.integers(1, 9),
)


@given(st.lists(SPAN, max_size=8))
def test_pieces_give_the_sentence_back_and_nest(spans):
    marks = [(role, start, min(start + size, len(TEXT))) for role, start, size in spans]
    sentence = MarkedSentence(0, TEXT, (report_with(TEXT, marks),))
    opened = []
    text = ""
    for piece in sentence.pieces():
        if isinstance(piece, Open):
            opened.append(piece.marked)
        elif isinstance(piece, Close):
            assert opened.pop() == piece.marked
        else:
            text += piece
    assert text == TEXT
    assert opened == []


def test_reports_that_share_words_share_a_mark():
    taken = report_with(TEXT, [("trigger", 0, 10), ("place", 11, 16)])
    denied = taken.model_copy(update={"factuality": "denied"})
    labels = [
        p.marked.label
        for p in MarkedSentence(0, TEXT, (taken, denied)).pieces()
        if isinstance(p, Open)
    ]
    assert labels == ["HELD asserted, HELD denied", "PLACE"]


@given(st.text())
def test_what_is_shown_steers_no_terminal_and_keeps_its_length(text):
    safe = shown(text)
    assert len(safe) == len(text)
    assert not re.search(r"[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", safe)


def test_what_only_the_second_opinion_says_stands_at_the_place():
    added = report_with(TEXT, [("place", 11, 16)]).model_copy(update={"trigger": ""})
    labels = [
        p.marked.label for p in MarkedSentence(0, TEXT, (added,)).pieces() if isinstance(p, Open)
    ]
    assert labels == ["PLACE HELD asserted"]
    assert "path" not in dict(facts(added))
