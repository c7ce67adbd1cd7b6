"""Fixtures every test may use."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest


REAL_KAFKA = frozenset({"kafka_jars", "real_kafka", "module_kafka", "servers"})


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Note with each test that has a broker which one that is."""
    for item in items:
        if item.get_closest_marker("broker") is not None:
            is_real = not REAL_KAFKA.isdisjoint(getattr(item, "fixturenames", ()))
            broker = "Apache Kafka" if is_real else "the embedded broker"
            item.user_properties.append(("broker", broker))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say on which broker the tests ran, and how many were skipped for want of one."""
    counts = Counter(
        # A module that was skipped while it was collected has none.
        (dict(getattr(report, "user_properties", ())).get("broker"), outcome)
        for outcome in ("passed", "failed", "skipped")
        for report in terminalreporter.getreports(outcome)
        if report.when == "call" or outcome == "skipped"
    )
    said = [f"{n} {outcome} on {broker}" for (broker, outcome), n in counts.items() if broker]
    if said:
        terminalreporter.write_line(f"brokers: {', '.join(sorted(said))}")


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
