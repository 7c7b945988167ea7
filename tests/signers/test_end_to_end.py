"""Credentials that are signed by keys in real services verify like any other."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from copy import copy

import pytest

import microcred as mc
from microcred.signers.base import RemoteSigner
from microcred.signing import selective
from tests.make import badge
from tests.signers.services import FOR_JWT_ONLY, KINDS

Make = Callable[[str, str], RemoteSigner]
SIGNERS = [
    (service, kind)
    for service in ("PKCS #11", "KMS", "Vault")
    for kind in KINDS
    if (service, kind) != ("KMS", "Ed25519")  # moto does not know it; see test_aws_kms
]
each_signer = pytest.mark.parametrize(("service", "kind"), SIGNERS)
each_service = pytest.mark.parametrize("service", ["PKCS #11", "KMS", "Vault"])
METHOD = "https://example.edu/issuers/1#key-1"


@each_signer
@pytest.mark.parametrize("length", [1, 64, 4096, 4097, 100_000])
def test_signatures_verify(make_signer: Make, service: str, kind: str, length: int) -> None:
    signer = make_signer(service, kind)
    data = bytes(length)
    assert signer.public_key.type == kind
    assert signer.public_key.verifies(signer.sign(data), data)


@each_signer
def test_an_embedded_proof_verifies(make_signer: Make, service: str, kind: str) -> None:
    signer = make_signer(service, kind)
    issuer = signer.public_key.did
    if kind in FOR_JWT_ONLY:
        with pytest.raises(mc.SigningError):
            mc.sign(badge(issuer), signer)
        return
    signed = mc.sign(badge(issuer), signer)
    assert mc.Verifier(trusted_issuers={issuer}).check(signed)


@each_signer
@pytest.mark.parametrize("profile", ["ob3", "vc-jose"])
def test_a_jwt_verifies(make_signer: Make, service: str, kind: str, profile: str) -> None:
    signer = make_signer(service, kind)
    issuer = signer.public_key.did
    token = mc.sign_jwt(badge(issuer), signer, profile=profile)  # type: ignore[arg-type]
    assert mc.Verifier(trusted_issuers={issuer}).check(token)


@each_signer
def test_an_issuer_with_an_id_of_its_own(make_signer: Make, service: str, kind: str) -> None:
    signer = make_signer(service, kind)
    document = badge("https://example.edu/issuers/1")
    verifier = mc.Verifier(trusted_issuers={"https://example.edu/issuers/1": [signer.public_key]})
    assert verifier.check(mc.sign_jwt(document, signer, verification_method=METHOD))
    if kind not in FOR_JWT_ONLY:
        assert verifier.check(mc.sign(document, signer, verification_method=METHOD))


@each_service
def test_a_base_proof_for_selective_disclosure(make_signer: Make, service: str) -> None:
    signer = make_signer(service, "P-256")
    issuer = signer.public_key.did
    base = selective.add_base_proof(badge(issuer), signer, verification_method=signer.public_key.verification_method)
    derived = selective.derive(base, ["/credentialSubject/achievement"])
    assert mc.Verifier(trusted_issuers={issuer}).check(derived)


@each_service
def test_threads_share_a_signer(make_signer: Make, service: str) -> None:
    signer = make_signer(service, "P-256")
    messages = [f"message {number}".encode() for number in range(40)]
    with ThreadPoolExecutor(8) as pool:
        signatures = list(pool.map(signer.sign, messages))
    assert all(signer.public_key.verifies(*pair) for pair in zip(signatures, messages, strict=True))


@each_service
def test_a_signer_does_not_leave_its_process(make_signer: Make, service: str) -> None:
    signer = make_signer(service, "P-256")
    for leave in (pickle.dumps, copy):
        with pytest.raises(TypeError):
            leave(signer)


@each_service
def test_a_closed_signer_signs_no_more(make_signer: Make, service: str) -> None:
    with make_signer(service, "P-256") as signer:
        signer.sign(b"data")
    signer.close()
    with pytest.raises(ValueError, match="closed"):
        signer.sign(b"data")
    assert signer.public_key.type == "P-256"


@each_service
def test_a_signer_shows_its_public_key_and_nothing_else(make_signer: Make, service: str) -> None:
    signer = make_signer(service, "P-256")
    assert repr(signer) == f"<{type(signer).__name__} of {signer.public_key!r}>"
