"""Which addresses may be connected to, held against Python's own tables and those of the clouds."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from microcred.verify._addresses import may_connect

PUBLIC = ["8.8.8.8", "93.184.216.34", "1.1.1.1", "2606:4700::1111", "2a00:1450:4001::200e", "64:ff9b::808:808"]
PRIVATE = [
    "10.0.0.1",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.1.1",
    "127.0.0.1",
    "127.8.9.10",
    "::1",
    "fc00::1",
    "fd12::1",
]
CLOSED = [
    *("0.0.0.0", "0.1.2.3", "::"),  # unspecified: connects to this machine
    *("169.254.169.254", "169.254.0.1", "fe80::1", "fe80::1%eth0", "fec0::1"),  # link-local, site-local
    *("100.64.0.1", "100.100.100.200", "100.127.255.255"),  # shared
    *("168.63.129.16", "192.0.0.192", "fd00:ec2::254", "fd20:ce::254"),  # metadata of clouds
    *("192.0.2.1", "198.51.100.1", "203.0.113.1", "2001:db8::1", "3fff::1"),  # documentation
    *("198.18.0.1", "192.88.99.1"),  # benchmarks, relays
    *("224.0.0.1", "239.255.255.255", "ff02::1", "ff0e::1"),  # multicast
    *("240.0.0.1", "255.255.255.255"),  # reserved, broadcast
    *("::ffff:8.8.8.8", "::ffff:127.0.0.1", "::8.8.8.8", "::ffff:0:8.8.8.8"),  # IPv4 in disguise
    *("2002:808:808::1", "2002:7f00:1::1", "2001:0:4136:e378:8000:63bf:3fff:fdd2"),  # 6to4, Teredo
    *("64:ff9b::7f00:1", "64:ff9b::a00:1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::808:808"),  # NAT64 to elsewhere
    *("100::1", "5f00::1", "4000::1", "8000::1"),  # discard, segment routing, not assigned
    *("", "localhost", "8.8.8", "08.8.8.8", "0x8080808", "8.8.8.8 ", "1.1.1.1/32", "８.8.8.8"),  # no addresses
]


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_may_be_connected_to(address: str) -> None:
    assert may_connect(address)
    assert may_connect(address, private=True)


@pytest.mark.parametrize("address", PRIVATE)
def test_private_addresses_need_permission(address: str) -> None:
    assert not may_connect(address)
    assert may_connect(address, private=True)


@pytest.mark.parametrize("address", CLOSED)
def test_other_addresses_stay_closed_even_with_permission(address: str) -> None:
    assert not may_connect(address)
    assert not may_connect(address, private=True)


NAT64 = IPv6Network("64:ff9b::/96")


@given(st.ip_addresses())
def test_what_may_be_connected_to_is_global_by_the_tables_of_python(address: IPv4Address | IPv6Address) -> None:
    if may_connect(str(address)) and address not in NAT64:
        assert address.is_global
        special = (address.is_multicast, address.is_reserved, address.is_loopback, address.is_link_local)
        assert not any(special)


@given(st.ip_addresses(v=4))
def test_nat64_leads_where_the_embedded_address_does(address: IPv4Address) -> None:
    embedded = ip_address(int(NAT64.network_address) + int(address))
    assert may_connect(str(embedded)) == may_connect(str(address))
    assert may_connect(str(embedded), private=True) == may_connect(str(address))
