"""Keys in SoftHSM."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

import microcred as mc
from microcred.encoding import multibase_decode
from microcred.signers import PKCS11Signer
from microcred.signers.pkcs11 import _CURVES, public_key_of_point
from tests.signers.services import KINDS, PIN, SoftHSM, install_softhsm, make_tokens
from tests.signers.test_base import code_of, run_python


class PINs:
    """A function that returns PINs, and counts."""

    def __init__(self, *pins: str) -> None:
        self.pins, self.calls = pins, 0

    def __call__(self) -> str:
        self.calls += 1
        return self.pins[min(self.calls, len(self.pins)) - 1]


def restart(softhsm: SoftHSM) -> None:
    """End all sessions, as a module does that restarts."""
    import pkcs11

    pkcs11.lib(softhsm.module).reinitialize()


def refused(**arguments: Any) -> mc.SigningError:
    """Return the error of a signer that cannot be made."""
    with pytest.raises(mc.SigningError) as error:
        PKCS11Signer(**arguments)
    assert PIN not in f"{error.value!r} {error.value.__cause__!r} {error.value.__context__!r}"
    return error.value


# Which token, which key


def test_a_token_is_named_by_label_serial_number_or_slot(softhsm: SoftHSM) -> None:
    import pkcs11

    token = pkcs11.lib(softhsm.module).get_token(token_label="microcred")
    names: list[dict[str, Any]] = [
        {"token_label": "microcred"},
        {"token_serial": token.serial.decode()},
        {"slot": token.slot.slot_id},
        {"token_label": "microcred", "token_serial": token.serial.decode(), "slot": token.slot.slot_id},
    ]
    for name in names:
        with PKCS11Signer(Path(softhsm.module), pin=PIN, key_label="P-256", **name) as signer:
            assert signer.sign(b"data")


def test_a_key_is_named_by_label_or_id(softhsm: SoftHSM) -> None:
    with (
        PKCS11Signer(**softhsm.name, key_label="P-256") as one,
        PKCS11Signer(**softhsm.name, key_id=b"P-256") as other,
        PKCS11Signer(**softhsm.name, key_label="P-256", key_id=b"P-256") as third,
    ):
        assert one.public_key == other.public_key == third.public_key


def test_tokens_and_keys_that_are_not_there(softhsm: SoftHSM) -> None:
    name = softhsm.name
    for change in ({"token_label": "nothing"}, {"token_serial": "nothing"}, {"slot": 1}):
        assert refused(**{**name, **change}, key_label="P-256").code == "SIGNER_UNAVAILABLE"
    for key in ({"key_label": "nothing"}, {"key_id": b"nothing"}, {"key_label": "P-256", "key_id": b"P-384"}):
        assert refused(**name, **key).code == "SIGNER_REFUSED"


def test_names_that_fit_several(softhsm: SoftHSM) -> None:
    assert refused(**{**softhsm.name, "token_label": "same"}, key_label="P-256").code == "SIGNER_REFUSED"
    assert refused(**softhsm.name, key_label="twice").code == "SIGNER_REFUSED"
    with PKCS11Signer(**softhsm.name, key_label="twice", key_id=b"twice-2") as signer:
        assert signer.sign(b"data")


def test_a_token_or_a_key_that_is_not_named() -> None:
    with pytest.raises(ValueError, match="token"):
        PKCS11Signer("lib.so", pin=PIN, key_label="key")
    with pytest.raises(ValueError, match="key"):
        PKCS11Signer("lib.so", pin=PIN, token_label="token")


def test_a_library_that_is_none(softhsm: SoftHSM, tmp_path: Path) -> None:
    (tmp_path / "text.so").write_text("text")
    for path in (tmp_path / "nothing.so", tmp_path / "text.so"):
        assert refused(**{**softhsm.name, "module": path}, key_label="P-256").code == "SIGNER_UNAVAILABLE"


# Which public key


def test_a_key_without_id_is_found_by_its_label(softhsm: SoftHSM) -> None:
    with PKCS11Signer(**softhsm.name, key_label="without id") as signer:
        assert signer.sign(b"data")


def test_a_public_key_that_is_not_on_the_token_can_be_given(softhsm: SoftHSM) -> None:
    assert refused(**softhsm.name, key_label="without public key").code == "SIGNER_REFUSED"
    # Whether it is the right one shows at the first signature.
    wrong = mc.SigningKey.generate("P-256").public_key
    with PKCS11Signer(**softhsm.name, key_label="without public key", public_key=wrong) as signer:
        with pytest.raises(mc.SigningError) as error:
            signer.sign(b"data")
        assert code_of(error) == "SIGNER_ANSWER_INVALID"
    with PKCS11Signer(**softhsm.name, key_label="P-256") as named:
        right = named.public_key
    with PKCS11Signer(**softhsm.name, key_label="P-256", public_key=right) as signer:
        assert signer.sign(b"data")


def test_a_public_key_of_another_pair_is_noticed(softhsm: SoftHSM) -> None:
    with PKCS11Signer(**softhsm.name, key_label="of two pairs") as signer:
        with pytest.raises(mc.SigningError) as error:
            signer.sign(b"data")
        assert code_of(error) == "SIGNER_ANSWER_INVALID"


def test_a_curve_that_is_not_supported(softhsm: SoftHSM) -> None:
    with pytest.raises(mc.InvalidKeyError):
        PKCS11Signer(**softhsm.name, key_label="K-256")


def test_a_key_that_is_not_for_signing(softhsm: SoftHSM) -> None:
    assert refused(**softhsm.name, key_label="not for signing").code == "SIGNER_REFUSED"


def test_a_token_that_lacks_a_mechanism(tmp_path: Path) -> None:
    module = install_softhsm()
    configuration = make_tokens(
        tmp_path, "microcred", mechanisms="CKM_ECDSA,CKM_EC_KEY_PAIR_GEN,CKM_EC_EDWARDS_KEY_PAIR_GEN"
    )
    code = f"""
import pkcs11
import microcred as mc
from microcred.signers import PKCS11Signer
from tests.signers.conftest import make_pair
module, pin = {module!r}, {PIN!r}
with pkcs11.lib(module).get_token(token_label="microcred").open(rw=True, user_pin=pin) as session:
    make_pair(session, "Ed25519")
    make_pair(session, "P-256")
name = dict(module=module, pin=pin, token_label="microcred")
PKCS11Signer(**name, key_label="P-256").sign(b"data")
try:
    PKCS11Signer(**name, key_label="Ed25519")
except mc.SigningError as error:
    print(error.code)
"""
    environment = {**os.environ, "SOFTHSM2_CONF": str(configuration), "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("UNSUPPORTED\n", "")


# Sessions and PINs


def test_a_session_that_has_ended_is_opened_again(softhsm: SoftHSM) -> None:
    with (
        PKCS11Signer(**softhsm.name, key_label="P-256") as one,
        PKCS11Signer(**softhsm.name, key_label="Ed25519") as other,
    ):
        for _ in range(3):
            assert one.sign(b"data")
            assert other.sign(b"data")
            restart(softhsm)


def test_signers_share_a_token(softhsm: SoftHSM) -> None:
    one, other = (PKCS11Signer(**softhsm.name, key_label=kind) for kind in ("P-256", "Ed25519"))
    assert one.sign(b"data")
    assert other.sign(b"data")
    one.close()  # which logs out for the whole process
    assert other.sign(b"data")
    with PKCS11Signer(**softhsm.name, key_label="P-384") as third:
        assert other.sign(b"data")
        assert third.sign(b"data")
    assert other.sign(b"data")
    other.close()


def test_a_wrong_pin_is_tried_once(softhsm: SoftHSM) -> None:
    pins = PINs("wrong-PIN-98765")
    error = refused(**{**softhsm.name, "pin": pins}, key_label="P-256")
    assert (error.code, pins.calls) == ("SIGNER_REFUSED", 1)
    assert "98765" not in f"{error!r} {error.__cause__!r} {error.__context__!r}"


def test_a_pin_that_has_become_wrong_is_tried_once(softhsm: SoftHSM) -> None:
    pins = PINs(PIN, "wrong-PIN-98765")
    with PKCS11Signer(**{**softhsm.name, "pin": pins}, key_label="P-256") as signer:
        assert (bool(signer.sign(b"data")), pins.calls) == (True, 1)
        restart(softhsm)
        for _ in range(3):
            with pytest.raises(mc.SigningError) as error:
                signer.sign(b"data")
            assert code_of(error) == "SIGNER_REFUSED"
        assert pins.calls == 2


def test_a_key_that_wants_the_pin_each_time(softhsm: SoftHSM) -> None:
    pins = PINs(PIN)
    with PKCS11Signer(**{**softhsm.name, "pin": pins}, key_label="PIN each time") as signer:
        assert signer.sign(b"one")
        assert signer.sign(b"two")
        assert pins.calls == 3


def test_a_token_that_is_gone(softhsm: SoftHSM) -> None:
    with PKCS11Signer(**softhsm.name, key_label="P-256") as signer:
        tokens = softhsm.folder / "tokens"
        tokens.rename(softhsm.folder / "elsewhere")
        tokens.mkdir()
        try:
            restart(softhsm)
            with pytest.raises(mc.SigningError) as error:
                signer.sign(b"data")
            assert code_of(error) == "SIGNER_UNAVAILABLE"
        finally:
            tokens.rmdir()
            (softhsm.folder / "elsewhere").rename(tokens)
            restart(softhsm)
        assert signer.sign(b"data")


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")
def test_pkcs11_is_not_used_on_after_a_fork(softhsm: SoftHSM) -> None:
    code = f"""
import json, os
import microcred as mc
from microcred.signers import PKCS11Signer
name = dict(module={softhsm.module!r}, pin={PIN!r}, token_label="microcred", key_label="P-256")
signer = PKCS11Signer(**name)
reader, writer = os.pipe()
if not os.fork():
    codes = []
    for call in (lambda: signer.sign(b"data"), lambda: PKCS11Signer(**name)):
        try:
            call()
        except mc.SigningError as error:
            codes.append(error.code)
    signer.close()
    os.write(writer, json.dumps(codes).encode())
    os._exit(0)
os.wait()
assert signer.sign(b"data")
print(os.read(reader, 1000).decode())
"""
    assert json.loads(run_python(code)) == ["UNSUPPORTED", "UNSUPPORTED"]


# Public keys on curves


def parameters_of(kind: str) -> list[bytes]:
    return [parameters for parameters, name in _CURVES.items() if name == kind]


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "RSA"])
def test_points_come_in_an_octet_string_or_bare(kind: str) -> None:
    public = mc.SigningKey.generate(kind).public_key  # type: ignore[arg-type]
    if kind == "Ed25519":
        point = multibase_decode(public.multikey)[2:]
    else:
        point = public._key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    assert parameters_of(kind)
    for parameters in parameters_of(kind):
        for written in (point, (b"\x04\x81" if len(point) > 127 else b"\x04") + bytes([len(point)]) + point):
            assert public_key_of_point(parameters, written) == public


def test_a_bare_point_that_looks_like_an_octet_string() -> None:
    # 04, 3f: the start of a point whose x begins with 3f, and of an octet string of 63 bytes.
    while True:
        public = ec.generate_private_key(ec.SECP256R1()).public_key()
        point = public.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        if point[1] == 0x3F:
            break
    assert public_key_of_point(parameters_of("P-256")[0], point) == mc.PublicKey(public)


@given(st.sampled_from([*_CURVES, b""]) | st.binary(max_size=12), st.binary(max_size=140))
def test_other_bytes_are_no_key(parameters: bytes, point: bytes) -> None:
    with suppress(mc.InvalidKeyError):
        assert public_key_of_point(parameters, point).type == _CURVES[parameters]
