"""Malformed and hostile input: reading it raises nothing but DocumentError, and judging it raises nothing at all."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import Callable
from copy import deepcopy
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import pytest

import microcred as mc
from microcred.encoding import base64url_decode, base64url_encode
from microcred.errors import DocumentError, ProofError
from microcred.json import JSONObject, JSONValue, dumps
from microcred.jsonld import CanonicalDataset, canonicalize
from microcred.models import CREDENTIALS_V2, OPEN_BADGES_CONTEXT
from microcred.signing import hash_data
from microcred.verify.report import CHECKS, Code, Outcome
from microcred.verify.trust import TrustedIssuers
from tests.make import AT, KEY, badge, signed
from tests.strategies import signed_full_badge, walk, with_value, without

ANYONE = mc.Verifier(trusted_issuers=mc.ANY_ISSUER)
P256 = mc.SigningKey.generate("P-256")
FULL = signed_full_badge()
FULL_TEXT = dumps(FULL)
TOKEN = mc.sign_jwt(badge(), KEY)
DEEP = 10_000


def handle(value: JSONObject | str | bytes, *, damaged: bool = True) -> mc.VerificationReport:
    """Read and judge something; only a DocumentError may come of reading it, and nothing of judging it."""
    try:
        mc.parse(value).model_dump_json()
    except DocumentError as error:
        assert error.problems
        assert all(problem.code for problem in error.problems)
    report = ANYONE.check(value, at=AT)
    assert [check.name for check in report] == list(CHECKS)
    assert all(check.code for check in report.problems)
    assert not damaged or not report.verified
    return report


def meaning(document: JSONValue) -> bytes | None:
    """Return what the proof of a document covers; None when there is no telling."""
    if not isinstance(document, dict):
        return None
    proofs = document.get("proof")
    proof = proofs[0] if isinstance(proofs, list) and len(proofs) == 1 else proofs
    try:
        return hash_data(document, proof, "sha256") if isinstance(proof, dict) else None
    except (DocumentError, ProofError, ValueError):  # half a surrogate pair, which Python's own reader takes
        return None


def same_meaning(text: bytes, original: bytes | None) -> bool:
    """Tell whether damaged text still says what was signed, as it may when white space was hit."""
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return False
    return meaning(document) == original


def test_the_samples_verify_before_they_are_damaged() -> None:
    for sample in (FULL, FULL_TEXT, FULL_TEXT.encode(), TOKEN, signed()):
        assert handle(sample, damaged=False).verified


# Damaged text


def _real_samples(shared: Path) -> list[bytes]:
    folder = shared / "vectors" / "ob3" / "samples"
    paths = [
        *sorted((folder / "validator" / "ob30").glob("*.json")),
        *sorted((folder / "dcc-verifier-core").glob("*.json")),
        *sorted((folder / "spec-examples").glob("*Badge*.json")),
    ]
    return [path.read_bytes() for path in paths]


def _truncated(text: bytes, chance: random.Random) -> bytes:
    return text[: chance.randrange(len(text))]


def _flipped(text: bytes, chance: random.Random) -> bytes:
    changed = bytearray(text)
    for _ in range(chance.choice([1, 1, 1, 2, 10])):
        changed[chance.randrange(len(changed))] ^= 1 << chance.randrange(8)
    return bytes(changed)


def _cut_out(text: bytes, chance: random.Random) -> bytes:
    start = chance.randrange(len(text))
    return text[:start] + text[start + chance.randrange(1, 40) :]


def _repeated(text: bytes, chance: random.Random) -> bytes:
    start = chance.randrange(len(text))
    end = start + chance.randrange(1, 400)
    return text[:end] + text[start:end] + text[end:]


def _replaced(text: bytes, chance: random.Random) -> bytes:
    pieces = [b"null", b"NaN", b"-Infinity", b"1e999", b"0" * 50, b"{}", b"[", b"}", b'"', b"\\ud800", b"\x00", b"\xff"]
    position = chance.randrange(len(text))
    piece = chance.choice([*pieces, b"9" * 5000, b'"a":1,"a":2,', b"//", b"\xed\xa0\x80"])
    return text[:position] + piece + text[position + 1 :]


DAMAGES: list[Callable[[bytes, random.Random], bytes]] = [_truncated, _flipped, _cut_out, _repeated, _replaced]


@pytest.mark.parametrize("damage", DAMAGES)
def test_damaged_text_of_a_good_badge_does_not_verify(damage: Callable[[bytes, random.Random], bytes]) -> None:
    chance = random.Random(0)
    original = meaning(FULL)
    small = dumps(signed()).encode()
    small_meaning = meaning(signed())
    for number in range(120):
        sample, expected = (FULL_TEXT.encode(), original) if number % 3 == 0 else (small, small_meaning)
        text = damage(sample, chance)
        handle(text, damaged=not same_meaning(text, expected))


@pytest.mark.parametrize("damage", DAMAGES)
def test_damaged_text_of_real_samples_is_judged(shared: Path, damage: Callable[[bytes, random.Random], bytes]) -> None:
    chance = random.Random(0)
    for sample in _real_samples(shared):
        for _ in range(2):
            text = damage(sample, chance)
            try:
                damaged = json.loads(text) != json.loads(sample)
            except (ValueError, RecursionError):
                damaged = True
            report = handle(text, damaged=False)
            if damaged and report.verified:
                assert meaning(json.loads(text)) == meaning(json.loads(sample))


# Wrong values at random places


def _wrong_values() -> list[JSONValue]:
    return [
        None,
        0,
        -1,
        1.5,
        2**70,
        True,
        "",
        "x",
        "x" * 10_000,
        "\x00",
        [],
        [[]],
        [None],
        {},
        {"@value": "x"},
        {"@id": "x", "@type": []},
        {"@list": [1]},
        {"@graph": [{}]},
        {"@context": {"@vocab": "https://example.edu/"}},
        {"@context": None},
        {"id": 3, "type": {}},
        ["x"] * 100,
        cast("JSONValue", _nested(40)),
    ]


def _nested(depth: int) -> object:
    value: object = "x"
    for level in range(depth):
        value = [value] if level % 2 else {"a": value}
    return value


def test_wrong_values_at_random_places_of_a_good_badge_do_not_verify() -> None:
    chance = random.Random(0)
    wrong = _wrong_values()
    small = signed()
    for sample, count in ((FULL, 100), (small, 300)):
        places = [path for path, _ in walk(sample) if path]
        original = meaning(sample)
        for _ in range(count):
            changed = with_value(sample, chance.choice(places), chance.choice(wrong))
            handle(changed, damaged=meaning(changed) != original)


def test_every_member_of_a_good_badge_may_be_null_or_gone() -> None:
    small = signed()
    original = meaning(small)
    for path, _ in walk(small):
        for changed in (with_value(small, path, None), without(small, path)) if path else ():
            handle(changed, damaged=meaning(changed) != original)


def test_wrong_values_at_random_places_of_real_samples_are_judged(shared: Path) -> None:
    chance = random.Random(0)
    wrong = _wrong_values()
    for sample in _real_samples(shared):
        document = json.loads(sample)
        places = [path for path, _ in walk(document) if path]
        for _ in range(4):
            handle(with_value(document, chance.choice(places), chance.choice(wrong)), damaged=False)


def test_wrong_members_of_the_proof_do_not_verify() -> None:
    document = signed()
    (proof,) = cast("list[JSONObject]", document["proof"])
    for name in (*proof, "expires", "domain", "challenge", "nonce", "id", "previousProof", "capability"):
        for value in _wrong_values():
            changed = {**document, "proof": {**proof, name: value}}
            # None at all is as good as an empty list of them.
            empty = name in ("domain", "previousProof") and value == []
            handle(changed, damaged=name in proof or not (value is None or empty))
    wrong: list[JSONValue] = [*_wrong_values(), [proof, 3], [3, proof], [[proof]], [{**proof, "proofValue": "z"}]]
    for value in wrong:
        # One good proof suffices, beside what is no proof; but the data model says what is wrong with the others.
        handle({**document, "proof": value})
    for method in ("", "#", "did:", "did:key", "did:key:", "did:key:z", "did:key:z6Mk#", "did:jwk:", "did:jwk:e30"):
        handle({**document, "proof": {**proof, "verificationMethod": method}})
        handle({**document, "proof": {**proof, "verificationMethod": method + "#" + KEY.public_key.multikey}})


def test_a_member_name_that_occurs_twice_is_refused() -> None:
    text = dumps(signed())
    for name in ('"issuer":', '"validFrom":', '"type":', '"proofValue":', '"id":'):
        position = text.index(name)
        for value in ('"x"', "null", "[]"):
            report = handle(f"{text[:position]}{name}{value},{text[position:]}")
            assert report["data_model"].code == Code.PARSING_ERROR


# What is no document at all

NO_DOCUMENTS: dict[str, str | bytes] = {
    "empty": b"",
    "white space": " \n\t",
    "byte order mark": b"\xef\xbb\xbf",
    "null": "null",
    "number": "3",
    "text": '"x"',
    "true": "true",
    "array": "[]",
    "array of credentials": f"[{FULL_TEXT}]",
    "NaN": '{"a":NaN}',
    "infinity": '{"a":-Infinity}',
    "too large for a double": '{"a":1e999}',
    "too many digits": '{"a":' + "9" * 10_000 + "}",
    "lone surrogate": '{"a":"\\ud800"}',
    "lone surrogate in a name": '{"\\udfff":1}',
    "raw lone surrogate": '{"a":"\ud800"}',
    "deep arrays": "[" * DEEP + "]" * DEEP,
    "deep objects": '{"a":' * DEEP + "1" + "}" * DEEP,
    "deep and unclosed": '{"a":[' * DEEP,
    "UTF-16": FULL_TEXT.encode("utf-16"),
    "UTF-16 without a byte order mark": FULL_TEXT.encode("utf-16-le"),
    "UTF-32": FULL_TEXT.encode("utf-32"),
    "Latin-1": '{"a":"é"}'.encode("latin-1"),
    "cut UTF-8": '{"a":"é'.encode()[:-1],
    "overlong UTF-8": b'{"a":"\xc0\xaf"}',
    "control characters": '{"a":"\n"}',
    "comments": "{/**/}",
    "single quotes": "{'a':1}",
    "trailing comma": '{"a":1,}',
    "two documents": FULL_TEXT + FULL_TEXT,
    "YAML": "a: 1",
    "HTML": "<!DOCTYPE html><html></html>",
    "a file name": "credential.json",
    "a URL": "https://example.edu/credential.json",
    "PNG": b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR",
    "SVG": b"<svg xmlns='http://www.w3.org/2000/svg'/>",
    "SVG with a declaration": b"<?xml version='1.0'?>\n<svg/>",
    "SVG as text": "<svg/>",
    "JPEG": b"\xff\xd8\xff\xe0",
    "ZIP": b"PK\x03\x04",
    "SD-JWT": f"{TOKEN}~WyJhIiwiYiIsImMiXQ~~",
    "COSE": bytes.fromhex("d28443a10126a10442313154"),
    "JWE": "eyJhbGciOiJkaXIifQ..AAAA.AAAA.AAAA",
    "random bytes": random.Random(0).randbytes(5000),
}


@pytest.mark.parametrize("name", NO_DOCUMENTS)
def test_what_is_no_document_is_refused(name: str) -> None:
    value = NO_DOCUMENTS[name]
    report = handle(value)
    assert report["proof"].outcome in (Outcome.FAILED, Outcome.INDETERMINATE)
    assert report["proof"].code in (Code.PARSING_ERROR, Code.UNSUPPORTED)
    with pytest.raises(DocumentError) as caught:
        mc.parse(value)
    assert caught.value.code == Code.PARSING_ERROR


@pytest.mark.parametrize(
    "make",
    [
        lambda: b'{"a":"' + b"x" * 50_000_000 + b'"}',
        lambda: '{"a":"' + "x" * 50_000_000 + '"}',
        lambda: "eyJ" + "A" * 50_000_000 + ".e30.AA",
        lambda: "[" * 50_000_000,
        lambda: " " * 50_000_000,
        lambda: b"\xff" * 50_000_000,
    ],
    ids=["bytes", "text", "JWT", "brackets", "white space", "not UTF-8"],
)
def test_fifty_megabytes_are_refused(make: Callable[[], str | bytes]) -> None:
    assert handle(make())["proof"].code == Code.PARSING_ERROR


def test_images_without_a_credential_are_none() -> None:
    for name in ("PNG", "SVG", "SVG with a declaration"):
        assert handle(NO_DOCUMENTS[name])["proof"].code == Code.PARSING_ERROR


def test_dicts_that_are_no_json_are_refused() -> None:
    cycle: dict[str, object] = {}
    cycle["self"] = cycle
    values: list[object] = [float("nan"), float("-inf"), datetime(2026, 5, 1, tzinfo=UTC), {1}, b"x", object(), 3j, len]
    values += [{3: 1}, {None: 1}, {("a",): 1}, "\udc80", cycle, _nested(DEEP), range(3), KEY]
    for value in values:
        for path in (("own",), ("credentialSubject",), ("proof",), ("@context",), ("type",)):
            document = cast("JSONObject", {**deepcopy(signed()), path[0]: value})
            assert handle(document)["data_model"].code == Code.PARSING_ERROR


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"type": "VerifiableCredential"},
        {"@context": CREDENTIALS_V2, "type": "VerifiablePresentation", "verifiableCredential": [FULL]},
        {"@context": CREDENTIALS_V2, "type": "VerifiablePresentation", "verifiableCredential": TOKEN},
        {**FULL, "type": "VerifiablePresentation"},
        {**FULL, "type": ["VerifiablePresentation", "VerifiableCredential", "AchievementCredential"]},
        {
            "@context": CREDENTIALS_V2,
            "type": "EnvelopedVerifiableCredential",
            "id": f"data:application/jwt,{TOKEN}0",
        },
        {"@context": CREDENTIALS_V2, "type": "EnvelopedVerifiablePresentation", "id": "data:application/vp+jwt,a.b.c"},
        {"vc": FULL},
        {"credential": FULL},
        {"verifiableCredential": FULL},
        FULL["issuer"],
        cast("dict[str, JSONValue]", FULL["credentialSubject"])["achievement"],
        {"id": KEY.did, "verificationMethod": [], "proof": FULL["proof"]},
        {"0": FULL},
    ],
    ids=range(15),
)
def test_what_is_no_credential_does_not_verify(document: JSONObject) -> None:
    handle(document)
    handle(dumps(document))


# JWTs


def token(header: object, payload: object, key: mc.SigningKey = KEY) -> str:
    """Sign any header and payload."""
    parts = [item if isinstance(item, bytes) else json.dumps(item).encode() for item in (header, payload)]
    text = ".".join(map(base64url_encode, parts))
    return f"{text}.{base64url_encode(key.sign(text.encode()))}"


def _header(**members: object) -> dict[str, object]:
    merged = {"alg": "EdDSA", "typ": "JWT", "kid": KEY.verification_method, **members}
    return {name: value for name, value in merged.items() if value != "absent"}


def _payload(**members: object) -> dict[str, object]:
    claims = {"iss": KEY.did, "jti": badge()["id"], "sub": "did:example:learner", "nbf": 1777627800}
    merged = {**badge(), **claims, **members}
    return {name: value for name, value in merged.items() if value != "absent"}


def test_the_jwts_below_verify_before_they_are_spoilt() -> None:
    assert handle(token(_header(), _payload()), damaged=False).verified


_ODD: list[object] = [None, 0, 1.5, True, "", "x", [], {}, ["x"], {"x": 1}, "x" * 10_000, -1, 10**400, "\x00", [None]]


@pytest.mark.parametrize(
    ("header", "code"),
    [
        (_header(alg="none"), Code.CRYPTOGRAPHIC_SECURITY_ERROR),
        (_header(alg="HS256"), Code.CRYPTOGRAPHIC_SECURITY_ERROR),
        (_header(alg="HS512"), Code.CRYPTOGRAPHIC_SECURITY_ERROR),
        (_header(alg="ES256"), Code.CRYPTOGRAPHIC_SECURITY_ERROR),
        (_header(alg="RS256"), Code.CRYPTOGRAPHIC_SECURITY_ERROR),
        (_header(alg="None"), Code.UNSUPPORTED),
        (_header(alg="NONE"), Code.UNSUPPORTED),
        (_header(alg="nOnE"), Code.UNSUPPORTED),
        (_header(alg="PS256"), Code.UNSUPPORTED),
        (_header(alg="ES256K"), Code.UNSUPPORTED),
        (_header(alg="absent"), Code.UNSUPPORTED),
        (_header(alg=None), Code.UNSUPPORTED),
        (_header(alg=["EdDSA"]), Code.UNSUPPORTED),
        (_header(alg={"EdDSA": 1}), Code.UNSUPPORTED),
        (_header(crit=["exp"]), Code.UNSUPPORTED),
        (_header(crit=[]), Code.UNSUPPORTED),
        (_header(b64=False), Code.UNSUPPORTED),
        (_header(b64="true"), Code.UNSUPPORTED),
        (_header(crit=["b64"], b64=True), Code.UNSUPPORTED),
        (_header(typ="vp+jwt"), Code.MALFORMED_VALUE_ERROR),
        (_header(typ="dc+sd-jwt"), Code.MALFORMED_VALUE_ERROR),
        (_header(typ=["JWT"]), Code.MALFORMED_VALUE_ERROR),
        (_header(kid="did:ebsi:example#1"), Code.UNSUPPORTED),
        (_header(kid="did:web:example.edu#1"), Code.INVALID_VERIFICATION_METHOD),
        (_header(kid="absent"), Code.UNSUPPORTED),
        (_header(kid=P256.verification_method), None),
        (_header(kid="absent", jwk={}), Code.INVALID_VERIFICATION_METHOD),
        (_header(kid="absent", jwk={"kty": "oct", "k": "AAAA"}), Code.INVALID_VERIFICATION_METHOD),
        (_header(kid="absent", jwk={**KEY.to_jwk()}), Code.INVALID_VERIFICATION_METHOD),
        (_header(kid="absent", jwk={"kty": "OKP", "crv": "Ed25519", "x": 3}), Code.INVALID_VERIFICATION_METHOD),
        (_header(kid="absent", jwk=P256.public_key.to_jwk()), None),
        (_header(kid="absent", x5u="https://example.edu/cert", jku="https://example.edu/keys"), Code.UNSUPPORTED),
    ],
)
def test_headers_that_must_not_be_followed_are_refused(header: dict[str, object], code: Code | None) -> None:
    for key in (KEY, P256):
        report = handle(token(header, _payload(), key))
        assert report["proof"].outcome is not Outcome.PASSED
        if code is not None and key is KEY:
            assert report["proof"].code == code
    unsigned = ".".join(base64url_encode(json.dumps(item).encode()) for item in (header, _payload()))
    handle(f"{unsigned}.")
    handle(f"{unsigned}.AA")


@pytest.mark.parametrize("name", ["alg", "kid", "jwk", "typ", "crit", "b64", "cty", "x5c", "iss", "zip"])
def test_odd_header_members_do_not_break_the_judgement(name: str) -> None:
    for value in _ODD:
        without_kid = {"kid": "absent"} if name == "jwk" else {}
        report = handle(token(_header(**{**without_kid, name: value}), _payload()), damaged=False)
        # An empty kid names the only key of the issuer.
        if name in ("alg", "kid", "jwk", "crit") and value is not None and (name, value) != ("kid", ""):
            assert not report.verified, value
        for member in ("kty", "crv", "x", "y", "n", "e", "use", "key_ops", "alg") if name == "jwk" else ():
            jwk = {**KEY.public_key.to_jwk(), member: value}
            handle(token(_header(kid="absent", jwk=jwk), _payload()), damaged=False)


@pytest.mark.parametrize("name", ["iss", "sub", "jti", "nbf", "exp", "iat", "aud", "vc", "vp", "@context", "issuer"])
def test_odd_claims_do_not_break_the_judgement(name: str) -> None:
    for value in _ODD:
        report = handle(token(_header(), _payload(**{name: value})), damaged=False)
        if name in ("iss", "sub", "jti", "vc", "@context", "issuer"):
            assert not report.verified, value
        # An end beyond the calendar is an end after all.
        if name in ("nbf", "exp") and (name, value) != ("exp", 10**400):
            assert not report.verified, value


def test_headers_and_payloads_that_are_no_objects_are_refused() -> None:
    wrong: list[object] = [[], 3, "x", None, True, b"", b"{", b"\xff", b'{"a":1,"a":2}', b"[" * DEEP, b'{"a":NaN}']
    for value in wrong:
        for spoilt in (token(value, _payload()), token(_header(), value)):
            assert handle(spoilt)["proof"].code == Code.PARSING_ERROR


def test_damaged_jwts_do_not_verify() -> None:
    chance = random.Random(0)
    parts = TOKEN.split(".")
    for number in range(150):
        index = number % 3
        content = base64url_decode(parts[index])
        damaged = chance.choice(DAMAGES)(content, chance)
        if damaged != content:
            changed = [*parts]
            changed[index] = base64url_encode(damaged)
            handle(".".join(changed))
    for _ in range(150):
        text = chance.choice(DAMAGES)(TOKEN.encode(), chance)
        if text.strip() != TOKEN.encode():
            handle(text)
            handle(text.decode("latin-1"))


def test_jwts_with_other_dots_are_refused() -> None:
    first, second, third = TOKEN.split(".")
    spoilt = [f"{first}.{second}", f"{first}..{third}", f".{second}.{third}", f"{first}.{second}.", f"{TOKEN}."]
    spoilt += [f".{TOKEN}", f"{TOKEN}.AA", f"{first}.{second}.{third}=", f"{first}=.{second}.{third}", "ey..", "..."]
    spoilt += ["ey.ey.ey", f"{first}\n.{second}.{third}", f"{TOKEN} {TOKEN}", f'"{TOKEN}"', f"Bearer {TOKEN}"]
    for text in [*spoilt, f"ey\ud800.{second}.{third}", f"{first}.{second}.\ud800"]:
        handle(text)


# The asynchronous verifier


def test_the_asynchronous_verifier_says_the_same() -> None:
    verifier = mc.AsyncVerifier(trusted_issuers=mc.ANY_ISSUER)
    chance = random.Random(1)
    inputs: list[JSONObject | str | bytes] = list(NO_DOCUMENTS.values())
    inputs += [damage(FULL_TEXT.encode(), chance) for damage in DAMAGES for _ in range(5)]
    inputs += [damage(TOKEN.encode(), chance) for damage in DAMAGES for _ in range(5)]
    inputs += [without(FULL, path) for path, _ in list(walk(FULL))[1:40]]
    inputs += [FULL, TOKEN]

    async def check_all() -> list[mc.VerificationReport]:
        return [await verifier.check(value, at=AT) for value in inputs]

    reports = asyncio.run(check_all())
    assert reports == [ANYONE.check(value, at=AT) for value in inputs]
    assert [report.verified for report in reports[-2:]] == [True, True]


# Documents that want to cost time or memory, within the limits of size

ACHIEVEMENT = ("credentialSubject", "achievement")
MANY = 50_000
LONG = 500_000


def _clique(size: int) -> JSONValue:
    """Return blank nodes that all point at each other: a poison graph for RDFC-1.0."""
    return [
        {
            "id": f"_:n{number}",
            "type": ["Evidence"],
            "https://example.edu/p": [{"id": f"_:n{other}"} for other in range(size) if other != number],
        }
        for number in range(size)
    ]


def _cycle(size: int) -> JSONValue:
    return [
        {"id": f"_:n{number}", "type": ["Evidence"], "https://example.edu/p": {"id": f"_:n{(number + 1) % size}"}}
        for number in range(size)
    ]


def _torus(size: int) -> JSONValue:
    return [
        {
            "id": f"_:n{x}_{y}",
            "type": ["Evidence"],
            "https://example.edu/p": [{"id": f"_:n{(x + 1) % size}_{y}"}, {"id": f"_:n{x}_{(y + 1) % size}"}],
        }
        for x in range(size)
        for y in range(size)
    ]


def _twins(size: int) -> JSONValue:
    """Return pairs of blank nodes that look alike."""
    return [{"type": ["Evidence"], "https://example.edu/p": {"https://example.edu/q": {}}} for _ in range(size)]


def _alignment(number: int) -> JSONObject:
    return {"type": ["Alignment"], "targetName": "x", "targetUrl": f"https://example.edu/{number}"}


def _terms(make: Callable[[int], JSONValue], count: int) -> JSONObject:
    return {f"t{number}": make(number) for number in range(count)}


Place = tuple[str | int, ...]
TAG: Place = (*ACHIEVEMENT, "tag")
ALIGNMENT: Place = (*ACHIEVEMENT, "alignment")
PROOF: Place = ("proof",)
METHOD: Place = ("proof", 0, "verificationMethod")
EVIDENCE: Place = ("evidence",)
TYPES: list[JSONValue] = ["VerifiableCredential", "AchievementCredential"]
CONTEXTS: list[JSONValue] = [CREDENTIALS_V2, OPEN_BADGES_CONTEXT]
PROOFS = cast("list[JSONValue]", FULL["proof"])
SPOILT: JSONValue = {**cast("JSONObject", PROOFS[0]), "proofValue": "z" + "1" * 64}

# Where each stands in the badge, and how it is made.
HOSTILE: dict[str, tuple[Place, Callable[[], JSONValue]]] = {
    "texts in tag": (TAG, lambda: ["x"] * MANY),
    "nulls in tag": (TAG, lambda: [None] * MANY),
    "different tags": (TAG, lambda: [f"t{number}" for number in range(MANY)]),
    "texts in alignment": (ALIGNMENT, lambda: ["x"] * MANY),
    "empty alignments": (ALIGNMENT, lambda: [{} for _ in range(MANY)]),
    "different alignments": (ALIGNMENT, lambda: [_alignment(number) for number in range(18_000)]),
    "texts in proof": (PROOF, lambda: ["x"] * MANY),
    "empty proofs": (PROOF, lambda: [{} for _ in range(MANY)]),
    "proofs": (PROOF, lambda: PROOFS * 10_000),
    "as many spoilt proofs as are looked at": (PROOF, lambda: [SPOILT] * 16),
    "types": (("type",), lambda: [*TYPES, *(f"https://example.edu/{number}" for number in range(20_000))]),
    "undefined types": (("type",), lambda: [*TYPES, *(f"T{number}" for number in range(20_000))]),
    "the same types": (("type",), lambda: TYPES * (MANY // 2)),
    "types with contexts": (
        ("credentialSubject", "type"),
        lambda: cast("list[JSONValue]", ["AchievementSubject", "Profile", "Alignment"]) * 7_000,
    ),
    "contexts": (("@context",), lambda: [*CONTEXTS, *(f"https://example.edu/{number}" for number in range(MANY))]),
    "the same contexts": (("@context",), lambda: CONTEXTS * (MANY // 2)),
    "as many contexts as are looked at, and one that is unknown": (
        ("@context",),
        lambda: [*CONTEXTS, *[OPEN_BADGES_CONTEXT] * 29, "https://example.edu/"],
    ),
    "empty contexts": (("@context",), lambda: [*CONTEXTS, *[{} for _ in range(MANY)]]),
    "contexts in lists": (("@context",), lambda: [*CONTEXTS, [[[["x"] * 1_000] * 10]]]),
    "terms": (("@context",), lambda: [*CONTEXTS, _terms(lambda number: f"t{number}x", MANY)]),
    "terms that need each other": (
        ("@context",),
        lambda: [*CONTEXTS, _terms(lambda number: f"t{number + 1}:x", 20_000)],
    ),
    "contexts in contexts": (
        ("@context",),
        lambda: [*CONTEXTS, _terms(lambda _: {"@id": "urn:x", "@context": _terms(lambda _: "x", 100)}, 300)],
    ),
    "clique of 6": (EVIDENCE, lambda: _clique(6)),
    "clique of 9": (EVIDENCE, lambda: _clique(9)),
    "clique of 20": (EVIDENCE, lambda: _clique(20)),
    "clique of 200": (EVIDENCE, lambda: _clique(200)),
    "cycle of 100": (EVIDENCE, lambda: _cycle(100)),
    "cycle of 1,000": (EVIDENCE, lambda: _cycle(1_000)),
    "cycle of 9,000": (EVIDENCE, lambda: _cycle(9_000)),
    "torus of 4 by 4": (EVIDENCE, lambda: _torus(4)),
    "torus of 60 by 60": (EVIDENCE, lambda: _torus(60)),
    "twins": (EVIDENCE, lambda: _twins(20)),
    "many twins": (EVIDENCE, lambda: _twins(2_000)),
    "long text": ((*ACHIEVEMENT, "name"), lambda: "x" * LONG),
    "long text of quotes": ((*ACHIEVEMENT, "name"), lambda: '"\n\x00' * (LONG // 3)),
    "long text of emoji": ((*ACHIEVEMENT, "name"), lambda: "😀" * LONG),
    "long id": (("id",), lambda: "urn:x:" + "a" * LONG),
    "long type": (("type",), lambda: [*TYPES, "urn:x:" + "a" * LONG]),
    "long context": (("@context",), lambda: [*CONTEXTS, "https://example.edu/" + "a" * LONG]),
    "long language": ((*ACHIEVEMENT, "inLanguage"), lambda: "a" * LONG),
    "long term of an enumeration": ((*ACHIEVEMENT, "achievementType"), lambda: "Achievement" * (LONG // 11)),
    "long extension term": ((*ACHIEVEMENT, "achievementType"), lambda: "ext:" + "a" * LONG + " "),
    "long country": (("issuer", "address", "addressCountryCode"), lambda: "E" * LONG),
    "long date": (("validFrom",), lambda: "2" * LONG),
    "long fraction of a second": (("validFrom",), lambda: f"2020-01-01T00:00:00.{'9' * LONG}Z"),
    "long birthday": (("issuer", "dateOfBirth"), lambda: "2" * LONG),
    "long JWT": (("endorsementJwt",), lambda: ["a" * LONG]),
    "long issuer": (("issuer",), lambda: "did:key:z" + "2" * LONG),
    "long suite": (("proof", 0, "cryptosuite"), lambda: "a" * LONG),
    "long date of the proof": (("proof", 0, "created"), lambda: "2" * LONG),
    "long did:key": (METHOD, lambda: "did:key:z" + "2" * LONG),
    "long did:jwk": (METHOD, lambda: "did:jwk:" + "e" * LONG),
    "long fragment": (METHOD, lambda: "https://example.edu/#z" + "2" * LONG),
    "long name of a DID method": (METHOD, lambda: "did:" + "a" * LONG + ":x"),
    "long signature": (("proof", 0, "proofValue"), lambda: "z" + "2" * 3_000_000),
    "members": (("own",), lambda: {f"m{number}": 1 for number in range(45_000)}),
    "members of a closed class": ((*ACHIEVEMENT, "image"), lambda: {f"m{number}": 1 for number in range(45_000)}),
    "nulls of a closed class": ((*ACHIEVEMENT, "image"), lambda: {f"m{number}": None for number in range(45_000)}),
    "empty endorsements": (("endorsement",), lambda: [{} for _ in range(9_000)]),
    "endorsements as JWTs": (("endorsementJwt",), lambda: cast("list[JSONValue]", ["a.b.c"]) * MANY),
    "states": (("credentialStatus",), lambda: [{"type": "x"} for _ in range(30_000)]),
    "identities": (("credentialSubject", "identifier"), lambda: [{"hashed": True} for _ in range(20_000)]),
    "depth": (("own",), lambda: cast("JSONValue", _nested(62))),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_documents_are_judged(name: str) -> None:
    place, make = HOSTILE[name]
    report = ANYONE.check(with_value(FULL, place, make()), at=AT, recipient="a@example.com")
    assert [check.name for check in report] == list(CHECKS)
    assert not report.verified


@pytest.mark.parametrize("place", [TAG, EVIDENCE, ("type",), ("@context",)])
def test_reading_hostile_documents_ends(place: Place) -> None:
    with pytest.raises(DocumentError) as caught:
        mc.parse(with_value(FULL, place, [3] * MANY))
    assert 1 <= len(caught.value.problems) <= 200


def test_a_document_is_made_canonical_once_however_many_proofs_and_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    # The work for a document is bounded; sixteen proofs, or five pinned keys, must not multiply it.
    documents = 0

    def counted(document: JSONObject, **options: Any) -> CanonicalDataset:
        nonlocal documents
        documents += "credentialSubject" in document
        return canonicalize(document, **options)

    monkeypatch.setattr("microcred.jsonld.canonicalize", counted)
    pinned = [mc.SigningKey.from_seed(bytes([number]) * 32).public_key for number in range(5)]
    unknown: JSONObject = {**cast("JSONObject", PROOFS[0]), "verificationMethod": "did:web:example.edu#1"}
    for trusted, proof in ((mc.ANY_ISSUER, SPOILT), ({KEY.did: pinned}, unknown), ({KEY.did: pinned}, SPOILT)):
        documents = 0
        verifier = mc.Verifier(trusted_issuers=cast("TrustedIssuers", trusted))
        assert not verifier.check({**FULL, "proof": [proof] * 16}, at=AT).verified
        assert documents == 1
    # What covers other proofs too is made canonical once for each such choice, whatever the number of keys.
    documents = 0
    chained: JSONValue = {**unknown, "previousProof": "urn:proof:1"}
    first: JSONValue = {**unknown, "id": "urn:proof:1"}
    verifier = mc.Verifier(trusted_issuers={KEY.did: pinned})
    assert not verifier.check({**FULL, "proof": [first, chained]}, at=AT).verified
    assert documents == 2
