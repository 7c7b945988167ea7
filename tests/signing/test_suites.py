"""Every cryptosuite: what it signs and refuses, in sets too; what JCS covers; and signatures written in other ways."""

from __future__ import annotations

from typing import Any, cast

import pytest
import rfc8785
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from hypothesis import given

import microcred as mc
from microcred.encoding import base58_encode, multibase_decode, multibase_encode
from microcred.json import JSONObject, JSONValue, copy
from microcred.signing import (
    ECDSA_JCS_2019,
    ECDSA_RDFC_2019,
    ED25519_SIGNATURE_2020,
    EDDSA_2022,
    EDDSA_JCS_2022,
    EDDSA_RDFC_2022,
    SUITES,
    Cryptosuite,
    add_proof,
    hash_data,
    verify_proof,
)
from tests.make import AT, KEY, OTHER, badge
from tests.strategies import credentials, effort, full_badge

P256, P384 = mc.SigningKey.generate("P-256"), mc.SigningKey.generate("P-384")
KEYS = {"Ed25519": KEY, "P-256": P256, "P-384": P384}
ORDERS = {
    "P-256": 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551,
    "P-384": 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFC7634D81F4372DDF581A0DB248B0A77AECEC196ACCC52973,
}
SUITE_CONTEXT = "https://w3id.org/security/suites/ed25519-2020/v1"
PAIRS = [(suite, KEYS[kind]) for suite in SUITES for kind in suite.hashes]
each_pair = pytest.mark.parametrize(("suite", "key"), PAIRS, ids=lambda value: str(getattr(value, "name", value)))


def document_for(suite: Cryptosuite, issuer: str) -> JSONObject:
    document = badge(issuer)
    if suite is ED25519_SIGNATURE_2020:
        cast("list[JSONValue]", document["@context"]).append(SUITE_CONTEXT)
    return document


def proof_of(document: JSONObject, index: int = -1) -> JSONObject:
    proofs = document["proof"]
    assert isinstance(proofs, list)
    return cast("JSONObject", proofs[index])


def changed(document: JSONObject, **members: JSONValue) -> JSONObject:
    """Return a document with members of its proof replaced; None leaves them out."""
    proof: JSONObject = {name: value for name, value in {**proof_of(document), **members}.items() if value is not None}
    return {**document, "proof": [proof]}


def code_of(document: JSONObject, key: mc.PublicKey, **expected: Any) -> str:
    """Return the code with which the proof of a document must be refused."""
    with pytest.raises(mc.ProofError) as refusal:
        verify_proof(document, key, **expected)
    return refusal.value.code


def jcs_signed(key: mc.SigningKey = KEY, **changes: object) -> JSONObject:
    suite = EDDSA_JCS_2022 if key.type == "Ed25519" else ECDSA_JCS_2019
    return mc.sign(badge(key.did, **changes), key, cryptosuite=suite, created="2026-05-01T10:00:00Z")


# Every suite


@each_pair
def test_suite_signs_and_verifies(suite: Cryptosuite, key: mc.SigningKey) -> None:
    secured = mc.sign(document_for(suite, key.did), key, cryptosuite=suite, created="2026-05-01T10:00:00Z")
    proof = proof_of(secured)
    assert {name: proof.get(name) for name in ("type", "cryptosuite")} == {"cryptosuite": None, **suite.members}
    assert len(multibase_decode(str(proof["proofValue"]), "z")) == suite.signature_bytes[key.type]
    verify_proof(secured, key.public_key)
    report = mc.Verifier(trusted_issuers={key.did}).check(secured, at=AT)
    assert report, report.problems
    # The same arguments give the same proof.
    again = mc.sign(document_for(suite, key.did), key, cryptosuite=suite, created="2026-05-01T10:00:00Z")
    assert again == secured


@each_pair
def test_what_was_changed_is_refused(suite: Cryptosuite, key: mc.SigningKey) -> None:
    secured = mc.sign(document_for(suite, key.did), key, cryptosuite=suite)
    another = mc.SigningKey.generate(key.type)
    bad = "PROOF_VERIFICATION_ERROR"
    assert code_of({**secured, "name": "Rust 202"}, key.public_key) == bad
    assert code_of(changed(secured, created="2026-05-01T10:00:01Z"), key.public_key) == bad
    assert code_of(changed(secured, nonce="n"), key.public_key) == bad
    assert code_of(secured, another.public_key) == bad
    assert code_of(changed(secured, verificationMethod=None), key.public_key) == bad
    without = {name: value for name, value in secured.items() if name != "validFrom"}
    assert code_of(without, key.public_key) == bad


@each_pair
def test_suite_is_never_taken_for_another(suite: Cryptosuite, key: mc.SigningKey) -> None:
    secured = mc.sign(document_for(suite, key.did), key, cryptosuite=suite)
    for other in SUITES:
        if other is not suite:
            renamed = changed(secured, **{"cryptosuite": None, **other.members})
            with pytest.raises(mc.ProofError):
                verify_proof(renamed, key.public_key)
    for unknown in ("eddsa-rdfc-2023", "EDDSA-RDFC-2022", "ecdsa-2019", "jcs-eddsa-2022", "", 5, ["eddsa-rdfc-2022"]):
        renamed = changed(secured, type="DataIntegrityProof", cryptosuite=cast("JSONValue", unknown))
        assert code_of(renamed, key.public_key) == "UNSUPPORTED"
    for type_ in ("DataIntegrityProof2", "JsonWebSignature2020", None):
        renamed = changed(secured, type=type_, cryptosuite=None)
        assert code_of(renamed, key.public_key) == "UNSUPPORTED"


@pytest.mark.parametrize("suite", SUITES, ids=lambda suite: str(suite.name))
def test_suite_takes_only_its_kinds_of_keys(suite: Cryptosuite) -> None:
    for kind, key in KEYS.items():
        if kind in suite.hashes:
            continue
        with pytest.raises(mc.SigningError):
            add_proof(badge(), key, verification_method=key.verification_method, cryptosuite=suite)
        good = next(KEYS[each] for each in suite.hashes)
        secured = mc.sign(document_for(suite, good.did), good, cryptosuite=suite)
        assert code_of(secured, key.public_key) == "INVALID_VERIFICATION_METHOD"


@pytest.mark.parametrize(
    ("key", "suite"), [(KEY, EDDSA_RDFC_2022), (P256, ECDSA_RDFC_2019), (P384, ECDSA_RDFC_2019)], ids=str
)
def test_suite_follows_from_the_key(key: mc.SigningKey, suite: Cryptosuite) -> None:
    proof = proof_of(mc.sign(badge(key.did), key))
    assert proof["cryptosuite"] == suite.name


def test_p_384_hashes_with_sha_384_and_p_256_with_sha_256() -> None:
    for key, size in ((P256, 32), (P384, 48)):
        for suite in (ECDSA_RDFC_2019, ECDSA_JCS_2019):
            secured = mc.sign(badge(key.did), key, cryptosuite=suite)
            name = suite.hashes[key.type]
            data = hash_data(secured, proof_of(secured), name, canonicalization=suite.canonicalization)
            assert len(data) == 2 * size


# Signatures in other forms, as in Wycheproof


def signature_of(document: JSONObject) -> bytes:
    return multibase_decode(str(proof_of(document)["proofValue"]), "z")


@pytest.mark.parametrize("kind", ["P-256", "P-384"])
@pytest.mark.parametrize("suite", [ECDSA_RDFC_2019, ECDSA_JCS_2019], ids=lambda suite: str(suite.name))
def test_ecdsa_signature_of_another_form_is_refused(kind: str, suite: Cryptosuite) -> None:
    key, n = KEYS[kind], ORDERS[kind]
    size = suite.signature_bytes[key.type] // 2
    secured = mc.sign(badge(key.did), key, cryptosuite=suite)
    signature = signature_of(secured)
    r, s = int.from_bytes(signature[:size]), int.from_bytes(signature[size:])
    top = 2 ** (8 * size) - 1
    numbers = [
        (0, 0),
        (0, s),
        (r, 0),
        (n, s),
        (r, n),
        (n, n),
        (0, 1),
        (1, 0),
        (1, 1),
        (r, r),
        (s, r),
        (top, s),
        (r, top),
    ]
    numbers += [(r, s + 1), (r + 1, s), (n - r, s), (r, n + 1), (n + 1, s), (n - 1, n - 1)]
    if r + n <= top:
        numbers.append((r + n, s))
    forms = [each.to_bytes(size) + other.to_bytes(size) for each, other in numbers]
    # DER, as most key services give it; too short, too long, padded, and in the other byte order.
    forms += [encode_dss_signature(r, s), signature[:-1], signature[1:], signature + b"\0", b"\0" + signature, b""]
    forms += [r.to_bytes(size + 1) + s.to_bytes(size + 1), r.to_bytes(size, "little") + s.to_bytes(size, "little")]
    for form in forms:
        assert not key.public_key.verifies(form, b"")
        forged = changed(secured, proofValue=multibase_encode(form))
        assert code_of(forged, key.public_key) == "PROOF_VERIFICATION_ERROR"
    # ECDSA leaves the sign of s open, and so do the suites: it is a second signature, of the same document.
    verify_proof(
        changed(secured, proofValue=multibase_encode(signature[:size] + (n - s).to_bytes(size))), key.public_key
    )


@pytest.mark.parametrize("suite", [EDDSA_RDFC_2022, EDDSA_JCS_2022], ids=lambda suite: str(suite.name))
def test_ed25519_signature_of_another_form_is_refused(suite: Cryptosuite) -> None:
    order = 2**252 + 27742317777372353535851937790883648493
    secured = mc.sign(badge(), KEY, cryptosuite=suite)
    signature = signature_of(secured)
    r, s = signature[:32], int.from_bytes(signature[32:], "little")
    # The point of order one as R, and S beyond the order of the group (RFC 8032 §5.1.7).
    one = (1).to_bytes(32, "little")
    forms = [r + (s + order).to_bytes(32, "little"), r + bytes(32), bytes(64), one + bytes(32), b"\xff" * 64]
    forms += [signature[:63], signature + b"\0", signature[32:] + r]
    for form in forms:
        forged = changed(secured, proofValue=multibase_encode(form))
        assert code_of(forged, KEY.public_key) == "PROOF_VERIFICATION_ERROR"


@each_pair
def test_proof_value_in_another_encoding_is_refused(suite: Cryptosuite, key: mc.SigningKey) -> None:
    from microcred.encoding import base64url_encode

    secured = mc.sign(document_for(suite, key.did), key, cryptosuite=suite)
    text = base58_encode(signature_of(secured))
    others = [
        *(text, f"Z{text}", f"z1{text}", f"z {text}", f"z{text}\n", f"z{text[:-1]}0", f"z{text[:-1]}l", "z", ""),
        *(f"u{base64url_encode(signature_of(secured))}", f"f{signature_of(secured).hex()}", None, 5, [f"z{text}"]),
    ]
    for value in others:
        forged = changed(secured, proofValue=cast("JSONValue", value))
        assert code_of(forged, key.public_key) == "PROOF_VERIFICATION_ERROR"


# JCS


@pytest.mark.parametrize("key", [KEY, P256, P384], ids=str)
def test_jcs_signs_what_rfc8785_writes(key: mc.SigningKey) -> None:
    import hashlib

    secured = jcs_signed(key)
    proof = proof_of(secured)
    assert proof["@context"] == secured["@context"]
    assert proof["@context"] is not secured["@context"]
    name = "sha384" if key.type == "P-384" else "sha256"
    options = {member: value for member, value in proof.items() if member != "proofValue"}
    unsecured = {member: value for member, value in secured.items() if member != "proof"}
    expected = b"".join(hashlib.new(name, rfc8785.dumps(each)).digest() for each in (options, unsecured))
    assert hash_data(secured, proof, name, canonicalization="jcs") == expected


@given(credentials())
@effort(0.3)
def test_any_credential_signed_by_jcs_verifies_as_model_and_as_text(credential: mc.VerifiableCredential) -> None:
    secured = mc.sign(credential, KEY, cryptosuite=EDDSA_JCS_2022)
    for form in (secured, secured.model_dump(), secured.model_dump_json()):
        assert mc.Verifier(trusted_issuers=mc.ANY_ISSUER).check(form)["proof"].outcome == "passed"


def test_jcs_covers_every_name_and_value_but_not_the_order_of_members() -> None:
    secured = mc.sign(full_badge(), KEY, cryptosuite=EDDSA_JCS_2022)
    verify_proof(dict(reversed(secured.items())), KEY.public_key)
    # Equal as RDF, and not equal as JSON.
    types = secured["type"]
    assert isinstance(types, list)
    others: list[JSONObject] = [{"type": types[::-1]}, {"name": [secured["name"]]}, {"@id": secured["id"], "id": None}]
    for members in others:
        assert code_of({**secured, **members}, KEY.public_key) == "PROOF_VERIFICATION_ERROR"


def test_names_that_no_context_defines_are_checked_when_signing_and_not_when_verifying() -> None:
    with pytest.raises(mc.SigningError) as refusal:
        jcs_signed(favouriteColour="blue")
    assert (refusal.value.code, refusal.value.pointer) == ("PROOF_TRANSFORMATION_ERROR", "/favouriteColour")
    with pytest.raises(mc.SigningError) as refusal:
        mc.sign(badge(), KEY, cryptosuite=EDDSA_JCS_2022, options={"favouriteColour": "blue"})
    assert refusal.value.pointer == "/proof/favouriteColour"
    # Others sign them.
    document = badge(favouriteColour="blue")
    secured = by_hand(document)
    verify_proof(secured, KEY.public_key)
    assert mc.Verifier(trusted_issuers={KEY.did}).check(secured, at=AT)["proof"].outcome == "passed"
    assert code_of({**secured, "favouriteColour": "red"}, KEY.public_key)


def by_hand(document: JSONObject, context: JSONValue = None) -> JSONObject:
    """Sign as others do, who look at no context."""
    proof: JSONObject = {
        **EDDSA_JCS_2022.members,
        "created": "2026-05-01T10:00:00Z",
        "verificationMethod": KEY.verification_method,
        "proofPurpose": "assertionMethod",
    }
    if context is not None:
        proof["@context"] = context
    data = hash_data(document, proof, "sha256", canonicalization="jcs")
    return {**document, "proof": [{**proof, "proofValue": multibase_encode(KEY.sign(data))}]}


def test_documents_without_a_context_are_signed_as_they_are() -> None:
    secured = add_proof(
        {"hello": "world"}, KEY, verification_method=KEY.verification_method, cryptosuite=EDDSA_JCS_2022
    )
    assert "@context" not in proof_of(secured)
    verify_proof(secured, KEY.public_key)
    added: JSONObject = {**secured, "@context": ["https://www.w3.org/ns/credentials/v2"]}
    assert code_of(added, KEY.public_key) == "PROOF_VERIFICATION_ERROR"


def test_contexts_may_be_added_behind_those_that_a_jcs_proof_names() -> None:
    secured = jcs_signed()
    contexts = secured["@context"]
    assert isinstance(contexts, list)
    verify_proof({**secured, "@context": [*contexts, SUITE_CONTEXT]}, KEY.public_key)
    # A text is an array of one.
    single = by_hand({"@context": "https://example.edu/1", "a": 1}, "https://example.edu/1")
    verify_proof(single, KEY.public_key)
    verify_proof({**single, "@context": ["https://example.edu/1", "https://example.edu/2"]}, KEY.public_key)
    bad = "PROOF_VERIFICATION_ERROR"
    others: list[JSONValue] = [
        *([SUITE_CONTEXT, *contexts], contexts[::-1], contexts[:1], [], None, "https://example.edu/1"),
        [contexts],
        {"@context": contexts},
    ]
    for other in others:
        with_others: JSONObject = {**secured, "@context": other}
        assert code_of(with_others, KEY.public_key) == bad
    bare = {name: value for name, value in secured.items() if name != "@context"}
    assert code_of(bare, KEY.public_key) == bad


def test_contexts_of_a_jcs_proof_are_covered() -> None:
    secured = jcs_signed()
    contexts = secured["@context"]
    assert isinstance(contexts, list)
    for other in (contexts[:1], [], None, [*contexts, SUITE_CONTEXT]):
        forged = changed(secured, **{"@context": other})
        assert code_of(forged, KEY.public_key) == "PROOF_VERIFICATION_ERROR"
    # Equal to Python, and another value in JSON.
    strange = by_hand({"@context": [1], "a": 1}, [1])
    longer: JSONObject = {**strange, "@context": [True, "x"]}
    assert code_of(longer, KEY.public_key) == "PROOF_VERIFICATION_ERROR"


def test_proof_without_contexts_of_its_own_covers_the_documents() -> None:
    secured = by_hand(badge())
    verify_proof(secured, KEY.public_key)
    contexts = secured["@context"]
    assert isinstance(contexts, list)
    longer: JSONObject = {**secured, "@context": [*contexts, SUITE_CONTEXT]}
    assert code_of(longer, KEY.public_key) == "PROOF_VERIFICATION_ERROR"


@pytest.mark.parametrize(("value", "where"), [(2**53 + 1, "/a/0"), (10**400, "/a/0")])
def test_number_that_jcs_cannot_write_is_refused(value: int, where: str) -> None:
    document: JSONObject = {"a": [value]}
    with pytest.raises(mc.SigningError) as refusal:
        add_proof(document, KEY, verification_method=KEY.verification_method, cryptosuite=EDDSA_JCS_2022)
    assert (refusal.value.code, refusal.value.pointer) == ("PROOF_TRANSFORMATION_ERROR", where)
    secured = jcs_signed()
    with pytest.raises(mc.ProofError) as refused:
        verify_proof({**secured, **document}, KEY.public_key)
    assert (refused.value.code, refused.value.pointer) == ("PROOF_TRANSFORMATION_ERROR", where)


def test_inline_contexts_cannot_be_swapped_under_jcs() -> None:
    document = badge(favouriteColour="blue")
    contexts = document["@context"]
    assert isinstance(contexts, list)
    contexts.append({"favouriteColour": "https://example.edu/terms#colour"})
    verifier = mc.Verifier(trusted_issuers={KEY.did})
    over_json = mc.sign(document, KEY, cryptosuite=EDDSA_JCS_2022)
    over_rdf = mc.sign(document, KEY)
    assert verifier.check(over_json, at=AT)
    assert verifier.check(over_rdf, at=AT)["proof"].code == "UNSUPPORTED"
    both = mc.sign(document, KEY, cryptosuite=[EDDSA_RDFC_2022, EDDSA_JCS_2022])
    assert verifier.check(both, at=AT)
    swapped = cast("JSONObject", copy(both))
    cast("list[JSONValue]", swapped["@context"])[-1] = {"colour": "https://example.edu/terms#colour"}
    swapped["colour"] = swapped.pop("favouriteColour")
    found = verifier.check(swapped, at=AT)["proof"]
    assert found.outcome != "passed"


def test_strangers_jcs_proof_does_not_speak_for_the_names() -> None:
    issuer = "https://example.edu/issuers/1"
    document = badge(issuer, favouriteColour="blue")
    contexts = document["@context"]
    assert isinstance(contexts, list)
    contexts.append({"favouriteColour": "https://example.edu/terms#colour"})
    own = f"{issuer}#{KEY.public_key.multikey}"
    secured = mc.sign(document, KEY, verification_method=own)
    stranger = f"{issuer}#{OTHER.public_key.multikey}"
    both = add_proof(secured, OTHER, verification_method=stranger, cryptosuite=EDDSA_JCS_2022)
    for order in (1, -1):
        proofs = both["proof"]
        assert isinstance(proofs, list)
        report = mc.Verifier(trusted_issuers={issuer: KEY.public_key}).check({**both, "proof": proofs[::order]}, at=AT)
        assert report["proof"].code == "UNSUPPORTED"
        assert report["issuer"].outcome == "passed"


# What a proof is for


def test_domain_and_challenge_are_compared_when_they_are_expected() -> None:
    def signed(**options: JSONValue) -> JSONObject:
        return add_proof(
            badge(),
            KEY,
            verification_method=KEY.verification_method,
            proof_purpose="authentication",
            options=options,
        )

    def check(document: JSONObject, **expected: Any) -> None:
        verify_proof(document, KEY.public_key, proof_purpose="authentication", **expected)

    def refused(document: JSONObject, **expected: Any) -> str:
        return code_of(document, KEY.public_key, proof_purpose="authentication", **expected)

    one = signed(domain="https://a.example", challenge="c")
    check(one)
    check(one, domain="https://a.example", challenge="c")
    check(one, domain=["https://a.example"])
    two = signed(domain=["https://a.example", "https://b.example"], challenge="c")
    check(two, domain=["https://b.example", "https://a.example"])
    wrong_domains = ["https://b.example", "", [], ["https://a.example", "https://b.example"]]
    for domain in wrong_domains:
        assert refused(one, domain=domain) == "INVALID_DOMAIN_ERROR"
    assert refused(two, domain="https://a.example") == "INVALID_DOMAIN_ERROR"
    assert refused(signed(), domain="https://a.example") == "INVALID_DOMAIN_ERROR"
    assert refused(one, challenge="d") == "INVALID_CHALLENGE_ERROR"
    assert refused(signed(), challenge="d") == "INVALID_CHALLENGE_ERROR"
    assert refused(changed(one, domain="https://b.example"), domain="https://b.example")
    assert refused(changed(one, challenge="d"), challenge="d") == "PROOF_VERIFICATION_ERROR"
    with pytest.raises(mc.ProofError):
        verify_proof(one, KEY.public_key)


# Several at once


def test_several_suites_at_signing_make_a_proof_set() -> None:
    document = document_for(ED25519_SIGNATURE_2020, KEY.did)
    suites = [EDDSA_RDFC_2022, ED25519_SIGNATURE_2020, EDDSA_JCS_2022]
    secured = mc.sign(document, KEY, cryptosuite=suites, created="2026-05-01T10:00:00Z")
    one_by_one = document
    for suite in suites:
        one_by_one = mc.sign(one_by_one, KEY, cryptosuite=suite, created="2026-05-01T10:00:00Z")
    assert secured == one_by_one
    proofs = secured["proof"]
    assert isinstance(proofs, list)
    for index in range(len(suites)):
        verify_proof(secured, KEY.public_key, proof=proof_of(secured, index))
        assert mc.Verifier(trusted_issuers={KEY.did}, require="all").check({**secured, "proof": [proofs[index]]}, at=AT)
    assert mc.Verifier(trusted_issuers={KEY.did}, require="all").check(secured, at=AT)
    model = mc.AchievementCredential.model_validate(document)
    assert mc.sign(model, KEY, cryptosuite=suites, created="2026-05-01T10:00:00Z").model_dump() == secured


def test_proofs_of_one_call_have_one_time() -> None:
    secured = mc.sign(badge(), KEY, cryptosuite=[EDDSA_RDFC_2022, EDDSA_JCS_2022])
    assert proof_of(secured, 0)["created"] == proof_of(secured, 1)["created"]


def test_several_suites_are_misused() -> None:
    with pytest.raises(ValueError, match="suite"):
        mc.sign(badge(), KEY, cryptosuite=[])
    with pytest.raises(ValueError, match="id"):
        mc.sign(badge(), KEY, cryptosuite=[EDDSA_RDFC_2022, EDDSA_2022], options={"id": "urn:proof:1"})
    with pytest.raises(ValueError, match="options"):
        mc.sign(badge(), KEY, options={"@context": "https://example.edu/context.json"})
    with pytest.raises(mc.SigningError):
        mc.sign(badge(), KEY, cryptosuite=[EDDSA_RDFC_2022, ECDSA_RDFC_2019])
