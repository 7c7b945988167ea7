"""What a verification fetched, kept to judge again: the same verdict without a network, and never more."""

from __future__ import annotations

import asyncio
import hashlib
import json
import pickle
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import cast

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

import microcred as mc
from microcred.errors import DocumentError, FetchError
from microcred.json import JSONObject, JSONValue
from microcred.protocols import Fetch, FetchResult, Steps
from microcred.signing import add_proof
from microcred.status import StatusList
from microcred.testing import FakeWeb
from microcred.verify.bundle import Entry, VerificationBundle
from microcred.verify.report import Finding
from microcred.verify.status_methods import BitstringStatus
from tests.make import AT, ISSUER, KEY, LEARNER, OTHER, badge
from tests.support import as_object, load_json
from tests.verify import test_refresh as refreshing
from tests.verify.test_revocation_lists import revocation_jwt, revocations
from tests.verify.test_samples import CREDENTIALS, SAMPLES
from tests.verify.test_status import BITS, EXTENSIONS, GOOD, LISTS, REVOKED, URL, did_document, entry, unsigned_list

DID, DID_URL = "did:web:example.edu", "https://example.edu/.well-known/did.json"
KEEPER, KEEPER_URL = "did:web:lists.example", "https://lists.example/.well-known/did.json"
JWKS_URL = "https://example.edu/.well-known/jwks.json"
HOUR = timedelta(hours=1)


class Unplugged:
    """A fetcher that must not be asked."""

    allow_http = False

    def fetch(self, request: Fetch) -> FetchResult:
        raise AssertionError(f"asked for {request.url}")

    async def afetch(self, request: Fetch) -> FetchResult:
        raise AssertionError(f"asked for {request.url}")


def web_badge(index: int = GOOD, **changes: object) -> JSONObject:
    """Return a badge by a did:web with a status."""
    members = {"credentialStatus": entry(str(index)), **changes}
    return mc.sign(badge(DID, **members), KEY, verification_method=f"{DID}#1", created="2026-05-01T10:00:00Z")


def edtech_badge(issuer: str = DID) -> JSONObject:
    """Return an unsigned badge with a status of 1EdTech."""
    document = badge(issuer, credentialStatus={"id": URL, "type": "1EdTechRevocationList"})
    document["@context"] = [*cast("list[JSONValue]", document["@context"]), EXTENSIONS]
    return document


def web_list(
    issuer: str = DID, key: mc.SigningKey = KEY, *, bits: str | None = None, **changes: JSONValue
) -> JSONObject:
    """Return its status list."""
    made = unsigned_list(issuer, {"encodedList": bits or BITS}, **changes)
    return add_proof(made, key, verification_method=f"{issuer}#1", created="2026-01-01T00:00:00Z")


def pages(fetched_at: datetime | None = AT, page: JSONObject | None = None) -> FakeWeb:
    """Return a web on which all is well, or that has another list."""
    documents = {DID_URL: did_document(DID), URL: page or web_list()}
    return FakeWeb(
        {
            url: FetchResult(url, json.dumps(document).encode(), "application/json", fetched_at)
            for url, document in documents.items()
        }
    )


def verifier(web: FakeWeb | Unplugged | None = None) -> mc.Verifier:
    return mc.Verifier(trusted_issuers={DID, KEY.did}, fetcher=web or Unplugged())


def made(web: FakeWeb | None = None, document: JSONObject | None = None) -> VerificationBundle:
    """Return the bundle of a badge that verified."""
    report, bundle = verifier(web or pages()).check_with_bundle(document or web_badge(), at=AT)
    assert report, report.problems
    return bundle


def summary(report: mc.VerificationReport) -> list[tuple[str, str, str | None]]:
    return [(check.name, str(check.outcome), check.code) for check in report.problems]


UNRESOLVED = ("proof", "indeterminate", "RESOLUTION_ERROR")
NOT_BOUND = ("issuer", "indeterminate", "ISSUER_KEY_NOT_BOUND")
NO_STATUS = ("credential_status", "indeterminate", "STATUS_RETRIEVAL_ERROR")
UNVERIFIED = ("credential_status", "indeterminate", "STATUS_VERIFICATION_ERROR")


# The same verdict


def test_a_credential_is_judged_again_without_a_network() -> None:
    web, document = pages(), web_badge()
    report, bundle = verifier(web).check_with_bundle(document, at=AT)
    assert (report.verified, web.requests) == (True, [DID_URL, URL])
    again = VerificationBundle.from_json(bundle.to_json())
    assert again == bundle
    assert verifier().check(document, at=bundle.at, bundle=again) == report
    assert verifier().verify(document, at=bundle.at, bundle=again).id == document["id"]
    assert verifier().verify_with_report(document, at=bundle.at, bundle=again)[1] == report
    assert mc.Verifier(trusted_issuers={DID}).check(document, at=AT, bundle=again), "no fetcher is needed"
    # What the web says meanwhile does not matter, nor does it take the place of the bundle afterwards.
    web.pages[URL] = web_list(bits=StatusList.from_indexes([GOOD]).encode())
    assert verifier(web).check(document, at=AT, bundle=again)
    assert verifier(web).check(document, at=AT)["credential_status"].code == "REVOKED"


def test_asynchronous_verifiers_do_the_same() -> None:
    async def judged() -> None:
        document = web_badge(REVOKED)
        live = mc.AsyncVerifier(trusted_issuers={DID}, fetcher=pages())
        report, bundle = await live.check_with_bundle(document, at=AT)
        assert summary(report) == [("credential_status", "failed", "REVOKED")]
        assert bundle == verifier(pages()).check_with_bundle(document, at=AT)[1]
        offline = mc.AsyncVerifier(trusted_issuers={DID}, fetcher=Unplugged())
        assert await offline.check(document, at=AT, bundle=bundle) == report
        with pytest.raises(mc.VerificationError):
            await offline.verify(document, at=AT, bundle=bundle)
        with pytest.raises(mc.VerificationError):
            await offline.verify_with_report(document, at=AT, bundle=bundle)

    asyncio.run(judged())


def presentation() -> JSONObject:
    shown: JSONObject = {
        "@context": ["https://www.w3.org/ns/credentials/v2"],
        "type": ["VerifiablePresentation"],
        "holder": KEEPER,
        "verifiableCredential": [web_badge(), web_badge(REVOKED)],
    }
    return add_proof(
        shown,
        OTHER,
        verification_method=f"{KEEPER}#1",
        proof_purpose="authentication",
        created="2026-05-31T00:00:00Z",
    )


def holders_document() -> JSONObject:
    document = did_document(KEEPER, OTHER)
    return {**document, "authentication": document["assertionMethod"]}


def test_presentations_are_judged_again() -> None:
    web, document = pages(), presentation()
    web.pages[KEEPER_URL] = holders_document()
    report, bundle = verifier(web).check_presentation_with_bundle(document, challenge=None, domain=None, at=AT)
    assert [summary(each) for each in report.credentials] == [[], [("credential_status", "failed", "REVOKED")]]
    assert {entry.url for entry in bundle.entries} == {DID_URL, URL, KEEPER_URL}
    again = verifier().check_presentation(document, challenge=None, domain=None, at=AT, bundle=bundle)
    assert again == report
    with pytest.raises(mc.VerificationError):
        verifier().verify_presentation(document, challenge=None, domain=None, at=AT, bundle=bundle)

    async def judged() -> None:
        live = mc.AsyncVerifier(trusted_issuers={DID}, fetcher=web)
        found = await live.check_presentation_with_bundle(document, challenge=None, domain=None, at=AT)
        assert (found[0], [each.url for each in found[1].entries]) == (report, [each.url for each in bundle.entries])
        offline = mc.AsyncVerifier(trusted_issuers={DID})
        assert await offline.check_presentation(document, challenge=None, domain=None, at=AT, bundle=bundle) == report
        with pytest.raises(mc.VerificationError):
            await offline.verify_presentation(document, challenge=None, domain=None, at=AT, bundle=bundle)

    asyncio.run(judged())


@pytest.mark.parametrize("name", LISTS)
@pytest.mark.parametrize("index", [GOOD, REVOKED])
def test_what_was_wrong_with_a_list_is_wrong_again(name: str, index: int) -> None:
    document = mc.sign(badge(KEY.did, credentialStatus=entry(str(index))), KEY)
    report, bundle = verifier(FakeWeb({URL: LISTS[name][0]()})).check_with_bundle(document, at=AT)
    again = VerificationBundle.from_json(bundle.to_json())
    assert verifier().check(document, at=AT, bundle=again) == report


@pytest.mark.usefixtures("shared")
@pytest.mark.parametrize("name", CREDENTIALS)
def test_samples_are_judged_again(name: str) -> None:
    mocks = json.loads((SAMPLES / "samples/mocks/url-map.json").read_text())
    web = FakeWeb({page["url"]: (SAMPLES / page["file"]).read_bytes() for page in mocks})
    contexts = {"https://w3id.org/dcc/v1": load_json(SAMPLES.parents[1] / "contexts/dcc/dcc-v1.json")}
    content, at = (SAMPLES / "samples" / name).read_bytes(), datetime(2026, 11, 1, tzinfo=UTC)
    live = mc.Verifier(trusted_issuers=mc.ANY_ISSUER, fetcher=web, contexts=contexts)
    report, bundle = live.check_with_bundle(content, at=at)
    assert {each.url for each in bundle.entries} == set(web.requests)
    offline = mc.Verifier(trusted_issuers=mc.ANY_ISSUER, contexts=contexts)
    assert offline.check(content, at=at, bundle=VerificationBundle.from_json(bundle.to_json())) == report


def test_failures_are_kept_too() -> None:
    web = pages()
    web.pages[URL] = FetchError(URL, "the server is in trouble", 503)
    report, bundle = verifier(web).check_with_bundle(web_badge(), at=AT)
    assert summary(report) == [NO_STATUS]
    [failure] = [each for each in bundle.entries if each.content is None]
    assert (failure.url, failure.reason, failure.status) == (URL, "the server is in trouble", 503)
    again = VerificationBundle.from_json(bundle.to_json())
    assert again == bundle
    assert verifier().check(web_badge(), at=AT, bundle=again) == report


def test_that_there_was_nothing_decides_again_as_it_did() -> None:
    document = mc.sign(badge(ISSUER), KEY, verification_method=f"{ISSUER}#{KEY.public_key.multikey}")
    live = mc.Verifier(trusted_issuers={ISSUER}, fetcher=FakeWeb({}))
    report, bundle = live.check_with_bundle(document, at=AT)
    assert (report["issuer"].code, [each.url for each in bundle.entries]) == ("ISSUER_KEY_NOT_BOUND", [JWKS_URL])
    assert mc.Verifier(trusted_issuers={ISSUER}).check(document, at=AT, bundle=bundle) == report


def test_a_credential_that_needs_nothing_has_an_empty_bundle() -> None:
    document = mc.sign(badge(), KEY)
    bundle = made(document=document)
    assert bundle.entries == ()
    assert verifier().check(document, at=AT, bundle=VerificationBundle.from_json(bundle.to_json()))


def test_a_refreshed_credential_is_refreshed_again() -> None:
    given, newest = refreshing.made(), refreshing.newer()
    web = refreshing.web(newest)
    report, bundle = refreshing.verifier(web).check_with_bundle(given, at=AT)
    assert [each.url for each in bundle.entries] == [refreshing.SERVICE]
    offline = mc.Verifier(trusted_issuers={KEY.did})
    assert offline.check(given, at=AT, bundle=bundle) == report == refreshing.verifier(web).check(given, at=AT)
    found, again = offline.verify_with_report(given, at=AT, bundle=bundle)
    assert (found.model_dump(), again.refreshed) == (newest, True)
    assert again == refreshing.verifier(web).verify_with_report(given, at=AT)[1]
    # Who does not want to know does not ask.
    assert refreshing.verifier(web, refresh=False).check_with_bundle(given, at=AT)[1].entries == ()

    async def judged() -> None:
        live = mc.AsyncVerifier(trusted_issuers={KEY.did}, fetcher=web)
        assert [each.url for each in (await live.check_with_bundle(given, at=AT))[1].entries] == [refreshing.SERVICE]

    asyncio.run(judged())


def test_one_bundle_answers_for_every_credential_that_needs_nothing_else() -> None:
    bundle = made()
    assert verifier().check(web_badge(7), at=AT, bundle=bundle)
    assert summary(verifier().check(web_badge(REVOKED), at=AT, bundle=bundle))[0][2] == "REVOKED"


@pytest.mark.parametrize("limit", [1, 2])
def test_bounds_on_requests_are_the_same(limit: int) -> None:
    limits, second = mc.Limits(max_fetches=limit), entry(statusListCredential="https://example.edu/status/2")
    document = web_badge(credentialStatus=[entry(), second])
    live = mc.Verifier(trusted_issuers={DID}, fetcher=pages(), limits=limits)
    report, bundle = live.check_with_bundle(document, at=AT)
    assert (summary(report), len(bundle.entries)) == ([NO_STATUS], limit)
    offline = mc.Verifier(trusted_issuers={DID}, limits=limits)
    assert offline.check(document, at=AT, bundle=bundle) == report


def test_what_was_fetched_by_permission_over_http_is_judged_with_permission_only() -> None:
    url = "http://localhost:8080/status/1"
    document = web_badge(credentialStatus=entry(statusListCredential=url))
    web = pages()
    web.pages[url] = web_list(id=url)
    web.allow_http = True
    report, bundle = verifier(web).check_with_bundle(document, at=AT)
    assert report
    assert summary(verifier().check(document, at=AT, bundle=bundle)) == [NO_STATUS]
    permitted = Unplugged()
    permitted.allow_http = True
    assert verifier(permitted).check(document, at=AT, bundle=bundle)


# Never more than it holds


@pytest.mark.parametrize(
    ("missing", "expected"), [(DID_URL, [UNRESOLVED, NO_STATUS, NOT_BOUND]), (URL, [NO_STATUS]), (None, [])]
)
def test_what_a_bundle_does_not_hold_is_indeterminate(
    missing: str | None, expected: list[tuple[str, str, str | None]]
) -> None:
    bundle = made()
    less = VerificationBundle(bundle.at, tuple(each for each in bundle.entries if each.url != missing))
    for trusting in (verifier(pages()), verifier()):
        trusting.check(web_badge(), at=AT, bundle=bundle)
        report = trusting.check(web_badge(), at=AT, bundle=less)
        assert (summary(report), report.refused) == (expected, False)
        assert all("bundle" in check.detail for check in report.problems[:1])


def test_a_list_that_is_remembered_is_recorded_with_all_that_it_rests_on() -> None:
    method = BitstringStatus(list_issuers={DID: [KEEPER]})
    web = pages()
    web.pages |= {URL: web_list(KEEPER, OTHER), KEEPER_URL: did_document(KEEPER, OTHER)}
    live = mc.Verifier(trusted_issuers={DID}, fetcher=web, status_methods=[method])
    bundles = [live.check_with_bundle(web_badge(index), at=AT)[1] for index in (7, 8, 9)]
    for bundle in bundles:
        assert {each.url for each in bundle.entries} == {DID_URL, URL, KEEPER_URL}
        offline = mc.Verifier(trusted_issuers={DID}, status_methods=[method])
        assert offline.check(web_badge(), at=AT, bundle=bundle)
    # What is remembered from the network is not known to a bundle, nor the other way round.
    less = VerificationBundle(AT, tuple(each for each in bundles[0].entries if each.url != KEEPER_URL))
    assert summary(live.check(web_badge(), at=AT, bundle=less)) == [NO_STATUS]
    web.pages[KEEPER_URL] = did_document(KEEPER, KEY)
    assert live.check(web_badge(), at=AT, bundle=bundles[0])
    assert summary(live.check(web_badge(), at=AT)) == [UNVERIFIED]
    del web.pages[KEEPER_URL]
    assert summary(live.check(web_badge(), at=AT)) == [NO_STATUS]


def test_the_same_holds_for_revocation_lists_that_are_jwts() -> None:
    jwk = {**KEY.public_key.to_jwk(), "kid": "1"}
    listed = revocation_jwt(revocations(id=URL, issuer=ISSUER, nbf=1_700_000_000), kid=f"{JWKS_URL}#1")
    web = FakeWeb({ISSUER: did_document(ISSUER), JWKS_URL: {"keys": [jwk]}, URL: listed})
    document = mc.sign(edtech_badge(ISSUER), KEY, verification_method=f"{ISSUER}#1")
    live = mc.Verifier(trusted_issuers={ISSUER}, fetcher=web)
    for _ in range(2):
        report, bundle = live.check_with_bundle(document, at=AT)
        assert (summary(report), {each.url for each in bundle.entries}) == ([], {ISSUER, JWKS_URL, URL})
        assert mc.Verifier(trusted_issuers={ISSUER}).check(document, at=AT, bundle=bundle)
    less = VerificationBundle(AT, tuple(each for each in bundle.entries if each.url != JWKS_URL))
    assert summary(live.check(document, at=AT, bundle=less)) == [NO_STATUS]


@pytest.mark.parametrize("value", ["{}", b"{}", {}, "bundle.json"])
def test_only_a_bundle_will_do(value: object) -> None:
    with pytest.raises(TypeError):
        verifier().check(web_badge(), bundle=value)  # type: ignore[arg-type]


# As of a date


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        (AT, []),
        (AT + HOUR, []),
        (AT + HOUR + timedelta(seconds=1), [UNRESOLVED, NO_STATUS, NOT_BOUND]),
        (None, [UNRESOLVED, NO_STATUS, NOT_BOUND]),
        (AT - timedelta(days=20), []),
        # The list is valid from 10 May on, the badge from 1 May.
        (datetime(2026, 5, 10, tzinfo=UTC), []),
        (datetime(2026, 5, 9, tzinfo=UTC), [UNVERIFIED]),
    ],
)
def test_answers_count_as_long_as_in_a_cache_and_lists_from_their_date_on(
    at: datetime | None, expected: list[tuple[str, str, str | None]]
) -> None:
    bundle = made(pages(page=web_list(validFrom="2026-05-10T00:00:00Z")))
    report = verifier().check(web_badge(), at=at, bundle=bundle)
    assert (summary(report), report.refused) == (expected, False)


def test_a_list_that_has_ended_meanwhile_is_indeterminate() -> None:
    bundle = made(pages(page=web_list(validUntil="2026-06-01T00:10:00Z")))
    assert verifier().check(web_badge(), at=AT + timedelta(minutes=10), bundle=bundle)
    # There may have been a newer one by then; what is wrong with this one says more than that there is no other.
    report = verifier().check(web_badge(), at=AT + timedelta(minutes=12), bundle=bundle)
    assert summary(report) == [("credential_status", "indeterminate", "STATUS_VERIFICATION_ERROR")]


def test_a_list_counts_for_no_longer_than_its_time_to_live() -> None:
    short = add_proof(
        unsigned_list(DID, {"ttl": 600_000}),
        KEY,
        verification_method=f"{DID}#1",
        created="2026-01-01T00:00:00Z",
    )
    bundle = made(pages(page=short))
    for seconds, expected in ((-3600, []), (0, []), (600, []), (601, [NO_STATUS])):
        report = verifier().check(web_badge(), at=AT + timedelta(seconds=seconds), bundle=bundle)
        assert summary(report) == expected
    # Where nothing newer was to be had when the bundle was made, it is as good again as it was.
    old = pages(AT - HOUR, page=short)
    report, bundle = verifier(old).check_with_bundle(web_badge(), at=AT)
    assert report
    assert verifier().check(web_badge(), at=AT, bundle=bundle) == report


def test_how_long_answers_count_is_for_the_caller_to_say() -> None:
    patient = mc.Verifier(trusted_issuers={DID}, limits=mc.Limits(max_cache_seconds=86_400))
    for hours, verified in ((24, True), (25, False)):
        assert patient.check(web_badge(), at=AT + timedelta(hours=hours), bundle=made()).verified is verified


def test_at_its_own_time_a_bundle_holds_however_old_its_answers_were() -> None:
    bundle = made(pages(AT - timedelta(hours=9)))
    assert verifier().check(web_badge(), at=AT, bundle=bundle)
    later = verifier().check(web_badge(), at=AT + timedelta(seconds=1), bundle=bundle)
    assert summary(later) == [UNRESOLVED, NO_STATUS, NOT_BOUND]


UNDATED: dict[str, Callable[[], JSONObject]] = {
    "BitstringStatusListEntry": lambda: web_list(validFrom=None),
    "1EdTechRevocationList": lambda: {"id": URL, "issuer": DID, "revokedCredentials": []},
}


@pytest.mark.parametrize("kind", UNDATED)
def test_a_list_without_dates_says_nothing_of_the_time_before_it_was_fetched(kind: str) -> None:
    document = web_badge()
    if kind == "1EdTechRevocationList":
        document = mc.sign(edtech_badge(), KEY, verification_method=f"{DID}#1")
    web = pages()
    answer = FetchResult(URL, json.dumps(UNDATED[kind]()).encode(), fetched_at=AT)
    web.pages[URL] = answer
    bundle = made(web, document)
    # The network is held to the same.
    for used in (bundle, None):
        judging = verifier(web)
        assert judging.check(document, at=AT - HOUR, bundle=used)
        before = judging.check(document, at=AT - HOUR - timedelta(seconds=1), bundle=used)
        assert summary(before) == [UNVERIFIED]
    # A fetcher that does not know the time has it from now, so that now is when it is judged.
    web.pages[URL] = FetchResult(URL, answer.content)
    assert verifier(web).check(document, at=AT)


def test_answers_without_a_time_are_recorded_as_of_now() -> None:
    before = datetime.now(UTC)
    bundle = made(pages(None))
    assert [before <= each.fetched_at <= datetime.now(UTC) for each in bundle.entries] == [True, True]
    assert bundle.at == AT, "as of when it was judged is another question"
    with pytest.raises(ValueError, match="time zone"):
        FetchResult(URL, b"", fetched_at=datetime(2026, 6, 1))  # noqa: DTZ001


class Fresh:
    """A status method that wants an answer of now."""

    types = frozenset(["BitstringStatusListEntry"])

    def __init__(self, max_age: timedelta) -> None:
        self.max_age = max_age

    def check(self, entry: JSONObject, credential: JSONObject, *, at: datetime) -> Steps[Finding]:
        assert entry["type"] in self.types
        assert (credential["type"], at.tzinfo) == (badge()["type"], UTC)
        try:
            yield Fetch(URL, max_age=self.max_age)
        except FetchError as error:
            return Finding.indeterminate("OURS", error.reason)
        return Finding.passed()


def test_plug_ins_that_want_fresh_answers_get_no_older_ones() -> None:
    for minutes in (0, 10):
        method = Fresh(timedelta(minutes=minutes))
        live = mc.Verifier(trusted_issuers={DID}, fetcher=pages(), status_methods=[method])
        _, bundle = live.check_with_bundle(web_badge(), at=AT)
        offline = mc.Verifier(trusted_issuers={DID}, status_methods=[method])
        for seconds, verified in ((-60, True), (0, True), (minutes * 60, True), (minutes * 60 + 1, False)):
            report = offline.check(web_badge(), at=AT + timedelta(seconds=seconds), bundle=bundle)
            assert report.verified is verified


def test_another_version_may_ask_for_other_media_types() -> None:
    first = Entry("https://example.edu/x", "text/plain", AT, b"first", "text/plain")
    second = Entry("https://example.edu/x", "application/json", AT, b"{}", "application/json")
    failed = Entry("https://example.edu/x", "image/png", AT, reason="nothing there", status=404)
    bundle = VerificationBundle(AT, (first, second, failed))
    for accept, content in (("text/plain", b"first"), ("application/json", b"{}"), ("*/*", b"{}")):
        answer = bundle.answer(Fetch("https://example.edu/x", accept), AT)
        assert isinstance(answer, FetchResult)
        assert answer.content == content
    assert isinstance(bundle.answer(Fetch("https://example.edu/x", "image/png"), AT), FetchError)
    assert isinstance(bundle.answer(Fetch("https://example.edu/y", "text/plain"), AT), FetchError)


# The file


def test_the_file_is_what_the_format_says() -> None:
    web = pages()
    web.pages[URL] = FetchResult(URL, b"\xff\x00", "application/octet-stream", AT + timedelta(microseconds=5))
    _, bundle = verifier(web).check_with_bundle(web_badge(), at=AT)
    written = json.loads(bundle.to_json())
    first, second = written["entries"]
    content = cast(FetchResult, web.pages[DID_URL]).content
    assert first == {
        "url": DID_URL,
        "accept": "application/did+json, application/did+ld+json, application/json",
        "fetchedAt": "2026-06-01T00:00:00Z",
        "mediaType": "application/json",
        "sha256": hashlib.sha256(content).hexdigest(),
        "text": content.decode(),
    }
    assert {name: second[name] for name in ("base64url", "fetchedAt")} == {
        "base64url": "_wA",
        "fetchedAt": "2026-06-01T00:00:00.000005Z",
    }
    # The digest as somebody else would compute it.
    digest = written.pop("sha256")
    for each in written["entries"]:
        each.pop("text", None)
        each.pop("base64url", None)
    assert (written["format"], written["version"]) == ("microcred/verification-bundle", 1)
    assert written["at"] == "2026-06-01T00:00:00Z"
    assert hashlib.sha256(rfc8785.dumps(written)).hexdigest() == digest == bundle.sha256


def changed(path: str, value: object) -> Callable[[JSONObject], None]:
    """Return what changes a member of a bundle; None takes it out."""
    *way, last = path.split("/")

    def change(document: JSONObject) -> None:
        node: object = document
        for name in way:
            node = node[int(name)] if isinstance(node, list) else as_object(cast(JSONValue, node))[name]
        members = as_object(cast(JSONValue, node))
        if value is None:
            del members[last]
        else:
            members[last] = cast(JSONValue, value)

    return change


CHANGES: dict[str, tuple[Callable[[JSONObject], None], str]] = {
    "no format": (changed("format", None), "MALFORMED_VALUE_ERROR"),
    "another format": (changed("format", "zip"), "MALFORMED_VALUE_ERROR"),
    "no version": (changed("version", None), "UNSUPPORTED"),
    "another version": (changed("version", 2), "UNSUPPORTED"),
    "a version that only looks so": (changed("version", True), "UNSUPPORTED"),
    "a version with a point": (changed("version", 1.0), "UNSUPPORTED"),
    "no time": (changed("at", None), "MALFORMED_VALUE_ERROR"),
    "a time without a zone": (changed("at", "2026-06-01T00:00:00"), "MALFORMED_VALUE_ERROR"),
    "a time in another zone": (changed("at", "2026-06-01T01:00:00+01:00"), "MALFORMED_VALUE_ERROR"),
    "a time beyond time": (changed("at", "0001-01-01T00:00:00+14:00"), "MALFORMED_VALUE_ERROR"),
    "another time": (changed("at", "2026-06-01T00:00:01Z"), "MALFORMED_VALUE_ERROR"),
    "a number as time": (changed("at", 5), "MALFORMED_VALUE_ERROR"),
    "no entries": (changed("entries", None), "MALFORMED_VALUE_ERROR"),
    "other entries": (changed("entries", {}), "MALFORMED_VALUE_ERROR"),
    "entries that are none": (changed("entries", [7]), "MALFORMED_VALUE_ERROR"),
    "fewer entries": (changed("entries", []), "MALFORMED_VALUE_ERROR"),
    "another digest": (changed("sha256", "0" * 64), "MALFORMED_VALUE_ERROR"),
    "no digest": (changed("sha256", None), "MALFORMED_VALUE_ERROR"),
    "a digest that is none": (changed("sha256", 7), "MALFORMED_VALUE_ERROR"),
    "something else": (changed("note", "hello"), "MALFORMED_VALUE_ERROR"),
    "another URL": (changed("entries/0/url", "https://example.org/"), "MALFORMED_VALUE_ERROR"),
    "a URL that is none": (changed("entries/0/url", 7), "MALFORMED_VALUE_ERROR"),
    "another accept": (changed("entries/0/accept", "text/*"), "MALFORMED_VALUE_ERROR"),
    "another time of an entry": (changed("entries/0/fetchedAt", "2027-01-01T00:00:00Z"), "MALFORMED_VALUE_ERROR"),
    "another media type": (changed("entries/0/mediaType", "text/plain"), "MALFORMED_VALUE_ERROR"),
    "no media type": (changed("entries/0/mediaType", None), "MALFORMED_VALUE_ERROR"),
    "another text": (changed("entries/0/text", "{}"), "MALFORMED_VALUE_ERROR"),
    "a text that is none": (changed("entries/0/text", {}), "MALFORMED_VALUE_ERROR"),
    "no text": (changed("entries/0/text", None), "MALFORMED_VALUE_ERROR"),
    "two texts": (changed("entries/0/base64url", "e30"), "MALFORMED_VALUE_ERROR"),
    "a text and a failure": (
        changed("entries/0/failure", {"reason": "x", "status": 404}),
        "MALFORMED_VALUE_ERROR",
    ),
    "another digest of an entry": (changed("entries/0/sha256", "0" * 64), "MALFORMED_VALUE_ERROR"),
    "no digest of an entry": (changed("entries/0/sha256", None), "MALFORMED_VALUE_ERROR"),
    "padded base64url": (changed("entries/1/base64url", "_wA="), "MALFORMED_VALUE_ERROR"),
    "base64url in another form": (changed("entries/1/base64url", "_wB"), "MALFORMED_VALUE_ERROR"),
    "another reason": (changed("entries/2/failure/reason", "x"), "MALFORMED_VALUE_ERROR"),
    "a reason that is none": (changed("entries/2/failure/reason", 7), "MALFORMED_VALUE_ERROR"),
    "another status": (changed("entries/2/failure/status", 500), "MALFORMED_VALUE_ERROR"),
    "a status that is none": (changed("entries/2/failure/status", "404"), "MALFORMED_VALUE_ERROR"),
    "a status that only looks so": (changed("entries/2/failure/status", True), "MALFORMED_VALUE_ERROR"),
    "no status": (changed("entries/2/failure/status", None), "MALFORMED_VALUE_ERROR"),
    "a failure that is none": (changed("entries/2/failure", "x"), "MALFORMED_VALUE_ERROR"),
    "more of a failure": (changed("entries/2/failure/note", "x"), "MALFORMED_VALUE_ERROR"),
}
FULL = VerificationBundle(
    AT,
    (
        Entry("https://example.edu/1", "*/*", AT, b'{"a": "\xc3\xa9"}', "application/json"),
        Entry("https://example.edu/2", "*/*", AT, b"\xff\x00", "application/octet-stream"),
        Entry("https://example.edu/3", "*/*", AT, reason="nothing there", status=404),
    ),
)


@pytest.mark.parametrize("name", CHANGES)
def test_a_file_that_is_damaged_or_none_is_refused(name: str) -> None:
    change, code = CHANGES[name]
    document = json.loads(FULL.to_json())
    assert VerificationBundle.from_json(json.dumps(document, indent=1)) == FULL, "how it is laid out is free"
    change(document)
    with pytest.raises(DocumentError) as caught:
        VerificationBundle.from_json(json.dumps(document))
    assert caught.value.code == code


@pytest.mark.parametrize("text", ["", "[]", "7", "{", b"\xff", '{"format": 1, "format": 1}', "[" * 1000])
def test_what_is_no_json_object_is_refused(text: str | bytes) -> None:
    with pytest.raises(DocumentError) as caught:
        VerificationBundle.from_json(text)
    assert caught.value.code == "PARSING_ERROR"


def test_two_answers_to_one_request_are_refused() -> None:
    twice = VerificationBundle(AT, (FULL.entries[0], FULL.entries[0]))
    with pytest.raises(DocumentError) as caught:
        VerificationBundle.from_json(twice.to_json())
    assert caught.value.code == "MALFORMED_VALUE_ERROR"


def test_size_is_bounded_in_both_directions() -> None:
    text = FULL.to_json()
    size = len(text.encode())
    assert size > len(text)
    for most in (size, size - 1):
        limits = mc.Limits(max_bundle_bytes=most, max_document_bytes=10)
        if most == size:
            assert VerificationBundle.from_json(FULL.to_json(limits=limits), limits=limits) == FULL
            continue
        with pytest.raises(DocumentError) as caught:
            FULL.to_json(limits=limits)
        assert caught.value.code == "TOO_COMPLEX"
        with pytest.raises(DocumentError) as caught:
            VerificationBundle.from_json(text, limits=limits)
        assert caught.value.code == "PARSING_ERROR"


MOMENTS = st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30), timezones=st.just(UTC))  # noqa: DTZ001
TEXTS = st.text(st.characters(codec="utf-8"), max_size=20)
BODIES = st.one_of(TEXTS.map(str.encode), st.binary(max_size=20))
ENTRIES = st.one_of(
    st.builds(Entry, TEXTS, TEXTS, MOMENTS, BODIES, TEXTS),
    st.builds(Entry, TEXTS, TEXTS, MOMENTS, reason=TEXTS, status=st.none() | st.integers(0, 999)),
)
BUNDLES = st.builds(
    VerificationBundle,
    MOMENTS,
    st.lists(ENTRIES, max_size=4, unique_by=lambda each: (each.url, each.accept)).map(tuple),
)


@given(BUNDLES)
def test_every_bundle_is_read_as_it_was_written(bundle: VerificationBundle) -> None:
    again = VerificationBundle.from_json(bundle.to_json())
    assert again == bundle
    assert (again.to_json(), again.sha256) == (bundle.to_json(), bundle.sha256)
    assert pickle.loads(pickle.dumps(again)) == bundle


@given(BUNDLES, st.data())
def test_no_changed_character_goes_unnoticed(bundle: VerificationBundle, data: st.DataObject) -> None:
    text = bundle.to_json()
    index = data.draw(st.integers(0, len(text) - 1))
    other = data.draw(st.one_of(st.just(""), st.characters(codec="utf-8"), st.sampled_from('{}[]":,0 ')))
    damaged = text[:index] + other + text[index + 1 :]
    try:
        read = VerificationBundle.from_json(damaged)
    except DocumentError:
        return
    assert read == bundle, "it says the same in other characters"


@given(st.recursive(TEXTS | st.integers() | st.none(), lambda inner: st.lists(inner) | st.dictionaries(TEXTS, inner)))
def test_any_json_is_refused_with_an_error_of_ours(value: object) -> None:
    for document in (value, {"format": "microcred/verification-bundle", "version": 1, "entries": [value]}):
        with pytest.raises(DocumentError):
            VerificationBundle.from_json(json.dumps(document))


def test_a_log_shows_nothing_of_what_was_fetched() -> None:
    text = repr(FULL) + repr(FULL.entries)
    assert "é" not in text
    assert "\\xff" not in text
    assert LEARNER not in repr(made())
