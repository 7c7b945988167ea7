"""Entity statements: what an entity of a federation says of itself or of a subordinate (OpenID Federation 1.0 §3).

Each is a JWT. An entity configuration has the same issuer and subject; a subordinate statement has not.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urlencode

from microcred.errors import DocumentError, InvalidKeyError, ProofError
from microcred.json import JSONObject, JSONValue
from microcred.key_material import PRIVATE_MEMBERS
from microcred.keys import PublicKey
from microcred.limits import Limits
from microcred.signing.envelopes import algorithm_of, numeric_date, split_jwt
from microcred.verify.asking import is_plain

__all__ = ["ChainError", "Statement", "UntimelyError", "is_entity", "read_statement"]

# §3.1.2 and §3.1.3: claims that are of one kind of statement only.
_OF_CONFIGURATIONS: Final = (
    *("authority_hints", "trust_anchor_hints", "trust_marks", "trust_mark_issuers", "trust_mark_owners"),
)
_OF_SUBORDINATES: Final = ("metadata_policy", "metadata_policy_crit", "constraints", "source_endpoint")


class ChainError(Exception):
    """A statement, or the trust chain that it is of, does not hold."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


class UntimelyError(ChainError):
    """A statement is not valid at the time of judgement, so that nobody knows what would be said then."""


def is_entity(identifier: str) -> bool:
    """Tell whether an id can be that of an entity: an https URL without query and fragment (§1.2)."""
    return is_plain(identifier) and not {"?", "#"} & set(identifier)


@dataclass(frozen=True, slots=True)
class Statement:
    """An entity statement whose form and times are good; whether its signature is, depends on whose it should be."""

    header: JSONObject
    claims: JSONObject
    signature: bytes
    signed: bytes
    issuer: str
    """Who says it."""
    subject: str
    """Whom it is about."""
    keys: Mapping[str, JSONObject]
    """The claim ``jwks``: keys with which the subject signs its statements, by their ``kid``."""

    @property
    def metadata(self) -> dict[str, JSONObject]:
        """The claim ``metadata``: parameters by entity type."""
        return _object_of_objects(self.claims.get("metadata", {}))

    @property
    def authority_hints(self) -> tuple[str, ...]:
        """The ids of the immediate superiors, as the subject of a configuration names them."""
        return _texts(self.claims.get("authority_hints", []), "authority_hints")

    def fetch_url(self, subject: str) -> str:
        """Return where the issuer of a configuration says something of a subordinate (§8.1.1)."""
        endpoint = self.metadata.get("federation_entity", {}).get("federation_fetch_endpoint")
        if not isinstance(endpoint, str) or not is_plain(endpoint) or "#" in endpoint:
            raise ChainError("a superior does not say where it can be asked (federation_fetch_endpoint)")
        return f"{endpoint}{'&' if '?' in endpoint else '?'}{urlencode({'sub': subject})}"

    def signing_key(self, keys: Mapping[str, JSONObject]) -> PublicKey:
        """Return the one of some keys that signed the statement (§3.2 steps 11 and 12).

        Args:
            keys: JWKs by their ``kid``.

        Raises:
            ChainError: None of them did.
        """
        kid = self.header.get("kid")
        jwk = keys.get(kid) if isinstance(kid, str) and kid else None
        if jwk is None:
            raise ChainError("a statement is signed by a key that is not known to be its issuer's")
        try:
            key, kind = PublicKey.from_jwk(jwk), algorithm_of(self.header)
        except InvalidKeyError:
            raise ChainError("a statement is signed by a key that cannot be used here") from None
        except ProofError as error:
            raise ChainError(f"a statement cannot be verified: {error.reason}") from None
        if key.type != kind or jwk.get("alg", self.header["alg"]) != self.header["alg"]:
            raise ChainError("the algorithm that the header of a statement names is not that of its key")
        if not key.verifies(self.signature, self.signed):
            raise ChainError("the signature of a statement is wrong")
        return key


def read_statement(
    content: bytes, issuer: str, subject: str, *, at: datetime, skew: timedelta, limits: Limits
) -> Statement:
    """Read an entity statement, and check all of it but the signature (§3.2).

    Args:
        content: What was fetched; untrusted.
        issuer: Whose statement it must be.
        subject: Whom it must be about.
        at: The time of judgement.
        skew: By how much clocks may differ.
        limits: Bounds on size and depth.

    Raises:
        ChainError: It is not such a statement, or not valid at that time.
    """
    # Step 1.
    if len(content) > limits.max_document_bytes:
        raise ChainError("a statement is larger than the limits allow")
    try:
        header, claims, signature, signed = split_jwt(content.decode("ascii", "replace").strip(), limits)
    except DocumentError:
        raise ChainError("what should be a statement is not a JWT") from None
    # Steps 2 and 3; and what is a part of a chain has no chain of its own (steps 24 and 25; §4.3, §4.4).
    if header.get("typ") != "entity-statement+jwt" or {"trust_chain", "peer_trust_chain"} & header.keys():
        raise ChainError("what should be a statement is another kind of JWT, by its header")
    try:
        algorithm_of(header)
    except ProofError as error:
        raise ChainError(f"a statement cannot be verified: {error.reason}") from None
    # Steps 4 to 6.
    if (claims.get("iss"), claims.get("sub")) != (issuer, subject):
        raise ChainError("a statement is by or about another entity than was asked for")
    _check_times(claims, at, skew)
    # Step 9. A subject that makes no statements, such as a DID in a registry of issuers, needs no keys for them.
    keys = _keys(claims.get("jwks"), limits) if "jwks" in claims or is_entity(subject) else {}
    _check_claims(claims, is_configuration=issuer == subject)
    return Statement(header, claims, signature, signed, issuer, subject, keys)


def _check_times(claims: JSONObject, at: datetime, skew: timedelta) -> None:
    # Steps 7 and 8.
    issued, expires = numeric_date(claims.get("iat")), numeric_date(claims.get("exp"))
    if issued is None or expires is None:
        raise ChainError("a statement lacks a date (iat, exp), or has one that is no number of seconds")
    now, leeway = at.timestamp(), skew.total_seconds()
    if issued > now + leeway:
        raise UntimelyError("a statement was made after the time of judgement; what was said then is not known")
    if expires <= now - leeway:
        raise UntimelyError("a statement is past its end; what would be said now is not known")


def _keys(jwks: JSONValue, limits: Limits) -> Mapping[str, JSONObject]:
    entries = jwks.get("keys") if isinstance(jwks, dict) else None
    if not isinstance(entries, list) or not 0 < len(entries) <= limits.max_keys:
        raise ChainError("a statement lacks the keys of its subject (jwks), or has too many")
    keys: dict[str, JSONObject] = {}
    for entry in entries:
        kid = entry.get("kid") if isinstance(entry, dict) else None
        # §3.1.1: every key has a name of its own.
        if not isinstance(entry, dict) or not isinstance(kid, str) or not kid or kid in keys:
            raise ChainError("the keys of a statement (jwks) have no names of their own (kid)")
        if PRIVATE_MEMBERS & entry.keys():
            raise ChainError("the keys of a statement (jwks) are not public")
        keys[kid] = entry
    return keys


def _check_claims(claims: JSONObject, *, is_configuration: bool) -> None:
    # Step 13: there are none that are known here.
    if "crit" in claims:
        raise ChainError("a statement has claims that must be understood, and are not (crit)")
    # Steps 14, 15 and 17 to 23.
    for name in _OF_SUBORDINATES if is_configuration else _OF_CONFIGURATIONS:
        if name in claims:
            raise ChainError(f"a statement has a claim that belongs into the other kind ({name})")
    for name in ("authority_hints", "trust_anchor_hints"):
        if name in claims and not _texts(claims[name], name):
            raise ChainError(f"the claim {name} of a statement is empty")
    # Step 16; §5: null would be taken for a parameter that is not there.
    metadata = _object_of_objects(claims.get("metadata", {}))
    if any(value is None for parameters in metadata.values() for value in parameters.values()):
        raise ChainError("the metadata of a statement have a parameter that is null")
    # Step 18, and §3.1.3: it names operators beyond the standard, none of which is known here, used or not.
    if "metadata_policy_crit" in claims:
        raise ChainError("a statement has operators that must be understood, and are not (metadata_policy_crit)")
    # Step 19.
    _check_constraints(claims.get("constraints", {}))
    # Steps 26 and 27: these are of requests, and of answers to them.
    if {"aud", "trust_anchor"} & claims.keys():
        raise ChainError("what should be a statement is for one reader only (aud, trust_anchor)")


def _check_constraints(constraints: JSONValue) -> None:
    """Check the form of constraints (§6.2); those that are not known are ignored."""
    if not isinstance(constraints, dict):
        raise ChainError("the claim constraints of a statement is not an object")
    longest = constraints.get("max_path_length", 0)
    if isinstance(longest, bool) or not isinstance(longest, int) or longest < 0:
        raise ChainError("the constraint max_path_length is no whole number from 0")
    naming = constraints.get("naming_constraints", {})
    if not isinstance(naming, dict):
        raise ChainError("the constraint naming_constraints is not an object")
    for name in ("permitted", "excluded"):
        _texts(naming.get(name, []), name)
    _texts(constraints.get("allowed_entity_types", []), "allowed_entity_types")


def _texts(value: JSONValue, name: str) -> tuple[str, ...]:
    texts = tuple(item for item in value if isinstance(item, str)) if isinstance(value, list) else ()
    if not isinstance(value, list) or len(texts) != len(value):
        raise ChainError(f"{name} in a statement is not a list of texts")
    return texts


def _object_of_objects(value: JSONValue) -> dict[str, JSONObject]:
    if not isinstance(value, dict):
        raise ChainError("the metadata of a statement are not an object")
    found = {name: item for name, item in value.items() if isinstance(item, dict)}
    if len(found) != len(value):
        raise ChainError("the metadata of a statement are not an object of objects")
    return found
