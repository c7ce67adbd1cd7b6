"""What is remembered of one feed between polls. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from producers.fetched import Validators
from producers.wishes import Wishes


# A server that answers "not modified" for ever is found out by asking for the whole feed once a day, and one
# that was found out is asked for it every hour (the etiquette of feed readers: no more often than that).
FULL_GET_EVERY = timedelta(hours=24)
FULL_GET_OF_LIARS_EVERY = timedelta(hours=1)
LIAR_FOR = timedelta(days=7)


@dataclass(slots=True)
class FeedState:
    """What is remembered of one feed. Times are UTC.

    Attributes:
        url: the address in the list of feeds.
        adopted_url: where it has moved to for good, polled instead; "" when it has not.
        validators_url: the address that gave `etag` and `last_modified`.
        failures: the summed weight of the failures since the last success; `failed_polls` their number.
        usual_gap_s: the usual time between two items; 0 when not known yet.
        redirect_chain: the permanent redirects last seen, each "status address", and where they lead.
        retry_after_until: when the server that throttled us wants to be asked again.
    """

    feed_id: str
    url: str
    etag: str = ""
    last_modified: str = ""
    body_hash: str = ""
    bad_body_hash: str = ""
    bad_reason: str = ""
    bad_error: str = ""
    interval_s: float = 0.0
    next_poll_at: datetime | None = None
    last_polled_at: datetime | None = None
    last_success_at: datetime | None = None
    last_new_at: datetime | None = None
    failures: float = 0.0
    first_failure_at: datetime | None = None
    last_error: str = ""
    last_reason: str = ""
    gone_at: datetime | None = None
    is_disabled: bool = False
    last_count: int = 0
    adopted_url: str = ""
    validators_url: str = ""
    failed_polls: int = 0
    last_full_at: datetime | None = None
    last_304_at: datetime | None = None
    false_304_at: datetime | None = None
    first_success_at: datetime | None = None
    usual_gap_s: float = 0.0
    usual_answer_s: float = 0.0
    wish_s: float = 0.0
    skip_hours: list[int] = field(default_factory=list)
    skip_days: list[int] = field(default_factory=list)
    redirect_chain: list[str] = field(default_factory=list)
    redirect_since: datetime | None = None
    throttled_at: datetime | None = None
    retry_after_until: datetime | None = None

    @property
    def poll_url(self) -> str:
        """The address to poll."""
        return self.adopted_url or self.url

    @property
    def validators(self) -> Validators:
        """What the server gave to ask by."""
        return Validators(self.etag, self.last_modified, self.validators_url)

    @property
    def wishes(self) -> Wishes:
        """What the feed's document last asked for."""
        return Wishes(
            every_s=self.wish_s, skip_hours=tuple(self.skip_hours), skip_days=tuple(self.skip_days)
        )

    def keep_validators(self, validators: Validators) -> None:
        """Remember what the server gave to ask by."""
        self.etag, self.last_modified = validators.etag, validators.last_modified
        self.validators_url = validators.url

    def keep_wishes(self, wishes: Wishes) -> None:
        """Remember what the feed's document asks for."""
        self.wish_s = wishes.every_s
        self.skip_hours, self.skip_days = list(wishes.skip_hours), list(wishes.skip_days)

    def wants_full(self, now: datetime) -> bool:
        """Return whether this poll asks for the whole feed, to find servers that say "not modified" falsely."""
        is_liar = self.false_304_at is not None and now - self.false_304_at < LIAR_FOR
        every = FULL_GET_OF_LIARS_EVERY if is_liar else FULL_GET_EVERY
        return self.last_full_at is None or now - self.last_full_at >= every
