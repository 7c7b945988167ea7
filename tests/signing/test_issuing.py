"""Issuing: what is signed, what is refused, and that the same arguments give the same proof."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

import microcred as mc
from microcred.json import JSONObject
from microcred.signing import ED25519_SIGNATURE_2020, SUITES, add_proof, verify_proof
from tests.make import AT, ISSUER, KEY, OTHER, badge, signed, v1_badge


def proof_of(document: JSONObject) -> JSONObject:
    proofs = document["proof"]
    assert isinstance(proofs, list)
    assert isinstance(proofs[-1], dict)
    return proofs[-1]


def test_a_dict_gives_a_dict_and_a_model_gives_the_same_model() -> None:
    document = signed()
    model = mc.AchievementCredential.model_validate(badge())
    secured = mc.sign(model, KEY, created="2026-05-01T10:00:00Z")
    assert type(secured) is mc.AchievementCredential
    assert secured.model_dump() == document
    assert model.proof is None
    assert "proof" not in badge()


def test_signing_leaves_the_input_alone() -> None:
    document = badge()
    before = repr(document)
    mc.sign(document, KEY)
    mc.sign_jwt(document, KEY)
    assert repr(document) == before


def test_created_and_options_are_arguments() -> None:
    moment = datetime(2026, 5, 1, 10, 0, 0, 999, tzinfo=UTC)
    first = mc.sign(badge(), KEY, created=moment, options={"nonce": "n", "domain": "d"})
    again = mc.sign(badge(), KEY, created="2026-05-01T10:00:00Z", options={"domain": "d", "nonce": "n"})
    assert first == again
    assert proof_of(first)["created"] == "2026-05-01T10:00:00Z"
    with pytest.raises(ValueError, match="time zone"):
        mc.sign(badge(), KEY, created=datetime(2026, 5, 1))  # noqa: DTZ001
    with pytest.raises(ValueError, match="options"):
        mc.sign(badge(), KEY, options={"proofPurpose": "authentication"})


def test_all_problems_of_a_document_are_listed() -> None:
    document = badge(
        validFrom="soon", id="no-url", type=["VerifiableCredential", "AchievementCredential"], evidence=[{}]
    )
    with pytest.raises(mc.DocumentError) as refusal:
        mc.sign(document, KEY)
    assert {problem.pointer for problem in refusal.value.problems} == {"/validFrom", "/id", "/evidence/0/type"}
    with pytest.raises(mc.DocumentError):
        mc.sign_jwt(document, KEY)


def test_opting_out_is_possible_in_plain_sight() -> None:
    document = badge(validFrom=None)
    secured = add_proof(document, KEY, verification_method=KEY.verification_method)
    verify_proof(secured, KEY.public_key)


@pytest.mark.parametrize("sign", [mc.sign, mc.sign_jwt])
def test_the_old_data_model_is_not_issued(sign: object) -> None:
    assert callable(sign)
    with pytest.raises(mc.SigningError) as refusal:
        sign(v1_badge(), KEY)
    assert refusal.value.pointer == "/@context/0"


@pytest.mark.parametrize("sign", [mc.sign, mc.sign_jwt])
@pytest.mark.parametrize(
    ("where", "change"),
    [
        ("/favouriteColour", lambda document: document.update(favouriteColour="blue")),
        (
            "/credentialSubject/achievement/criteria/colour",
            lambda document: document["credentialSubject"]["achievement"]["criteria"].update(colour="blue"),
        ),
        (
            "/credentialSubject/achievement/type",
            lambda document: document["credentialSubject"]["achievement"]["type"].append("Undefined"),
        ),
        ("/termsOfUse/type", lambda document: document.update(termsOfUse={"type": "Undefined"})),
        ("/@context/2", lambda document: document["@context"].append("https://example.edu/context.json")),
    ],
)
def test_what_no_context_defines_is_refused_with_its_pointer(sign: object, where: str, change: object) -> None:
    assert callable(sign)
    assert callable(change)
    document = badge()
    change(document)
    with pytest.raises(mc.SigningError) as refusal:
        sign(document, KEY)
    code = "UNSUPPORTED" if where.startswith("/@context") else "PROOF_TRANSFORMATION_ERROR"
    assert (refusal.value.code, refusal.value.pointer) == (code, where)


def test_own_terms_are_signed_with_an_own_context() -> None:
    url = "https://example.edu/context.json"
    contexts: dict[str, JSONObject] = {url: {"@context": {"favouriteColour": "https://example.edu/terms#colour"}}}
    document = badge(favouriteColour="blue")
    assert isinstance(document["@context"], list)
    document["@context"].append(url)
    secured = mc.sign(document, KEY, contexts=contexts)
    token = mc.sign_jwt(document, KEY, contexts=contexts)
    verifier = mc.Verifier(trusted_issuers={KEY.did}, contexts=contexts)
    assert verifier.check(secured, at=AT)
    assert verifier.check(token, at=AT)
    ignorant = mc.Verifier(trusted_issuers={KEY.did}).check(secured, at=AT)["proof"]
    assert (ignorant.code, ignorant.pointer) == ("UNSUPPORTED", "/@context/2")
    assert ignorant.outcome == "indeterminate"


@pytest.mark.parametrize(
    ("issuer", "method"),
    [
        (KEY.did, KEY.verification_method),
        (ISSUER, f"{ISSUER}#{KEY.public_key.multikey}"),
        (ISSUER, "https://example.edu/keys/1"),
        ("did:web:example.edu", "did:web:example.edu#key-1"),
    ],
)
def test_verification_method_of_the_issuer_is_taken(issuer: str, method: str) -> None:
    assert proof_of(mc.sign(badge(issuer), KEY, verification_method=method))["verificationMethod"] == method


@pytest.mark.parametrize(
    ("issuer", "method"),
    [
        (ISSUER, None),
        (OTHER.did, None),
        (ISSUER, KEY.verification_method),
        (ISSUER, f"https://example.com/issuers/1#{KEY.public_key.multikey}"),
        (ISSUER, f"http://example.edu/issuers/1#{KEY.public_key.multikey}"),
        ("did:web:example.edu", "did:web:example.com#key-1"),
        (ISSUER, f"{ISSUER}#{OTHER.public_key.multikey}"),
        (OTHER.did, OTHER.verification_method),
    ],
)
@pytest.mark.parametrize("sign", [mc.sign, mc.sign_jwt])
def test_verification_method_that_is_not_the_issuers_or_not_this_key_is_refused(
    sign: object, issuer: str, method: str | None
) -> None:
    assert callable(sign)
    with pytest.raises(mc.SigningError):
        sign(badge(issuer), KEY, verification_method=method)


def test_rsa_key_is_refused_with_a_way_out() -> None:
    key = mc.SigningKey.generate("RSA")
    with pytest.raises(mc.SigningError, match="JWT"):
        mc.sign(badge(key.did), key)
    for suite in SUITES:
        with pytest.raises(mc.SigningError):
            mc.sign(badge(key.did), key, cryptosuite=suite)


def test_signing_again_makes_a_proof_set() -> None:
    twice = mc.sign(signed(), KEY, created="2026-05-02T00:00:00Z")
    proofs = twice["proof"]
    assert isinstance(proofs, list)
    assert len(proofs) == 2
    for proof in proofs:
        assert isinstance(proof, dict)
        verify_proof(twice, KEY.public_key, proof=proof)
    with pytest.raises(mc.ProofError):
        verify_proof(twice, KEY.public_key)


def test_older_suite_of_open_edx_and_mit_signs_with_its_context() -> None:
    document = badge()
    assert isinstance(document["@context"], list)
    document["@context"].append("https://w3id.org/security/suites/ed25519-2020/v1")
    secured = mc.sign(document, KEY, cryptosuite=ED25519_SIGNATURE_2020)
    assert proof_of(secured)["type"] == "Ed25519Signature2020"
    assert mc.Verifier(trusted_issuers={KEY.did}).check(secured, at=AT)
    with pytest.raises(mc.SigningError) as refusal:
        mc.sign(badge(), KEY, cryptosuite=ED25519_SIGNATURE_2020)
    assert str(refusal.value.pointer).startswith("/proof/")


class RemoteKey:
    """A signer whose private half lives elsewhere."""

    def __init__(self, *, works: bool) -> None:
        self.works = works

    @property
    def public_key(self) -> mc.PublicKey:
        return KEY.public_key

    def sign(self, data: bytes) -> bytes:
        if not self.works:
            raise mc.SigningError("the key service did not answer")
        return KEY.sign(data)


def test_any_signer_will_do() -> None:
    assert mc.sign(badge(), RemoteKey(works=True), created="2026-05-01T10:00:00Z") == signed()
    with pytest.raises(mc.SigningError):
        mc.sign(badge(), RemoteKey(works=False))
    with pytest.raises(mc.SigningError):
        mc.sign_jwt(badge(), RemoteKey(works=False))


def test_unsigned_examples_of_the_specification_are_signed_and_verify(shared: Path) -> None:
    from tests.support import load_json

    folder = shared / "vectors/ob3/samples/spec-examples"
    done = 0
    for path in sorted(folder.glob("*.json")):
        document = load_json(path)
        if not isinstance(document.get("issuer"), dict) or "credentialSchema" in document:
            continue
        document["issuer"] = {**document["issuer"], "id": KEY.did}  # type: ignore[dict-item]
        document.pop("proof", None)
        try:
            secured = mc.sign(document, KEY)
        except mc.SigningError as error:
            # Examples that name an example context, or a term that no context defines.
            assert error.code in ("PROOF_TRANSFORMATION_ERROR", "UNSUPPORTED"), path.name
            continue
        report = mc.Verifier(trusted_issuers={KEY.did}).check(secured)
        assert report["proof"].outcome == report["data_model"].outcome == "passed", path.name
        done += 1
    assert done >= 4
