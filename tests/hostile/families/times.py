"""Clocks at the edges, and dates that programs read differently."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests.hostile import forge
from tests.hostile.corpus import Family
from tests.hostile.forge import CREDENTIALS_V1, ISSUER, badge, changed, header, payload, secure, token

_EXPIRED = "validity_period EXPIRED"
_EARLY = "validity_period NOT_YET_VALID"
_MALFORMED = "validity_period MALFORMED_VALUE_ERROR"
_PROOF = "proof PROOF_VERIFICATION_ERROR"


def families() -> Iterator[Family]:
    yield _edges()
    yield _spellings()


def _of(**dates: Any) -> dict[str, Any]:
    return secure(badge(**dates), suite="eddsa-jcs-2022")


def _edges() -> Family:
    """With a tolerance of 60 s, everything at midnight."""
    family = Family(
        "clock",
        "The edges of validity, with clocks that may differ by 60 s",
        "VCDM 2.0 §4.9",
        {"trusted": [ISSUER.did], "clockSkewSeconds": 60},
    )
    document = _of(validFrom="2026-06-01T00:00:00Z", validUntil="2026-07-01T00:00:00Z")
    family.good("control", "in the middle", document, at="2026-06-15T00:00:00Z")
    for name, at, expected in (
        ("start", "2026-06-01T00:00:00Z", None),
        ("start-skew", "2026-05-31T23:59:00Z", None),
        ("start-skew-1", "2026-05-31T23:58:59Z", _EARLY),
        ("start-skew-fraction", "2026-05-31T23:58:59.999999Z", _EARLY),
        ("long-before", "2000-01-01T00:00:00Z", _EARLY),
        ("end", "2026-07-01T00:00:00Z", None),
        ("end-skew", "2026-07-01T00:01:00Z", None),
        ("end-skew-1", "2026-07-01T00:01:01Z", _EXPIRED),
        ("end-skew-fraction", "2026-07-01T00:01:00.000001Z", _EXPIRED),
        ("long-after", "2100-01-01T00:00:00Z", _EXPIRED),
        ("end-of-time", "9999-12-31T23:59:59.999999Z", _EXPIRED),
        ("begin-of-time", "0001-01-01T00:00:00Z", _EARLY),
    ):
        if expected is None:
            family.good(name, "just so", document, at=at)
        else:
            family.bad(name, "just not", document, expected, at=at)
    family.bad(
        "no-skew-end",
        "a second late, for a clock that is exact",
        document,
        _EXPIRED,
        at="2026-07-01T00:00:01Z",
        clockSkewSeconds=0,
    )
    family.bad(
        "no-skew-start",
        "a second early, for a clock that is exact",
        document,
        _EARLY,
        at="2026-05-31T23:59:59Z",
        clockSkewSeconds=0,
    )
    for name, start, end, at, expected in (
        ("offset-end", None, "2026-07-01T00:00:00+14:00", "2026-06-30T10:01:01Z", _EXPIRED),
        ("offset-end-west", None, "2026-07-01T00:00:00-12:00", "2026-07-01T12:01:01Z", _EXPIRED),
        ("offset-start", "2026-06-01T00:00:00-12:00", None, "2026-06-01T11:58:59Z", _EARLY),
        ("midnight", None, "2026-06-30T24:00:00Z", "2026-07-01T00:01:01Z", _EXPIRED),
        ("fraction", None, "2026-07-01T00:00:00.5Z", "2026-07-01T00:01:00.6Z", _EXPIRED),
        ("year-one", None, "0001-01-01T00:00:00Z", "2026-06-01T00:00:00Z", _EXPIRED),
        ("end-of-years", "9999-12-31T23:59:59Z", None, "2026-06-01T00:00:00Z", _EARLY),
        ("end-before-start", "2026-06-01T00:00:00Z", "2026-05-01T00:00:00Z", "2026-05-15T00:00:00Z", _EARLY),
    ):
        given = _of(**forge.without_none({"validFrom": start or "2020-01-01T00:00:00Z", "validUntil": end}))
        family.bad(name, "a date with an offset, or at an edge of what there is", given, expected, at=at)
    for name, end, at in (
        ("offset-in-time", "2026-07-01T00:00:00-12:00", "2026-07-01T11:59:59Z"),
        ("midnight-in-time", "2026-06-30T24:00:00Z", "2026-07-01T00:00:00Z"),
        ("end-of-years-in-time", "9999-12-31T23:59:59Z", "2026-06-01T00:00:00Z"),
        ("leap-day", "2028-02-29T00:00:00Z", "2028-02-28T00:00:00Z"),
    ):
        family.good(name, "and here it still holds", _of(validUntil=end), at=at)
    expires = secure(badge(), expires="2026-07-01T00:00:00Z")
    family.good("proof-skew", "the proof ends, within the tolerance", expires, at="2026-07-01T00:01:00Z")
    family.bad("proof-skew-1", "the proof has ended", expires, "proof EXPIRED", at="2026-07-01T00:01:01Z")
    family.good(
        "created-later",
        "created later than now: the standard sets no rule for it",
        secure(badge(), created="2026-06-02T00:00:00Z"),
    )
    ending = forge.seconds("2026-07-01T00:00:00Z")
    claimed = token(header(), payload(exp=ending))
    family.good(
        "exp-skew",
        "the token ends, within the tolerance",
        claimed,
        at="2026-07-01T00:01:00Z",
        standard="RFC 7519 §4.1.4",
    )
    family.bad(
        "exp-skew-1", "the token has ended", claimed, _EXPIRED, at="2026-07-01T00:01:01Z", standard="RFC 7519 §4.1.4"
    )
    family.bad(
        "exp-fraction",
        "the token ends at a fraction of a second",
        token(header(), payload(exp=ending + 0.5)),
        _EXPIRED,
        at="2026-07-01T00:01:01Z",
        standard="RFC 7519 §2",
    )
    family.bad(
        "exp-negative",
        "the token ended before 1970",
        token(header(), payload(exp=-1)),
        _EXPIRED,
        standard="RFC 7519 §2",
    )
    family.bad("exp-zero", "the token ended in 1970", token(header(), payload(exp=0)), _EXPIRED, standard="RFC 7519 §2")
    early = token(header(typ="vc+jwt"), payload(nbf=forge.seconds("2026-06-01T00:00:00Z")))
    family.good(
        "nbf-skew",
        "the signature begins, within the tolerance",
        early,
        at="2026-05-31T23:59:00Z",
        standard="RFC 7519 §4.1.5",
    )
    family.bad(
        "nbf-skew-1",
        "the signature has not begun",
        early,
        _EARLY,
        at="2026-05-31T23:58:59Z",
        standard="RFC 7519 §4.1.5",
    )
    return family


def _spellings() -> Family:
    family = Family(
        "dates",
        "What is not a date and time",
        "VCDM 2.0 §4.9; XML Schema 1.1 Part 2 §3.4.28",
        {"trusted": [ISSUER.did]},
    )
    family.good("control", "a date and time", _of(validUntil="2099-01-01T00:00:00Z"))
    for name, why, text in (
        ("no-zone", "without a zone", "2099-01-01T00:00:00"),
        ("date", "a date alone", "2099-01-01"),
        ("time", "a time alone", "00:00:00Z"),
        ("basic", "without hyphens", "20990101T000000Z"),
        ("week", "by the week", "2099-W01-1T00:00:00Z"),
        ("ordinal", "by the day of the year", "2099-001T00:00:00Z"),
        ("space", "a space in place of T", "2099-01-01 00:00:00Z"),
        ("white-space", "white space around", " 2099-01-01T00:00:00Z "),
        ("line-feed", "a line feed behind", "2099-01-01T00:00:00Z\n"),
        ("minutes", "without seconds", "2099-01-01T00:00Z"),
        ("leap-second", "a leap second, which the standard does not have", "2098-12-31T23:59:60Z"),
        ("hour-25", "hour 25", "2099-01-01T25:00:00Z"),
        ("hour-24", "half past 24", "2099-01-01T24:30:00Z"),
        ("minute-60", "minute 60", "2099-01-01T00:60:00Z"),
        ("month-13", "month 13", "2099-13-01T00:00:00Z"),
        ("month-0", "month 0", "2099-00-01T00:00:00Z"),
        ("day-0", "day 0", "2099-01-00T00:00:00Z"),
        ("day-31", "31 June", "2099-06-31T00:00:00Z"),
        ("leap-day", "29 February of a year that has none", "2099-02-29T00:00:00Z"),
        ("year-0", "the year 0", "0000-01-01T00:00:00Z"),
        ("year-negative", "a year before it", "-0001-01-01T00:00:00Z"),
        ("year-five-digits", "a year of five digits", "10000-01-01T00:00:00Z"),
        ("year-two-digits", "a year of two digits", "99-01-01T00:00:00Z"),
        ("beyond-the-end", "midnight at the end of 9999", "9999-12-31T24:00:00Z"),
        ("offset-24", "an offset of 24 hours", "2099-01-01T00:00:00+24:00"),
        ("offset-99", "an offset of 99 hours", "2099-01-01T00:00:00+99:99"),
        ("offset-short", "an offset without minutes", "2099-01-01T00:00:00+01"),
        ("offset-no-colon", "an offset without a colon", "2099-01-01T00:00:00+0100"),
        ("offset-minus", "an offset with another minus", "2099-01-01T00:00:00\u221201:00"),
        ("zone-name", "a zone by its name", "2099-01-01T00:00:00 CET"),
        ("two-zones", "two zones", "2099-01-01T00:00:00Z+00:00"),
        ("comma", "a comma in the seconds", "2099-01-01T00:00:00,5Z"),
        ("empty-fraction", "a point without a fraction", "2099-01-01T00:00:00.Z"),
        ("arabic-digits", "other digits", "\u0662\u0660\u0669\u0669-01-01T00:00:00Z"),
        ("fullwidth-digits", "wide digits", "\uff12\uff10\uff19\uff19-01-01T00:00:00Z"),
        ("number", "seconds since 1970", 4070908800),
        ("number-text", "seconds since 1970, as text", "4070908800"),
        ("words", "words", "never"),
        ("empty", "nothing", ""),
        ("true", "true", True),
        ("list", "a list", ["2099-01-01T00:00:00Z"]),
        ("object", "an object", {"@value": "2099-01-01T00:00:00Z"}),
        ("long", "many digits", "2099-01-01T00:00:00." + "0" * 10_000 + "Z"),
    ):
        given = _of(validUntil=text)
        if name == "long":
            family.good(name, why, given)
            continue
        family.bad(name, why, given, _MALFORMED)
    family.bad(
        "null", "null in place of the end", {**_of(validUntil="2026-05-02T00:00:00Z"), "validUntil": None}, _PROOF
    )
    family.bad("from-words", "a start in words", _of(validFrom="always"), _MALFORMED)
    v1 = badge(
        validFrom=None, name="Rust 101", issuanceDate="2026-05-01T09:30:00Z", expirationDate="2026-05-02T00:00:00Z"
    )
    v1["@context"] = [CREDENTIALS_V1, forge.BADGES, forge.DATA_INTEGRITY]
    family.bad("first-model", "the end of a credential of the Data Model 1.1", secure(v1), _EXPIRED)
    both = {**v1, "validUntil": "2099-01-01T00:00:00Z"}
    family.bad(
        "both-ends",
        "an end of either Data Model, of which the earlier one counts",
        secure(both, suite="eddsa-jcs-2022"),
        _EXPIRED,
    )
    later = changed(v1, "expirationDate", "2099-01-01T00:00:00Z") | {"validUntil": "2026-05-02T00:00:00Z"}
    family.bad("both-ends-swapped", "the other way round", secure(later, suite="eddsa-jcs-2022"), _EXPIRED)
    return family
