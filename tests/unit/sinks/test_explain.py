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


def test_the_summary_says_who_stands_by_it_and_who_denies_it(
    make_alert, make_status, make_event, make_citation
) -> None:
    told = (
        make_citation(1, origin=AGENCY),
        make_citation(2, origin=MINISTRY, factuality="denied", counted="counted_as_denial"),
        make_citation(3, origin=PARTY, counted="taken_back_by_its_origin"),
    )
    status = make_status(grounds="independent_origins_despite_denial")
    summary = explain(status, make_alert(), [make_event(citations=told)]).as_dict()["summary"]
    assert [origin["name"] for origin in summary["says_so"]] == ["The Agency"]
    assert [origin["name"] for origin in summary["denies"]] == ["Ministry"]
    assert summary["grounds_plain"].startswith("it is denied, but enough independent origins")
    assert summary["reason_plain"] == "a side that did not hold it took it"


def test_who_supports_it_since_is_named_too(make_alert, make_status, make_event, make_citation):
    later = make_event(
        2, move="supported", event_date="2024-12-07", citations=(make_citation(5, origin=AGENCY),)
    )
    before = make_event(
        3, move="supported", event_date="2024-12-01", citations=(make_citation(6, origin=PARTY),)
    )
    explanation = explain(make_status(), make_alert(), [make_event(), later, before])
    assert [origin.name for origin in explanation.origins()] == ["The Monitor", "The Agency"]


def test_what_holds_without_an_alert_is_told_apart(make_alert, make_status) -> None:
    told = explain(make_status(), make_alert(), [], [make_alert()])
    other = explain(make_status(holder="Syrian government"), make_alert(), [], [make_alert()])
    none = explain(make_status(alert_id=None), None, [])
    assert [e.is_told for e in (told, other, none)] == [True, False, False]
    assert other.as_dict()["summary"]["is_told"] is False


def test_an_alert_says_what_became_of_it(make_alert) -> None:
    alerts = [
        make_alert(1),
        make_alert(2, msg_type="Update", references=("alert-1",)),
        make_alert(3, msg_type="Cancel", references=("alert-1", "alert-2")),
        make_alert(4),
        make_alert(5),
    ]
    links = explain(None, alerts[0], [], alerts).alerts
    assert [(link.fate, link.after.alert_id if link.after else None) for link in links] == [
        ("updated", "alert-2"),
        ("cancelled", "alert-3"),
        ("superseded", "alert-4"),
        ("superseded", "alert-5"),
        ("stands", None),
    ]


def test_other_events_and_reports_of_none_are_told_too(
    make_alert, make_status, make_event, make_citation
) -> None:
    idle = make_event(2, move="old_news", citations=(make_citation(7),))
    aside = make_citation(8, counted="strike_changes_nothing", joined=None)
    chain = explain(make_status(set_aside=(aside,)), make_alert(), [make_event(), idle]).as_dict()
    assert [(e["event"]["event_id"], e["move_plain"]) for e in chain["others"]] == [
        ("event-2", "changed nothing, it is older than what is known")
    ]
    (report,) = chain["set_aside"][0]["reports"]
    assert (report["article_id"], report["counted_plain"]) == (
        "article-8",
        "a strike or a shelling alone does not change who holds a place",
    )


def test_what_moved_the_status_after_the_alert_stands_apart(
    make_alert, make_status, make_event
) -> None:
    events = [make_event(1), make_event(2)]
    explanation = explain(make_status(event_ids=("event-2",)), make_alert(), events)
    assert [chain.event for chain in explanation.events] == [make_event(1)]
    assert [chain.event for chain in explanation.later] == [make_event(2)]
