"""The numbers that decide: read from one YAML file in which each has its reason and its source."""

from __future__ import annotations

import importlib.resources
from pathlib import Path
from typing import Any, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from placewatch.errors import PolicyError
from placewatch.records import digest
from placewatch.vocabulary import Reliability


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
    citations_kept: int = Field(ge=1, le=20)
    event_citations_kept: int = Field(ge=2, le=50)
    considered_kept: int = Field(ge=1, le=50)
    set_aside_kept: int = Field(ge=0, le=20)
    sentence_chars: int = Field(ge=40, le=2000)
    owners_that_name_nobody: frozenset[str]
    voices_that_saw_nothing: frozenset[str]
    declarations: frozenset[str]

    @model_validator(mode="after")
    def _recaps_lie_within_the_horizon(self) -> Self:
        if self.horizon_days <= self.recap_days:
            raise ValueError("horizon_days must be more than recap_days")
        return self

    @property
    def version(self) -> str:
        """A digest of all numbers: two policies that decide alike have the same one."""
        plain = self.model_dump(mode="json")
        return digest(
            *(
                f"{name}={sorted(value) if isinstance(value, list) else value}"
                for name, value in sorted(plain.items())
            )
        )


def load_policy(path: Path | None = None) -> Policy:
    """Return the policy in `path`, or the shipped one.

    Raises:
        PolicyError: the file cannot be read, is not YAML, or a number in it is missing or impossible.
    """
    where = str(path) if path else "the shipped policy.yaml"
    try:
        text = (
            path.read_text("utf-8")
            if path
            else importlib.resources.files(__package__).joinpath("policy.yaml").read_text("utf-8")
        )
        content = yaml.safe_load(text)
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise PolicyError(f"the policy {where} cannot be read: {error}") from error
    return _policy_from(content, where)


def _policy_from(content: Any, where: str) -> Policy:
    if not isinstance(content, dict):
        raise PolicyError(f"the policy {where} must be a mapping of a number's name to its entry")
    values = {}
    for name, entry in content.items():
        missing = {"value", "reason", "source"} - set(entry if isinstance(entry, dict) else ())
        if missing:
            raise PolicyError(f"the policy {where}: {name} needs {', '.join(sorted(missing))}")
        values[name] = entry["value"]
    try:
        return Policy.model_validate(values)
    except ValidationError as error:
        faults = "; ".join(
            f"{'.'.join(map(str, e['loc'])) or 'policy'}: {e['msg']}"
            for e in error.errors(include_url=False)
        )
        raise PolicyError(f"the policy {where} cannot be used: {faults}") from error
