"""The environment a supervised service gets."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import SecretStr

from placewatch.local.demo import demo_settings
from placewatch.local.supervisor import default_services, environment_of
from placewatch.settings import Settings, load_settings


def settings_in(environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Settings:
    for name, value in environment.items():
        if name.startswith("PLACEWATCH_"):
            monkeypatch.setenv(name, value)
    return load_settings()


def test_a_service_reads_the_settings_it_was_started_with(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    settings = load_settings(
        state_dir=tmp_path,
        bootstrap_servers="127.0.0.1:1",
        is_broker_embedded=True,
        partitions=1,
        clock="stream",
        poll_interval_s=0.2,
        sasl_password=SecretStr("hush"),
        watchlist=tmp_path / "watchlist.yaml",
        feeds=tmp_path / "feeds.opml",
    )
    assert settings_in(environment_of(settings), monkeypatch) == settings


def test_relative_paths_become_absolute() -> None:
    settings = load_settings(watchlist=Path("mine.yaml"))
    assert environment_of(settings)["PLACEWATCH_WATCHLIST"] == str(Path("mine.yaml").absolute())


def test_what_is_not_set_is_not_inherited_either(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLACEWATCH_LEDGER_URL", "sqlite:////elsewhere.db")
    settings = load_settings().model_copy(update={"ledger_url": None})
    assert "PLACEWATCH_LEDGER_URL" not in environment_of(settings)


def test_other_variables_are_inherited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", "/some/file")
    assert environment_of(load_settings())["SSL_CERT_FILE"] == "/some/file"


def test_the_demo_takes_nothing_from_your_set_up(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PLACEWATCH_BOOTSTRAP_SERVERS", "production:9092")
    monkeypatch.setenv("PLACEWATCH_LEDGER_URL", "sqlite:////production.db")
    monkeypatch.setenv("PLACEWATCH_STATE_DIR", str(tmp_path))
    settings = demo_settings(load_settings())
    assert settings.bootstrap_servers is None
    assert settings.ledger == f"sqlite:///{tmp_path}/demo/ledger.db"


def test_the_shim_is_started_only_with_the_embedded_broker() -> None:
    def commands(*, is_embedded: bool) -> str:
        services = default_services(is_embedded=is_embedded)
        return " ".join(word for service in services for word in service.command)

    assert "placewatch.local" in commands(is_embedded=True)
    assert "placewatch.local" not in commands(is_embedded=False)
