"""SD-JWTs: credentials of which the holder shows parts. RFC 9901; SD-JWT VC (draft 19); VC-JOSE-COSE §3.2.

The issuer hands the holder an SD-JWT with all its Disclosures. The holder presents some of them, and may bind the
presentation to one verifier with a key of their own. This is the level of proofs: a given key; it judges neither trust
nor dates nor status, and fetches nothing, so that ``vct#integrity`` is held against nothing.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from microcred.errors import DocumentError, ProofError, SigningError
from microcred.json import JSONObject, loads_object, pointer
from microcred.keys import PublicKey
from microcred.limits import DEFAULT_LIMITS, Limits
from microcred.models import CREDENTIALS_V2, now
from microcred.protocols import Signer
from microcred.signing._disclosures import Disclosure, digest_of, disclose, hash_of, hides
from microcred.signing._key_binding import (
    KeyBinding,
    check_key_binding,
    confirmation_key,
    decode_key_binding,
    make_key_binding,
)
from microcred.signing._sd_jwt_issuing import (
    SD_CLAIMS,
    VC_CLAIMS,
    SDProfile,
    default_disclosable_pointers,
    encode_sd_jwt,
)
from microcred.signing._selective_parts import Selection
from microcred.signing.envelopes import Envelope, contexts_of, is_presentation, media_type, split_jwt, verify_envelope

__all__ = [
    "SDJWT",
    "Disclosure",
    "KeyBinding",
    "SDProfile",
    "check_holder",
    "decode_sd_jwt",
    "default_disclosable_pointers",
    "encode_sd_jwt",
    "looks_like_sd_jwt",
    "present_sd_jwt",
    "verify_key_binding",
    "verify_sd_jwt",
]

_VC = "dc+sd-jwt"
# What is shown always, by the header's typ: what changes the meaning of the rest.
_SHOWN = {
    _VC: VC_CLAIMS | {"@context"},
    **dict.fromkeys(
        ("vc+sd-jwt", "vp+sd-jwt", "vc+ld+json+sd-jwt", "vp+ld+json+sd-jwt"),
        frozenset(["@context"]),
    ),
}


# The unprotected headers of JWS JSON Serialization (RFC 9901 §8.1).
_OF_FIRST = frozenset(["disclosures", "kb_jwt"])


@dataclass(frozen=True, slots=True)
class SDJWT:
    """An SD-JWT taken apart and processed, not yet verified."""

    envelope: Envelope
    """The JWT of the issuer, with the processed payload divided into document and claims; untrusted."""
    disclosures: tuple[Disclosure, ...]
    """The Disclosures that came along, in their order."""
    key_binding: KeyBinding | None
    """The Key Binding JWT of the holder, if there is one; whether there must be one is for the verifier to know."""
    hash_algorithm: str
    """The name of the algorithm of all digests."""
    text: str = field(repr=False)
    """The SD-JWT in compact form, without the Key Binding JWT, which has a digest of it."""

    @property
    def confirmation(self) -> PublicKey | None:
        """The key of the holder that the issuer names (``cnf``), if any.

        Raises:
            ProofError: UNSUPPORTED: it is named in another way than as a JWK of a supported kind.
                MALFORMED_VALUE_ERROR: the claim is none.
        """
        claims = self.envelope.claims
        return confirmation_key(claims["cnf"]) if "cnf" in claims else None


def looks_like_sd_jwt(text: str) -> bool:
    """Tell a compact SD-JWT from a JWT and from JSON text: base64url of ``{"`` in front, and a tilde."""
    return text.startswith("ey") and "~" in text


# Reading


def decode_sd_jwt(text: str | bytes, limits: Limits = DEFAULT_LIMITS) -> SDJWT:
    """Take an SD-JWT apart and process its Disclosures, without verifying a signature (RFC 9901 §7.1).

    Args:
        text: ``<JWT>~<Disclosure>~…~``, perhaps with a Key Binding JWT behind, or the same in JWS JSON Serialization
            (§8), of whose signatures the first counts; untrusted. White space around it is ignored.
        limits: Bounds on size, depth and number of values, of the processed payload too.

    Raises:
        DocumentError: PARSING_ERROR: not an SD-JWT. MALFORMED_VALUE_ERROR with a pointer: it breaks the rules of the
            format, or of what the header's ``typ`` says it is. UNSUPPORTED: another hash algorithm.
        ProofError: PROOF_VERIFICATION_ERROR: a Disclosure is not among what the issuer signed, or comes twice.
    """
    if len(text) > limits.max_document_bytes:
        raise DocumentError.at("", f"the SD-JWT is larger than {limits.max_document_bytes:,} bytes", "PARSING_ERROR")
    plain = (text.decode("ascii", "replace") if isinstance(text, bytes) else text).strip()
    if plain.startswith("{"):
        plain = _compact(loads_object(plain, limits))
    # (1) the parts
    jwt, tilde, rest = plain.partition("~")
    if not tilde or not plain.isascii() or "~~" in plain:
        hint = "a tilde stands behind the JWT and behind each Disclosure, and nothing else than ASCII between"
        raise DocumentError.at("", f"not an SD-JWT: {hint}", "PARSING_ERROR")
    *texts, last = rest.split("~")
    header, payload, signature, signed = split_jwt(jwt, limits)
    key_binding = decode_key_binding(last, limits) if last else None
    algorithm = hash_of(payload)
    shown = _SHOWN.get(_kind(header), frozenset[str]())
    for name in shown & payload.keys():
        if hides(payload[name]):
            raise DocumentError.at(pointer(name), "must be shown as a whole, and holds digests")
    # (3) to (5) the Disclosures
    disclosures = disclose(payload, texts, limits)
    for name in shown & {each.path[0] for each in disclosures}:
        raise DocumentError.at(pointer(name), "must stand in the payload, and not in a Disclosure")
    _check_kind(header, payload)
    envelope = Envelope("sd-jwt", header, *_divide(payload), signature, signed)
    return SDJWT(envelope, disclosures, key_binding, algorithm, plain.removesuffix(last))


def _compact(jws: JSONObject) -> str:
    """Return the compact form of an SD-JWT in JWS JSON Serialization (RFC 9901 §8.1)."""
    several = jws.get("signatures", [jws])
    if not isinstance(several, list) or not several or {"signature", "signatures"} <= jws.keys():
        raise DocumentError.at("/signatures", "must be a list of signatures, with none beside it", "PARSING_ERROR")
    first, *others = several
    # §8.3
    for each in others:
        header = each.get("header") if isinstance(each, dict) else None
        if isinstance(header, dict) and not _OF_FIRST.isdisjoint(header):
            raise DocumentError.at("/signatures", "has Disclosures elsewhere than beside the first signature")
    members = first if isinstance(first, dict) else {}
    header = members.get("header", {})
    unprotected = header if isinstance(header, dict) else {}
    disclosures = unprotected.get("disclosures", [])
    jwt = [members.get("protected"), jws.get("payload"), members.get("signature")]
    parts = [*jwt, *(disclosures if isinstance(disclosures, list) else [None]), unprotected.get("kb_jwt", "")]
    texts = [part for part in parts if isinstance(part, str) and "~" not in part]
    if len(texts) != len(parts):
        raise DocumentError.at("", "not an SD-JWT: a part of the JWS is missing or not text", "PARSING_ERROR")
    return "~".join([".".join(texts[:3]), *texts[3:]])


def _kind(header: JSONObject) -> str:
    # VC-JOSE-COSE §3.2.1 only recommends the typ; an SD-JWT VC must have its own (SD-JWT VC §2.2.1).
    return media_type(header) if "typ" in header else "vc+sd-jwt"


def _check_kind(header: JSONObject, payload: JSONObject) -> None:
    """Check what the header's ``typ`` promises of the processed payload."""
    kind = _kind(header)
    if kind == _VC:
        # SD-JWT VC §2.2.2.1. That nobody else uses the name is for the issuer to see to.
        vct = payload.get("vct")
        if not isinstance(vct, str) or not vct:
            raise DocumentError.at("/vct", "is missing, or not text: an SD-JWT VC names its type")
    elif kind in _SHOWN:
        for name in ("vc", "vp"):
            if name in payload:
                raise DocumentError.at(pointer(name), "is of the Data Model 1.1; one of 2.0 is the payload itself")
        if CREDENTIALS_V2 not in contexts_of(payload):
            text = f"is not of the Data Model 2.0; an SD-JWT VC that is something else has the typ {_VC}"
            raise DocumentError.at("/@context", text)


def _divide(payload: JSONObject) -> tuple[JSONObject, JSONObject]:
    """Tell the document from the claims."""
    # What a presentation answers to is no member of it.
    names = SD_CLAIMS | {"nonce"} if is_presentation(payload) else SD_CLAIMS
    claims = {name: value for name, value in payload.items() if name in names}
    return {name: value for name, value in payload.items() if name not in names}, claims


# Verifying


def verify_sd_jwt(sd_jwt: SDJWT | str | bytes, key: PublicKey, *, limits: Limits = DEFAULT_LIMITS) -> SDJWT:
    """Check an SD-JWT with the key of its issuer (RFC 9901 §7.1 without step 6, the dates).

    Args:
        sd_jwt: As ``decode_sd_jwt`` takes or gives it; untrusted.
        key: The public key of the issuer; whose it is, is the caller's concern.
        limits: Bounds on size, depth and number of values.

    Returns:
        The SD-JWT taken apart; what its ``envelope`` has as document and claims is what was disclosed.

    Raises:
        DocumentError: It cannot be read, as with ``decode_sd_jwt``.
        ProofError: It does not hold, or its ``typ`` is not one of a credential or presentation.
    """
    decoded = sd_jwt if isinstance(sd_jwt, SDJWT) else decode_sd_jwt(sd_jwt, limits)
    # (2.a), (2.b) the signature
    verify_envelope(decoded.envelope, key)
    return decoded


def check_holder(
    sd_jwt: SDJWT, *, challenge: str | None, domain: str | None, at: datetime, clock_skew: timedelta
) -> PublicKey:
    """Check a Key Binding JWT as a verifier of presentations does, for whom None accepts any challenge or domain."""
    payload = {} if sd_jwt.key_binding is None else sd_jwt.key_binding.payload
    # What the holder wrote is taken where the caller asked for nothing.
    audience = domain if domain is not None else str(payload.get("aud"))
    nonce = challenge if challenge is not None else str(payload.get("nonce"))
    return verify_key_binding(sd_jwt, audience=audience, nonce=nonce, at=at, clock_skew=clock_skew)


def verify_key_binding(
    sd_jwt: SDJWT,
    *,
    audience: str,
    nonce: str,
    at: datetime,
    max_age: timedelta = timedelta(minutes=5),
    clock_skew: timedelta = timedelta(seconds=60),
) -> PublicKey:
    """Check that whoever presents an SD-JWT holds the key that the issuer names in it (RFC 9901 §7.3 steps 2 and 5).

    Whether this is asked for must not depend on whether a Key Binding JWT came along. The answer is worth as much as
    the issuer's signature: check that too, with ``verify_sd_jwt`` or a verifier.

    Args:
        sd_jwt: What was presented.
        audience: The verifier, by the name that the holder was given.
        nonce: What the holder was asked to sign, fresh for each presentation.
        at: The time of judgement, with a zone.
        max_age: How long ago the Key Binding JWT may have been made.
        clock_skew: How far the holder's clock may be off.

    Returns:
        The key of the holder.

    Raises:
        ProofError: It does not hold: INVALID_CHALLENGE_ERROR for another nonce, INVALID_DOMAIN_ERROR for another
            audience, EXPIRED, NOT_YET_VALID, CRYPTOGRAPHIC_SECURITY_ERROR, MALFORMED_VALUE_ERROR, UNSUPPORTED for a
            key that is named in another way than as a JWK, PROOF_VERIFICATION_ERROR for the rest.
        ValueError: ``at`` has no zone.
    """
    if at.utcoffset() is None:
        raise ValueError("at needs a time zone, such as datetime.now(timezone.utc)")
    # (2) it is there
    if sd_jwt.key_binding is None:
        raise ProofError("there is no Key Binding JWT: anybody who saw the credential could have presented it")
    # (5.a) the key of the holder
    key = sd_jwt.confirmation
    if key is None:
        raise ProofError(
            "the issuer names no key of the holder (cnf), so that nothing binds the credential", pointer="/cnf"
        )
    check_key_binding(
        sd_jwt.key_binding,
        key,
        audience=audience,
        nonce=nonce,
        sd_hash=digest_of(sd_jwt.text, sd_jwt.hash_algorithm),
        at=at,
        max_age=max_age,
        clock_skew=clock_skew,
    )
    return key


# Presenting


def present_sd_jwt(
    text: str | bytes,
    pointers: Collection[str],
    *,
    holder: Signer | None = None,
    audience: str | None = None,
    nonce: str | None = None,
    issued_at: datetime | None = None,
    limits: Limits = DEFAULT_LIMITS,
) -> str:
    """Make a presentation that shows parts of an SD-JWT (RFC 9901 §7.2); check it with ``verify_sd_jwt`` once, before.

    Args:
        text: What the issuer handed out.
        pointers: JSON Pointers to what is shown beside what always is; ``""`` is everything, and ``/evidence`` is all
            that is in it. What is around it comes along, without what else can be withheld there.
        holder: The holder's key, to bind the presentation to a verifier.
        audience: The verifier, by the name that it gave; with ``holder`` only.
        nonce: What the verifier wants to see signed; with ``holder`` only.
        issued_at: When the presentation is made; now by default.
        limits: Bounds on size, depth and number of values.

    Returns:
        The presentation in compact form, with a Key Binding JWT if ``holder`` was given.

    Raises:
        DocumentError: It cannot be read, as with ``decode_sd_jwt``.
        ProofError: A Disclosure is not among what the issuer signed.
        SigningError: A pointer selects nothing (with the pointer), ``holder`` is not the key that the issuer names, or
            what is to be presented has a Key Binding JWT already.
        ValueError: ``holder``, ``audience`` and ``nonce`` do not come together, or ``issued_at`` has no zone.
    """
    if isinstance(pointers, str):
        raise TypeError("give the JSON Pointers in a list, even a single one")
    if len({holder is None, audience is None, nonce is None}) > 1:
        raise ValueError("holder, audience and nonce come together, or not at all")
    moment = now() if issued_at is None else issued_at
    if moment.utcoffset() is None:
        raise ValueError("issued_at needs a time zone, such as datetime.now(timezone.utc)")
    sd_jwt = decode_sd_jwt(text, limits)
    if sd_jwt.key_binding is not None:
        raise SigningError("this is a presentation already; present what the issuer handed out")
    # (1), (2): what is around something comes along, so that each Disclosure has its digest.
    selection = Selection.of({**sd_jwt.envelope.document, **sd_jwt.envelope.claims}, pointers)
    chosen = [each.text for each in sd_jwt.disclosures if _is_selected(each, selection)]
    # (3), (4) the SD-JWT
    presentation = "~".join([sd_jwt.text.partition("~")[0], *chosen, ""])
    if holder is None or audience is None or nonce is None:
        return presentation
    # (5) the Key Binding JWT
    _check_holder(sd_jwt, holder.public_key)
    sd_hash = digest_of(presentation, sd_jwt.hash_algorithm)
    return presentation + make_key_binding(holder, audience=audience, nonce=nonce, issued_at=moment, sd_hash=sd_hash)


def _is_selected(disclosure: Disclosure, selection: Selection) -> bool:
    """Tell whether something is in what is selected, or around it."""
    for name in disclosure.path:
        if selection.whole:
            return True
        if name not in selection.parts:
            return False
        selection = selection.parts[name]
    return True


def _check_holder(sd_jwt: SDJWT, key: PublicKey) -> None:
    try:
        named = sd_jwt.confirmation
    except ProofError as error:
        raise SigningError(error.reason, error.pointer, error.code) from None
    if named != key:
        raise SigningError("is not the key that was given: the issuer bound this to another one, or to none", "/cnf")
