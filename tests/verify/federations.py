"""A federation of three levels for tests: an anchor, a country below it, an issuer below that. PyJWT signs it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, cast
from urllib.parse import urlencode

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

import microcred as mc
from microcred.errors import FetchError
from microcred.json import JSONObject
from microcred.protocols import Fetch, Steps
from microcred.signing import add_proof
from microcred.testing import FakeWeb
from microcred.verify.federation import OpenIDFederation
from tests.make import AT, ISSUER, KEY, badge

ANCHOR, COUNTRY, STRANGER = "https://federation.example", "https://country.example/members", "https://stranger.example"
DID = KEY.did
NOW = int(AT.timestamp())
Changes = Mapping[str, Mapping[str, object]]


@cache
def key_of(entity: str) -> Any:
    """Return the private key of an entity; each has another kind."""
    if entity == ANCHOR:
        return ec.generate_private_key(ec.SECP256R1())
    if entity == COUNTRY:
        return rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return ed25519.Ed25519PrivateKey.generate()


def algorithm_of(key: Any) -> str:
    if isinstance(key, ec.EllipticCurvePrivateKey):
        return "ES256"
    return "RS256" if isinstance(key, rsa.RSAPrivateKey) else "EdDSA"


def jwk_of(entity: str, kid: str | None = None) -> JSONObject:
    public = key_of(entity).public_key()
    name = algorithm_of(key_of(entity))
    made = cast("JSONObject", json.loads(jwt.get_algorithm_by_name(name).to_jwk(public)))
    made.pop("key_ops", None)
    return {**made, "kid": kid or f"key of {entity}"}


def jwks_of(*entities: str) -> JSONObject:
    return {"keys": [jwk_of(entity) for entity in entities]}


def public_key_of(entity: str) -> mc.PublicKey:
    return mc.PublicKey.from_jwk(jwk_of(entity))


def claims_of(issuer: str, subject: str, **more: object) -> dict[str, object]:
    return {
        "iss": issuer,
        "sub": subject,
        "iat": NOW - 3600,
        "exp": NOW + 3600,
        **({} if subject.startswith("did:") else {"jwks": jwks_of(subject)}),
        **more,
    }


def sign(claims: Mapping[str, object], signer: str, **header: object) -> str:
    """Return a statement that an entity signed; None as a value leaves a claim or header out."""
    kept = {name: value for name, value in claims.items() if value is not None}
    headers = {"typ": "entity-statement+jwt", "kid": f"key of {signer}", **header}
    return jwt.encode(
        kept,
        key_of(signer),
        algorithm=algorithm_of(key_of(signer)),
        headers={name: value for name, value in headers.items() if value is not None},
    )


def sign_anyhow(header: Mapping[str, object], claims: Mapping[str, object], signature: Callable[[bytes], bytes]) -> str:
    """Return a JWT that PyJWT itself would not write."""
    parts = [jwt.utils.base64url_encode(json.dumps(part).encode()) for part in (header, claims)]
    signed = b".".join(parts)
    return b".".join([signed, jwt.utils.base64url_encode(signature(signed))]).decode()


def entity(*, fetch: str | None = None, **more: object) -> dict[str, object]:
    return {"federation_entity": {**({} if fetch is None else {"federation_fetch_endpoint": fetch}), **more}}


STATEMENTS: dict[str, dict[str, object]] = {
    "anchor": claims_of(ANCHOR, ANCHOR, metadata=entity(fetch=f"{ANCHOR}/fetch", organization_name="The Federation")),
    "country": claims_of(
        COUNTRY, COUNTRY, authority_hints=[ANCHOR], metadata=entity(fetch=f"{COUNTRY}/fetch?format=jwt")
    ),
    "issuer": claims_of(
        ISSUER, ISSUER, authority_hints=[COUNTRY], metadata=entity(organization_name="What it calls itself")
    ),
    "anchor on country": claims_of(ANCHOR, COUNTRY),
    "country on issuer": claims_of(
        COUNTRY,
        ISSUER,
        metadata=entity(organization_name="Example University", organization_uri="https://example.edu/"),
    ),
    "anchor on did": claims_of(
        ANCHOR,
        DID,
        metadata={
            "federation_entity": {"organization_name": "Example College", "homepage_uri": "https://college.example/"},
            "institution_additional_information": {"legal_name": "Board of Example College"},
        },
    ),
}
SIGNERS = {name: str(claims["iss"]) for name, claims in STATEMENTS.items()}
URLS = {
    "anchor": f"{ANCHOR}/.well-known/openid-federation",
    "country": f"{COUNTRY}/.well-known/openid-federation",
    "issuer": f"{ISSUER}/.well-known/openid-federation",
    "anchor on country": f"{ANCHOR}/fetch?{urlencode({'sub': COUNTRY})}",
    "country on issuer": f"{COUNTRY}/fetch?format=jwt&{urlencode({'sub': ISSUER})}",
    "anchor on did": f"{ANCHOR}/fetch?{urlencode({'sub': DID})}",
}
OF_ISSUER = ("anchor", "issuer", "country", "anchor on country", "country on issuer")
"""The statements that vouch for the https issuer."""
OF_DID = ("anchor", "anchor on did")


@cache
def _unchanged() -> dict[str, str]:
    return {name: sign(claims, SIGNERS[name]) for name, claims in STATEMENTS.items()}


def pages(changes: Changes | None = None) -> dict[str, bytes | str | JSONObject | Any]:
    """Return the federation by URL, and the key set of the issuer's host.

    Args:
        changes: Claims to replace, by the name of the statement.
    """
    made: dict[str, Any] = {URLS[name]: token for name, token in _unchanged().items()}
    for name, claims in (changes or {}).items():
        made[URLS[name]] = sign({**STATEMENTS[name], **claims}, SIGNERS[name])
    made["https://example.edu/.well-known/jwks.json"] = {"keys": [KEY.public_key.to_jwk()]}
    return made


def federation(**arguments: Any) -> OpenIDFederation:
    return OpenIDFederation(ANCHOR, arguments.pop("keys", public_key_of(ANCHOR)), name="Federation", **arguments)


def hosted() -> JSONObject:
    """Return a badge of an https issuer, whose key is in the key set of its host."""
    return add_proof(badge(ISSUER), KEY, verification_method=f"{ISSUER}#{KEY.public_key.multikey}")


def check(
    document: JSONObject, web: FakeWeb, *registries: object, at: Any = AT, **arguments: Any
) -> mc.VerificationReport:
    trusted: Any = registries or [federation()]
    return mc.Verifier(trusted_issuers=trusted, fetcher=web, **arguments).check(document, at=at)


def drive(steps: Steps[Any], fetch: Callable[[Fetch], Any]) -> Any:
    """Run steps against a fetcher, without a verifier around them."""
    try:
        request = next(steps)
        while True:
            try:
                answer = fetch(request)
            except FetchError as error:
                request = steps.throw(error)
            else:
                request = steps.send(answer)
    except StopIteration as stop:
        return stop.value
