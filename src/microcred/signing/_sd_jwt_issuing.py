"""Issuing an SD-JWT: what may be hidden, and which claims stand beside the document. RFC 9901 §4; SD-JWT VC §2.2."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Literal, TypeAlias, cast

from microcred.documents import issuer_id, to_document
from microcred.encoding import base64url_encode
from microcred.errors import SigningError
from microcred.json import JSONObject, JSONValue, copy, pointer
from microcred.keys import PublicKey
from microcred.limits import DEFAULT_LIMITS, Limits
from microcred.models import CREDENTIALS_V2, Model
from microcred.protocols import Signer
from microcred.signing._disclosures import HASH, conceal, new_salt, reserved_name
from microcred.signing._selective_parts import Selection
from microcred.signing.envelopes import CLAIMS, contexts_of, is_presentation, jwt_part, seconds

__all__ = ["SD_CLAIMS", "VC_CLAIMS", "SDProfile", "default_disclosable_pointers", "encode_sd_jwt"]

SDProfile: TypeAlias = Literal["vc-jose", "sd-jwt-vc"]
"""``vc-jose``: VC-JOSE-COSE, ``typ: vc+sd-jwt`` or ``vp+sd-jwt``. ``sd-jwt-vc``: SD-JWT VC, ``typ: dc+sd-jwt``."""
VC_CLAIMS = frozenset(["iss", "nbf", "exp", "cnf", "vct", "vct#integrity", "aka_vcts", "status"])
"""Claims that an SD-JWT VC always shows, with all that is in them (SD-JWT VC §2.2.2.3)."""
SD_CLAIMS = CLAIMS | VC_CLAIMS
"""Claims that an SD-JWT has beside the document, and that are not part of it."""

# What nobody may hide: what the rest means, who says it, until when, whether it was revoked, and on what terms.
# RFC 9901 §9.7 and VC-JOSE-COSE §3.2.1 name most of it.
_SHOWN = VC_CLAIMS | {
    *("aud", "@context", "type", "issuer", "validFrom", "validUntil", "issuanceDate", "expirationDate"),
    *("credentialStatus", "credentialSchema", "relatedResource", "termsOfUse"),
}


def default_disclosable_pointers(document: Mapping[str, JSONValue]) -> list[str]:
    """Return JSON Pointers to what the holder of an Open Badge may keep to themselves.

    These are the evidence, and of each subject all that is about the person and their work: identifiers, name, image,
    narrative, results, role, dates and the like. Each can be shown by itself, and so can each element of a list.
    Whatever is shown, an Open Badge is left: the achievement stays, and so does the subject's ``id`` or, where there
    is none, the ``identifier``. In other credentials nothing is hidden.

    Args:
        document: A credential.
    """
    subjects = document.get("credentialSubject")
    several = isinstance(subjects, list)
    pointers: list[str] = []
    is_badge = False
    for index, subject in enumerate(subjects if isinstance(subjects, list) else [subjects]):
        if not isinstance(subject, dict) or not isinstance(subject.get("achievement"), dict):
            continue
        is_badge = True
        here = pointer("credentialSubject", *([index] if several else []))
        kept = {"@context", "type", "achievement", "id" if "id" in subject else "identifier"}
        for name, value in subject.items():
            pointers += [] if name in kept else _with_elements(here + pointer(name), value)
    if is_badge and "evidence" in document:
        pointers += _with_elements("/evidence", document["evidence"])
    return pointers


def _with_elements(where: str, value: JSONValue) -> list[str]:
    size = len(value) if isinstance(value, list) else 0
    return [where, *(where + pointer(index) for index in range(size))]


def encode_sd_jwt(
    document: Model | Mapping[str, object],
    signer: Signer,
    *,
    profile: SDProfile = "vc-jose",
    vct: str | None = None,
    disclosable: Collection[str] | None = None,
    holder_key: PublicKey | None = None,
    kid: str | None = None,
    embed_key: bool | None = None,
    claims: Mapping[str, JSONValue] | None = None,
    decoys: int = 0,
    limits: Limits = DEFAULT_LIMITS,
    salt: Callable[[], str] = new_salt,
) -> str:
    """Sign a document as an SD-JWT, for its holder; judges neither members nor who has the key.

    Args:
        document: The credential or presentation. With ``sd-jwt-vc`` it may be any JSON object.
        signer: The issuer's key; its kind decides the algorithm.
        profile: ``vc-jose``: the payload is the document. ``sd-jwt-vc``: it has the claims ``vct``, ``iss``, and
            ``nbf`` and ``exp`` from the document's dates beside it.
        vct: For ``sd-jwt-vc``: the URI that names the type of the credential.
        disclosable: JSON Pointers to members and elements of the payload that the holder may withhold, be it one in
            another; ``default_disclosable_pointers`` if None.
        holder_key: The holder's key, with which presentations can be bound to a verifier (``cnf``).
        kid: The URL of the issuer's key.
        embed_key: Carry the public key as ``jwk``; by default when there is no ``kid``.
        claims: Further claims, such as ``iat``, ``sub`` or ``status``; they replace those of the profile.
        decoys: How many digests that stand for nothing are added wherever something is hidden, so that nobody can
            count what it is.
        limits: Bounds on the document.
        salt: Makes a fresh salt; leave it out but for test vectors.

    Returns:
        The SD-JWT with all Disclosures, for the holder only: ``<JWT>~<Disclosure>~…~``.

    Raises:
        DocumentError: The document is not plain JSON.
        SigningError: A pointer selects nothing, or what must not be hidden (with the pointer); a member has the name of
            a claim, or one that SD-JWT needs for itself; the key could not be used.
        ValueError: ``vct`` is missing or out of place, or ``decoys`` is negative.
    """
    _check_arguments(profile, vct, disclosable, decoys)
    members = to_document(document, limits)
    added = {**_claims(members, vct, holder_key), **cast(JSONObject, copy(dict(claims or {}), limits))}
    payload = _payload(members, added, profile)
    pointers = default_disclosable_pointers(members) if disclosable is None else list(disclosable)
    concealed, texts = conceal(payload, _selection(payload, pointers), decoys=decoys, salt=salt)
    # §4.1.1: stated, though it is what is meant without.
    concealed["_sd_alg"] = HASH
    signed = f"{jwt_part(_header(members, signer.public_key, profile, kid, embed_key))}.{jwt_part(concealed)}"
    return "~".join([f"{signed}.{base64url_encode(signer.sign(signed.encode()))}", *texts, ""])


def _check_arguments(profile: SDProfile, vct: str | None, disclosable: Collection[str] | None, decoys: int) -> None:
    if profile not in ("vc-jose", "sd-jwt-vc"):
        raise ValueError('profile must be "vc-jose" or "sd-jwt-vc"')
    if (vct is None) != (profile == "vc-jose"):
        raise ValueError('profile="sd-jwt-vc" needs vct, the URI of a type of credentials; the other profile has none')
    if vct is not None and vct.split() != [vct]:
        raise ValueError("vct must be a URI or another name that nobody else uses, without spaces")
    if isinstance(disclosable, str):
        raise TypeError("give the JSON Pointers in a list, even a single one")
    if decoys < 0:
        raise ValueError("decoys must not be negative")


def _payload(document: JSONObject, added: JSONObject, profile: SDProfile) -> JSONObject:
    """Put a document and its claims together; refuse names that others would take for something else."""
    if profile == "vc-jose" and CREDENTIALS_V2 not in contexts_of(document):
        raise SigningError('is not of the Data Model 2.0; for other things there is profile="sd-jwt-vc"', "/@context")
    for name in document:
        if name in SD_CLAIMS or name in added:
            raise SigningError("is the name of a claim; give it as one, in claims", pointer(name))
    payload = {**document, **added}
    reserved = reserved_name(payload)
    if reserved is not None:
        raise SigningError("is a name that SD-JWT needs for itself", reserved)
    return payload


def _header(
    document: JSONObject, key: PublicKey, profile: SDProfile, kid: str | None, embed_key: bool | None
) -> JSONObject:
    header: JSONObject = {"alg": key.algorithm}
    # VC-JOSE-COSE §3.2.1 and §3.2.2; SD-JWT VC §2.2.1
    kind = "vp" if is_presentation(document) else "vc"
    header |= {"typ": "dc+sd-jwt"} if profile == "sd-jwt-vc" else {"typ": f"{kind}+sd-jwt", "cty": kind}
    header |= {} if kid is None else {"kid": kid}
    return header | ({"jwk": key.to_jwk()} if embed_key or (embed_key is None and kid is None) else {})


def _claims(document: JSONObject, vct: str | None, holder_key: PublicKey | None) -> JSONObject:
    """Return the claims of a profile that have a value; none of them would name a person who may be withheld."""
    claims: JSONObject = {}
    if vct is not None:
        claims = {"vct": vct, "iss": issuer_id(document)}
        for name, member in (("nbf", "validFrom"), ("exp", "validUntil")):
            claims[name] = seconds(document.get(member))
            if claims[name] is None and document.get(member) is not None:
                text = (
                    f"is not a date and time with a zone, and those who know SD-JWT VC only look for the claim {name}"
                )
                raise SigningError(text, pointer(member))
    if holder_key is not None:
        # §4.1.2; RFC 7800 §3.2
        claims["cnf"] = {"jwk": holder_key.to_jwk()}
    return {name: value for name, value in claims.items() if value is not None}


def _selection(payload: JSONObject, pointers: list[str]) -> Selection:
    """Read JSON Pointers to what may be hidden."""
    selection = Selection.of(payload, pointers)
    for each in pointers:
        names = each.split("/")[1:]
        if not names:
            raise SigningError("cannot be hidden as a whole", each)
        # A context in an object inside says what that means, and SD-JWT VC §2.2.2.3 speaks of all that is in a claim.
        if names[0] in _SHOWN or "@context" in names:
            raise SigningError("must not be hidden: without it, nobody could judge the credential", each)
    return selection
