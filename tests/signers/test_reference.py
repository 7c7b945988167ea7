"""References to keys: what travels, and what is refused."""

from __future__ import annotations

import pickle
import threading
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import pytest

import microcred as mc
from microcred.signers import KeyReference
from tests.make import KEY, badge

PASSWORD = "correct horse battery staple"


def test_a_reference_signs_as_its_key_does(tmp_path: Path) -> None:
    path = tmp_path / "key.pem"
    path.write_bytes(KEY.to_pem(None))
    reference = KeyReference.pem(path)
    assert reference.public_key == KEY.public_key
    created = "2026-05-01T10:00:00Z"
    assert mc.sign(badge(), reference, created=created) == mc.sign(badge(), KEY, created=created)
    assert mc.sign_jwt(badge(), reference) == mc.sign_jwt(badge(), KEY)


def test_only_the_way_to_the_key_travels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "key.pem"
    path.write_bytes(KEY.to_pem(PASSWORD))
    monkeypatch.setenv("ISSUER_PASSWORD", PASSWORD)
    reference = KeyReference.pem(path, password_variable="ISSUER_PASSWORD")
    assert reference.sign(b"x") == KEY.sign(b"x")
    frozen = pickle.dumps(reference)
    for secret in (PASSWORD.encode(), KEY.to_pem(None)[40:60], bytes(range(32))):
        assert secret not in frozen
    assert pickle.loads(frozen).sign(b"x") == KEY.sign(b"x")
    assert PASSWORD not in repr(reference)


def test_a_key_that_cannot_be_had_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "key.pem"
    path.write_bytes(KEY.to_pem(PASSWORD))
    monkeypatch.delenv("ISSUER_PASSWORD", raising=False)
    for reference in (
        KeyReference.pem(tmp_path / "none.pem"),
        KeyReference.pem(path),
        KeyReference.pem(path, password_variable="ISSUER_PASSWORD"),
    ):
        with pytest.raises(mc.InvalidKeyError):
            reference.sign(b"x")
    monkeypatch.setenv("ISSUER_PASSWORD", "another")
    with pytest.raises(mc.InvalidKeyError):
        KeyReference.pem(path, password_variable="ISSUER_PASSWORD").public_key  # noqa: B018
    monkeypatch.setenv("ISSUER_PASSWORD", "")
    with pytest.raises(mc.InvalidKeyError):
        KeyReference.pem(path, password_variable="ISSUER_PASSWORD").public_key  # noqa: B018


def test_the_signer_is_made_when_it_is_used_and_once_for_all_threads() -> None:
    made: list[int] = []
    start = threading.Barrier(4)

    def make() -> mc.SigningKey:
        made.append(1)
        return KEY

    reference = KeyReference(make)
    assert made == []
    assert repr(reference) == "<KeyReference not used yet>"

    def use(_: int) -> bytes:
        start.wait(5)
        return reference.sign(b"x")

    with ThreadPoolExecutor(4) as threads:
        assert set(threads.map(use, range(4))) == {KEY.sign(b"x")}
    assert made == [1]


class Named:
    """A signer that knows its URL."""

    verification_method = "https://example.edu/issuer#key-1"
    public_key = KEY.public_key

    def sign(self, data: bytes) -> bytes:
        return KEY.sign(data)


def test_the_url_of_the_key_is_that_of_its_signer() -> None:
    document = badge("https://example.edu/issuer")
    proof = mc.parse(mc.sign(document, KeyReference(Named))).model_dump()["proof"][0]
    assert proof["verificationMethod"] == Named.verification_method
    assert KeyReference(Named).verification_method == Named.verification_method
    assert KeyReference(partial(mc.SigningKey.from_seed, bytes(32))).verification_method is not None
