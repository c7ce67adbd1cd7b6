"""Two and a half simulated days of 40 feeds, with a restart; `make week` runs a week of 1,000 (tests/bench/feed_week.py)."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import feed_week
import pytest
from feed_week import Simulation

from producers import fetch
from producers.fetched import Validators
from producers.hosts import Manners


@pytest.mark.slow
async def test_no_breach_of_manners_and_no_item_missed_in_days(tmp_path: Path) -> None:
    result = await Simulation(feeds=40, domains=14, days=2.5, folder=tmp_path).run()
    assert result.breaches == []
    assert result.missed == []
    assert result.requests > 500
    assert result.not_modified > result.requests / 4
    assert result.delay_by_pace_s[600.0] < 1800


async def test_the_score_counts_what_it_is_there_to_count(tmp_path: Path, monkeypatch) -> None:
    def rude(validators: Validators) -> dict[str, str]:
        return {"If-None-Match": validators.etag.strip('"'), "Cookie": "id=1"}

    monkeypatch.setattr(fetch, "_conditions", rude)
    monkeypatch.setattr(fetch, "user_agent", lambda _: "Mozilla/5.0")
    monkeypatch.setattr(feed_week, "load_manners", lambda: (Manners(9, timedelta(0)), {}))
    monkeypatch.setattr(feed_week, "FLOOR_S", 60.0)
    result = await Simulation(feeds=20, domains=2, days=0.2, folder=tmp_path).run()
    words = " ".join(result.breaches)
    for breach in ("domain again", "second connection", "cookie", "agent Mozilla", " for ("):
        assert breach in words
