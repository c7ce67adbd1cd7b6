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


def test_an_unknown_field_names_file_and_entry(monkeypatch):
    monkeypatch.setattr(
        lexicon_module, "_load", lambda name: {"frames": [{"state": "captured", "verb": ["x"]}]}
    )
    with pytest.raises(LexiconError, match=r"frames\.yaml, entry 1"):
        list(lexicon_module._entries(lexicon_module.VerbFrame, "frames.yaml", "frames"))
