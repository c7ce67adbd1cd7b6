"""Compressed bodies, decoded under a cap: a bomb of 400 kB never becomes 400 MB.

Of a hundred bodies that come at once each may be as large as the cap: those beyond `held_bytes` wait on the disk for
their turn, not in memory.
"""

from __future__ import annotations

import zlib
from tempfile import SpooledTemporaryFile


# Accepts gzip and zlib headers alike.
_ANY_HEADER = 32 + zlib.MAX_WBITS
_ENCODINGS = frozenset({"gzip", "x-gzip", "deflate"})
SUPPORTED = "gzip, deflate"


class TooLargeError(Exception):
    """The decoded body is larger than the cap."""


class BrokenEncodingError(Exception):
    """The body is not what its Content-Encoding says, or it ends too early."""


class BoundedDecoder:
    """Takes a body's chunks and gives the decoded bytes, never more than `max_bytes` of them in all.

    More than `held_bytes` of them go to a file without a name; by default none do. Close it when you have what it gives.
    """

    def __init__(
        self, content_encoding: str, *, max_bytes: int, held_bytes: int | None = None
    ) -> None:
        names = [name.strip().lower() for name in content_encoding.split(",") if name.strip()]
        names = [name for name in names if name != "identity"]
        if len(names) > 1 or not _ENCODINGS.issuperset(names):
            raise BrokenEncodingError(f"Content-Encoding {content_encoding!r} was not asked for")
        self._is_plain = not names
        self._max_bytes = max_bytes
        held_bytes = max_bytes if held_bytes is None else held_bytes
        self._body = SpooledTemporaryFile[bytes](max_size=held_bytes)  # closed by its user
        self._held_bytes, self._size = held_bytes, 0
        self._unzip = zlib.decompressobj(_ANY_HEADER)
        self._is_started = False

    def feed(self, chunk: bytes) -> None:
        """Decode one chunk.

        Raises:
            TooLargeError: the cap is exceeded; no more than the cap was ever held.
            BrokenEncodingError: the chunk cannot be decoded.
        """
        if self._is_plain:
            self._add(chunk)
            return
        try:
            self._inflate(chunk)
        except zlib.error as error:
            raise BrokenEncodingError(f"the compressed body cannot be read: {error}") from error

    def finish(self) -> bytes | SpooledTemporaryFile[bytes]:
        """Return the whole decoded body, or the file that it is in, which is to be closed.

        Raises:
            BrokenEncodingError: the compressed stream ends before its end mark.
        """
        if not self._is_plain and self._is_started and not self._unzip.eof:
            raise BrokenEncodingError("the compressed body ends too early")
        if self._size > self._held_bytes:
            return self._body
        with self._body:
            self._body.seek(0)
            return self._body.read()

    def close(self) -> None:
        """Drop what there is: the body failed."""
        self._body.close()

    def _inflate(self, chunk: bytes) -> None:
        if not self._is_started and chunk:
            self._is_started = True
            # Some servers send deflate without the zlib header that RFC 9110 asks for.
            is_raw = chunk[0] & 0x0F != zlib.DEFLATED and not chunk.startswith(b"\x1f\x8b")
            self._unzip = zlib.decompressobj(-zlib.MAX_WBITS if is_raw else _ANY_HEADER)
        while chunk:
            if self._unzip.eof:
                if not chunk.startswith(b"\x1f"):
                    return  # padding after the last member
                self._unzip = zlib.decompressobj(_ANY_HEADER)
            self._add(self._unzip.decompress(chunk, self._max_bytes - self._size + 1))
            chunk = self._unzip.unconsumed_tail or self._unzip.unused_data

    def _add(self, piece: bytes) -> None:
        if self._size + len(piece) > self._max_bytes:
            raise TooLargeError(f"the decoded body exceeds {self._max_bytes} bytes")
        self._size += len(piece)
        self._body.write(piece)
