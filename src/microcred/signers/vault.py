"""A key in the Transit engine of HashiCorp Vault or OpenBao: one version of it, for good.

https://openbao.org/api-docs/secret/transit/ and https://developer.hashicorp.com/vault/api-docs/secret/transit
"""

from __future__ import annotations

import base64
import re
import ssl
import time
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

from microcred.encoding import base64url_decode
from microcred.errors import DocumentError, InvalidKeyError, SigningError
from microcred.json import JSONObject, loads_object
from microcred.key_material import KeyType, load_public
from microcred.keys import PublicKey
from microcred.limits import DEFAULT_LIMITS
from microcred.signers.base import ANSWER_INVALID, REFUSED, UNAVAILABLE, RemoteSigner, Secret, digest

if TYPE_CHECKING:
    import httpx

__all__ = ["VaultSigner"]

_TYPES: dict[str, KeyType] = {
    "ed25519": "Ed25519",
    "ecdsa-p256": "P-256",
    "ecdsa-p384": "P-384",
    "ecdsa-p521": "P-521",
    "rsa-2048": "RSA",
    "rsa-3072": "RSA",
    "rsa-4096": "RSA",
}
# How each kind signs; Ed25519 hashes twice, and so needs the message itself.
_OPTIONS: dict[KeyType, JSONObject] = {
    "Ed25519": {},
    "P-256": {"prehashed": True, "hash_algorithm": "sha2-256", "marshaling_algorithm": "jws"},
    "P-384": {"prehashed": True, "hash_algorithm": "sha2-384", "marshaling_algorithm": "jws"},
    "P-521": {"prehashed": True, "hash_algorithm": "sha2-512", "marshaling_algorithm": "jws"},
    "RSA": {"prehashed": True, "hash_algorithm": "sha2-256", "signature_algorithm": "pkcs1v15"},
}
_NAME = re.compile(r"[A-Za-z0-9_]([A-Za-z0-9_.-]*[A-Za-z0-9_])?")
_HOST = re.compile(r"[A-Za-z0-9._:\[\]-]+")
_LOOPBACK = ("localhost", "127.0.0.1", "::1")
# What is worth another try: a replica that lags behind (412), a quota (429), a server that starts or is sealed.
_AGAIN = frozenset([None, 412, 429, 500, 502, 503, 504])
_WAIT_SECONDS, _MAX_WAIT_SECONDS = 0.25, 2.0
_MAX_BYTES = DEFAULT_LIMITS.max_document_bytes


class _Answer(NamedTuple):
    status: int | None
    """The HTTP status, or None when there was no answer."""
    content: bytes = b""
    wait: float = _WAIT_SECONDS
    """Seconds to wait before another try."""


class VaultSigner(RemoteSigner):
    """A key in Vault's or OpenBao's Transit engine. It satisfies ``Signer``; threads may share it.

    The types are ed25519, ecdsa-p256, -p384 and -p521, and rsa-2048 to -4096. Only hashes leave this process, save with
    ed25519, which signs the message itself. A failure that may pass is tried once more.
    """

    def __init__(
        self,
        address: str,
        key: str,
        *,
        token: str | Callable[[], str],
        mount: str = "transit",
        key_version: int | None = None,
        namespace: str | None = None,
        tls: ssl.SSLContext | None = None,
        timeout: timedelta = timedelta(seconds=10),
        allow_http: bool = False,
    ) -> None:
        """Read the public key.

        Args:
            address: The server, such as ``https://vault.example.edu:8200``.
            key: The name of the key.
            token: Needs ``read`` on ``<mount>/keys/<key>`` and ``update`` on ``<mount>/sign/<key>``. A function is
                called for each request, and so may follow a token that is renewed.
            mount: Where the engine is mounted.
            key_version: The version that signs; by default the latest. It is fixed now: rotating the key does not
                change the key of this signer.
            namespace: The namespace, if the server has them.
            tls: Whom to trust, such as ``ssl.create_default_context(cafile="ca.pem")``; by default public authorities.
            timeout: How long to wait for a connection, and then for the answer, in each try.
            allow_http: Send the token without encryption; without it, only to this machine itself.

        Raises:
            SigningError: The key could not be read (SIGNER_UNAVAILABLE, SIGNER_REFUSED, SIGNER_ANSWER_INVALID).
            InvalidKeyError: The key is of a type that is not supported.
            ValueError: An address, name, version or timeout that cannot be one, or an http address.
        """
        if key_version is not None and key_version < 1:
            raise ValueError("versions of a key start with 1")
        if timeout <= timedelta(0):
            raise ValueError("the timeout must be longer than nothing")
        if not _NAME.fullmatch(key):
            raise ValueError("the name of the key has letters, digits, “_”, “.” and “-” only")
        base = _base_url(address, mount, allow_http=allow_http)
        self._key = key
        self._token = Secret(token, "token")
        self._headers = {b"X-Vault-Request": b"true", b"Accept-Encoding": b"identity"}
        if namespace is not None:
            self._headers[b"X-Vault-Namespace"] = _names(namespace, "namespace").encode()
        self._timeout = timeout.total_seconds()
        self._client = _make_client(base, tls, self._timeout)
        try:
            self._version, public_key = _read_key(self._ask(f"keys/{self._key}"), key_version)
        except BaseException:
            self._client.close()
            raise
        super().__init__(public_key)

    @property
    def key_version(self) -> int:
        """The version of the key that signs."""
        return self._version

    def _sign(self, data: bytes) -> bytes:
        kind = self.public_key.type
        options = _OPTIONS[kind]
        message = digest(data, kind) if options else data
        answer = self._ask(
            f"sign/{self._key}",
            {"input": base64.b64encode(message).decode(), "key_version": self._version, **options},
        )
        # vault:v<version>:<base64>; Vault names itself so, and OpenBao does, too.
        text, prefix = answer.get("signature"), f"vault:v{self._version}:"
        if not isinstance(text, str) or not text.startswith(prefix):
            raise _not_vault()
        try:
            encoded = text.removeprefix(prefix)
            if "marshaling_algorithm" in options:
                return base64url_decode(encoded)
            return base64.b64decode(encoded, validate=True)
        except ValueError:
            raise _not_vault() from None

    def _close(self) -> None:
        self._client.close()

    def _ask(self, path: str, body: JSONObject | None = None) -> JSONObject:
        """Return the ``data`` of an answer; ask once more where that may help, as to sign twice harms nobody."""
        answer = self._send(path, body)
        if answer.status in _AGAIN:
            time.sleep(answer.wait)
            answer = self._send(path, body)
        if answer.status != 200:
            raise _problem(answer.status)
        try:
            data = loads_object(answer.content).get("data")
        except DocumentError:
            raise _not_vault() from None
        if not isinstance(data, dict):
            raise _not_vault()
        return data

    def _send(self, path: str, body: JSONObject | None) -> _Answer:
        """Do one request; what httpx raises holds the request, and so the token, and is not passed on."""
        import httpx

        deadline = time.monotonic() + self._timeout
        content = bytearray()
        try:
            with self._client.stream(
                "GET" if body is None else "POST",
                path,
                json=body,
                headers={**self._headers, b"X-Vault-Token": self._token.reveal().encode()},
            ) as response:
                for chunk in response.iter_raw():
                    content += chunk
                    if len(content) > _MAX_BYTES:
                        raise _not_vault()
                    if time.monotonic() > deadline:
                        return _Answer(None)
                return _Answer(response.status_code, bytes(content), _wait(response.headers.get("Retry-After", "")))
        except httpx.HTTPError:
            return _Answer(None)


def _wait(text: str) -> float:
    """Return how long to wait: what the server asks for, in whole seconds, within bounds."""
    return min(float(text), _MAX_WAIT_SECONDS) if re.fullmatch(r"[0-9]{1,9}", text) else _WAIT_SECONDS


def _base_url(address: str, mount: str, *, allow_http: bool) -> str:
    parts = urlsplit(address)
    if parts.scheme not in ("https", "http") or not parts.hostname or not _HOST.fullmatch(parts.netloc):
        raise ValueError("the address of the server must be an https URL without a user name")
    if parts.port == 0 or parts.query or parts.fragment:
        raise ValueError("the address of the server must have a port from 1 to 65535, no query and no fragment")
    if parts.scheme == "http" and parts.hostname not in _LOOPBACK and not allow_http:
        raise ValueError("an http address sends the token without encryption; use https, or say allow_http=True")
    return f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/')}/v1/{_names(mount, 'mount')}"


def _names(path: str, what: str) -> str:
    parts = path.strip("/").split("/")
    if not all(_NAME.fullmatch(part) for part in parts):
        raise ValueError(f"the {what} has letters, digits, “_”, “.” and “-” only, and “/” between its parts")
    return "/".join(parts)


def _make_client(base: str, tls: ssl.SSLContext | None, timeout: float) -> httpx.Client:
    import httpx

    try:
        return httpx.Client(
            base_url=base,
            verify=True if tls is None else tls,
            timeout=timeout,
            follow_redirects=False,
            # A proxy of the environment must not see a token that is not encrypted.
            trust_env=base.startswith("https://"),
        )
    except (httpx.InvalidURL, ImportError):
        raise ValueError("the address of the server, or the proxy of the environment, cannot be used") from None


def _read_key(data: JSONObject, wanted: int | None) -> tuple[int, PublicKey]:
    """Return the version that signs, and its public key, of what is told about a key."""
    kind = _TYPES.get(str(data.get("type")))
    if kind is None or data.get("derived") is not False:
        raise InvalidKeyError("not a key of a supported type (ed25519, ecdsa, rsa), or a derived one")
    latest, keys = data.get("latest_version"), data.get("keys")
    if not isinstance(latest, int) or not isinstance(keys, dict):
        raise _not_vault()
    version = latest if wanted is None else wanted
    entry = keys.get(str(version))
    if entry is None:
        raise SigningError(f"the key has no version {version}, or it was archived", code=REFUSED)
    text = entry.get("public_key") if isinstance(entry, dict) else None
    if not isinstance(text, str):
        raise _not_vault()
    public_key = _read_public_key(text, kind)
    if public_key.type != kind:
        raise _not_vault()
    return version, public_key


def _read_public_key(text: str, kind: KeyType) -> PublicKey:
    if kind != "Ed25519":
        return PublicKey.from_pem(text)
    try:
        return PublicKey(load_public(kind, base64.b64decode(text, validate=True)))
    except ValueError:
        raise _not_vault() from None


def _problem(status: int | None) -> SigningError:
    if status is None:
        problem = "does not answer; check the address, the network, and that its certificate is trusted (tls=…)"
    elif status in (400, 403, 404, 405):
        problem = (
            f"refuses ({status}); check the token and its policy, the mount, the namespace, the name of the key, and "
            "that the version is not below min_encryption_version"
        )
    elif 300 <= status < 400:
        problem = f"redirects ({status}), which is not followed, to keep the token; give the address of the active node"
    elif status in _AGAIN:
        problem = f"cannot sign now ({status}): it is busy, sealed or failing; try again later"
    else:
        problem = f"answers with the HTTP status {status}; check the address"
    return SigningError(f"Vault {problem}", code=UNAVAILABLE if status in _AGAIN else REFUSED)


def _not_vault() -> SigningError:
    return SigningError("what answers is not the Transit engine of Vault; check the address", code=ANSWER_INVALID)
