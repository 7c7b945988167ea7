"""The formats of texts that are judged (JSON Schema Validation §7.3); others say nothing.

The standard for schemas of credentials holds texts against formats: its own example fails for an e-mail address that is
none (VC JSON Schema §4.2). Each pattern here has one way through a text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from ipaddress import AddressValueError, IPv4Address, IPv6Address
from typing import Final

__all__ = ["FORMATS"]

_DATE = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})", re.ASCII)
_TIME = re.compile(
    r"([01][0-9]|2[0-3]):([0-5][0-9]):([0-5][0-9]|60)(?:\.[0-9]+)?(?:[Zz]|([+-])([01][0-9]|2[0-3]):([0-5][0-9]))",
    re.ASCII,
)
_CLOCK = r"T(?:[0-9]+H(?:[0-9]+M(?:[0-9]+S)?)?|[0-9]+M(?:[0-9]+S)?|[0-9]+S)"
_DAYS = r"[0-9]+Y(?:[0-9]+M(?:[0-9]+D)?)?|[0-9]+M(?:[0-9]+D)?|[0-9]+D"
_DURATION = re.compile(rf"P(?:(?:{_DAYS})(?:{_CLOCK})?|{_CLOCK}|[0-9]+W)", re.ASCII)
_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", re.ASCII)
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_HOST_NAME = re.compile(rf"{_LABEL}(?:\.{_LABEL})*", re.ASCII)
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LOCAL_PART = re.compile(rf'{_ATOM}(?:\.{_ATOM})*|"(?:[ !#-\[\]-~]|\\[ -~])*"', re.ASCII)
_POINTER = re.compile(r"(?:/(?:[^~/]|~[01])*)*")
# RFC 3986 App. A.
_PERCENT = "%[0-9A-Fa-f]{2}"
_SEGMENT = rf"(?:[A-Za-z0-9._~!$&'()*+,;=:@-]|{_PERCENT})*"
_REGISTERED = rf"(?:[A-Za-z0-9._~!$&'()*+,;=-]|{_PERCENT})*"
_AUTHORITY = rf"(?:(?:[A-Za-z0-9._~!$&'()*+,;=:-]|{_PERCENT})*@)?(?:\[[0-9A-Fa-fv:.]+\]|{_REGISTERED})(?::[0-9]*)?"
_REST = rf"(?:\?(?:[A-Za-z0-9._~!$&'()*+,;=:@/?-]|{_PERCENT})*)?(?:#(?:[A-Za-z0-9._~!$&'()*+,;=:@/?-]|{_PERCENT})*)?"
_PATH = rf"(?://{_AUTHORITY}(?:/{_SEGMENT})*|/(?:(?!/){_SEGMENT}(?:/{_SEGMENT})*)?|(?!/){_SEGMENT}(?:/{_SEGMENT})*)"
_URI = re.compile(rf"[A-Za-z][A-Za-z0-9+.-]*:{_PATH}{_REST}", re.ASCII)
# In front of the first slash there is no colon.
_RELATIVE = re.compile(rf"(?![^/?#]*:){_PATH}{_REST}", re.ASCII)
_MAX_ADDRESS, _MAX_HOST_NAME = 45, 253


def _date(text: str) -> bool:
    found = _DATE.fullmatch(text)
    if found is None:
        return False
    year, month, day = map(int, found.groups())
    try:
        # Python has no year 0, which is a leap year.
        date(year or 2000, month, day)
    except ValueError:
        return False
    return True


def _time(text: str) -> bool:
    found = _TIME.fullmatch(text)
    if found is None:
        return False
    hours, minutes, seconds, sign, ahead_hours, ahead_minutes = found.groups()
    if seconds != "60":
        return True
    # Leap seconds come at midnight in Greenwich (RFC 3339 §5.7).
    ahead = int(ahead_hours or 0) * 60 + int(ahead_minutes or 0)
    there = int(hours) * 60 + int(minutes)
    return (there - (ahead if sign == "+" else -ahead)) % 1440 == 1439


def _date_time(text: str) -> bool:
    return text[10:11] in ("T", "t") and _date(text[:10]) and _time(text[11:])


def _host_name(text: str) -> bool:
    return len(text) <= _MAX_HOST_NAME and _HOST_NAME.fullmatch(text) is not None


def _ipv4(text: str) -> bool:
    try:
        IPv4Address(text[:_MAX_ADDRESS])
    except AddressValueError:
        return False
    return len(text) <= _MAX_ADDRESS


def _ipv6(text: str) -> bool:
    try:
        IPv6Address(text[: _MAX_ADDRESS + 1])
    except AddressValueError:
        return False
    return len(text) <= _MAX_ADDRESS and "%" not in text


def _email(text: str) -> bool:
    local, _, domain = text.rpartition("@")
    if domain.startswith("[") and domain.endswith("]"):
        address = domain[1:-1]
        known = _ipv6(address[5:]) if address.startswith("IPv6:") else _ipv4(address)
    else:
        known = _host_name(domain)
    return known and _LOCAL_PART.fullmatch(local) is not None


def _like(pattern: re.Pattern[str]) -> Callable[[str], bool]:
    return lambda text: pattern.fullmatch(text) is not None


FORMATS: Final[Mapping[str, Callable[[str], bool]]] = {
    "date": _date,
    "date-time": _date_time,
    "duration": _like(_DURATION),
    "email": _email,
    "hostname": _host_name,
    "ipv4": _ipv4,
    "ipv6": _ipv6,
    "json-pointer": _like(_POINTER),
    "time": _time,
    "uri": _like(_URI),
    "uri-reference": lambda text: _URI.fullmatch(text) is not None or _RELATIVE.fullmatch(text) is not None,
    "uuid": _like(_UUID),
}
"""The formats that are judged, by their names."""
