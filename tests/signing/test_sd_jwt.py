"""SD-JWTs: the examples of RFC 9901, any part of any document, holders, verifiers, and all that must be refused."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Mapping
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

import microcred as mc
from microcred.documents import judge
from microcred.encoding import base64url_decode, base64url_encode
from microcred.json import JSONObject, JSONValue, pointer
from microcred.signing import verify_envelope
from microcred.signing._disclosures import digest_of
from microcred.signing._sd_jwt_issuing import _SHOWN, SD_CLAIMS
from microcred.signing.envelopes import jwt_part
from microcred.signing.sd_jwt import (
    SDJWT,
    decode_sd_jwt,
    default_disclosable_pointers,
    encode_sd_jwt,
    looks_like_sd_jwt,
    present_sd_jwt,
    verify_key_binding,
    verify_sd_jwt,
)
from tests.make import KEY, LEARNER, OTHER, badge
from tests.strategies import effort, full_badge, texts, walk
from tests.support import SHARED, as_object, as_objects, identical, load_json

HOLDER = mc.SigningKey.from_seed(bytes(range(2, 34)))
VCT = "https://example.edu/types/badge"
AUDIENCE, NONCE = "https://verifier.example", "n-0S6_WzA2Mj"
AT = datetime(2026, 6, 1, tzinfo=UTC)
PERSON = "/credentialSubject/identifier"


def evidence(count: int = 2) -> list[JSONValue]:
    return [{"type": ["Evidence"], "name": f"Piece {index}"} for index in range(count)]


def rich_badge(**changes: object) -> JSONObject:
    """A badge with something to withhold."""
    document = badge(**{"evidence": evidence(), **changes})  # type: ignore[arg-type]
    subject = as_object(document["credentialSubject"])
    subject["narrative"] = "Worked hard."
    learner = mc.IdentityObject.of("a@example.com", hashed=False)
    subject["identifier"] = [learner.model_dump(), mc.IdentityObject.of("b@example.com", salt="Kosher").model_dump()]
    return document


def issued(document: JSONObject | None = None, **changes: object) -> str:
    """An SD-JWT of a badge, by the issuer's own did:key, for the holder."""
    arguments: dict[str, object] = {"holder_key": HOLDER.public_key, **changes}
    return encode_sd_jwt(document or rich_badge(), KEY, **arguments)  # type: ignore[arg-type]


def payload_of(token: str) -> JSONObject:
    """The payload as it was signed."""
    return as_object(json.loads(base64url_decode(token.partition("~")[0].split(".")[1])))


def contents(disclosure: str) -> list[JSONValue]:
    value = json.loads(base64url_decode(disclosure))
    assert isinstance(value, list)
    return value


def disclosure_of(*parts: JSONValue) -> str:
    return base64url_encode(json.dumps(parts).encode())


def forged(payload: Mapping[str, JSONValue], *disclosures: str, key: mc.SigningKey = KEY, **header: JSONValue) -> str:
    """A well signed SD-JWT of whatever payload."""
    head: JSONObject = {"alg": key.public_key.algorithm, "typ": "dc+sd-jwt", **header}
    signed = f"{jwt_part(head)}.{jwt_part({'vct': VCT, **payload})}"
    return "~".join([f"{signed}.{base64url_encode(key.sign(signed.encode()))}", *disclosures, ""])


def digest(text: str) -> str:
    return digest_of(text, "sha-256")


def refusal(function: Callable[..., object], *arguments: object, **named: object) -> tuple[str, str | None]:
    """Code and pointer of the error that a call must raise."""
    with pytest.raises(mc.MicrocredError) as caught:
        function(*arguments, **named)
    error = caught.value
    if isinstance(error, mc.DocumentError):
        assert len(error.problems) == 1
        return error.code, error.problems[0].pointer
    assert isinstance(error, mc.ProofError | mc.SigningError)
    return error.code, error.pointer


# RFC 9901

FAMILY_NAME = "WyJfMjZiYzRMVC1hYzZxMktJNmNCVzVlcyIsICJmYW1pbHlfbmFtZSIsICJNw7ZiaXVzIl0"


def test_digests_of_the_rfc_come_out() -> None:
    # §4.2.1, §4.2.2 and §4.2.3
    assert contents(FAMILY_NAME) == ["_26bc4LT-ac6q2KI6cBW5es", "family_name", "Möbius"]
    assert digest(FAMILY_NAME) == "X9yH0Ajrdm1Oij4tWso9UzzKJvPoDxwmuEcO3XAdRC0"
    assert digest("WyJsa2x4RjVqTVlsR1RQVW92TU5JdkNBIiwgIkZSIl0") == "w0I8EKcdCtUPkGCNUrfwVp2xEgNjtoIDlOxc9-PlOhs"


@pytest.mark.parametrize("element", [None, "WyJsa2x4RjVqTVlsR1RQVW92TU5JdkNBIiwgIkZSIl0"])
def test_digests_of_the_rfc_are_found(element: str | None) -> None:
    # §4.2.4.1 and §4.2.4.2
    payload: JSONObject = {
        "given_name": "Alice",
        "nationalities": ["DE", {"...": "w0I8EKcdCtUPkGCNUrfwVp2xEgNjtoIDlOxc9-PlOhs"}, "US"],
        "_sd": ["X9yH0Ajrdm1Oij4tWso9UzzKJvPoDxwmuEcO3XAdRC0"],
    }
    decoded = decode_sd_jwt(forged(payload, FAMILY_NAME, *([element] if element else [])))
    assert decoded.envelope.document == {
        "given_name": "Alice",
        "nationalities": ["DE", *(["FR"] if element else []), "US"],
        "family_name": "Möbius",
    }
    assert decoded.envelope.claims == {"vct": VCT}


RFC = SHARED / "vectors" / "rfc9901" / "examples.json"


@pytest.fixture(scope="module")
def rfc() -> JSONObject:
    """The values of the RFC's examples, of sections 5, 8 and A."""
    if not RFC.exists():
        pytest.skip(f"the examples of RFC 9901 are not at {RFC}; set MICROCRED_SHARED to where the test data is")
    return load_json(RFC)


def test_every_example_of_the_rfc_verifies_and_processes(rfc: JSONObject) -> None:
    key = mc.PublicKey.from_jwk(as_object(rfc["issuerKey"]))
    examples = as_objects(rfc["examples"])
    assert len(examples) == 11
    for example in examples:
        decoded = decode_sd_jwt(str(example["sdJwt"]))
        assert key.verifies(decoded.envelope.signature, decoded.envelope.signed), example["section"]
        if "processed" in example:
            assert {**decoded.envelope.document, **decoded.envelope.claims} == example["processed"]
        if decoded.key_binding is None:
            continue
        claims = decoded.key_binding.payload
        assert claims == example.get("keyBinding", claims)
        moment = datetime.fromtimestamp(cast(int, claims["iat"]), UTC)
        holder = verify_key_binding(decoded, audience=str(claims["aud"]), nonce=str(claims["nonce"]), at=moment)
        assert holder == decoded.confirmation


def test_digests_in_the_rfcs_main_example_come_out(rfc: JSONObject) -> None:
    example = str(as_objects(rfc["examples"])[0]["sdJwt"])
    pairs = {str(digest(text)): text for text in example.split("~")[1:-1]}
    assert len(pairs) == 10
    assert pairs.items() <= as_object(rfc["digests"]).items()
    given = as_object(rfc["claims"])
    assert given.items() <= as_object({**decode_sd_jwt(example).envelope.document, "sub": "user_42"}).items()


def test_sd_jwt_vc_of_the_rfc_is_one(rfc: JSONObject) -> None:
    key = mc.PublicKey.from_jwk(as_object(rfc["issuerKey"]))
    # §A.3; what other sections have is of the type example+sd-jwt.
    for example in as_objects(rfc["examples"]):
        if example["section"] == "A.3":
            assert "vct" in verify_sd_jwt(str(example["sdJwt"]), key).envelope.claims
        else:
            assert refusal(verify_sd_jwt, str(example["sdJwt"]), key) == ("MALFORMED_VALUE_ERROR", None)


# Issuing


@pytest.mark.parametrize("kind", ["Ed25519", "P-256", "P-384", "P-521", "RSA"])
def test_credential_is_the_payload_in_vc_jose(kind: str) -> None:
    key = mc.SigningKey.generate(kind)  # type: ignore[arg-type]
    document = rich_badge(issuer=key.did)
    token = encode_sd_jwt(document, key, kid=key.verification_method)
    decoded = verify_sd_jwt(token, key.public_key)
    header = {"alg": key.public_key.algorithm, "typ": "vc+sd-jwt", "cty": "vc", "kid": key.verification_method}
    assert decoded.envelope.header == header
    assert decoded.envelope.document == document
    assert decoded.envelope.claims == {}
    assert payload_of(token)["_sd_alg"] == "sha-256"
    assert decoded.key_binding is None
    assert looks_like_sd_jwt(token)


def test_badge_is_an_sd_jwt_vc_with_claims_beside_it() -> None:
    document = rich_badge(validUntil="2027-05-01T09:30:00.750Z")
    token = issued(document, profile="sd-jwt-vc", vct=VCT, claims={"iat": 1777627800})
    decoded = verify_sd_jwt(token, KEY.public_key)
    assert decoded.envelope.header == {"alg": "EdDSA", "typ": "dc+sd-jwt", "jwk": KEY.public_key.to_jwk()}
    assert decoded.envelope.document == document
    assert decoded.envelope.claims == {
        "vct": VCT,
        "iss": KEY.did,
        "nbf": 1777627800,
        "exp": 1809163800,
        "iat": 1777627800,
        "cnf": {"jwk": HOLDER.public_key.to_jwk()},
    }
    assert decoded.confirmation == HOLDER.public_key
    assert decoded.envelope.expires == datetime(2027, 5, 1, 9, 30, tzinfo=UTC)


def test_model_is_issued_like_its_document() -> None:
    model = cast("mc.AchievementCredential", mc.parse(rich_badge()))
    assert verify_sd_jwt(encode_sd_jwt(model, KEY), KEY.public_key).envelope.document == rich_badge()


def test_sd_jwt_vc_may_be_anything() -> None:
    document: JSONObject = {"given_name": "Ana", "address": {"locality": "Pamplona", "country": "ES"}}
    token = encode_sd_jwt(document, KEY, profile="sd-jwt-vc", vct=VCT, disclosable=["/given_name", "/address/country"])
    assert payload_of(token)["address"] == {"locality": "Pamplona", "_sd": [digest(token.split("~")[2])]}
    assert verify_sd_jwt(token, KEY.public_key).envelope.document == document


def test_presentation_can_be_issued_and_is_told_apart() -> None:
    document: JSONObject = {
        "@context": ["https://www.w3.org/ns/credentials/v2"],
        "type": ["VerifiablePresentation"],
        "holder": HOLDER.did,
        "verifiableCredential": [{"type": "EnvelopedVerifiableCredential", "id": "data:application/vc+jwt,x.y.z"}],
    }
    disclosable = ["/holder", "/verifiableCredential/0"]
    token = encode_sd_jwt(document, HOLDER, disclosable=disclosable, claims={"nonce": NONCE, "aud": AUDIENCE})
    decoded = verify_sd_jwt(token, HOLDER.public_key)
    assert decoded.envelope.header["typ"] == "vp+sd-jwt"
    assert decoded.envelope.document == document
    assert decoded.envelope.claims == {"nonce": NONCE, "aud": AUDIENCE}
    assert verify_sd_jwt(present_sd_jwt(token, []), HOLDER.public_key).envelope.document == {
        **{name: document[name] for name in ("@context", "type")},
        "verifiableCredential": [],
    }


def test_nothing_that_may_be_withheld_is_in_the_payload() -> None:
    token = issued()
    payload = json.dumps(payload_of(token))
    for secret in ("a@example.com", "identityHash", "Worked hard", "evidence", "Piece 0"):
        assert secret not in payload
    assert LEARNER in payload
    # The issuer's claims name no person either.
    assert "sub" not in payload_of(issued(profile="sd-jwt-vc", vct=VCT))


def test_salts_are_of_128_bits_and_never_the_same() -> None:
    salts = [contents(text)[0] for _ in range(50) for text in issued().split("~")[1:-1]]
    assert len(salts) == 50 * 7 == len(set(salts))
    assert {len(base64url_decode(str(salt))) for salt in salts} == {16}


def test_order_of_digests_says_nothing() -> None:
    for _ in range(10):
        for _, value in walk(payload_of(issued())):
            if isinstance(value, dict) and "_sd" in value:
                digests = cast("list[str]", value["_sd"])
                assert digests == sorted(digests)


def test_salts_can_be_given_for_vectors() -> None:
    def numbered() -> Callable[[], str]:
        salts = iter(range(100))
        return lambda: str(next(salts))

    token = issued(salt=numbered(), disclosable=["/evidence", "/evidence/1", "/credentialSubject/narrative"])
    assert token == issued(salt=numbered(), disclosable=["/credentialSubject/narrative", "/evidence/1", "/evidence"])
    # Members in the order of the document, and what is outside before what is inside.
    narrative, piece, whole = (contents(text) for text in token.split("~")[1:-1])
    assert narrative == ["0", "narrative", "Worked hard."]
    assert piece == ["1", evidence()[1]]
    assert whole == ["2", "evidence", [evidence()[0], {"...": digest(token.split("~")[2])}]]


@pytest.mark.parametrize("decoys", [1, 5])
def test_decoys_stand_wherever_something_is_hidden_and_vanish(decoys: int) -> None:
    document = rich_badge()
    disclosable = ["/credentialSubject/narrative", "/evidence/0"]
    token = issued(document, disclosable=disclosable, decoys=decoys)
    payload = payload_of(token)
    assert len(cast("list[str]", as_object(payload["credentialSubject"])["_sd"])) == 1 + decoys
    assert len(cast("list[JSONValue]", payload["evidence"])) == 2 + decoys
    assert "_sd" not in payload
    assert verify_sd_jwt(token, KEY.public_key).envelope.document == document
    hidden = verify_sd_jwt(present_sd_jwt(token, []), KEY.public_key).envelope.document
    assert hidden["evidence"] == evidence()[1:]


def test_badge_without_anything_to_hide_has_no_digests() -> None:
    token = encode_sd_jwt(badge(), KEY)
    assert token.endswith("~")
    assert token.count("~") == 1
    assert "_sd" not in json.dumps(payload_of(token)).replace("_sd_alg", "")


@pytest.mark.parametrize(
    "where",
    [
        "",
        "/@context",
        "/@context/1",
        "/type",
        "/type/1",
        "/issuer",
        "/issuer/name",
        "/validFrom",
        "/validUntil",
        "/credentialStatus",
        "/credentialStatus/statusListIndex",
        "/iss",
        "/exp",
        "/nbf",
        "/cnf",
        "/cnf/jwk",
        "/vct",
        "/status",
        "/endorsement/0/@context",
        "/_sd_alg",
        "/nothing",
        "/evidence/2",
        "/evidence/-",
        "/evidence/01",
        "evidence",
        "/evidence~2",
        "/credentialSubject/id/0",
    ],
)
def test_what_must_not_be_hidden_or_is_not_there_is_refused(where: str) -> None:
    document = rich_badge(
        validUntil="2027-05-01T09:30:00Z",
        credentialStatus={"type": "BitstringStatusListEntry", "statusListIndex": "1"},
        endorsement=[{"@context": ["https://www.w3.org/ns/credentials/v2"]}],
    )
    arguments: dict[str, object] = {"profile": "sd-jwt-vc", "vct": VCT, "claims": {"status": {"status_list": {}}}}
    assert refusal(issued, document, disclosable=["/evidence", where], **arguments) == (
        "PROOF_GENERATION_ERROR",
        where,
    )


@pytest.mark.parametrize("name", ["_sd", "...", "_sd_alg"])
def test_names_that_digests_need_are_refused(name: str) -> None:
    document = rich_badge(evidence=[{"type": ["Evidence"], "a/b": [{name: 1}]}])
    assert refusal(issued, document)[1] == f"/evidence/0/a~1b/0/{name}"
    assert refusal(issued, {**rich_badge(), name: "x"})[1] == f"/{name}"
    assert refusal(issued, claims={name: "x"})[1] == f"/{name}"


@pytest.mark.parametrize("name", ["iss", "sub", "exp", "cnf", "vct", "status", "mine"])
def test_member_with_the_name_of_a_claim_is_refused(name: str) -> None:
    assert refusal(issued, {**rich_badge(), name: "x"}, claims={"mine": 1})[1] == f"/{name}"


def test_what_is_not_of_the_data_model_2_is_not_issued_as_vc_jose() -> None:
    assert refusal(issued, {"given_name": "Ana"})[1] == "/@context"


@pytest.mark.parametrize("member", ["validFrom", "validUntil"])
def test_date_that_makes_no_claim_is_not_left_out_of_an_sd_jwt_vc(member: str) -> None:
    for value in ("2027-05-01", "2027-05-01T00:00:00", "soon", 1):
        document = rich_badge(**{member: value})
        assert refusal(issued, document, profile="sd-jwt-vc", vct=VCT)[1] == f"/{member}"
        assert decode_sd_jwt(issued(document)).envelope.document == document


def test_pointers_of_any_collection_are_judged() -> None:
    pointers = ["/evidence", "/issuer"]
    for given_ in (pointers, tuple(pointers), {*pointers}, dict.fromkeys(pointers), iter(pointers)):
        assert refusal(issued, disclosable=given_)[1] == "/issuer"


def test_misuse_is_told() -> None:
    cases: list[dict[str, Any]] = [
        {"profile": "sd-jwt-vc"},
        {"vct": VCT},
        {"profile": "sd-jwt-vc", "vct": ""},
        {"profile": "sd-jwt-vc", "vct": "two words"},
        {"profile": "jwt"},
        {"decoys": -1},
    ]
    for arguments in cases:
        with pytest.raises(ValueError, match=r"vct|profile|decoys"):
            issued(**arguments)
    with pytest.raises(TypeError, match="list"):
        issued(disclosable="/evidence")
    with pytest.raises(TypeError, match="list"):
        present_sd_jwt(issued(), "/evidence")
    with pytest.raises(ValueError, match="together"):
        present_sd_jwt(issued(), [], holder=HOLDER)
    with pytest.raises(ValueError, match="zone"):
        present_sd_jwt(issued(), [], issued_at=datetime(2026, 1, 1))  # noqa: DTZ001
    with pytest.raises(ValueError, match="zone"):
        verify_key_binding(decode_sd_jwt(bound()), audience=AUDIENCE, nonce=NONCE, at=datetime(2026, 1, 1))  # noqa: DTZ001
    with pytest.raises(mc.DocumentError):
        issued(rich_badge(evidence=[{"when": datetime(2026, 1, 1, tzinfo=UTC)}]))


# What an Open Badge lets its holder withhold


def test_default_withholds_the_person_and_keeps_the_badge() -> None:
    document = full_badge()
    pointers = default_disclosable_pointers(document)
    assert {*pointers} >= {
        *("/credentialSubject/narrative", "/credentialSubject/image", "/credentialSubject/result/0", "/evidence/0"),
        *("/credentialSubject/identifier", "/credentialSubject/identifier/0", "/credentialSubject/source", "/evidence"),
    }
    assert not [each for each in pointers if "achievement" in each or each.endswith(("/id", "/type"))]
    bare = verify_sd_jwt(present_sd_jwt(issued(document), []), KEY.public_key).envelope.document
    assert bare["credentialSubject"] == {
        name: as_object(document["credentialSubject"])[name] for name in ("id", "type", "achievement")
    }
    assert "evidence" not in bare
    # What is left is an Open Badge by the strict rules.
    assert judge(bare) == ()


def test_identifier_stays_where_nothing_else_says_who_the_learner_is() -> None:
    document = rich_badge()
    del as_object(document["credentialSubject"])["id"]
    assert not [each for each in default_disclosable_pointers(document) if each.startswith(PERSON)]
    assert judge(decode_sd_jwt(present_sd_jwt(issued(document), [])).envelope.document) == ()


def test_default_knows_several_subjects_and_leaves_other_credentials_alone() -> None:
    document = rich_badge()
    subject = document["credentialSubject"]
    document["credentialSubject"] = [subject, "urn:x:1", deepcopy(subject)]
    pointers = default_disclosable_pointers(document)
    assert {"/credentialSubject/0/narrative", "/credentialSubject/2/narrative"} <= {*pointers}
    assert len(pointers) == len({*pointers})
    other: JSONObject = {**rich_badge(), "credentialSubject": {"id": LEARNER, "degree": "x"}}
    assert default_disclosable_pointers(other) == []
    assert default_disclosable_pointers({"credentialSubject": None}) == []


def test_any_choice_of_a_holder_leaves_an_open_badge() -> None:
    document = full_badge()
    token = issued(document)
    for chosen in default_disclosable_pointers(document):
        shown = decode_sd_jwt(present_sd_jwt(token, [chosen])).envelope.document
        assert judge(shown) == (), chosen


# Presenting


@pytest.mark.parametrize(
    ("pointers", "shown"),
    [
        ([], set()),
        ([""], {"/credentialSubject/narrative", "/evidence", "/evidence/0", "/evidence/1"}),
        (["/evidence"], {"/evidence", "/evidence/0", "/evidence/1"}),
        (["/evidence/1"], {"/evidence", "/evidence/1"}),
        (["/evidence/1/name"], {"/evidence", "/evidence/1"}),
        (["/credentialSubject"], {"/credentialSubject/narrative"}),
        (["/credentialSubject/narrative", "/issuer"], {"/credentialSubject/narrative"}),
        (["/iss", "/validFrom"], set()),
    ],
)
def test_pointers_show_what_they_say_and_what_is_around(pointers: list[str], shown: set[str]) -> None:
    disclosable = ["/credentialSubject/narrative", "/evidence", "/evidence/0", "/evidence/1"]
    token = issued(profile="sd-jwt-vc", vct=VCT, disclosable=disclosable)
    full = decode_sd_jwt(token)
    assert {each.pointer for each in full.disclosures} == {*disclosable}
    presented = decode_sd_jwt(present_sd_jwt(token, pointers))
    originals = {each.text: each.pointer for each in full.disclosures}
    assert {originals[each.text] for each in presented.disclosures} == shown
    verify_envelope(presented.envelope, KEY.public_key)


def test_pointers_of_what_is_shown_are_where_it_stands_now() -> None:
    token = issued(disclosable=["/evidence/0", "/evidence/1"])
    (shown,) = decode_sd_jwt(present_sd_jwt(token, ["/evidence/1"])).disclosures
    assert shown.pointer == "/evidence/0"


def test_holder_withholds_more_and_more() -> None:
    once = present_sd_jwt(issued(), ["/evidence", PERSON])
    twice = present_sd_jwt(once, ["/evidence/0"])
    assert decode_sd_jwt(twice).envelope.document["evidence"] == evidence()[:1]
    assert refusal(present_sd_jwt, twice, [PERSON])[1] == PERSON


def test_what_is_not_there_cannot_be_presented() -> None:
    for where in ("/nothing", "/evidence/2", "evidence", "/_sd", "/credentialSubject/_sd/0"):
        assert refusal(present_sd_jwt, issued(), [where])[1] == where


def test_presentation_is_not_presented_again() -> None:
    with pytest.raises(mc.SigningError):
        present_sd_jwt(bound(), [])


@pytest.mark.parametrize("kind", ["Ed25519", "P-256", "P-384", "P-521", "RSA"])
def test_holder_binds_a_presentation_to_a_verifier(kind: str) -> None:
    holder = mc.SigningKey.generate(kind)  # type: ignore[arg-type]
    token = issued(holder_key=holder.public_key)
    presented = present_sd_jwt(token, ["/evidence/0"], holder=holder, audience=AUDIENCE, nonce=NONCE, issued_at=AT)
    decoded = verify_sd_jwt(presented, KEY.public_key)
    assert verify_key_binding(decoded, audience=AUDIENCE, nonce=NONCE, at=AT) == holder.public_key
    assert decoded.key_binding is not None
    assert decoded.key_binding.header == {"alg": holder.public_key.algorithm, "typ": "kb+jwt"}
    assert decoded.key_binding.payload == {
        "iat": int(AT.timestamp()),
        "aud": AUDIENCE,
        "nonce": NONCE,
        "sd_hash": digest(presented[: presented.rindex("~") + 1]),
    }


def test_only_the_key_that_the_issuer_names_binds() -> None:
    def present(token: str, holder: mc.SigningKey) -> str:
        return present_sd_jwt(token, [], holder=holder, audience=AUDIENCE, nonce=NONCE)

    assert refusal(present, issued(), OTHER) == ("PROOF_GENERATION_ERROR", "/cnf")
    assert refusal(present, issued(holder_key=None), HOLDER) == ("PROOF_GENERATION_ERROR", "/cnf")
    by_name = issued(holder_key=None, claims={"cnf": {"kid": HOLDER.did}})
    assert refusal(present, by_name, HOLDER) == ("UNSUPPORTED", "/cnf")
    # Without a key, the same can still be shown.
    assert decode_sd_jwt(present_sd_jwt(by_name, [""])).key_binding is None


# Any document, any disclosure, any choice

NAMES = texts().filter(lambda name: name not in ("_sd", "...", "_sd_alg"))


def documents() -> st.SearchStrategy[JSONObject]:
    scalars: st.SearchStrategy[JSONValue] = st.none() | st.booleans() | st.integers(-5, 5) | texts()
    values = st.recursive(
        scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=4), max_leaves=12
    )
    names = NAMES.filter(lambda name: name not in _SHOWN | SD_CLAIMS)
    return st.dictionaries(names, values, min_size=1, max_size=5)


def places(document: JSONObject) -> list[tuple[str | int, ...]]:
    """All paths that may be hidden; no context is among the names."""
    return [path for path, _ in walk(document) if path and "@context" not in path]


Paths = set[tuple[str | int, ...]]


def expected(value: JSONValue, hidden: Paths, here: tuple[str | int, ...] = ()) -> JSONValue:
    """What is left of a value without what is hidden."""
    if isinstance(value, dict):
        return {
            name: expected(item, hidden, (*here, name)) for name, item in value.items() if (*here, name) not in hidden
        }
    if isinstance(value, list):
        kept = [(index, item) for index, item in enumerate(value) if (*here, index) not in hidden]
        return [expected(item, hidden, (*here, index)) for index, item in kept]
    return value


def overlap(left: tuple[str | int, ...], right: tuple[str | int, ...]) -> bool:
    size = min(len(left), len(right))
    return left[:size] == right[:size]


def unordered(value: JSONValue) -> JSONValue:
    """A value with its members sorted: disclosed ones come behind the others."""
    if isinstance(value, dict):
        return {name: unordered(value[name]) for name in sorted(value)}
    return [unordered(item) for item in value] if isinstance(value, list) else value


@effort(2)
@given(document=documents(), data=st.data())
def test_exactly_what_was_asked_for_is_disclosed(document: JSONObject, data: st.DataObject) -> None:
    every = places(document)
    disclosable: Paths = data.draw(st.sets(st.sampled_from(every), max_size=8))
    chosen: Paths = data.draw(st.sets(st.sampled_from(every), max_size=4))
    decoys = data.draw(st.integers(0, 2))
    token = encode_sd_jwt(
        document,
        KEY,
        profile="sd-jwt-vc",
        vct=VCT,
        disclosable=[pointer(*path) for path in disclosable],
        holder_key=HOLDER.public_key,
        decoys=decoys,
    )
    whole = verify_sd_jwt(token, KEY.public_key)
    assert identical(unordered(whole.envelope.document), unordered(document))
    assert {each.path for each in whole.disclosures} == disclosable
    shown = present_sd_jwt(
        token,
        [pointer(*path) for path in chosen],
        holder=HOLDER,
        audience=AUDIENCE,
        nonce=NONCE,
        issued_at=AT,
    )
    part = verify_sd_jwt(shown, KEY.public_key)
    verify_key_binding(part, audience=AUDIENCE, nonce=NONCE, at=AT)
    hidden = {path for path in disclosable if not any(overlap(path, each) for each in chosen)}
    assert identical(unordered(part.envelope.document), unordered(expected(document, hidden)))


def test_every_change_of_a_disclosure_is_refused_or_hides() -> None:
    token = issued()
    jwt, *disclosures, _ = token.split("~")
    foreign = issued().split("~")[1]

    def refused(*changed: str) -> bool:
        try:
            verify_sd_jwt("~".join([jwt, *changed, ""]), KEY.public_key)
        except mc.ProofError as error:
            return error.code == "PROOF_VERIFICATION_ERROR"
        return False

    inside = {each.text for each in decode_sd_jwt(token).disclosures if len(each.path) > 2 or each.path[1:] == (0,)}
    for index, text in enumerate(disclosures):
        before, after = disclosures[:index], disclosures[index + 1 :]
        salt, *rest = contents(text)
        for changed in (
            foreign,
            text[:-1],
            text + "A",
            text.swapcase(),
            disclosure_of(salt, *rest[:-1], "forged"),
            # The same contents, in other bytes.
            base64url_encode(json.dumps([salt, *rest], indent=1).encode()),
        ):
            assert refused(*before, changed, *after)
        assert refused(*before, text, text, *after)
        assert refused(*before, text, foreign, *after)
        # Removed: it hides what it disclosed, unless something inside is left over.
        children = text not in inside and isinstance(rest[-1], list)
        assert refused(*before, *after) is children
    # Their order says nothing.
    assert not refused(*reversed(disclosures))


@given(data=st.data())
@effort(0.5)
def test_any_change_of_a_bound_presentation_is_refused(data: st.DataObject) -> None:
    presented = bound()
    where = data.draw(st.integers(0, len(presented) - 1))
    character = data.draw(st.sampled_from("AZaz09-_.~ {é"))
    changed = presented[:where] + character + presented[where + 1 :]
    if changed.strip() == presented:
        return
    with pytest.raises((mc.DocumentError, mc.ProofError)):
        verify_key_binding(verify_sd_jwt(changed, KEY.public_key), audience=AUDIENCE, nonce=NONCE, at=AT)


# Key binding


def bound(token: str | None = None, **changes: object) -> str:
    """A presentation for the verifier; changes replace arguments."""
    arguments: dict[str, object] = {"holder": HOLDER, "audience": AUDIENCE, "nonce": NONCE, "issued_at": AT, **changes}
    return present_sd_jwt(token or issued(), ["/evidence/0"], **arguments)  # type: ignore[arg-type]


def rebound(
    presented: str, key: mc.SigningKey = HOLDER, header: JSONObject | None = None, claims: JSONObject | None = None
) -> str:
    """A presentation with another Key Binding JWT; a claim that is None is left out."""
    text, _, last = presented.rpartition("~")
    before, payload, _ = last.split(".")
    head = {**json.loads(base64url_decode(before)), **(header or {})}
    members = {**json.loads(base64url_decode(payload)), **(claims or {})}
    body = {name: value for name, value in members.items() if value is not None}
    signed = f"{jwt_part(head)}.{jwt_part(body)}"
    return f"{text}~{signed}.{base64url_encode(key.sign(signed.encode()))}"


def checked(presented: str, **changes: object) -> mc.PublicKey:
    arguments: dict[str, object] = {"audience": AUDIENCE, "nonce": NONCE, "at": AT, **changes}
    return verify_key_binding(verify_sd_jwt(presented, KEY.public_key), **arguments)  # type: ignore[arg-type]


SECONDS = int(AT.timestamp())
FUTURE, PAST = SECONDS + 61, SECONDS - 361


@pytest.mark.parametrize(
    ("claims", "code"),
    [
        ({"nonce": "another"}, "INVALID_CHALLENGE_ERROR"),
        ({"nonce": None}, "INVALID_CHALLENGE_ERROR"),
        ({"nonce": [NONCE]}, "INVALID_CHALLENGE_ERROR"),
        ({"aud": "https://other.example"}, "INVALID_DOMAIN_ERROR"),
        ({"aud": [AUDIENCE]}, "INVALID_DOMAIN_ERROR"),
        ({"aud": None}, "INVALID_DOMAIN_ERROR"),
        ({"sd_hash": digest("x")}, "PROOF_VERIFICATION_ERROR"),
        ({"sd_hash": None}, "PROOF_VERIFICATION_ERROR"),
        ({"iat": FUTURE}, "NOT_YET_VALID"),
        ({"iat": PAST}, "EXPIRED"),
        ({"iat": None}, "MALFORMED_VALUE_ERROR"),
        ({"iat": "2026-06-01T00:00:00Z"}, "MALFORMED_VALUE_ERROR"),
        ({"iat": True}, "MALFORMED_VALUE_ERROR"),
        ({"iat": 10**400}, "MALFORMED_VALUE_ERROR"),
        ({"exp": PAST}, "EXPIRED"),
        ({"nbf": FUTURE}, "NOT_YET_VALID"),
        ({"exp": "soon"}, "MALFORMED_VALUE_ERROR"),
    ],
)
def test_key_binding_for_something_else_is_refused(claims: JSONObject, code: str) -> None:
    assert refusal(checked, rebound(bound(), claims=claims))[0] == code


@pytest.mark.parametrize(
    ("header", "code"),
    [
        ({"alg": "none"}, "CRYPTOGRAPHIC_SECURITY_ERROR"),
        ({"alg": "HS256"}, "CRYPTOGRAPHIC_SECURITY_ERROR"),
        ({"alg": "ES256"}, "CRYPTOGRAPHIC_SECURITY_ERROR"),
        ({"alg": "ES256K"}, "UNSUPPORTED"),
        ({"alg": ["EdDSA"]}, "UNSUPPORTED"),
        ({"crit": ["exp"]}, "UNSUPPORTED"),
        ({"typ": "JWT"}, "MALFORMED_VALUE_ERROR"),
        ({"typ": "vc+sd-jwt"}, "MALFORMED_VALUE_ERROR"),
        ({"typ": None}, "MALFORMED_VALUE_ERROR"),
        # The key comes from the issuer, whatever the holder sends along.
        ({"jwk": OTHER.public_key.to_jwk()}, None),
    ],
)
def test_key_binding_with_another_header_is_refused(header: JSONObject, code: str | None) -> None:
    changed = rebound(bound(), header=header)
    if code is None:
        assert checked(changed) == HOLDER.public_key
    else:
        assert refusal(checked, changed)[0] == code


def test_public_key_is_no_shared_secret() -> None:
    import hmac

    class Fake:
        public_key = HOLDER.public_key

        def sign(self, data: bytes) -> bytes:
            return hmac.digest(HOLDER.public_key.to_pem(), data, "sha256")

    changed = rebound(bound(), cast("mc.SigningKey", Fake()), header={"alg": "HS256"})
    assert refusal(checked, changed)[0] == "CRYPTOGRAPHIC_SECURITY_ERROR"


def test_key_binding_by_another_key_is_refused() -> None:
    assert refusal(checked, rebound(bound(), OTHER))[0] == "PROOF_VERIFICATION_ERROR"
    other = rebound(bound(), OTHER, header={"jwk": OTHER.public_key.to_jwk()})
    assert refusal(checked, other)[0] == "PROOF_VERIFICATION_ERROR"


def test_swapped_confirmation_breaks_the_signature_of_the_issuer() -> None:
    presented = bound()
    header, payload, signature = presented.split("~")[0].split(".")
    members = {**json.loads(base64url_decode(payload)), "cnf": {"jwk": OTHER.public_key.to_jwk()}}
    text = "~".join([f"{header}.{jwt_part(members)}.{signature}", *presented.split("~")[1:-1], ""])
    claims: JSONObject = {"sd_hash": digest(text)}
    forgery = rebound(text + presented.split("~")[-1], OTHER, claims=claims)
    assert refusal(checked, forgery)[0] == "PROOF_VERIFICATION_ERROR"


def test_key_binding_of_other_disclosures_is_refused() -> None:
    presented = bound()
    jwt, *disclosures, last = presented.split("~")
    assert len(disclosures) == 2
    for changed in (disclosures[:0], disclosures[::-1], disclosures[1:]):
        text = "~".join([jwt, *changed, last])
        assert refusal(checked, text)[0] == "PROOF_VERIFICATION_ERROR"


def test_key_binding_must_be_there_when_it_is_asked_for() -> None:
    stripped = bound().rpartition("~")[0] + "~"
    assert refusal(checked, stripped)[0] == "PROOF_VERIFICATION_ERROR"
    nobodys = issued(holder_key=None)
    assert refusal(checked, nobodys + bound().split("~")[-1]) == ("PROOF_VERIFICATION_ERROR", "/cnf")


def test_key_binding_is_good_within_its_window() -> None:
    presented = bound()
    for moved in (timedelta(0), timedelta(seconds=-60), timedelta(seconds=360)):
        assert checked(presented, at=AT + moved) == HOLDER.public_key
    long = timedelta(days=1)
    assert checked(presented, at=AT + long, max_age=long, clock_skew=timedelta(0)) == HOLDER.public_key
    assert checked(presented, at=datetime.max.replace(tzinfo=UTC), max_age=timedelta.max) == HOLDER.public_key


@pytest.mark.parametrize(
    ("confirmation", "code", "where"),
    [
        ({"kid": "did:example:holder#1"}, "UNSUPPORTED", "/cnf"),
        ({"x5t#S256": "x"}, "UNSUPPORTED", "/cnf"),
        ({"jwk": {"kty": "EC", "crv": "secp256k1", "x": "AA", "y": "AA"}}, "UNSUPPORTED", "/cnf/jwk"),
        ({"jwk": {"kty": "oct", "k": "AA"}}, "UNSUPPORTED", "/cnf/jwk"),
        ({"jwk": HOLDER.to_jwk()}, "UNSUPPORTED", "/cnf/jwk"),
        ({"jwk": "x"}, "MALFORMED_VALUE_ERROR", "/cnf/jwk"),
        ({}, "MALFORMED_VALUE_ERROR", "/cnf"),
        (None, "MALFORMED_VALUE_ERROR", "/cnf"),
        ("x", "MALFORMED_VALUE_ERROR", "/cnf"),
    ],
)
def test_confirmation_that_is_no_usable_key_is_told(confirmation: JSONValue, code: str, where: str) -> None:
    token = forged({"cnf": confirmation})
    decoded = verify_sd_jwt(token, KEY.public_key)
    assert refusal(lambda: decoded.confirmation) == (code, where)
    assert refusal(checked, token + bound().split("~")[-1]) == (code, where)


# What is refused


@pytest.mark.parametrize(
    "text",
    [
        "",
        "~",
        "~~",
        "e30.e30.AA",
        "e30.e30.~",
        "e30.e30.AB~",
        "e30=.e30.AA~",
        "W10.e30.AA~",
        "é.e30.AA~",
        "e30.e30.AA.AA~",
        "e30.e30.AA~~",
        "e30.e30.AA~é~",
        "e30.e30.AA~e30",
        "e30.e30.AA~WyJhIl0",
        "{",
        "{}",
        '{"payload":"e30","protected":"e30","signature":1}',
    ],
)
def test_what_is_no_sd_jwt_is_a_parsing_error(text: str) -> None:
    assert refusal(decode_sd_jwt, text)[0] == "PARSING_ERROR"
    assert refusal(decode_sd_jwt, text.encode())[0] == "PARSING_ERROR"


def test_white_space_around_and_bytes_are_read() -> None:
    token = issued()
    assert decode_sd_jwt(f" \n{token}\n".encode()) == decode_sd_jwt(token)


A, B = disclosure_of("s", "a", 1), disclosure_of("s", "b", 1)
ITEM = disclosure_of("s", 1)
ELSEWHERE = disclosure_of("s", {"_sd": [digest(A)]})

MALFORMED: list[tuple[str, JSONObject, tuple[str, ...], str]] = [
    ("digest twice", {"_sd": [digest(A), digest(A)]}, (A,), "/_sd"),
    ("decoy twice", {"_sd": ["x", "x"]}, (), "/_sd"),
    ("digest in two places", {"_sd": [digest(A)], "o": {"_sd": [digest(A)]}}, (A,), "/o/_sd"),
    ("digest of member and element", {"_sd": ["x"], "o": [{"...": "x"}]}, (), "/o/0"),
    ("digest in a disclosure too", {"_sd": [digest(A)], "o": [{"...": digest(ELSEWHERE)}]}, (A, ELSEWHERE), "/o/0/_sd"),
    ("name is there", {"a": 0, "_sd": [digest(A)]}, (A,), "/a"),
    (
        "name is disclosed twice",
        {"_sd": [digest(A), digest(disclosure_of("t", "a", 2))]},
        (A, disclosure_of("t", "a", 2)),
        "/a",
    ),
    ("element for a member", {"_sd": [digest(ITEM)]}, (ITEM,), ""),
    ("member for an element", {"o": [{"...": digest(A)}]}, (A,), "/o"),
    ("four parts", {"_sd": [digest(disclosure_of("s", "a", 1, 2))]}, (disclosure_of("s", "a", 1, 2),), ""),
    ("no list", {"_sd": [digest("e30")]}, ("e30",), ""),
    ("name is a number", {"_sd": [digest(disclosure_of("s", 1, 1))]}, (disclosure_of("s", 1, 1),), ""),
    ("salt is a number", {"_sd": [digest(disclosure_of(1, "a", 1))]}, (disclosure_of(1, "a", 1),), ""),
    ("no list of digests", {"_sd": "x"}, (), "/_sd"),
    ("null for digests", {"_sd": None}, (), "/_sd"),
    ("digest is a number", {"_sd": [1]}, (), "/_sd"),
    ("element's digest is a number", {"o": [{"...": 1}]}, (), "/o/0"),
    ("members beside an element's digest", {"o": [{"...": "x", "y": 1}]}, (), "/o/0"),
    ("element's digest in an object", {"o": {"...": "x"}}, (), "/o/..."),
    ("algorithm below", {"o": {"_sd_alg": "sha-256"}}, (), "/o/_sd_alg"),
    ("algorithm is a number", {"_sd_alg": 256}, (), "/_sd_alg"),
]
for name in ("_sd", "...", "_sd_alg"):
    named = disclosure_of("s", name, ["x"])
    MALFORMED.append((f"disclosure of {name}", {"_sd": [digest(named)]}, (named,), ""))
for value, place in (({"...": "x"}, "/o/0/..."), ({"_sd_alg": "x"}, "/o/0/_sd_alg")):
    odd = disclosure_of("s", cast(JSONValue, value))
    MALFORMED.append((f"disclosed {value}", {"o": [{"...": digest(odd)}]}, (odd,), place))


@pytest.mark.parametrize(
    ("payload", "disclosures", "where"), [case[1:] for case in MALFORMED], ids=[m[0] for m in MALFORMED]
)
def test_what_breaks_the_rules_of_digests_is_refused(
    payload: JSONObject, disclosures: tuple[str, ...], where: str
) -> None:
    assert refusal(decode_sd_jwt, forged(payload, *disclosures)) == ("MALFORMED_VALUE_ERROR", where)


@pytest.mark.parametrize(
    "text", ["A", "WyJz", "WyJzIiwiYSIsMV0=", "WyJzIiwiYSIsTmFOXQ", "WyJzIiwiYSIseyJhIjoxLCJhIjoyfV0"]
)
def test_disclosure_that_cannot_be_read_is_a_parsing_error(text: str) -> None:
    assert refusal(decode_sd_jwt, forged({"_sd": [digest(text)]}, text))[0] == "PARSING_ERROR"


def test_disclosure_without_a_digest_is_refused() -> None:
    payloads: list[JSONObject] = [{}, {"_sd": [digest(B)]}, {"o": {"_sd": []}}]
    for payload in payloads:
        assert refusal(decode_sd_jwt, forged(payload, A))[0] == "PROOF_VERIFICATION_ERROR"


def test_empty_object_and_array_are_left_of_what_hides_everything() -> None:
    payload: JSONObject = {"o": {"_sd": [digest(A)]}, "l": [{"...": digest(ITEM)}], "e": {"_sd": []}}
    assert decode_sd_jwt(forged(payload)).envelope.document == {"o": {}, "l": [], "e": {}}


@pytest.mark.parametrize("algorithm", ["sha-256", "sha-384", "sha-512"])
def test_other_hash_algorithms_are_read(algorithm: str) -> None:
    payload: JSONObject = {
        "_sd_alg": algorithm,
        "_sd": [digest_of(A, algorithm)],
        "cnf": {"jwk": HOLDER.public_key.to_jwk()},
    }
    token = forged(payload, A)
    assert decode_sd_jwt(token).envelope.document == {"a": 1}
    presented = present_sd_jwt(token, [], holder=HOLDER, audience=AUDIENCE, nonce=NONCE, issued_at=AT)
    assert checked(presented) == HOLDER.public_key


@pytest.mark.parametrize("algorithm", ["md5", "sha-256-32", "SHA-256", "sha3-256", ""])
def test_unknown_or_weak_hash_algorithms_are_unsupported(algorithm: str) -> None:
    assert refusal(decode_sd_jwt, forged({"_sd_alg": algorithm})) == ("UNSUPPORTED", "/_sd_alg")


@pytest.mark.parametrize("name", ["iss", "nbf", "exp", "cnf", "vct", "vct#integrity", "aka_vcts", "status", "@context"])
def test_sd_jwt_vc_does_not_hide_what_it_must_show(name: str) -> None:
    whole = disclosure_of("s", name, "x")
    payload: JSONObject = {"_sd": [digest(whole)], **({"vct": None} if name == "vct" else {})}
    token = forged(payload, whole)
    if name == "vct":
        header = {"alg": "EdDSA", "typ": "dc+sd-jwt"}
        signed = f"{jwt_part(cast(JSONObject, header))}.{jwt_part({'_sd': [digest(whole)]})}"
        token = f"{signed}.{base64url_encode(KEY.sign(signed.encode()))}~{whole}~"
    assert refusal(decode_sd_jwt, token) == ("MALFORMED_VALUE_ERROR", f"/{name}")
    part = disclosure_of("s", "x", "y")
    for texts_ in ((part,), ()):
        token = forged({name: {"deep": [{"_sd": [digest(part)]}]}}, *texts_)
        assert refusal(decode_sd_jwt, token) == ("MALFORMED_VALUE_ERROR", f"/{name}")


@pytest.mark.parametrize("vct", [None, 1, "", ["x"]])
def test_sd_jwt_vc_names_its_type(vct: JSONValue) -> None:
    assert refusal(decode_sd_jwt, forged({"vct": vct})) == ("MALFORMED_VALUE_ERROR", "/vct")


@pytest.mark.parametrize("typ", ["vc+sd-jwt", "application/VC+SD-JWT", None])
def test_w3c_credential_is_of_the_data_model_2(typ: str | None) -> None:
    def token(document: Mapping[str, JSONValue], *disclosures: str) -> str:
        header: JSONObject = {"alg": "EdDSA", **({} if typ is None else {"typ": typ})}
        signed = f"{jwt_part(header)}.{jwt_part(dict(document))}"
        return "~".join([f"{signed}.{base64url_encode(KEY.sign(signed.encode()))}", *disclosures, ""])

    assert verify_sd_jwt(token(badge()), KEY.public_key).envelope.document == badge()
    # The SD-JWT VC of older drafts had this typ, too.
    assert refusal(decode_sd_jwt, token({"vct": VCT, "iss": KEY.did}))[1] == "/@context"
    assert refusal(decode_sd_jwt, token({"vc": badge()}))[1] == "/vc"
    context = disclosure_of("s", "@context", badge()["@context"])
    hidden: JSONObject = {"_sd": [digest(context)], **{name: badge()[name] for name in badge() if name != "@context"}}
    assert refusal(decode_sd_jwt, token(hidden, context))[1] == "/@context"
    partly: JSONObject = {**badge(), "@context": [*cast("list[JSONValue]", badge()["@context"]), {"...": "x"}]}
    assert refusal(decode_sd_jwt, token(partly))[1] == "/@context"
    # The W3C's own tests hide type and issuer, and want that verified.
    types = disclosure_of("s", "type", badge()["type"])
    shown: JSONObject = {"_sd": [digest(types)], **{name: badge()[name] for name in badge() if name != "type"}}
    assert verify_sd_jwt(token(shown, types), KEY.public_key).envelope.document == badge()


def test_w3c_presentation_is_of_the_data_model_2() -> None:
    document: JSONObject = {"@context": ["https://www.w3.org/2018/credentials/v1"], "type": ["VerifiablePresentation"]}
    assert refusal(decode_sd_jwt, forged(document, typ="vp+sd-jwt"))[1] == "/@context"
    document["@context"] = ["https://www.w3.org/ns/credentials/v2"]
    assert verify_sd_jwt(forged(document, typ="vp+sd-jwt"), KEY.public_key).envelope.document == document
    assert refusal(verify_sd_jwt, forged(document, typ="vc+sd-jwt"), KEY.public_key)[0] == "MALFORMED_VALUE_ERROR"


@pytest.mark.parametrize("typ", ["JWT", "kb+jwt", "vc+jwt", "sd-jwt", "vp+sd-jwt", "vc+sd-jwt2", None])
def test_other_types_are_refused(typ: str | None) -> None:
    header: JSONObject = {"alg": "EdDSA", "typ": typ}
    signed = f"{jwt_part(header)}.{jwt_part(badge())}"
    token = f"{signed}.{base64url_encode(KEY.sign(signed.encode()))}~"
    assert refusal(verify_sd_jwt, token, KEY.public_key)[0] == "MALFORMED_VALUE_ERROR"


@pytest.mark.parametrize("algorithm", ["none", "HS256", "HS512"])
def test_algorithms_that_protect_nothing_are_refused(algorithm: str) -> None:
    token = forged({}, alg=algorithm)
    assert refusal(verify_sd_jwt, token, KEY.public_key)[0] == "CRYPTOGRAPHIC_SECURITY_ERROR"


def test_claims_must_agree_with_the_credential() -> None:
    for claims in ({"iss": OTHER.did}, {"jti": "urn:x:1"}, {"sub": "did:example:other"}, {"iat": [1]}, {"exp": "x"}):
        token = issued(claims=claims)
        assert refusal(verify_sd_jwt, token, KEY.public_key)[0] == "MALFORMED_VALUE_ERROR"


def test_other_key_is_refused() -> None:
    assert refusal(verify_sd_jwt, issued(), OTHER.public_key)[0] == "PROOF_VERIFICATION_ERROR"
    assert refusal(verify_sd_jwt, issued(), mc.SigningKey.generate("P-256").public_key)[0] == (
        "CRYPTOGRAPHIC_SECURITY_ERROR"
    )


# JWS JSON Serialization (RFC 9901 §8)


def serialized(token: str, **others: JSONValue) -> JSONObject:
    jwt, *disclosures, last = token.split("~")
    protected, payload, signature = jwt.split(".")
    header: JSONObject = {"disclosures": [*disclosures], **({"kb_jwt": last} if last else {}), **others}
    return {"payload": payload, "protected": protected, "signature": signature, "header": header}


def several(jws: JSONObject, *headers: JSONObject) -> JSONObject:
    first = {name: jws[name] for name in ("protected", "signature", "header")}
    signatures: list[JSONValue] = [first, *({**first, "header": header} for header in headers)]
    return {"payload": jws["payload"], "signatures": signatures}


def test_json_serialization_says_the_same() -> None:
    presented = bound()
    jws = serialized(presented, kid="ignored")
    for text in (json.dumps(jws), json.dumps(several(jws)), json.dumps(several(jws, {"kid": "x"}))):
        assert decode_sd_jwt(text) == decode_sd_jwt(presented)
        assert checked(text) == HOLDER.public_key
    bare = json.dumps({**serialized(encode_sd_jwt(badge(), KEY)), "header": {}})
    assert verify_sd_jwt(bare, KEY.public_key).envelope.document == badge()
    assert present_sd_jwt(json.dumps(serialized(issued := encode_sd_jwt(rich_badge(), KEY))), [""]) == issued


def test_json_serialization_with_parts_elsewhere_is_refused() -> None:
    jws = serialized(issued())
    others: list[JSONObject] = [{"disclosures": []}, {"kb_jwt": ""}]
    for other in others:
        assert refusal(decode_sd_jwt, json.dumps(several(jws, other)))[1] == "/signatures"
    joined = "~".join(cast("list[str]", as_object(jws["header"])["disclosures"]))
    changes: list[JSONObject] = [
        {"header": {"disclosures": "x"}},
        {"header": {"disclosures": [1]}},
        {"header": {"disclosures": [joined]}},
        {"header": {"kb_jwt": 1}},
        {"payload": None},
        {"protected": {}},
        {"signatures": [1], "signature": None},
        {"signatures": [{}]},
        {"signatures": []},
    ]
    for change in changes:
        assert refusal(decode_sd_jwt, json.dumps({**jws, **change}))[0] == "PARSING_ERROR"
    assert refusal(decode_sd_jwt, json.dumps({"payload": "e30", "signatures": [1]}))[0] == "PARSING_ERROR"


# Hostile sizes


def chain(length: int) -> str:
    """Disclosures in disclosures."""
    texts_: list[str] = []
    value: JSONValue = 1
    for _ in range(length):
        texts_.append(disclosure_of("s", "a", value))
        value = {"_sd": [digest(texts_[-1])]}
    return forged(cast(JSONObject, value), *texts_)


def test_deep_disclosures_are_bounded() -> None:
    assert len(decode_sd_jwt(chain(64)).disclosures) == 64
    assert refusal(decode_sd_jwt, chain(65))[0] == "PARSING_ERROR"
    assert refusal(decode_sd_jwt, chain(5_000))[0] == "PARSING_ERROR"
    # No recursion of Python's is in the way of other limits.
    assert len(decode_sd_jwt(chain(3_000), mc.Limits(max_json_depth=3_000)).disclosures) == 3_000


def test_many_values_are_bounded_all_together() -> None:
    limits = mc.Limits(max_json_values=100)
    texts_ = [disclosure_of("s", str(index), [0] * 30) for index in range(5)]
    token = forged({"_sd": [*map(digest, texts_)]}, *texts_)
    assert refusal(decode_sd_jwt, token, limits)[0] == "PARSING_ERROR"
    assert len(decode_sd_jwt(token, mc.Limits(max_json_values=200)).disclosures) == 5


def test_a_hundred_thousand_disclosures_are_refused() -> None:
    token = forged({})
    texts_ = [disclosure_of("s", index) for index in range(100_000)]
    assert refusal(decode_sd_jwt, "~".join([token[:-1], *texts_, ""]))[0] == "PROOF_VERIFICATION_ERROR"
    assert refusal(decode_sd_jwt, "~".join([token[:-1], *texts_, *texts_[:1], ""]))[0] == "PARSING_ERROR"
    assert refusal(decode_sd_jwt, token + "~" * 1_000_000)[0] == "PARSING_ERROR"
    assert refusal(decode_sd_jwt, token + "A~" * 1_000_000)[0] == "PARSING_ERROR"


def test_forty_thousand_good_disclosures_are_read() -> None:
    texts_ = [disclosure_of("", index) for index in range(40_000)]
    elements: list[JSONValue] = [{"...": digest(text)} for text in texts_]
    limits = mc.Limits(max_document_bytes=2**26, max_json_values=200_000)
    assert decode_sd_jwt(forged({"o": elements}, *texts_), limits).envelope.document == {"o": [*range(40_000)]}


def test_size_is_bounded_before_anything_is_read() -> None:
    limits = mc.Limits(max_document_bytes=2_000)
    huge = disclosure_of("s" * 3_000, "a", 1)
    assert refusal(decode_sd_jwt, forged({"_sd": [digest(huge)]}, huge), limits)[0] == "PARSING_ERROR"
    assert decode_sd_jwt(forged({"_sd": [digest(huge)]}, huge)).envelope.document == {"a": 1}
    many = [disclosure_of("s", str(index), "x" * 50) for index in range(10)]
    token = forged({"_sd": [*map(digest, many)]}, *many)
    assert len(token) > 1_600
    assert refusal(decode_sd_jwt, token, mc.Limits(max_document_bytes=1_600))[0] == "PARSING_ERROR"
    assert len(decode_sd_jwt(token, limits).disclosures) == 10


def test_long_names_do_not_multiply() -> None:
    inner: JSONValue = [[1], [2]]
    for _ in range(60):
        inner = {"n" * 10_000: inner}
    assert decode_sd_jwt(forged({"o": inner})).disclosures == ()


def test_salts_are_not_shown() -> None:
    decoded = decode_sd_jwt(issued())
    secret = str(contents(decoded.disclosures[0].text)[0])
    assert secret not in repr(decoded)
    assert decoded.disclosures[0].text not in repr(decoded)


def test_what_was_decoded_can_be_compared_and_replaced() -> None:
    decoded = decode_sd_jwt(issued())
    assert isinstance(decoded, SDJWT)
    assert dataclasses.replace(decoded) == decoded


def test_document_is_not_changed_by_issuing() -> None:
    document = rich_badge()
    before = deepcopy(document)
    issued(document, decoys=2)
    assert document == before
