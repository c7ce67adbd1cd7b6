"""Settings: from the environment (PLACEWATCH_...), then a `.env` file, then the defaults below.

Every setting is documented in the README; a test holds that line. Secrets are SecretStr: never printed.
"""

from __future__ import annotations

import importlib.resources
import os
from pathlib import Path
from typing import Literal

import platformdirs
from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from placewatch.errors import ConfigError
from placewatch.states import LEXICON_VARIABLE


def seeds_dir() -> Path:
    """Return the folder of the data placewatch ships with."""
    return Path(str(importlib.resources.files("seeds")))


def shipped_watchlist(file: Path) -> Path:
    """Return `file`, or where there is none the list placewatch ships under that name: "syria"."""
    ours = seeds_dir() / "watchlists" / f"{file.name}.yaml"
    return ours if not file.exists() and file.name == str(file) and ours.is_file() else file


class Settings(BaseSettings):
    """What a person can set. Durations carry their unit in their name."""

    model_config = SettingsConfigDict(env_prefix="PLACEWATCH_", env_file=".env", extra="ignore")

    bootstrap_servers: str | None = Field(
        default=None,
        description="Kafka brokers, host:port with commas; unset means embedded broker",
    )
    is_broker_embedded: bool = Field(
        default=False,
        description="set by `up` and `demo` for the services they start; not for you to set",
    )
    security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = Field(
        default="PLAINTEXT", description="how to talk to Kafka"
    )
    sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = Field(
        default="SCRAM-SHA-512", description="SASL mechanism, with a SASL_ security protocol"
    )
    sasl_username: str | None = Field(default=None, description="SASL user")
    sasl_password: SecretStr | None = Field(default=None, description="SASL password")
    ssl_cafile: Path | None = Field(
        default=None, description="CA certificates that Kafka's is checked against"
    )
    partitions: int = Field(default=4, ge=1, le=1000, description="partitions of topics we create")
    replication_factor: int = Field(
        default=1, ge=1, le=10, description="replicas of topics we create"
    )

    state_dir: Path = Field(
        default_factory=lambda: Path(platformdirs.user_state_dir("placewatch", appauthor=False)),
        description="where feed state, the ledger, logs and tables lie",
    )
    watchlist: Path = Field(default=Path("watchlist.yaml"), description="the tracked places")
    feeds: Path = Field(default=Path("feeds.opml"), description="the feeds to poll, OPML")
    sources: Path = Field(
        default_factory=lambda: seeds_dir() / "sources.yaml",
        description="outlets, owners, reliability",
    )
    actors: Path = Field(
        default_factory=lambda: seeds_dir() / "actors.yaml",
        description="armed actors, aliases, sides",
    )
    lexicon: Path | None = Field(
        default=None,
        description="folder of your own words and states, added to the reader's; unset means none",
    )
    policy: Path | None = Field(
        default=None, description="your own policy; unset means the shipped one"
    )
    routes: Path | None = Field(
        default=None,
        description="who is told of which alerts; unset means the alert log and the ledger only",
    )
    ledger_url: str | None = Field(
        default=None,
        description="SQLAlchemy URL of the ledger; unset means SQLite in the state folder",
    )

    clock: Literal["wall", "stream"] = Field(
        default="wall",
        description="what `now` is when a reading is judged: real time, or the news' own time",
    )
    reader_processes: int = Field(
        default=2, ge=1, le=64, description="processes that run the language model"
    )
    poll_interval_s: float = Field(
        default=900.0, gt=0, description="usual time between two polls of a feed"
    )
    poll_floor_s: float = Field(
        default=600.0, gt=0, description="shortest time between two polls of a feed"
    )
    poll_concurrency: int = Field(
        default=100, ge=1, le=1000, description="feeds fetched at the same time"
    )
    fetch_timeout_s: float = Field(
        default=30.0, gt=0, description="longest time one fetch may take"
    )
    parse_timeout_s: float = Field(
        default=10.0, gt=0, description="longest time one feed may take to parse"
    )
    max_body_bytes: int = Field(
        default=5 * 1024 * 1024, ge=1024, description="largest feed, decoded"
    )
    full_text: Literal["off", "watched", "all"] = Field(
        default="watched",
        description="fetch articles' pages: of none, of those whose feed text names a watched place, of all",
    )
    full_text_budget_s: float = Field(
        default=20.0, gt=0, le=300, description="longest time the pages of one poll may take"
    )
    allow_private_networks: bool = Field(
        default=False, description="let feeds be fetched from loopback and private addresses"
    )
    contact: str = Field(
        default="", description="your address for feed owners, sent in the user agent"
    )
    refill_hours: int = Field(
        default=48, ge=1, le=336, description="published articles kept to refill an embedded broker"
    )
    log_format: Literal["console", "json"] = Field(
        default="console", description="how services log"
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        default="INFO", description="least level logged"
    )
    alert_log: Path | None = Field(
        default=None,
        description="file of one JSON line an alert; unset means alerts.jsonl in the state folder",
    )
    web_host: str = Field(default="127.0.0.1", description="where a worker's health page listens")
    web_port: int = Field(default=6066, ge=0, le=65535, description="its port; 0 takes a free one")
    producer_port: int | None = Field(
        default=None,
        ge=1,
        le=65535,
        description="port of a producer's Prometheus metrics; unset means none",
    )

    @property
    def ledger(self) -> str:
        """The SQLAlchemy URL of the ledger."""
        return self.ledger_url or f"sqlite:///{self.state_dir / 'ledger.db'}"

    @property
    def alert_log_path(self) -> Path:
        """The file alerts are appended to."""
        return self.alert_log or self.state_dir / "alerts.jsonl"


def load_settings(**overrides: object) -> Settings:
    """Return the settings in force; `overrides` win over environment and file.

    Raises:
        ConfigError: a value is impossible; the message names the variable.
    """
    try:
        settings = Settings(**overrides)  # type: ignore[arg-type]  # pydantic validates what callers pass
    except ValidationError as error:
        faults = "; ".join(
            f"PLACEWATCH_{'_'.join(str(p) for p in e['loc']).upper()}: {e['msg']}"
            for e in error.errors(include_url=False, include_input=False)
        )
        raise ConfigError(f"a setting cannot be used: {faults}") from error
    if settings.lexicon is not None:
        if not settings.lexicon.is_dir():
            raise ConfigError(
                f"PLACEWATCH_LEXICON: there is no folder {settings.lexicon}: name the folder of your YAML files"
            )
        # A .env file reaches neither the lexicon, which imports no settings, nor the processes we start.
        os.environ[LEXICON_VARIABLE] = str(settings.lexicon.resolve())
    return settings
