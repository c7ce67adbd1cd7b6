"""`placewatch policy`: what a person's own policy changes, what is odd in it, what is wrong with it."""

from __future__ import annotations

import importlib.resources
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner, Result

from placewatch.cli.app import app
from placewatch.errors import PolicyError
from streams.tracking.policy import Policy, allowed, read_policy
from streams.tracking.policy_check import Odd, differences, oddities


@pytest.fixture
def own(tmp_path: Path) -> Callable[..., Path]:
    """Write the shipped policy with other values, each with a reason of its own."""

    def write(**values: Any) -> Path:
        text = (
            importlib.resources.files("streams.tracking").joinpath("policy.yaml").read_text("utf-8")
        )
        content = yaml.safe_load(text)
        for name, value in values.items():
            content[name] = {"value": value, "reason": "ours is a slow front", "source": "desk"}
        path = tmp_path / "mine.yaml"
        path.write_text(yaml.safe_dump(content))
        return path

    return write


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["policy", *arguments])


def test_every_shipped_number_says_what_more_and_less_of_it_mean() -> None:
    entries = read_policy().entries
    assert [name for name, e in entries.items() if not (e.more and e.less)] == []


def test_every_shipped_number_says_what_is_allowed() -> None:
    assert allowed("max_readings") == "a whole number from 20 up to 2000"
    assert allowed("wire_containment") == "a number above 0 up to 1"
    assert allowed("own_voice_reliability") == "a list of grades out of A, B, C, D, E, F"
    assert allowed("declarations") == "a list of words"
    assert all(allowed(name) for name in Policy.model_fields)


def test_the_shipped_policy_differs_in_nothing_and_is_not_odd() -> None:
    shipped = read_policy()
    assert differences(shipped, shipped) == ()
    assert oddities(shipped, shipped) == ()


@pytest.mark.parametrize(("days", "meaning"), [(5, "fewer flips"), (1, "quicker news")])
def test_a_number_says_what_it_will_mean(own, days: int, meaning: str) -> None:
    (found,) = differences(read_policy(own(min_dwell_days=days)), read_policy())
    assert (found.name, found.shipped, found.yours) == ("min_dwell_days", 3, days)
    assert found.meaning.startswith(meaning)
    assert found.reason == "ours is a slow front"


def test_a_list_says_which_words_came_and_went(own) -> None:
    (found,) = differences(read_policy(own(own_voice_reliability=["A", "C"])), read_policy())
    assert found.meaning.startswith("C: sources of these grades confirm a change alone; B: ")


@pytest.mark.parametrize(
    ("values", "odd"),
    [
        ({"min_dwell_days": 8}, Odd.DWELL_PAST_WINDOW),
        ({"settled_after_h": 96}, Odd.SETTLED_PAST_DWELL),
        ({"merge_days": 10}, Odd.MOMENT_PAST_ONGOING),
        ({"merge_days": 5, "recap_days": 4}, Odd.MERGE_PAST_RECAP),
        ({"stale_after_days": 40}, Odd.STALE_PAST_HORIZON),
        ({"threat_lapses_days": 31}, Odd.THREAT_PAST_HORIZON),
        ({"alert_window_days": 31}, Odd.WINDOW_PAST_HORIZON),
        ({"quiet_days": 8}, Odd.QUIET_PAST_ONGOING),
        ({"independent_origins": 4, "held_origins": 4}, Odd.DENIAL_HELPS),
        ({"independent_origins_when_denied": 2}, Odd.DENIAL_IDLE),
        (
            {"independent_origins": 4, "independent_origins_when_denied": 5},
            Odd.PASSING_IS_ENOUGH,
        ),
        ({"own_voice_reliability": ["A", "F"]}, Odd.WEAK_VOICE),
        ({"own_voice_reliability": []}, Odd.NO_VOICE),
        ({"second_opinion_origins": 1}, Odd.LONE_OPINION),
        ({"event_citations_kept": 2}, Odd.EVIDENCE_CUT),
    ],
)
def test_what_is_odd_is_told_with_the_numbers_it_is_about(own, values, odd) -> None:
    (found,) = oddities(read_policy(own(**values)), read_policy())
    assert found.reason is odd
    assert set(found.names) & set(values)


def test_a_changed_number_with_the_shipped_reason_is_odd(own) -> None:
    path = own()
    content = yaml.safe_load(path.read_text())
    content["quiet_days"]["value"] = 4
    path.write_text(yaml.safe_dump(content))
    (found,) = oddities(read_policy(path), read_policy())
    assert (found.reason, found.names) == (Odd.OLD_REASON, ("quiet_days",))


def test_every_fault_is_named_with_what_is_allowed(own) -> None:
    path = own(wire_containment=2, held_origins=True, stale_after_days="soon")
    content = yaml.safe_load(path.read_text())
    content["quite_days"] = content.pop("quiet_days")
    content["max_readings"] = 300
    content["merge_days"]["vlaue"] = 1
    path.write_text(yaml.safe_dump(content))
    with pytest.raises(PolicyError) as caught:
        read_policy(path)
    told = str(caught.value).splitlines()[1:]
    assert [line.strip() for line in told] == [
        "max_readings needs value, reason, source",
        "merge_days has vlaue; allowed: value, reason, source, more, less",
        "stale_after_days: 'soon' cannot be; allowed: a number above 0",
        "quiet_days is missing; copy its entry from the shipped policy (placewatch policy show)",
        "held_origins: True cannot be; allowed: a whole number from 2",
        "wire_containment: 2 cannot be; allowed: a number above 0 up to 1",
        "quite_days is no number of the policy; did you mean quiet_days?",
    ]


def test_retellings_beyond_the_horizon_are_refused(own) -> None:
    with pytest.raises(
        PolicyError, match=r"horizon_days \(30\) must be more than recap_days \(40\)"
    ):
        read_policy(own(recap_days=40))


def test_check_prints_what_differs_and_exits_with_0(own) -> None:
    result = run("check", str(own(min_dwell_days=9)))
    assert result.exit_code == 0
    lines = " ".join(result.stdout.split())
    assert "can be used" in lines
    assert "min_dwell_days 3 -> 9 means fewer flips" in lines
    assert "odd min_dwell_days, alert_window_days: a change that is held back" in lines


def test_strict_turns_what_is_odd_into_exit_code_1(own) -> None:
    assert run("check", str(own(min_dwell_days=9)), "--strict").exit_code == 1
    assert run("check", str(own(min_dwell_days=4)), "--strict").exit_code == 0


def test_a_policy_that_cannot_be_used_raises_our_error(own) -> None:
    result = run("check", str(own(merge_days=-1)))
    assert isinstance(result.exception, PolicyError)
    assert result.exception.exit_code == 78


def test_check_as_json(own) -> None:
    found = json.loads(run("check", str(own(quiet_days=8)), "--json").stdout)
    assert [each["name"] for each in found["differences"]] == ["quiet_days"]
    assert [each["reason"] for each in found["odd"]] == ["quiet_longer_than_ongoing"]
    assert found["version"] != read_policy().policy.version


def test_show_prints_every_number_with_its_reason(own) -> None:
    text = " ".join(run("show").stdout.split())
    assert all(name in text for name in Policy.model_fields)
    found = json.loads(run("show", str(own(quiet_days=4)), "--json").stdout)
    assert found["numbers"]["quiet_days"]["value"] == 4
    assert found["numbers"]["quiet_days"]["reason"] == "ours is a slow front"
    assert found["numbers"]["quiet_days"]["is_shipped"] is False
    assert found["numbers"]["merge_days"]["is_shipped"] is True
