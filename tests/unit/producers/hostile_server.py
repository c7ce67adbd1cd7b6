"""A program for test_hostile_http.py: a server whose paths are attacks, and good feeds under numbers.

It prints its port. A process of its own: what an attack costs the attacker must not count as ours.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import json
import sys
import zlib


OK = b"HTTP/1.1 200 OK\r\n"


@functools.cache
def bomb(window: int) -> bytes:
    """400 MiB of zeros in 400 kB."""
    packer, zeros = zlib.compressobj(9, zlib.DEFLATED, window), bytes(1024 * 1024)
    return b"".join(packer.compress(zeros) for _ in range(400)) + packer.flush()


def answer(*lines: str, body: bytes = b"") -> bytes:
    head = OK + "".join(f"{line}\r\n" for line in lines).encode()
    return head + f"Content-Length: {len(body)}\r\n\r\n".encode() + body


async def for_ever(writer: asyncio.StreamWriter, piece: bytes, *, every_s: float = 0.002) -> None:
    while not writer.is_closing():
        writer.write(piece)
        await writer.drain()
        await asyncio.sleep(every_s)


async def headers_without_end(writer) -> None:
    writer.write(OK)
    await for_ever(writer, b"X-Filler: " + b"x" * 4000 + b"\r\n")


async def one_long_header(writer) -> None:
    writer.write(OK + b"X-Filler: ")
    await for_ever(writer, b"x" * 65536)


async def interim_answers(writer) -> None:
    await for_ever(writer, b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n")


async def a_byte_at_a_time(writer) -> None:
    writer.write(OK + b"Content-Length: 100000\r\n\r\n")
    await for_ever(writer, b"x", every_s=0.2)


async def tiny_chunks(writer) -> None:
    writer.write(OK + b"Transfer-Encoding: chunked\r\n\r\n")
    await for_ever(writer, b"1\r\nx\r\n" * 1000)


async def chunk_extensions(writer) -> None:
    writer.write(OK + b"Transfer-Encoding: chunked\r\n\r\n1;")
    await for_ever(writer, b"e" * 65536)


async def body_without_end(writer) -> None:
    writer.write(OK + b"\r\n")
    await for_ever(writer, b"x" * 65536)


async def silence(writer) -> None:
    await asyncio.sleep(60)


async def reset(writer) -> None:
    writer.transport.abort()


async def gzip_bomb(writer) -> None:
    writer.write(answer("Content-Encoding: gzip", body=bomb(31)))


async def deflate_bomb(writer) -> None:
    writer.write(answer("Content-Encoding: deflate", body=bomb(15)))


async def gzip_in_gzip(writer) -> None:
    writer.write(answer("Content-Encoding: gzip, gzip", body=bomb(31)))


async def truncated_gzip(writer) -> None:
    writer.write(answer("Content-Encoding: gzip", body=bomb(31)[:2000]))


async def short_body(writer) -> None:
    writer.write(OK + b"Content-Length: 5000\r\n\r\n<rss>")


async def broken_chunk(writer) -> None:
    writer.write(OK + b"Transfer-Encoding: chunked\r\n\r\nZZZ\r\n")


async def redirect_to_itself(writer) -> None:
    writer.write(
        b"HTTP/1.1 302 Found\r\nLocation: /redirect_to_itself\r\nContent-Length: 0\r\n\r\n"
    )


async def redirect_to_nonsense(writer) -> None:
    writer.write(b"HTTP/1.1 301 Moved\r\nLocation: http://[\r\nContent-Length: 0\r\n\r\n")


async def redirect_to_a_file(writer) -> None:
    writer.write(b"HTTP/1.1 301 Moved\r\nLocation: file:///etc/passwd\r\nContent-Length: 0\r\n\r\n")


async def large(writer) -> None:
    """A feed of nearly five mebibytes; many of them at once are what hurts."""
    feed = {"version": "https://jsonfeed.org/version/1.1", "title": "F"}
    feed |= {"_filler": "x" * (5 * 2**20 - 2000), "items": [{"id": "l", "title": "T"}]}
    writer.write(answer(body=json.dumps(feed).encode()))


async def serve_it(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError, asyncio.IncompleteReadError):
        path = (await reader.readuntil(b"\r\n\r\n")).split()[1].decode()[1:].partition("?")[0]
        if path.isdigit():
            feed = f"<rss version='2.0'><channel><item><guid>{path}</guid><title>T</title></item></channel></rss>"
            writer.write(answer(body=feed.encode()))
        else:
            await globals()[path](writer)
        await writer.drain()
    writer.close()


async def main() -> None:
    bomb(31), bomb(15)
    server = await asyncio.start_server(serve_it, "127.0.0.1", 0)
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
