"""URLs: one canonical form for every way the same page is linked. Pure.

The rules are RFC 3986's syntax-based normalisation, plus the removal of parameters that only track readers
(`trackers.yaml`). Parameters are removed by exact name or by prefix, never by substring: that would merge
different articles.
"""

from __future__ import annotations

import functools
import importlib.resources
import re
from ipaddress import ip_address
from urllib.parse import quote, urljoin, urlsplit, urlunsplit

import yaml
from publicsuffixlist import PublicSuffixList


MAX_URL_CHARS = 2048
_DEFAULT_PORTS = {"http": 80, "https": 443}
_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_PIECE = re.compile(r"%[0-9A-Fa-f]{2}|.", re.DOTALL)
_SESSION = re.compile(r";(jsessionid|phpsessid|sid)=[^/?#;]*", re.IGNORECASE)
_HOST = re.compile(r"[a-z0-9._-]+|[0-9a-f:.]+")


@functools.cache
def _trackers() -> tuple[frozenset[str], tuple[str, ...]]:
    """Return the exact names and the prefixes of tracking parameters."""
    data = yaml.safe_load(
        importlib.resources.files("producers").joinpath("trackers.yaml").read_text("utf-8")
    )
    return frozenset(data["names"]), tuple(data["prefixes"])


@functools.cache
def _suffixes() -> PublicSuffixList:
    """Return the public suffix list the library ships; nothing is downloaded."""
    return PublicSuffixList()


def canonical_url(url: str, *, feed_host: str = "") -> str:
    """Return the canonical form of `url`, or "" when it is no http(s) URL of a usable length.

    Idempotent. `feed_host` is the host of the feed that linked it: a `ref` parameter goes when it names that
    host (miniflux does the same), and stays otherwise.
    """
    try:
        parts = urlsplit(url.strip())
        scheme, host, port = parts.scheme.lower(), _canonical_host(parts.hostname), parts.port
    except ValueError:
        return ""
    if scheme not in _DEFAULT_PORTS or not host:
        return ""
    netloc = f"[{host}]" if ":" in host else host
    if port is not None and port != _DEFAULT_PORTS[scheme]:
        netloc = f"{netloc}:{port}"
    path = _without_dots(_normal_escapes(_SESSION.sub("", parts.path), safe="/:@!$&'()*+,;="))
    query = _canonical_query(parts.query, feed_host.lower())
    fragment = parts.fragment if parts.fragment.startswith("!") else ""
    fragment = _normal_escapes(fragment, safe="/:@!$&'()*+,;=?")
    canonical = urlunsplit((scheme, netloc, path or "/", query, fragment))
    return canonical if len(canonical) <= MAX_URL_CHARS else ""


def absolute_url(base: str, link: str) -> str:
    """Return where `link` on a page at `base` leads, "" when it leads nowhere: `http://[` is no address."""
    try:
        return urljoin(base, link.strip()) if link.strip() else ""
    except ValueError:
        return ""


def registrable_host(url: str) -> str:
    """Return the domain someone registered for the host of `url`: "bbc.co.uk" for feeds.bbci.bbc.co.uk.

    An address, a host without a public suffix and a URL without a host give themselves, or "".
    """
    try:
        host = _canonical_host(urlsplit(url).hostname)
    except ValueError:
        return ""
    if is_address(host):
        return host
    return _suffixes().privatesuffix(host) or host


def without_credentials(url: str) -> str:
    """Return `url` without user and password: what logs, errors and records may show of it."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))


def is_address(host: str) -> bool:
    """Return whether `host` is an IP address and not a name."""
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def is_loopback(url: str) -> bool:
    """Return whether `url` names this machine itself."""
    host = (urlsplit(url).hostname or "").lower()
    return host == "localhost" or (is_address(host) and ip_address(host).is_loopback)


def _canonical_host(host: str | None) -> str:
    """Return `host` in lower-case ASCII (IDNA for other letters), or "" when no DNS name can be that."""
    lowered = (host or "").strip().rstrip(".").lower()
    if not lowered.isascii():
        lowered = lowered.encode("idna").decode("ascii").lower().rstrip(".")
    return lowered if _HOST.fullmatch(lowered) else ""


def _normal_escapes(text: str, *, safe: str) -> str:
    """Return `text` with escapes in upper case, unreserved characters plain, and everything unsafe escaped."""

    def normal(match: re.Match[str]) -> str:
        """Return one character or escape in its normal form."""
        piece = match.group()
        if len(piece) == 1:
            return piece if piece in safe else quote(piece, safe="", errors="replace")
        plain = chr(int(piece[1:], 16))
        return plain if plain in _UNRESERVED else piece.upper()

    return _PIECE.sub(normal, text)


def _without_dots(path: str) -> str:
    """Return `path` without its `.` and `..` segments (RFC 3986, 5.2.4)."""
    kept: list[str] = []
    segments = path.split("/")
    for segment in segments:
        if segment == "..":
            if len(kept) > 1:
                kept.pop()
        elif segment != ".":
            kept.append(segment)
    if segments[-1] in {".", ".."}:
        kept.append("")
    # Two leading slashes would be read back as a host.
    return "/" + "/".join(kept).lstrip("/")


def _canonical_query(query: str, feed_host: str) -> str:
    """Return the parameters that name the page, sorted."""
    names, prefixes = _trackers()
    kept = []
    for piece in query.split("&"):
        normal = _normal_escapes(piece, safe="/:@!$'()*+,;=?")
        name, _, value = normal.partition("=")
        lowered = name.lower()
        is_tracker = lowered in names or lowered.startswith(prefixes)
        is_own_ref = lowered == "ref" and bool(feed_host) and value.lower() == feed_host
        if normal and not is_tracker and not is_own_ref:
            kept.append(normal)
    return "&".join(sorted(kept))
