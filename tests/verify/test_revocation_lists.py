"""1EdTech revocation lists: who is on them, and whose they are."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import TypeAlias

import pytest

import microcred as mc
from microcred.encoding import base64url_encode
from microcred.errors import FetchError
from microcred.json import JSONObject, JSONValue
from microcred.testing import FakeWeb
from tests.make import AT, ISSUER, KEY, OTHER, badge
from tests.support import SHARED

URL, SECOND = "https://example.edu/revoked", "https://example.edu/other"
EXTENSIONS = "https://purl.imsglobal.org/spec/ob/v3p0/extensions.json"
VECTORS = SHARED / "vectors/ob3"

Page: TypeAlias = "bytes | str | JSONObject | FetchError"
PASSED = ("passed", None)
REFUSED = ("failed", "REVOKED")
UNVERIFIED = ("indeterminate", "STATUS_VERIFICATION_ERROR")
UNREACHABLE = ("indeterminate", "STATUS_RETRIEVAL_ERROR")
UNSUPPORTED = ("indeterminate", "UNSUPPORTED")


def found(report: mc.VerificationReport) -> tuple[str, str | None]:
    """Return outcome and code of the status."""
    check = report["credential_status"]
    return str(check.outcome), check.code


BADGE_ID = str(badge()["id"])


def revocations(*listed: JSONValue, member: str = "revokedCredentials", **changes: JSONValue) -> JSONObject:
    made: JSONObject = {"id": URL, "issuer": KEY.did, member: list(listed), **changes}
    return {name: value for name, value in made.items() if value is not None}


def revocation_jwt(document: JSONObject, key: mc.SigningKey = KEY, **header: JSONValue) -> str:
    head = {"alg": "EdDSA", "typ": "JWT", "kid": key.verification_method, **header}
    text = ".".join(base64url_encode(json.dumps(part).encode()) for part in (head, document))
    return f"{text}.{base64url_encode(key.sign(text.encode()))}"


def check_listed(page: Page, *, url: JSONValue = URL, at: datetime = AT, **changes: object) -> tuple[str, str | None]:
    document = badge(KEY.did, credentialStatus={"id": url, "type": "1EdTechRevocationList"}, **changes)
    contexts = document["@context"]
    assert isinstance(contexts, list)
    contexts.append(EXTENSIONS)
    verifier = mc.Verifier(trusted_issuers={KEY.did}, fetcher=FakeWeb({URL: page, str(url): page}))
    reports = [verifier.check(mc.sign(document, KEY), at=at) for _ in range(2)]
    # From memory, the same.
    assert reports[0] == reports[1]
    assert reports[0].verified == (reports[0]["credential_status"].outcome == "passed")
    return found(reports[0])


@pytest.mark.parametrize("member", ["revokedCredential", "revokedCredentials"])
@pytest.mark.parametrize(
    ("listed", "expected"),
    [
        ([], PASSED),
        ([{"id": BADGE_ID}], REFUSED),
        ([{"id": BADGE_ID, "revoked": True, "revocationReason": "a mistake"}], REFUSED),
        ([{"id": BADGE_ID, "revoked": False}], PASSED),
        ([{"id": BADGE_ID, "revoked": None}], REFUSED),
        ([{"id": BADGE_ID, "revoked": "false"}], REFUSED),
        ([{"id": BADGE_ID, "revoked": False}, {"id": BADGE_ID}], REFUSED),
        ([{"id": "urn:uuid:another"}], PASSED),
        ([{"id": "urn:uuid:another"}, {"id": BADGE_ID}], REFUSED),
        ([BADGE_ID], REFUSED),
        ([{"revoked": True}], ("indeterminate", "MALFORMED_VALUE_ERROR")),
        ([{"id": BADGE_ID}, 7], ("indeterminate", "MALFORMED_VALUE_ERROR")),
    ],
)
def test_a_revocation_list_names_what_is_revoked(
    member: str, listed: list[JSONValue], expected: tuple[str, str | None]
) -> None:
    assert check_listed(revocations(*listed, member=member)) == expected
    assert check_listed(revocation_jwt(revocations(*listed, member=member))) == expected


@pytest.mark.parametrize(
    ("page", "expected"),
    [
        (FetchError(URL, "reset"), UNREACHABLE),
        ("<html></html>", UNREACHABLE),
        ("ey.ey", UNREACHABLE),
        ("ey.e.y", UNREACHABLE),
        ({"error": "not found"}, UNVERIFIED),
        ({}, UNVERIFIED),
        (revocations(id=None), UNVERIFIED),
        (revocations(id=SECOND), UNVERIFIED),
        (revocations(issuer=None), UNVERIFIED),
        (revocations(issuer=OTHER.did), UNVERIFIED),
        (revocations(issuer={"id": KEY.did, "type": ["Profile"]}), PASSED),
        # Nothing revoked yet: an empty list may be left out (Open Badges 3.0, appendix A.1).
        (revocations(revokedCredentials=None), PASSED),
        (revocation_jwt(revocations(), alg="none"), UNVERIFIED),
        (revocation_jwt(revocations(), alg="ES256K"), UNSUPPORTED),
        (revocation_jwt(revocations(), kid=OTHER.verification_method), UNVERIFIED),
        (revocation_jwt(revocations(), OTHER), UNVERIFIED),
        (revocation_jwt(revocations(issuer=OTHER.did), OTHER), UNVERIFIED),
        (revocation_jwt(revocations(iss=OTHER.did)), UNVERIFIED),
        (revocation_jwt(revocations(exp=1_700_000_000)), UNVERIFIED),
        (revocation_jwt(revocations(nbf=1_900_000_000)), UNVERIFIED),
        (revocation_jwt(revocations(iss=KEY.did, exp=1_900_000_000)), PASSED),
        (revocation_jwt(revocations(), kid="did:campus:1#1"), UNSUPPORTED),
        (revocation_jwt(revocations(), kid="https://example.edu/nothing"), UNREACHABLE),
        (revocation_jwt(revocations(), kid=None, jwk={"kty": "OKP"}), UNVERIFIED),
        (revocation_jwt(revocations())[:-10] + "A" * 10, UNVERIFIED),
    ],
)
def test_what_is_no_revocation_list_of_the_issuer_decides_nothing(page: Page, expected: tuple[str, str | None]) -> None:
    assert check_listed(page) == expected


def test_a_revocation_list_is_vouched_for_by_tls() -> None:
    page = revocations(id="http://example.edu/revoked")
    assert check_listed(page, url="http://example.edu/revoked") == UNSUPPORTED


@pytest.mark.parametrize("changes", [{"url": None}, {"url": 7}, {"id": None}])
def test_a_revocation_list_needs_a_url_and_something_to_look_for(changes: dict[str, JSONValue]) -> None:
    status = {"type": "1EdTechRevocationList", "id": changes.get("url", URL)}
    members = {"id": changes["id"]} if "id" in changes else {}
    document = badge(KEY.did, credentialStatus=status, **members)
    token = mc.signing.encode_jwt(document, KEY, profile="vc-jose", kid=KEY.verification_method)
    verifier = mc.Verifier(trusted_issuers={KEY.did}, fetcher=FakeWeb({URL: revocations()}))
    assert found(verifier.check(token, at=AT)) == ("failed", "MALFORMED_VALUE_ERROR")


def test_an_unbound_key_signs_no_revocation_list() -> None:
    claimed = f"{ISSUER}#{KEY.public_key.multikey}"
    page = revocation_jwt(revocations(issuer=ISSUER), kid=claimed)
    document = badge(ISSUER, credentialStatus={"id": URL, "type": "1EdTechRevocationList"})
    token = mc.signing.encode_jwt(document, KEY, kid=claimed)
    anyone = mc.Verifier(trusted_issuers=mc.ANY_ISSUER, fetcher=FakeWeb({URL: page}))
    assert found(anyone.check(token, at=AT)) == UNVERIFIED
    pinned = mc.Verifier(trusted_issuers={ISSUER: KEY.public_key}, fetcher=FakeWeb({URL: page}))
    assert found(pinned.check(token, at=AT)) == PASSED


def test_a_revocation_list_that_is_a_jwt_is_judged_again_when_it_has_expired() -> None:
    page = revocation_jwt(revocations(exp=int(AT.timestamp()) + 10))
    document = badge(KEY.did, credentialStatus={"id": URL, "type": "1EdTechRevocationList"})
    token = mc.signing.encode_jwt(document, KEY, kid=KEY.verification_method)
    verifier = mc.Verifier(trusted_issuers={KEY.did}, fetcher=FakeWeb({URL: page}), clock_skew=timedelta(seconds=5))
    moments = [AT + timedelta(seconds=seconds) for seconds in (0, 9, 15, 16)]
    assert [found(verifier.check(token, at=at)) for at in moments] == [PASSED, PASSED, PASSED, UNVERIFIED]


@pytest.mark.usefixtures("shared")
def test_the_revocation_list_of_the_official_validator_is_judged() -> None:
    # The sample is of an issuer whose did:web document is not among the mocks, so that its key is pinned.
    sample = (VECTORS / "samples/validator/ob30/credential-status-revoked.json").read_bytes()
    issuer = "did:web:dc.1edtech.org:wellspring2022:wellspring-portal:org:da1e96e9-afcc-4eed-b9a2-2ddf7353214c"
    key = mc.PublicKey.from_multikey("z6MkjZRZv3aez3r18pB1RBFJR1kwUVJ5jHt92JmQwXbd5hwi")
    pages = json.loads((VECTORS / "samples/mocks/url-map.json").read_text())
    web = FakeWeb({page["url"]: (VECTORS / page["file"]).read_bytes() for page in pages})
    report = mc.Verifier(trusted_issuers={issuer: key}, fetcher=web).check(sample, at=AT)
    assert (report["proof"].outcome, found(report)) == ("passed", REFUSED)
