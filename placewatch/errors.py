"""Every error placewatch raises, in one tree.

    PlacewatchError
    ├── ConfigError            a file or setting a person wrote is wrong
    │   ├── WatchlistError
    │   ├── FeedListError
    │   ├── SourcesError
    │   ├── ActorsError
    │   ├── PolicyError
    │   ├── RoutesError
    │   └── LexiconError
    ├── RecordError            bytes on a topic or in a file are not the record they should be
    ├── BrokerError            Kafka, real or embedded, cannot be used
    │   ├── BrokerRefusalError ... because it refuses us: who we say we are, or what we may do
    │   ├── EmbeddedBrokerError
    │   └── LocalBrokerError
    ├── FeedError              one feed could not be polled; others are not touched
    │   ├── FetchError
    │   └── FeedParseError
    ├── FeedStateError         what the poller remembers of feeds cannot be opened or written
    │   └── FeedStateBusyError ... just now: trying again helps
    ├── LedgerError            the database cannot be opened, migrated or written
    │   └── LedgerBusyError    ... just now: trying again helps
    ├── DeliveryError          a writer could not deliver a notification
    ├── NotFoundError          a place, alert or file that was asked for is not there
    └── ModelError             the language model is missing or does not fit

A message says what happened, to what, and what to do. The command line prints it and exits with `exit_code`.
"""

from __future__ import annotations


class PlacewatchError(Exception):
    """Anything placewatch raises on purpose.

    Attributes:
        exit_code: what the command line exits with (sysexits.h numbers).
    """

    exit_code = 1


class ConfigError(PlacewatchError):
    """A file or a setting written by a person is wrong."""

    exit_code = 78


class WatchlistError(ConfigError):
    """The watchlist cannot be read or an entry in it is wrong."""


class FeedListError(ConfigError):
    """The OPML file of feeds cannot be read or an entry in it is wrong."""


class SourcesError(ConfigError):
    """The list of sources cannot be read or an entry in it is wrong."""


class ActorsError(ConfigError):
    """The list of actors cannot be read or an entry in it is wrong."""


class PolicyError(ConfigError):
    """The policy file cannot be read or a number in it is impossible."""


class RoutesError(ConfigError):
    """The file of routes cannot be read, or a receiver, route or matcher in it is wrong."""


class LexiconError(ConfigError):
    """A lexicon file of the reader cannot be read or a frame in it is wrong."""


class RecordError(PlacewatchError):
    """Bytes or a line are not the record that they should be."""

    exit_code = 65


class BrokerError(PlacewatchError):
    """Kafka cannot be reached or refused what was asked."""

    exit_code = 69


class BrokerRefusalError(BrokerError):
    """Kafka answers and refuses us, or we it: password, certificate or rights. Trying again does not help."""

    exit_code = 77


class EmbeddedBrokerError(BrokerError):
    """The embedded broker could not be started or died."""


class LocalBrokerError(BrokerError):
    """Kafka on this machine could not be started, or died."""


class FeedError(PlacewatchError):
    """One feed could not be polled; the others go on.

    Attributes:
        reason: the enumerated word of what went wrong, for logs, metrics and dead letters.
    """

    def __init__(self, message: str, *, reason: str = "") -> None:
        super().__init__(message)
        self.reason = reason


class FetchError(FeedError):
    """A feed could not be fetched: refused, unreachable, too large, too slow."""


class FeedParseError(FeedError):
    """What was fetched is not a feed, or the parser did not finish in time."""


class FeedStateError(PlacewatchError):
    """The poller's memory of its feeds cannot be opened, read or written, or another producer uses it."""

    exit_code = 74


class FeedStateBusyError(FeedStateError):
    """The poller's memory is locked by another process, or its server is away: trying again helps."""


class LedgerError(PlacewatchError):
    """The ledger's database cannot be opened, migrated or written."""

    exit_code = 74


class LedgerBusyError(LedgerError):
    """The ledger is locked by another process, or its server is away: trying again helps."""


class DeliveryError(PlacewatchError):
    """A writer could not deliver a notification.

    Attributes:
        is_recoverable: whether trying the same again may help.
        retry_after_s: when whoever refused it wants to be asked again, in seconds; None where they did not say.
    """

    def __init__(
        self, message: str, *, is_recoverable: bool, retry_after_s: float | None = None
    ) -> None:
        super().__init__(message)
        self.is_recoverable = is_recoverable
        self.retry_after_s = retry_after_s


class NotFoundError(PlacewatchError):
    """What was asked for (a place, an alert, a file) is not there."""

    exit_code = 66


class ModelError(PlacewatchError):
    """The language model is missing or does not fit the installed spaCy."""

    exit_code = 69
