"""Every frame of the lexicon reads its own example."""

from __future__ import annotations

import pytest

from placewatch.errors import LexiconError
from streams.reading import lexicon as lexicon_module
from streams.reading.lexicon import lexicon


pytestmark = pytest.mark.model
FRAMES = [*lexicon().verb_frames, *lexicon().noun_frames]


# A line of war beside each example, as an article of the kind has.
BESIDE = " The war has gone on for years, with missiles, shelling and armed groups."


@pytest.mark.parametrize("frame", FRAMES, ids=[f.example.text for f in FRAMES])
def test_a_frame_reads_its_own_example(read, frame):
    text = frame.example.text.replace("Arden airport", "Quill airport")
    reports = read(text + BESIDE)
    states = {report.state for report in reports}
    expected = {frame.state, *([lexicon_module.State(s) for s in frame_states(frame)])}
    assert states & expected, f"{text}: {sorted(states)}"
    if frame.example.actor is not None:
        named = " ".join(str(report.actor) for report in reports).lower()
        assert frame.example.actor.lower() in named


def frame_states(frame) -> list[str]:
    return (
        [name for name in getattr(frame, "verbs", ()) if name in set(lexicon_module.State)]
        if isinstance(getattr(frame, "verbs", None), dict)
        else []
    )


def test_a_wrong_entry_of_the_users_names_file_and_entry(tmp_path, monkeypatch):
    (tmp_path / "frames.yaml").write_text("frames: [{state: captured, verb: [x]}]", "utf-8")
    monkeypatch.setenv("PLACEWATCH_LEXICON", str(tmp_path))
    with pytest.raises(LexiconError, match=r"frames\.yaml, frames\[0\] \(captured\).*verb"):
        lexicon_module.Lexicon()


def test_words_of_the_users_are_added_to_the_lists(tmp_path, monkeypatch):
    (tmp_path / "modifiers.yaml").write_text(
        "modifiers: {held: [squatted]}\nparts: [alley]\n", "utf-8"
    )
    monkeypatch.setenv("PLACEWATCH_LEXICON", str(tmp_path))
    own = lexicon_module.Lexicon()
    assert own.modifiers["squatted"] == own.modifiers["held"] == "held"
    assert {"alley", "street"} <= own.parts


def test_a_list_of_the_users_laid_out_otherwise_is_named(tmp_path, monkeypatch):
    (tmp_path / "modifiers.yaml").write_text("parts: alley\n", "utf-8")
    monkeypatch.setenv("PLACEWATCH_LEXICON", str(tmp_path))
    with pytest.raises(LexiconError, match=r"modifiers\.yaml.*`parts`"):
        lexicon_module.Lexicon()
