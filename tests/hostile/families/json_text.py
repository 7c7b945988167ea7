"""Text that programs read differently: two members of one name, odd numbers, odd letters, no end."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from tests.hostile import forge
from tests.hostile.corpus import Family, Parts
from tests.hostile.forge import ISSUER, STRANGER, badge, changed, header, payload, secure, signed, token

_UNREADABLE = "data_model PARSING_ERROR"
_WRONG = "proof PROOF_VERIFICATION_ERROR"


def families() -> Iterator[Family]:
    yield _members()
    yield _text()
    yield _values()


def _twice(text: str, name: str, value: object, *, last: bool) -> str:
    """Write a member once more, before or behind the one that is there."""
    more = f"{json.dumps(name)}: {json.dumps(value)}"
    return f"{text[:-1]}, {more}}}" if last else f"{{{more}, {text[1:]}"


def _members() -> Family:
    family = Family(
        "duplicate-members", "Two members of one name", "RFC 8259 §4; RFC 7493 §2.3", {"trusted": [ISSUER.did]}
    )
    text = json.dumps(signed())
    family.good("control", "each name once", text)
    other = {"id": STRANGER.did, "type": ["Profile"]}
    for name, value in (
        ("issuer", other),
        ("credentialSubject", {"id": "did:example:mallory"}),
        ("validUntil", "2020-01-01T00:00:00Z"),
        ("id", "urn:uuid:00000000-0000-4000-8000-000000000000"),
        ("proof", {}),
        ("@context", []),
        ("type", ["VerifiablePresentation"]),
    ):
        # A second one of what there was none of would be an addition.
        whole = json.dumps(signed(validUntil="2099-01-01T00:00:00Z")) if name == "validUntil" else text
        for last in (False, True):
            where = "last" if last else "first"
            given = _twice(whole, name, value, last=last)
            family.bad(
                f"{name.strip('@').lower()}-{where}", f"a second {name}, which comes {where}", given, _UNREADABLE
            )
    same = _twice(text, "validFrom", "2026-05-01T09:30:00Z", last=True)
    family.bad("equal", "the same member twice, with the same value", same, _UNREADABLE)
    escaped = text[:-1] + ', "\\u0069ssuer": {"id": "did:example:other"}}'
    family.bad("escaped", "the second name is spelt with an escape", escaped, _UNREADABLE)
    nested = text.replace('"name": "Rust 101"', '"name": "Doctor of Medicine", "name": "Rust 101"')
    family.bad("nested", "far inside", nested, _UNREADABLE)
    proof = text.replace('"proofPurpose"', '"created": "2020-01-01T00:00:00Z", "proofPurpose"')
    family.bad("in-proof", "in the proof", proof, _UNREADABLE)
    family.good("control-jwt", "each name once, in a JWT", token(header(), payload()))
    first = json.dumps(header())[:-1]
    for name, head in (("alg", f'{first}, "alg": "none"}}'), ("kid", f'{first}, "kid": "{STRANGER.method}"}}')):
        given = token(head.encode(), payload())
        family.bad(
            f"jwt-{name}",
            f"two {name} in the header of a JWT",
            given,
            _UNREADABLE,
            control="control-jwt",
            standard="RFC 7515 §4",
        )
    body = json.dumps(payload())[:-1] + ', "iss": "did:example:other"}'
    family.bad(
        "jwt-claim",
        "two iss in the payload of a JWT",
        token(header(), body.encode()),
        _UNREADABLE,
        control="control-jwt",
        standard="RFC 7519 §4",
    )
    return family


def _text() -> Family:
    family = Family("json-text", "What is not JSON", "RFC 8259", {"trusted": [ISSUER.did]})
    text = json.dumps(signed())
    family.good("control", "JSON text", text)
    family.good("white-space", "white space around it", f"\r\n\t {text}\n\n")
    family.good("byte-order-mark", "a byte order mark in front, which a reader may pass over (§8.1)", "\ufeff" + text)
    accented = json.dumps(secure(badge(name="Ünïcødé 🎓")), ensure_ascii=False)
    family.good("utf-8", "letters beyond ASCII, in UTF-8", accented.encode())
    for name, why, given in (
        ("utf-16", "UTF-16", text.encode("utf-16")),
        ("utf-16-no-mark", "UTF-16 without a mark", text.encode("utf-16-le")),
        ("utf-32", "UTF-32", text.encode("utf-32-be")),
        ("latin-1", "Latin-1", json.dumps(badge(name="é"), ensure_ascii=False).encode("latin-1")),
        ("overlong", "a slash in two bytes", text.encode().replace(b"Rust", b"Rust\xc0\xaf", 1)),
        (
            "surrogate-bytes",
            "half a surrogate pair in bytes (CESU-8)",
            text.encode().replace(b"Rust", b"\xed\xa0\x80", 1),
        ),
        ("surrogate-escape", "half a surrogate pair as an escape", text.replace("Rust", "\\ud800", 1)),
        ("surrogate-low", "the other half", text.replace("Rust", "\\udc00", 1)),
        ("surrogate-swapped", "both halves, in the wrong order", text.replace("Rust", "\\udc00\\ud800", 1)),
        ("surrogate-name", "half a surrogate pair in a name", text.replace('"issuer"', '"issuer\\ud800"', 1)),
        ("cut", "the end is missing", text[:-1]),
        ("half", "half of it", text[: len(text) // 2]),
        ("more", "something behind it", text + "}"),
        ("two", "two documents", text + text),
        ("lines", "two documents on two lines", text + "\n" + text),
        ("comment", "a comment", "/* signed */" + text),
        ("comma", "a comma too many", text[:-1] + ",}"),
        ("single-quotes", "quotes of JavaScript", text.replace('"', "'")),
        ("control-character", "a line feed inside text", text.replace("Rust", "Ru\nst", 1)),
        ("nul", "a NUL inside text", text.replace("Rust", "Ru\0st", 1)),
        ("nul-behind", "a NUL behind it", text + "\0"),
        ("nan", "NaN", text[:-1] + ', "x": NaN}'),
        ("infinity", "Infinity", text[:-1] + ', "x": -Infinity}'),
        ("too-large", "1e400, which becomes infinite", text[:-1] + ', "x": 1e400}'),
        ("zero-in-front", "a number with a zero in front", text[:-1] + ', "x": 01}'),
        ("plus", "a number with a plus", text[:-1] + ', "x": +1}'),
        ("hexadecimal", "a number in hexadecimal", text[:-1] + ', "x": 0x1}'),
        ("true-python", "True as in Python", text[:-1] + ', "x": True}'),
        ("escape", "an escape that is none", text.replace("Rust", "\\x52ust", 1)),
        ("array", "a list with the document in it", f"[{text}]"),
        ("string", "text in quotes", json.dumps(text)),
        ("number", "a number", "1"),
        ("null", "null", "null"),
        ("empty", "nothing", ""),
        ("blank", "blanks", "   "),
        ("prefix", "a prefix against scripts", ")]}',\n" + text),
        ("html", "a web page", "<!DOCTYPE html><html><script>" + text + "</script></html>"),
        ("yaml", "YAML", "issuer: did:example:1\n"),
        ("deep-arrays", "100,000 brackets", Parts([["[", 100_000]])),
        ("deep-objects", "a hundred thousand braces", Parts([['{"a":', 100_000], "1", ["}", 100_000]])),
        ("digits", "a number of a hundred thousand digits", Parts([text[:-1] + ', "x": ', ["9", 100_000], "}"])),
        ("many-values", "200,000 values", Parts([text[:-1] + ', "x": [1', [",1", 200_000], "]}"])),
        ("large", "40 MB of blanks around it", Parts([[" ", 40_000_000], text])),
        ("many-names", "100,000 names", Parts([text[:-1], [', "x": 1', 100_000], "}"])),
    ):
        family.bad(name, why, given, _UNREADABLE)
    return family


def _values() -> Family:
    family = Family(
        "json-values", "Values that programs read differently", "VC Data Integrity 1.0 §4.4", {"trusted": [ISSUER.did]}
    )
    given: Any
    counted = changed(badge(), "credentialSubject/creditsEarned", 3)
    family.good("control", "a whole number", secure(counted))
    text = json.dumps(secure(counted))
    family.good(
        "same-number", "3.0 is 3, in RDF as in JavaScript", text.replace('"creditsEarned": 3', '"creditsEarned": 3.0')
    )
    for name, number in (
        ("next", "3.0000000000000004"),
        ("negative", "-3"),
        ("text", '"3"'),
        ("exponent", "3e1"),
        ("true", "true"),
    ):
        given = text.replace('"creditsEarned": 3', f'"creditsEarned": {number}')
        code = "data_model MALFORMED_VALUE_ERROR" if name in ("text", "true") else _WRONG
        family.bad(f"number-{name}", f"{number} in place of 3", given, code)
    large = forge.secure(changed(badge(), "credentialSubject/creditsEarned", 2**53), suite="eddsa-jcs-2022")
    family.good("control-large", "2**53, over JSON", large)
    off = json.dumps(large).replace(str(2**53), str(2**53 + 1))
    family.bad(
        "beyond-double",
        "2**53 + 1, which is 2**53 in JavaScript",
        off,
        "proof PROOF_TRANSFORMATION_ERROR",
        control="control-large",
        standard="RFC 8785 §3.2.2.3",
    )
    zero = secure(changed(badge(), "credentialSubject/creditsEarned", 0))
    family.good("control-zero", "0", zero)
    minus = json.dumps(zero).replace('"creditsEarned": 0', '"creditsEarned": -0')
    family.good("minus-zero", "-0 is the whole number 0", minus)
    document = signed()
    for name in ("__proto__", "constructor", "toString", "prototype", "hasOwnProperty", ""):
        given = {**document, name: {"issuer": "did:example:mallory", "validUntil": "2099-01-01T00:00:00Z"}}
        word = name.strip("_") or "empty"
        family.bad(
            f"name-{word}",
            f"a member “{name}”, which no context defines",
            given,
            "proof PROOF_TRANSFORMATION_ERROR",
            standard="VC Data Integrity 1.0 §2.4.1",
        )
    for name, value in (
        ("nul", "Rust 101\0"),
        ("escape-code", "Rust 101\x1b[2K"),
        ("right-to-left", "Rust 101\u202e"),
        ("zero-width", "Rust\u200b 101"),
        ("line-separator", "Rust 101\u2028"),
        ("noncharacter", "Rust 101\ufffe"),
        ("quads", 'Rust 101" .\n<urn:a> <urn:b> "c'),
    ):
        given = changed(document, "credentialSubject/achievement/name", value)
        family.bad(f"text-{name}", "a letter was added that many programs do not show", given, _WRONG)
        own = secure(changed(badge(), "credentialSubject/achievement/name", value))
        family.good(f"own-text-{name}", "the same letter, signed by the issuer itself", own)
    family.bad(
        "null-issuer", "null in place of the issuer", {**document, "issuer": None}, "data_model MALFORMED_VALUE_ERROR"
    )
    proto = token({**header(), "__proto__": {"alg": "none"}}, payload())
    family.good("jwt-proto", "an unknown parameter in the header of a JWT is ignored", proto, standard="RFC 7515 §4")
    return family
