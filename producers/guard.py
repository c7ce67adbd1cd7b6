"""The guard against private addresses: checked on the address that is really connected to.

A custom resolver is not enough: aiohttp does not ask it for addresses written as numbers, and a name may resolve
differently the second time. The socket factory sees every address of every hop.
"""

from __future__ import annotations

import socket
from collections.abc import Callable
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Any


# NAT64 (RFC 6052) carries an IPv4 address in its last 32 bits.
_NAT64 = ip_network("64:ff9b::/96")
AddrInfo = tuple[Any, ...]


class BlockedAddressError(Exception):
    """A feed, or a redirect of it, leads to an address that is not public."""


def is_public(address: str) -> bool:
    """Return whether `address` is one the whole internet can reach: global, unicast, and not one in disguise."""
    ip: IPv4Address | IPv6Address = ip_address(address.partition("%")[0])
    if isinstance(ip, IPv6Address):
        hidden = ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)
        if ip in _NAT64:
            hidden = IPv4Address(int(ip) & 0xFFFFFFFF)
        if hidden is not None:
            ip = hidden
    return ip.is_global and not ip.is_multicast


def guarded_socket_factory(*, allow_private: bool) -> Callable[[AddrInfo], socket.socket]:
    """Return aiohttp's `socket_factory` that refuses addresses which are not public, unless allowed."""

    def factory(info: AddrInfo) -> socket.socket:
        """Return a socket for the address, or raise BlockedAddressError."""
        family, kind, protocol, _, sockaddr = info
        if not allow_private and not is_public(str(sockaddr[0])):
            raise BlockedAddressError(
                f"it leads to {sockaddr[0]}, which is not a public address; "
                "PLACEWATCH_ALLOW_PRIVATE_NETWORKS=1 would allow it"
            )
        return socket.socket(family, kind, protocol)

    return factory
