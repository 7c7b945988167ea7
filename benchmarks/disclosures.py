"""Measure issuing, presenting and verifying SD-JWTs, beside the reference implementation (PyPI's sd-jwt), one table."""

from __future__ import annotations

import timeit
from collections.abc import Callable
from datetime import UTC, datetime
from importlib import metadata

from documents import DOCUMENTS
from jwcrypto.jwk import JWK
from sd_jwt.common import SDObj
from sd_jwt.holder import SDJWTHolder
from sd_jwt.issuer import SDJWTIssuer
from sd_jwt.verifier import SDJWTVerifier

import microcred as mc
from microcred.json import JSONObject, JSONValue, pointer
from microcred.signing import sd_jwt

ROUNDS, REPEATS = 40, 7
AUDIENCE, NONCE = "https://verifier.example", "n-0S6_WzA2Mj"
ISSUER, HOLDER = mc.SigningKey.generate("P-256"), mc.SigningKey.generate("P-256")
THEIR_ISSUER, THEIR_HOLDER = JWK(**ISSUER.to_jwk()), JWK(**HOLDER.to_jwk())
THEIR_PUBLIC, THEIR_CONFIRMATION = JWK(**ISSUER.public_key.to_jwk()), JWK(**HOLDER.public_key.to_jwk())


def marked(value: JSONValue, chosen: set[str], here: str = "") -> object:
    """Return a value as their issuer takes it."""
    if isinstance(value, dict):
        places = {name: here + pointer(name) for name in value}
        return {
            SDObj(name) if places[name] in chosen else name: marked(item, chosen, places[name])
            for name, item in value.items()
        }
    if isinstance(value, list):
        items = [(marked(item, chosen, f"{here}/{index}"), f"{here}/{index}") for index, item in enumerate(value)]
        return [SDObj(item) if place in chosen else item for item, place in items]
    return value


def cases(document: JSONObject) -> dict[str, tuple[Callable[[], object], Callable[[], object]]]:
    """Return what is measured: ours and theirs."""
    pointers = sd_jwt.default_disclosable_pointers(document)
    chosen = set(pointers)
    method = ISSUER.verification_method

    def issue() -> str:
        return sd_jwt.encode_sd_jwt(document, ISSUER, holder_key=HOLDER.public_key, kid=method)

    def issue_there() -> str:
        header = {"typ": "vc+sd-jwt", "kid": method}
        issuer = SDJWTIssuer(marked(document, chosen), THEIR_ISSUER, THEIR_CONFIRMATION, extra_header_parameters=header)
        return str(issuer.sd_jwt_issuance)

    token = issue()

    def present() -> str:
        return sd_jwt.present_sd_jwt(token, [], holder=HOLDER, audience=AUDIENCE, nonce=NONCE)

    def present_there() -> str:
        holder = SDJWTHolder(token)
        holder.create_presentation({}, NONCE, AUDIENCE, THEIR_HOLDER)
        return str(holder.sd_jwt_presentation)

    presented = present()

    def verify() -> object:
        decoded = sd_jwt.verify_sd_jwt(presented, ISSUER.public_key)
        return sd_jwt.verify_key_binding(decoded, audience=AUDIENCE, nonce=NONCE, at=datetime.now(UTC))

    def verify_there() -> object:
        return SDJWTVerifier(presented, lambda *_: THEIR_PUBLIC, AUDIENCE, NONCE).get_verified_payload()

    def verify_whole() -> object:
        return sd_jwt.verify_sd_jwt(token, ISSUER.public_key)

    def verify_whole_there() -> object:
        return SDJWTVerifier(token, lambda *_: THEIR_PUBLIC).get_verified_payload()

    return {
        "issue": (issue, issue_there),
        "present, key binding": (present, present_there),
        "verify, key binding": (verify, verify_there),
        "verify everything shown": (verify_whole, verify_whole_there),
    }


def per_second(function: Callable[[], object]) -> float:
    """Return how often a call can be made in a second, at its best."""
    function()
    return ROUNDS / min(timeit.repeat(function, number=ROUNDS, repeat=REPEATS))


def main() -> None:
    """Print the table."""
    print(f"microcred {metadata.version('microcred')}, sd-jwt {metadata.version('sd-jwt')}; P-256, per second")
    for name, document in DOCUMENTS.items():
        for what, (ours, theirs) in cases(document(ISSUER.did)).items():
            mine, other = per_second(ours), per_second(theirs)
            print(f"{name:14}{what:26}{mine:10,.0f}{other:10,.0f}  {mine / other:5.1f} times")


if __name__ == "__main__":
    main()
