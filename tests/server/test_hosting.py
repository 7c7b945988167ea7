"""What others look up: in which form, whether they have it already, and what a change does to it."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from fastapi import FastAPI
from httpx import Client

import microcred as mc
from microcred.baking import draw_badge
from microcred.issuer import IssuerFolder
from microcred.issuer.folder import KeyFile
from microcred.json import JSONObject
from microcred.server import IssuingService, Service, Token, create_app
from microcred.server.documents import achievements_in
from microcred.server.hosting import hosting_router
from microcred.testing import FakeWeb
from tests.make import badge
from tests.server.services import BASE, BEARER, PASSWORD, SECRET, issue, issuer, revoke, running, served
from tests.support import as_object, at, problem_of

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,*/*;q=0.8"


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    with running(issuer(tmp_path_factory.mktemp("service"))) as client:
        yield client


def path_of(credential: JSONObject) -> str:
    url = credential["id"]
    assert isinstance(url, str)
    return url.removeprefix(BASE)


# What is there


def test_keys_and_profile_of_an_issuer_are_where_its_id_leads(client: Client) -> None:
    did = client.get("/.well-known/did.json")
    assert did.headers["content-type"] == "application/did+json"
    assert did.json()["id"] == "did:web:badges.example.edu"
    assert client.get("/issuer.json").json()["name"] == "Example University"
    assert len(client.get("/.well-known/jwks.json").json()["keys"]) == 1


def test_a_key_that_is_replaced_is_there_with_the_next_request(tmp_path: Path) -> None:
    made = issuer(tmp_path)
    with running(made) as client:
        before = client.get("/.well-known/did.json")
        assert made.folder is not None
        made.folder.rotate(KeyFile(PASSWORD))
        after = client.get("/.well-known/did.json")
    assert len(before.json()["verificationMethod"]) == 1
    assert len(after.json()["verificationMethod"]) == 2
    assert before.headers["etag"] != after.headers["etag"]


def test_issuers_of_one_host_share_its_key_set(tmp_path: Path) -> None:
    second = issuer(tmp_path, "other", "did:web:badges.example.edu:other")
    elsewhere = issuer(tmp_path, "elsewhere", "did:web:elsewhere.example")
    with running(issuer(tmp_path), second, elsewhere) as client:
        assert client.get("/other/did.json").json()["id"] == "did:web:badges.example.edu:other"
        found = {key["iss"] for key in client.get("/.well-known/jwks.json").json()["keys"]}
    assert found == {"did:web:badges.example.edu", "did:web:badges.example.edu:other"}


def test_a_revocation_is_in_the_list_at_once_and_the_credential_is_still_there(client: Client) -> None:
    credential = issue(client)
    path = str(at(credential, "/credentialStatus/statusListCredential")).removeprefix(BASE)
    before = client.get(path)
    revoke(client, str(credential["id"]))
    after = client.get(path, headers={"If-None-Match": before.headers["etag"]})
    assert before.headers["content-type"] == "application/vc"
    assert after.status_code == 200
    assert after.content != before.content
    assert client.get(path_of(credential)).json() == credential


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        # What the suites of the W3C and Digital Bazaar's verifiers send, who read no other type.
        ("application/ld+json, application/json", "application/ld+json"),
        ("application/json", "application/json"),
        ("application/vc, application/json;q=0.5", "application/vc"),
        ("*/*", "application/vc"),
        ("image/png", "application/vc"),
        ("", "application/vc"),
    ],
)
def test_a_status_list_is_called_what_its_reader_takes(client: Client, accept: str, media_type: str) -> None:
    path = str(at(issue(client), "/credentialStatus/statusListCredential")).removeprefix(BASE)
    plain, named = client.get(path), client.get(path, headers={"Accept": accept})
    assert named.headers["content-type"] == media_type
    assert named.headers["vary"] == "Accept"
    assert named.content == plain.content
    again = client.get(path, headers={"Accept": accept, "If-None-Match": named.headers["etag"]})
    assert again.status_code == 304
    assert (named.headers["etag"] == plain.headers["etag"]) is (media_type == "application/vc")


def test_an_outsider_verifies_what_is_here_and_refuses_it_when_it_is_revoked(client: Client) -> None:
    credential = issue(client)

    def check() -> mc.VerificationReport:
        urls = (f"{BASE}/.well-known/did.json", str(at(credential, "/credentialStatus/statusListCredential")))
        web = FakeWeb({url: client.get(url.removeprefix(BASE)).content for url in urls})
        return mc.Verifier(trusted_issuers={"did:web:badges.example.edu"}, fetcher=web).check(credential)

    assert check()
    revoke(client, str(credential["id"]))
    assert [(each.name, each.code) for each in check().problems] == [("credential_status", "REVOKED")]


def test_the_own_verifier_goes_by_what_others_are_given(client: Client) -> None:
    credential = issue(client)
    body = {"verifiableCredential": credential}
    assert client.post("/credentials/verify", json=body).status_code == 200
    revoke(client, str(credential["id"]))
    answer = client.post("/credentials/verify", json=body)
    assert (answer.status_code, answer.json()["code"]) == (400, "REVOKED")


def test_achievements_are_those_in_the_folder_of_the_operator(tmp_path: Path) -> None:
    place = tmp_path / "achievements"
    place.mkdir()
    members = {"name": "Rust 101", "description": "An introduction.", "criteria": {"narrative": "Passed."}}
    (place / "rust-101.json").write_text(json.dumps(members))
    (place / "rust-102.toml").write_text('name = "More"\ndescription = "More."\ncriteria.narrative = "Passed."')
    with running(issuer(tmp_path), achievements=achievements_in(place, BASE)) as client:
        found = client.get("/achievements/rust-101")
        assert found.headers["content-type"] == "application/ld+json"
        assert found.json()["id"] == f"{BASE}/achievements/rust-101"
        assert client.get("/achievements/rust-102").json()["name"] == "More"
        assert client.get("/achievements/..%2Fmain.db").status_code == 404


@pytest.mark.parametrize(
    "content",
    [
        '{"name": "x"}',
        "{",
        json.dumps({"id": "https://else.example/x", "name": "x", "description": "x", "criteria": {}}),
    ],
)
def test_what_is_no_achievement_of_this_site_is_refused_at_the_start(tmp_path: Path, content: str) -> None:
    (tmp_path / "bad.json").write_text(content)
    with pytest.raises(mc.DocumentError):
        achievements_in(tmp_path, BASE)


def test_an_achievement_that_is_there_twice_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text('{"name": "x", "description": "x", "criteria": {"narrative": "x"}}')
    (tmp_path / "a.toml").write_text('name = "x"\ndescription = "x"\ncriteria.narrative = "x"')
    assert problem_of(lambda: achievements_in(tmp_path, BASE))[1] == "/achievements"


# Who has it already, and who asks from elsewhere


@pytest.mark.parametrize("path", ["/.well-known/did.json", "/status/main/1", "credential", "credential.png"])
def test_every_document_has_what_caches_and_scripts_of_others_need(client: Client, path: str) -> None:
    credential = issue(client)
    path = path.replace("credential", path_of(credential))
    answer = client.get(path)
    etag = answer.headers["etag"]
    assert re.fullmatch(r'"[\x21\x23-\x7e]+"', etag)
    assert answer.headers["cache-control"] == "public, max-age=300"
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.headers["x-content-type-options"] == "nosniff"

    head = client.head(path)
    assert (head.status_code, head.content) == (200, b"")
    same = ("etag", "cache-control", "content-type", "content-length", "access-control-allow-origin")
    assert {name: head.headers[name] for name in same} == {name: answer.headers[name] for name in same}

    for known in (etag, f"W/{etag}", f'"other", {etag}', f'W/"a,b",{etag}', "*"):
        kept = client.get(path, headers={"If-None-Match": known})
        assert (kept.status_code, kept.content) == (304, b"")
        assert kept.headers["etag"] == etag
        assert kept.headers["cache-control"] == answer.headers["cache-control"]
        assert kept.headers.get("vary") == answer.headers.get("vary")
    for unknown in ('"other"', etag.strip('"'), "", "**", f'"{etag}"'):
        assert client.get(path, headers={"If-None-Match": unknown}).status_code == 200

    asked = client.options(path, headers={"Origin": "https://wallet.example", "Access-Control-Request-Method": "GET"})
    assert asked.status_code == 204
    assert asked.headers["access-control-allow-origin"] == "*"
    assert "If-None-Match" in asked.headers["access-control-allow-headers"]


def test_the_lines_of_if_none_match_are_one_list(client: Client) -> None:
    etag = client.get("/.well-known/did.json").headers["etag"]
    lines = [("If-None-Match", '"other"'), ("If-None-Match", etag)]
    assert client.get("/.well-known/did.json", headers=lines).status_code == 304


def test_scripts_of_other_sites_may_read_and_not_issue(client: Client) -> None:
    headers = {"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"}
    answer = client.options("/credentials/issue", headers=headers)
    assert "access-control-allow-origin" not in answer.headers


# Forms


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        (None, "application/vc"),
        ("", "application/vc"),
        ("*/*", "application/vc"),
        ("application/json", "application/json"),
        ("application/*", "application/vc"),
        ('application/ld+json; profile="https://www.w3.org/ns/credentials/v2"', "application/ld+json"),
        ("application/vc;q=0.5, application/json", "application/json"),
        ("APPLICATION/JSON", "application/json"),
        ("image/png", "image/png"),
        ("image/svg+xml", "image/svg+xml"),
        ("image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8", "image/png"),
        (BROWSER, "text/html"),
        ("text/html, application/json;q=0.9", "text/html"),
        ("*/*, application/vc;q=0, application/ld+json;q=0", "application/json"),
        ("text/*;q=0.3, text/html;q=0, */*;q=0.1", "application/vc"),
        ("nonsense, application/json;q=1.0000, image/png;q=0.2", "image/png"),
        (";;,,=,/", "application/vc"),
        ("application/json," * 5_000, "application/json"),
    ],
)
def test_a_credential_is_given_in_the_form_that_is_liked_best(
    client: Client, accept: str | None, media_type: str
) -> None:
    credential = issue(client)
    request = client.build_request("GET", path_of(credential), headers={"Accept": accept or ""})
    if accept is None:
        del request.headers["Accept"]
    answer = client.send(request)
    assert answer.status_code == 200
    assert answer.headers["content-type"].partition(";")[0] == media_type
    assert "Accept" in answer.headers["vary"]


@pytest.mark.parametrize("accept", ["application/xml", "application/vc+jwt", "*/*;q=0", "image/gif, text/html;q=0"])
def test_who_takes_no_form_is_told_which_there_are(client: Client, accept: str) -> None:
    answer = client.get(path_of(issue(client)), headers={"Accept": accept})
    assert (answer.status_code, answer.json()["code"]) == (406, "NOT_ACCEPTABLE")
    assert answer.headers["vary"] == "Accept"
    for each in ("application/vc", "image/png", "text/html"):
        assert each in answer.json()["detail"]


@pytest.mark.parametrize(
    ("suffix", "media_type"), [("json", "application/json"), ("png", "image/png"), ("svg", "image/svg+xml")]
)
def test_a_form_has_a_url_of_its_own_which_depends_on_no_header(client: Client, suffix: str, media_type: str) -> None:
    credential = issue(client)
    answer = client.get(f"{path_of(credential)}.{suffix}", headers={"Accept": "text/html"})
    assert answer.headers["content-type"] == media_type
    assert "vary" not in answer.headers
    found = answer.json() if suffix == "json" else json.loads(mc.unbake(answer.content))
    assert found == credential


def test_the_forms_of_a_credential_have_different_etags(client: Client) -> None:
    path = path_of(issue(client))
    forms = ("application/vc", "application/ld+json", "application/json", "image/png", "image/svg+xml")
    assert len({client.get(path, headers={"Accept": form}).headers["etag"] for form in forms}) == len(forms)


@pytest.mark.parametrize(("format_", "own"), [("jwt", "application/jwt"), ("vc-jose", "application/vc+jwt")])
def test_what_was_issued_as_a_jwt_is_there_as_one(tmp_path: Path, format_: str, own: str) -> None:
    with running(issuer(tmp_path, format=format_)) as client:
        issued = issue(client, id=f"{BASE}/credentials/as-a-jwt")
        token = str(issued["id"]).partition(",")[2]
        plain = client.get("/credentials/as-a-jwt", headers={"Accept": "*/*"})
        assert (plain.text, plain.headers["content-type"]) == (token, own)
        for form in ("application/jwt", "application/vc+jwt"):
            answer = client.get("/credentials/as-a-jwt", headers={"Accept": form})
            assert (answer.text, answer.headers["content-type"]) == (token, form)
        assert client.get("/credentials/as-a-jwt.jwt").text == token
        assert client.get("/credentials/as-a-jwt.json").json() == issued
        assert mc.unbake(client.get("/credentials/as-a-jwt.png").content) == token


def test_a_jwt_is_not_there_where_none_was_issued(client: Client) -> None:
    assert client.get(f"{path_of(issue(client))}.jwt").status_code == 404


@pytest.mark.parametrize("form", ["png", "svg"])
def test_the_picture_is_the_credentials_own_where_it_has_one(client: Client, form: str) -> None:
    kind = {"png": "image/png", "svg": "image/svg+xml"}[form]
    own = draw_badge(badge(), format="png" if form == "png" else "svg", size=64)
    image = {"id": f"data:{kind};base64,{base64.b64encode(own).decode()}", "type": "Image"}
    subject = as_object(badge()["credentialSubject"])
    achievement = {**as_object(subject["achievement"]), "image": image}
    credential = issue(client, credentialSubject={**subject, "achievement": achievement})
    answer = client.get(f"{path_of(credential)}.{form}")
    assert answer.content == mc.bake(own, credential)
    # Whoever may issue must not have scripts run on this site.
    assert "sandbox" in answer.headers["content-security-policy"]


def test_a_picture_that_is_none_is_replaced_by_a_drawn_one(client: Client) -> None:
    image = {"id": "data:image/png;base64,AAAA", "type": "Image"}
    subject = as_object(badge()["credentialSubject"])
    achievement = {**as_object(subject["achievement"]), "image": image}
    credential = issue(client, credentialSubject={**subject, "achievement": achievement})
    assert mc.unbake(client.get(f"{path_of(credential)}.png").content)


# What is not there


@pytest.mark.parametrize(
    "path",
    [
        "/credentials/00000000-0000-4000-8000-000000000000",
        "/credentials/00000000-0000-4000-8000-000000000000.png",
        "/credentials/issue",
        "/credentials/%00",
        "/credentials/.json",
        "/status/main/2",
        "/status/main/0001",
        "/status/other/1",
        "/status/main/%00",
        "/achievements/none",
    ],
)
def test_what_is_not_here_is_a_problem_that_no_cache_keeps(client: Client, path: str) -> None:
    issue(client)
    answer = client.get(path)
    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")
    assert answer.headers.get("cache-control", "no-store") == "no-store"


def test_an_unknown_form_is_as_little_there_as_an_unknown_credential(client: Client) -> None:
    known = client.get(f"{path_of(issue(client))}.exe")
    unknown = client.get("/credentials/00000000-0000-4000-8000-000000000000.exe")
    assert known.json() == unknown.json()


def test_a_base_proof_is_for_its_holder_and_not_shown(tmp_path: Path) -> None:
    made = IssuerFolder(tmp_path / "p256")
    made.create(mc.Profile(id="did:key", name="X"), KeyFile(PASSWORD, "P-256"))
    service = IssuingService("main", made, f"sqlite:///{tmp_path}/x.db", base_url=BASE, password=PASSWORD, host=True)
    with running(service) as client:
        document = {**badge(), "id": f"{BASE}/credentials/abc"}
        del document["issuer"]
        body = {"credential": document, "options": {"mandatoryPointers": ["/issuer"]}}
        assert client.post("/credentials/issue", json=body, headers=BEARER).status_code == 201
        assert client.get("/credentials/abc").status_code == 404


def test_credentials_of_an_issuer_that_shows_none_are_not_there(tmp_path: Path) -> None:
    with running(issuer(tmp_path, host=False)) as client:
        credential = issue(client, id=f"{BASE}/credentials/abc")
        assert client.get(path_of(credential)).status_code == 404


def test_the_description_names_each_parameter_and_no_answer_that_never_comes(client: Client) -> None:
    found = client.get("/openapi.json").json()["paths"]
    reads = {path: methods["get"] for path, methods in found.items() if "get" in methods}
    assert {"/credentials/{name}", "/.well-known/did.json", "/health/ready"} <= reads.keys()
    for path, described in reads.items():
        named = [each["name"] for each in described.get("parameters", []) if each["in"] == "path"]
        assert named == re.findall(r"\{(\w+)\}", path)
        assert "422" not in described["responses"]


def test_the_routes_mount_into_an_application_of_others(tmp_path: Path) -> None:
    service = Service([issuer(tmp_path)], base_url=BASE)
    app = FastAPI()
    app.include_router(hosting_router(service), prefix="/badges")
    with served(app) as client:
        found = client.get("/badges/.well-known/did.json")
    service.close()
    assert found.json()["id"] == "did:web:badges.example.edu"


def test_the_whole_mounts_below_a_path_of_others(tmp_path: Path) -> None:
    base = "https://example.edu/badges"
    made = issuer(tmp_path, identifier="did:web:example.edu:badges", base_url=base)
    badges = create_app(Service([made], base_url=base, tokens=[Token.of(SECRET)]))

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with badges.router.lifespan_context(badges):
            yield

    app = FastAPI(lifespan=lifespan)
    app.mount("/badges", badges)
    with served(app) as outside:
        outside.base_url = outside.base_url.join("/badges/")
        credential = issue(outside)
        assert outside.get("did.json").json()["id"] == "did:web:example.edu:badges"
        path = str(credential["id"]).removeprefix(f"{base}/")
        assert outside.get(path).json() == credential
        assert "Rust 101" in outside.get(path, headers={"Accept": BROWSER}).text
        verified = outside.post("credentials/verify", json={"verifiableCredential": credential})
        assert verified.status_code == 200
