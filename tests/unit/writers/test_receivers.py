"""Receivers as a person writes them into routes.yaml: each kind, each mistake, no secret shown."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import pytest
import yaml

from placewatch.errors import ConfigError, RoutesError
from placewatch.redaction import redacted
from placewatch.settings import Settings
from sinks.ledger import Ledger
from sinks.notification import notification_of
from sinks.receivers import Receiver, writer_for
from sinks.routes import load_routes
from sinks.writers import Writer


SECRET = base64.b64encode(b"k" * 32).decode()


@pytest.fixture
def made(tmp_path: Path):
    ledger = Ledger(f"sqlite:///{tmp_path / 'ledger.db'}")

    def make(**kinds: Any) -> Writer:
        receiver = Receiver.model_validate({"name": "desk"} | kinds)
        return writer_for(receiver, Settings(state_dir=tmp_path / "state"), ledger)

    yield make
    ledger.close()


@pytest.mark.parametrize(
    "kind",
    [
        {"log": {"path": "told.jsonl"}},
        {"apprise": {"url_env": "DESK_URL"}},
        {"webhook": {"url": "https://example.org/hook", "secret_env": "DESK_SECRET"}},
        {"atom": {"path": "alerts.atom"}},
        {"cap": {"folder": "cap", "sender": "watch@example.org"}},
        {"geojson": {"path": "map.geojson"}},
    ],
)
def test_each_kind_has_its_writer(made, monkeypatch, kind: dict[str, Any]) -> None:
    monkeypatch.setenv("DESK_URL", "json://127.0.0.1:1/")
    monkeypatch.setenv("DESK_SECRET", SECRET)
    writer = made(**kind)
    assert writer.name == "desk"
    assert type(writer).__name__.lower().startswith(next(iter(kind)))
    writer.close()


@pytest.mark.parametrize(
    "kind", [{"geojson": {"path": "ledger.db"}}, {"log": {"path": "x/../alerts.jsonl"}}]
)
def test_no_receiver_writes_what_is_placewatchs_own(made, kind: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match="placewatch's own: give the receiver another file"):
        made(**kind)


def test_relative_paths_lie_in_the_state_folder(made, tmp_path: Path, make_alert) -> None:
    made(atom={"path": "public/alerts.atom"}).write(notification_of("desk", "", [make_alert()]))
    assert (tmp_path / "state" / "public" / "alerts.atom").is_file()
    made(geojson={"path": str(tmp_path / "map.geojson")}).write(
        notification_of("desk", "", [make_alert()])
    )
    assert (tmp_path / "map.geojson").is_file()


def test_cap_finds_earlier_alerts_in_the_ledger(made, tmp_path: Path, make_alert) -> None:
    with Ledger(f"sqlite:///{tmp_path / 'ledger.db'}") as ledger:
        ledger.write_alerts([make_alert(1)])
    cancel = make_alert(2, msg_type="Cancel", references=("alert-1",))
    made(cap={"folder": "cap", "sender": "watch@example.org"}).write(
        notification_of("desk", "", [cancel])
    )
    written = (tmp_path / "state" / "cap" / "alert-2.xml").read_text()
    assert "<msgType>Cancel</msgType>" in written
    assert "watch@example.org,alert-1," in written


def test_secrets_come_from_files_too_and_are_hidden(made, tmp_path: Path) -> None:
    (tmp_path / "url").write_text("https://hooks.example.org/t0ken\n")
    (tmp_path / "secret").write_text(f"{SECRET}\n")
    made(webhook={"url_file": str(tmp_path / "url"), "secret_file": str(tmp_path / "secret")})
    assert redacted(f"https://hooks.example.org/t0ken {SECRET}") == "*** ***"


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        (
            {"apprise": {"url_env": "NOT_SET"}},
            "the environment variable NOT_SET is empty or not set",
        ),
        ({"apprise": {"url_file": "/no/such/file"}}, "url_file /no/such/file cannot be read"),
        ({"apprise": {"url_env": "WRONG"}}, "Apprise cannot use its address"),
        ({"webhook": {"url_env": "WRONG", "secret_env": "GOOD"}}, "no http or https address"),
        (
            {"webhook": {"url": "https://example.org", "secret_env": "WRONG"}},
            "openssl rand -base64 32",
        ),
    ],
)
def test_a_secret_that_is_not_there_or_wrong_is_told_without_it(
    made, monkeypatch, kind, message
) -> None:
    monkeypatch.setenv("WRONG", "wr0ng-s3cret")
    monkeypatch.setenv("GOOD", SECRET)
    with pytest.raises(ConfigError, match="receiver desk") as caught:
        made(**kind)
    assert message in str(caught.value)
    assert "wr0ng" not in str(caught.value)


@pytest.mark.parametrize(
    ("receiver", "place"),
    [
        ({"apprise": {"url_env": "X", "colour": "red"}}, "receivers.0.apprise.colour"),
        ({"apprise": {"url": "json://s3cret"}}, "receivers.0.apprise"),
        ({"apprise": {"url_env": "X", "url_file": "x"}}, "exactly one of url_env, url_file"),
        ({"apprise": {}}, "exactly one of url_env, url_file"),
        ({"webhook": {"url": "https://x"}}, "exactly one of secret_env, secret_file"),
        (
            {"webhook": {"url": "https://x", "secret_env": "X", "timeout_s": 300}},
            "receivers.0.webhook.timeout_s",
        ),
        ({"cap": {"folder": "x"}}, "receivers.0.cap.sender"),
        ({"cap": {"folder": "x", "sender": "a b"}}, "receivers.0.cap.sender"),
        ({"atom": {"path": "x", "newest": 0}}, "receivers.0.atom.newest"),
        ({"geojson": {}}, "receivers.0.geojson.path"),
        ({"pigeon": {}}, "receivers.0.pigeon"),
        ({"atom": {"path": "x"}, "geojson": {"path": "x"}}, "exactly one kind"),
    ],
)
def test_a_mistake_is_told_with_its_place_in_the_file(tmp_path: Path, receiver, place: str) -> None:
    path = tmp_path / "routes.yaml"
    path.write_text(
        yaml.safe_dump({"receivers": [{"name": "desk"} | receiver], "route": {"receiver": "desk"}})
    )
    with pytest.raises(RoutesError) as caught:
        load_routes(path)
    assert str(path) in str(caught.value)
    assert place in str(caught.value)
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"atom": {"path": "public/a"}}, {"geojson": {"path": "public/./a"}}),
        ({"log": {"path": "a"}}, {"log": {"path": "a"}}),
        ({"cap": {"folder": "cap", "sender": "x"}}, {"atom": {"path": "cap/index.atom"}}),
    ],
)
def test_two_receivers_that_write_one_file_are_refused(tmp_path: Path, one, other) -> None:
    path = tmp_path / "routes.yaml"
    receivers = [{"name": "a"} | one, {"name": "b"} | other]
    path.write_text(yaml.safe_dump({"receivers": receivers, "route": {"receiver": "a"}}))
    with pytest.raises(RoutesError, match="a and b write the same file"):
        load_routes(path)
