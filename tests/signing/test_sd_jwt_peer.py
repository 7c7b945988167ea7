"""SD-JWTs against the reference implementation of the standard's authors, both ways: issuer, holder and verifier."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jwcrypto.jwk import JWK
from sd_jwt.common import SDObj
from sd_jwt.holder import SDJWTHolder
from sd_jwt.issuer import SDJWTIssuer
from sd_jwt.verifier import SDJWTVerifier

import microcred as mc
from microcred.json import JSONObject, JSONValue, pointer
from microcred.signing.sd_jwt import (
    decode_sd_jwt,
    default_disclosable_pointers,
    encode_sd_jwt,
    present_sd_jwt,
    verify_key_binding,
    verify_sd_jwt,
)
from tests.make import badge
from tests.signing.test_sd_jwt import AUDIENCE, NONCE, VCT, documents, places, rich_badge, unordered
from tests.strategies import effort, full_badge

ISSUER = mc.SigningKey.generate("P-256")
HOLDER = mc.SigningKey.generate("P-256")
ALGORITHMS = {"Ed25519": "EdDSA", "P-256": "ES256", "P-384": "ES384", "P-521": "ES512", "RSA": "RS256"}
Paths = set[tuple[str | int, ...]]


def theirs(key: mc.SigningKey) -> JWK:
    return JWK(**key.to_jwk())


def marked(value: JSONValue, disclosable: Paths, here: tuple[str | int, ...] = ()) -> Any:
    """A value as their issuer takes it: what may be withheld is wrapped."""
    if isinstance(value, dict):
        return {
            SDObj(name) if (*here, name) in disclosable else name: marked(item, disclosable, (*here, name))
            for name, item in value.items()
        }
    if isinstance(value, list):
        items = [(marked(item, disclosable, (*here, index)), (*here, index)) for index, item in enumerate(value)]
        return [SDObj(item) if path in disclosable else item for item, path in items]
    return value


def asked(value: JSONValue, withheld: Paths, here: tuple[str | int, ...] = ()) -> Any:
    """What their holder takes: True, or the same for members and elements."""
    if isinstance(value, dict):
        names = [name for name in value if (*here, name) not in withheld]
        return {name: asked(value[name], withheld, (*here, name)) for name in names} or True
    if isinstance(value, list):
        items = [((*here, index), item) for index, item in enumerate(value)]
        return [None if path in withheld else asked(item, withheld, path) for path, item in items] or True
    return True


def their_sd_jwt(
    document: JSONObject, disclosable: Paths, *, key: mc.SigningKey = ISSUER, typ: str = "dc+sd-jwt", **more: Any
) -> str:
    issuer = SDJWTIssuer(
        marked(document, disclosable),
        theirs(key),
        JWK(**HOLDER.public_key.to_jwk()),
        sign_alg=ALGORITHMS[key.type],
        extra_header_parameters={"typ": typ},
        **more,
    )
    return str(issuer.sd_jwt_issuance)


def their_presentation(token: str, claims: Any) -> str:
    holder = SDJWTHolder(token)
    holder.create_presentation(claims, NONCE, AUDIENCE, theirs(HOLDER))
    return str(holder.sd_jwt_presentation)


def read_by_them(presented: str, key: mc.SigningKey = ISSUER, *, bound: bool = True) -> JSONObject:
    """The payload after their verifier has checked it."""
    expected = (AUDIENCE, NONCE) if bound else (None, None)
    verifier = SDJWTVerifier(presented, lambda *_: JWK(**key.public_key.to_jwk()), *expected)
    return cast(JSONObject, verifier.get_verified_payload())


def payload_of(token: str, key: mc.SigningKey = ISSUER) -> JSONObject:
    """The payload after we have checked it, with the claims."""
    envelope = verify_sd_jwt(token, key.public_key).envelope
    return {**envelope.document, **envelope.claims}


def same(left: JSONValue, right: JSONValue) -> bool:
    return json.dumps(unordered(left)) == json.dumps(unordered(right))


@effort(0.5)
@given(document=documents(), data=st.data())
def test_they_read_what_we_issue_and_present(document: JSONObject, data: st.DataObject) -> None:
    every = places(document)
    disclosable = data.draw(st.lists(st.sampled_from(every), max_size=6))
    chosen = data.draw(st.lists(st.sampled_from(every), max_size=3))
    token = encode_sd_jwt(
        document,
        ISSUER,
        profile="sd-jwt-vc",
        vct=VCT,
        disclosable=[pointer(*path) for path in disclosable],
        holder_key=HOLDER.public_key,
        decoys=data.draw(st.integers(0, 2)),
    )
    pointers = [pointer(*path) for path in chosen]
    presented = present_sd_jwt(token, pointers, holder=HOLDER, audience=AUDIENCE, nonce=NONCE)
    for text, bound in ((token, False), (presented, True)):
        assert same(read_by_them(text, bound=bound), payload_of(text))


@effort(0.5)
@given(members=documents(), data=st.data())
def test_we_read_what_they_issue_and_present(members: JSONObject, data: st.DataObject) -> None:
    document = {**members, "vct": VCT}
    every = [path for path in places(document) if path != ("vct",)]
    disclosable = data.draw(st.sets(st.sampled_from(every), max_size=6))
    withheld = data.draw(st.sets(st.sampled_from(every), max_size=3)) & disclosable
    # Their decoys of arrays would move the elements that their holder is asked for; they have none there.
    token = their_sd_jwt(document, disclosable, add_decoy_claims=data.draw(st.booleans()))
    decoded = decode_sd_jwt(token)
    assert {each.path for each in decoded.disclosures} == disclosable
    whole = payload_of(token)
    del whole["cnf"]
    assert same(whole, document)
    assert decoded.confirmation == HOLDER.public_key
    presented = their_presentation(token, asked(document, withheld))
    part = verify_sd_jwt(presented, ISSUER.public_key)
    assert same(payload_of(presented), read_by_them(presented))
    assert verify_key_binding(part, audience=AUDIENCE, nonce=NONCE, at=datetime.now(UTC)) == HOLDER.public_key
    # Ours presents what they issued, too.
    again = present_sd_jwt(token, [each.pointer for each in part.disclosures if len(each.path) == 1])
    assert same(read_by_them(again, bound=False), payload_of(again))


@pytest.mark.parametrize("kind", ALGORITHMS)
def test_badges_travel_both_ways_with_each_kind_of_key(kind: str) -> None:
    key = mc.SigningKey.generate(kind)  # type: ignore[arg-type]
    for document in (badge(key.did), rich_badge(issuer=key.did), full_badge(key.did)):
        token = encode_sd_jwt(document, key, holder_key=HOLDER.public_key)
        assert same({**document, "cnf": {"jwk": HOLDER.public_key.to_jwk()}}, read_by_them(token, key, bound=False))
        presented = present_sd_jwt(token, [], holder=HOLDER, audience=AUDIENCE, nonce=NONCE)
        assert same(read_by_them(presented, key), payload_of(presented, key))
        disclosable = {each.path for each in decode_sd_jwt(token).disclosures}
        back = their_sd_jwt(document, disclosable, key=key, typ="vc+sd-jwt")
        assert same(verify_sd_jwt(back, key.public_key).envelope.document, document)
        assert {each.pointer for each in decode_sd_jwt(back).disclosures} == {*default_disclosable_pointers(document)}


def test_their_json_serialization_is_not_that_of_the_rfc() -> None:
    # They put the Disclosures beside the payload, as drafts before the 8th had it; the RFC has an unprotected header.
    token = their_sd_jwt({"vct": VCT, "a": 1}, {("a",)}, serialization_format="json")
    assert "disclosures" in json.loads(token)
    assert "a" not in payload_of(token)
