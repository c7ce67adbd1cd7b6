"""What the laws hold for: one small world, and how many courses are generated."""

from __future__ import annotations

import pytest
from courses import world

from streams.tracking.context import Context


@pytest.fixture(scope="session")
def context() -> Context:
    """Redland, Blueland and the Green Front; the shipped policy."""
    return world()
