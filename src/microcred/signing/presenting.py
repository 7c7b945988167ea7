"""Show credentials: put them into a presentation, and sign it for one occasion (Data Model 2.0 §4.13)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import cast

from microcred import jsonld
from microcred.documents import Readable, is_v1, judge, parse, to_document
from microcred.errors import DocumentError, SigningError
from microcred.json import JSONObject, JSONValue
from microcred.jsonld.rdfc import TOO_COMPLEX
from microcred.keys import PublicKey
from microcred.limits import DEFAULT_LIMITS, Limits
from microcred.models import CREDENTIALS_V2, EnvelopedVerifiableCredential, Model, VerifiablePresentation, now
from microcred.protocols import Signer
from microcred.signing.binding import bind, said
from microcred.signing.cryptosuites import Cryptosuite
from microcred.signing.data_integrity import proofs_of, secure
from microcred.signing.envelopes import holder_id, is_presentation, seconds
from microcred.signing.jose import encode_jwt
from microcred.signing.preparing import Contexts, check_terms
from microcred.signing.reading import receive
from microcred.signing.selective import is_selective

__all__ = ["present", "present_jwt"]

Shown = Iterable[Readable] | VerifiablePresentation
_START = 64
# base64url of the headers of ecdsa-sd-2023 and bbs-2023 (Data Integrity ECDSA §3.5.2, BBS §3.3.1).
_BASE_PROOFS = ("u2V0A", "u2V0C")


def present(
    credentials: Shown,
    signer: Signer,
    *,
    challenge: str | None,
    domain: str | None,
    holder: str | None = None,
    verification_method: str | None = None,
    cryptosuite: Cryptosuite | None = None,
    created: datetime | str | None = None,
    options: Mapping[str, JSONValue] | None = None,
    contexts: Contexts | None = None,
    limits: Limits = DEFAULT_LIMITS,
) -> VerifiablePresentation:
    """Show credentials in a presentation with an embedded proof (Data Model 2.0 §4.13; VC Data Integrity 1.0 §2.1).

    Args:
        credentials: What the holder has: models, dicts, JSON text, JWTs, SD-JWTs (text) or COSE messages (bytes); or a
            ``VerifiablePresentation`` that is complete but for the proof.
        signer: The holder's key; the cryptosuite follows from its kind.
        challenge: What the verifier asked to answer; None if nothing.
        domain: The verifier for whom it is; None for anyone, who can then show it to others.
        holder: The holder's id; by default the did:key of the key, or the DID of ``verification_method``.
        verification_method: The URL of the key, when the holder is not the key's own did:key.
        cryptosuite: Another suite than the key's default.
        created: When the proof is made; now by default.
        options: Further members of the proof, such as ``expires`` or ``nonce``.
        contexts: Further JSON-LD context documents by URL, beside the pinned ones.
        limits: Bounds on the work.

    Returns:
        The signed presentation.

    Raises:
        DocumentError: A credential cannot be read, or the presentation breaks rules of the standard.
        SigningError: A member is defined by no context (with its pointer), the holder does not control the key, or the
            key could not be used.
        ValueError: ``challenge`` or ``domain`` is empty.
    """
    jsonld.check_contexts(contexts or {})
    occasion = _occasion(challenge, domain)
    document = _prepare(credentials, signer, holder, verification_method, limits)
    method = bind(holder_id(document) or "", signer, verification_method, "/holder")
    document = secure(
        document,
        signer,
        verification_method=method,
        cryptosuite=cryptosuite,
        created=created,
        proof_purpose="authentication",
        options={**(options or {}), **occasion},
        contexts=contexts,
        limits=limits,
    )
    return cast(VerifiablePresentation, parse(document, limits=limits))


def present_jwt(
    credentials: Shown,
    signer: Signer,
    *,
    challenge: str | None,
    domain: str | None,
    holder: str | None = None,
    verification_method: str | None = None,
    created: datetime | str | None = None,
    expires: datetime | str | None = None,
    contexts: Contexts | None = None,
    limits: Limits = DEFAULT_LIMITS,
) -> str:
    """Show credentials in a presentation that is a JWT (VC-JOSE-COSE §3.1.2).

    Args:
        credentials: As for ``present``.
        signer: The holder's key; the algorithm follows from its kind.
        challenge: What the verifier asked to answer, for the claim ``nonce``; None if nothing.
        domain: The verifier for whom it is, for the claim ``aud``; None for anyone, who can then show it to others.
        holder: The holder's id; by default the did:key of the key, or the DID of ``verification_method``.
        verification_method: The URL of the key, for the header's ``kid``, when it is not the key's own did:key.
        created: When it is made, for the claim ``iat``; now by default.
        expires: From when on it is not to be accepted, for the claim ``exp``; never by default.
        contexts: Further JSON-LD context documents by URL, beside the pinned ones.
        limits: Bounds on the work.

    Returns:
        The compact JWS.

    Raises:
        DocumentError: A credential cannot be read, or the presentation breaks rules of the standard.
        SigningError: A member is defined by no context (with its pointer), the holder does not control the key, or the
            key could not be used.
        ValueError: A time has no zone, or ``challenge`` or ``domain`` is empty.
    """
    jsonld.check_contexts(contexts or {})
    occasion = _occasion(challenge, domain)
    document = _prepare(credentials, signer, holder, verification_method, limits)
    if is_v1(document):
        raise SigningError("is of the Data Model 1.1; a presentation that is a JWT is of 2.0", "/@context/0")
    method = bind(holder_id(document) or "", signer, verification_method, "/holder")
    check_terms(document, contexts, limits)
    claims: JSONObject = {
        "aud": occasion.get("domain"),
        "nonce": occasion.get("challenge"),
        "iat": _seconds(now() if created is None else created),
        "exp": None if expires is None else _seconds(expires),
    }
    claims = {name: value for name, value in claims.items() if value is not None}
    return encode_jwt(document, signer, profile="vc-jose", kid=method, claims=claims)


def _prepare(credentials: Shown, signer: Signer, holder: str | None, method: str | None, limits: Limits) -> JSONObject:
    if isinstance(signer, PublicKey):
        raise TypeError("a public key cannot sign; give the SigningKey, or another Signer")
    if isinstance(credentials, VerifiablePresentation):
        document = to_document(credentials, limits)
    elif isinstance(credentials, str | bytes | Mapping | Model):
        raise TypeError("give the credentials in a list, even a single one")
    else:
        document = {"@context": [CREDENTIALS_V2], "type": ["VerifiablePresentation"]}
        shown = _all_held(credentials, limits)
        document |= {"verifiableCredential": shown} if shown else {}
    if "holder" not in document:
        page = (method or said(signer) or "").partition("#")[0]
        document["holder"] = holder or (page if page.startswith("did:") else signer.public_key.did)
    elif holder is not None and holder_id(document) != holder:
        raise SigningError("is not the holder that was given", "/holder")
    problems = judge(document, limits)
    if problems:
        raise DocumentError(problems)
    return document


def _all_held(credentials: Iterable[Readable], limits: Limits) -> list[JSONValue]:
    held: list[JSONValue] = []
    for index, credential in enumerate(credentials):
        where = f"/verifiableCredential/{index}"
        if index >= limits.max_credentials:
            raise DocumentError.at(where, f"is more than the {limits.max_credentials} that verifiers take", TOO_COMPLEX)
        try:
            held.append(_held(credential, limits))
        except DocumentError as error:
            raise error.below(where) from error
    return held


def _held(credential: Readable, limits: Limits) -> JSONObject:
    """Return a credential as a presentation holds it: an object, or the envelope of what is none."""
    received = receive(credential, limits)
    document = received.document
    if is_presentation(document):
        raise DocumentError.at("/type", "is a presentation; show the credentials that are in it")
    if received.envelope is None and not proofs_of(document):
        raise DocumentError.at("/proof", "is missing: what nobody signed, no verifier accepts")
    if received.envelope is None and any(map(_is_base, proofs_of(document))):
        raise DocumentError.at(
            "/proof", "is a base proof, with which others could show everything; use mc.derive first"
        )
    if received.envelope is not None and isinstance(credential, str | bytes) and not _is_json(credential):
        text = credential.decode() if isinstance(credential, bytes) and received.envelope.form != "cose" else credential
        return to_document(EnvelopedVerifiableCredential.of(text), limits)
    return to_document(credential, limits)


def _is_json(text: str | bytes) -> bool:
    start = text[:_START] if isinstance(text, str) else text[:_START].decode("utf-8-sig", "replace")
    return start.lstrip("\ufeff \t\r\n").startswith("{")


def _is_base(proof: JSONValue) -> bool:
    """Tell the proof that an issuer gives to the holder only, who derives others from it."""
    if not isinstance(proof, dict) or not is_selective(proof):
        return False
    return str(proof.get("proofValue")).startswith(_BASE_PROOFS)


def _occasion(challenge: str | None, domain: str | None) -> dict[str, str]:
    """Return what a presentation is for; what nobody asked for is left out."""
    given = {name: value for name, value in (("challenge", challenge), ("domain", domain)) if value is not None}
    for name, value in given.items():
        if not value:
            raise ValueError(f"{name} is empty; say None if nobody asked for one")
    return given


def _seconds(moment: datetime | str) -> int:
    text = moment if isinstance(moment, str) else moment.isoformat()
    number = seconds(text)
    if number is None:
        raise ValueError("a time needs a zone, such as the Z in 2026-05-01T09:30:00Z")
    return number
