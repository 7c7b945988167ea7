"""Keys in OpenBao, whose Transit engine is that of Vault; and a server of the test for what goes wrong."""

from __future__ import annotations

import base64
import gzip
import logging
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta
from typing import Any

import pytest

import microcred as mc
from microcred.encoding import base64url_encode, multibase_decode
from microcred.signers import VaultSigner
from microcred.signers.vault import _wait
from tests.signers.services import TOKEN, OpenBao, Reply, Request, run_script
from tests.signers.test_base import KEYS, code_of


def refused(*arguments: Any, **options: Any) -> str:
    """Return the code of a signer that cannot be made."""
    with pytest.raises(mc.SigningError) as error:
        VaultSigner(*arguments, **{"token": TOKEN, **options})
    assert TOKEN not in f"{error.value!r} {error.value.__cause__!r} {error.value.__context__!r}"
    return code_of(error)


# With OpenBao


Make = Callable[..., VaultSigner]


@pytest.fixture
def make(openbao: OpenBao) -> Iterator[Make]:
    """Make a signer for a key in OpenBao; it is closed after the test."""
    with ExitStack() as stack:

        def make(key: str, **options: Any) -> VaultSigner:
            options = {"token": TOKEN, "tls": openbao.tls, **options}
            return stack.enter_context(VaultSigner(openbao.address, key, **options))

        yield make


def test_rotation_does_not_change_the_key_of_a_signer(openbao: OpenBao, make: Make) -> None:
    name = openbao.make_key("rotated", "ed25519")
    old = make(name)
    openbao.call("POST", f"transit/keys/{name}/rotate")
    new = make(name)
    assert (old.key_version, new.key_version) == (1, 2)
    assert old.public_key != new.public_key
    assert old.public_key.verifies(old.sign(b"data"), b"data")
    assert make(name, key_version=1).public_key == old.public_key


def test_versions_that_do_not_sign(openbao: OpenBao, make: Make) -> None:
    name = openbao.make_key("archived", "ecdsa-p256")
    old = make(name)
    openbao.call("POST", f"transit/keys/{name}/rotate")
    assert refused(openbao.address, name, tls=openbao.tls, key_version=3) == "SIGNER_REFUSED"
    openbao.call("POST", f"transit/keys/{name}/config", {"min_decryption_version": 2, "min_encryption_version": 2})
    assert refused(openbao.address, name, tls=openbao.tls, key_version=1) == "SIGNER_REFUSED"
    with pytest.raises(mc.SigningError):
        old.sign(b"data")
    with pytest.raises(ValueError, match="version"):
        make(name, key_version=0)


@pytest.mark.parametrize("kind", ["rsa-3072", "rsa-4096"])
def test_longer_rsa_keys(openbao: OpenBao, make: Make, kind: str) -> None:
    signer = make(openbao.make_key(kind, kind))
    assert signer.public_key.type == "RSA"
    assert signer.sign(b"data")


@pytest.mark.parametrize(
    ("kind", "options"),
    [("aes256-gcm96", {}), ("hmac", {"key_size": 32}), ("ed25519", {"derived": True})],
)
def test_keys_of_other_types(openbao: OpenBao, make: Make, kind: str, options: dict[str, object]) -> None:
    with pytest.raises(mc.InvalidKeyError):
        make(openbao.make_key(f"other-{kind}", kind, **options))


def test_what_is_not_there(openbao: OpenBao) -> None:
    assert refused(openbao.address, "nothing", tls=openbao.tls) == "SIGNER_REFUSED"
    assert refused(openbao.address, "ed25519", tls=openbao.tls, mount="nothing") == "SIGNER_REFUSED"
    assert refused(openbao.address, "ed25519", tls=openbao.tls, namespace="nothing") == "SIGNER_REFUSED"
    assert refused(openbao.address, "ed25519", tls=openbao.tls, token="wrong") == "SIGNER_REFUSED"


def test_a_mount_and_a_namespace(openbao: OpenBao, make: Make) -> None:
    openbao.call("POST", "sys/namespaces/school")
    inside = {"X-Vault-Namespace": "school"}
    openbao.call("POST", "sys/mounts/team/keys", {"type": "transit"}, **inside)
    openbao.call("POST", "team/keys/keys/badges", {"type": "ed25519"}, **inside)
    assert make("badges", mount="/team/keys/", namespace="school/").sign(b"data")


def test_the_permissions_that_a_token_needs(openbao: OpenBao, make: Make) -> None:
    read = 'path "transit/keys/ed25519" { capabilities = ["read"] }'
    sign = 'path "transit/sign/ed25519" { capabilities = ["update"] }'
    tokens = {}
    for name, policy in {"both": f"{read}\n{sign}", "read": read, "sign": sign}.items():
        openbao.call("POST", f"sys/policies/acl/{name}", {"policy": policy})
        tokens[name] = openbao.call("POST", "auth/token/create", {"policies": [name]})["auth"]["client_token"]
    assert make("ed25519", token=tokens["both"]).sign(b"data")
    assert refused(openbao.address, "ed25519", tls=openbao.tls, token=tokens["sign"]) == "SIGNER_REFUSED"
    with pytest.raises(mc.SigningError) as error:
        make("ed25519", token=tokens["read"]).sign(b"data")
    assert code_of(error) == "SIGNER_REFUSED"


def test_a_token_may_change(openbao: OpenBao, make: Make) -> None:
    def create() -> str:
        return str(openbao.call("POST", "auth/token/create", {"policies": ["root"]})["auth"]["client_token"])

    tokens = [create()]
    signer = make("ed25519", token=lambda: tokens[-1])
    assert signer.sign(b"data")
    openbao.call("POST", "auth/token/revoke", {"token": tokens[-1]})
    with pytest.raises(mc.SigningError) as error:
        signer.sign(b"data")
    assert code_of(error) == "SIGNER_REFUSED"
    tokens.append(create())
    assert signer.sign(b"data")


def test_a_certificate_is_verified(openbao: OpenBao) -> None:
    assert refused(openbao.address, "ed25519") == "SIGNER_UNAVAILABLE"


def test_the_token_is_not_logged(openbao: OpenBao, make: Make, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    make("ed25519").sign(b"data")
    assert refused(openbao.address, "nothing", tls=openbao.tls) == "SIGNER_REFUSED"
    assert caplog.text
    assert TOKEN not in caplog.text


# With a server of the test


def transit(kind: str = "Ed25519", **changes: object) -> Callable[[Request], Reply]:
    """Answer as the Transit engine does, with a key of ours; changes replace members of the data."""
    key, names = KEYS[kind], {"Ed25519": "ed25519", "P-256": "ecdsa-p256"}
    raw = base64.b64encode(multibase_decode(key.public_key.multikey)[2:]).decode()
    shown = raw if kind == "Ed25519" else key.public_key.to_pem().decode()

    def answer(request: Request) -> Reply:
        if request.method == "GET":
            data = {"type": names[kind], "derived": False, "latest_version": 1, "keys": {"1": {"public_key": shown}}}
        else:
            assert request.body["key_version"] == 1
            signature = key.sign(base64.b64decode(request.body["input"]))
            data = {"signature": "vault:v1:" + base64.b64encode(signature).decode(), "key_version": 1}
        return Reply(200, {"data": {**data, **changes}})

    return answer


def after(failures: list[Reply], answer: Callable[[Request], Reply]) -> Callable[[Request], Reply]:
    """Answer with some failures first."""
    waiting = iter(failures)
    return lambda request: next(waiting, None) or answer(request)


AT_ONCE = {"Retry-After": "0"}


@pytest.mark.parametrize("status", [412, 429, 500, 502, 503, 504])
def test_a_failure_that_may_pass_is_tried_once_more(status: int) -> None:
    failure = Reply(status, {"errors": []}, AT_ONCE)
    with run_script(after([failure], transit())) as script:
        with VaultSigner(script.url, "badges", token=TOKEN) as signer:
            assert len(script.requests) == 2
            assert signer.sign(b"data")
        script.answer = lambda _: failure
        assert refused(script.url, "badges") == "SIGNER_UNAVAILABLE"
        assert len(script.requests) == 5


def test_a_connection_that_breaks_is_tried_once_more() -> None:
    with run_script(after([Reply(None)], transit())) as script:
        with VaultSigner(script.url, "badges", token=TOKEN) as signer:
            assert signer.sign(b"data")
        script.answer = lambda _: Reply(None)
        assert refused(script.url, "badges") == "SIGNER_UNAVAILABLE"
        assert len(script.requests) == 5
        url = script.url
    assert refused(url, "badges") == "SIGNER_UNAVAILABLE"


@pytest.mark.parametrize("status", [201, 204, 400, 401, 403, 404, 405, 413])
def test_other_answers_are_taken_as_they_are(status: int) -> None:
    with run_script(lambda _: Reply(status, {"errors": [TOKEN]} if status != 204 else b"")) as script:
        assert refused(script.url, "badges") == "SIGNER_REFUSED"
        assert len(script.requests) == 1


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_does_not_get_the_token(status: int) -> None:
    with run_script(transit()) as elsewhere:
        target = f"{elsewhere.url}/v1/transit/keys/badges"
        with run_script(lambda _: Reply(status, b"", {"Location": target})) as script:
            assert refused(script.url, "badges") == "SIGNER_REFUSED"
        assert elsewhere.requests == []


def test_what_is_sent() -> None:
    with run_script(transit()) as script:
        with VaultSigner(script.url + "/behind/", "badges", token=TOKEN, mount="a/b", namespace="c/d") as signer:
            signer.sign(b"data")
        read, sign = script.requests
    assert (read.method, read.path) == ("GET", "/behind/v1/a/b/keys/badges")
    assert (sign.method, sign.path) == ("POST", "/behind/v1/a/b/sign/badges")
    for request in (read, sign):
        assert request.headers["x-vault-token"] == TOKEN
        assert request.headers["x-vault-namespace"] == "c/d"
    assert sign.body == {"input": base64.b64encode(b"data").decode(), "key_version": 1}


def test_only_a_hash_is_sent_for_other_keys() -> None:
    with run_script(transit("P-256")) as script:
        with VaultSigner(script.url, "badges", token=TOKEN) as signer, pytest.raises(mc.SigningError):
            signer.sign(bytes(100_000))
        body = script.requests[-1].body
    assert len(base64.b64decode(body.pop("input"))) == 32
    assert body == {
        "key_version": 1,
        "prehashed": True,
        "hash_algorithm": "sha2-256",
        "marshaling_algorithm": "jws",
    }


OTHER = mc.SigningKey.generate().sign(b"data")
RIGHT = base64.b64encode(KEYS["Ed25519"].sign(b"data")).decode()


@pytest.mark.parametrize(
    "signature",
    [
        None,
        7,
        "",
        "vault:v1:",
        "vault:v1:" + base64.b64encode(OTHER).decode(),
        "vault:v1:" + base64url_encode(KEYS["Ed25519"].sign(b"data")),
        "vault:v1:é",
        "vault:v2:" + RIGHT,
        "vault:v11:" + RIGHT,
        RIGHT,
    ],
)
def test_signatures_that_are_none(signature: object) -> None:
    with (
        run_script(transit(signature=signature)) as script,
        VaultSigner(script.url, "badges", token=TOKEN) as signer,
        pytest.raises(mc.SigningError) as error,
    ):
        signer.sign(b"data")
    assert code_of(error) == "SIGNER_ANSWER_INVALID"


@pytest.mark.parametrize("signature", ["vault:v1:" + base64.b64encode(OTHER).decode(), "vault:v1:AA==", "vault:v1:AB"])
def test_signatures_that_are_none_of_ecdsa(signature: str) -> None:
    with (
        run_script(transit("P-256", signature=signature)) as script,
        VaultSigner(script.url, "badges", token=TOKEN) as signer,
        pytest.raises(mc.SigningError) as error,
    ):
        signer.sign(b"data")
    assert code_of(error) == "SIGNER_ANSWER_INVALID"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>",
        b"\xff",
        b"[]",
        b"{}",
        b'{"data":[]}',
        b'{"data":{},"data":{}}',
        b"[" * 100_000,
        b'{"data":"' + b"x" * 5_000_000 + b'"}',
        gzip.compress(b'{"data":{}}'),
    ],
    ids=range(10),
)
def test_answers_that_are_not_those_of_vault(body: bytes) -> None:
    with run_script(lambda _: Reply(200, body)) as script:
        assert refused(script.url, "badges") == "SIGNER_ANSWER_INVALID"


@pytest.mark.parametrize(
    "change",
    [
        {"latest_version": "1"},
        {"keys": []},
        {"keys": {"1": 7}},
        {"keys": {"1": {"public_key": 7}}},
        {"keys": {"1": {"public_key": "é"}}},
        {"keys": {"1": {"public_key": ""}}},
        {"type": "rsa-2048"},
        {"type": None},
        {"derived": None},
    ],
)
@pytest.mark.parametrize("kind", ["Ed25519", "P-256"])
def test_public_keys_that_are_none(kind: str, change: dict[str, object]) -> None:
    with run_script(transit(kind, **change)) as script, pytest.raises((mc.SigningError, mc.InvalidKeyError)) as error:
        VaultSigner(script.url, "badges", token=TOKEN)
    assert not isinstance(error.value, mc.SigningError) or error.value.code == "SIGNER_ANSWER_INVALID"


@pytest.mark.parametrize("drips", [False, True])
def test_an_answer_that_does_not_end(drips: bool) -> None:
    reply = Reply(200, b"{", {"Content-Length": "999"}, drips)
    with run_script(lambda _: reply) as script:
        assert refused(script.url, "badges", timeout=timedelta(seconds=0.2)) == "SIGNER_UNAVAILABLE"


# Arguments


@pytest.mark.parametrize(
    "address",
    [
        "http://vault.example.edu:8200",
        "vault.example.edu",
        "https://",
        "https://user:password@vault.example.edu",
        "https://vault.example.edu/?a=b",
        "https://vault.example.edu/#a",
        "https://vault.example.edu:port",
        "https://vault.example.edu:99999",
        "https://vault.example.edu:0",
        "https://:8200",
        "https://vault example.edu",
        "https://[::1",
        "file:///etc/passwd",
        "",
    ],
)
def test_addresses_that_cannot_be_one(address: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011
        VaultSigner(address, "badges", token=TOKEN)


@pytest.mark.parametrize("name", ["", ".", "..", "a/../b", "a b", "a?b", "a%2e", "é", "-a", "a\n"])
def test_names_that_cannot_be_one(name: str) -> None:
    every: list[dict[str, Any]] = [{"key": name}, {"key": "k", "mount": name}, {"key": "k", "namespace": name}]
    for arguments in every:
        with pytest.raises(ValueError, match="letters"):
            VaultSigner("https://localhost", token=TOKEN, **arguments)


def test_a_key_is_not_a_path_and_takes_time() -> None:
    with pytest.raises(ValueError, match="letters"):
        VaultSigner("https://localhost", "a/b", token=TOKEN)
    with pytest.raises(ValueError, match="timeout"):
        VaultSigner("https://localhost", "badges", token=TOKEN, timeout=timedelta(0))


def test_http_can_be_allowed() -> None:
    with run_script(transit()) as script:
        address = script.url.replace("127.0.0.1", "127.0.0.2")
        with pytest.raises(ValueError, match="http"):
            VaultSigner(address, "badges", token=TOKEN)
        assert script.requests == []
        # Allowed, it gets as far as the network, where nothing listens.
        assert refused(address, "badges", allow_http=True) == "SIGNER_UNAVAILABLE"


def test_a_proxy_does_not_see_a_token_in_the_clear(monkeypatch: pytest.MonkeyPatch) -> None:
    with run_script(transit()) as proxy, run_script(transit()) as script:
        for name in ("HTTP_PROXY", "ALL_PROXY", "http_proxy", "all_proxy"):
            monkeypatch.setenv(name, proxy.url)
        with VaultSigner(script.url, "badges", token=TOKEN) as signer:
            assert signer.sign(b"data")
        assert proxy.requests == []


@pytest.mark.parametrize(
    ("text", "seconds"), [("0", 0), ("1", 1), ("99999", 2), ("9" * 400, 0.25), ("-1", 0.25), ("٣", 0.25)]
)
def test_how_long_to_wait(text: str, seconds: float) -> None:
    assert _wait(text) == seconds
