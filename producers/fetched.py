"""What a fetch gives: its outcome, the validators to ask by next time, and how much a failure weighs. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from tempfile import SpooledTemporaryFile


class ErrorClass(StrEnum):
    """How much one failure weighs (Media Cloud's three classes)."""

    SOFT = "soft"
    TEMPORARY = "temporary"
    HARD = "hard"


WEIGHT = {ErrorClass.SOFT: 0.5, ErrorClass.TEMPORARY: 0.25, ErrorClass.HARD: 1.0}


class Outcome(StrEnum):
    """What became of a fetch: the first two are successes."""

    FETCHED = "fetched"
    NOT_MODIFIED = "not_modified"
    BAD_URL = "bad_url"
    PRIVATE_ADDRESS = "private_address"
    INSECURE_REDIRECT = "insecure_redirect"
    DNS = "dns"
    UNKNOWN_HOST = "unknown_host"
    CONNECTION = "connection"
    TLS = "tls"
    TIMEOUT = "timeout"
    REDIRECTS = "too_many_redirects"
    TOO_LARGE = "too_large"
    BROKEN_BODY = "broken_body"
    UNASKED_304 = "unasked_304"
    THROTTLED = "throttled"
    BLOCKED = "blocked"
    CHALLENGED = "challenged"
    NOT_FOUND = "not_found"
    GONE = "gone"
    CLIENT_ERROR = "client_error"
    SERVER_ERROR = "server_error"

    @property
    def is_success(self) -> bool:
        """Whether the server gave the feed, or said that it has not changed."""
        return self in {Outcome.FETCHED, Outcome.NOT_MODIFIED}

    @property
    def error_class(self) -> ErrorClass:
        """How much it weighs as a failure."""
        if self in _HARD:
            return ErrorClass.HARD
        return ErrorClass.TEMPORARY if self is Outcome.DNS else ErrorClass.SOFT


# Trying again soon cannot help with these.
_HARD = frozenset(
    {Outcome.BAD_URL, Outcome.PRIVATE_ADDRESS, Outcome.INSECURE_REDIRECT, Outcome.GONE}
)


@dataclass(frozen=True, slots=True)
class Validators:
    """What a server gave to ask by next time, byte for byte.

    Attributes:
        url: the address that gave them, and the only one they are sent to; "" is the feed's own.
    """

    etag: str = ""
    last_modified: str = ""
    url: str = ""

    def __bool__(self) -> bool:
        """Return whether there is anything to ask by."""
        return bool(self.etag or self.last_modified)


@dataclass(frozen=True, slots=True)
class Fetched:
    """The result of one fetch.

    Attributes:
        url: the address after redirects.
        headers: the last answer's, with lower-case names.
        body: decoded; empty while it is in `spooled`.
        spooled: the file of a large body, to be closed.
        spooled_bytes: how much is in it.
        validators: what to keep for the next time.
        redirects: status and address of every hop before the last.
        is_conditional: whether the answer is one to a question with validators.
        took_s: seconds from the first request to the end of the body.
        detail: what went wrong, for people.
    """

    outcome: Outcome
    url: str
    status: int = 0
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    spooled: SpooledTemporaryFile[bytes] | None = None
    spooled_bytes: int = 0
    validators: Validators = field(default_factory=Validators)
    redirects: tuple[tuple[int, str], ...] = ()
    is_conditional: bool = False
    took_s: float = 0.0
    detail: str = ""

    @property
    def size_bytes(self) -> int:
        """The size of the decoded body, wherever it is."""
        return len(self.body) if self.spooled is None else self.spooled_bytes

    def loaded(self, limit: int = -1) -> Fetched:
        """Return it with the body in memory, or with its first `limit` bytes."""
        if self.spooled is None:
            return self
        self.spooled.seek(0)
        return replace(self, body=self.spooled.read(limit))

    def close(self) -> None:
        """Give back the file of the body, if it has one."""
        if self.spooled is not None:
            self.spooled.close()


def is_same_answer(before: Validators, after: Validators) -> bool:
    """Return whether two answers carry the same validators, the stronger one deciding."""
    if before.etag or after.etag:
        return before.etag == after.etag
    return bool(before.last_modified) and before.last_modified == after.last_modified
