"""Issuers for the suites: what ``mc.sign`` and its siblings do, and the Data Model 1.1, which they rightly refuse."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol, cast

import microcred as mc
from conformance.w3c.documents import CONTEXTS, DATA_INTEGRITY
from microcred.documents import is_v1, judge
from microcred.errors import DocumentError, StatusListError
from microcred.json import JSONObject, JSONValue, dumps, loads_object
from microcred.server.bodies import Members
from microcred.server.issuing import StatusChange
from microcred.server.work import Workers
from microcred.signing import (
    ECDSA_JCS_2019,
    ECDSA_RDFC_2019,
    EDDSA_JCS_2022,
    EDDSA_RDFC_2022,
    Cryptosuite,
    add_proof,
    selective,
)
from microcred.signing.envelopes import contexts_of

__all__ = ["Issuer", "derived", "issuers", "status_list"]


class _Securing(Protocol):
    def secure(self, credential: JSONObject, options: JSONObject) -> JSONObject: ...


@dataclass(frozen=True, slots=True)
class _Embedded:
    """Secures with an embedded proof."""

    key: mc.SigningKey
    suite: Cryptosuite

    def secure(self, credential: JSONObject, options: JSONObject) -> JSONObject:
        if not is_v1(credential):
            return mc.sign(credential, self.key, cryptosuite=self.suite, contexts=CONTEXTS)
        document, method = _judged_v1(credential), self.key.verification_method
        return add_proof(document, self.key, verification_method=method, cryptosuite=self.suite, contexts=CONTEXTS)


@dataclass(frozen=True, slots=True)
class _Selective:
    """Secures with a base proof: ecdsa-sd-2023 or bbs-2023, as the key is."""

    key: mc.SigningKey

    def secure(self, credential: JSONObject, options: JSONObject) -> JSONObject:
        pointers = Members(options, "/options").texts("mandatoryPointers")
        if not is_v1(credential):
            return mc.sign_selective(credential, self.key, mandatory_pointers=pointers, contexts=CONTEXTS)
        document, method = _judged_v1(credential), self.key.verification_method
        return selective.add_base_proof(
            document, self.key, verification_method=method, mandatory_pointers=pointers, contexts=CONTEXTS
        )


@dataclass(frozen=True, slots=True)
class _Enveloped:
    """Secures as a JWT, which stands in an object."""

    key: mc.SigningKey

    def secure(self, credential: JSONObject, options: JSONObject) -> JSONObject:
        token = mc.sign_jwt(credential, self.key, profile="vc-jose", contexts=CONTEXTS)
        return cast(JSONObject, mc.EnvelopedVerifiableCredential.of(token).model_dump())


@dataclass(frozen=True, slots=True)
class _Listed:
    """Gives each credential a status before it is secured."""

    by: _Securing
    key: mc.SigningKey
    registry: mc.StatusRegistry

    def secure(self, credential: JSONObject, options: JSONObject) -> JSONObject:
        entry = self.registry.assign(f"urn:uuid:{uuid.uuid4()}")
        self.registry.publish(self.key.did, self.key)
        # A test is left out for those who have no such reference.
        status: JSONObject = {**entry.model_dump(), "statusReference": [f"{entry.status_list_credential}/about"]}
        return self.by.secure({**credential, "credentialStatus": status}, options)


@dataclass(frozen=True, slots=True)
class Issuer:
    """Issues what is asked for, and remembers nothing; a ``server.issuing.Issuing``."""

    name: str
    by: _Securing
    workers: Workers

    async def issue(self, credential: JSONObject, options: JSONObject, key: str | None) -> bytes:
        return dumps(await self.workers.run(self.by.secure, credential, options)).encode()

    async def change_status(self, change: StatusChange, actor: str) -> None:
        raise StatusListError("no suite asks for it", "NOT_ASSIGNED")


def issuers(keys: Mapping[str, mc.SigningKey], registry: mc.StatusRegistry, workers: Workers) -> list[Issuer]:
    """Return the issuers by whose names the suites call them.

    Args:
        keys: By their kind.
        registry: Where credentials get statuses.
        workers: In whose threads is signed.
    """
    ed25519 = keys["Ed25519"]
    by: dict[str, _Securing] = {
        "vc2": _Embedded(ed25519, EDDSA_RDFC_2022),
        "envelope": _Enveloped(keys["P-256"]),
        "status": _Listed(_Embedded(ed25519, EDDSA_RDFC_2022), ed25519, registry),
        "eddsa-rdfc-2022": _Embedded(ed25519, EDDSA_RDFC_2022),
        "eddsa-jcs-2022": _Embedded(ed25519, EDDSA_JCS_2022),
        "ecdsa-sd-2023": _Selective(keys["P-256"]),
        "bbs-2023": _Selective(keys["BLS12-381"]),
    }
    for kind in ("P-256", "P-384"):
        by[f"ecdsa-rdfc-2019/{kind}"] = _Embedded(keys[kind], ECDSA_RDFC_2019)
        by[f"ecdsa-jcs-2019/{kind}"] = _Embedded(keys[kind], ECDSA_JCS_2019)
    return [Issuer(name, each, workers) for name, each in by.items()]


def derived(credential: JSONObject, options: JSONObject) -> JSONObject:
    """Return a part of a credential, as a holder shows it.

    Args:
        credential: What was secured for it; untrusted.
        options: ``selectivePointers`` say what is to be seen; untrusted.

    Raises:
        MicrocredError: There is no such part.
    """
    pointers = Members(options, "/options").texts("selectivePointers")
    if pointers is None:
        raise DocumentError.at("/options/selectivePointers", "is missing")
    return mc.derive(credential, pointers, contexts=CONTEXTS)


def status_list(key: mc.SigningKey, registry: mc.StatusRegistry, url: str) -> JSONObject:
    """Return a list as the registry publishes it, but for the issuer, which is text here.

    The suite says of an issuer that is an object that its id must be an object, too.

    Args:
        key: Of the issuer.
        registry: What publishes it.
        url: Of the list; untrusted.

    Raises:
        StatusListError: There is none.
    """
    document = loads_object(registry.published(url).content)
    return mc.sign({**{name: document[name] for name in document if name != "proof"}, "issuer": key.did}, key)


def _judged_v1(credential: JSONObject) -> JSONObject:
    """Return a credential of the Data Model 1.1 with the context in which the names of a proof are.

    Raises:
        DocumentError: It breaks rules of the standard.
    """
    contexts: list[JSONValue] = contexts_of(credential)
    document = {**credential, "@context": [*contexts, *([] if DATA_INTEGRITY in contexts else [DATA_INTEGRITY])]}
    problems = judge(document)
    if problems:
        raise DocumentError(problems)
    return document
