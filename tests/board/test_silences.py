"""Silences through the API: read by everybody, added and ended with the token, in force for the sink at once."""

from __future__ import annotations

from collections.abc import Callable

import httpx
import pytest
from pydantic import SecretStr

from sinks.ledger import Ledger
from sinks.silence_book import SilenceBook


TOKEN = "a-token-of-enough-length"
WANTED = {"matchers": ["place = Rastan, Syria"], "minutes": 30, "by": "R. Haddad", "comment": "x"}
BEARER = {"authorization": f"Bearer {TOKEN}"}


@pytest.fixture
def writable(board_with: Callable[..., httpx.Client], ledger: Ledger) -> httpx.Client:
    return board_with(board_token=SecretStr(TOKEN))


def test_a_silence_is_added_listed_and_ended(writable: httpx.Client, ledger: Ledger) -> None:
    answer = writable.post("/api/v1/silences", json=WANTED, headers=BEARER)
    assert answer.status_code == 201
    (silence,) = SilenceBook(ledger).all()
    assert (silence.author, [str(m) for m in silence.matchers]) == (
        "R. Haddad",
        ['place="Rastan, Syria"'],
    )
    (listed,) = writable.get("/api/v1/silences").json()["items"]
    assert listed == answer.json()
    ended = writable.delete(f"/api/v1/silences/{listed['silence_id']}", headers=BEARER)
    assert ended.status_code == 200
    assert writable.get("/api/v1/silences").json()["items"] == []


def test_a_board_without_a_token_silences_nothing(asked: httpx.Client) -> None:
    assert asked.post("/api/v1/silences", json=WANTED).status_code == 403
    assert asked.delete("/api/v1/silences/x").status_code == 403
    assert asked.get("/api/v1/silences").json() == {"items": []}


def test_a_wrong_token_silences_nothing(writable: httpx.Client, ledger: Ledger) -> None:
    assert writable.post("/api/v1/silences", json=WANTED).status_code == 401
    assert SilenceBook(ledger).all() == ()


def test_what_is_no_silence_is_refused_with_what_was_meant(writable: httpx.Client) -> None:
    wrong = WANTED | {"matchers": ["plce = Homs"]}
    answer = writable.post("/api/v1/silences", json=wrong, headers=BEARER)
    assert (answer.status_code, "did you mean 'place'" in answer.json()["detail"]) == (422, True)
    for faulty in ({"minutes": 0}, {"matchers": []}, {"by": ""}, {"more": 1}):
        answer = writable.post("/api/v1/silences", json=WANTED | faulty, headers=BEARER)
        assert answer.status_code == 422
    assert writable.delete("/api/v1/silences/none", headers=BEARER).status_code == 404
