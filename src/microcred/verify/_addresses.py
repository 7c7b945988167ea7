"""Which addresses may be connected to: those of the public Internet, and on request those of one's own network.

The tables are those of the IANA Special-Purpose Address Registries (RFC 6890). ``is_global`` of Python differs between
its versions, so that both have to agree.
"""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network

__all__ = ["may_connect"]

_PRIVATE = tuple(
    ip_network(block)
    for block in (
        "10.0.0.0/8",  # RFC 1918
        "172.16.0.0/12",  # RFC 1918
        "192.168.0.0/16",  # RFC 1918
        "127.0.0.0/8",  # this machine
        "::1/128",  # this machine
        "fc00::/7",  # RFC 4193, unique local
    )
)
_CLOSED = tuple(
    ip_network(block)
    for block in (
        "0.0.0.0/8",  # RFC 791, “this network”: connects to this machine
        "100.64.0.0/10",  # RFC 6598, shared by a provider's customers; metadata of Alibaba Cloud
        "168.63.129.16/32",  # metadata of Azure, in the public range
        "169.254.0.0/16",  # RFC 3927, link-local; metadata of most clouds
        "192.0.0.0/24",  # RFC 6890, protocol assignments; metadata of Oracle Cloud
        "192.0.2.0/24",  # RFC 5737, documentation
        "192.31.196.0/24",  # RFC 7535, AS112
        "192.52.193.0/24",  # RFC 7450, AMT
        "192.88.99.0/24",  # RFC 7526, 6to4 relays
        "192.175.48.0/24",  # RFC 7534, AS112
        "198.18.0.0/15",  # RFC 2544, benchmarks
        "198.51.100.0/24",  # RFC 5737, documentation
        "203.0.113.0/24",  # RFC 5737, documentation
        "224.0.0.0/4",  # RFC 5771, multicast
        "240.0.0.0/4",  # RFC 1112, reserved, and broadcast
        "2001::/23",  # RFC 2928, protocol assignments, Teredo among them
        "2001:db8::/32",  # RFC 3849, documentation
        "2002::/16",  # RFC 3056, 6to4: an IPv4 address in disguise
        "2620:4f:8000::/48",  # RFC 7534, AS112
        "3fff::/20",  # RFC 9637, documentation
        "fd00:ec2::/32",  # metadata of AWS
        "fd20:ce::/32",  # metadata of Google Cloud
    )
)
# RFC 4291 §2.4: what is not here is not global unicast, the ways to write IPv4 addresses in IPv6 among it.
_GLOBAL_UNICAST = IPv6Network("2000::/3")
# RFC 6052: how hosts without IPv4 reach hosts without IPv6. It leads where the embedded address does.
_NAT64 = IPv6Network("64:ff9b::/96")


def may_connect(address: str, *, private: bool = False) -> bool:
    """Tell whether an IP address may be connected to.

    Args:
        address: An IP address; text that is none may not.
        private: Whether private networks and this machine may be, too. Link-local addresses, where clouds keep the
            secrets of a machine, never may.
    """
    try:
        parsed = ip_address(address)
    except ValueError:
        return False
    if isinstance(parsed, IPv6Address) and parsed in _NAT64:
        parsed, private = IPv4Address(int(parsed) & 0xFFFFFFFF), False
    if _within(parsed, _CLOSED):
        return False
    if _within(parsed, _PRIVATE):
        return private
    return parsed.is_global and (isinstance(parsed, IPv4Address) or parsed in _GLOBAL_UNICAST)


def _within(address: IPv4Address | IPv6Address, blocks: Iterable[object]) -> bool:
    return any(address in block for block in blocks)  # type: ignore[operator]
