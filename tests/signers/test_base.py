"""What all remote signers share: the check of each signature, ECDSA out of DER, and secrets that stay secret."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from collections.abc import Callable

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

import microcred as mc
from microcred.key_material import KINDS as KINDS_OF_KEYS
from microcred.key_material import KeyType
from microcred.signers import KMSSigner, PKCS11Signer, base
from tests.signers.services import KINDS

ORDERS = base._ORDERS
KEYS = {kind: mc.SigningKey.generate(kind) for kind in KINDS}  # type: ignore[arg-type]
each_curve = pytest.mark.parametrize("kind", ["P-256", "P-384", "P-521"])
each_kind = pytest.mark.parametrize("kind", KINDS)


class Elsewhere(base.RemoteSigner):
    """A signer that gives back what it is told to."""

    def __init__(self, key: mc.PublicKey, answer: bytes) -> None:
        super().__init__(key)
        self.answer = answer

    def _sign(self, data: bytes) -> bytes:
        assert data == b"data"
        return self.answer

    def _close(self) -> None:
        pass


def code_of(error: pytest.ExceptionInfo[mc.SigningError]) -> str:
    return error.value.code


# The check


@each_kind
def test_a_signature_that_verifies_is_handed_out(kind: str) -> None:
    key = KEYS[kind]
    signature = key.sign(b"data")
    assert Elsewhere(key.public_key, signature).sign(b"data") == signature


@each_kind
def test_a_signature_of_other_data_or_another_key_is_not(kind: str) -> None:
    key, other = KEYS[kind], mc.SigningKey.generate(kind)  # type: ignore[arg-type]
    for answer in (key.sign(b"other"), other.sign(b"data"), key.sign(b"data")[:-1], key.sign(b"data") + b"\0", b""):
        with pytest.raises(mc.SigningError) as error:
            Elsewhere(key.public_key, answer).sign(b"data")
        assert code_of(error) == "SIGNER_ANSWER_INVALID"


@each_kind
@given(answer=st.binary(max_size=600))
def test_whatever_comes_back_is_refused_in_our_words(kind: str, answer: bytes) -> None:
    with pytest.raises(mc.SigningError) as error:
        Elsewhere(KEYS[kind].public_key, answer).sign(b"data")
    assert code_of(error) == "SIGNER_ANSWER_INVALID"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")
def test_a_signer_is_not_used_in_a_process_that_was_forked_from_its_own() -> None:
    code = """
import os
import microcred as mc
from tests.signers.test_base import KEYS, Elsewhere
signer = Elsewhere(KEYS["Ed25519"].public_key, KEYS["Ed25519"].sign(b"data"))
child = os.fork()
if child:
    assert signer.sign(b"data")
    raise SystemExit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
try:
    signer.sign(b"data")
except mc.SigningError as error:
    os._exit(0 if error.code == "UNSUPPORTED" else 1)
os._exit(2)
"""
    run_python(code)


# ECDSA out of DER


@each_curve
def test_the_order_of_a_curve_is_where_its_private_keys_end(kind: KeyType) -> None:
    curve = KINDS_OF_KEYS[kind].curve
    assert curve is not None
    ec.derive_private_key(ORDERS[kind] - 1, curve)
    with pytest.raises(ValueError):  # noqa: PT011 - the words are those of OpenSSL
        ec.derive_private_key(ORDERS[kind], curve)


@each_curve
@given(data=st.data())
def test_numbers_in_range_come_out_at_their_length(kind: KeyType, data: st.DataObject) -> None:
    numbers = st.integers(1, ORDERS[kind] - 1) | st.integers(1, 2**16)
    r, s = data.draw(numbers), data.draw(numbers)
    raw = base.raw_ecdsa(encode_dss_signature(r, s), kind)
    half = len(raw) // 2
    assert half == {"P-256": 32, "P-384": 48, "P-521": 66}[kind]
    assert (int.from_bytes(raw[:half]), int.from_bytes(raw[half:])) == (r, s)


@each_curve
@pytest.mark.parametrize("bad", [0, "order", "above"])
@pytest.mark.parametrize("first", [True, False])
def test_numbers_out_of_range_are_refused(kind: KeyType, bad: int | str, first: bool) -> None:
    number = bad if isinstance(bad, int) else ORDERS[kind] if bad == "order" else 2 ** (ORDERS[kind].bit_length() + 8)
    der = encode_dss_signature(number, 1) if first else encode_dss_signature(1, number)
    with pytest.raises(mc.SigningError) as error:
        base.raw_ecdsa(der, kind)
    assert code_of(error) == "SIGNER_ANSWER_INVALID"


@pytest.mark.parametrize(
    "der",
    [
        "",
        "3006020101020101ff",  # something behind it
        "300702020001020101",  # a number that is not in its shortest form
        "30060201ff020101",  # a negative number
        "308106020101020101",  # a length that is not in its shortest form
        "3080020101020101",  # a length that is not known
        "3003020101",  # one number
        "3009020101020101020101",  # three
        "3106020101020101",  # a set
    ],
)
def test_der_has_one_form(der: str) -> None:
    with pytest.raises(mc.SigningError) as error:
        base.raw_ecdsa(bytes.fromhex(der), "P-256")
    assert code_of(error) == "SIGNER_ANSWER_INVALID"


@given(st.binary(max_size=200))
def test_other_bytes_are_refused_in_our_words(der: bytes) -> None:
    try:
        assert len(base.raw_ecdsa(der, "P-256")) == 64
    except mc.SigningError as error:
        assert error.code == "SIGNER_ANSWER_INVALID"


# Public keys in DER


@each_kind
def test_a_public_key_in_der(kind: str) -> None:
    public = KEYS[kind].public_key
    der = mc.PublicKey.from_pem(public.to_pem())._key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    assert base.public_key_of_der(der) == public


def test_a_public_key_that_is_none_or_of_another_kind() -> None:
    other = ec.generate_private_key(ec.SECP256K1()).public_key()
    for der in (b"", b"0", other.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)):
        with pytest.raises(mc.InvalidKeyError):
            base.public_key_of_der(der)


# Secrets


def test_a_secret_is_text_or_comes_from_a_function() -> None:
    assert base.Secret("1234", "PIN").reveal() == "1234"
    values = iter(["first", "second"])
    secret = base.Secret(lambda: next(values), "token")
    assert [secret.reveal(), secret.reveal()] == ["first", "second"]


def test_a_secret_is_never_shown() -> None:
    secret = base.Secret("hidden-1234", "PIN")
    assert "hidden" not in f"{secret} {secret!r} {[secret]}"
    with pytest.raises(TypeError):
        pickle.dumps(secret)


@pytest.mark.parametrize("value", ["", "hidden\n", " hidden", "hid\0den", "hid\r\nX-Evil: 1"])
def test_a_secret_that_cannot_be_one_is_refused_without_showing_it(value: str) -> None:
    with pytest.raises(ValueError, match="PIN") as error:
        base.Secret(value, "PIN")
    with pytest.raises(ValueError, match="PIN"):
        base.Secret(lambda: value, "PIN").reveal()
    assert "hid" not in str(error.value)


def test_a_secret_that_is_no_text() -> None:
    for value in (None, 1234, b"1234"):
        with pytest.raises(TypeError, match="PIN"):
            base.Secret(value, "PIN")  # type: ignore[arg-type]


# What is loaded when


def run_python(code: str) -> str:
    """Run code in a fresh interpreter."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_clients_are_loaded_when_a_signer_is_made() -> None:
    code = """
import sys
from microcred.signers import KMSSigner, PKCS11Signer, VaultSigner
print({"boto3", "botocore", "pkcs11", "httpx", "pydantic"} & set(sys.modules))
"""
    assert run_python(code) == "set()\n"


def test_a_missing_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("boto3", "boto3.session", "botocore", "botocore.exceptions", "pkcs11"):
        monkeypatch.setitem(sys.modules, name, None)
    calls: dict[str, Callable[[], object]] = {
        "microcred[aws]": lambda: KMSSigner("alias/badges"),
        "microcred[pkcs11]": lambda: PKCS11Signer("lib.so", pin="1234", token_label="t", key_label="k"),
    }
    for extra, call in calls.items():
        with pytest.raises(mc.SigningError) as error:
            call()
        assert code_of(error) == "UNSUPPORTED"
        assert extra in str(error.value)
