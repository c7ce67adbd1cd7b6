"""`placewatch receivers try` and `placewatch doctor`: somebody is told, or it is said why not, and no secret is shown."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

from placewatch.cli.app import app
from placewatch.cli.doctor import check_receivers
from placewatch.errors import ConfigError, DeliveryError, NotFoundError, PlacewatchError
from placewatch.redaction import redacted
from placewatch.settings import load_settings


@pytest.fixture
def web_server() -> Iterator[tuple[int, list[dict[str, Any]]]]:
    got: list[dict[str, Any]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            got.append(json.loads(self.rfile.read(int(self.headers["content-length"]))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Keep quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield server.server_port, got
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def routes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, web_server) -> Path:
    receivers = [
        {"name": "phone", "apprise": {"url_env": "PHONE_URL"}},
        {"name": "feed", "atom": {"path": "alerts.atom"}},
    ]
    path = tmp_path / "routes.yaml"
    path.write_text(yaml.safe_dump({"receivers": receivers, "route": {"receiver": "phone"}}))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PLACEWATCH_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.setenv("PLACEWATCH_ROUTES", str(path))
    monkeypatch.setenv("PHONE_URL", f"json://user:S3cretPass@127.0.0.1:{web_server[0]}/")
    # The command would send this process's log to standard error.
    monkeypatch.setattr("placewatch.cli.receivers.configure_logging", lambda *_: None)
    return path


def attempt(*arguments: str) -> str:
    """What the command prints."""
    result = CliRunner().invoke(app, ["receivers", "try", *arguments])
    if isinstance(result.exception, PlacewatchError):
        raise result.exception
    assert result.exit_code == 0, result.output
    return result.stdout


def test_a_receiver_gets_a_message_that_says_it_is_a_test(routes: Path, web_server) -> None:
    assert "phone (apprise) took the message" in attempt("phone")
    (sent,) = web_server[1]
    assert sent["title"] == "placewatch: this is a test, nothing happened."
    attempt("phone")
    first, second = (sent["message"].splitlines()[-1] for sent in web_server[1])
    assert first != second, "a receiver could take the second for a repeat"


def test_who_is_not_there_or_writes_files_is_told(routes: Path) -> None:
    with pytest.raises(NotFoundError, match="there are feed, phone"):
        attempt("desk")
    with pytest.raises(ConfigError, match="writes files"):
        attempt("feed")


def test_what_went_wrong_is_said_without_the_secret(routes: Path, monkeypatch) -> None:
    monkeypatch.setenv("PHONE_URL", "json://user:S3cretPass@127.0.0.1:1/")
    with pytest.raises(DeliveryError, match="phone could not be told") as caught:
        attempt("phone")
    assert "S3cretPass" not in str(caught.value)


def test_doctor_names_the_receivers_and_no_secret(routes: Path) -> None:
    finding = check_receivers(load_settings())
    assert (finding.state, finding.detail) == ("ok", "phone (apprise), feed (atom)")


def test_doctor_says_which_secret_is_missing(routes: Path, monkeypatch) -> None:
    monkeypatch.delenv("PHONE_URL")
    finding = check_receivers(load_settings())
    assert finding.state == "error"
    assert "PHONE_URL is empty or not set" in finding.detail


def test_doctor_without_routes_says_where_alerts_go(routes: Path, monkeypatch) -> None:
    monkeypatch.delenv("PLACEWATCH_ROUTES")
    assert check_receivers(load_settings()).detail.startswith("none: alerts go to")


def test_the_secret_is_masked_from_then_on(routes: Path) -> None:
    check_receivers(load_settings())
    assert redacted("user:S3cretPass@") == "user:***@"
