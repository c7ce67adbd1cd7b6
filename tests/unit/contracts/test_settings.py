"""Settings: from the environment, with clear errors, and no secret ever printed."""

from __future__ import annotations

from pathlib import Path

import pytest

from placewatch.errors import BrokerError, ConfigError
from placewatch.kafka import connection
from placewatch.settings import Settings, load_settings


def test_the_environment_wins_over_defaults(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLACEWATCH_PARTITIONS", "12")
    assert load_settings().partitions == 12


def test_an_impossible_value_names_its_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLACEWATCH_POLL_INTERVAL_S", "-3")
    with pytest.raises(ConfigError, match="PLACEWATCH_POLL_INTERVAL_S"):
        load_settings()


def test_an_impossible_secret_is_not_in_the_message(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLACEWATCH_CLOCK", "hunter2")
    with pytest.raises(ConfigError) as caught:
        load_settings()
    assert "hunter2" not in str(caught.value)


def test_a_password_is_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLACEWATCH_SASL_PASSWORD", "hunter2")
    settings = load_settings()
    assert "hunter2" not in repr(settings)
    assert "hunter2" not in settings.model_dump_json()


def test_the_password_reaches_the_broker_connection() -> None:
    settings = load_settings(
        bootstrap_servers="a:9092,b:9092",
        security_protocol="SASL_SSL",
        sasl_username="pw",
        sasl_password="hunter2",
    )
    options = connection(settings)
    assert options["bootstrap_servers"] == ["a:9092", "b:9092"]
    assert options["sasl_plain_password"] == "hunter2"


def test_without_a_broker_the_error_says_what_to_do() -> None:
    with pytest.raises(BrokerError, match="placewatch up"):
        connection(load_settings(bootstrap_servers=None))


def test_ledger_and_alert_log_lie_in_the_state_folder(tmp_path: Path) -> None:
    settings = load_settings(state_dir=tmp_path)
    assert settings.ledger == f"sqlite:///{tmp_path / 'ledger.db'}"
    assert settings.alert_log_path == tmp_path / "alerts.jsonl"


def test_every_setting_says_what_it_is() -> None:
    assert [name for name, field in Settings.model_fields.items() if not field.description] == []


def test_a_value_may_lie_in_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "password").write_text("hunter2\n")
    monkeypatch.setenv("PLACEWATCH_SASL_PASSWORD_FILE", str(tmp_path / "password"))
    password = load_settings().sasl_password
    assert password is not None
    assert password.get_secret_value() == "hunter2"


def test_a_file_that_is_not_there_names_its_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLACEWATCH_LEDGER_PASSWORD_FILE", "/nowhere/password")
    with pytest.raises(ConfigError, match=r"PLACEWATCH_LEDGER_PASSWORD_FILE: /nowhere/password"):
        load_settings()


def test_an_impossible_value_in_a_file_names_its_setting(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "partitions").write_text("many")
    monkeypatch.setenv("PLACEWATCH_PARTITIONS_FILE", str(tmp_path / "partitions"))
    with pytest.raises(ConfigError, match="PLACEWATCH_PARTITIONS"):
        load_settings()


def test_a_value_and_a_file_for_it_are_one_too_many(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "password").write_text("hunter2")
    monkeypatch.setenv("PLACEWATCH_SASL_PASSWORD", "hunter3")
    monkeypatch.setenv("PLACEWATCH_SASL_PASSWORD_FILE", str(tmp_path / "password"))
    with pytest.raises(ConfigError, match="both set"):
        load_settings()


def test_the_ledgers_password_goes_into_its_url_escaped() -> None:
    settings = load_settings(ledger_url="postgresql://pw@db:5432/pw", ledger_password="p@ss:/w")
    assert settings.ledger == "postgresql://pw:p%40ss%3A%2Fw@db:5432/pw"
    assert "p@ss" not in repr(settings)


@pytest.mark.parametrize("url", ["postgresql://db/pw", "postgresql://pw:old@db/pw"])
def test_a_ledger_password_needs_a_user_without_one(url: str) -> None:
    with pytest.raises(ConfigError, match="PLACEWATCH_LEDGER_URL"):
        _ = load_settings(ledger_url=url, ledger_password="new").ledger


def test_a_ledger_password_without_a_server_changes_nothing(tmp_path: Path) -> None:
    settings = load_settings(state_dir=tmp_path, ledger_url=None, ledger_password="new")
    assert settings.ledger == f"sqlite:///{tmp_path / 'ledger.db'}"
