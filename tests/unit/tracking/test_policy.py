"""The policy file: every number with reason and source, faults told by name."""

from __future__ import annotations

import importlib.resources

import pytest
import yaml

from placewatch.errors import PolicyError
from streams.tracking.policy import load_policy


@pytest.fixture
def shipped() -> dict:
    text = importlib.resources.files("streams.tracking").joinpath("policy.yaml").read_text("utf-8")
    return yaml.safe_load(text)


def write(tmp_path, content):
    path = tmp_path / "policy.yaml"
    path.write_text(yaml.safe_dump(content))
    return path


def test_the_shipped_policy_loads():
    assert load_policy().settled_after_h == 24


def test_every_number_has_reason_and_source(shipped):
    assert all(entry["reason"] and entry["source"] for entry in shipped.values())


def test_a_copy_of_the_shipped_policy_has_its_version(shipped, tmp_path):
    assert load_policy(write(tmp_path, shipped)).version == load_policy().version


def test_another_number_is_another_version(shipped, tmp_path):
    shipped["min_dwell_days"]["value"] = 5
    assert load_policy(write(tmp_path, shipped)).version != load_policy().version


@pytest.mark.parametrize("name", ["settled_after_h", "wire_containment", "own_voice_reliability"])
def test_a_missing_number_is_named(shipped, tmp_path, name):
    del shipped[name]
    with pytest.raises(PolicyError, match=name):
        load_policy(write(tmp_path, shipped))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("settled_after_h", -1),
        ("independent_origins", 1),
        ("wire_containment", 2),
        ("horizon_days", 10),
        ("own_voice_reliability", ["Z"]),
    ],
)
def test_an_impossible_number_is_named(shipped, tmp_path, name, value):
    shipped[name]["value"] = value
    with pytest.raises(PolicyError, match=name):
        load_policy(write(tmp_path, shipped))


def test_a_number_without_a_reason_is_refused(shipped, tmp_path):
    del shipped["quiet_days"]["reason"]
    with pytest.raises(PolicyError, match="quiet_days needs reason"):
        load_policy(write(tmp_path, shipped))


def test_an_unknown_number_is_refused(shipped, tmp_path):
    shipped["quite_days"] = shipped["quiet_days"]
    with pytest.raises(PolicyError, match="quite_days"):
        load_policy(write(tmp_path, shipped))


def test_a_file_that_is_not_there_is_told(tmp_path):
    with pytest.raises(PolicyError, match="cannot be read"):
        load_policy(tmp_path / "none.yaml")


def test_a_list_is_not_a_policy(tmp_path):
    with pytest.raises(PolicyError, match="must be a mapping"):
        load_policy(write(tmp_path, [1, 2]))
