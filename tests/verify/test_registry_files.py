"""Registries that are a file: what is in them, and what stands in the way."""

from __future__ import annotations

import json

import pytest

import microcred as mc
from microcred.errors import DocumentError, FetchError
from microcred.json import JSONObject, JSONValue
from microcred.protocols import FetchResult
from microcred.testing import FakeWeb
from microcred.verify.registry_files import RegistryFile
from microcred.verify.report import Code, Voucher
from tests.make import AT, KEY, OTHER, signed

URL = "https://registry.example/registry.json"
ENTRY: JSONObject = {"name": "Example University", "location": "Cambridge, MA, USA", "url": "https://example.edu"}
META: JSONObject = {"created": "2022-10-27T17:57:31+00:00", "updated": "2026-03-25T00:00:00+00:00"}


def file(entry: JSONValue = ENTRY) -> JSONObject:
    """Return a file in the form of the Digital Credentials Consortium."""
    return {"meta": dict(META), "registry": {KEY.did: entry, OTHER.did: {"name": "Another"}}}


def check(page: object, source: object = URL) -> mc.VerificationReport:
    registry = RegistryFile(source, name="Campus")  # type: ignore[arg-type]
    web = FakeWeb({} if page is None else {URL: page})  # type: ignore[dict-item]
    return mc.Verifier(trusted_issuers=registry, fetcher=web).check(signed(), at=AT)


def test_a_file_vouches_for_whom_it_lists() -> None:
    found = Voucher("Campus", "Example University", "https://example.edu")
    assert check(file()).voucher == found
    assert check(None, file()).voucher == found
    assert check(None, file())["issuer"].outcome == "passed"


@pytest.mark.parametrize("issuers", [{}, {OTHER.did: ENTRY}, {KEY.did: None}, {KEY.did.upper(): ENTRY}])
def test_whom_the_file_does_not_list_is_not_trusted(issuers: JSONObject) -> None:
    report = check({"registry": issuers})
    assert (report["issuer"].outcome, report["issuer"].code) == ("failed", Code.ISSUER_NOT_TRUSTED)


@pytest.mark.parametrize(
    "page",
    [
        None,
        FetchError(URL, "the server answered 503", 503),
        FetchError(URL, "there was no answer"),
        *(b"", b"not JSON", b"[]", b"{}", b"\xff", b'{"registry": []}', b'{"registry": null}'),
        b'{"registry": {}, "registry": {}}',
        b'{"registry": {"a": NaN}}',
        b"[" * 100_000,
        b" " * (mc.Limits().max_document_bytes + 1),
        {"issuers": {KEY.did: ENTRY}},
        {"registry": {KEY.did: True}},
        {"registry": {KEY.did: "Example University"}},
        {"registry": {KEY.did: [ENTRY]}},
    ],
)
def test_what_cannot_be_read_is_no_verdict(page: object) -> None:
    report = check(page)
    assert (report["issuer"].outcome, report["issuer"].code) == ("indeterminate", Code.REGISTRY_RETRIEVAL_ERROR)
    assert not report.refused
    assert report.voucher is None


@pytest.mark.parametrize("name", [None, 7, "", "  ", {"en": "A"}, "a\nb", "a\u202eb", "\u2066a", "x" * 257, "\x00"])
def test_a_name_that_cannot_be_shown_is_left_out(name: JSONValue) -> None:
    assert check(file({"name": name})).voucher == Voucher("Campus")


def test_names_in_all_scripts_are_shown() -> None:
    for name in ("Universität Zürich", "東京大学", "جامعة القاهرة", "دانشگاه\u200cها"):
        assert check(file({"name": f" {name} "})).voucher == Voucher("Campus", name)


@pytest.mark.parametrize("url", ["javascript:alert(1)", "data:text/html,x", "https://a b", 7, None, "//a.example", ""])
def test_a_url_that_is_no_web_page_is_left_out(url: JSONValue) -> None:
    assert check(file({"name": "A", "url": url})).voucher == Voucher("Campus", "A")


def test_the_file_is_read_once_while_it_stays_the_same() -> None:
    registry = RegistryFile(URL, name="Campus")
    web = FakeWeb({URL: file()})
    verifier = mc.Verifier(trusted_issuers=registry, fetcher=web)
    assert verifier.check(signed(), at=AT)
    web.pages[URL] = FetchResult(URL, json.dumps({"registry": {}}).encode())
    assert not verifier.check(signed(), at=AT)
    assert web.requests == [URL, URL]  # how long a copy may be served is for the fetcher to know


def test_what_was_given_may_change_afterwards() -> None:
    document = file()
    registry = RegistryFile(document, name="Campus")
    document["registry"] = {}
    assert mc.Verifier(trusted_issuers=registry).check(signed(), at=AT)


@pytest.mark.parametrize(
    "source", ["http://registry.example/", "registry.json", "", "https://a@b/", "file:///etc/passwd"]
)
def test_only_https_vouches_for_a_file(source: str) -> None:
    with pytest.raises(ValueError, match="https"):
        RegistryFile(source, name="Campus")


@pytest.mark.parametrize("source", [{}, {"registry": []}, {"registry": {KEY.did: object()}}])
def test_a_file_that_is_none_is_refused_at_once(source: dict[str, JSONValue]) -> None:
    with pytest.raises(DocumentError):
        RegistryFile(source, name="Campus")
