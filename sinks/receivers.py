"""Receivers: who is told, and by which writer; the part `receivers` of routes.yaml.

A receiver has a name and exactly one kind of writer, whose settings stand under the kind's name. A kind is a field
of `Receiver`, the model of its settings, and a line in `writer_for`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from placewatch.settings import Settings
from sinks.writers import Writer
from sinks.writers.log import LogWriter


class Strict(BaseModel):
    """Base of what a person writes into routes.yaml: an unknown word is a mistake."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class LogSettings(Strict):
    """A file of one JSON line an alert, rotated by size."""

    path: Path


class Receiver(Strict):
    """Who is told. `name` is what deliveries are recorded under: renamed, it is another receiver."""

    # Letters that need no care in logs, metrics and the ledger; what the sink itself records has other names.
    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9 ._-]{0,79}$")]
    log: LogSettings | None = None

    @model_validator(mode="after")
    def _has_one_kind(self) -> Self:
        if len(self._kinds()) != 1:
            kinds = sorted(set(type(self).model_fields) - {"name"})
            given = ", ".join(self._kinds()) or "none"
            raise ValueError(
                f"receiver {self.name!r} needs exactly one kind of {', '.join(kinds)}; it has {given}"
            )
        return self

    @property
    def kind(self) -> str:
        """The kind of its writer: the name of the field that is set."""
        return self._kinds()[0]

    def _kinds(self) -> list[str]:
        names = set(type(self).model_fields) - {"name"}
        return [name for name in sorted(names) if getattr(self, name) is not None]


def writer_for(receiver: Receiver, settings: Settings) -> Writer:
    """Return the writer of a receiver; nothing is opened or sent yet.

    Raises:
        ConfigError: it cannot be made: a library or a secret is missing.
    """
    if receiver.log is not None:
        path = settings.state_dir / receiver.log.path
        return LogWriter(path, name=receiver.name, is_printing=False)
    raise AssertionError(f"no writer for the kind {receiver.kind!r}")
