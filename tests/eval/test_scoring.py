"""The scorer of our own corpus keeps the rules it states."""

from __future__ import annotations

import pytest
from scoring import Tally, tally

from placewatch.actors import load_actors
from placewatch.settings import seeds_dir


ACTORS = load_actors(seeds_dir() / "actors.yaml")


def report(
    state: str, factuality: str = "asserted", actor: str | None = None, place: str = "Homs, Syria"
):
    return {"place": place, "state": state, "factuality": factuality, "actor": actor}


def counts(labelled, said, statuses=()) -> tuple[int, int, int]:
    found = tally(labelled, said, statuses, ACTORS)
    return found.tp, found.fp, found.fn


@pytest.mark.parametrize(
    ("labelled", "said", "expected"),
    [
        ([report("captured")], [report("recaptured", "claimed")], (1, 0, 0)),
        ([report("captured")], [report("held")], (0, 1, 1)),
        ([report("captured", "historical")], [report("captured")], (0, 1, 0)),
        ([report("captured")], [report("captured"), report("captured", "claimed")], (1, 0, 0)),
        ([report("captured")], [report("captured", place="Hama, Syria")], (0, 1, 1)),
        ([report("struck"), report("struck", actor="x")], [report("struck")], (1, 0, 0)),
        ([], [report("held", "denied")], (0, 0, 0)),
    ],
)
def test_reports_pair_by_place_and_state(labelled, said, expected):
    assert counts(labelled, said) == expected


def test_factuality_counts_on_all_pairs():
    labelled = [report("captured", "historical"), report("held", "claimed")]
    said = [report("captured", "asserted"), report("held", "claimed")]
    found = tally(labelled, said, (), ACTORS)
    assert (found.factual_right, found.factual) == (1, 2)


@pytest.mark.parametrize(
    ("label", "guess", "is_right"),
    [
        ("HTS", "Hayat Tahrir al-Sham", True),
        ("the army", "Syrian government", True),
        ("rebels", "Syrian government", False),
        ("Murad tribesmen", "Murad fighters", True),
        ("army units", "rebel units", False),
        ("gunmen", None, False),
    ],
)
def test_actors_are_the_same_by_word_or_side(label, guess, is_right):
    found = tally([report("held", actor=label)], [report("held", actor=guess)], (), ACTORS)
    assert (found.actor_right, found.actor) == (int(is_right), 1)


def test_a_label_without_actor_asks_for_none():
    assert tally([report("held")], [report("held", actor="x")], (), ACTORS).actor == 0


@pytest.mark.parametrize(
    ("said", "statuses", "is_alarm"),
    [
        ([], [], False),
        ([report("held", "planned")], [], False),
        ([report("held")], [], True),
        ([], [{}], True),
    ],
)
def test_a_false_alarm_is_a_current_report_or_a_status_where_there_is_none(
    said, statuses, is_alarm
):
    total = Tally()
    total += tally([], said, statuses, ACTORS)
    assert total.false_alarms == 100.0 * is_alarm


def test_the_figures_of_nothing_are_zero():
    assert set(Tally().figures().values()) == {0.0}
