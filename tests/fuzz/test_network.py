"""What comes from the network: names of places, documents of keys and lists, headers of answers."""

from __future__ import annotations

import json
from collections.abc import Generator
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar
from urllib.parse import urlsplit

import httpx
from hypothesis import given
from hypothesis import strategies as st

import microcred as mc
from microcred.errors import DocumentError, MicrocredError, ResolutionError
from microcred.json import JSONObject
from microcred.limits import DEFAULT_LIMITS
from microcred.protocols import Fetch, FetchResult
from microcred.verify._answers import Answer, NoAnswerError
from microcred.verify._http_cache import keep, retry_after
from microcred.verify._http_client import _accepts, _media_type
from microcred.verify._urls import URLRules
from microcred.verify.asking import is_plain
from microcred.verify.bundle import VerificationBundle
from microcred.verify.did_methods import did_web_url
from microcred.verify.hosted_keys import has_key, hosted_key, well_known
from microcred.verify.registry_files import RegistryFile
from microcred.verify.resolver import Resolver
from tests.fuzz.mutations import WORDS, as_object, damaged_bytes, damaged_json, damaged_text, values
from tests.hostile import forge
from tests.make import AT
from tests.verify.test_bundle import FULL

T = TypeVar("T")
WEB = "did:web:example.edu"
KEY = mc.PublicKey.from_multikey(forge.ISSUER.multikey)
NOW = datetime(2026, 6, 1, tzinfo=UTC)
_PIECES = [
    *WORDS,
    "did:web:",
    ":",
    "%3A",
    "%3a8443",
    "example.edu",
    "127.0.0.1",
    "[::1]",
    "0x7f",
    "@",
    "#",
    "?",
    "\\",
    "..",
    ".",
    "xn--",
]
names = st.one_of(
    damaged_text("did:web:example.edu%3A8443:issuers:1"),
    st.lists(st.sampled_from(_PIECES), max_size=8).map(lambda pieces: "did:web:" + "".join(pieces)),
)
urls = st.one_of(
    damaged_text("https://example.edu:8443/a/b?c=d#e"),
    st.lists(st.sampled_from(["https://", "http://", "example.edu", *_PIECES]), max_size=8).map("".join),
    st.text(max_size=40),
)


def run(steps: Generator[Fetch, FetchResult, T], page: bytes = b"{}") -> T | None:
    """Drive steps, with one page for every request; nothing but errors of the own tree may end them."""
    try:
        request = next(steps)
        for _ in range(100):
            request = steps.send(FetchResult(request.url, page, "application/json"))
        raise AssertionError("it asks for ever")
    except StopIteration as stop:
        value: T = stop.value
        return value
    except MicrocredError as error:
        assert str(error)
        return None


@given(names)
def test_a_did_web_leads_where_it_says_or_nowhere(did: str) -> None:
    try:
        url = did_web_url(did)
    except ResolutionError as error:
        assert error.code == "INVALID_VERIFICATION_METHOD"
        return
    host, *path = did.removeprefix("did:web:").split(":")
    parts = urlsplit(url)
    assert parts.scheme == "https"
    assert not parts.query
    assert not parts.fragment
    assert parts.username is None
    # However a program reads it, the path stays what the DID says.
    assert httpx.URL(url).path.count("/") == max(len(path), 1) + 1
    assert str(parts.hostname).lower() == host.partition("%")[0].lower()
    assert url.endswith("/did.json")


@given(urls)
def test_urls_that_are_opened_are_read_alike_by_others(url: str) -> None:
    rules = URLRules(allow_http=False, max_characters=2048)
    try:
        target = rules.target(url)
    except NoAnswerError as error:
        assert error.reason
    else:
        assert target.url.isascii()
        assert target.url.isprintable()
        parts = urlsplit(target.url)
        assert (parts.scheme, str(parts.hostname), parts.port or 443) == ("https", target.host, target.port)
        assert "@" not in parts.netloc
        # It is in its normal form.
        assert rules.target(target.url) == target
    if is_plain(url):
        assert url.isascii()
        assert "@" not in urlsplit(url).netloc
        assert " " not in url


@given(urls)
def test_redirects_lead_to_where_urls_may_lead(location: str) -> None:
    rules = URLRules(allow_http=True, max_characters=2048)
    origin = rules.target("https://example.edu/a/b?c")
    try:
        target = rules.redirect(origin, location)
    except NoAnswerError as error:
        assert error.reason
    else:
        assert target.scheme == "https"
        assert rules.target(target.url) == target


_DID_DOCUMENT = forge.did_document(WEB, [forge.method_of(forge.ISSUER, WEB), forge.method_of(forge.P256, WEB, "key-2")])
_JWKS: JSONObject = {
    "keys": [{**forge.ISSUER.jwk, "kid": "key-1"}, {**forge.P256.jwk, "kid": "key-2", "iss": "https://example.edu/"}]
}


@given(st.one_of(damaged_json(_DID_DOCUMENT), values), st.sampled_from([f"{WEB}#key-1", WEB, f"{WEB}#key-2", "#key-1"]))
def test_did_documents_have_a_key_or_not(document: Any, method: str) -> None:
    page = json.dumps(document).encode()
    resolver = Resolver()
    key = run(resolver.key(method, "assertionMethod", AT), page)
    assert key is None or (key.controller == WEB and as_object(document).get("id") == WEB)
    keys = run(resolver.keys_of(WEB, "authentication", AT), page)
    assert keys is None or len(keys) <= DEFAULT_LIMITS.max_keys
    run(resolver.named_key(WEB, "key-1", "assertionMethod", AT), page)


@given(names)
def test_any_did_url_is_resolved_or_refused(did: str) -> None:
    for method in (did, f"{did}#key-1", did.replace("did:web:", "did:key:"), did.replace("did:web:", "did:jwk:")):
        run(Resolver().key(method, "assertionMethod", AT))


@given(st.one_of(damaged_json(_JWKS), values), st.sampled_from(["key-1", "key-2", "", "\ud7ff"]))
def test_key_sets_have_a_key_or_not(document: Any, name: str) -> None:
    url = f"https://example.edu/.well-known/jwks.json#{name}"
    try:
        assert isinstance(hosted_key(as_object(document), url, name, "https://example.edu/"), mc.PublicKey)
    except ResolutionError as error:
        assert error.code == "INVALID_VERIFICATION_METHOD"
    assert has_key(as_object(document), KEY, "https://example.edu/") in (True, False)
    run(Resolver().key(url, "assertionMethod", AT, owner="https://example.edu/"), json.dumps(document).encode())


@given(damaged_bytes(json.dumps(_DID_DOCUMENT).encode()))
def test_pages_of_any_bytes_have_a_key_or_not(page: bytes) -> None:
    run(Resolver().key(f"{WEB}#key-1", "assertionMethod", AT), page)
    run(Resolver().key("https://example.edu/keys#key-1", "assertionMethod", AT), page)


@given(urls)
def test_key_sets_of_issuers_have_one_place(issuer: str) -> None:
    url = well_known(issuer)
    assert url is None or url.endswith("/.well-known/jwks.json")


# Headers


_HEADERS = [
    "max-age=60",
    "no-store",
    "no-cache",
    'max-age="60"',
    "max-age=99999999999999999999",
    "public",
    ",",
    "=",
    '"',
    ";",
]
header_values = st.one_of(
    st.lists(
        st.sampled_from([*_HEADERS, "Sun, 06 Nov 1994 08:49:37 GMT", "Mon, 01 Jun 2026 01:00:00 GMT", "-1", "60"])
    ).map(", ".join),
    damaged_text("Mon, 01 Jun 2026 01:00:00 GMT"),
    damaged_text("public, max-age=60, s-maxage=10"),
    st.text(max_size=30),
)
headers = st.dictionaries(
    st.sampled_from(
        ["cache-control", "age", "expires", "date", "vary", "etag", "last-modified", "retry-after", "content-type"]
    ),
    header_values,
)


@given(headers, st.sampled_from([200, 301, 302, 304, 404, 503]))
def test_headers_make_nothing_last_longer_than_the_limit(found: dict[str, str], status: int) -> None:
    kept, storable = keep(Answer(status, found), NOW, DEFAULT_LIMITS)
    longest = timedelta(seconds=DEFAULT_LIMITS.max_cache_seconds)
    assert NOW <= kept.fresh_until <= NOW + longest
    assert kept.generated_at <= NOW
    assert not kept.is_fresh(NOW + longest, None)
    assert not kept.is_fresh(NOW - timedelta(seconds=1), None)
    if "no-store" in found.get("cache-control", "").split(", "):
        assert not storable
    confirmed = kept.confirmed(found)
    assert confirmed.content == kept.answer.content


@given(headers)
def test_servers_may_say_when_to_ask_again(found: dict[str, str]) -> None:
    after = retry_after(found, NOW)
    assert after is None or after >= timedelta(0)


@given(st.one_of(header_values, damaged_text("application/vc+jwt; charset=utf-8")), header_values)
def test_media_types_are_read(content_type: str, accept: str) -> None:
    name = _media_type(Answer(200, {"content-type": content_type}))
    assert name
    assert ";" not in name
    assert _accepts(accept, name) in (True, False)


# Registries and records


_ISSUER = "https://example.edu/"
_REGISTRY: JSONObject = {"registry": {_ISSUER: {"name": "Example University", "url": _ISSUER}, WEB: {}}}


@given(st.one_of(damaged_json(_REGISTRY), values), st.sampled_from([_ISSUER, WEB, "", "registry"]))
def test_registry_files_vouch_or_not(document: Any, issuer: str) -> None:
    registry = RegistryFile("https://registry.example/issuers.json", name="Registry")
    voucher = run(registry.look_up(issuer, at=AT), json.dumps(document).encode())
    if voucher is not None:
        assert issuer in as_object(as_object(document)["registry"])
        # What the report shows of it can be shown.
        assert all(text is None or text.isprintable() for text in (voucher.name, voucher.url))


@given(st.one_of(damaged_text(FULL.to_json()), damaged_json(json.loads(FULL.to_json())).map(json.dumps)))
def test_damaged_records_of_a_verification_are_refused(text: str) -> None:
    try:
        bundle = VerificationBundle.from_json(text)
    except DocumentError as error:
        assert error.problems
    else:
        assert VerificationBundle.from_json(bundle.to_json()) == bundle
