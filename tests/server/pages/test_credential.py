"""The page of a hosted credential: what others show of it, what it says, and whether it holds now."""

from __future__ import annotations

from pathlib import Path

import pytest

from microcred.json import JSONObject
from tests.server.pages.reading import Page, read
from tests.server.pages.sites import BASE, Site, open_site, shown
from tests.support import as_object, as_objects


def open_page(site: Site, credential: JSONObject, query: str = "", **headers: str) -> Page:
    answer = site.client.get(str(credential["id"]).removeprefix(BASE) + query, headers=headers)
    assert answer.status_code == 200
    assert answer.headers["x-robots-tag"] == "noindex"
    assert answer.headers["cache-control"] == "no-store"
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
    return read(answer.text)


def test_a_link_to_it_shows_who_earned_what_from_whom(site: Site) -> None:
    credential = site.issue()
    meta = open_page(site, credential).meta()
    assert meta["og:title"] == meta["twitter:title"] == "Rust 101"
    assert meta["og:image"] == meta["twitter:image"] == f"{credential['id']}.png"
    assert meta["og:url"] == credential["id"]
    assert meta["og:description"].startswith("Awarded to Ada Lovelace by Example University on 1 May 2026. How it was")
    assert len(meta["og:description"]) <= 300
    assert meta["twitter:card"] == "summary"
    assert meta["robots"] == "noindex"
    # What others keep for weeks never says that it holds.
    assert not {"valid", "verified"} & {word.lower() for text in meta.values() for word in text.split()}


def test_it_says_what_it_is_and_that_it_holds_now(site: Site) -> None:
    credential = site.issue()
    page = open_page(site, credential)
    assert (page.headline, page.tone) == ("Rust 101", "good")
    text = page.text("main")
    for words in ("Ada Lovelace", "Example University", "1 May 2026", "passed the final project", "Checked just now"):
        assert words in text
    assert "**" not in text
    links = page.links()
    assert {f"{credential['id']}.json", f"{credential['id']}.png", "https://example.edu/rust-101"} <= set(links)
    assert [each for each in links if each.startswith("https://www.linkedin.com/profile/add?")]


def test_an_address_at_which_a_learner_can_be_reached_is_not_shown(site: Site) -> None:
    subject = {**as_object(shown()["credentialSubject"]), "id": "mailto:ada@example.org"}
    identifiers = as_objects(subject["identifier"])
    for given in (subject, {**subject, "identifier": identifiers[1:]}):
        answer = site.client.get(str(site.issue(credentialSubject=given)["id"]).removeprefix(BASE))
        assert "ada@example.org" not in answer.text
        assert ("Ada Lovelace" in answer.text) is (given is subject)


def test_a_revoked_one_says_so_first_and_shows_what_it_was(site: Site) -> None:
    credential = site.issue()
    site.withdraw(credential)
    page = open_page(site, credential)
    assert page.tone == "bad"
    assert page.text("main").startswith("Revoked NOT verified")
    assert page.headline == "Rust 101"
    assert page.meta()["og:title"] == "Revoked: Rust 101"
    assert page.meta()["og:description"].startswith("NOT verified")
    assert not [each for each in page.links() if "linkedin" in each or "certificates" in each]


def test_one_that_does_not_hold_yet_has_no_certificate(site: Site) -> None:
    credential = site.issue(validFrom="2999-01-01T00:00:00Z")
    page = open_page(site, credential)
    assert page.text("main").startswith("Not valid yet")
    name = str(credential["id"]).rpartition("/")[2]
    answer = site.client.get(f"/certificates/{name}")
    assert (answer.status_code, answer.headers["location"]) == (303, credential["id"])


def test_the_certificate_is_that_of_the_library(site: Site) -> None:
    credential = site.issue()
    (path,) = (each for each in open_page(site, credential).links() if "/certificates/" in each)
    answer = site.client.get(path)
    assert answer.status_code == 200
    assert "Ada Lovelace" in answer.text
    assert str(credential["id"]) in answer.text
    assert answer.headers["x-robots-tag"] == "noindex"
    assert "script-src" not in answer.headers["content-security-policy"]
    assert "Certificado" in site.client.get(path.replace("lang=en", "lang=es")).text
    assert site.client.get("/certificates/nothing").status_code == 404


@pytest.mark.parametrize(
    ("query", "header", "language"),
    [("", "es-MX, en;q=0.5", "es"), ("?lang=es", "en", "es"), ("?lang=xx", "fr", "en"), ("", "*", "en")],
)
def test_it_is_in_the_language_of_whoever_asks(site: Site, query: str, header: str, language: str) -> None:
    page = open_page(site, site.issue(), query, **{"Accept-Language": header})
    assert {each.get("lang") for each in page.all("html")} == {language}
    assert f"{'Awarded' if language == 'en' else 'Otorgada'}" in page.meta()["description"]


def test_one_that_is_a_jwt_is_shown_too(tmp_path: Path) -> None:
    with open_site(tmp_path, issued={"format": "jwt"}) as opened:
        opened.issue(id=f"{BASE}/credentials/4711")
        page = open_page(opened, {"id": f"{BASE}/credentials/4711"})
    assert (page.headline, page.tone) == ("Rust 101", "good")
    assert f"{BASE}/credentials/4711.jwt" in page.links()
