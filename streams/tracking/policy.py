"""The numbers that decide: read from one YAML file in which each has its reason and its source."""

from __future__ import annotations

import difflib
import importlib.resources
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator
from pydantic_core import ErrorDetails

from placewatch.errors import PolicyError
from placewatch.record_base import digest
from placewatch.vocabulary import Reliability
from placewatch.yaml_text import load_yaml


class Policy(BaseModel):
    """The numbers in force. What each is for stands beside it in policy.yaml."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    settled_after_h: float = Field(gt=0)
    stale_after_days: float = Field(gt=0)
    horizon_days: int = Field(ge=7)
    max_readings: int = Field(ge=20, le=2000)
    alert_window_days: int = Field(ge=1)
    independent_origins: int = Field(ge=2)
    independent_origins_when_denied: int = Field(ge=2)
    own_voice_reliability: frozenset[Reliability]
    merge_days: int = Field(ge=0)
    merge_ongoing_days: int = Field(ge=1)
    recap_days: int = Field(ge=0)
    min_dwell_days: int = Field(ge=0)
    threat_lapses_days: int = Field(ge=1)
    quiet_days: int = Field(ge=0)
    held_origins: int = Field(ge=2)
    second_opinion_origins: int = Field(ge=1)
    wire_containment: float = Field(gt=0, le=1)
    wire_shared_least: int = Field(ge=1)
    citations_kept: int = Field(ge=1, le=20)
    event_citations_kept: int = Field(ge=2, le=50)
    considered_kept: int = Field(ge=1, le=50)
    set_aside_kept: int = Field(ge=0, le=20)
    sentence_chars: int = Field(ge=40, le=2000)
    owners_that_name_nobody: frozenset[str]
    possession_epithets: frozenset[str]
    strike_like_words: frozenset[str]
    leaving_words: frozenset[str]
    power_words: frozenset[str]
    other_supplies: frozenset[str]
    parts_of_a_side: frozenset[str]
    voices_that_saw_nothing: frozenset[str]
    voices_of_many: frozenset[str]
    unnamed_voices: frozenset[str]
    declarations: frozenset[str]
    pace_window_days: int = Field(ge=7, le=90)
    pace_min_history_days: int = Field(ge=1)
    pace_min_heard_hours: int = Field(ge=3)
    pace_most_regular: int = Field(ge=1, le=20)
    stream_min_history_days: int = Field(ge=1)
    silence_probability: float = Field(gt=0, lt=1)
    silence_beyond_gap: float = Field(ge=1)
    silence_at_least_h: int = Field(ge=1)
    stream_silence_at_least_h: int = Field(ge=1)
    grace_after_start_h: float = Field(ge=0)
    heartbeat_told_every_h: int = Field(ge=1)
    feed_forgotten_after_days: int = Field(ge=1)

    @field_validator("*", mode="before")
    @classmethod
    def _yes_is_no_number(cls, value: object) -> object:
        if isinstance(value, bool):
            raise ValueError("yes and no are not numbers")  # noqa: TRY004  # pydantic takes ValueError
        return value

    @model_validator(mode="after")
    def _recaps_lie_within_the_horizon(self) -> Self:
        if self.horizon_days <= self.recap_days:
            raise ValueError(
                f"horizon_days ({self.horizon_days}) must be more than recap_days ({self.recap_days}): "
                "what a report may retell must not be folded yet"
            )
        return self

    @model_validator(mode="after")
    def _history_fits_into_the_window(self) -> Self:
        if self.pace_window_days <= self.pace_min_history_days:
            raise ValueError("pace_window_days must be more than pace_min_history_days")
        return self

    @cached_property
    def version(self) -> str:
        """A digest of all numbers: two policies that decide alike have the same one."""
        plain = self.model_dump(mode="json")
        return digest(
            *(
                f"{name}={sorted(value) if isinstance(value, list) else value}"
                for name, value in sorted(plain.items())
            )
        )


class Entry(BaseModel):
    """One number of the file.

    Attributes:
        value: the number, or the words of a list.
        reason: why it is that.
        source: where that comes from.
        more: what a larger number or a longer list will mean.
        less: what a smaller number or a shorter list will mean.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    value: Any
    reason: str = Field(min_length=1)
    source: str = Field(min_length=1)
    more: str = ""
    less: str = ""


@dataclass(frozen=True, slots=True)
class PolicyFile:
    """A policy with the reasons it gives.

    Attributes:
        where: how to call the file.
        policy: its numbers.
        entries: what stands beside each, by name, in the order of the file.
    """

    where: str
    policy: Policy
    entries: Mapping[str, Entry]


def load_policy(path: Path | None = None) -> Policy:
    """Return the policy in `path`, or the shipped one.

    Raises:
        PolicyError: the file cannot be read, is not YAML, or a number in it is missing or impossible.
    """
    return read_policy(path).policy


def read_policy(path: Path | None = None) -> PolicyFile:
    """Return the policy in `path`, or the shipped one, with its reasons.

    Raises:
        PolicyError: the file cannot be read, is not YAML, or a number in it is missing or impossible; the message
            names every entry at fault, what is wrong with it and what is allowed.
    """
    where = str(path) if path else "the shipped policy.yaml"
    try:
        text = (
            path.read_text("utf-8")
            if path
            else importlib.resources.files(__package__).joinpath("policy.yaml").read_text("utf-8")
        )
        content = load_yaml(text)
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise PolicyError(f"the policy {where} cannot be read: {error}") from error
    if not isinstance(content, dict):
        raise PolicyError(f"the policy {where} must be a mapping of a number's name to its entry")
    entries, faults = _entries_from(content)
    policy, more_faults = _policy_from(content)
    if policy is None or faults:
        listed = "\n".join(f"  {fault}" for fault in (*faults, *more_faults))
        raise PolicyError(f"the policy {where} cannot be used:\n{listed}")
    return PolicyFile(where, policy, entries)


def allowed(name: str) -> str:
    """Return what a number may be, in words: "a whole number from 20 to 2000"."""
    field = Policy.model_fields[name]
    if field.annotation == frozenset[Reliability]:
        return f"a list of grades out of {', '.join(Reliability)}"
    if field.annotation == frozenset[str]:
        return "a list of words"
    kind = "a whole number" if field.annotation is int else "a number"
    bounds = {type(bound).__name__: bound for bound in field.metadata}
    words = [
        f"{word} {getattr(bounds[key], key.lower()):g}"
        for key, word in (("Gt", "above"), ("Ge", "from"), ("Le", "up to"))
        if key in bounds
    ]
    return " ".join([kind, *words])


def _entries_from(content: Mapping[str, Any]) -> tuple[dict[str, Entry], list[str]]:
    """Return the entries, and what is wrong with those that are none."""
    entries: dict[str, Entry] = {}
    faults: list[str] = []
    for name, raw in content.items():
        fields = raw if isinstance(raw, dict) else {}
        missing = [word for word in ("value", "reason", "source") if fields.get(word) in (None, "")]
        unknown = sorted(set(fields) - set(Entry.model_fields))
        if missing:
            faults.append(f"{name} needs {', '.join(missing)}")
        elif unknown:
            faults.append(
                f"{name} has {', '.join(unknown)}; allowed: {', '.join(Entry.model_fields)}"
            )
        else:
            entries[name] = Entry.model_validate(
                {k: v if k == "value" else str(v) for k, v in fields.items()}
            )
    return entries, faults


def _policy_from(content: Mapping[str, Any]) -> tuple[Policy | None, list[str]]:
    """Return the numbers, or None and what is wrong with them; an entry without a value is told elsewhere."""
    values = {
        name: raw["value"]
        for name, raw in content.items()
        if isinstance(raw, dict) and "value" in raw
    }
    try:
        return Policy.model_validate(values), []
    except ValidationError as error:
        faults = [
            _fault(fault)
            for fault in error.errors(include_url=False)
            if not (fault["type"] == "missing" and fault["loc"][0] in content)
        ]
        return None, faults


def _fault(fault: ErrorDetails) -> str:
    name = str(fault["loc"][0]) if fault["loc"] else ""
    if not name:  # of several numbers together
        return fault["msg"].removeprefix("Value error, ")
    if fault["type"] == "missing":
        return f"{name} is missing; copy its entry from the shipped policy (placewatch policy show)"
    if fault["type"] == "extra_forbidden":
        near = difflib.get_close_matches(name, Policy.model_fields, n=1)
        return f"{name} is no number of the policy" + (f"; did you mean {near[0]}?" if near else "")
    return f"{name}: {fault['input']!r} cannot be; allowed: {allowed(name)}"
