"""The API keeps what its own OpenAPI promises, whatever is asked: schemathesis tries."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings

from placewatch.settings import Settings
from sinks.board.app import make_app


SCHEMA = schemathesis.openapi.from_dict(make_app(Settings(_env_file=None)).openapi())
# The stream never ends; test_live.py has it.
OPERATIONS = {
    found.ok().label: found.ok()
    for found in SCHEMA.exclude(path="/api/v1/stream").get_all_operations()
}


@pytest.mark.parametrize("label", sorted(OPERATIONS))
def test_every_operation_answers_as_described(label: str, war: str) -> None:
    @given(case=OPERATIONS[label].as_strategy())
    @settings(
        max_examples=10,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    def answers(case: Any) -> None:
        case.call_and_validate(base_url=war)

    answers()


def test_openapi_describes_what_the_page_asks_for(asked: httpx.Client) -> None:
    paths = asked.get("/api/v1/openapi.json").json()["paths"]
    for path in (
        "summary",
        "map",
        "activity",
        "alerts",
        "places/{place_id}",
        "feeds",
        "heartbeats",
    ):
        described = paths[f"/api/v1/{path}"]["get"]["responses"]
        assert "$ref" in described["200"]["content"]["application/json"]["schema"]
        assert "application/problem+json" in described["422"]["content"]
