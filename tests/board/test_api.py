"""The API tells what the ledger holds, typed and by page, and every error as a problem that says what to do."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from sinks.ledger import Ledger


def get(board: httpx.Client, path: str, **params: Any) -> Any:
    answer = board.get(f"/api/v1/{path}", params=params)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_the_summary_says_how_much_there_is_and_where_the_stream_goes_on(
    asked: httpx.Client,
) -> None:
    found = get(asked, "summary")
    assert (found["places"], found["alerts"], found["last_seq"]) == (5, 5, 5)
    assert found["first_alert_at"] == "2024-12-06T13:00:00Z"
    assert found["is_read_only"] is True


def test_the_map_has_every_place_and_keeps_the_order_of_holders(
    board: httpx.Client, ledger: Ledger
) -> None:
    found = get(board, "map")
    row = found["place"].index("Homs, Syria")
    assert found["control"][row] == "contested"
    assert found["holders"][found["holder"][row]] == "Syrian government"
    assert found["is_stale"][found["place"].index("Hama, Syria")] is True
    earlier = ledger.alerts()[-1]
    ledger.write_alerts(
        [earlier.model_copy(update={"alert_id": "new", "holder": "Aaa", "at": earlier.at})]
    )
    assert get(board, "map")["holders"] == [*found["holders"], "Aaa"]


def test_the_map_is_not_sent_again_while_nothing_changed(
    board: httpx.Client, ledger: Ledger
) -> None:
    tag = board.get("/api/v1/map").headers["etag"]
    assert board.get("/api/v1/map", headers={"if-none-match": tag}).status_code == 304
    status = ledger.statuses()[0]
    later = status.model_copy(update={"assessed_at": status.assessed_at + timedelta(hours=1)})
    ledger.write_statuses([later])
    assert board.get("/api/v1/map", headers={"if-none-match": tag}).status_code == 200


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        ("2024-12-06T12:30:00Z", ("held", "Syrian government", None)),
        ("2024-12-06T13:30:00Z", ("held", "Syrian rebels", "claimed")),
        ("2024-12-06T14:00:00Z", ("held", "Syrian rebels", "confirmed")),
    ],
)
def test_a_moment_shows_what_the_last_alert_until_then_told(
    asked: httpx.Client, at: str, expected: tuple[str, str, str]
) -> None:
    place = get(asked, "places", q="rastan", at=at)["items"][0]
    assert (place["control"], place["holder"], place["certainty"]) == expected


def test_a_moment_before_a_baseline_is_unknown(asked: httpx.Client) -> None:
    place = get(asked, "places", q="tripoli", at="2024-12-01T00:00:00Z")["items"][0]
    assert (place["control"], place["holder"]) == ("unknown", None)


def test_places_are_filtered_and_paged(asked: httpx.Client) -> None:
    found = get(asked, "places", country="Syria", limit=2, offset=2)
    assert (len(found["items"]), found["total"]) == (2, 4)
    assert [p["place"] for p in get(asked, "places", control="besieged")["items"]] == [
        "Hama, Syria"
    ]


def test_alerts_come_newest_first_by_pages_without_gap_or_repeat(asked: httpx.Client) -> None:
    first = get(asked, "alerts", limit=3)
    rest = get(asked, "alerts", limit=3, before=first["next_before"])
    assert [a["seq"] for a in first["items"] + rest["items"]] == [5, 4, 3, 2, 1]
    assert rest["next_before"] is None


def test_an_update_and_a_cancel_are_tied_to_what_they_correct(asked: httpx.Client) -> None:
    by_id = {a["alert_id"]: a for a in get(asked, "alerts")["items"]}
    assert by_id["alert-4"]["corrects"][0]["headline"] == "Homs, Syria is contested."
    assert by_id["alert-3"]["corrected_by"]["msg_type"] == "Cancel"
    assert by_id["alert-1"]["corrected_by"]["alert_id"] == "alert-2"
    assert by_id["alert-2"]["corrected_by"] is None


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({"q": "HOMS"}, [4, 3]),
        ({"q": "100%"}, []),
        ({"place_id": "rastan-syria"}, [2, 1]),
        ({"msg_type": ["Cancel", "Update"]}, [4, 2]),
        ({"certainty": "confirmed"}, [2]),
        ({"holder": "Syrian rebels"}, [2, 1]),
        ({"country": "Syria", "control": "contested"}, [3]),
        ({"since": "2024-12-06T15:00:00Z", "until": "2024-12-06T16:00:00+00:00"}, [4, 3]),
    ],
)
def test_alerts_are_filtered(
    asked: httpx.Client, params: dict[str, Any], expected: list[int]
) -> None:
    assert [a["seq"] for a in get(asked, "alerts", **params)["items"]] == expected


def test_a_place_has_its_evidence_with_the_reason_each_counted_or_not(asked: httpx.Client) -> None:
    found = get(asked, "places/rastan-syria")
    origins = found["why"]["events"][0]["origins"]
    assert [o["name"] for o in origins] == ["Monitor 1", "Monitor 2"]
    assert origins[1]["reports"][0]["counted_plain"] == "told as not confirmed"
    assert found["why"]["summary"]["admiralty_plain"] == "usually reliable source, possibly true"
    assert [a["alert_id"] for a in found["alerts"]] == ["alert-1", "alert-2"]
    assert found["timeline"]["segments"][-1]["holder"] == "Syrian rebels"


def test_a_place_as_of_a_moment_has_only_what_was_out_by_then(asked: httpx.Client) -> None:
    found = get(asked, "places/rastan-syria", at="2024-12-06T13:00:00Z")
    reports = [r for e in found["why"]["events"] for o in e["origins"] for r in o["reports"]]
    assert [r["article_id"] for r in reports] == ["article-1"]
    assert [a["alert_id"] for a in found["alerts"]] == ["alert-1"]
    before = get(asked, "places/rastan-syria", at="2024-12-06T12:00:00Z")
    assert before["why"] is None
    assert before["place"]["holder"] == "Syrian government"


def test_a_place_is_found_whether_it_has_alerts_or_not(asked: httpx.Client) -> None:
    found = get(asked, "places/tripoli-lebanon")
    assert found["alerts"] == []
    assert found["place"]["holder"] == "Lebanese government"


def test_one_alert_has_the_chain_behind_it(asked: httpx.Client) -> None:
    found = get(asked, "alerts/alert-4")
    assert found["alert"]["corrects"][0]["alert_id"] == "alert-3"
    assert found["why"]["place"] == "Homs, Syria"


def test_a_watched_place_without_news_is_on_the_map_as_unknown(
    board: httpx.Client, tmp_path: Path
) -> None:
    (tmp_path / "watchlist.yaml").write_text("places:\n  - place: Idlib, Syria\n")
    place = get(board, "places", q="idlib")["items"][0]
    assert (place["control"], place["certainty"]) == ("unknown", None)
    assert place["latitude"] == pytest.approx(35.93, abs=0.1)
    assert get(board, "places/idlib-syria")["why"] is None


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("places/nowhere", 404),
        ("alerts/none", 404),
        ("alerts?limit=0", 422),
        ("alerts?limit=501", 422),
        ("alerts?since=yesterday", 422),
        ("alerts?q=%00", 422),
        ("places?offset=-1", 422),
        ("nothing", 404),
    ],
)
def test_an_error_is_a_problem_that_says_what_is_wrong(
    asked: httpx.Client, path: str, status: int
) -> None:
    answer = asked.get(f"/api/v1/{path}")
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["status"] == status
    assert answer.json()["detail"]


def test_without_a_ledger_the_board_runs_and_says_what_to_do(
    board_with: Callable[..., httpx.Client], settings: Any, tmp_path: Path
) -> None:
    board = board_with()
    assert board.get("/healthz").text == "ok\n"
    answer = board.get("/readyz")
    assert answer.status_code == 503
    assert "placewatch up" in answer.json()["detail"]
    assert not (tmp_path / "ledger.db").exists(), "asking must not make a ledger"
    with Ledger(settings.ledger):
        assert board.get("/readyz").text == "ok\n"


def test_a_ledger_that_is_replaced_is_opened_anew(
    board: httpx.Client, ledger: Ledger, settings: Any, tmp_path: Path
) -> None:
    assert get(board, "summary")["alerts"] == 5
    for file in tmp_path.glob("ledger.db*"):
        file.unlink()
    with Ledger(settings.ledger):
        assert get(board, "summary")["alerts"] == 0
    assert get(board, "map")["place"] == []


def test_metrics_count_requests_under_their_route(asked: httpx.Client) -> None:
    get(asked, "places/rastan-syria")
    metrics = asked.get("/metrics").text
    assert 'route="/api/v1/places/{place_id}"' in metrics or "places/{place_id}" in metrics
    assert 'placewatch_ready{service="board"} 1.0' in metrics
    assert 'placewatch_received_total{component="request",service="board"}' in metrics
