"""What verifiers look up: where it is, what it is served as, and what must not be there."""

from __future__ import annotations

import hashlib
import json

import pytest

import microcred as mc
from microcred.baking import bake
from microcred.encoding import base64url_encode
from microcred.errors import DocumentError
from microcred.hosting import Hosted, hosted
from microcred.status.records import PublishedList
from tests.issuer.make import DID, HTTPS, KEY, OTHER, PATH_DID, make
from tests.make import badge

LIST = PublishedList("https://example.edu/status/1", b"{}", "application/vc", '"etag"', changed=True)
COURSE = mc.Achievement(
    id="https://example.edu/achievements/rust-101",
    name="Rust 101",
    description="A course.",
    criteria=mc.Criteria(narrative="Pass."),
)


def types(pages: dict[str, Hosted]) -> dict[str, str]:
    return {path: page.media_type for path, page in pages.items()}


def test_did_web_has_its_document_profile_and_keys() -> None:
    issuer = make(DID)
    pages = hosted(issuer)
    assert types(pages) == {
        "/.well-known/did.json": "application/did+json",
        "/issuer.json": "application/ld+json",
        "/.well-known/jwks.json": "application/jwk-set+json",
    }
    assert json.loads(pages["/.well-known/did.json"].content) == issuer.did_document()
    assert json.loads(pages["/.well-known/jwks.json"].content) == issuer.jwks()


def test_did_web_with_a_path_has_them_there_and_the_keys_of_the_host_at_the_root() -> None:
    assert list(hosted(make(PATH_DID))) == [
        *("/departments/x/did.json", "/departments/x/issuer.json", "/.well-known/jwks.json")
    ]


def test_https_issuer_has_its_profile_at_its_id() -> None:
    assert types(hosted(make(HTTPS))) == {
        "/issuer.json": "application/ld+json",
        "/.well-known/jwks.json": "application/jwk-set+json",
    }


def test_issuers_of_one_host_share_a_key_set() -> None:
    first, second = make("https://example.edu/a.json"), make("https://example.edu/b.json", OTHER)
    keys = json.loads(hosted(first, second)["/.well-known/jwks.json"].content)["keys"]
    assert [key["iss"] for key in keys] == [first.id, second.id]


def test_site_that_is_no_whole_host_has_no_key_set() -> None:
    issuer = make("did:web:example.github.io:badges", KEY)
    pages = hosted(issuer, base_url="https://example.github.io/badges")
    assert list(pages) == ["/did.json", "/issuer.json"]
    with pytest.raises(DocumentError):
        hosted(make(DID), base_url="https://example.edu/badges/")


def test_did_key_has_nothing_to_look_up_but_lists() -> None:
    assert list(hosted(make(KEY.did), lists=[LIST], base_url="https://example.edu")) == ["/status/1"]
    with pytest.raises(DocumentError):
        hosted(make(KEY.did))


def test_lists_are_served_as_the_registry_made_them() -> None:
    assert hosted(make(), lists=[LIST])["/status/1"] == Hosted(b"{}", "application/vc", '"etag"')


def test_credentials_and_achievements_are_where_their_ids_say() -> None:
    signer = make().signer(KEY)
    signed = mc.sign(badge(DID, id="https://example.edu/credentials/1.json"), signer)
    token = mc.sign_jwt(badge(DID, id="https://example.edu/credentials/2.jwt"), signer)
    message = mc.sign_cose(badge(DID, id="https://example.edu/credentials/3.cose"), signer)
    pages = hosted(make(), credentials=[signed, token, message], achievements=[COURSE])
    assert list(pages)[3:] == [
        *("/achievements/rust-101", "/credentials/1.json", "/credentials/2.jwt", "/credentials/3.cose")
    ]
    assert json.loads(pages["/credentials/1.json"].content) == signed
    assert pages["/credentials/2.jwt"].content.decode() == token
    assert [page.media_type for page in pages.values()][3:] == [
        *("application/ld+json", "application/vc", "application/vc+jwt", "application/vc+cose")
    ]
    assert isinstance(mc.parse(pages["/achievements/rust-101"].content), mc.Achievement)


def test_sd_jwts_are_for_their_holders_only() -> None:
    document = badge(DID, id="https://example.edu/credentials/1")
    with pytest.raises(DocumentError):
        hosted(make(), credentials=[mc.sign_sd_jwt(document, make().signer(KEY), holder_key=None)])


def test_image_with_a_badge_is_not_the_badge() -> None:
    token = mc.sign_jwt(badge(DID, id="https://example.edu/credentials/1"), make().signer(KEY))
    image = bake(b'<svg xmlns="http://www.w3.org/2000/svg"/>', token)
    with pytest.raises(DocumentError):
        hosted(make(), credentials=[image])


def test_etag_is_strong_and_that_of_the_bytes() -> None:
    first, second = (hosted(make(DID, key))["/.well-known/did.json"] for key in (KEY, OTHER))
    assert first.etag == f'"{base64url_encode(hashlib.sha256(first.content).digest())}"'
    assert first.etag != second.etag
    assert hosted(make(DID))["/.well-known/did.json"] == first


def test_keys_come_before_what_they_signed() -> None:
    paths = list(hosted(make(), lists=[LIST], achievements=[COURSE]))
    assert paths.index("/.well-known/did.json") < paths.index("/status/1")


@pytest.mark.parametrize(
    "url",
    [
        *("https://example.com/1", "http://example.edu/1", "urn:uuid:1", "https://example.edu/../x"),
        *("https://example.edu/a//b", "https://example.edu/a/", "https://example.edu/", "https://example.edu/a?b"),
        *(
            "https://example.edu/a#b",
            "https://example.edu/%2e%2e/b",
            "https://example.edu/a;b",
            "https://example.edu/...",
        ),
        *("https://example.edu.evil.com/1", "https://example.edu/a%20b", "https://example.edu/a\nb", "", "x"),
        *("https://example.edu/a{b}", "https://example.edu/a:b", "https://example.edu/\\b", "https://example.edu/é"),
        # Taken, or in the way.
        *(
            "https://example.edu/.well-known/did.json",
            "https://example.edu/.well-known",
            "https://example.edu/issuer.json/1",
        ),
    ],
)
def test_place_that_cannot_be_is_refused(url: str) -> None:
    with pytest.raises(DocumentError):
        hosted(make(), lists=[PublishedList(url, b"{}", "application/vc", '"etag"', changed=True)])


def test_two_documents_do_not_share_a_place() -> None:
    with pytest.raises(DocumentError):
        hosted(make(), lists=[LIST, LIST])
    with pytest.raises(DocumentError):
        hosted(make(DID), make(HTTPS, OTHER))


@pytest.mark.parametrize("base_url", ["http://example.edu", "example.edu", "https://", "https://example.edu/?x"])
def test_base_that_is_no_site_is_refused(base_url: str) -> None:
    with pytest.raises(ValueError, match="base_url"):
        hosted(make(), base_url=base_url)
