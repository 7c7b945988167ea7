"""A key in AWS Key Management Service: GetPublicKey once, then Sign.

https://docs.aws.amazon.com/kms/latest/APIReference/API_Sign.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Protocol, TypeAlias, cast

from microcred.errors import InvalidKeyError, SigningError
from microcred.key_material import KINDS, KeyType
from microcred.keys import PublicKey
from microcred.signers.base import (
    ANSWER_INVALID,
    REFUSED,
    UNAVAILABLE,
    UNSUPPORTED,
    RemoteSigner,
    digest,
    missing_extra,
    public_key_of_der,
    raw_ecdsa,
)

__all__ = ["KMSSigner"]

_ALGORITHMS: dict[KeyType, str] = {
    "Ed25519": "ED25519_SHA_512",
    "P-256": "ECDSA_SHA_256",
    "P-384": "ECDSA_SHA_384",
    "P-521": "ECDSA_SHA_512",
    "RSA": "RSASSA_PKCS1_V1_5_SHA_256",
}
_MAX_RAW_BYTES = 4096
_CONNECT_SECONDS, _READ_SECONDS, _ATTEMPTS = 5, 10, 3
_CODE = re.compile(r"[A-Za-z0-9._]{1,64}")

_Answer: TypeAlias = Mapping[str, object]


class _Client(Protocol):
    """What is used of a KMS client of boto3."""

    def get_public_key(self, *, KeyId: str) -> _Answer: ...  # noqa: N803

    def sign(self, *, KeyId: str, Message: bytes, MessageType: str, SigningAlgorithm: str) -> _Answer: ...  # noqa: N803

    def close(self) -> None: ...


class KMSSigner(RemoteSigner):
    """A key in AWS KMS (extra ``aws``). It satisfies ``Signer``; threads may share it.

    The key specs are ECC_NIST_EDWARDS25519, ECC_NIST_P256, _P384 and _P521, and RSA_2048 to _4096, for SIGN_VERIFY.
    Only hashes leave this process, save with Ed25519, which signs the message itself: there KMS takes 4,096 bytes at
    most. That is enough for embedded proofs, which sign 64 bytes.
    """

    def __init__(self, key_id: str, *, region: str | None = None, client: object | None = None) -> None:
        """Read the public key.

        Args:
            key_id: The id or ARN of the key, or the name or ARN of an alias. An alias is followed now, and not again:
                where it leads later does not change the key of this signer.
            region: The AWS region; by default that of the environment.
            client: A KMS client of boto3 that is yours to configure and to close; by default one is made with the
                credentials of the environment, short timeouts and boto3's own retries.

        Raises:
            SigningError: The key could not be read (SIGNER_UNAVAILABLE, SIGNER_REFUSED, SIGNER_ANSWER_INVALID), or
                boto3 is not installed (UNSUPPORTED).
            InvalidKeyError: The key is of a kind that is not supported, or is not for signing.
            ValueError: Both a region and a client are given.
        """
        if client is not None and region is not None:
            raise ValueError("a client has its region; give one of both")
        self._own_client = client is None
        self._client = cast(_Client, _make_client(region) if client is None else client)
        try:
            answer = _call(lambda: self._client.get_public_key(KeyId=key_id))
            self._key_id, public_key = _read_key(answer)
        except BaseException:
            self._close()
            raise
        super().__init__(public_key)

    @property
    def key_id(self) -> str:
        """The key as KMS names it: its ARN."""
        return self._key_id

    def _sign(self, data: bytes) -> bytes:
        kind = self.public_key.type
        raw = kind == "Ed25519"
        if raw and len(data) > _MAX_RAW_BYTES:
            raise SigningError(
                f"KMS signs at most {_MAX_RAW_BYTES} bytes with Ed25519, and this is longer; embed a proof instead of "
                "making a JWT, or use a P-256 key",
                code=UNSUPPORTED,
            )
        answer = _call(
            lambda: self._client.sign(
                KeyId=self._key_id,
                Message=data if raw else digest(data, kind),
                MessageType="RAW" if raw else "DIGEST",
                SigningAlgorithm=_ALGORITHMS[kind],
            )
        )
        signature = answer.get("Signature")
        if not isinstance(signature, bytes):
            raise _not_kms()
        return signature if KINDS[kind].curve is None else raw_ecdsa(signature, kind)

    def _close(self) -> None:
        if self._own_client:
            self._client.close()


def _make_client(region: str | None) -> object:
    try:
        from boto3.session import Session
        from botocore.config import Config
        from botocore.exceptions import BotoCoreError
    except ImportError:
        raise missing_extra("KMSSigner", "aws") from None
    config = Config(
        connect_timeout=_CONNECT_SECONDS,
        read_timeout=_READ_SECONDS,
        retries={"mode": "standard", "total_max_attempts": _ATTEMPTS},
    )
    try:
        # The default session is not made for threads.
        return Session(region_name=region).client("kms", config=config)
    except (BotoCoreError, ValueError) as error:
        problem = _problem(type(error).__name__, REFUSED)
    raise problem


def _read_key(answer: _Answer) -> tuple[str, PublicKey]:
    key_id, der, algorithms = answer.get("KeyId"), answer.get("PublicKey"), answer.get("SigningAlgorithms")
    if not isinstance(key_id, str) or not isinstance(der, bytes):
        raise _not_kms()
    public_key = public_key_of_der(der)
    if not isinstance(algorithms, list) or _ALGORITHMS[public_key.type] not in algorithms:
        raise InvalidKeyError("the key in KMS is not for signing (KeyUsage SIGN_VERIFY)")
    return key_id, public_key


def _call(request: Callable[[], _Answer]) -> _Answer:
    """Do a request; an error of AWS can quote the request, so that only its code is told."""
    try:
        from botocore.exceptions import BotoCoreError, ClientError, ConnectionError, HTTPClientError  # noqa: A004
    except ImportError:
        raise missing_extra("KMSSigner", "aws") from None
    try:
        return request()
    except ClientError as error:
        code = str(error.response.get("Error", {}).get("Code"))
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode")
        later = "Throttl" in code or not isinstance(status, int) or status == 429 or status >= 500
        problem = _problem(code if _CODE.fullmatch(code) else "an unknown error", UNAVAILABLE if later else REFUSED)
    except (ConnectionError, HTTPClientError) as error:
        problem = _problem(type(error).__name__, UNAVAILABLE)
    except BotoCoreError as error:
        problem = _problem(type(error).__name__, REFUSED)
    except Exception:  # noqa: BLE001 - boto3 trips over answers that are not of AWS, in many ways
        problem = _not_kms()
    raise problem


def _problem(what: str, code: str) -> SigningError:
    if code == UNAVAILABLE:
        return SigningError(f"AWS KMS did not answer the request ({what}); try again later", code=code)
    return SigningError(
        f"AWS KMS refuses ({what}); check the region, the credentials, the key and its policy, which must allow "
        "kms:GetPublicKey and kms:Sign",
        code=code,
    )


def _not_kms() -> SigningError:
    return SigningError("what answers is not AWS KMS; check the endpoint", code=ANSWER_INVALID)
