"""What every service counts: named in docs/metrics.md as it is, lag and progress as they are."""

from __future__ import annotations

import importlib
import re
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import REGISTRY
from prometheus_client.metrics import MetricWrapperBase

from placewatch.metrics import LagMeter, Service


MODULES = (
    "placewatch.metrics",
    "producers.metrics",
    "streams.metrics",
    "sinks.metrics",
    "sinks.board.guard",
)
TP = ("placewatch.articles.v1", 0)


def metrics_of_the_code() -> dict[str, str]:
    """Return the labels of each metric by the name Prometheus gives it."""
    found: dict[str, str] = {}
    for name in MODULES:
        for metric in vars(importlib.import_module(name)).values():
            if isinstance(metric, MetricWrapperBase):
                full = metric._name + ("_total" if metric._type == "counter" else "")
                found[full] = ", ".join(metric._labelnames)
    return found


def test_the_page_of_metrics_names_each_with_its_labels_and_no_other(repo_root: Path) -> None:
    rows = re.findall(
        r"^\|(?: \w+ \|)? `(placewatch_\w+)` \| ([^|]*)\|",
        (repo_root / "docs" / "metrics.md").read_text("utf-8"),
        flags=re.MULTILINE,
    )
    assert {name: labels.strip() for name, labels in rows} == metrics_of_the_code()
    assert len(rows) == len(set(rows))


def test_no_metric_is_made_elsewhere(repo_root: Path) -> None:
    makers = re.compile(r'\b(?:Counter|Gauge|Histogram|Summary)\(\s*"placewatch_')
    files = [
        ".".join(path.relative_to(repo_root).with_suffix("").parts)
        for package in ("placewatch", "producers", "streams", "sinks")
        for path in (repo_root / package).rglob("*.py")
        if makers.search(path.read_text("utf-8"))
    ]
    assert sorted(files) == sorted(MODULES)


class Clock:
    """A clock that a test moves."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def meter(clock: Clock) -> Any:
    meter = LagMeter(Service.WORK, clock)
    yield meter
    meter.measure({}, {})


def value(name: str) -> float | None:
    labels = {"service": "work", "topic": TP[0], "partition": str(TP[1])}
    return REGISTRY.get_sample_value(f"placewatch_{name}", labels)


def test_progress_stands_still_only_while_records_wait_and_nothing_is_done(
    meter: LagMeter, clock: Clock
) -> None:
    meter.measure({TP: 10}, {TP: 4})
    assert (value("lag_records"), value("progress_timestamp_seconds")) == (6, 1000)
    clock.now = 1600
    meter.measure({TP: 12}, {TP: 4})
    assert (value("lag_records"), value("progress_timestamp_seconds")) == (8, 1000)
    meter.measure({TP: 12}, {TP: 5})
    assert (value("lag_records"), value("progress_timestamp_seconds")) == (7, 1600)
    meter.measure({TP: 12}, {TP: 12})
    clock.now = 9000
    meter.measure({TP: 12}, {TP: 12})
    assert (value("lag_records"), value("progress_timestamp_seconds")) == (0, 9000)


def test_a_partition_that_another_worker_has_now_is_no_lag_of_this_one(meter: LagMeter) -> None:
    meter.measure({TP: 10}, {TP: 4})
    meter.measure({("placewatch.articles.v1", 1): 3}, {("placewatch.articles.v1", 1): 3})
    assert value("lag_records") is None
    assert value("progress_timestamp_seconds") is None


def test_an_end_that_is_known_late_is_no_negative_lag(meter: LagMeter) -> None:
    meter.measure({TP: 3}, {TP: 4})
    assert value("lag_records") == 0
