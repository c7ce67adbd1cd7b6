"""Settings: from the environment (PLACEWATCH_...), then a `.env` file, then the defaults below.

Any of them can come from a file instead, as containers are given secrets: PLACEWATCH_SASL_PASSWORD_FILE names it.
Every setting is documented in the README; a test holds that line. Secrets are SecretStr: never printed.
"""

from __future__ import annotations

import importlib.resources
import os
import re
from pathlib import Path
from typing import Any, Literal
from urllib.parse import quote

import platformdirs
from pydantic import Field, SecretStr, ValidationError
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from placewatch.errors import ConfigError
from placewatch.states import LEXICON_VARIABLE


def seeds_dir() -> Path:
    """Return the folder of the data placewatch ships with."""
    return Path(str(importlib.resources.files("seeds")))


def shipped_watchlist(file: Path) -> Path:
    """Return `file`, or where there is none the list placewatch ships under that name: "syria"."""
    ours = seeds_dir() / "watchlists" / f"{file.name}.yaml"
    return ours if not file.exists() and file.name == str(file) and ours.is_file() else file


class FromFiles(PydanticBaseSettingsSource):
    """Settings whose values lie in files that the environment names: PLACEWATCH_SASL_PASSWORD_FILE."""

    def get_field_value(
        self,
        field: FieldInfo,  # noqa: ARG002  # pydantic-settings passes it
        field_name: str,
    ) -> tuple[Any, str, bool]:
        """Return what the file of a setting says, without its last line's end; None when none is named.

        Raises:
            ConfigError: the file cannot be read, or the value is given directly as well.
        """
        variable = f"{self.config.get('env_prefix', '')}{field_name}".upper()
        named = os.environ.get(f"{variable}_FILE")
        if named is None:
            return None, field_name, False
        if variable in os.environ:
            raise ConfigError(f"{variable} and {variable}_FILE are both set: unset one of them")
        try:
            return Path(named).read_text(encoding="utf-8").rstrip("\r\n"), field_name, False
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigError(
                f"{variable}_FILE: {named} cannot be read ({error}): name a file that this user may read"
            ) from error

    def __call__(self) -> dict[str, Any]:
        """Return the settings that have a file."""
        fields = self.settings_cls.model_fields
        said = {name: self.get_field_value(field, name)[0] for name, field in fields.items()}
        return {name: value for name, value in said.items() if value is not None}


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
    ssl_certfile: Path | None = Field(
        default=None, description="our own certificate, PEM, for a Kafka that wants one of clients"
    )
    ssl_keyfile: Path | None = Field(
        default=None, description="its private key, PEM; unset means it is in the same file"
    )
    ssl_key_password: SecretStr | None = Field(
        default=None, description="password of that key, if it has one"
    )
    session_timeout_s: float = Field(
        default=45.0,
        ge=6,
        le=1800,
        description="after how long without a sign of life Kafka gives a worker's or sink's share to others",
    )
    kafka_libs: Path | None = Field(
        default=None,
        description="folder of Kafka's jars for `broker run`; unset means the one `broker install` fills",
    )
    partitions: int = Field(default=4, ge=1, le=1000, description="partitions of topics we create")
    replication_factor: int = Field(
        default=1, ge=1, le=10, description="replicas of topics we create"
    )

    min_insync_replicas: int | None = Field(
        default=None,
        ge=1,
        le=10,
        description="replicas that must have a record before Kafka acknowledges it, of topics we create; unset means the broker's own",
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
    ledger_password: SecretStr | None = Field(
        default=None, description="password of the ledger's user, put into its URL"
    )
    feed_state_url: str | None = Field(
        default=None,
        description="SQLAlchemy URL of what the poller remembers; unset means the ledger's if that is PostgreSQL, else SQLite in the state folder",
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
        description="port of a producer's metrics and health pages; unset means none",
    )
    sink_port: int | None = Field(
        default=None,
        ge=1,
        le=65535,
        description="port of a sink's metrics and health pages; unset means none",
    )
    board_host: str = Field(default="127.0.0.1", description="where the board listens")
    board_port: int = Field(default=6067, ge=1, le=65535, description="its port")
    board_hosts: str = Field(
        default="",
        description="other host names the board answers to, with commas: those of your reverse proxy",
    )
    board_token: SecretStr | None = Field(
        default=None,
        description="token that lets the board set and silence; unset means it only reads",
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Take values from files as from the environment."""
        del file_secret_settings  # a folder of them; ours are named one by one
        return init_settings, env_settings, FromFiles(settings_cls), dotenv_settings

    @property
    def ledger(self) -> str:
        """The SQLAlchemy URL of the ledger, with its password if one is set.

        Raises:
            ConfigError: there is a password and no user in the URL.
        """
        if self.ledger_password is None or not self.ledger_url:
            return self.ledger_url or f"sqlite:///{self.state_dir / 'ledger.db'}"
        password = quote(self.ledger_password.get_secret_value(), safe="")
        url, users = re.subn(
            r"^([^:/]+://[^:/@]+)@", lambda found: f"{found[1]}:{password}@", self.ledger_url
        )
        if not users:
            raise ConfigError(
                "PLACEWATCH_LEDGER_PASSWORD is set, and PLACEWATCH_LEDGER_URL has no user to have it, or another "
                "password: write postgresql://USER@HOST/NAME"
            )
        return url

    @property
    def feed_state(self) -> str:
        """The SQLAlchemy URL of what the poller remembers: PostgreSQL when the ledger is there."""
        if self.feed_state_url:
            return self.feed_state_url
        is_with_ledger = (self.ledger_url or "").startswith("postgresql")
        return self.ledger if is_with_ledger else f"sqlite:///{self.feed_state_file}"

    @property
    def feed_state_file(self) -> Path:
        """Where what the poller remembers lies, unless a database is named for it."""
        return self.state_dir / "feeds.db"

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
    if (settings.min_insync_replicas or 1) > settings.replication_factor:
        raise ConfigError(
            f"PLACEWATCH_MIN_INSYNC_REPLICAS is {settings.min_insync_replicas} and PLACEWATCH_REPLICATION_FACTOR "
            f"{settings.replication_factor}: nothing would ever be acknowledged; with 3 replicas 2 is usual"
        )
    if settings.lexicon is not None:
        if not settings.lexicon.is_dir():
            raise ConfigError(
                f"PLACEWATCH_LEXICON: there is no folder {settings.lexicon}: name the folder of your YAML files"
            )
        # A .env file reaches neither the lexicon, which imports no settings, nor the processes we start.
        os.environ[LEXICON_VARIABLE] = str(settings.lexicon.resolve())
    return settings
