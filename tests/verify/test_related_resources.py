"""Digests of what a credential links to: compared where it is used here, and left alone where it is not."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

import microcred as mc
from microcred.digests import Annotation
from microcred.encoding import multibase_encode, varint_encode
from microcred.json import JSONObject, JSONValue
from microcred.jsonld import contexts
from microcred.signing import add_proof
from microcred.testing import FakeWeb
from microcred.verify.related_resources import judge_digests
from microcred.verify.report import Code
from tests.make import AT, KEY, badge, signed

CREDENTIALS, OPEN_BADGES = (
    "https://www.w3.org/ns/credentials/v2",
    "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json",
)
OWN = "https://example.edu/contexts/own.json"
OWN_CONTEXT = json.dumps({"@context": {"grade": "https://example.edu/terms#grade"}}, indent=2).encode()
CONTENT = b"some bytes"
P_256 = mc.SigningKey.generate("P-256")
PUBLISHED = contexts.content(CREDENTIALS)
assert PUBLISHED is not None
# As the Data Model 2.0 has it, §5.3.
OF_THE_W3C = "sha384-l/HrjlBCNWyAX91hr6LFV2Y3heB5Tcr6IeE4/Tje8YyzYBM8IhqjHWiWpr8+ZbYU"


def sri(content: bytes, algorithm: str = "sha384") -> str:
    return f"{algorithm}-{base64.b64encode(hashlib.new(algorithm, content).digest()).decode()}"


def multihash(content: bytes, algorithm: str = "sha256", code: int = 0x12, base: str = "u") -> str:
    digest = hashlib.new(algorithm, content).digest()
    return multibase_encode(varint_encode(code) + varint_encode(len(digest)) + digest, base)


def check(*resources: JSONValue, **options: object) -> tuple[str, str | None, str | None]:
    options.setdefault("trusted_issuers", {KEY.did})
    document = badge(relatedResource=list(resources))
    found = options.pop("context", None)
    if found is not None:
        document["@context"] = [CREDENTIALS, OPEN_BADGES, str(found)]
    data_model = mc.Verifier(**options).check(document, at=AT)["data_model"]  # type: ignore[arg-type]
    return str(data_model.outcome), data_model.code, data_model.pointer


GOOD = ("passed", None, None)


# One digest and some bytes


@pytest.mark.parametrize(
    "members",
    [
        {},
        {"digestSRI": sri(CONTENT, "sha256")},
        {"digestSRI": sri(CONTENT, "sha384")},
        {"digestSRI": sri(CONTENT, "sha512")},
        {"digestSRI": sri(CONTENT).rstrip("=") + "?ct=text/plain"},
        {"digestSRI": sri(CONTENT).replace("+", "-").replace("/", "_")},
        # The strongest one counts (SRI 3.3.4), and one of the strongest suffices.
        {"digestSRI": f"{sri(CONTENT, 'sha512')} {sri(b'', 'sha256')}"},
        {"digestSRI": f"{sri(b'')} {sri(CONTENT)}"},
        {"digestSRI": [sri(b""), sri(CONTENT)]},
        {"digestSRI": f"sha1024-AAAA {sri(CONTENT)}"},
        {"digestMultibase": multihash(CONTENT)},
        {"digestMultibase": multihash(CONTENT, base="z")},
        {"digestMultibase": multihash(CONTENT, "sha384", 0x20)},
        {"digestMultibase": multihash(CONTENT, "sha512", 0x13)},
        {"digestMultibase": multihash(CONTENT, "sha3_256", 0x16)},
        {"digestMultibase": multihash(CONTENT, "sha3_384", 0x15)},
        {"digestMultibase": [multihash(b""), multihash(CONTENT)]},
        {"digestMultibase": multihash(CONTENT), "digestSRI": sri(CONTENT)},
    ],
)
def test_a_right_digest_is_right(members: JSONObject) -> None:
    assert judge_digests([Annotation("/x", members)], CONTENT) is None


@pytest.mark.parametrize(
    ("members", "code"),
    [
        ({"digestSRI": sri(b"")}, Code.DIGEST_MISMATCH),
        ({"digestSRI": f"{sri(b'', 'sha512')} {sri(CONTENT, 'sha256')}"}, Code.DIGEST_MISMATCH),
        ({"digestSRI": sri(CONTENT)[:-8]}, Code.DIGEST_MISMATCH),
        ({"digestSRI": sri(CONTENT).replace("sha384", "sha256")}, Code.DIGEST_MISMATCH),
        ({"digestSRI": sri(CONTENT), "digestMultibase": multihash(b"")}, Code.DIGEST_MISMATCH),
        ({"digestMultibase": multihash(b"")}, Code.DIGEST_MISMATCH),
        ({"digestMultibase": multihash(CONTENT, code=0x16)}, Code.DIGEST_MISMATCH),
        ({"digestSRI": "md5-1B2M2Y8AsgTpgAmY7PhCfg=="}, Code.UNSUPPORTED),
        ({"digestMultibase": multihash(CONTENT, "sha1", 0x11)}, Code.UNSUPPORTED),
        ({"digestSRI": " "}, Code.UNSUPPORTED),
        ({"digestSRI": ""}, Code.UNSUPPORTED),
        ({"digestSRI": "sha384"}, Code.MALFORMED_VALUE_ERROR),
        ({"digestSRI": "sha384-!"}, Code.MALFORMED_VALUE_ERROR),
        ({"digestSRI": "sha384-A"}, Code.MALFORMED_VALUE_ERROR),
        ({"digestSRI": 7}, Code.MALFORMED_VALUE_ERROR),
        ({"digestSRI": [{}]}, Code.MALFORMED_VALUE_ERROR),
        ({"digestMultibase": 7}, Code.MALFORMED_VALUE_ERROR),
        ({"digestMultibase": "u"}, Code.MALFORMED_VALUE_ERROR),
        ({"digestMultibase": "mAAAA"}, Code.MALFORMED_VALUE_ERROR),
        # Without the header of a multihash, it says nothing about how it was made.
        ({"digestMultibase": multibase_encode(hashlib.sha256(CONTENT).digest(), "u")}, Code.MALFORMED_VALUE_ERROR),
        ({"digestMultibase": "u" + "A" * 100_000}, Code.MALFORMED_VALUE_ERROR),
    ],
)
def test_a_wrong_digest_has_a_code(members: JSONObject, code: Code) -> None:
    found = judge_digests([Annotation("/x", members)], CONTENT)
    assert found is not None
    assert found.code == code
    assert (found.outcome == "failed") == (code != Code.UNSUPPORTED)
    assert found.pointer is not None
    assert found.pointer in {f"/x/{name}" for name in members}


def test_a_digest_without_the_bytes_cannot_be_judged() -> None:
    found = judge_digests([Annotation("/x", {"digestSRI": sri(CONTENT)})], None)
    assert found is not None
    assert (found.outcome, found.code) == ("indeterminate", Code.UNSUPPORTED)


@given(
    name=st.sampled_from(["digestSRI", "digestMultibase"]),
    value=st.text(max_size=80) | st.text("sha256-38451uzAB=? ", max_size=80),
)
def test_any_text_is_judged(name: str, value: str) -> None:
    found = judge_digests([Annotation("", {name: value})], CONTENT)
    assert found is not None
    assert found.outcome in ("failed", "indeterminate")


# Contexts


def test_the_digest_of_a_pinned_context_is_compared() -> None:
    assert PUBLISHED is not None
    content, exact = PUBLISHED
    assert exact
    assert hashlib.sha256(content).hexdigest() == "59955ced6697d61e03f2b2556febe5308ab16842846f5b586d7f1f7adec92734"
    assert check({"id": CREDENTIALS, "digestSRI": OF_THE_W3C}) == GOOD
    assert check({"id": CREDENTIALS, "digestMultibase": multihash(content)}) == GOOD
    mismatch = ("failed", Code.DIGEST_MISMATCH, "/relatedResource/1/digestSRI")
    image: JSONObject = {"id": "https://example.edu/image.png", "digestSRI": sri(b"")}
    assert check(image, {"id": CREDENTIALS, "digestSRI": sri(content[:-1])}) == mismatch
    assert check({"id": CREDENTIALS, "digestMultibase": "uABCD"})[1] == Code.MALFORMED_VALUE_ERROR


def test_a_wrong_digest_refuses_the_credential() -> None:
    document = badge(relatedResource={"id": CREDENTIALS, "digestSRI": sri(b"")})
    secured = add_proof(document, KEY, verification_method=KEY.verification_method)
    report = mc.Verifier(trusted_issuers={KEY.did}).check(secured, at=AT)
    assert report.refused
    assert report["data_model"].pointer == "/relatedResource/digestSRI"
    assert report["proof"].outcome == "passed"


@pytest.mark.parametrize(
    "sign",
    [
        lambda document: mc.sign(document, P_256),
        lambda document: mc.sign_jwt(document, P_256),
        lambda document: mc.sign_sd_jwt(document, P_256, holder_key=None),
        lambda document: mc.sign_cose(document, P_256),
        lambda document: mc.sign_selective(document, P_256),
    ],
    ids=["sign", "sign_jwt", "sign_sd_jwt", "sign_cose", "sign_selective"],
)
def test_a_credential_with_a_wrong_digest_of_a_context_is_not_issued(sign: Callable[[JSONObject], object]) -> None:
    def issue(url: str = CREDENTIALS, **members: JSONValue) -> None:
        sign(badge(P_256.did, relatedResource=[{"id": url, **members}]))

    issue(digestSRI=OF_THE_W3C)
    # Whether these are right cannot be told here.
    issue(digestSRI="sha1024-AAAA")
    issue(OPEN_BADGES, digestSRI=sri(b""))
    for members, code in (
        ({"digestSRI": sri(b"")}, Code.DIGEST_MISMATCH),
        ({"digestMultibase": multihash(b"")}, Code.DIGEST_MISMATCH),
        ({"digestSRI": "sha384"}, Code.MALFORMED_VALUE_ERROR),
    ):
        with pytest.raises(mc.DocumentError) as caught:
            issue(**members)
        [problem] = caught.value.problems
        assert (problem.pointer, problem.code) == (f"/relatedResource/0/{next(iter(members))}", code)


def test_a_context_whose_published_bytes_are_not_known_is_not_called_wrong() -> None:
    found = contexts.content(OPEN_BADGES)
    assert found is not None
    assert check({"id": OPEN_BADGES, "digestSRI": sri(found[0])}) == GOOD
    pointer = "/relatedResource/0/digestSRI"
    assert check({"id": OPEN_BADGES, "digestSRI": sri(b"")}) == ("indeterminate", Code.UNSUPPORTED, pointer)


def test_what_is_bad_comes_before_what_is_unknown() -> None:
    unknown: JSONObject = {"id": OPEN_BADGES, "digestSRI": sri(b"")}
    wrong: JSONObject = {"id": CREDENTIALS, "digestSRI": sri(b"")}
    for order, index in (((unknown, wrong), 1), ((wrong, unknown), 0)):
        assert check(*order) == ("failed", Code.DIGEST_MISMATCH, f"/relatedResource/{index}/digestSRI")


def test_a_context_of_the_caller_is_compared_by_its_bytes() -> None:
    right: JSONObject = {"id": OWN, "digestSRI": sri(OWN_CONTEXT)}
    wrong: JSONObject = {"id": OWN, "digestSRI": sri(b"")}
    pointer = "/relatedResource/0/digestSRI"
    for given_as in (OWN_CONTEXT, OWN_CONTEXT.decode()):
        assert check(right, context=OWN, contexts={OWN: given_as}) == GOOD
        assert check(wrong, context=OWN, contexts={OWN: given_as}) == ("failed", Code.DIGEST_MISMATCH, pointer)
    document = json.loads(OWN_CONTEXT)
    assert check(right, context=OWN, contexts={OWN: document}) == ("indeterminate", Code.UNSUPPORTED, pointer)
    # Without a digest, an object is as good.
    assert check({"id": "urn:x", "digestSRI": sri(b"")}, context=OWN, contexts={OWN: document}) == GOOD


def test_contexts_as_text_serve_the_proof_too() -> None:
    document = {**badge(), "@context": [CREDENTIALS, OPEN_BADGES, OWN], "grade": "A"}
    secured = mc.sign(document, KEY, contexts={OWN: json.loads(OWN_CONTEXT)})
    assert mc.Verifier(trusted_issuers={KEY.did}, contexts={OWN: OWN_CONTEXT}).check(secured, at=AT)
    with pytest.raises(ValueError, match="contexts="):
        mc.Verifier(trusted_issuers={KEY.did}, contexts={OWN: "nothing"})


def test_what_is_not_used_is_not_fetched_and_nothing_is_said() -> None:
    resources: list[JSONValue] = [
        {"id": "https://example.edu/image.png", "mediaType": "image/png", "digestSRI": sri(b"")},
        {"id": "https://w3id.org/security/data-integrity/v2", "digestSRI": sri(b"")},
        {"id": "https://example.edu/schema.json", "digestMultibase": multihash(b"")},
    ]
    web = FakeWeb()
    report = mc.Verifier(trusted_issuers={KEY.did}, fetcher=web).check(signed(relatedResource=resources), at=AT)
    assert report
    assert web.requests == []


# The data model


@pytest.mark.parametrize(
    ("resources", "pointer"),
    [
        ([{"id": "urn:a", "digestSRI": sri(b"")}, {"id": "urn:a", "digestSRI": sri(b"")}], "/relatedResource/1/id"),
        ([{"id": "urn:a"}], "/relatedResource/0"),
        ([{"digestSRI": sri(b"")}], "/relatedResource/0/id"),
        (["urn:a"], "/relatedResource/0"),
    ],
)
def test_related_resources_have_one_id_each_and_a_digest(resources: list[JSONValue], pointer: str) -> None:
    assert check(*resources) == ("failed", Code.MALFORMED_VALUE_ERROR, pointer)


def test_related_resources_are_looked_at_in_a_model_too() -> None:
    one = {"id": "urn:a", "digestSRI": sri(b"")}
    with pytest.raises(ValueError, match="another related resource"):
        mc.VerifiableCredential.model_validate(
            {"issuer": KEY.did, "credential_subject": {"id": "urn:x"}, "related_resource": [one, one]}
        )


def test_the_work_grows_with_the_document_and_not_with_its_square() -> None:
    resources: list[JSONValue] = [{"id": CREDENTIALS, "digestSRI": sri(b"")}] * 10_000
    assert check(*resources)[1] == Code.MALFORMED_VALUE_ERROR
