"""Receivers: who is told, and by which writer; the part `receivers` of routes.yaml.

A receiver has a name and exactly one kind of writer, whose settings stand under the kind's name. A kind is a field
of `Receiver`, the model of its settings, and a case in `writer_for`. docs/writers.md has an example of each.

What is secret is never in the file: it names the variable (`*_env`) or the file (`*_file`) that has it.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Self

from pydantic import Field, model_validator

from placewatch.errors import ConfigError
from placewatch.redaction import conceal
from placewatch.settings import Settings
from sinks.durations import Duration
from sinks.ledger import Ledger
from sinks.lookup import database_file
from sinks.rendering.atom import Feed
from sinks.rendering.cap import CapSender
from sinks.rendering.plain import web_address
from sinks.rendering.signing import keys_of
from sinks.strict import Strict
from sinks.writers import Writer
from sinks.writers.apprise import AppriseWriter
from sinks.writers.atom import AtomWriter
from sinks.writers.cap import INDEX, CapWriter
from sinks.writers.geojson import GeoJsonWriter
from sinks.writers.log import LogWriter
from sinks.writers.webhook import WebhookWriter


# A writer has a minute (`sinks.writers.Writer`); what is longer would hold up all that comes after it.
LONGEST_TIMEOUT_S = 50.0


_NO_KINDS = frozenset({"name", "give_up_after"})


class LogSettings(Strict):
    """A file of one JSON line an alert, rotated by size."""

    path: Path


class AppriseSettings(Strict):
    """A service of Apprise: mail, a chat, a phone. Its address is a secret."""

    url_env: str | None = None
    url_file: Path | None = None
    timeout_s: float = Field(default=30.0, gt=0, le=LONGEST_TIMEOUT_S)

    @model_validator(mode="after")
    def _has_one_address(self) -> Self:
        _exactly_one(url_env=self.url_env, url_file=self.url_file)
        return self


class WebhookSettings(Strict):
    """A program of your own that takes signed CloudEvents over HTTP."""

    url: str | None = None
    url_env: str | None = None
    url_file: Path | None = None
    secret_env: str | None = None
    secret_file: Path | None = None
    timeout_s: float = Field(default=10.0, gt=0, le=LONGEST_TIMEOUT_S)

    @model_validator(mode="after")
    def _has_one_address_and_one_secret(self) -> Self:
        _exactly_one(url=self.url, url_env=self.url_env, url_file=self.url_file)
        _exactly_one(secret_env=self.secret_env, secret_file=self.secret_file)
        return self


class AtomSettings(Strict):
    """A feed of the newest alerts in a file; `url` is where others fetch it."""

    path: Path
    title: str = "placewatch alerts"
    author: str = "placewatch"
    url: str | None = None
    newest: int = Field(default=100, ge=1, le=10_000)


class CapSettings(CapSender):
    """A folder of CAP 1.2 files with an index; who sends them is in the fields of `CapSender`."""

    folder: Path
    title: str = "placewatch alerts"
    newest: int = Field(default=100, ge=1, le=10_000)


class GeoJsonSettings(Strict):
    """A file of what holds everywhere."""

    path: Path


class Receiver(Strict):
    """Who is told. `name` is what deliveries are recorded under: renamed, it is another receiver.

    What fails and may go later is tried again, ever more seldom, until it is `give_up_after` old.
    """

    # Letters that need no care in logs, metrics and the ledger; what the sink itself records has other names.
    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9 ._-]{0,79}$")]
    # A day: what nobody could be told for so long is found in the ledger and the dead letters.
    give_up_after: Duration = timedelta(days=1)
    log: LogSettings | None = None
    apprise: AppriseSettings | None = None
    webhook: WebhookSettings | None = None
    atom: AtomSettings | None = None
    cap: CapSettings | None = None
    geojson: GeoJsonSettings | None = None

    @model_validator(mode="after")
    def _has_one_kind(self) -> Self:
        if len(self._kinds()) != 1:
            kinds = sorted(set(type(self).model_fields) - _NO_KINDS)
            given = ", ".join(self._kinds()) or "none"
            raise ValueError(
                f"receiver {self.name!r} needs exactly one kind of {', '.join(kinds)}; it has {given}"
            )
        return self

    @property
    def kind(self) -> str:
        """The kind of its writer: the name of the field that is set."""
        return self._kinds()[0]

    @property
    def file(self) -> Path | None:
        """The file that only it may write, as routes.yaml has it; None where it writes none."""
        if self.cap is not None:
            return self.cap.folder / INDEX
        keeper = self.log or self.atom or self.geojson
        return None if keeper is None else keeper.path

    def _kinds(self) -> list[str]:
        names = set(type(self).model_fields) - _NO_KINDS
        return [name for name in sorted(names) if getattr(self, name) is not None]


def writer_for(receiver: Receiver, settings: Settings, ledger: Ledger) -> Writer:
    """Return the writer of a receiver; nothing is opened or sent yet. Relative paths lie in the state folder.

    Raises:
        ConfigError: it cannot be made: a secret is missing, or an address cannot be used.
    """
    name, folder = receiver.name, settings.state_dir
    _check_file(receiver, settings)
    match receiver:
        case Receiver(log=LogSettings() as log):
            return LogWriter(folder / log.path, name=name, is_printing=False)
        case Receiver(apprise=AppriseSettings() as service):
            url = _secret(name, "url", service.url_env, service.url_file)
            return AppriseWriter(name, url, timeout_s=service.timeout_s)
        case Receiver(webhook=WebhookSettings() as webhook):
            return _webhook_writer(name, webhook)
        case Receiver(atom=AtomSettings() as atom):
            feed = Feed(atom.title, atom.author, atom.url)
            return AtomWriter(name, folder / atom.path, feed, atom.newest)
        case Receiver(cap=CapSettings() as cap):
            return CapWriter(
                name,
                folder / cap.folder,
                cap,
                known=ledger.alert,
                feed=Feed(cap.title, cap.sender_name or cap.sender),
                newest=cap.newest,
            )
        case Receiver(geojson=GeoJsonSettings() as geojson):
            return GeoJsonWriter(name, folder / geojson.path, ledger.statuses)
    raise AssertionError(f"no writer for the kind {receiver.kind!r}")


def faults_of(receivers: Iterable[Receiver], settings: Settings) -> list[str]:
    """Return what keeps receivers from being told that can be seen without telling them: a secret not set."""
    faults = []
    with Ledger("sqlite://") as nothing:
        for receiver in receivers:
            try:
                writer_for(receiver, settings, nothing).close()
            except ConfigError as error:
                faults.append(str(error))
    return faults


def _check_file(receiver: Receiver, settings: Settings) -> None:
    """Check that a receiver does not write what placewatch itself writes.

    Raises:
        ConfigError: it does: the ledger would be replaced, or each line of the alert log be there twice.
    """
    if receiver.file is None:
        return
    file = (settings.state_dir / receiver.file).resolve()
    ours = {settings.alert_log_path, database_file(settings.ledger)}
    if file in {path.resolve() for path in ours if path is not None}:
        raise ConfigError(
            f"receiver {receiver.name}: {file} is placewatch's own: give the receiver another file"
        )


def _webhook_writer(name: str, webhook: WebhookSettings) -> WebhookWriter:
    url = webhook.url or _secret(name, "url", webhook.url_env, webhook.url_file)
    if web_address(url) is None:
        raise ConfigError(
            f"receiver {name}: its url is no http or https address: write https://..."
        )
    secret = _secret(name, "secret", webhook.secret_env, webhook.secret_file)
    try:
        keys = keys_of(secret)
    except ValueError as error:
        raise ConfigError(
            f"receiver {name}: {error}: make one with `openssl rand -base64 32`"
        ) from None
    return WebhookWriter(name, url, keys, timeout_s=webhook.timeout_s)


def _secret(name: str, what: str, variable: str | None, path: Path | None) -> str:
    """Return the secret in a variable of the environment or in a file, and have it hidden from now on.

    Raises:
        ConfigError: it is not there; the message names the receiver and where it was looked for.
    """
    if path is not None:
        try:
            secret = path.read_text("utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigError(
                f"receiver {name}: {what}_file {path} cannot be read ({type(error).__name__}): name a text file "
                "that this user may read"
            ) from None
        where = f"the file {path}"
    else:
        secret = os.environ.get(variable or "", "").strip()
        where = f"the environment variable {variable}"
    if not secret:
        raise ConfigError(f"receiver {name}: its {what} is not there: {where} is empty or not set")
    conceal(secret, *secret.split())
    return secret


def _exactly_one(**given: object) -> None:
    """Check that exactly one of these settings is given.

    Raises:
        ValueError: none is, or several are.
    """
    if sum(value is not None for value in given.values()) != 1:
        raise ValueError(f"give exactly one of {', '.join(given)}")
