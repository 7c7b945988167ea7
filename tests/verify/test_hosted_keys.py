"""Keys behind https: whose they are known to be, and what is opened on a document's word."""

from __future__ import annotations

import asyncio
import json
from typing import cast

import pytest

import microcred as mc
from microcred.errors import FetchError
from microcred.json import JSONObject, JSONValue, loads_object
from microcred.protocols import Fetch, Steps
from microcred.signing import add_proof, encode_jwt
from microcred.testing import FakeWeb
from microcred.verify.asking import is_plain
from microcred.verify.bundle import VerificationBundle
from microcred.verify.report import Code
from tests.make import AT, ISSUER, KEY, OTHER, badge

SET = "https://example.edu/.well-known/jwks.json"
METHOD = f"{SET}#key-1"
JWK: JSONObject = {**KEY.public_key.to_jwk(), "kid": "key-1"}
STRANGER: JSONObject = {**OTHER.public_key.to_jwk(), "kid": "key-2"}


def verifier(web: FakeWeb, *trusted: str) -> mc.Verifier:
    return mc.Verifier(trusted_issuers=trusted or mc.ANY_ISSUER, fetcher=web)


def secured(method: str, form: str = "jwt", issuer: str = ISSUER, key: mc.SigningKey = KEY) -> JSONObject | str:
    if form == "jwt":
        return encode_jwt(badge(issuer), key, kid=method)
    return add_proof(badge(issuer), key, verification_method=method)


def check(
    page: JSONObject | FetchError | bytes | str | None, method: str = METHOD, form: str = "jwt", issuer: str = ISSUER
) -> tuple[mc.VerificationReport, FakeWeb]:
    """Judge a badge of a trusted issuer whose key is looked up; both verifiers must agree."""
    url = method.partition("#")[0]
    web = FakeWeb({} if page is None else {url: page})
    report = verifier(web, issuer).check(secured(method, form, issuer), at=AT)
    other = mc.AsyncVerifier(trusted_issuers={issuer}, fetcher=FakeWeb(web.pages))
    assert asyncio.run(other.check(secured(method, form, issuer), at=AT)) == report
    return report, web


def keys(*entries: JSONValue) -> JSONObject:
    return {"keys": list(entries)}


def without(jwk: JSONObject, name: str) -> JSONObject:
    return {other: value for other, value in jwk.items() if other != name}


# Which key of a set


@pytest.mark.parametrize("form", ["jwt", "proof"])
@pytest.mark.parametrize(
    ("page", "method"),
    [
        (keys(JWK), METHOD),
        (keys(STRANGER, JWK), METHOD),
        (keys(STRANGER, {**JWK, "kid": METHOD}), METHOD),
        (keys(STRANGER, JWK), f"{SET}#{KEY.public_key.thumbprint}"),
        (keys(without(JWK, "kid")), METHOD),
        (keys(JWK), SET),
        (keys({**JWK, "use": "sig", "key_ops": ["verify"], "alg": "EdDSA", "iss": ISSUER}), METHOD),
        (keys("text", 7, None, JWK), METHOD),
        (JWK, f"{ISSUER}#key-1"),
        (JWK, ISSUER),
        (without(JWK, "kid"), ISSUER),
        (keys(STRANGER, JWK), f"{ISSUER}#key-1"),
    ],
    ids=str,
)
def test_key_that_the_issuer_hosts_is_the_issuers(page: JSONObject, method: str, form: str) -> None:
    report, web = check(page, method, form)
    assert report
    assert (report["issuer"].outcome, report["issuer"].code) == ("passed", None)
    assert web.requests == [method.partition("#")[0]]


@pytest.mark.parametrize("form", ["jwt", "proof"])
@pytest.mark.parametrize(
    ("page", "method"),
    [
        (keys(), METHOD),
        (keys(STRANGER), METHOD),
        (keys(JWK, JWK), METHOD),
        (keys(STRANGER, without(JWK, "kid")), METHOD),
        (keys(STRANGER, JWK), SET),
        (keys(JWK, STRANGER), f"{SET}#{'A' * 43}"),
        (keys({**JWK, "kid": ["key-1"]}), METHOD),
        (keys({**JWK, "iss": "https://example.edu/issuers/2"}), METHOD),
        (keys({**JWK, "iss": None}), METHOD),
        (keys({**JWK, "iss": [ISSUER]}), METHOD),
        (keys({**JWK, "use": "enc"}), METHOD),
        (keys({**JWK, "key_ops": ["sign"]}), METHOD),
        (keys({**JWK, "key_ops": "verify"}), METHOD),
        (keys({**JWK, "key_ops": []}), METHOD),
        (keys({**KEY.to_jwk(), "kid": "key-1"}), METHOD),
        (keys({**JWK, "x": "AA"}), METHOD),
        (keys({**JWK, "x": 7}), METHOD),
        (keys({**JWK, "kty": "oct", "k": "AA"}), METHOD),
        (keys(*[JWK] * 257), METHOD),
        ({"keys": JWK}, METHOD),
        ({"keys": None}, METHOD),
        ({"keys": [[JWK]]}, METHOD),
        ({}, METHOD),
        ({**JWK, "kid": "key-2"}, METHOD),
        ({"id": ISSUER, "type": ["Profile"]}, f"{ISSUER}#key-1"),
    ],
    ids=lambda value: str(value)[:80],
)
def test_key_that_is_not_there_or_must_not_be_used_is_refused(page: JSONObject, method: str, form: str) -> None:
    report, _ = check(page, method, form)
    assert (report["proof"].outcome, report["proof"].code) == ("failed", Code.INVALID_VERIFICATION_METHOD)


@pytest.mark.parametrize(
    "page",
    [
        None,
        FetchError(SET, "reset"),
        b"\xff",
        "<html>",
        b"",
        json.dumps([JWK]),
        '{"keys": [], "keys": []}',
        "[" * 100_000,
        json.dumps({**keys(JWK), "x": "x" * 5_000_000}),
    ],
    ids=lambda value: str(value)[:20],
)
def test_key_that_cannot_be_read_is_indeterminate(page: FetchError | bytes | str | None) -> None:
    report, _ = check(page)
    assert (report["proof"].outcome, report["proof"].code) == ("indeterminate", Code.RESOLUTION_ERROR)
    web = FakeWeb({} if page is None else {SET: page})
    pinned = mc.Verifier(trusted_issuers={ISSUER: KEY.public_key}, fetcher=web)
    assert pinned.check(secured(METHOD), at=AT)


def test_another_key_than_the_one_that_is_named_did_not_sign() -> None:
    page = keys(JWK, STRANGER)
    report, _ = check(page, f"{SET}#key-2")
    assert report["proof"].code == Code.PROOF_VERIFICATION_ERROR
    report, _ = check(page, f"{SET}#{OTHER.public_key.thumbprint}")
    assert report["proof"].code == Code.PROOF_VERIFICATION_ERROR


def test_algorithm_must_be_that_of_the_hosted_key() -> None:
    p256 = mc.SigningKey.generate("P-256")
    report, _ = check(keys({**p256.public_key.to_jwk(), "kid": "key-1"}))
    assert report["proof"].code == Code.CRYPTOGRAPHIC_SECURITY_ERROR


# Whose key it is


@pytest.mark.parametrize("form", ["jwt", "proof"])
@pytest.mark.parametrize(
    "url",
    [
        "https://example.edu/uploads/jwks.json",
        "https://example.edu/issuers/1/",
        "https://example.edu/issuers/1?x",
        "https://example.edu/issuers/2",
        "https://example.edu/.well-known/jwks.json?x",
        "https://example.edu/.well-known/jwks.json/",
        "https://example.edu//.well-known/jwks.json",
        "https://example.edu/.well-known/../uploads/jwks.json",
        "https://example.edu/.well-known%2Fjwks.json",
        "https://example.edu:8443/.well-known/jwks.json",
        "https://example.edu./.well-known/jwks.json",
        "https://EXAMPLE.edu/.well-known/jwks.json",
        "https://keys.example.edu/.well-known/jwks.json",
        "https://example.edu.attacker.example/.well-known/jwks.json",
        "https://attacker.example/.well-known/jwks.json",
        "https://xn--exampl-r8a.edu/.well-known/jwks.json",
    ],
)
def test_key_in_another_place_is_nobodys(url: str, form: str) -> None:
    web = FakeWeb({url: keys(JWK)})
    document = secured(f"{url}#key-1", form)
    report = verifier(web, ISSUER).check(document, at=AT)
    assert (report["proof"].outcome, report["issuer"].outcome) == ("passed", "failed")
    assert report["issuer"].code == Code.ISSUER_KEY_NOT_BOUND
    shown = verifier(web).check(document, at=AT)
    assert (shown["issuer"].outcome, shown["issuer"].code) == ("passed", Code.ISSUER_KEY_NOT_BOUND)
    assert mc.Verifier(trusted_issuers={ISSUER: KEY.public_key}, fetcher=web).check(document, at=AT)
    assert not mc.Verifier(trusted_issuers={ISSUER: OTHER.public_key}, fetcher=web).check(document, at=AT)


@pytest.mark.parametrize(
    ("issuer", "url"),
    [
        ("https://example.edu@attacker.example/issuers/1", "https://attacker.example/.well-known/jwks.json"),
        ("https://example.edu:443/issuers/1", SET),
        ("https://example.edu./issuers/1", SET),
        ("https://EXAMPLE.edu/issuers/1", SET),
        ("https://example.edu.attacker.example/issuers/1", SET),
        ("https://attacker.example/example.edu", SET),
        ("http://example.edu/issuers/1", SET),
        ("http://example.edu/issuers/1", "https://example.edu/issuers/1"),
        ("did:web:example.edu", SET),
        ("urn:uuid:0c1f4d0c-9f4a-4b0c-8b5e-0d9b1a1f2c3d", SET),
        ("https://example.edu/issuers/1#me", ISSUER),
    ],
)
def test_issuer_is_known_by_the_very_letters_of_its_id(issuer: str, url: str) -> None:
    report = verifier(FakeWeb({url: keys(JWK)}), issuer).check(secured(f"{url}#key-1", "jwt", issuer), at=AT)
    assert (report["proof"].outcome, report["issuer"].code) == ("passed", Code.ISSUER_KEY_NOT_BOUND)
    assert not report


def test_hosts_of_several_issuers_say_whose_key_it_is() -> None:
    mine, yours = "https://host.example/a", "https://host.example/b"
    url = "https://host.example/.well-known/jwks.json"
    for member, verified in (({"iss": mine}, False), ({"iss": yours}, True), ({}, True)):
        report, _ = check(keys({**JWK, **member}), f"{url}#key-1", issuer=yours)
        assert report.verified is verified


# Documents of controllers


def controller(url: str = ISSUER, **changes: JSONValue) -> JSONObject:
    method: JSONObject = {
        "id": f"{url}#key-1",
        "type": "Multikey",
        "controller": url,
        "publicKeyMultibase": KEY.public_key.multikey,
    }
    return {"id": url, "verificationMethod": [method], "assertionMethod": [f"{url}#key-1"], **changes}


@pytest.mark.parametrize("form", ["jwt", "proof"])
@pytest.mark.parametrize(
    ("page", "code"),
    [
        (controller(), None),
        (controller(assertionMethod=["#key-1"]), None),
        (controller(assertionMethod=[]), Code.INVALID_RELATIONSHIP_FOR_VERIFICATION_METHOD),
        (
            controller(assertionMethod=[], authentication=["#key-1"]),
            Code.INVALID_RELATIONSHIP_FOR_VERIFICATION_METHOD,
        ),
        (controller(verificationMethod=[]), Code.INVALID_VERIFICATION_METHOD),
        (controller(id="https://example.edu/issuers/2"), Code.INVALID_VERIFICATION_METHOD),
        (controller(id=f"{ISSUER}/"), Code.INVALID_VERIFICATION_METHOD),
        (controller(id=None), Code.INVALID_VERIFICATION_METHOD),
        ({**controller("https://example.edu/issuers/2"), "id": ISSUER}, Code.INVALID_VERIFICATION_METHOD),
    ],
    ids=lambda value: str(value)[:60],
)
def test_document_of_a_controller_lists_its_keys(page: JSONObject, code: Code | None, form: str) -> None:
    report, _ = check(page, f"{ISSUER}#key-1", form)
    assert (report.verified, report["proof"].code) == (code is None, code)


@pytest.mark.parametrize("form", ["jwt", "proof"])
@pytest.mark.parametrize("url", ["https://example.edu/issuers/2", "https://attacker.example/issuers/1", SET])
def test_document_of_another_controller_is_not_the_issuers(url: str, form: str) -> None:
    report, _ = check(controller(url), f"{url}#key-1", form)
    assert report["proof"].code == Code.INVALID_VERIFICATION_METHOD


# What is opened


UNPLAIN = [
    "https://example.edu@attacker.example/keys.json",
    "https://user:password@example.edu/keys.json",
    "https://attacker.example\\@example.edu/keys.json",
    "https://attacker.example\\.example.edu/keys.json",
    "https:///keys.json",
    "https://",
    "https://:443/keys.json",
    "https://example.edu:0/keys.json",
    "https://example.edu:port/keys.json",
    "https://example.edu:99999/keys.json",
    "https://[::1/keys.json",
    "https://[v1.x]/keys json",
    "https://example.edu/keys.json\r\nHost: attacker.example",
    "https://example.edu/keys.json\0",
    "https://exa\tmple.edu/keys.json",
    "https://example.edu/keys json",
    "https://ex\u00e4mple.edu/keys.json",
    "https://example\u3002edu/keys.json",
    "https://example.edu/k\u00e9ys.json",
    'https://example.edu/"keys"',
    "https://example.edu/<keys>",
    "https://example.edu/{keys}",
    "https://example.edu/" + "a" * 2048,
]


def naming(method: str) -> list[JSONObject | str]:
    """Return badges, as a JWT and with a proof, that name any key at all."""
    document = cast("JSONObject", secured(METHOD, "proof"))
    proof = cast("list[JSONObject]", document["proof"])[0]
    return [encode_jwt(badge(ISSUER), KEY, kid=method), {**document, "proof": {**proof, "verificationMethod": method}}]


@pytest.mark.parametrize("url", UNPLAIN, ids=lambda url: ascii(url)[:60])
def test_url_that_programs_read_in_different_ways_is_not_opened(url: str) -> None:
    web = FakeWeb({url: keys(JWK)})
    for document in naming(f"{url}#key-1"):
        assert verifier(web).check(document, at=AT)["proof"].code == Code.INVALID_VERIFICATION_METHOD
    assert not is_plain(url)
    assert not web.requests


@pytest.mark.parametrize(
    "url",
    [
        "https://example.edu/issuers/1?a=b&c=d",
        "https://example.edu:8443/a/b.json",
        "https://[2001:db8::1]:443/x",
        "https://xn--exmple-cua.edu/%20",
    ],
)
def test_ordinary_urls_are_plain(url: str) -> None:
    assert is_plain(url)


@pytest.mark.parametrize(
    "method",
    ["http://example.edu/keys.json#key-1", "ftp://example.edu/x", "file:///etc/passwd", "HTTPS://example.edu/x"],
)
def test_nothing_but_https_is_opened(method: str) -> None:
    web = FakeWeb()
    for form in ("jwt", "proof"):
        assert not verifier(web).check(secured(method, form), at=AT)
    assert not web.requests


class Wanderer:
    """A DID method that asks for what a document told it, without looking."""

    name = "wander"

    def __init__(self, *urls: str) -> None:
        self.urls = urls
        self.asked: list[str] = []

    def resolve(self, did: str) -> Steps[JSONObject]:
        self.asked.append(did)
        for url in self.urls:
            answer = yield Fetch(url)
        return loads_object(answer.content)


def wander(
    web: FakeWeb, *urls: str, did: str = "did:wander:1", limits: mc.Limits | None = None
) -> mc.VerificationReport:
    method = Wanderer(*urls)
    document = secured(f"{did}#key-1", issuer=did)
    reports = [
        mc.Verifier(trusted_issuers={did}, did_methods=[method], fetcher=web, limits=limits or mc.Limits()).check(
            document, at=AT
        )
    ]
    other = mc.AsyncVerifier(
        trusted_issuers={did}, did_methods=[method], fetcher=FakeWeb(web.pages), limits=limits or mc.Limits()
    )
    assert asyncio.run(other.check(document, at=AT)) == reports[0]
    return reports[0]


@pytest.mark.parametrize("url", [*UNPLAIN, "http://example.edu/keys.json", "file:///etc/passwd"], ids=ascii)
def test_plug_ins_open_plain_urls_only(url: str) -> None:
    web = FakeWeb({url: controller("did:wander:1")})
    report = wander(web, url)
    assert (report["proof"].outcome, report["proof"].code) == ("indeterminate", Code.RESOLUTION_ERROR)
    assert not web.requests


def test_one_url_is_opened_once() -> None:
    web = FakeWeb({ISSUER: controller("did:wander:1")})
    assert wander(web, *[ISSUER] * 1000)
    assert web.requests == [ISSUER]
    missing = FakeWeb()
    assert not wander(missing, ISSUER)
    assert missing.requests == [ISSUER]


def test_what_goes_to_the_network_is_bounded() -> None:
    urls = [f"{ISSUER}/{number}" for number in range(6)]
    web = FakeWeb(dict.fromkeys(urls, controller("did:wander:1")))
    assert wander(web, *urls[:5], limits=mc.Limits(max_fetches=5))
    web.requests.clear()
    report = wander(web, *urls, limits=mc.Limits(max_fetches=5))
    assert report["proof"].code == Code.RESOLUTION_ERROR
    assert web.requests == urls[:5]


def test_asking_for_what_is_known_is_bounded_too() -> None:
    web = FakeWeb({ISSUER: controller("did:wander:1")})
    limits = mc.Limits(max_fetches=2, max_credentials=3)
    assert wander(web, *[ISSUER] * 6, limits=limits)
    assert not wander(web, *[ISSUER] * 7, limits=limits)


@pytest.mark.parametrize(
    "did",
    [
        *(
            "did:wander:1?x=1",
            "did:wander:1/path",
            "did:wander:1;x",
            "did:wander:../../1",
            "did:wander:1 ",
            "did:wander:",
        ),
        *(
            "did:wander::",
            "did:wander:é",
            "did:wander:1%zz",
            "did:WANDER:1",
            "did::1",
            "did:",
            "did:wander",
            "did:wander:1\n",
        ),
    ],
    ids=ascii,
)
def test_methods_get_dids_only(did: str) -> None:
    method = Wanderer(ISSUER)
    web = FakeWeb({ISSUER: controller(did)})
    other = mc.Verifier(trusted_issuers=mc.ANY_ISSUER, did_methods=[method], fetcher=web)
    for document in naming(f"{did}#key-1"):
        assert other.check(document, at=AT)["proof"].code == Code.INVALID_VERIFICATION_METHOD
    embedded = encode_jwt(badge(did), KEY, embed_key=True)
    assert other.check(embedded, at=AT)["issuer"].code == Code.ISSUER_KEY_NOT_BOUND
    assert not method.asked
    assert not web.requests


# Bare names of keys, of issuers with a DID


def did_document(*methods: JSONObject, **changes: JSONValue) -> JSONObject:
    listed: list[JSONValue] = [method["id"] for method in methods]
    return {"id": "did:wander:1", "verificationMethod": list(methods), "assertionMethod": listed, **changes}


def method_of(name: str, jwk: JSONObject, **changes: JSONValue) -> JSONObject:
    did = "did:wander:1"
    return {"id": f"{did}#{name}", "type": "JsonWebKey", "controller": did, "publicKeyJwk": jwk, **changes}


@pytest.mark.parametrize(
    ("kid", "code"),
    [
        ("key-1", None),
        ("#key-1", None),
        ("name", None),
        (KEY.public_key.thumbprint, None),
        ("key-2", Code.PROOF_VERIFICATION_ERROR),
        (OTHER.public_key.thumbprint, Code.PROOF_VERIFICATION_ERROR),
        ("key-3", Code.INVALID_VERIFICATION_METHOD),
        ("key-4", Code.INVALID_RELATIONSHIP_FOR_VERIFICATION_METHOD),
        ("other name", Code.INVALID_VERIFICATION_METHOD),
        ("", Code.INVALID_VERIFICATION_METHOD),
        ("did", Code.INVALID_VERIFICATION_METHOD),
        ("#", Code.INVALID_VERIFICATION_METHOD),
        ("##key-1", Code.INVALID_VERIFICATION_METHOD),
        ("A" * 43, Code.INVALID_VERIFICATION_METHOD),
        ("key-5", Code.INVALID_VERIFICATION_METHOD),
        ("key-6", Code.INVALID_VERIFICATION_METHOD),
        ("key-7", Code.INVALID_VERIFICATION_METHOD),
    ],
)
def test_bare_name_is_looked_up_in_the_issuers_did(kid: str, code: Code | None) -> None:
    jwk, other = KEY.public_key.to_jwk(), OTHER.public_key.to_jwk()
    methods = [
        method_of("key-2", other),
        method_of("key-1", {**jwk, "kid": "name"}),
        method_of("key-5", jwk, revoked="2030-01-01T00:00:00Z"),
        method_of("key-6", jwk, controller="did:wander:2"),
        method_of("key-7", {**jwk, "x": "AA"}),
    ]
    unlisted = method_of("key-4", {**jwk, "kid": "other name"})
    page = did_document(*methods)
    page["verificationMethod"] = [*methods, unlisted]
    web = FakeWeb({ISSUER: page})
    known = mc.Verifier(trusted_issuers={"did:wander:1"}, did_methods=[Wanderer(ISSUER)], fetcher=web)
    report = known.check(encode_jwt(badge("did:wander:1"), KEY, kid=kid), at=AT)
    assert (report.verified, report["proof"].code) == (code is None, code)


def test_did_document_with_too_many_keys_is_refused() -> None:
    page = did_document(*[method_of(f"key-{number}", KEY.public_key.to_jwk()) for number in range(257)])
    for kid in ("key-1", KEY.public_key.thumbprint, "did:wander:1#key-1"):
        known = mc.Verifier(
            trusted_issuers={"did:wander:1"}, did_methods=[Wanderer(ISSUER)], fetcher=FakeWeb({ISSUER: page})
        )
        report = known.check(encode_jwt(badge("did:wander:1"), KEY, kid=kid), at=AT)
        assert report["proof"].code == Code.INVALID_VERIFICATION_METHOD


# What strangers name


@pytest.mark.parametrize("method", ["did:web:attacker.example#key-1", "did:wander:2#key-1"])
def test_did_of_somebody_else_than_the_issuer_is_not_looked_up(method: str) -> None:
    web = FakeWeb()
    wanderer = Wanderer(ISSUER)
    for issuer in (KEY.did, ISSUER, "did:web:example.edu"):
        known = mc.Verifier(trusted_issuers={issuer}, did_methods=[wanderer], fetcher=web)
        for form in ("jwt", "proof"):
            report = known.check(secured(method, form, issuer), at=AT)
            assert (report["proof"].outcome, report["proof"].code) == ("failed", Code.INVALID_VERIFICATION_METHOD)
    assert (web.requests, wanderer.asked) == ([], [])
    pinned = mc.Verifier(trusted_issuers={ISSUER: KEY.public_key}, did_methods=[wanderer], fetcher=web)
    assert pinned.check(secured(method), at=AT)
    assert (web.requests, wanderer.asked) == ([], [])


def test_status_that_a_stranger_names_is_not_looked_up() -> None:
    # Anybody can sign with a key of their own.
    entry: JSONObject = {
        "type": "BitstringStatusListEntry",
        "statusPurpose": "revocation",
        "statusListIndex": "7",
        "statusListCredential": "https://inside.example/status",
    }
    document = mc.sign(badge(OTHER.did, credentialStatus=entry), OTHER)
    web = FakeWeb()
    report = verifier(web, KEY.did).check(document, at=AT)
    assert (report["proof"].outcome, report["issuer"].code) == ("passed", Code.ISSUER_NOT_TRUSTED)
    assert (report["credential_status"].outcome, web.requests) == ("indeterminate", [])
    assert not verifier(web, OTHER.did).check(document, at=AT)
    assert web.requests == ["https://inside.example/status"]


def test_endorsers_of_a_stranger_are_not_looked_up() -> None:
    endorser = "did:web:inside.example"
    endorsement = mc.EndorsementCredential(
        issuer=mc.Profile(id=endorser),
        name="x",
        valid_from="2026-05-01T09:30:00Z",  # type: ignore[arg-type]
        credential_subject=mc.EndorsementSubject(id=OTHER.did),
    )
    inside = mc.sign(endorsement, KEY, verification_method=f"{endorser}#key-1").model_dump()
    document = mc.sign(badge(OTHER.did, endorsement=[inside]), OTHER)
    web = FakeWeb()
    assert verifier(web, KEY.did).check(document, at=AT)["endorsement"].outcome == "indeterminate"
    assert not web.requests
    assert verifier(web, OTHER.did).check(document, at=AT)["endorsement"].outcome == "indeterminate"
    assert web.requests == ["https://inside.example/.well-known/did.json"]


# Key provenance: a key in another place is the issuer's if it is in the key set of the issuer's host as well

ELSEWHERE = "https://example.edu/issuers/1/key.json"


def self_asserting(form: str, key: mc.SigningKey = KEY) -> JSONObject | str:
    """Return a badge with a key that anybody could have named."""
    document = badge(ISSUER)
    if form == "URL":
        return encode_jwt(document, key, kid=f"{ELSEWHERE}#key-1")
    if form == "jwk":
        return encode_jwt(document, key, embed_key=True)
    return add_proof(document, key, verification_method=f"{ISSUER}#{key.public_key.multikey}")


def provenance(
    page: JSONObject | bytes | None, form: str, **arguments: object
) -> tuple[mc.VerificationReport, FakeWeb]:
    pages: dict[str, JSONObject | bytes] = {ELSEWHERE: JWK, **({SET: page} if page is not None else {})}
    web = FakeWeb(pages)
    trusted = arguments.pop("trusted", {ISSUER})
    report = mc.Verifier(trusted_issuers=trusted, fetcher=web).check(self_asserting(form, **arguments), at=AT)  # type: ignore[arg-type]
    other = mc.AsyncVerifier(trusted_issuers=trusted, fetcher=FakeWeb(web.pages))  # type: ignore[arg-type]
    assert asyncio.run(other.check(self_asserting(form, **arguments), at=AT)).to_dict() == report.to_dict()  # type: ignore[arg-type]
    return report, web


@pytest.mark.parametrize("form", ["URL", "jwk", "fragment"])
@pytest.mark.parametrize(
    ("page", "bound"),
    [
        (keys(JWK), True),
        (keys({**KEY.public_key.to_jwk(), "kid": "another name"}), True),
        (keys("text", STRANGER, {**STRANGER, "x": "AA"}, {**JWK, "iss": ISSUER}), True),
        (keys({**JWK, "iss": "https://example.edu/issuers/2"}), False),
        (keys({**JWK, "use": "enc"}), False),
        (keys({**KEY.to_jwk()}), False),
        (keys(STRANGER), False),
        (keys(*[JWK] * 257), False),
        (JWK, False),
        ({}, False),
        (b"<html>", False),
        (None, False),
    ],
    ids=lambda value: str(value)[:70],
)
def test_key_set_of_the_issuers_host_says_whose_key_it_is(
    page: JSONObject | bytes | None, bound: bool, form: str
) -> None:
    report, web = provenance(page, form)
    assert report["proof"].outcome == "passed"
    assert (report.verified, report["issuer"].code) == (bound, None if bound else Code.ISSUER_KEY_NOT_BOUND)
    assert web.requests == [*([ELSEWHERE] if form == "URL" else []), SET]
    shown, _ = provenance(page, form, trusted=mc.ANY_ISSUER)
    assert (shown.verified, shown["issuer"].code) == (True, None if bound else Code.ISSUER_KEY_NOT_BOUND)


@pytest.mark.parametrize("form", ["URL", "jwk", "fragment"])
@pytest.mark.parametrize(
    ("status", "outcome"), [(None, "indeterminate"), (503, "indeterminate"), (403, "indeterminate"), (404, "failed")]
)
def test_key_set_that_could_not_be_fetched_says_nothing(status: int | None, outcome: str, form: str) -> None:
    web = FakeWeb({ELSEWHERE: JWK, SET: FetchError(SET, "no answer", status)})
    report, bundle = verifier(web, ISSUER).check_with_bundle(self_asserting(form), at=AT)
    assert (report["issuer"].outcome, report["issuer"].code) == (outcome, Code.ISSUER_KEY_NOT_BOUND)
    assert (report.verified, report.refused) == (False, outcome == "failed")
    kept = VerificationBundle(AT, tuple(each for each in bundle.entries if each.url != SET))
    for held, expected in ((bundle, outcome), (kept, "indeterminate")):
        again = mc.Verifier(trusted_issuers={ISSUER}).check(self_asserting(form), at=AT, bundle=held)
        assert again["issuer"].outcome == expected
    # Whoever gives no fetcher has decided that it does not count.
    if form != "URL":
        without_network = mc.Verifier(trusted_issuers={ISSUER}).check(self_asserting(form), at=AT)
        assert without_network["issuer"].outcome == "failed"


@pytest.mark.parametrize("form", ["URL", "jwk", "fragment"])
def test_key_set_is_opened_for_those_only_who_are_trusted_and_signed(form: str) -> None:
    first = [ELSEWHERE] if form == "URL" else []
    report, web = provenance(keys(JWK), form, trusted={KEY.did})
    assert (report["issuer"].code, web.requests) == (Code.ISSUER_NOT_TRUSTED, first)
    for pinned, verified in ((KEY, True), (OTHER, False)):
        report, web = provenance(keys(JWK), form, trusted={ISSUER: pinned.public_key})
        assert (report.verified, web.requests) == (verified, first)
    web = FakeWeb({ELSEWHERE: JWK, SET: keys(JWK)})
    forged = self_asserting(form, OTHER if form == "URL" else KEY)
    if isinstance(forged, dict):
        forged = {**forged, "name": "Another"}
    elif form == "jwk":
        forged = f"{forged.rpartition('.')[0]}.{'A' * 86}"
    assert not verifier(web, ISSUER).check(forged, at=AT)
    assert web.requests == first
