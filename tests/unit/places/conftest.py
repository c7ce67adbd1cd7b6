"""One gazetteer for all tests of places, and a quick way to ask it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from placewatch.gazetteer import Gazetteer, load_gazetteer
from placewatch.place_resolution import Resolved, resolve
from placewatch.records import WatchedPlace


COUNTRIES = ("AF", "AZ", "CD", "EG", "FR", "GB", "IQ", "LB", "LY", "MM", "PS", "RU", "SD", "SO", "SY", "UA", "YE")  # fmt: skip


@pytest.fixture(scope="session")
def gazetteer() -> Gazetteer:
    return load_gazetteer(COUNTRIES)


@pytest.fixture(scope="session")
def resolved(gazetteer: Gazetteer) -> Callable[[str], Resolved]:
    """Resolve a label once."""
    known: dict[str, Resolved] = {}

    def look_up(label: str) -> Resolved:
        if label not in known:
            known[label] = resolve(label, gazetteer)
        return known[label]

    return look_up


@pytest.fixture(scope="session")
def place(resolved: Callable[[str], Resolved]) -> Callable[[str], WatchedPlace]:
    """Return the place of a label."""
    return lambda label: resolved(label).place
