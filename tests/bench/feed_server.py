"""A program for feed_polls.py: a server of feeds of fifty items, 38 KiB. It prints its port.

/same/N never changes and answers validators with 304; /new/N has one new item every time.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Iterator
from email.utils import format_datetime, localtime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count


ITEMS = 50
_STAMP = format_datetime(localtime())
_turns: defaultdict[str, Iterator[int]] = defaultdict(lambda: count(ITEMS))


def item(path: str, number: int) -> str:
    return (
        f"<item><guid>{path}-{number}</guid><title>Report number {number} of {path}</title>"
        f"<link>https://x.example{path}/{number}</link><pubDate>{_STAMP}</pubDate>"
        f"<description>{'What happened there, in a few words. ' * 14}</description></item>"
    )


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        last = ITEMS if self.path.startswith("/same") else next(_turns[self.path])
        etag = f'"{last}"'
        if self.headers.get("If-None-Match") == etag:
            self.answer(304, b"", etag)
            return
        items = "".join(item(self.path, n) for n in range(last - 1, last - ITEMS - 1, -1))
        head = "<?xml version='1.0'?><rss version='2.0'><channel><title>T</title>"
        self.answer(200, f"{head}{items}</channel></rss>".encode(), etag)

    def answer(self, status: int, body: bytes, etag: str) -> None:
        self.send_response(status)
        self.send_header("ETag", etag)
        self.send_header("Content-Type", "application/rss+xml")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


if __name__ == "__main__":
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    sys.stdout.write(f"{server.server_port}\n")
    sys.stdout.flush()
    server.serve_forever()
