"""An issuer over time: keys that rotate, keys that were stolen, and what verifiers make of its documents."""

from __future__ import annotations

import json
import pickle
from datetime import timedelta

import pytest

import microcred as mc
from microcred.errors import DocumentError, InvalidKeyError, SigningError
from microcred.issuer import Issuer, IssuerKey
from microcred.json import JSONObject, loads_object
from microcred.models import DIDDocument
from microcred.protocols import Signer
from microcred.signing import add_proof, encode_jwt
from microcred.verify.report import Code
from tests.issuer.make import DID, HTTPS, IDS, KEY, LATER, OTHER, PATH_DID, START, THIRD, make, verifier, web_of
from tests.make import AT, badge
from tests.support import as_object, as_objects

each_id = pytest.mark.parametrize("name", IDS)
each_form = pytest.mark.parametrize("form", ["proof", "jwt", "vc-jose"])


def issue(issuer: Issuer, key: Signer, form: str = "proof") -> JSONObject | str:
    """Issue a badge in the plainest way."""
    document = badge(issuer.id)
    if form == "proof":
        return mc.sign(document, issuer.signer(key))
    return mc.sign_jwt(document, issuer.signer(key), profile="ob3" if form == "jwt" else "vc-jose")


# Signing is one call


@each_id
@each_form
def test_what_the_current_key_signs_verifies_as_the_issuers(name: str, form: str) -> None:
    issuer = make(name)
    report = verifier(issuer).check(issue(issuer, KEY, form), at=AT)
    assert report
    assert report["issuer"].code is None


@pytest.mark.parametrize("kind", ["Ed25519", "P-256", "P-384", "P-521", "RSA"])
def test_every_kind_of_key_verifies(kind: str) -> None:
    key = mc.SigningKey.generate(kind)  # type: ignore[arg-type]
    issuer = make(key=key)
    assert verifier(issuer).check(issue(issuer, key, "jwt"), at=AT)
    if kind not in ("P-521", "RSA"):
        assert verifier(issuer).check(issue(issuer, key, "proof"), at=AT)


def test_signer_of_an_issuer_signs_sd_jwts_cose_and_presentations_too() -> None:
    issuer = make()
    signer = issuer.signer(KEY)
    document = badge(issuer.id)
    sd_jwt = mc.sign_sd_jwt(document, signer, holder_key=None)
    assert verifier(issuer).check(mc.sign_cose(document, signer), at=AT)
    assert verifier(issuer).check(mc.present_sd_jwt(sd_jwt, [""]), at=AT)
    shown = mc.present([mc.sign(document, signer)], signer, challenge=None, domain=None)
    assert shown.model_dump()["holder"] == issuer.id


def test_explicit_verification_method_goes_before_the_signers() -> None:
    issuer = make(HTTPS)
    method = "https://example.edu/.well-known/jwks.json#other"
    signed = mc.sign(badge(HTTPS), issuer.signer(KEY), verification_method=method)
    [proof] = as_objects(signed["proof"])
    assert proof["verificationMethod"] == method


def test_issuer_does_not_sign_for_another() -> None:
    with pytest.raises(SigningError) as caught:
        mc.sign(badge("did:web:example.com"), make().signer(KEY))
    assert caught.value.pointer == "/issuer/id"


def test_only_the_current_key_signs() -> None:
    issuer = make().rotate(OTHER)
    assert issuer.signer(OTHER).verification_method == f"{DID}#key-2"
    for key in (KEY, THIRD):
        with pytest.raises(SigningError):
            issuer.signer(key)


def test_signer_shows_no_secret_and_does_not_leave_its_process() -> None:
    signer = make().signer(KEY)
    assert KEY.to_multikey() not in repr(signer)
    with pytest.raises(TypeError):
        pickle.dumps(signer)


# Rotation


@each_id
@each_form
def test_old_and_new_credentials_verify_after_a_rotation(name: str, form: str) -> None:
    issuer = make(name)
    old = issue(issuer, KEY, form)
    rotated = issuer.rotate(OTHER, at=LATER)
    for signed in (old, issue(rotated, OTHER, form)):
        assert verifier(rotated).check(signed, at=AT)


def test_rotation_keeps_names_apart_and_the_old_issuer_as_it_was() -> None:
    issuer = make()
    rotated = issuer.rotate(OTHER, at=LATER).rotate(THIRD, at=LATER)
    assert [key.name for key in rotated.keys] == ["key-1", "key-2", "key-3"]
    assert [key.is_current for key in rotated.keys] == [False, False, True]
    assert rotated.key("key-1").retired == LATER
    assert rotated.key(f"{DID}#key-1") == rotated.keys[0]
    assert len(issuer.keys) == 1


def test_a_key_does_not_come_back() -> None:
    issuer = make().rotate(OTHER)
    for key in (KEY, OTHER):
        with pytest.raises(InvalidKeyError):
            issuer.rotate(key)
    with pytest.raises(InvalidKeyError):
        issuer.revoke("key-2", KEY)


# A compromised key: whatever a thief does with it


def thefts(issuer: Issuer, key: mc.SigningKey) -> dict[str, JSONObject | str]:
    """Everything that we could think of."""
    document, first = badge(issuer.id), issuer.keys[0].id
    old = "2020-01-01T00:00:00Z"
    return {
        "proof": add_proof(document, key, verification_method=first),
        "dated back": add_proof(document, key, verification_method=first, created=old),
        "dated before the key": add_proof(document, key, verification_method=first, created="1970-01-01T00:00:00Z"),
        "by the name of the new key": add_proof(document, key, verification_method=issuer.current.id),
        "by no name": add_proof(document, key, verification_method=issuer.id),
        "by a new name": add_proof(document, key, verification_method=f"{issuer.id}#key-7"),
        "by itself": add_proof(document, key, verification_method=f"{issuer.id}#{key.public_key.multikey}"),
        "jwt": encode_jwt(document, key, kid=first),
        "jwt with the key in it": encode_jwt(document, key, embed_key=True),
        "jwt with both": encode_jwt(document, key, kid=first, embed_key=True),
        "jwt by a bare name": encode_jwt(document, key, kid="key-1"),
        "jwt by thumbprint": encode_jwt(document, key, kid=key.public_key.thumbprint),
        "vc-jose dated back": encode_jwt(document, key, profile="vc-jose", kid=first, claims={"iat": 0}),
        "key set": add_proof(document, key, verification_method=f"https://example.edu/.well-known/jwks.json#{first}"),
        "key set, jwt": encode_jwt(document, key, kid="https://example.edu/.well-known/jwks.json#key-1"),
        "key set, thumbprint": encode_jwt(
            document, key, kid=f"https://example.edu/.well-known/jwks.json#{key.public_key.thumbprint}"
        ),
    }


@each_id
@pytest.mark.parametrize("theft", list(thefts(make().rotate(OTHER), KEY)))
def test_nothing_by_a_revoked_key_counts_whatever_its_date(name: str, theft: str) -> None:
    issuer = make(name).rotate(OTHER, at=LATER).revoke("key-1", at=LATER)
    stolen = thefts(issuer, KEY)[theft]
    report = verifier(issuer).check(stolen, at=AT)
    assert not report
    # Where an https issuer's key would be, a bare name does not say.
    if name != HTTPS or theft not in ("jwt by a bare name", "jwt by thumbprint"):
        assert report.refused
    # Not even for somebody who verifies as of a time at which the key was good.
    assert not verifier(issuer).check(stolen, at=START + timedelta(days=2))


@each_id
@pytest.mark.parametrize("theft", ["proof", "dated back", "jwt", "vc-jose dated back"])
def test_a_revoked_key_is_refused_even_where_anyone_is_trusted(name: str, theft: str) -> None:
    issuer = make(name).revoke("key-1", OTHER, at=LATER)
    report = verifier(issuer, anyone=True).check(thefts(issuer, KEY)[theft], at=AT)
    assert (report["proof"].outcome, report["proof"].code) == ("failed", Code.INVALID_VERIFICATION_METHOD)
    assert "revoked" in report["proof"].detail


def test_key_set_at_the_well_known_place_alone_refuses_a_revoked_key() -> None:
    # An issuer that publishes nothing but its key set, and names it in its proofs.
    method = "https://example.edu/.well-known/jwks.json#key-1"
    before = make(HTTPS)
    after = before.revoke("key-1", OTHER)
    signed = mc.sign(badge(HTTPS), KEY, verification_method=f"{method[:-5]}{before.current.id}")
    for issuer, good in ((before, True), (after, False)):
        web = web_of(issuer)
        del web.pages[HTTPS]
        assert mc.Verifier(trusted_issuers={HTTPS}, fetcher=web).check(signed, at=AT).verified is good


@each_id
def test_the_other_keys_stay_good(name: str) -> None:
    issuer = make(name).rotate(OTHER)
    second = issue(issuer, OTHER)
    third = issuer.rotate(THIRD).revoke("key-1")
    for signed in (second, issue(third, THIRD)):
        assert verifier(third).check(signed, at=AT)


def test_revoking_the_current_key_needs_another() -> None:
    issuer = make()
    with pytest.raises(InvalidKeyError):
        issuer.revoke("key-1")
    after = issuer.revoke("key-1", OTHER, at=LATER)
    assert after.current.public_key == OTHER.public_key
    assert after.key("key-1").revoked == LATER
    with pytest.raises(SigningError):
        after.signer(KEY)


def test_revoking_twice_keeps_the_first_date() -> None:
    issuer = make().revoke("key-1", OTHER, at=LATER)
    assert issuer.revoke("key-1") is issuer
    with pytest.raises(InvalidKeyError):
        issuer.revoke("key-9")
    with pytest.raises(ValueError, match="successor"):
        issuer.rotate(THIRD).revoke("key-2", mc.SigningKey.generate())


# An issuer that is its key


def test_did_key_signs_and_cannot_change() -> None:
    issuer = make(KEY.did)
    assert mc.Verifier(trusted_issuers={KEY.did}).check(mc.sign(badge(KEY.did), issuer.signer(KEY)), at=AT)
    with pytest.raises(InvalidKeyError, match="did:web"):
        issuer.rotate(OTHER)
    with pytest.raises(InvalidKeyError, match="did:web"):
        issuer.revoke(issuer.current.name, OTHER)


def test_did_key_of_another_key_is_refused() -> None:
    with pytest.raises(DocumentError) as caught:
        make(OTHER.did)
    assert caught.value.problems[0].pointer == "/keys"


# Documents


def test_did_document_has_the_shape_that_all_known_verifiers_take() -> None:
    document = make().rotate(OTHER).did_document()
    assert document["assertionMethod"] == [f"{DID}#key-1", f"{DID}#key-2"]
    methods = as_objects(document["verificationMethod"])
    assert [method["id"] for method in methods] == document["assertionMethod"]
    for method, key in zip(methods, (KEY, OTHER), strict=True):
        assert method == {
            "id": method["id"],
            "type": "Multikey",
            "controller": DID,
            "publicKeyMultibase": key.public_key.multikey,
        }
    assert isinstance(mc.parse(document), DIDDocument)


def test_revoked_key_is_marked_and_named_no_longer() -> None:
    document = make().revoke("key-1", OTHER, at=LATER).did_document()
    [first, second] = as_objects(document["verificationMethod"])
    assert (first["revoked"], "revoked" in second) == ("2026-05-20T09:00:00Z", False)
    assert document["assertionMethod"] == [f"{DID}#key-2"]


def test_keys_that_make_jwts_only_are_written_as_jwks() -> None:
    document = make(key=mc.SigningKey.generate("P-521")).did_document()
    [method] = as_objects(document["verificationMethod"])
    assert (method["type"], as_object(method["publicKeyJwk"])["crv"]) == ("JsonWebKey", "P-521")


def test_key_set_has_names_and_owners_and_no_revoked_key() -> None:
    issuer = make(HTTPS).rotate(OTHER).rotate(THIRD).revoke("key-1")
    keys = as_objects(issuer.jwks()["keys"])
    assert [(key["kid"], key["iss"], key["alg"]) for key in keys] == [
        (f"{HTTPS}#key-{number}", HTTPS, "EdDSA") for number in (2, 3)
    ]
    assert not any("d" in key for key in keys)


def test_profile_of_an_https_issuer_lists_its_keys() -> None:
    document = make(HTTPS).profile_document()
    assert document["id"] == HTTPS
    assert document["assertionMethod"] == [f"{HTTPS}#key-1"]
    assert isinstance(mc.parse(document), mc.Profile)
    assert "verificationMethod" not in make(DID).profile_document()
    for name in (HTTPS, KEY.did):
        with pytest.raises(ValueError, match="did:web"):
            make(name).did_document()


@pytest.mark.parametrize(
    ("name", "url"),
    [
        (DID, "https://example.edu/.well-known/did.json"),
        (PATH_DID, "https://example.edu/departments/x/did.json"),
        ("did:web:localhost%3A8443", "https://localhost:8443/.well-known/did.json"),
        (HTTPS, HTTPS),
        (KEY.did, None),
    ],
)
def test_where_keys_are_looked_up_follows_from_the_id(name: str, url: str | None) -> None:
    assert make(name).document_url == url


@pytest.mark.parametrize(
    "name",
    [
        *("http://example.edu/issuer", "https://example.edu", "https://example.edu/", "https://example.edu/i#1"),
        *("https://example.edu/i?x=1", "https://a@example.edu/i", "urn:uuid:1", "did:web:", "did:web:127.0.0.1"),
        *("did:web:example.edu:..", "did:web:example.edu/x", "did:example:1", "did:web:example.edu#key-1"),
    ],
)
def test_other_ids_are_refused(name: str) -> None:
    with pytest.raises(DocumentError):
        make(name)


def test_bbs_keys_are_kept_elsewhere() -> None:
    pytest.importorskip("py_arkworks_bls12381", reason="needs the extra bbs")
    with pytest.raises(DocumentError):
        make(key=mc.SigningKey.generate("BLS12-381"))


# Kept as JSON


@pytest.mark.parametrize("name", [*IDS, KEY.did])
def test_what_is_kept_is_read_back(name: str) -> None:
    issuer = make(name)
    if name != KEY.did:
        issuer = issuer.rotate(OTHER, at=LATER).revoke("key-1", at=LATER)
    text = json.dumps(issuer.to_document())
    assert Issuer.from_document(loads_object(text)) == issuer
    assert KEY.to_multikey() not in text


def changed(where: str, value: object) -> JSONObject:
    document = json.loads(json.dumps(make().revoke("key-1", OTHER, at=LATER).to_document()))
    *path, last = where.split("/")
    node = document
    for name in path:
        node = node[int(name) if isinstance(node, list) else name]
    if value is None:
        del node[last]
    else:
        node[int(last) if isinstance(node, list) else last] = value
    return loads_object(json.dumps(document))


@pytest.mark.parametrize(
    ("where", "value"),
    [
        *[("format", "microcred-issuer-2"), ("format", None), ("profile", "x"), ("profile/type", "Achievement")],
        *[("profile/id", "did:web:example.com"), ("profile/name", 7), ("keys", []), ("keys", "x"), ("keys/0", "x")],
        # A typing mistake must not make a revoked key a good one.
        *[("keys/0/revokd", "2026-05-20T09:00:00Z"), ("keys/0/revoked", "yesterday"), ("keys/0/retired", None)],
        *[("keys/0/revoked", "2026-05-20T09:00:00"), ("keys/0/revoked", 7), ("keys/1/revoked", "2026-05-20T09:00:00Z")],
        *[("keys/0/id", f"{DID}#key-2"), ("keys/0/id", "did:web:example.com#key-1"), ("keys/0/id", DID)],
        *[("keys/0/added", None), ("keys/0/publicKeyMultibase", "z6Mk"), ("keys/0/publicKeyMultibase", None)],
        ("keys/1/publicKeyMultibase", KEY.public_key.multikey),
    ],
)
def test_damage_is_refused(where: str, value: object) -> None:
    document = changed(where, value)
    if where == "keys/0/retired":
        # A revoked key need not have been replaced first.
        assert Issuer.from_document(document).key("key-1").revoked == LATER
        return
    with pytest.raises(DocumentError):
        Issuer.from_document(document)


def test_issuer_without_keys_is_refused() -> None:
    with pytest.raises(DocumentError):
        Issuer(mc.Profile(id=DID), ())
    with pytest.raises(DocumentError):
        Issuer(mc.Profile(id=DID), (IssuerKey(f"{DID}#key-1", KEY.public_key, START, retired=LATER),))
