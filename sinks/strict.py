"""The base of everything that a person writes into routes.yaml."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Strict(BaseModel):
    """Frozen, and an unknown word is a mistake."""

    model_config = ConfigDict(frozen=True, extra="forbid")
