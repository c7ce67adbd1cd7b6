"""Fixtures every test may use."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def repo_root() -> Path:
    """The checkout these tests belong to."""
    return Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def evaluation_dir(repo_root: Path) -> Path:
    """The labelled news beside the checkout; tests that need it skip where it is absent."""
    folder = repo_root.parent / "shared" / "eval"
    if not folder.is_dir():
        pytest.skip(f"no evaluation data at {folder}: it is not part of the project")
    return folder
