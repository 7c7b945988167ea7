"""Show credentials: put them into a presentation, and sign it for one occasion (Data Model 2.0 §4.13)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import cast

from microcred import jsonld
from microcred.documents import Readable, judge, parse, to_document
from microcred.errors import DocumentError, SigningError
from microcred.json import JSONObject, JSONValue
from microcred.limits import DEFAULT_LIMITS, Limits
from microcred.models import CREDENTIALS_V2, EnvelopedVerifiableCredential, VerifiablePresentation, now
from microcred.protocols import Signer
from microcred.signing.binding import bind
from microcred.signing.cryptosuites import Cryptosuite
from microcred.signing.data_integrity import secure
from microcred.signing.envelopes import holder_id, seconds
from microcred.signing.jose import encode_jwt
from microcred.signing.preparing import Contexts, check_terms
from microcred.signing.reading import receive

__all__ = ["present", "present_jwt"]

Shown = Iterable[Readable] | VerifiablePresentation


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
    """
    jsonld.check_contexts(contexts or {})
    document = _prepare(credentials, signer, holder, verification_method, limits)
    method = bind(holder_id(document) or "", signer.public_key, verification_method, "/holder")
    occasion = {"challenge": challenge, "domain": domain}
    document = secure(
        document,
        signer,
        verification_method=method,
        cryptosuite=cryptosuite,
        created=created,
        proof_purpose="authentication",
        options={**(options or {}), **{name: value for name, value in occasion.items() if value is not None}},
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
        ValueError: A time has no zone.
    """
    jsonld.check_contexts(contexts or {})
    document = _prepare(credentials, signer, holder, verification_method, limits)
    method = bind(holder_id(document) or "", signer.public_key, verification_method, "/holder")
    check_terms(document, contexts, limits)
    claims: JSONObject = {
        "aud": domain,
        "nonce": challenge,
        "iat": _seconds(now() if created is None else created),
        "exp": None if expires is None else _seconds(expires),
    }
    claims = {name: value for name, value in claims.items() if value is not None}
    return encode_jwt(document, signer, profile="vc-jose", kid=method, claims=claims)


def _prepare(credentials: Shown, signer: Signer, holder: str | None, method: str | None, limits: Limits) -> JSONObject:
    if isinstance(credentials, VerifiablePresentation):
        document = to_document(credentials, limits)
    elif isinstance(credentials, str | bytes | Mapping):
        raise TypeError("give the credentials in a list, even a single one")
    else:
        document = {"@context": [CREDENTIALS_V2], "type": ["VerifiablePresentation"]}
        shown: Sequence[JSONValue] = [_held(each, limits) for each in credentials]
        document |= {"verifiableCredential": list(shown)} if shown else {}
    if "holder" not in document:
        page = (method or "").partition("#")[0]
        document["holder"] = holder or (page if page.startswith("did:") else signer.public_key.did)
    elif holder is not None and holder_id(document) != holder:
        raise SigningError("is not the holder that was given", "/holder")
    problems = judge(document, limits)
    if problems:
        raise DocumentError(problems)
    return document


def _held(credential: Readable, limits: Limits) -> JSONObject:
    """Return a credential as a presentation holds it: an object, or the envelope of what is none."""
    received = receive(credential, limits)
    if received.envelope is not None and isinstance(credential, str | bytes):
        text = credential.decode() if isinstance(credential, bytes) and received.envelope.form != "cose" else credential
        return to_document(EnvelopedVerifiableCredential.of(text), limits)
    return to_document(credential, limits)


def _seconds(moment: datetime | str) -> int:
    text = moment if isinstance(moment, str) else moment.isoformat()
    number = seconds(text)
    if number is None:
        raise ValueError("a time needs a zone, such as the Z in 2026-05-01T09:30:00Z")
    return number
