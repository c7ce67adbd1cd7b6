from __future__ import annotations

import importlib.util
import json
from pathlib import Path

import own_suite
import pytest


spec = importlib.util.spec_from_file_location("evaluate", Path(__file__).with_name("evaluate.py"))
evaluate = importlib.util.module_from_spec(spec)
spec.loader.exec_module(evaluate)


@pytest.mark.evaluation
@pytest.mark.model
@pytest.mark.parametrize("suite", ["dev", "seed"])
def test_no_floor_is_missed(evaluation_dir, suite):
    floors = json.loads(evaluate.FLOORS.read_text("utf-8"))
    figures = evaluate.measured(evaluation_dir, floors, [suite])
    assert evaluate.missed(figures, floors) == []


def test_floors_only_rise():
    floors = {"dev": {"digest": "x", "f1": 0.5, "silence": 0.9}}
    assert evaluate.raised({"dev": {"f1": 0.6, "silence": 0.8}}, floors) == {
        "dev": {"digest": "x", "f1": 0.58, "silence": 0.9}
    }


def test_a_missed_floor_is_named():
    assert evaluate.missed({"dev": {"f1": 0.4}}, {"dev": {"f1": 0.5}}) == [
        "dev.f1 is 0.4000, below its floor 0.5000"
    ]


def test_a_changed_corpus_is_refused(tmp_path):
    (tmp_path / "seed_article.jsonl").write_text("{}", "utf-8")
    with pytest.raises(evaluate.CorpusChangedError, match="pin its digest by hand"):
        evaluate.measured(tmp_path, {"seed": {"digest": "other"}}, ["seed"])


def test_without_the_data_its_suites_are_skipped_and_ours_run(monkeypatch, capsys, tmp_path):
    monkeypatch.setattr(evaluate, "EVALUATION", tmp_path / "absent")
    monkeypatch.setattr(own_suite, "CONSTRUCTIONS", tmp_path / "artifacts" / "by_construction.json")
    told = next(s for s in evaluate.snippets() if s.reports)
    silent = next(s for s in evaluate.snippets() if not s.reports)
    own = ((told, evaluate.Tally(tp=1)), (silent, evaluate.Tally(quiet=1, silent=1)))
    monkeypatch.setattr(own_suite, "own_tallies", lambda: own)
    monkeypatch.setattr(evaluate, "missed", lambda figures, floors: [])
    monkeypatch.setattr(evaluate, "digest_of", lambda suite, folder: "x")
    monkeypatch.setattr(evaluate.json, "loads", lambda text: {})
    assert evaluate.main([]) == 0
    out = capsys.readouterr().out
    assert "skipped: dev, held_back, unseen, feeds, seed, case2021" in out
    assert "own_silence" in out
    assert told.construction in own_suite.CONSTRUCTIONS.read_text("utf-8")


def test_our_own_corpus_has_a_digest_of_its_content(tmp_path):
    suite = evaluate.SUITES["own_test"]
    assert evaluate.digest_of(suite, tmp_path) == evaluate.digest_of(suite, tmp_path / "absent")
