"""Signatures of webhooks after Standard Webhooks 1.0: HMAC-SHA256 over id, time and body."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Sequence
from datetime import datetime


PREFIX = "whsec_"
# Standard Webhooks, "Signature scheme": a key has 24 to 64 random bytes.
SHORTEST_KEY = 24
LONGEST_KEY = 64


def keys_of(secret: str) -> tuple[bytes, ...]:
    """Return the keys that a secret holds: several with spaces between while one takes another's place.

    Raises:
        ValueError: one is not base64 of 24 to 64 bytes, or there is none; the message does not show it.
    """
    keys = []
    for word in secret.split():
        try:
            key = base64.b64decode(word.removeprefix(PREFIX), validate=True)
        except binascii.Error as error:
            raise ValueError("the secret is not base64 with or without whsec_ before it") from error
        if not SHORTEST_KEY <= len(key) <= LONGEST_KEY:
            raise ValueError(
                f"the secret has {len(key)} bytes: it has to be {SHORTEST_KEY} to {LONGEST_KEY} random ones in base64"
            )
        keys.append(key)
    if not keys:
        raise ValueError("the secret is empty")
    return tuple(keys)


def signature_headers(
    message_id: str, at: datetime, body: bytes, keys: Sequence[bytes]
) -> dict[str, str]:
    """Return the headers that a receiver verifies `body` with: it is ours, whole and not from long ago."""
    timestamp = str(int(at.timestamp()))
    signed = b".".join((message_id.encode(), timestamp.encode(), body))
    digests = (hmac.digest(key, signed, hashlib.sha256) for key in keys)
    return {
        "webhook-id": message_id,
        "webhook-timestamp": timestamp,
        "webhook-signature": " ".join(f"v1,{base64.b64encode(d).decode()}" for d in digests),
    }
