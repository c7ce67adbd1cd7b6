"""What one article alone establishes: the rules of the labelled data."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from placewatch.records import Evidence, Reading, Report
from placewatch.vocabulary import Factuality, State
from streams.tracking.article_status import article_statuses


NOW = datetime(2024, 12, 6, tzinfo=UTC)


def _report(
    state: str,
    factuality: str = "asserted",
    actor: str | None = "Syrian rebels",
    against: str | None = None,
    by: str | None = None,
) -> Report:
    return Report(
        place_id="hama-syria",
        place="Hama, Syria",
        state=State(state),
        factuality=Factuality(factuality),
        actor=actor,
        against=against,
        attributed_to=by,
        evidence=Evidence(sentence="x", start=0, end=1),
    )


def _status(actors, *reports: Report) -> list[tuple[str | None, str | None]]:
    reading = Reading(
        place_id="hama-syria",
        place="Hama, Syria",
        article_id="a",
        source_id="s",
        published_at=NOW,
        fetched_at=NOW,
        reports=reports,
    )
    return [(s["state"], s["holder"]) for s in article_statuses([reading], actors)]


@pytest.mark.parametrize(
    ("reports", "status"),
    [
        ([_report("captured")], ("held", "Syrian rebels")),
        ([_report("captured", "claimed", by="a resident")], ("held", "Syrian rebels")),
        ([_report("captured", "claimed", by="Syrian rebels")], ("contested", "Syrian government")),
        (
            [_report("captured", "claimed"), _report("captured", "denied")],
            ("contested", "Syrian government"),
        ),
        (
            [_report("held"), _report("threatened", actor="Syrian army")],
            ("threatened", "Syrian rebels"),
        ),
        ([_report("threatened"), _report("contested")], ("contested", "Syrian government")),
        ([_report("besieged"), _report("threatened")], ("besieged", "Syrian government")),
        ([_report("withdrawn", actor="Syrian army")], ("vacated", None)),
        ([_report("captured", "planned")], ("threatened", "Syrian government")),
        (
            [_report("held", actor="Syrian army"), _report("captured", "planned")],
            ("threatened", "Syrian army"),
        ),
        (
            [_report("held", "claimed", actor="Syrian army", by="Syrian army")],
            ("held", "Syrian army"),
        ),
        ([_report("held", "claimed", by="Syrian rebels")], ("contested", "Syrian government")),
        (
            [
                _report(
                    "captured", "claimed", actor="Syrian army", against="IS", by="a security source"
                )
            ],
            ("contested", "IS"),
        ),
        ([_report("captured", actor=None, against="Syrian government")], ("vacated", None)),
        ([_report("closed", actor=None)], ("closed", None)),
        (
            [_report("evacuation_ordered", actor=None), _report("evacuation_lifted", actor=None)],
            ("normal", None),
        ),
    ],
)
def test_status(actors, reports, status):
    assert _status(actors, *reports) == [status]


def test_what_is_called_occupied_is_no_boast_of_its_holder(actors):
    said = _report("held", "claimed", by="Syrian rebels").model_copy(update={"trigger": "occupied"})
    assert _status(actors, said) == [("held", "Syrian rebels")]


@pytest.mark.parametrize(
    "reports",
    [
        [],
        [_report("struck")],
        [_report("captured", "historical")],
        [_report("withdrawn", "planned")],
        [_report("withdrawn", "unconfirmed")],
        [_report("captured", "denied")],
    ],
)
def test_nothing_changes(actors, reports):
    assert _status(actors, *reports) == []
