"""The schemas that a credential names: where they come from, whose word they are, and what they say."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import pickle
import sys
from collections.abc import Callable, Iterator
from datetime import datetime

import pytest

import microcred as mc
from microcred.encoding import multibase_encode
from microcred.errors import FetchError
from microcred.json import JSONObject, JSONValue
from microcred.protocols import FetchResult, Steps
from microcred.signing import encode_jwt
from microcred.status import StatusList
from microcred.testing import FakeWeb
from microcred.verify.json_schema.documents import metadocument
from microcred.verify.report import Code, Voucher
from tests.make import AT, ISSUER, KEY, OTHER, badge, signed
from tests.support import SHARED, as_object

URL = "https://example.edu/schemas/named.json"
OF_SCHEMAS = {
    "id": "https://www.w3.org/ns/credentials/json-schema/v2.json",
    "type": "JsonSchema",
    "digestSRI": "sha384-S57yQDg1MTzF56Oi9DbSQ14u7jBy0RDdx0YbeV7shwhCS88G8SCXeFq82PafhCrW",
}
CONTEXTS = ["https://www.w3.org/ns/credentials/v2", "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"]
EXTENSIONS = "https://purl.imsglobal.org/spec/ob/v3p0/extensions.json"


def schema(**members: JSONValue) -> JSONObject:
    """Return a schema that wants a name; other members come beside it."""
    return {
        "$id": URL,
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "required": ["name"],
        **members,
    }


CONTENT = json.dumps(schema(), indent=1).encode()


def sri(content: bytes, algorithm: str = "sha384") -> str:
    return f"{algorithm}-{base64.b64encode(hashlib.new(algorithm, content).digest()).decode()}"


def multihash(content: bytes, base: str = "u") -> str:
    return multibase_encode(b"\x12\x20" + hashlib.sha256(content).digest(), base)


def naming(
    kind: str = "JsonSchema", *, name: str | None = "Rust 101", key: mc.SigningKey = KEY, **entry: JSONValue
) -> JSONObject:
    """Return a signed badge that names a schema."""
    return with_members(key, name=name, credentialSchema=[{"id": URL, "type": kind, **entry}])


def with_members(key: mc.SigningKey = KEY, **members: object) -> JSONObject:
    """Return a signed badge with the context of the extensions, and more."""
    document = {**badge(key.did, **members), "@context": [*CONTEXTS, EXTENSIONS]}
    return mc.sign(document, key, created="2026-05-01T10:00:00Z")


def verifier(schemas: object = None, pages: object = None, **options: object) -> mc.Verifier:
    options.setdefault("trusted_issuers", {KEY.did})
    if pages is not None:
        options["fetcher"] = pages if isinstance(pages, FakeWeb) else FakeWeb(pages)  # type: ignore[arg-type]
    return mc.Verifier(schemas=schemas, **options)  # type: ignore[arg-type]


def found(report: mc.VerificationReport) -> tuple[str, str | None, str | None]:
    check = report["credential_schema"]
    assert bool(check.detail) == (check.outcome != "passed")
    return str(check.outcome), check.code, check.pointer


GOOD = ("passed", None, None)


def unknown(code: Code, pointer: str = "/credentialSchema/0") -> tuple[str, Code, str]:
    return "indeterminate", code, pointer


# Supplied


@pytest.mark.parametrize("kind", ["JsonSchema", "1EdTechJsonSchemaValidator2019", "JsonSchemaCredential"])
@pytest.mark.parametrize("given", [schema(), json.dumps(schema()), CONTENT], ids=["object", "text", "bytes"])
def test_a_credential_is_held_against_a_supplied_schema(kind: str, given: object) -> None:
    judge = verifier({URL: given})
    report = judge.check(naming(kind), at=AT)
    assert found(report) == GOOD
    assert report
    report = judge.check(naming(kind, name=None), at=AT)
    assert found(report) == ("failed", Code.SCHEMA_MISMATCH, "/name")
    assert report.refused


def test_async_verifier_judges_the_same() -> None:
    judge = mc.AsyncVerifier(trusted_issuers={KEY.did}, schemas={URL: CONTENT})
    assert asyncio.run(judge.check(naming(), at=AT))
    assert found(asyncio.run(judge.check(naming(name=None), at=AT)))[1] == Code.SCHEMA_MISMATCH


def test_a_schema_is_held_against_a_jwt_too() -> None:
    document = badge(credentialSchema=[{"id": URL, "type": "JsonSchema"}])
    judge = verifier({URL: schema()})
    assert found(judge.check(mc.sign_jwt({**document, "name": "Rust 101"}, KEY), at=AT)) == GOOD
    assert found(judge.check(mc.sign_jwt(document, KEY), at=AT))[1] == Code.SCHEMA_MISMATCH


def test_a_supplied_schema_is_looked_at_even_where_the_proof_is_not_good() -> None:
    judge = verifier({URL: schema()})
    assert found(judge.check({**naming(), "validUntil": "2030-01-01T00:00:00Z"}, at=AT)) == GOOD
    assert found(judge.check({**naming(), "name": 7}, at=AT)) == GOOD
    unsigned = {name: value for name, value in naming(name=None).items() if name != "proof"}
    assert found(judge.check(unsigned, at=AT))[1] == Code.SCHEMA_MISMATCH


def test_every_schema_has_to_hold_and_what_is_bad_comes_before_what_is_unknown() -> None:
    other = "https://example.edu/schemas/other.json"
    entries: list[JSONValue] = [
        {"id": "https://example.edu/schemas/unknown.json", "type": "JsonSchema"},
        {"id": URL, "type": "JsonSchema"},
        {"id": other, "type": ["JsonSchema"]},
    ]
    judge = verifier({URL: schema(), other: schema(required=["description"])})
    described = signed(name="x", description="y", credentialSchema=entries[1:])
    assert found(judge.check(described, at=AT)) == GOOD
    assert found(judge.check(signed(name="x", credentialSchema=entries[1:]), at=AT)) == (
        "failed",
        Code.SCHEMA_MISMATCH,
        "/description",
    )
    assert found(judge.check(signed(name="x", description="y", credentialSchema=entries), at=AT)) == unknown(
        Code.RESOLUTION_ERROR
    )
    assert found(judge.check(signed(description="y", credentialSchema=entries), at=AT))[1] == Code.SCHEMA_MISMATCH


def test_a_lone_entry_needs_no_brackets() -> None:
    document = badge(name=None, credentialSchema={"id": URL, "type": "JsonSchema"})
    assert found(verifier().check(document, at=AT)) == unknown(Code.RESOLUTION_ERROR, "/credentialSchema")


def test_a_supplied_schema_may_refer_to_another_and_to_those_of_json_schema() -> None:
    part = "https://example.edu/schemas/part.json"
    given: dict[str, object] = {URL: schema(properties={"name": {"$ref": "part.json#/$defs/name"}})}
    assert found(verifier(given).check(naming(), at=AT)) == unknown(Code.RESOLUTION_ERROR)
    given[part] = {"$defs": {"name": {"maxLength": 8}}}
    assert found(verifier(given).check(naming(), at=AT)) == GOOD
    assert found(verifier(given).check(naming(name="Rust for experts"), at=AT))[2] == "/name"
    given[URL] = schema(properties={"name": {"not": {"$ref": "https://json-schema.org/draft/2020-12/schema"}}})
    assert found(verifier(given).check(naming(), at=AT)) == GOOD


@pytest.mark.parametrize(
    ("entry", "code"),
    [
        ({"id": URL, "type": "https://example.edu/terms#Schema"}, Code.UNSUPPORTED),
        ({"id": URL, "type": "JsonSchemaValidator2018"}, Code.UNSUPPORTED),
        ({"id": URL}, Code.UNSUPPORTED),
        (URL, Code.UNSUPPORTED),
        ({"id": 7, "type": "JsonSchema"}, Code.MALFORMED_VALUE_ERROR),
        ({"type": "JsonSchema"}, Code.MALFORMED_VALUE_ERROR),
    ],
)
def test_an_entry_that_cannot_be_judged_is_unknown(entry: JSONValue, code: Code) -> None:
    report = verifier({URL: schema()}).check(badge(name="x", credentialSchema=[entry]), at=AT)
    assert found(report) == unknown(code)


@pytest.mark.parametrize(
    ("document", "code"),
    [
        # VC JSON Schema §3.1.1, §3.1.2 and §4: without $schema, it must not be processed.
        ({"$id": URL, "required": ["name"]}, Code.MALFORMED_VALUE_ERROR),
        ({"$schema": "https://json-schema.org/draft/2020-12/schema"}, Code.MALFORMED_VALUE_ERROR),
        (schema(**{"$schema": "https://json-schema.org/draft/unknown/schema"}), Code.UNSUPPORTED),
        (schema(type="text"), Code.MALFORMED_VALUE_ERROR),
        (schema(**{"$ref": "#"}), Code.TOO_COMPLEX),
        (schema(pattern="(?=a)", properties={"name": {"pattern": "(?=a)"}}), Code.UNSUPPORTED),
    ],
)
def test_a_schema_that_cannot_be_used_makes_the_check_unknown(document: JSONObject, code: Code) -> None:
    assert found(verifier({URL: document}).check(naming(), at=AT)) == unknown(code)


def test_the_type_of_1edtech_says_which_draft_it_is() -> None:
    # In 2020-12, a list of schemas under “items” would be an error.
    older: JSONObject = {"properties": {"type": {"items": [{"const": "VerifiableCredential"}]}}}
    assert found(verifier({URL: older}).check(naming("1EdTechJsonSchemaValidator2019"), at=AT)) == GOOD


def test_the_work_on_a_schema_is_bounded() -> None:
    few = mc.Limits(max_schema_steps=50)
    judge = verifier({URL: {"allOf": [{"required": ["name"]}] * 50}}, limits=few)
    assert found(judge.check(naming("1EdTechJsonSchemaValidator2019"), at=AT)) == unknown(Code.TOO_COMPLEX)


def test_all_credentials_of_a_presentation_share_the_work() -> None:
    twice: JSONObject = {f"s{n}": {"allOf": [{"$ref": f"#/$defs/s{n + 1}"}] * 2} for n in range(9)}
    given = {**schema(), "$defs": {**twice, "s9": True}, "$ref": "#/$defs/s0"}
    judge = verifier({URL: given}, limits=mc.Limits(max_schema_steps=20_000))
    presentation = mc.present([naming()] * 6, OTHER, challenge="c", domain="d")
    report = judge.check_presentation(presentation, challenge="c", domain="d", at=AT)
    outcomes = [each["credential_schema"].code for each in report.credentials]
    assert outcomes[0] is None
    assert outcomes[-1] == Code.TOO_COMPLEX


def test_what_the_report_says_holds_no_value_out_of_the_credential() -> None:
    rules: list[JSONValue] = [
        {"type": "number"},
        {"enum": ["x"]},
        {"const": "x"},
        {"maxLength": 1},
        {"pattern": "^x$"},
        {"format": "date"},
        {"not": {}},
        False,
    ]
    for rule in rules:
        report = verifier({URL: schema(properties={"name": rule})}).check(naming(name="Secret"), at=AT)
        assert report["credential_schema"].code == Code.SCHEMA_MISMATCH
        assert "Secret" not in json.dumps(report.to_dict())


def test_misuse_is_a_type_or_value_error() -> None:
    with pytest.raises(TypeError):
        verifier({URL: 7})
    with pytest.raises(ValueError, match="schemas="):
        verifier({URL: "not JSON"})
    with pytest.raises(ValueError, match="schemas="):
        verifier({URL: {"at": AT}})


def test_a_verifier_is_as_good_in_another_process() -> None:
    judge = verifier({URL: schema()})
    assert found(judge.check(naming(), at=AT)) == GOOD
    copied = pickle.loads(pickle.dumps(judge))
    assert found(copied.check(naming(), at=AT)) == GOOD
    assert found(copied.check(naming(name=None), at=AT))[1] == Code.SCHEMA_MISMATCH


def test_what_the_caller_changes_later_changes_nothing() -> None:
    given = schema()
    judge = verifier({URL: given})
    assert found(judge.check(naming(), at=AT)) == GOOD
    given["required"] = ["other"]
    assert found(judge.check(naming(), at=AT)) == GOOD


@pytest.fixture
def without_the_extra(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setitem(sys.modules, "jsonschema_specifications", None)
    metadocument.cache_clear()
    yield
    metadocument.cache_clear()


@pytest.mark.usefixtures("without_the_extra")
def test_without_the_extra_nothing_passes_and_the_report_names_it() -> None:
    for name in ("Rust 101", None):
        report = verifier({URL: schema()}).check(naming(name=name), at=AT)
        assert found(report) == unknown(Code.UNSUPPORTED)
        assert "microcred[schema]" in report["credential_schema"].detail


# Fetched


def test_a_schema_is_fetched_where_the_credential_has_its_digest() -> None:
    web = FakeWeb({URL: CONTENT})
    digests: list[JSONObject] = [{"digestSRI": sri(CONTENT)}, {"digestMultibase": multihash(CONTENT)}]
    for digest in digests:
        assert (
            found(
                verifier(pages=web).check(
                    naming(digestSRI=digest.get("digestSRI"), digestMultibase=digest.get("digestMultibase")), at=AT
                )
            )
            == GOOD
        )
        assert (
            found(
                verifier(pages=web).check(
                    naming(name=None, digestSRI=digest.get("digestSRI"), digestMultibase=digest.get("digestMultibase")),
                    at=AT,
                )
            )[1]
            == Code.SCHEMA_MISMATCH
        )
    assert web.requests == [URL] * 4


def test_the_digest_may_stand_among_the_related_resources() -> None:
    entry: JSONObject = {"id": URL, "type": "JsonSchema"}
    for digest, outcome in (
        (sri(CONTENT), GOOD),
        (sri(b""), ("failed", Code.DIGEST_MISMATCH, "/relatedResource/0/digestSRI")),
    ):
        document = signed(name="x", credentialSchema=[entry], relatedResource=[{"id": URL, "digestSRI": digest}])
        assert found(verifier(pages={URL: CONTENT}).check(document, at=AT)) == outcome
        assert found(verifier({URL: CONTENT}).check(document, at=AT)) == outcome


def test_a_schema_that_is_not_the_one_of_the_digest_fails() -> None:
    entry = naming(digestSRI=sri(CONTENT))
    pointer = "/credentialSchema/0/digestSRI"
    mismatch = ("failed", Code.DIGEST_MISMATCH, pointer)
    changed = CONTENT + b"\n"
    assert found(verifier(pages={URL: changed}).check(entry, at=AT)) == mismatch
    assert found(verifier({URL: changed}).check(entry, at=AT)) == mismatch
    assert found(verifier({URL: CONTENT}).check(entry, at=AT)) == GOOD
    # The bytes of an object are not known.
    assert found(verifier({URL: schema()}).check(entry, at=AT)) == unknown(Code.UNSUPPORTED, pointer)


@pytest.mark.parametrize(
    "verified",
    [
        lambda: {**naming(digestSRI=sri(CONTENT)), "name": "Rust 102"},
        lambda: badge(name="x", credentialSchema=[{"id": URL, "type": "JsonSchema", "digestSRI": sri(CONTENT)}]),
        lambda: naming(key=OTHER, digestSRI=sri(CONTENT)),
        lambda: naming(),
        lambda: naming("1EdTechJsonSchemaValidator2019"),
        lambda: naming("https://example.edu/terms#Schema", digestSRI=sri(CONTENT)),
        lambda: naming(key=OTHER, kind="JsonSchemaCredential"),
    ],
    ids=[
        "changed",
        "unsigned",
        "of a stranger",
        "no digest",
        "no digest, 1EdTech",
        "unknown kind",
        "of a stranger, VC",
    ],
)
def test_nothing_is_fetched_before_it_may_be(verified: Callable[[], JSONObject]) -> None:
    web = FakeWeb({URL: CONTENT})
    outcome, code, pointer = found(verifier(pages=web).check(verified(), at=AT))
    assert (outcome, pointer) == ("indeterminate", "/credentialSchema/0")
    assert code in (Code.RESOLUTION_ERROR, Code.UNSUPPORTED)
    assert web.requests == []


@pytest.mark.parametrize(
    "page",
    [FetchError(URL, "no answer"), None, b"", b"<html>", b"[]", b"true", b'{"a": 1, "a": 2}', b"[" * 100],
    ids=repr,
)
def test_what_cannot_be_had_or_read_is_unknown(page: bytes | FetchError | None) -> None:
    digest = sri(page) if isinstance(page, bytes) else sri(b"")
    web = FakeWeb({URL: page} if page is not None else {})
    assert found(verifier(pages=web).check(naming(digestSRI=digest), at=AT)) == unknown(Code.RESOLUTION_ERROR)


def test_without_a_network_a_schema_is_unknown() -> None:
    assert found(verifier().check(naming(digestSRI=sri(CONTENT)), at=AT)) == unknown(Code.RESOLUTION_ERROR)


def test_what_is_fetched_has_the_media_type_that_the_credential_says() -> None:
    entry = naming(digestSRI=sri(CONTENT), mediaType="application/schema+json")
    for media_type, outcome in (
        ("application/schema+json", GOOD),
        ("text/plain", unknown(Code.RESOLUTION_ERROR)),
    ):
        web = FakeWeb({URL: FetchResult(URL, CONTENT, media_type)})
        assert found(verifier(pages=web).check(entry, at=AT)) == outcome


def test_references_of_a_fetched_schema_are_not_followed() -> None:
    other = "https://example.edu/schemas/other.json"
    content = json.dumps(schema(**{"$ref": other})).encode()
    web = FakeWeb({URL: content, other: schema()})
    assert found(verifier(pages=web).check(naming(digestSRI=sri(content)), at=AT)) == unknown(Code.RESOLUTION_ERROR)
    assert web.requests == [URL]
    assert found(verifier({other: schema()}, pages=web).check(naming(digestSRI=sri(content)), at=AT)) == GOOD


# Schemas that are credentials


def schema_credential(key: mc.SigningKey = KEY, content: JSONValue = None, **changes: object) -> JSONObject:
    document: dict[str, object] = {
        "@context": [CONTEXTS[0]],
        "id": URL,
        "type": ["VerifiableCredential", "JsonSchemaCredential"],
        "issuer": key.did,
        "validFrom": "2026-05-01T00:00:00Z",
        "credentialSchema": OF_SCHEMAS,
        "credentialSubject": {
            "id": "https://example.edu/schemas/named",
            "type": "JsonSchema",
            "jsonSchema": schema() if content is None else content,
        },
    }
    document |= changes
    return mc.sign({name: value for name, value in document.items() if value is not None}, key)


VC = "JsonSchemaCredential"


@pytest.mark.parametrize(
    "form", [lambda c: c, lambda c: mc.sign_jwt({k: v for k, v in c.items() if k != "proof"}, KEY)]
)
def test_a_schema_in_a_credential_of_the_same_issuer_is_taken(form: Callable[[JSONObject], JSONObject | str]) -> None:
    pages = {URL: form(schema_credential())}
    assert found(verifier(pages=pages).check(naming(VC), at=AT)) == GOOD
    assert found(verifier(pages=pages).check(naming(VC, name=None), at=AT)) == ("failed", Code.SCHEMA_MISMATCH, "/name")


def test_a_schema_in_a_credential_of_another_issuer_needs_trust_or_a_digest() -> None:
    content = json.dumps(schema_credential(OTHER)).encode()
    pages = {URL: content}
    assert found(verifier(pages=pages).check(naming(VC), at=AT)) == unknown(Code.RESOLUTION_ERROR)
    assert found(verifier(pages=pages, trusted_issuers=mc.ANY_ISSUER).check(naming(VC), at=AT))[0] == "indeterminate"
    assert found(verifier(pages=pages, trusted_issuers={KEY.did, OTHER.did}).check(naming(VC), at=AT)) == GOOD
    assert found(verifier(pages=pages).check(naming(VC, digestSRI=sri(content)), at=AT)) == GOOD
    assert found(verifier(pages=pages).check(naming(VC, digestSRI=sri(b"")), at=AT))[1] == Code.DIGEST_MISMATCH


class Asked:
    """A registry that knows everybody, and remembers who asked."""

    name = "Registry"

    def __init__(self) -> None:
        self.issuers: list[str] = []

    def look_up(self, issuer: str, *, at: datetime) -> Steps[Voucher | None]:
        assert at == AT
        self.issuers.append(issuer)
        return Voucher(self.name)
        yield


def test_registries_are_not_asked_about_the_issuer_of_a_schema() -> None:
    content = json.dumps(schema_credential(OTHER)).encode()
    registry = Asked()
    judge = verifier(pages={URL: content}, trusted_issuers=registry)
    assert found(judge.check(naming(VC, digestSRI=sri(content)), at=AT)) == GOOD
    # Whom they vouch for is no more trusted with schemas than others are.
    assert found(judge.check(naming(VC), at=AT)) == unknown(Code.RESOLUTION_ERROR)
    assert set(registry.issuers) == {KEY.did}


def without(name: str) -> str:
    """Return a credential whose subject lacks a member, as a JWT: its names need no context."""
    subject: JSONObject = {"id": "urn:x", "type": "JsonSchema", "jsonSchema": schema()}
    document = schema_credential(credentialSubject=subject) | {"credentialSubject": {**subject, name: None}}
    subject.pop(name)
    return encode_jwt({**document, "credentialSubject": subject, "proof": []}, KEY)


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (lambda: {**schema_credential(), "validUntil": "2030-01-01T00:00:00Z"}, Code.RESOLUTION_ERROR),
        (lambda: schema_credential(validUntil="2026-05-02T00:00:00Z"), Code.RESOLUTION_ERROR),
        (lambda: schema_credential(id="https://example.edu/schemas/another.json"), Code.RESOLUTION_ERROR),
        (lambda: schema(), Code.RESOLUTION_ERROR),
        (lambda: "nothing", Code.RESOLUTION_ERROR),
        # VC JSON Schema §2.2.
        (lambda: schema_credential(credentialSchema=None), Code.MALFORMED_VALUE_ERROR),
        (lambda: schema_credential(type=["VerifiableCredential"]), Code.RESOLUTION_ERROR),
        (lambda: without("type"), Code.RESOLUTION_ERROR),
        (lambda: without("jsonSchema"), Code.RESOLUTION_ERROR),
        (lambda: schema_credential(content={"required": ["name"]}), Code.MALFORMED_VALUE_ERROR),
        (lambda: schema_credential(content=schema(type="text")), Code.MALFORMED_VALUE_ERROR),
        # It leads to another, or to itself, and so on.
        (lambda: schema_credential(credentialSchema={"id": URL, "type": VC}), Code.RESOLUTION_ERROR),
        (lambda: schema_credential(credentialSchema={**OF_SCHEMAS, "type": VC}), Code.RESOLUTION_ERROR),
        (lambda: schema_credential(credentialStatus=STATUS), Code.RESOLUTION_ERROR),
    ],
)
def test_a_credential_that_is_no_good_schema_makes_the_check_unknown(
    make: Callable[[], JSONObject | str], code: Code
) -> None:
    web = FakeWeb({URL: make()})
    assert found(verifier(pages=web).check(naming(VC), at=AT)) == unknown(code)
    assert web.requests.count(URL) == 1


STATUS: JSONObject = {
    "type": "BitstringStatusListEntry",
    "statusPurpose": "revocation",
    "statusListIndex": "7",
    "statusListCredential": "https://example.edu/status/1",
}


@pytest.mark.parametrize("revoked", [False, True])
def test_a_schema_may_be_revoked(revoked: bool) -> None:
    url = "https://example.edu/status/1"
    statuses = StatusList()
    statuses[7] = int(revoked)
    listing = mc.sign(
        {
            "@context": [CONTEXTS[0]],
            "id": url,
            "type": ["VerifiableCredential", "BitstringStatusListCredential"],
            "issuer": KEY.did,
            "credentialSubject": {
                "id": f"{url}#list",
                "type": "BitstringStatusList",
                "statusPurpose": "revocation",
                "encodedList": statuses.encode(),
            },
        },
        KEY,
    )
    pages = {URL: schema_credential(credentialStatus=STATUS), url: listing}
    outcome = unknown(Code.RESOLUTION_ERROR) if revoked else GOOD
    assert found(verifier(pages=pages).check(naming(VC), at=AT)) == outcome


def test_a_key_that_nothing_binds_to_the_issuer_says_nothing_about_its_schemas() -> None:
    document = badge(ISSUER, name="x", credentialSchema=[{"id": URL, "type": VC}])
    method = f"{ISSUER}#{KEY.public_key.multikey}"
    credential = {**schema_credential(), "issuer": ISSUER}
    del credential["proof"]
    web = {URL: mc.sign(credential, KEY, verification_method=method)}
    signed_badge = mc.sign(document, KEY, verification_method=method)
    judge = verifier(pages=web, trusted_issuers=mc.ANY_ISSUER)
    assert found(judge.check(signed_badge, at=AT)) == unknown(Code.RESOLUTION_ERROR)
    pinned = verifier(pages=web, trusted_issuers={ISSUER: KEY.public_key})
    assert found(pinned.check(signed_badge, at=AT)) == GOOD


def test_a_supplied_schema_may_be_a_credential_that_needs_no_proof() -> None:
    credential = {name: value for name, value in schema_credential(OTHER).items() if name != "proof"}
    assert found(verifier({URL: credential}).check(naming(VC), at=AT)) == GOOD
    assert found(verifier({URL: credential}).check(naming(VC, name=None), at=AT))[1] == Code.SCHEMA_MISMATCH
    del credential["credentialSchema"]
    assert found(verifier({URL: credential}).check(naming(VC), at=AT)) == unknown(Code.MALFORMED_VALUE_ERROR)


# The words of the standards


EMAIL = schema(
    required=[],
    properties={
        "credentialSubject": {
            "type": "object",
            "properties": {"emailAddress": {"type": "string", "format": "email"}},
            "required": ["emailAddress"],
        }
    },
)


@pytest.mark.parametrize(
    ("version", "address", "outcome"),
    [
        ("2020-12", "subject@example.com", "passed"),
        ("2020-12", "not an email", "failed"),
        ("unknown", "not an email", "indeterminate"),
    ],
)
def test_the_outcomes_are_those_of_the_examples_of_vc_json_schema(version: str, address: str, outcome: str) -> None:
    document: JSONObject = {
        "@context": [CONTEXTS[0], {"emailAddress": "https://schema.org/email"}],
        "type": ["VerifiableCredential"],
        "issuer": KEY.did,
        "credentialSubject": {"id": "did:example:ebfeb1f712ebc6f1c276e12ec21", "emailAddress": address},
        "credentialSchema": {"id": URL, "type": "JsonSchema"},
    }
    given = {**EMAIL, "$schema": f"https://json-schema.org/draft/{version}/schema"}
    assert verifier({URL: given}).check(document, at=AT)["credential_schema"].outcome == outcome


@pytest.mark.usefixtures("shared")
def test_a_badge_of_ours_follows_the_official_schema() -> None:
    url = "https://purl.imsglobal.org/spec/ob/v3p0/schema/json/ob_v3p0_achievementcredential_schema.json"
    content = (SHARED / "schemas/published-2026-06/ob/ob_v3p0_achievementcredential_schema.json").read_bytes()
    entry = {"id": url, "type": "1EdTechJsonSchemaValidator2019"}
    document = with_members(credentialSchema=[entry])
    assert verifier({url: content}).check(document, at=AT)
    as_object(document["credentialSubject"])["type"] = ["Subject"]
    report = verifier({url: content}).check(document, at=AT)
    assert found(report) == ("failed", Code.SCHEMA_MISMATCH, "/credentialSubject/type")


def test_the_schemas_of_endorsements_are_judged_too() -> None:
    endorsement: JSONObject = {
        "@context": [*CONTEXTS, EXTENSIONS],
        "id": "https://example.org/endorsements/1",
        "type": ["VerifiableCredential", "EndorsementCredential"],
        "issuer": {"id": OTHER.did, "type": ["Profile"]},
        "validFrom": "2026-05-01T09:30:00Z",
        "name": "Endorsement",
        "credentialSchema": [{"id": URL, "type": "1EdTechJsonSchemaValidator2019"}],
        "credentialSubject": {"id": KEY.did, "type": ["EndorsementSubject"]},
    }
    document = signed(endorsement=[mc.sign(endorsement, OTHER)])
    assert verifier({URL: schema()}).check(document, at=AT)["endorsement"].outcome == "passed"
    report = verifier({URL: schema(required=["image"])}).check(document, at=AT)
    assert report["endorsement"].code == Code.SCHEMA_MISMATCH
