"""Fixtures of the tests that run against the embedded broker."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from placewatch.local.broker import EmbeddedBroker
from placewatch.settings import Settings, load_settings


@pytest.fixture
def broker_settings(tmp_path: Path) -> Iterator[Settings]:
    """Settings that reach a broker of this test's own, with a state folder of its own."""
    base = load_settings(state_dir=tmp_path / "state", bootstrap_servers=None, ledger_url=None)
    base.state_dir.mkdir()
    with EmbeddedBroker(base) as settings:
        yield settings
