"""OpenID Federation: which chains vouch for an issuer, and which do not. PyJWT signs the statements."""

from __future__ import annotations

import asyncio
import hmac
import json
from datetime import timedelta
from typing import Any

import jwt
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import microcred as mc
from microcred.errors import FetchError, MicrocredError
from microcred.json import JSONObject, JSONValue
from microcred.testing import FakeWeb
from microcred.verify.federation import OpenIDFederation
from microcred.verify.report import Code, Voucher
from tests.make import AT, ISSUER, KEY, OTHER, signed
from tests.strategies import effort
from tests.verify.federations import (
    ANCHOR,
    COUNTRY,
    DID,
    NOW,
    OF_DID,
    OF_ISSUER,
    SIGNERS,
    STATEMENTS,
    STRANGER,
    URLS,
    Changes,
    algorithm_of,
    check,
    claims_of,
    drive,
    entity,
    federation,
    hosted,
    jwk_of,
    jwks_of,
    key_of,
    pages,
    public_key_of,
    sign,
    sign_anyhow,
)

UNIVERSITY = Voucher("Federation", "Example University", "https://example.edu/")
COLLEGE = Voucher("Federation", "Example College", "https://college.example/")
HOUR = timedelta(hours=1)


def verdict(report: mc.VerificationReport) -> tuple[str, str | None]:
    assert report["proof"].outcome == "passed"
    assert (report.voucher is not None) == (report["issuer"].outcome == "passed")
    return report["issuer"].outcome, report["issuer"].code


def of_issuer(changes: Changes | None = None, **arguments: Any) -> mc.VerificationReport:
    web = FakeWeb({**pages(changes), **arguments.pop("others", {})})
    return check(hosted(), web, federation(**arguments))


def of_did(changes: Changes | None = None, **arguments: Any) -> mc.VerificationReport:
    return check(signed(), FakeWeb(pages(changes)), federation(**arguments))


REFUSED = ("failed", Code.ISSUER_NOT_TRUSTED)
UNKNOWN = ("indeterminate", Code.REGISTRY_RETRIEVAL_ERROR)
TRUSTED = ("passed", None)


# Chains that hold


def test_a_chain_of_three_levels_vouches_for_an_https_issuer() -> None:
    web = FakeWeb(pages())
    report = check(hosted(), web)
    assert report.verified
    # By the name that its superior gives it.
    assert report.voucher == UNIVERSITY
    assert [url for url in web.requests if "jwks.json" not in url] == [
        *(URLS["anchor"], URLS["issuer"], URLS["country"], URLS["anchor on country"], URLS["country on issuer"])
    ]
    verifier = mc.AsyncVerifier(trusted_issuers=federation(), fetcher=FakeWeb(pages()))
    assert asyncio.run(verifier.check(hosted(), at=AT)).to_dict() == report.to_dict()


def test_the_anchor_itself_vouches_for_a_did() -> None:
    web = FakeWeb(pages())
    assert check(signed(), web).voucher == COLLEGE
    assert web.requests == [URLS["anchor"], URLS["anchor on did"]]


def test_a_did_may_have_no_name_or_only_a_legal_one() -> None:
    legal = {"institution_additional_information": {"legal_name": "Board of Example College"}}
    assert of_did({"anchor on did": {"metadata": legal}}).voucher == Voucher("Federation", "Board of Example College")
    assert of_did({"anchor on did": {"metadata": None}}).voucher == Voucher("Federation")
    assert of_did({"anchor on did": {"metadata": entity(organization_name="a\nb")}}).voucher == Voucher("Federation")


def test_the_chain_of_the_anchor_itself_is_its_configuration() -> None:
    made = FakeWeb(pages())
    anchor = drive(federation().look_up(ANCHOR, at=AT), made.fetch)
    assert anchor == Voucher("Federation", "The Federation")
    assert made.requests == [URLS["anchor"]]


def test_what_only_the_issuer_calls_itself_is_not_its_name() -> None:
    assert of_issuer({"country on issuer": {"metadata": None}}).voucher == Voucher("Federation")
    by_policy = {"federation_entity": {"organization_name": {"value": "By policy"}}}
    report = of_issuer({"country on issuer": {"metadata": None}, "anchor on country": {"metadata_policy": by_policy}})
    assert report.voucher == Voucher("Federation", "By policy")


def test_an_issuer_below_the_anchor_needs_no_intermediate() -> None:
    direct = sign(claims_of(ANCHOR, ISSUER), ANCHOR)
    report = of_issuer(
        {"issuer": {"authority_hints": [STRANGER, ANCHOR]}},
        others={f"{ANCHOR}/fetch?sub=https%3A%2F%2Fexample.edu%2Fissuers%2F1": direct},
    )
    assert report.voucher == Voucher("Federation")


def test_another_way_up_is_tried_when_one_is_broken() -> None:
    for hints in ([ANCHOR, COUNTRY], [STRANGER, COUNTRY], [STRANGER, ISSUER, COUNTRY]):
        assert of_issuer({"issuer": {"authority_hints": hints}}).voucher == UNIVERSITY


def test_the_anchor_may_change_its_keys() -> None:
    both: Changes = {"anchor": {"jwks": jwks_of(ANCHOR, STRANGER)}}
    by_new_key = sign(STATEMENTS["anchor on country"], STRANGER)
    assert of_issuer(both, others={URLS["anchor on country"]: by_new_key}).voucher == UNIVERSITY
    # Signed by the new key alone, it could be anybody's.
    moved = sign({**STATEMENTS["anchor"], "jwks": jwks_of(ANCHOR, STRANGER)}, STRANGER)
    assert verdict(of_issuer(both, others={URLS["anchor"]: moved})) == UNKNOWN
    several = [public_key_of(ANCHOR), public_key_of(STRANGER)]
    assert of_issuer(both, others={URLS["anchor"]: moved}, keys=several).voucher == UNIVERSITY


def test_a_chain_is_judged_again_from_the_record_of_a_verification() -> None:
    for document, web in ((hosted(), pages()), (signed(), pages()), (signed(OTHER), pages())):
        verifier = mc.Verifier(trusted_issuers=federation(), fetcher=FakeWeb(web))
        report, bundle = verifier.check_with_bundle(document, at=AT)
        offline = mc.Verifier(trusted_issuers=federation())
        assert offline.check(document, at=AT, bundle=bundle).to_dict() == report.to_dict()
        # What the federation said has ended, and what it would say now is not known.
        later = offline.check(document, at=AT + 2 * HOUR, bundle=bundle)
        assert verdict(later) == UNKNOWN


# Who is not in the federation


def test_whom_the_federation_does_not_know_is_not_trusted() -> None:
    assert verdict(check(signed(OTHER), FakeWeb(pages()))) == REFUSED
    without = pages()
    del without[URLS["issuer"]]
    assert verdict(check(hosted(), FakeWeb(without))) == REFUSED
    assert verdict(of_issuer({"issuer": {"authority_hints": None}})) == REFUSED
    assert verdict(of_issuer({"country": {"authority_hints": None}})) == REFUSED
    gone = {URLS["country on issuer"]: FetchError("x", "gone", 410)}
    assert verdict(of_issuer(others=gone)) == REFUSED


def test_an_issuer_must_be_what_was_asked_for() -> None:
    issuing: JSONObject = {"federation_entity": {}, "openid_credential_issuer": {}}
    marked: Changes = {"issuer": {"metadata": issuing}, "country on issuer": {"metadata": issuing}}
    for kind, expected in (("openid_credential_issuer", TRUSTED), ("openid_provider", REFUSED)):
        assert verdict(of_issuer(marked, entity_type=kind)) == expected
    assert verdict(of_did(entity_type="institution_additional_information")) == TRUSTED
    assert verdict(of_did(entity_type="openid_credential_issuer")) == REFUSED


def test_a_member_cannot_make_itself_something_else() -> None:
    kind = "openid_credential_issuer"
    own: dict[str, object] = {"metadata": {"federation_entity": {}, kind: {"display": []}}}
    policy = {kind: {"display": {"essential": True}}}
    for by_superiors, expected in (
        ({}, REFUSED),
        ({"country on issuer": {"metadata_policy": policy}}, TRUSTED),
        ({"country on issuer": {"constraints": {"allowed_entity_types": [kind]}}}, TRUSTED),
        ({"anchor on country": {"constraints": {"allowed_entity_types": [kind]}}}, TRUSTED),
        # What holds for all below who are issuers does not say who is one.
        ({"anchor on country": {"metadata_policy": policy}}, REFUSED),
        ({"country": {"metadata": {**entity(fetch=f"{COUNTRY}/fetch?format=jwt"), kind: {}}}}, REFUSED),
    ):
        changes: Changes = {"issuer": own, **by_superiors}
        assert verdict(of_issuer(changes)) == TRUSTED
        assert verdict(of_issuer(changes, entity_type=kind)) == expected


@pytest.mark.parametrize("name", OF_ISSUER)
@pytest.mark.parametrize("fault", [503, None])
def test_who_could_not_be_asked_may_have_vouched(name: str, fault: int | None) -> None:
    others = {URLS[name]: FetchError(URLS[name], "there was no answer", fault)}
    assert verdict(of_issuer(others=others)) == UNKNOWN


def test_a_registry_that_is_gone_is_no_verdict_on_issuers() -> None:
    for document in (signed(), hosted()):
        web = FakeWeb(pages())
        del web.pages[URLS["anchor"]]
        assert verdict(check(document, web)) == UNKNOWN
        # The issuer is asked for its keys only.
        assert URLS["issuer"] not in web.requests


# Statements that do not hold


def changed(**claims: object) -> Any:
    return lambda name: sign({**STATEMENTS[name], **claims}, SIGNERS[name])


def by_header(**header: object) -> Any:
    return lambda name: sign(STATEMENTS[name], SIGNERS[name], **header)


def forged(name: str) -> str:
    """Return a statement signed by another key, which it brings along and calls by the name of the right one."""
    header = {"kid": f"key of {SIGNERS[name]}", "jwk": jwk_of(STRANGER)}
    return sign({**STATEMENTS[name], "exp": NOW + 7200}, STRANGER, **header)


def forged_with_keys(name: str) -> str:
    kid = f"key of {SIGNERS[name]}"
    return sign({**STATEMENTS[name], "jwks": {"keys": [jwk_of(STRANGER, kid)]}}, STRANGER, kid=kid)


def by_hand(signature: Any = None, **header: object) -> Any:
    """Return statements with any header, signed by the right key unless something else is to be in its place."""

    def make(name: str) -> str:
        signer = SIGNERS[name]
        algorithm = algorithm_of(key_of(signer))
        right = jwt.get_algorithm_by_name(algorithm)
        made = {"alg": algorithm, "typ": "entity-statement+jwt", "kid": f"key of {signer}", **header}
        return sign_anyhow(made, STATEMENTS[name], signature or (lambda data: right.sign(data, key_of(signer))))

    return make


def by_shared_secret(name: str) -> str:
    """Return a statement of which the public key is the secret."""
    secret = json.dumps(jwk_of(SIGNERS[name])).encode()
    return str(by_hand(lambda data: hmac.digest(secret, data, "sha256"), alg="HS256")(name))


_TWICE = {"keys": [jwk_of(ANCHOR, "a"), jwk_of(COUNTRY, "a")]}
FAULTS: dict[str, Any] = {
    "signed by a stranger": forged,
    "signed by a stranger, with the stranger's keys in it": forged_with_keys,
    "without signature": by_hand(lambda _: b"", alg="none"),
    "without algorithm": by_hand(alg=None),
    "with an algorithm that nobody knows": by_hand(alg="ES999"),
    "with an algorithm of another key": by_hand(alg="ES384"),
    "with an algorithm that is no text": by_hand(alg=["ES256"]),
    "with a shared secret": by_shared_secret,
    "without kid": by_header(kid=None),
    "with an empty kid": by_header(kid=""),
    "with a kid that is no text": by_hand(kid=7),
    "with an unknown kid": by_header(kid="another"),
    "without typ": by_header(typ=None),
    "of another type": by_header(typ="JWT"),
    "of a type in capitals": by_header(typ="Entity-Statement+JWT"),
    "with critical headers": by_header(crit=["b64"], b64=True),
    "with a trust chain": by_header(trust_chain=[]),
    "with a peer's trust chain": by_header(peer_trust_chain=[]),
    "by nobody": changed(iss=None),
    "about nobody": changed(sub=None),
    "by somebody else": changed(iss=STRANGER),
    "about somebody else": changed(sub=STRANGER),
    "without iat": changed(iat=None),
    "without exp": changed(exp=None),
    "with iat as text": changed(iat=str(NOW)),
    "with exp as text": changed(exp=AT.isoformat()),
    "with a truth for a time": changed(iat=True),
    "with a time beyond all calendars": changed(exp=10**20),
    "with claims that must be understood": changed(crit=["jti"], jti="7"),
    "with an empty list of such claims": changed(crit=[]),
    "for one reader": changed(aud=STRANGER),
    "for an answer to a registration": changed(trust_anchor=ANCHOR),
    "with metadata that are null": changed(metadata={"federation_entity": None}),
    "with a parameter that is null": changed(metadata={"federation_entity": {"organization_name": None}}),
    "with metadata in a list": changed(metadata=[]),
    "with keys in a list": changed(jwks=[]),
    "without any key": changed(jwks={"keys": []}),
    "with a key without name": changed(jwks={"keys": [{**jwk_of(ANCHOR), "kid": ""}]}),
    "with two keys of one name": changed(jwks=_TWICE),
    "with a key that is no object": changed(jwks={"keys": ["key"]}),
    "with a private key": changed(jwks={"keys": [{**jwk_of(ANCHOR), "d": "AAAA"}]}),
    "with too many keys": changed(jwks={"keys": [{"kid": str(number)} for number in range(1_000)]}),
    "that is JSON": lambda name: json.dumps(STATEMENTS[name]),
    "that is a web page": lambda _: "<!doctype html>",
    "that is empty": lambda _: b"",
    "that is cut off": lambda name: sign(STATEMENTS[name], SIGNERS[name])[:-5],
    "that is too large": lambda _: b"e" * (mc.Limits().max_document_bytes + 1),
}


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("name", STATEMENTS)
def test_a_chain_with_a_bad_statement_vouches_for_nobody(name: str, fault: str) -> None:
    web = FakeWeb({**pages(), URLS[name]: FAULTS[fault](name)})
    report = check(signed() if name == "anchor on did" else hosted(), web)
    assert verdict(report) == (UNKNOWN if name == "anchor" else REFUSED)


@pytest.mark.parametrize("name", STATEMENTS)
@pytest.mark.parametrize("times", [{"iat": NOW + 61}, {"exp": NOW - 60}, {"iat": NOW + 7200, "exp": NOW + 9000}])
def test_a_statement_of_another_time_is_no_verdict(name: str, times: dict[str, object]) -> None:
    web = FakeWeb(pages({name: times}))
    assert verdict(check(signed() if name == "anchor on did" else hosted(), web)) == UNKNOWN


def test_clocks_may_differ_a_little() -> None:
    for name in STATEMENTS:
        document = signed() if name == "anchor on did" else hosted()
        for times in ({"iat": NOW + 60}, {"exp": NOW - 59}):
            assert verdict(check(document, FakeWeb(pages({name: times})))) == TRUSTED
        web = FakeWeb(pages({name: {"iat": NOW + 1}}))
        assert verdict(check(document, web, federation(clock_skew=timedelta(0)))) == UNKNOWN


def test_the_time_is_the_time_of_judgement() -> None:
    for at in (AT - 3 * HOUR, AT + 3 * HOUR):
        assert verdict(check(signed(), FakeWeb(pages()), at=at)) == UNKNOWN
    for at in (AT - HOUR, AT + HOUR):
        assert verdict(check(signed(), FakeWeb(pages()), at=at)) == TRUSTED


WRONG: dict[str, list[tuple[str, object]]] = {
    "country on issuer": [
        ("authority_hints", [COUNTRY]),
        ("trust_anchor_hints", [ANCHOR]),
        ("trust_marks", []),
        ("trust_mark_issuers", {}),
        ("trust_mark_owners", {}),
    ],
    "issuer": [
        ("metadata_policy", {}),
        ("metadata_policy_crit", ["regexp"]),
        ("constraints", {}),
        ("source_endpoint", f"{COUNTRY}/fetch"),
        ("authority_hints", []),
        ("authority_hints", [COUNTRY, 7]),
        ("authority_hints", COUNTRY),
        ("trust_anchor_hints", []),
    ],
    "anchor on country": [
        ("metadata_policy", []),
        ("metadata_policy", {"federation_entity": []}),
        ("metadata_policy_crit", []),
        ("metadata_policy_crit", ["value"]),
        ("metadata_policy_crit", "regexp"),
        ("constraints", []),
        ("constraints", {"max_path_length": -1}),
        ("constraints", {"max_path_length": 1.5}),
        ("constraints", {"max_path_length": True}),
        ("constraints", {"max_path_length": None}),
        ("constraints", {"naming_constraints": []}),
        ("constraints", {"naming_constraints": {"permitted": ".edu"}}),
        ("constraints", {"naming_constraints": {"excluded": [7]}}),
        ("constraints", {"allowed_entity_types": "all"}),
    ],
}


@pytest.mark.parametrize(
    ("name", "claim", "value"), [(name, claim, value) for name, wrong in WRONG.items() for claim, value in wrong]
)
def test_a_claim_in_the_wrong_place_or_form_is_refused(name: str, claim: str, value: object) -> None:
    assert verdict(of_issuer({name: {claim: value}})) == REFUSED


def test_claims_that_are_not_known_are_ignored() -> None:
    more = {"jti": "7", "constraints": {"max_age": 7}, "source_endpoint": f"{ANCHOR}/fetch", "ours": None}
    assert verdict(of_issuer({"anchor on country": more, "issuer": {"trust_marks": [], "jti": "8"}})) == TRUSTED


# Keys on the way


def test_each_statement_must_be_signed_by_a_key_that_the_next_superior_lists() -> None:
    strangers = {"jwks": jwks_of(STRANGER)}
    for name in ("anchor on country", "country on issuer"):
        assert verdict(of_issuer({name: strangers})) == REFUSED
    # The anchor lists the right keys, and the intermediate tells others of another one.
    assert verdict(of_issuer({"country": {"jwks": jwks_of(COUNTRY, STRANGER)}})) == TRUSTED
    by_other = sign(STATEMENTS["country on issuer"], STRANGER)
    for name in ("country", "anchor on country"):
        one = {name: {"jwks": jwks_of(COUNTRY, STRANGER)}}
        assert verdict(of_issuer(one, others={URLS["country on issuer"]: by_other})) == REFUSED
    both_list: Changes = {name: {"jwks": jwks_of(COUNTRY, STRANGER)} for name in ("country", "anchor on country")}
    assert verdict(of_issuer(both_list, others={URLS["country on issuer"]: by_other})) == TRUSTED


def test_another_key_of_the_same_name_is_another_key() -> None:
    kid = f"key of {COUNTRY}"
    theirs = {"jwks": {"keys": [jwk_of(STRANGER, kid)]}}
    by_other = sign(STATEMENTS["country on issuer"], STRANGER, kid=kid)
    own = sign({**STATEMENTS["country"], **theirs}, STRANGER, kid=kid)
    others = {URLS["country on issuer"]: by_other, URLS["country"]: own}
    assert verdict(of_issuer(others=others)) == REFUSED


def test_pinned_keys_are_those_of_the_anchor() -> None:
    for keys in (public_key_of(STRANGER), [public_key_of(STRANGER), public_key_of(COUNTRY)]):
        assert verdict(of_did(keys=keys)) == UNKNOWN
        assert verdict(of_issuer(keys=keys)) == UNKNOWN


def test_a_key_that_says_that_it_is_for_something_else_is_not_used() -> None:
    for member in ({"use": "enc"}, {"key_ops": ["encrypt"]}, {"alg": "ES384"}):
        jwks = {"keys": [{**jwk_of(ANCHOR), **member}]}
        assert verdict(of_did({"anchor": {"jwks": jwks}})) == UNKNOWN
    fitting = {"keys": [{**jwk_of(ANCHOR), "use": "sig", "alg": "ES256"}, {"kty": "oct", "kid": "other"}]}
    assert verdict(of_did({"anchor": {"jwks": fitting}})) == TRUSTED


# What superiors demand


FAR: list[JSONValue] = [".example", "example.edu"]
NAMES: dict[str, list[tuple[JSONObject, tuple[str, str | None]]]] = {
    "anchor on country": [
        ({}, TRUSTED),
        ({"permitted": FAR}, TRUSTED),
        ({"permitted": ["example.edu"]}, REFUSED),
        ({"permitted": [".example"]}, REFUSED),
        ({"permitted": []}, REFUSED),
        ({"excluded": []}, TRUSTED),
        ({"excluded": ["example.edu"]}, REFUSED),
        ({"excluded": ["EXAMPLE.edu."]}, REFUSED),
        ({"excluded": [".example.edu"]}, TRUSTED),
        ({"excluded": ["country.example"]}, REFUSED),
        ({"permitted": FAR, "excluded": [".edu"]}, REFUSED),
    ],
    "country on issuer": [
        ({"permitted": ["example.edu"]}, TRUSTED),
        ({"permitted": [".edu"]}, TRUSTED),
        ({"permitted": [".example.edu"]}, REFUSED),
        ({"permitted": ["edu"]}, REFUSED),
        # It says nothing of itself.
        ({"excluded": ["country.example"]}, TRUSTED),
    ],
}


@pytest.mark.parametrize(
    ("name", "constraints", "expected"),
    [
        ("anchor on country", {"max_path_length": 1}, TRUSTED),
        ("anchor on country", {"max_path_length": 0}, REFUSED),
        ("country on issuer", {"max_path_length": 0}, TRUSTED),
        *((name, {"naming_constraints": naming}, verdict) for name, all_ in NAMES.items() for naming, verdict in all_),
    ],
)
def test_constraints_are_enforced(name: str, constraints: JSONObject, expected: tuple[str, str | None]) -> None:
    assert verdict(of_issuer({name: {"constraints": constraints}})) == expected


def test_a_did_has_no_name_that_could_be_permitted() -> None:
    for naming in ({"permitted": [".example"]}, {"excluded": [".example"]}):
        assert verdict(of_did({"anchor on did": {"constraints": {"naming_constraints": naming}}})) == REFUSED


def test_entity_types_that_are_not_allowed_are_taken_away() -> None:
    types: JSONObject = {"federation_entity": {}, "openid_credential_issuer": {}}
    for allowed, expected in ((["openid_credential_issuer"], TRUSTED), (["openid_provider"], REFUSED), ([], REFUSED)):
        constraints = {"allowed_entity_types": allowed}
        changes: Changes = {"issuer": {"metadata": types}, "anchor on country": {"constraints": constraints}}
        assert verdict(of_issuer(changes, entity_type="openid_credential_issuer")) == expected
        assert verdict(of_issuer(changes)) == TRUSTED  # a federation entity it may always be


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        ({"organization_name": {"essential": True}}, TRUSTED),
        ({"contacts": {"essential": True}}, REFUSED),
        ({"organization_name": {"one_of": ["Example University", "Another"]}}, TRUSTED),
        ({"organization_name": {"one_of": ["Another"]}}, REFUSED),
        ({"organization_name": {"one_of": ["Another"], "add": ["x"]}}, REFUSED),
        ({"organization_name": {"ours": "x"}}, TRUSTED),
    ],
)
def test_metadata_policies_are_enforced(policy: JSONObject, expected: tuple[str, str | None]) -> None:
    assert verdict(of_issuer({"anchor on country": {"metadata_policy": {"federation_entity": policy}}})) == expected


def test_policies_that_contradict_each_other_break_the_chain() -> None:
    two = [{"metadata_policy": {"federation_entity": {"contacts": {"value": [name]}}}} for name in "ab"]
    assert verdict(of_issuer({"anchor on country": two[0], "country on issuer": two[1]})) == REFUSED
    assert verdict(of_issuer({"anchor on country": two[0], "country on issuer": two[0]})) == TRUSTED


def test_an_operator_that_is_critical_must_be_known() -> None:
    policy = {"federation_entity": {"contacts": {"regexp": "a"}}}
    assert verdict(of_issuer({"country on issuer": {"metadata_policy": policy}})) == TRUSTED
    # Whether it is used here or not (§3.1.3).
    for used in (
        {},
        {"metadata_policy": policy},
        {"metadata_policy": {"openid_provider": {"contacts": {"regexp": "a"}}}},
    ):
        for name in ("anchor on country", "country on issuer"):
            assert verdict(of_issuer({name: {"metadata_policy_crit": ["regexp"], **used}})) == REFUSED
    assert verdict(of_did({"anchor on did": {"metadata_policy_crit": ["regexp"]}})) == REFUSED


# What strangers can make us do


def strangers(number: int) -> str:
    return f"https://{number}.stranger.example"


def labyrinth(hints: Any) -> dict[str, str]:
    """Return the configurations of strangers that name each other as their superiors."""
    return {
        f"{strangers(number)}/.well-known/openid-federation": sign(
            claims_of(strangers(number), strangers(number), jwks=jwks_of(STRANGER), authority_hints=hints(number)),
            STRANGER,
        )
        for number in range(40)
    }


@pytest.mark.parametrize(
    "hints",
    [
        lambda number: [strangers(number + 1)],
        lambda number: [strangers(other) for other in range(40) if other != number],
        lambda number: [strangers((number + 1) % 3)],
        lambda number: [strangers(number)],
    ],
    ids=["a ladder", "everybody", "a ring", "themselves"],
)
def test_superiors_without_end_are_not_followed(hints: Any) -> None:
    made = pages({"issuer": {"authority_hints": [strangers(number) for number in range(40)]}})
    web = FakeWeb({**made, **labyrinth(hints)})
    assert verdict(check(hosted(), web)) in (UNKNOWN, REFUSED)
    assert len([url for url in web.requests if "stranger" in url]) < mc.Limits().max_federation_entities


def test_a_ring_of_superiors_leads_nowhere() -> None:
    ring = {"issuer": {"authority_hints": [COUNTRY]}, "country": {"authority_hints": [ISSUER, COUNTRY]}}
    assert verdict(of_issuer(ring)) == REFUSED


def test_the_limit_is_an_argument() -> None:
    assert verdict(of_issuer(limits=mc.Limits(max_federation_entities=2))) == TRUSTED
    assert verdict(of_issuer(limits=mc.Limits(max_federation_entities=1))) == UNKNOWN


@pytest.mark.parametrize(
    "endpoint",
    [
        *(None, 7, "http://country.example/fetch", "/fetch", "https://country.example/fetch#part", ""),
        *("https://user@country.example/fetch", "javascript:alert(1)", "https://country.example/\n"),
    ],
)
def test_an_endpoint_that_must_not_be_opened_is_not(endpoint: object) -> None:
    metadata = {"federation_entity": {} if endpoint is None else {"federation_fetch_endpoint": endpoint}}
    web = FakeWeb(pages({"country": {"metadata": metadata}}))
    assert verdict(check(hosted(), web)) == REFUSED
    assert URLS["country on issuer"] not in web.requests


@pytest.mark.parametrize("hint", ["http://a.example", "https://a b/", "country", "", f"{COUNTRY}?a", f"{COUNTRY}#b"])
def test_a_hint_that_is_no_entity_is_not_followed(hint: str) -> None:
    web = FakeWeb(pages({"issuer": {"authority_hints": [hint]}}))
    assert verdict(check(hosted(), web)) == REFUSED
    assert URLS["country"] not in web.requests


def test_an_issuer_with_a_query_is_no_entity() -> None:
    web = FakeWeb(pages())
    for issuer in (f"{ISSUER}?a=b", f"{ISSUER}#a"):
        assert drive(federation().look_up(issuer, at=AT), web.fetch) is None
    assert set(web.requests) == {URLS["anchor"]}


# What is taken


@pytest.mark.parametrize(
    ("anchor", "keys", "error"),
    [
        ("http://federation.example", [KEY.public_key], ValueError),
        ("federation.example", [KEY.public_key], ValueError),
        (f"{ANCHOR}/.well-known/openid-federation", [KEY.public_key], ValueError),
        (f"{ANCHOR}?a=b", [KEY.public_key], ValueError),
        (ANCHOR, [], ValueError),
        (ANCHOR, [jwk_of(ANCHOR)["kid"]], TypeError),
        (ANCHOR, [KEY], TypeError),
    ],
)
def test_misuse_is_refused_at_once(anchor: str, keys: Any, error: type[Exception]) -> None:
    with pytest.raises(error):
        OpenIDFederation(anchor, keys, name="Federation")


# Whatever is changed


@effort(0.5)
@given(st.data())
def test_a_changed_byte_anywhere_breaks_the_chain(data: st.DataObject) -> None:
    names = data.draw(st.sampled_from([OF_ISSUER, OF_DID]))
    name = data.draw(st.sampled_from(names))
    token = sign(STATEMENTS[name], SIGNERS[name]).encode()
    place = data.draw(st.integers(0, len(token) - 1))
    byte = data.draw(st.integers(0, 255))
    assume(token[place] != byte)
    changed_token = token[:place] + bytes([byte]) + token[place + 1 :]
    report = check(signed() if names is OF_DID else hosted(), FakeWeb({**pages(), URLS[name]: changed_token}))
    assert report["issuer"].outcome in ("failed", "indeterminate")
    assert report.voucher is None


_plain = st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats() | st.text(max_size=8)
_json = st.recursive(
    _plain | st.sampled_from([ANCHOR, COUNTRY]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
_CLAIMS = (
    *("iss", "sub", "iat", "exp", "jwks", "metadata", "crit", "authority_hints", "constraints", "metadata_policy"),
    *("metadata_policy_crit", "trust_anchor_hints", "trust_marks", "source_endpoint", "aud", "trust_anchor"),
)
_NESTED = st.fixed_dictionaries({}, optional={
    "federation_entity": _json, "max_path_length": _json, "naming_constraints": _json, "allowed_entity_types": _json,
    "keys": _json,
})  # fmt: skip


@effort(0.5)
@given(st.sampled_from(sorted(STATEMENTS)), st.dictionaries(st.sampled_from(_CLAIMS), _json | _NESTED, max_size=3))
def test_whatever_a_member_of_the_federation_says_there_is_a_verdict(name: str, claims: dict[str, object]) -> None:
    try:
        token = sign({**STATEMENTS[name], **claims}, SIGNERS[name])
    except (TypeError, ValueError):
        assume(False)
    for document in (signed(), hosted()):
        report = check(document, FakeWeb({**pages(), URLS[name]: token}))
        assert report["issuer"].outcome in ("passed", "failed", "indeterminate")


@effort(0.5)
@given(st.binary(max_size=200) | st.text("ey.JhbGciOi_-=", max_size=60).map(str.encode))
def test_whatever_a_server_says_there_is_an_answer(content: bytes) -> None:
    for name in STATEMENTS:
        web = FakeWeb({**pages(), URLS[name]: content})
        for issuer in (DID, ISSUER):
            try:
                drive(federation().look_up(issuer, at=AT), web.fetch)
            except MicrocredError as error:
                assert getattr(error, "code", "") in (Code.ISSUER_NOT_TRUSTED, Code.REGISTRY_RETRIEVAL_ERROR)
