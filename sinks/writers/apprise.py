"""The writer `apprise`: mail, Slack, Telegram, Matrix, ntfy and a hundred other services, each by its Apprise URL.

The URL is a secret, for it holds tokens and passwords: whatever Apprise logs or raises is redacted.
"""

from __future__ import annotations

import re
from urllib.parse import unquote, urlsplit

from apprise import Apprise, AppriseAsset, NotifyFormat, OverflowMode, PersistentStoreMode

from placewatch.errors import ConfigError, DeliveryError
from placewatch.redaction import conceal, redacted
from sinks.notification import Notification
from sinks.rendering.message import message
from sinks.rendering.plain import one_line


# Parts of an address that Apprise does not hide itself (an ntfy topic, a header) are hidden from this length on.
_TELLING_LENGTH = 8
_ERROR_LENGTH = 400
# Chats take "@everyone" in a plain text for a call to everyone, and "[Reuters](https://...)" for a link that hides where
# it leads. A space of no width inside makes both into what they were: words.
_LIVE_IN_CHATS = re.compile(r"@(?=[\w&])|\](?=\()")
_NO_WIDTH = "\u200b"


class AppriseWriter:
    """Sends notifications to one service, as plain text, escaped where the service takes HTML or Markdown."""

    def __init__(self, name: str, url: str, *, timeout_s: float = 30.0) -> None:
        """Prepare to send to the service at `url`; sending may take `timeout_s` in all.

        Raises:
            ConfigError: Apprise knows no such service, or the address lacks something; the message does not show it.
        """
        self.name = name
        conceal(url, *_parts(url))
        asset = AppriseAsset(
            app_id="placewatch",
            app_desc="placewatch",
            async_mode=False,
            http_redirects=False,
            # By default every message has a picture from a third party's server, which then knows who reads it.
            image_url_logo="",
            image_url_mask="",
            interpret_escapes=False,
            interpret_emojis=False,
            pem_autogen=False,
            pgp_autogen=False,
            service_timeout=timeout_s,
            storage_mode=PersistentStoreMode.MEMORY,
        )
        service = Apprise.instantiate(url, asset=asset)
        if service is None:
            raise ConfigError(
                f"receiver {name}: Apprise cannot use its address (not shown, it is a secret): write it as Apprise's "
                "documentation of the service does, for example mailtos://user:password@example.org"
            )
        shown = str(service.url(privacy=True))  # type: ignore[no-untyped-call]  # Apprise has no type there
        conceal(*_parts(url, shown))
        if "overflow=" not in url:
            # Too long for the service is no reason not to be told; several messages are better than none.
            service.overflow_mode = OverflowMode.SPLIT
        self._apprise = Apprise(asset=asset)
        self._apprise.add(service)
        self._timeout_s = timeout_s

    def write(self, notification: Notification) -> None:
        """Send the notification as one message.

        Raises:
            DeliveryError: the service did not take it: recoverable, for Apprise does not say whether it could be.
        """
        told = message(notification.alerts)
        result = self._apprise.notify(
            title=_LIVE_IN_CHATS.sub(rf"\g<0>{_NO_WIDTH}", told.title),
            body=_LIVE_IN_CHATS.sub(rf"\g<0>{_NO_WIDTH}", told.body),
            body_format=NotifyFormat.TEXT,
            timeout=self._timeout_s,
        )
        if not result:
            said = "; ".join(dict.fromkeys(one_line(entry.message) for entry in result.logs()))
            reason = one_line(redacted(said), _ERROR_LENGTH) or result.status.name.lower()
            raise DeliveryError(
                f"{self.name} could not be told ({reason}): check its address, and that the service can be reached",
                is_recoverable=True,
            )

    def close(self) -> None:
        """Nothing is kept open between two notifications."""


def _parts(url: str, shown: str | None = None) -> list[str]:
    """Return the parts of an address that are to be hidden.

    Args:
        url: the address.
        shown: what Apprise would show of it, for it knows which parts are tokens; without it all long parts are.
    """
    try:
        split = urlsplit(url)
    except ValueError:  # what is no address is hidden as a whole
        return []
    account, _, host = split.netloc.rpartition("@")
    user, _, password = account.partition(":")
    values = [pair.partition("=")[2] for pair in split.query.split("&")]
    telling = [part for part in (*split.path.split("/"), *values) if len(part) >= _TELLING_LENGTH]
    if shown is None:
        return [password, *telling]
    return [
        part
        for part in (host, user, *split.path.split("/"), *values)
        if part and unquote(part) not in unquote(shown)
    ]
