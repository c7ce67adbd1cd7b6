"""Who may do what: hosts, token, headers; and that none of it tells a secret."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import quote

import httpx
import pytest
from pydantic import SecretStr

from placewatch.errors import ConfigError
from placewatch.settings import Settings
from sinks.board.access import is_allowed, is_host_known, is_loopback, token_of
from sinks.ledger import Ledger


TOKEN = "a-token-of-enough-length"
WORD = {"control": "contested", "by": "R. Haddad"}


@pytest.mark.parametrize(
    ("host", "is_known"),
    [
        ("127.0.0.1:6067", True),
        ("localhost", True),
        ("[::1]:80", True),
        ("BOARD.example:443", True),
        ("board.example.evil.test", False),
        ("evil.test", False),
        ("", False),
        (None, False),
        ("[::1", False),
        ("user@localhost@evil.test", False),
    ],
)
def test_only_known_hosts_are_answered(host: str | None, is_known: bool) -> None:
    known = {"localhost", "127.0.0.1", "::1", "board.example"}
    assert is_host_known(host, known) is is_known


def test_a_page_of_somebody_else_cannot_read_the_board(asked: httpx.Client) -> None:
    answer = asked.get("/api/v1/summary", headers={"host": "evil.test"})
    assert answer.status_code == 421
    assert "PLACEWATCH_BOARD_HOSTS" in answer.json()["detail"]
    answer = asked.get("/api/v1/summary", headers={"origin": "https://evil.test"})
    assert not [name for name in answer.headers if name.startswith("access-control")]


def test_a_probe_may_ask_by_any_address(asked: httpx.Client) -> None:
    assert asked.get("/healthz", headers={"host": "10.1.2.3:6067"}).status_code == 200


@pytest.mark.parametrize("path", ["/", "/api/v1/map", "/static/js/main.js", "/nothing"])
def test_every_answer_keeps_the_browser_strict(asked: httpx.Client, path: str) -> None:
    headers = asked.get(path).headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "http" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"


@pytest.mark.parametrize(
    "path", ["/static/../app.py", "/static/%2e%2e/app.py", "/static//etc/passwd"]
)
def test_no_file_beside_the_page_is_given(war: str, path: str) -> None:
    with httpx.Client() as client:
        request = client.build_request("GET", war)
        request.url = request.url.copy_with(raw_path=path.encode())
        assert client.send(request).status_code == 404


SQL = ("x' OR '1'='1", "'; DROP TABLE alerts; --", '" OR ""="', "%", "_", "\\")


@pytest.mark.parametrize("hostile", SQL)
def test_what_means_something_in_sql_is_a_word_like_another(
    asked: httpx.Client, ledger: Ledger, hostile: str
) -> None:
    before = len(ledger.alerts())
    for name in ("place_id", "country", "holder"):
        found = asked.get("/api/v1/alerts", params={name: hostile})
        assert (found.status_code, found.json()["items"]) == (200, []), name
    # Words are looked for with LIKE, in what hostile feeds wrote, too: some may have them, not all.
    assert len(asked.get("/api/v1/alerts", params={"q": hostile}).json()["items"]) < before
    path = quote(hostile, safe="")
    for kind in ("places", "alerts"):
        assert asked.get(f"/api/v1/{kind}/{path}").status_code in {404, 422}
    assert len(ledger.alerts()) == before > 0


@pytest.mark.parametrize(
    ("authorization", "is_right"),
    [
        (f"Bearer {TOKEN}", True),
        (f"bearer {TOKEN}", True),
        (f"Basic {TOKEN}", False),
        (TOKEN, False),
        (f"Bearer {TOKEN}x", False),
        ("Bearer ", False),
        ("Bearer é", False),
        (None, False),
    ],
)
def test_the_token_has_to_be_the_token(authorization: str | None, is_right: bool) -> None:
    assert is_allowed(authorization, TOKEN) is is_right


@pytest.mark.parametrize("token", ["short", "sixteen chars plus é", "with\nline break in it"])
def test_a_token_that_could_be_guessed_or_not_be_sent_is_refused(
    settings: Settings, token: str
) -> None:
    with pytest.raises(ConfigError) as refused:
        token_of(settings.model_copy(update={"board_token": SecretStr(token)}))
    assert token not in str(refused.value)


def test_without_a_token_nothing_can_be_set(asked: httpx.Client) -> None:
    answer = asked.post("/api/v1/places/rastan-syria/word", json=WORD)
    assert answer.status_code == 403
    assert "PLACEWATCH_BOARD_TOKEN" in answer.json()["detail"]


def test_with_a_token_only_its_bearer_can_set(
    board_with: Callable[..., httpx.Client], ledger: Ledger
) -> None:
    board = board_with(board_token=SecretStr(TOKEN))
    path = "/api/v1/places/rastan-syria/word"
    for authorization in (None, "Bearer wrong-wrong-wrong-wrong"):
        headers = {"authorization": authorization} if authorization else {}
        answer = board.post(path, json=WORD, headers=headers)
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"].startswith("Bearer")
    right = {"authorization": f"Bearer {TOKEN}"}
    assert board.post("/api/v1/places/no/word", json=WORD, headers=right).status_code == 404
    answer = board.post(path, json=WORD | {"control": "mine"}, headers=right)
    assert answer.status_code == 422
    answer = board.post(path, json=WORD, headers=right)
    assert answer.status_code == 503, "no services run"
    assert "placewatch up" in answer.json()["detail"]
    assert board.get("/api/v1/summary").json()["is_read_only"] is False


def test_no_cookie_is_ever_set(asked: httpx.Client) -> None:
    for path in ("/", "/api/v1/summary", "/metrics"):
        assert "set-cookie" not in asked.get(path).headers


@pytest.mark.parametrize(
    ("host", "is_own"),
    [("127.0.0.1", True), ("::1", True), ("localhost", True), ("0.0.0.0", False), ("board", False)],
)
def test_what_others_can_reach_is_told_apart(host: str, is_own: bool) -> None:
    assert is_loopback(host) is is_own
