from __future__ import annotations

import gzip
import json

import pytest
import replay_labels
from replay_labels import labelled_rows, labels


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setattr(replay_labels, "LABELS", tmp_path)
    return tmp_path


def test_an_item_gets_its_text_from_the_replay_and_its_labels_from_the_line(folder):
    (folder / "measuring.txt").write_text(
        "w4:ab12|Soledar, Ukraine; Kyiv, Ukraine|Soledar:captured/claimed?/Russia/-/Wagner|Soledar:contested/-\n"
    )
    item = {"id": "ab12", "title": "T", "text": "B", "published": "2023-01-11", "url": "u"}
    other = item | {"id": "cd34"}
    with gzip.open(folder / "w4_any.jsonl.gz", "wt") as lines:
        lines.writelines(json.dumps(row) + "\n" for row in (other, item))
    (row,) = labelled_rows(folder, "measuring")
    assert (row["id"], row["title"], row["text"]) == ("w4:ab12", "T", "B")
    assert row["places"] == ("Soledar, Ukraine", "Kyiv, Ukraine")
    (report,) = row["reports"]
    assert report["optional"]
    assert (report["place"], report["factuality"]) == ("Soledar, Ukraine", "claimed")
    assert (report["actor"], report["against"], report["attributed_to"]) == (
        "Russia",
        None,
        "Wagner",
    )
    assert row["status_change"] == (
        {"place": "Soledar, Ukraine", "new_state": "contested", "holder": None},
    )


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("w4:ab|Kyiv, Ukraine", "2 fields"),
        ("w4:ab|Kyiv, Ukraine|Lviv:struck/asserted", "no report of a place"),
        ("w4:ab|Kyiv, Ukraine||Lviv:held/-", "no status of a place"),
    ],
)
def test_a_line_that_cannot_be_read_is_named(folder, line, fault):
    (folder / "learning.txt").write_text(f"# remark\n{line}\n")
    with pytest.raises(ValueError, match=rf"learning\.txt, line 2: .*{fault}"):
        list(labels("learning"))


def test_no_window_both_trains_and_measures():
    learnt = {label.window for label in labels("learning")}
    measured = {label.window for label in labels("measuring")}
    assert learnt
    assert measured
    assert not learnt & measured
