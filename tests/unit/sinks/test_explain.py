from __future__ import annotations

import json

import pytest

from placewatch.records import Origin
from sinks.explain import explain


PARTY = Origin(origin_id="hts", name="HTS", side="insurgents", reliability="D")
AGENCY = Origin(origin_id="agency", name="The Agency", reliability="A")
MINISTRY = Origin(origin_id="ministry", name="Ministry", side="government", reliability="D")


def test_each_origin_stands_once_with_all_its_reports(
    make_alert, make_event, make_citation
) -> None:
    told = (
        make_citation(3, origin=AGENCY),
        make_citation(2, origin=PARTY),
        make_citation(1, origin=AGENCY),
    )
    (chain,) = explain(None, make_alert(citations=told), [make_event(citations=told)]).events
    found = [(o.origin.name, [c.article_id for c in o.citations]) for o in chain.origins]
    assert found == [("The Agency", ["article-1", "article-3"]), ("HTS", ["article-2"])]


def test_what_counted_stands_before_what_did_not(make_alert, make_event, make_citation) -> None:
    told = (
        make_citation(1, origin=AGENCY, counted="historical"),
        make_citation(2, origin=MINISTRY, counted="counted_as_denial"),
        make_citation(3, origin=PARTY, counted="counted"),
    )
    (chain,) = explain(None, make_alert(citations=told), [make_event(citations=told)]).events
    found = [(o.origin.origin_id, o.has_counted) for o in chain.origins]
    assert found == [("ministry", True), ("hts", True), ("agency", False)]


def test_evidence_of_no_event_is_not_left_out(make_alert, make_event, make_citation) -> None:
    alert = make_alert(citations=(make_citation(1), make_citation(2)))
    inside, outside = explain(None, alert, [make_event(citations=(make_citation(1),))]).events
    assert outside.event is None
    assert [c.article_id for c in outside.origins[0].citations] == ["article-2"]
    assert [c.article_id for c in inside.origins[0].citations] == ["article-1"]


def test_a_status_without_an_alert_is_explained_by_itself(make_status, make_event) -> None:
    explanation = explain(make_status(alert_id=None), None, [make_event()])
    assert explanation.place == "Rastan, Syria"
    assert len(explanation.events) == 1


def test_nothing_to_explain_is_a_mistake_of_the_caller() -> None:
    with pytest.raises(ValueError, match="nothing to explain"):
        explain(None, None, [])


def test_the_json_has_the_whole_chain(make_alert, make_status, make_event) -> None:
    explanation = explain(make_status(), make_alert(), [make_event()])
    chain = json.loads(json.dumps(explanation.as_dict()))
    assert chain["alert"]["alert_id"] == "alert-1"
    assert chain["status"]["control"] == "held"
    report = chain["events"][0]["origins"][0]["reports"][0]
    assert report["sentence"].startswith("Fighters took Rastan")
    assert report["url"] == "https://wire.example/1"
    assert "citations" not in chain["alert"]


def test_what_moved_the_status_after_the_alert_stands_apart(
    make_alert, make_status, make_event
) -> None:
    events = [make_event(1), make_event(2)]
    explanation = explain(make_status(event_ids=("event-2",)), make_alert(), events)
    assert [chain.event for chain in explanation.events] == [make_event(1)]
    assert [chain.event for chain in explanation.later] == [make_event(2)]
