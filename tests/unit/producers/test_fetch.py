"""Fetching over real sockets (T1 to T5, T35, T37 to T48 of the table in README.md)."""

from __future__ import annotations

import asyncio
import gzip
import resource
import socket
import time
import zlib

import pytest

from producers import guard
from producers.decoding import BoundedDecoder, BrokenEncodingError, TooLargeError
from producers.fetch import user_agent
from producers.fetched import Outcome, Validators
from producers.guard import is_public


NOTHING = Validators()


async def test_the_first_request_is_bare_and_says_who_asks(serve, fetcher, respond) -> None:
    server = await serve(lambda _, writer: respond(writer, body=b"<rss/>"))
    async with fetcher(contact="ops@example.org") as client:
        fetched = await client.fetch(server.url, NOTHING)
    assert (fetched.outcome, fetched.body) == (Outcome.FETCHED, b"<rss/>")
    sent = server.requests[0].headers
    assert not {"if-none-match", "if-modified-since", "cookie", "referer"} & sent.keys()
    assert sent["user-agent"] == user_agent("ops@example.org")
    assert sent["user-agent"].startswith("placewatch/")
    assert "(+ops@example.org)" in sent["user-agent"]


@pytest.mark.parametrize("etag", ['"abc"', 'W/"abc"', "abc", '"a""b"', 'W/abc;x="1"'])
async def test_validators_go_back_byte_for_byte(serve, fetcher, respond, etag: str) -> None:
    modified = "Mon,  02 Mar 2026 10:00:00 UTC"
    server = await serve(
        lambda _, writer: respond(writer, ETag=etag, Last_Modified=modified, body=b"x")
    )
    async with fetcher() as client:
        first = await client.fetch(server.url, NOTHING)
        await client.fetch(server.url, first.validators)
    again = server.requests[1].headers
    assert (again["if-none-match"], again["if-modified-since"]) == (etag, modified)


async def test_a_304_may_refresh_one_validator_and_keeps_the_other(serve, fetcher, respond) -> None:
    server = await serve(
        lambda _, writer: respond(writer, "304 Not Modified", Last_Modified="newer")
    )
    async with fetcher() as client:
        fetched = await client.fetch(server.url, Validators('"e"', "older"))
    assert fetched.outcome is Outcome.NOT_MODIFIED
    assert fetched.validators == Validators('"e"', "newer", server.url)


async def test_a_200_without_validators_clears_them(serve, fetcher, respond) -> None:
    server = await serve(lambda _, writer: respond(writer, body=b"x"))
    async with fetcher() as client:
        fetched = await client.fetch(server.url, Validators('"e"', "older"))
    assert fetched.validators == NOTHING


async def test_cookies_are_never_sent_back(serve, fetcher, respond) -> None:
    server = await serve(lambda _, writer: respond(writer, Set_Cookie="id=1; Path=/"))
    async with fetcher() as client:
        await client.fetch(server.url, NOTHING)
        await client.fetch(server.url, NOTHING)
    assert "cookie" not in server.requests[1].headers


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        ("401 Unauthorized", Outcome.BLOCKED),
        ("403 Forbidden", Outcome.BLOCKED),
        ("404 Not Found", Outcome.NOT_FOUND),
        ("410 Gone", Outcome.GONE),
        ("418 Teapot", Outcome.CLIENT_ERROR),
        ("429 Too Many Requests", Outcome.THROTTLED),
        ("500 Oops", Outcome.SERVER_ERROR),
        ("503 Busy", Outcome.THROTTLED),
        ("302 Found", Outcome.CLIENT_ERROR),
    ],
)
async def test_a_status_has_its_outcome(
    serve, fetcher, respond, status: str, outcome: Outcome
) -> None:
    server = await serve(lambda _, writer: respond(writer, status))
    async with fetcher() as client:
        fetched = await client.fetch(server.url, Validators('"e"', ""))
    assert fetched.outcome is outcome
    assert status in fetched.detail
    assert fetched.validators == Validators('"e"', "")


async def test_redirects_are_followed_and_told(serve, fetcher, respond) -> None:
    def answer(request, writer) -> None:
        if request.path == "/old":
            respond(writer, "301 Moved", Location="/new")
        else:
            respond(writer, body=b"feed")

    server = await serve(answer)
    async with fetcher() as client:
        fetched = await client.fetch(f"{server.url}/old", Validators('"e"', ""))
    assert (fetched.outcome, fetched.url) == (Outcome.FETCHED, f"{server.url}/new")
    assert fetched.redirects == ((301, f"{server.url}/old"),)
    assert "if-none-match" not in server.requests[1].headers


async def test_a_redirect_loop_ends_after_five_hops(serve, fetcher, respond) -> None:
    server = await serve(lambda _, writer: respond(writer, "302 Found", Location="/again"))
    async with fetcher() as client:
        fetched = await client.fetch(server.url, NOTHING)
    assert fetched.outcome is Outcome.REDIRECTS
    assert len(server.requests) == 6


@pytest.mark.parametrize(
    "target", ["file:///etc/passwd", "ftp://example.org/", "gopher://x/", "data:,x"]
)
async def test_a_redirect_to_another_scheme_is_refused(serve, fetcher, respond, target) -> None:
    server = await serve(lambda _, writer: respond(writer, "302 Found", Location=target))
    async with fetcher() as client:
        fetched = await client.fetch(server.url, NOTHING)
    assert fetched.outcome is Outcome.BAD_URL


@pytest.mark.parametrize(
    "url", ["file:///etc/hostname", "/etc/hostname", "", "http://[", "ftp://x/"]
)
async def test_what_is_not_http_is_never_opened(fetcher, url: str) -> None:
    async with fetcher() as client:
        assert (await client.fetch(url, NOTHING)).outcome is Outcome.BAD_URL


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "0.0.0.0", "[::1]"]
)
async def test_private_addresses_are_refused_at_connect(serve, fetcher, respond, host: str) -> None:
    server = await serve(lambda _, writer: respond(writer, body=b"secret"))
    port = server.url.rsplit(":", 1)[1]
    async with fetcher(allow_private_networks=False) as client:
        fetched = await client.fetch(f"http://{host}:{port}/secret", NOTHING)
    assert fetched.outcome is Outcome.PRIVATE_ADDRESS
    assert "PLACEWATCH_ALLOW_PRIVATE_NETWORKS" in fetched.detail
    assert server.requests == []


async def test_a_redirect_to_a_private_address_is_refused(
    serve, fetcher, respond, monkeypatch
) -> None:
    secret = await serve(lambda _, writer: respond(writer, body=b"secret"))

    async def lure(reader, writer) -> None:
        await reader.readuntil(b"\r\n\r\n")
        respond(writer, "301 Moved", Location=f"{secret.url}/secret")
        writer.close()

    monkeypatch.setattr(guard, "is_public", lambda address: address == "127.0.0.2")
    async with await asyncio.start_server(lure, "127.0.0.2", 0) as public:
        port = public.sockets[0].getsockname()[1]
        async with fetcher(allow_private_networks=False) as client:
            fetched = await client.fetch(f"http://127.0.0.2:{port}/feed", NOTHING)
    assert fetched.outcome is Outcome.PRIVATE_ADDRESS
    assert fetched.redirects == ((301, f"http://127.0.0.2:{port}/feed"),)
    assert secret.requests == []


async def test_a_number_for_a_host_does_not_get_around_it(fetcher) -> None:
    async with fetcher(allow_private_networks=False) as client:
        fetched = await client.fetch("http://2130706433/", NOTHING)
    assert not fetched.outcome.is_success


async def test_a_name_that_resolves_to_the_metadata_address_is_refused(
    fetcher, monkeypatch
) -> None:
    async def resolve(*_: object, **__: object) -> list[tuple]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("169.254.169.254", 80))]

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", resolve)
    async with fetcher(allow_private_networks=False) as client:
        fetched = await client.fetch("http://metadata.example/latest", NOTHING)
    assert fetched.outcome is Outcome.PRIVATE_ADDRESS
    assert "169.254.169.254" in fetched.detail


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("93.184.215.14", True),
        ("2606:2800:21f:cb07:6820:80da:af6b:8b2c", True),
        ("127.0.0.1", False),
        ("10.1.2.3", False),
        ("172.16.0.1", False),
        ("192.168.1.1", False),
        ("169.254.169.254", False),
        ("100.64.0.1", False),
        ("224.0.0.1", False),
        ("0.0.0.0", False),
        ("::1", False),
        ("fe80::1%eth0", False),
        ("fc00::1", False),
        ("::ffff:10.0.0.1", False),
        ("64:ff9b::a00:1", False),
        ("2002:a00:1::", False),
    ],
)
def test_which_addresses_are_public(address: str, expected: bool) -> None:
    assert is_public(address) is expected


async def test_six_mebibytes_are_too_large(serve, fetcher, respond) -> None:
    server = await serve(lambda _, writer: respond(writer, body=b"x" * 6 * 1024 * 1024))
    async with fetcher() as client:
        fetched = await client.fetch(server.url, NOTHING)
    assert (fetched.outcome, fetched.body) == (Outcome.TOO_LARGE, b"")


async def test_a_gzip_bomb_is_stopped_in_little_memory(serve, fetcher, respond) -> None:
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    zeros = bytes(1024 * 1024)
    bomb = b"".join(packer.compress(zeros) for _ in range(400)) + packer.flush()
    assert len(bomb) < 500_000
    server = await serve(lambda _, writer: respond(writer, body=bomb, Content_Encoding="gzip"))
    before_kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    async with fetcher() as client:
        fetched = await client.fetch(server.url, NOTHING)
    grown_mib = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before_kib) / 1024
    assert fetched.outcome is Outcome.TOO_LARGE
    assert grown_mib < 30


async def test_one_byte_a_second_ends_by_the_deadline(serve, fetcher) -> None:
    async def drip(_, writer) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n")
        for _ in range(100):
            writer.write(b"x")
            await writer.drain()
            await asyncio.sleep(1)

    server = await serve(drip)
    start = time.monotonic()
    async with fetcher(timeout_s=0.5) as client:
        fetched = await client.fetch(server.url, NOTHING)
    assert fetched.outcome is Outcome.TIMEOUT
    assert time.monotonic() - start < 3


@pytest.mark.parametrize("coding", ["gzip", "deflate", "raw deflate", "two members", "x-gzip"])
async def test_compressed_bodies_are_read(serve, fetcher, respond, coding: str) -> None:
    plain = b"<rss>" + b"news " * 1000 + b"</rss>"
    raw = zlib.compressobj(6, zlib.DEFLATED, -15)
    body, header = {
        "gzip": (gzip.compress(plain), "gzip"),
        "x-gzip": (gzip.compress(plain) + b"\0\0", "x-gzip"),
        "deflate": (zlib.compress(plain), "deflate"),
        "raw deflate": (raw.compress(plain) + raw.flush(), "deflate"),
        "two members": (gzip.compress(plain[:99]) + gzip.compress(plain[99:]), "gzip"),
    }[coding]
    server = await serve(lambda _, writer: respond(writer, body=body, Content_Encoding=header))
    async with fetcher() as client:
        fetched = await client.fetch(server.url, NOTHING)
    assert (fetched.outcome, fetched.body) == (Outcome.FETCHED, plain)


@pytest.mark.parametrize(
    ("body", "coding"),
    [
        (gzip.compress(b"news " * 1000)[:-20], "gzip"),
        (b"not compressed at all", "gzip"),
        (b"anything", "br"),
        (b"anything", "gzip, gzip"),
    ],
)
async def test_a_broken_encoding_is_an_error(serve, fetcher, respond, body, coding) -> None:
    server = await serve(lambda _, writer: respond(writer, body=body, Content_Encoding=coding))
    async with fetcher() as client:
        fetched = await client.fetch(server.url, NOTHING)
    assert fetched.outcome is Outcome.BROKEN_BODY


async def test_a_body_shorter_than_announced_is_an_error(serve, fetcher) -> None:
    def cut(_, writer) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n<rss>")

    server = await serve(cut)
    async with fetcher() as client:
        assert (await client.fetch(server.url, NOTHING)).outcome is Outcome.BROKEN_BODY


async def test_a_closed_port_is_a_connection_error(fetcher) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    async with fetcher() as client:
        fetched = await client.fetch(f"http://127.0.0.1:{port}/", NOTHING)
    assert fetched.outcome is Outcome.CONNECTION


async def test_a_name_nobody_knows_is_a_dns_error(fetcher) -> None:
    async with fetcher(allow_private_networks=False) as client:
        fetched = await client.fetch("http://nowhere.invalid/", NOTHING)
    assert fetched.outcome in {Outcome.DNS, Outcome.UNKNOWN_HOST}


async def test_garbage_for_an_answer_is_a_connection_error(serve, fetcher) -> None:
    server = await serve(lambda _, writer: writer.write(b"\x00\xff garbage\r\n\r\n"))
    async with fetcher() as client:
        assert (await client.fetch(server.url, NOTHING)).outcome is Outcome.CONNECTION


async def test_tls_with_a_server_that_speaks_none_is_a_tls_or_connection_error(
    serve, fetcher, respond
) -> None:
    server = await serve(lambda _, writer: respond(writer, body=b"x"))
    async with fetcher(timeout_s=2.0) as client:
        fetched = await client.fetch(server.url.replace("http:", "https:"), NOTHING)
    assert fetched.outcome in {Outcome.TLS, Outcome.CONNECTION, Outcome.TIMEOUT}


def test_the_decoder_never_holds_more_than_its_cap() -> None:
    decoder = BoundedDecoder("gzip", max_bytes=1000)
    with pytest.raises(TooLargeError):
        decoder.feed(gzip.compress(bytes(10_000_000)))
    assert decoder._size <= 1000
    decoder.close()


async def test_large_bodies_wait_on_the_disk_and_come_whole(serve, fetcher, respond) -> None:
    body = bytes(range(256)) * 1000
    server = await serve(lambda _, writer: respond(writer, body=body))
    async with fetcher(held_bytes=255_999) as client:
        fetched = await client.fetch(server.url, NOTHING)
    assert (fetched.body, fetched.loaded().body) == (b"", body)
    fetched.close()
    async with fetcher(held_bytes=256_000) as client:
        fetched = await client.fetch(server.url, NOTHING)
    assert (fetched.body, fetched.spooled) == (body, None)


def test_a_decoder_for_an_encoding_nobody_asked_for_says_so() -> None:
    with pytest.raises(BrokenEncodingError, match="zstd"):
        BoundedDecoder("zstd", max_bytes=10)
