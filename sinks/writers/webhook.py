"""The writer `webhook`: a signed POST of CloudEvents to an address of the operator's choice.

One request a notification; when a failed one comes again is the sink's business. The notification's id is the
`webhook-id` and each alert's id is that of its event, so a receiver can tell repeats of both.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus

import aiohttp

from placewatch import __version__
from placewatch.errors import DeliveryError
from placewatch.redaction import redacted
from sinks.notification import Notification
from sinks.rendering.cloudevents import body_of
from sinks.rendering.signing import signature_headers


# RFC 9110 and 8470: these say that the same request may go another time; other refusals are for good.
_PASSING_REFUSALS = frozenset(
    {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS}
)
_MOVED_FOR_GOOD = frozenset({HTTPStatus.MOVED_PERMANENTLY, HTTPStatus.PERMANENT_REDIRECT})
# Whoever asks for more than a day has made a mistake, or does not want to hear of it; an operator should.
LONGEST_WAIT_S = 86_400.0


class WebhookWriter:
    """Posts notifications to one address."""

    def __init__(
        self,
        name: str,
        url: str,
        keys: Sequence[bytes] = (),
        *,
        timeout_s: float = 10.0,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """Prepare to post to `url`, signed with each of `keys`; a request may take `timeout_s` in all."""
        self.name = name
        self._url = url
        self._keys = tuple(keys)
        self._timeout = aiohttp.ClientTimeout(total=timeout_s)
        self._now = now

    def write(self, notification: Notification) -> None:
        """Post the notification.

        Raises:
            DeliveryError: no answer in time, or one that is not a success.
        """
        media_type, body = body_of(notification.alerts)
        headers = {"content-type": media_type, "user-agent": f"placewatch/{__version__}"}
        if self._keys:
            headers |= signature_headers(
                notification.notification_id, self._now(), body, self._keys
            )
        else:
            headers["webhook-id"] = notification.notification_id
        try:
            status, answered = asyncio.run(self._post(body, headers))
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            reason = redacted(str(error)) or type(error).__name__
            # Without its cause: that may hold the address, and whoever prints a traceback would print it too.
            raise DeliveryError(
                f"the webhook {self.name} did not answer ({reason}): check that its receiver runs",
                is_recoverable=True,
            ) from None
        refusal = refusal_of(self.name, status, answered.get("retry-after"), self._now())
        if refusal is not None:
            raise refusal

    async def _post(self, body: bytes, headers: Mapping[str, str]) -> tuple[int, Mapping[str, str]]:
        """Return status and headers of the answer; its body is nobody's business."""
        async with (
            aiohttp.ClientSession(timeout=self._timeout, trust_env=True) as session,
            # A redirect could send alerts, and lead us, anywhere.
            session.post(self._url, data=body, headers=headers, allow_redirects=False) as answer,
        ):
            return answer.status, answer.headers

    def close(self) -> None:
        """Nothing is kept open between two notifications."""


def refusal_of(
    name: str, status: int, retry_after: str | None, now: datetime
) -> DeliveryError | None:
    """Return what an answer means: None for a success, else whether and when the same may be posted again."""
    if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
        return None
    wait_s = wait_of(retry_after, now)
    if HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST:
        return DeliveryError(
            f"the webhook {name} answered {status}, a redirect, which is not followed: put its new address into "
            "routes.yaml",
            is_recoverable=status not in _MOVED_FOR_GOOD,
            retry_after_s=wait_s,
        )
    is_passing = status >= HTTPStatus.INTERNAL_SERVER_ERROR or status in _PASSING_REFUSALS
    advice = (
        "it is tried again" if is_passing else "check its address, its secret and what it accepts"
    )
    return DeliveryError(
        f"the webhook {name} answered {status}: {advice}",
        is_recoverable=is_passing,
        retry_after_s=wait_s,
    )


def wait_of(retry_after: str | None, now: datetime) -> float | None:
    """Return the seconds that a Retry-After header asks to wait (a number or a date, RFC 9110), a day at most."""
    if retry_after is None:
        return None
    text = retry_after.strip()
    if text.isascii() and text.isdigit():
        return min(float(text), LONGEST_WAIT_S)
    try:
        until = parsedate_to_datetime(text)
    except ValueError:
        return None
    if until.tzinfo is None:
        until = until.replace(tzinfo=UTC)
    return min(max((until - now).total_seconds(), 0.0), LONGEST_WAIT_S)
