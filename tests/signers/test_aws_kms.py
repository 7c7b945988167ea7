"""Keys in AWS KMS: moto stands for it, and a server of the test where moto cannot do what KMS does."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

import microcred as mc
from microcred.signers import KMSSigner
from tests.make import badge
from tests.signers.conftest import kms_client
from tests.signers.services import Reply, Request, Script, run_script
from tests.signers.test_base import KEYS, code_of

ARN = "arn:aws:kms:eu-west-1:123456789012:key/6a8a6cf9-83a7-4602-92ac-ec527f42e57a"


def new_key(kms: Any, spec: str, usage: str = "SIGN_VERIFY") -> str:
    """Make a key in moto; return its ARN."""
    return str(kms.create_key(KeySpec=spec, KeyUsage=usage)["KeyMetadata"]["Arn"])


def refused(key_id: str, **arguments: Any) -> str:
    """Return the code of a signer that cannot be made."""
    with pytest.raises(mc.SigningError) as error:
        KMSSigner(key_id, **arguments)
    return code_of(error)


# With moto


@pytest.mark.parametrize("spec", ["RSA_3072", "RSA_4096"])
def test_longer_rsa_keys(kms: Any, spec: str) -> None:
    signer = KMSSigner(new_key(kms, spec), client=kms)
    assert signer.public_key.type == "RSA"
    assert signer.sign(b"data")


def test_an_alias_is_followed_once(kms: Any) -> None:
    first, second = new_key(kms, "ECC_NIST_P256"), new_key(kms, "ECC_NIST_P256")
    kms.create_alias(AliasName="alias/badges", TargetKeyId=first)
    signer = KMSSigner("alias/badges", client=kms)
    kms.update_alias(AliasName="alias/badges", TargetKeyId=second)
    assert signer.sign(b"data")
    assert signer.key_id in first
    assert KMSSigner("alias/badges", client=kms).public_key != signer.public_key


def test_a_client_is_made_from_the_environment(moto: str, kms: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    key_id = new_key(kms, "ECC_NIST_P256")
    monkeypatch.setenv("AWS_ENDPOINT_URL_KMS", moto)
    with KMSSigner(key_id) as signer:
        assert signer.sign(b"data")
    with KMSSigner(key_id, region="eu-west-1") as signer:
        assert signer.sign(b"data")
    assert refused(key_id, region="us-east-1") == "SIGNER_REFUSED"


def test_a_client_that_was_given_stays_open(kms: Any) -> None:
    key_id = new_key(kms, "ECC_NIST_P256")
    with KMSSigner(key_id, client=kms):
        pass
    assert KMSSigner(key_id, client=kms).sign(b"data")


@pytest.mark.parametrize("key_id", ["6a8a6cf9-83a7-4602-92ac-ec527f42e57a", "alias/nothing", ""])
def test_keys_that_are_not_there(kms: Any, key_id: str) -> None:
    assert refused(key_id, client=kms) == "SIGNER_REFUSED"


@pytest.mark.parametrize(
    ("spec", "usage"),
    [("ECC_SECG_P256K1", "SIGN_VERIFY"), ("RSA_2048", "ENCRYPT_DECRYPT")],
)
def test_keys_of_other_kinds(kms: Any, spec: str, usage: str) -> None:
    with pytest.raises(mc.InvalidKeyError):
        KMSSigner(new_key(kms, spec, usage), client=kms)


def test_what_is_missing_in_the_environment(moto: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_KMS", moto)
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    assert refused(ARN) == "SIGNER_REFUSED"
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    assert refused(ARN) == "SIGNER_REFUSED"
    monkeypatch.setenv("AWS_PROFILE", "nothing")
    assert refused(ARN) == "SIGNER_REFUSED"


def test_a_region_and_a_client(kms: Any) -> None:
    with pytest.raises(ValueError, match="region"):
        KMSSigner(ARN, region="eu-west-1", client=kms)


# With a server of the test


def of_kms(kind: str, **changes: object) -> Callable[[Request], Reply]:
    """Answer as the API reference says: GetPublicKey, and Sign with a key of ours (DER for ECDSA)."""
    key = KEYS[kind]
    der = key.public_key._key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    algorithms = {"Ed25519": ["ED25519_SHA_512", "ED25519_PH_SHA_512"], "P-256": ["ECDSA_SHA_256"]}[kind]

    def answer(request: Request) -> Reply:
        body: dict[str, object]
        if request.headers["x-amz-target"] == "TrentService.GetPublicKey":
            body = {"PublicKey": base64.b64encode(der).decode(), "SigningAlgorithms": algorithms}
        else:
            assert request.body["SigningAlgorithm"] == algorithms[0]
            message = base64.b64decode(request.body["Message"])
            assert request.body["MessageType"] == "RAW"
            assert 1 <= len(message) <= 4096
            body = {"Signature": base64.b64encode(key.sign(message)).decode()}
        return Reply(200, {"KeyId": ARN, **body, **changes})

    return answer


@contextmanager
def served(answer: Callable[[Request], Reply], attempts: int = 1) -> Iterator[tuple[Script, Any]]:
    """Run a server; yield it, and a client of boto3 for it."""
    with run_script(answer) as script:
        client = kms_client(script.url, attempts)
        try:
            yield script, client
        finally:
            client.close()


def test_ed25519_signs_the_message_itself() -> None:
    with served(of_kms("Ed25519")) as (script, client):
        signer = KMSSigner("alias/badges", client=client)
        assert (signer.key_id, signer.public_key) == (ARN, KEYS["Ed25519"].public_key)
        signed = mc.sign(badge(signer.public_key.did), signer)
        assert mc.Verifier(trusted_issuers={signer.public_key.did}).check(signed)
        assert signer.sign(bytes(4096))
        asked = len(script.requests)
        with pytest.raises(mc.SigningError) as error:
            signer.sign(bytes(4097))
        assert code_of(error) == "UNSUPPORTED"
        assert len(script.requests) == asked


def test_only_a_hash_is_sent_for_other_keys(kms: Any) -> None:
    public = KMSSigner(new_key(kms, "ECC_NIST_P256"), client=kms).public_key
    der = public._key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    key = {"KeyId": ARN, "PublicKey": base64.b64encode(der).decode(), "SigningAlgorithms": ["ECDSA_SHA_256"]}
    with served(lambda _: Reply(200, key)) as (script, client):
        signer = KMSSigner(ARN, client=client)
        with pytest.raises(mc.SigningError):
            signer.sign(bytes(100_000))
        sent = script.requests[-1].body
        assert (sent["KeyId"], sent["MessageType"], len(base64.b64decode(sent["Message"]))) == (ARN, "DIGEST", 32)


@pytest.mark.parametrize(
    "signature",
    [
        KEYS["P-256"].sign(b"other"),
        b"",
        b"\x30\x06\x02\x01\x00\x02\x01\x00",
        b"\x30\x06\x02\x01\x01\x02\x01\x01",
        bytes(10_000),
    ],
)
def test_signatures_that_are_none(signature: bytes) -> None:
    key = of_kms("P-256")

    def answer(request: Request) -> Reply:
        if request.headers["x-amz-target"] == "TrentService.GetPublicKey":
            return key(request)
        return Reply(200, {"KeyId": ARN, "Signature": base64.b64encode(signature).decode()})

    with served(answer) as (_, client), pytest.raises(mc.SigningError) as error:
        KMSSigner(ARN, client=client).sign(b"data")
    assert code_of(error) == "SIGNER_ANSWER_INVALID"


@pytest.mark.parametrize("change", [{"KeyId": None}, {"PublicKey": None}])
def test_answers_that_are_not_those_of_kms(change: dict[str, object]) -> None:
    with served(of_kms("P-256", **change)) as (_, client):
        assert refused(ARN, client=client) == "SIGNER_ANSWER_INVALID"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>",
        b"\xff",
        b"[]",
        b"null",
        b'{"KeyId":"key","PublicKey":"AA"}',
        b'{"KeyId":"key","PublicKey":7}',
        b'{"SigningAlgorithms":7}',
        b"[" * 100_000,
    ],
    ids=range(9),
)
def test_answers_that_boto3_does_not_expect(body: bytes) -> None:
    with served(lambda _: Reply(200, body)) as (_, client):
        assert refused(ARN, client=client) == "SIGNER_ANSWER_INVALID"


@pytest.mark.parametrize("change", [{"PublicKey": "AAAA"}, {"SigningAlgorithms": None}, {"SigningAlgorithms": []}])
def test_public_keys_that_are_none(change: dict[str, object]) -> None:
    with served(of_kms("P-256", **change)) as (_, client), pytest.raises(mc.InvalidKeyError):
        KMSSigner(ARN, client=client)


def test_a_signature_that_is_missing() -> None:
    with served(of_kms("Ed25519", Signature=None)) as (_, client), pytest.raises(mc.SigningError) as error:
        KMSSigner(ARN, client=client).sign(b"data")
    assert code_of(error) == "SIGNER_ANSWER_INVALID"


@pytest.mark.parametrize(
    ("status", "name", "code"),
    [
        (400, "AccessDeniedException", "SIGNER_REFUSED"),
        (400, "DisabledException", "SIGNER_REFUSED"),
        (400, "ThrottlingException", "SIGNER_UNAVAILABLE"),
        (500, "KMSInternalException", "SIGNER_UNAVAILABLE"),
        (503, "", "SIGNER_UNAVAILABLE"),
        (None, "", "SIGNER_UNAVAILABLE"),
    ],
)
def test_what_kms_says_instead(status: int | None, name: str, code: str) -> None:
    with served(lambda _: Reply(status, {"__type": name, "message": "no"})) as (_, client):
        assert refused(ARN, client=client) == code


def test_a_server_that_is_not_there() -> None:
    with run_script(lambda _: Reply()) as script:
        url = script.url
    client = kms_client(url)
    assert refused(ARN, client=client) == "SIGNER_UNAVAILABLE"
    client.close()


def test_boto3_tries_again() -> None:
    key, failures = of_kms("Ed25519"), iter([Reply(500, {"__type": "KMSInternalException"})])
    with served(lambda request: next(failures, None) or key(request), attempts=2) as (script, client):
        assert KMSSigner(ARN, client=client).sign(b"data")
        assert len(script.requests) == 3


def test_an_error_of_aws_is_not_quoted() -> None:
    # It may hold the request, and so the session token.
    said = "The Canonical String should have been x-amz-security-token:IQoJb3JpZ2luX2VjE-session"
    reply = Reply(403, {"__type": "InvalidSignatureException", "message": said})
    with served(lambda _: reply) as (_, client), pytest.raises(mc.SigningError) as error:
        KMSSigner(ARN, client=client)
    assert "InvalidSignatureException" in str(error.value)
    assert (error.value.__cause__, error.value.__context__) == (None, None)
    assert "IQoJ" not in repr(error.value)


@pytest.mark.parametrize("name", ["<b>\n" * 1000, "é", "x" * 65])
def test_a_code_that_is_none_is_not_shown(name: str) -> None:
    with (
        served(lambda _: Reply(400, {"__type": name, "message": ""})) as (_, client),
        pytest.raises(mc.SigningError) as error,
    ):
        KMSSigner(ARN, client=client)
    assert name not in str(error.value)
