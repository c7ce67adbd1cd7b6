"""The worker's pages for machines: alive, ready, metrics. Faust wants a slash at the end; other services do not."""

from __future__ import annotations

from typing import Any

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from placewatch.metrics import READY, Service
from streams.agents import worker
from streams.app import app


@app.page("/healthz")
@app.page("/healthz/")
async def healthz(view: Any, _request: Any) -> Any:
    """Say that the process answers."""
    return view.json({"status": "ok"})


@app.page("/readyz")
@app.page("/readyz/")
async def readyz(view: Any, _request: Any) -> Any:
    """Say whether articles are being read: tables recovered, watchlist known, no rebalance under way."""
    waits_for = _waits_for()
    status = "waiting" if waits_for else "ready"
    return view.json({"status": status, "waits_for": waits_for}, status=503 if waits_for else 200)


def _waits_for() -> list[str]:
    """Return what keeps articles from being read."""
    return [
        name
        for name, is_done in {
            "rebalance": not app.rebalancing,
            "tables": app.tables.recovery.completed.is_set(),
            "watchlist": worker().follower.ready.is_set(),
        }.items()
        if not is_done
    ]


@app.page("/metrics")
async def metrics(view: Any, _request: Any) -> Any:
    """Return the counters in Prometheus' text format."""
    READY.labels(Service.WORK).set(not _waits_for())
    return view.bytes(generate_latest(), headers={"Content-Type": CONTENT_TYPE_LATEST})
