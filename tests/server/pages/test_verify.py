"""The verification page: what is given, what is said of it, and that nothing of it stays."""

from __future__ import annotations

import base64
import logging
import tempfile
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

import microcred as mc
from microcred.baking import draw_badge
from microcred.json import dumps
from microcred.limits import Limits
from microcred.protocols import FetchResult, Steps
from microcred.server.pages.forms import Memory
from microcred.server.problems import RequestError
from microcred.verify.report import Voucher
from tests.make import KEY
from tests.server.pages.reading import read
from tests.server.pages.sites import BASE, ELSEWHERE, SECRET, Site, by_others, open_site, shown
from tests.verify.test_nested import endorsed, in_credential, record
from tests.verify.test_presentations import document, earned, secured

AWAY = {
    "type": "BitstringStatusListEntry",
    "statusPurpose": "revocation",
    "statusListIndex": "5",
    "statusListCredential": f"{ELSEWHERE}/status/1",
}


@pytest.mark.parametrize("path", ["/", "/verify"])
def test_the_form_works_without_scripts(site: Site, path: str) -> None:
    answer = site.client.get(path)
    page = read(answer.text)
    (form,) = page.all("form")
    assert (form.get("method"), form.get("enctype")) == ("post", "multipart/form-data")
    assert str(form.get("action")).startswith("/verify")
    fields = {each.get("name") for tag in ("input", "textarea") for each in page.all(tag)}
    assert fields == {"file", "url", "text"}
    assert "neither stored nor logged" in answer.text
    assert site.client.head(path).status_code == 200


@pytest.mark.parametrize(
    "path", ["/", "/verify?lang=es", "/pages/style.css", "/pages/nothing", "/certificates/nothing"]
)
def test_nothing_is_taken_from_elsewhere_or_kept(site: Site, path: str) -> None:
    headers = site.client.get(path).headers
    policy = headers["content-security-policy"]
    assert policy.startswith("default-src 'none'")
    assert headers["x-content-type-options"] == "nosniff"
    if not path.startswith("/pages/style"):
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["cache-control"] == "no-store"


def test_every_file_that_a_page_loads_is_there(site: Site) -> None:
    page = read(site.client.get("/").text)
    loaded = [each for each in page.links() if "/pages/" in each]
    assert len(loaded) == 3
    for path in loaded:
        assert site.client.get(path).status_code == 200
    assert site.client.get("/pages/nothing").status_code == 404


# What is given


def test_a_good_credential_is_called_valid(site: Site) -> None:
    page = read(site.verify(site.issue()))
    assert (page.headline, page.tone) == ("Valid", "good")
    assert "Ada Lovelace" in page.text("dl")
    assert "This site trusts this issuer." in page.text("dl")
    assert "1 May 2026" in page.text("dl")


@pytest.mark.parametrize("form", ["json", "jwt", "png", "svg"])
def test_files_of_all_kinds_are_judged(site: Site, form: str) -> None:
    credential = site.issue()
    token = mc.sign_jwt(shown(), KEY)
    files = {
        "json": dumps(credential).encode(),
        "jwt": token.encode() + b"\n",
        "png": mc.bake(draw_badge(credential, format="png", size=64), credential),
        "svg": mc.bake(draw_badge(credential), token),
    }
    assert read(site.verify(file=files[form])).headline == "Valid"


@pytest.mark.parametrize("field", ["url", "text"])
def test_an_address_is_opened(site: Site, field: str) -> None:
    site.web.pages[f"{ELSEWHERE}/badge"] = site.issue()
    address = f" {ELSEWHERE}/badge#me "
    page = site.verify(url=address) if field == "url" else site.verify(address)
    assert read(page).headline == "Valid"


def test_what_is_on_the_service_itself_is_not_asked_of_the_web(site: Site) -> None:
    entry = site.issue()["credentialStatus"]
    assert isinstance(entry, list)
    url = entry[0]["statusListCredential"]  # type: ignore[index,call-overload]
    before = list(site.web.requests)
    assert read(site.verify(url=str(url))).headline == "Valid"
    assert site.web.requests == before


def test_each_address_of_a_hosted_credential_leads_to_it(site: Site) -> None:
    url = str(site.issue()["id"])
    for address in (url, f"{url}.png", f"{url}.json", f"{url}?lang=es", f"{url}.html?lang=es#content"):
        assert read(site.verify(url=address)).headline == "Valid"
    assert site.send(url=f"{url}0").status_code == 400


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({}, "Give a file"),
        ({"text": " \r\n ", "file": b"  "}, "Give a file"),
        ({"text": "{}", "file": b"{}"}, "Give one of the three"),
        ({"url": "badge.json"}, "no web address"),
        ({"url": "https://user@elsewhere.example/"}, "no web address"),
        ({"url": "javascript:alert(1)"}, "no web address"),
        ({"url": "file:///etc/passwd"}, "no web address"),
        ({"url": "http://elsewhere.example/badge"}, "no web address"),
        ({"url": f"{ELSEWHERE}/nothing"}, "Nothing could be read"),
        ({"url": f"{ELSEWHERE}/{'x' * 3000}"}, "no web address"),
        ({"url": f"{ELSEWHERE}/page"}, "there is a web page"),
    ],
)
def test_a_form_that_cannot_be_used_says_why(site: Site, given: dict[str, Any], words: str) -> None:
    site.web.pages[f"{ELSEWHERE}/page"] = FetchResult(f"{ELSEWHERE}/page", b"<!doctype html>", "text/html")
    answer = site.send(**given)
    assert answer.status_code == 400
    page = read(answer.text)
    assert words in page.text("main")
    assert [each.get("value") for each in page.all("input") if each.get("name") == "url"] == [given.get("url", "")]
    assert [each for each in page.root.iter() if each.get("role") == "alert" and each.get("id") == "result"]


def test_private_networks_are_not_opened(tmp_path: Path) -> None:
    from microcred import HTTPFetcher

    with open_site(tmp_path, fetcher=HTTPFetcher()) as opened:
        for url in ("https://127.0.0.1/", "https://[::1]/", "https://169.254.169.254/latest", "https://localhost/"):
            assert opened.send(url=url).status_code == 400


def test_what_is_too_large_is_refused(tmp_path: Path) -> None:
    with open_site(tmp_path, limits=Limits(max_image_bytes=50_000)) as opened:
        assert opened.send(file=b"x" * 50_000).status_code == 200
        answer = opened.send(file=b"x" * 80_000)
    assert answer.status_code == 413
    assert "too large" in read(answer.text).text("main")


@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [
        (b"{}", "application/json", 415),
        (b"text=x", "application/x-www-form-urlencoded", 415),
        (b"", "multipart/form-data", 415),
        (b"", "multipart/form-data; boundary=x", 400),
        (
            b"--x\r\nContent-Disposition: form-data; name=text\r\n\r\n{}\r\n--x--",
            "multipart/form-data; boundary=x",
            400,
        ),
        (b'--x\r\nContent-Disposition: form-data; name="text"\r\n\r\n{}', "multipart/form-data; boundary=x", 400),
        (
            b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n' * 50 + b"--x--",
            "multipart/form-data; boundary=x",
            400,
        ),
    ],
)
def test_what_is_no_form_is_refused(site: Site, body: bytes, content_type: str, status: int) -> None:
    answer = site.client.post("/verify", content=body, headers={"Content-Type": content_type, "Accept-Language": "es"})
    assert answer.status_code == status
    assert read(answer.text).headline == "No ha funcionado"


def test_uploads_take_no_more_memory_than_there_is() -> None:
    memory = Memory(Limits(max_image_bytes=1_000))
    taken = memory.taken(8 * (1_000 + 16 * 1024))
    with taken, pytest.raises(RequestError) as caught, memory.taken(1):
        pass
    assert caught.value.code == "OVERLOADED"
    with memory.taken(1):
        pass


def test_a_server_with_too_much_to_do_says_so_in_words(tmp_path: Path) -> None:
    with open_site(tmp_path) as opened:
        opened.service.gate._most = 0
        answer = opened.client.get("/")
    assert answer.status_code == 503
    assert answer.headers["retry-after"]
    assert read(answer.text).headline == "That did not work"


# What is said of it


def test_what_is_bad_is_called_what_it_is(site: Site) -> None:
    good, revoked, suspended = site.issue(), site.issue(), site.issue()
    site.withdraw(revoked)
    site.withdraw(suspended, "suspension")
    expected = [
        (revoked, "Revoked", "bad"),
        (suspended, "Suspended", "bad"),
        ({**good, "name": "Doctor of Everything"}, "No valid signature", "bad"),
        (site.issue(validFrom="2999-01-01T00:00:00Z"), "Not valid yet", "bad"),
        (site.issue(validUntil="2026-06-01T00:00:00Z"), "Expired", "bad"),
        (site.issue(credentialStatus=AWAY), "Undecided", "unknown"),
        ("badge.json", "Not a credential that can be read", "bad"),
        (in_credential(endorsed(validUntil="2026-05-15T00:00:00Z")), "Not valid", "bad"),
    ]
    for credential, headline, tone in expected:
        page = read(site.verify(credential))
        assert (page.headline, page.tone) == (headline, tone)
        assert "What to do" in page.text("main")
        assert not [each for each in page.links() if each.startswith("https:")], "links of what is bad lead nowhere"


def test_the_words_are_those_of_the_report(site: Site) -> None:
    credential = site.issue(validUntil="2026-06-01T00:00:00Z")
    report = site.service.verifier.check(credential)
    text = read(site.verify(credential)).text("main")
    for line in report.explain().splitlines():
        label, _, sentence = line.partition("): ")
        assert not sentence or (sentence in text and label.partition(" (")[0] in text)


def test_an_issuer_who_is_not_known_is_no_forger(site: Site) -> None:
    page = read(site.verify(by_others()))
    assert (page.headline, page.tone) == ("Issuer not known here", "unknown")
    assert "not make it a forgery" in page.text("main")
    assert "nobody confirms it here" in page.text("dl")
    assert "problem" not in page.text("main")
    # Whether it was withdrawn is then not looked up, which is no other matter.
    assert read(site.verify(by_others(credentialStatus=AWAY))).tone == "unknown"
    # That it has expired is.
    assert read(site.verify(by_others(validUntil="2026-06-01T00:00:00Z"))).headline == "Expired"
    assert read(site.verify({**by_others(), "name": "Another"})).headline == "No valid signature"


def test_where_every_issuer_is_accepted_the_page_says_so(tmp_path: Path) -> None:
    with open_site(tmp_path, trusted_issuers=mc.ANY_ISSUER) as opened:
        assert "anybody can issue under any name" in read(opened.client.get("/").text).text("main")
        page = read(opened.verify(by_others()))
        assert page.tone == "note"
        assert "anybody can issue under any name" in page.text("main")
        assert "nobody confirms it here" in page.text("dl")
        # Whom the operator names is known by name.
        own = read(opened.verify(opened.issue()))
        assert (own.headline, own.tone) == ("Valid", "good")
        assert "anybody" not in own.text("main")


class Registry:
    """Vouches for whoever is asked about."""

    name = "Register of <Universities>"

    def __init__(self, called: str | None) -> None:
        self.called = called

    def look_up(self, issuer: str, *, at: datetime) -> Steps[Voucher]:
        del issuer, at
        yield from ()
        return Voucher(name=self.called)


@pytest.mark.parametrize("called", ["The Other University", None])
def test_an_issuer_is_shown_by_the_name_that_its_voucher_has(tmp_path: Path, called: str | None) -> None:
    with open_site(tmp_path, trusted_issuers=[Registry(called)]) as opened:
        page = read(opened.verify(by_others()))
    assert page.headline == "Valid"
    issuer = next(
        "".join(each.itertext()) for each in page.all("dd") if "Register of <Universities>" in "".join(each.itertext())
    )
    assert issuer.split()[:2] == ([*called.split()][:2] if called else ["Another", "University"])
    assert ("It calls itself “Another University”." in " ".join(issuer.split())) is (called is not None)


def test_a_presentation_is_judged_with_what_is_in_it(site: Site) -> None:
    held = [earned(id=f"urn:uuid:{number}") for number in range(8)]
    page = read(site.verify(secured(document(*held), "proof")))
    assert (page.headline, page.tone) == ("Valid", "good")
    assert "whoever has a copy can show it again" in page.text("main")
    assert len(list(page.all("dl"))) == 6
    assert "Not shown here: 2 more." in page.text("main")


def test_a_record_names_what_is_in_it(site: Site) -> None:
    page = read(site.verify(record(earned(), earned(validUntil="2026-05-15T00:00:00Z"))))
    assert (page.headline, page.tone) == ("Not valid", "bad")
    assert [" ".join("".join(each.itertext()).split()) for each in page.all("h3")] == [
        "Credential 1 (/credentialSubject/verifiableCredential/0)",
        "Credential 2 (/credentialSubject/verifiableCredential/1)",
    ]
    assert "In it Rust 101 Rust 101" in page.text("main").replace("In itRust 101Rust 101", "In it Rust 101 Rust 101")


def test_only_a_picture_inside_the_credential_is_shown(site: Site) -> None:
    subject = shown()["credentialSubject"]
    assert isinstance(subject, dict)
    for url in ("https://tracker.example/badge.png", "data:image/svg+xml;base64,PHN2ZyBvbmxvYWQ9ImFsZXJ0KDEpIi8+"):
        image = {"id": url, "type": "Image"}
        achievement = {**subject["achievement"], "image": image}  # type: ignore[dict-item]
        text = site.verify(site.issue(credentialSubject={**subject, "achievement": achievement}))
        (picture,) = read(text).all("img")
        assert str(picture.get("src")) != url
        assert "Rust 101" in base64.b64decode(str(picture.get("src")).partition(",")[2]).decode()
        assert "tracker" not in text


# Nothing stays


def test_nothing_is_stored_or_logged(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()
    marker = "Zanzibar-4711"
    with open_site(tmp_path) as opened, caplog.at_level(logging.DEBUG):
        opened.web.pages[f"{ELSEWHERE}/{marker}"] = marker
        before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
        opened.verify({**shown(), "name": marker})
        opened.verify(file=marker.encode() * 200_000)
        opened.verify(url=f"{ELSEWHERE}/{marker}")
        opened.send(url=f"{ELSEWHERE}/{marker}/nothing")
        after = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
        assert marker not in caplog.text
    assert before == after


def test_nobody_is_asked_for_a_token_and_none_is_looked_at(site: Site) -> None:
    assert site.send("{}", headers={"Authorization": f"Bearer {SECRET}"}).status_code == 200
    assert site.send("{}", headers={"Authorization": "Bearer wrong"}).status_code == 200
    assert "set-cookie" not in site.send("{}").headers


@pytest.mark.parametrize("root", ["", "/badges"])
def test_links_have_the_path_under_which_the_service_is_reached(tmp_path: Path, root: str) -> None:
    with open_site(tmp_path, base_url=f"{BASE}{root}") as opened:
        links = read(opened.client.get("/").text).links()
    assert all(each.startswith((f"{root}/verify", f"{root}/pages/", "#")) for each in links)
