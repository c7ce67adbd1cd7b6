"""A worker that divides partitions never leaves out a topic that it does not see."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import faust
import pytest
from faust.assignor.client_assignment import ClientAssignment, ClientMetadata

from streams import assignor
from streams.assignor import Assignor


class EndedError(Exception):
    """In the place of the end of the process."""


@pytest.fixture
def ended(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    told: list[dict[str, Any]] = []

    def end(event: str, **details: Any) -> None:
        told.append({"event": event, **details})
        raise EndedError

    monkeypatch.setattr(assignor, "end_now", end)
    return told


def divided(known: dict[str, int]) -> Any:
    """Have one member, who reads two topics, divide them where so many partitions are known."""
    app = faust.App("test", store="memory://", broker="kafka://127.0.0.1:9")
    metadata = ClientMetadata(
        assignment=ClientAssignment(actives={}, standbys={}),
        url="http://127.0.0.1:1",
        changelog_distribution={},
        external_topic_distribution={},
        topic_groups={},
    )
    member = SimpleNamespace(subscription=["articles", "readings"], user_data=metadata.dumps())
    cluster = SimpleNamespace(
        partitions_for_topic=lambda topic: set(range(known[topic])) if topic in known else None
    )
    return Assignor(app)._perform_assignment(cluster, {"member": member})


def test_topics_that_are_known_are_divided(ended: list[dict[str, Any]]) -> None:
    (assignment,) = divided({"articles": 2, "readings": 2}).values()
    assert dict(assignment.assignment) == {"articles": [0, 1], "readings": [0, 1]}
    assert ended == []


@pytest.mark.parametrize(
    ("known", "unknown"), [({}, ["articles", "readings"]), ({"articles": 2}, ["readings"])]
)
def test_a_worker_that_does_not_see_a_topic_ends_and_does_not_divide(
    ended: list[dict[str, Any]], known: dict[str, int], unknown: list[str]
) -> None:
    with pytest.raises(EndedError):
        divided(known)
    assert ended == [{"event": "topics_unknown", "topics": unknown}]
