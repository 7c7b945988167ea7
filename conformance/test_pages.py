"""The pages for people in a real browser: Chromium, on a desktop and on a phone, with JavaScript and without.

Each kind of credential is pasted, dropped and named by its address; axe-core looks at each kind of page. With
MICROCRED_SCREENSHOTS set to a folder, there are pictures of all pages in it.
"""

from __future__ import annotations

import base64
import json
import os
import shutil
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal, NamedTuple, TypeVar

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright
from tests.server.pages.sites import ELSEWHERE, Site, by_others, new_service, served

import microcred as mc
from conformance import peers
from microcred.baking import draw_badge
from microcred.json import JSONObject
from microcred.server import create_app
from microcred.server.ledger import Entry, Kept
from microcred.testing import FakeWeb

T = TypeVar("T")
SCREENSHOTS: Final = os.environ.get("MICROCRED_SCREENSHOTS")
SIZES: Final = {"desktop": (1200, 900), "phone": (360, 740)}
LOOKED_AT_ON_PHONES: Final = ("error", "good", "revoked", "unreachable", "hosted-good", "hosted-revoked")
HEADLINES: Final = {
    "good": ("Valid", "good"),
    "revoked": ("Revoked", "bad"),
    "tampered": ("No valid signature", "bad"),
    "early": ("Not valid yet", "bad"),
    "unreachable": ("Undecided", "unknown"),
}
AWAY: Final = {
    "type": "BitstringStatusListEntry",
    "statusPurpose": "revocation",
    "statusListIndex": "5",
    "statusListCredential": f"{ELSEWHERE}/status/1",
}
DROP: Final = """([name, type, content]) => {
  const bytes = Uint8Array.from(atob(content), (each) => each.charCodeAt(0));
  const dataTransfer = new DataTransfer();
  dataTransfer.items.add(new File([bytes], name, { type }));
  for (const kind of ['dragenter', 'dragover', 'drop']) {
    document.querySelector('main').dispatchEvent(
      new DragEvent(kind, { dataTransfer, bubbles: true, cancelable: true }));
  }
}"""
AXE: Final = "async () => (await axe.run(document, { resultTypes: ['violations'] })).violations"


@dataclass
class Visit:
    """A browser at the site."""

    site: Site
    base: str
    context: BrowserContext
    scripts: bool = True
    said: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._tab = self.context.new_page()
        self._tab.on("console", self._listen)
        self._tab.on("pageerror", lambda error: self.said.append(str(error)))

    def open(self, path: str) -> Page:
        """Open a page."""
        self._tab.goto(f"{self.base}{path}")
        return self._tab

    def _listen(self, message: ConsoleMessage) -> None:
        # That a form was refused is an answer, and no mistake of the page.
        if "400 (Bad Request)" not in message.text:
            self.said.append(message.text)


class Picture(NamedTuple):
    """A file that is dropped or chosen."""

    name: str
    media_type: str
    content: bytes


@pytest.fixture(scope="module")
def axe() -> str:
    """Return the script that looks at pages."""
    return _had(peers.axe)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Start the browser."""
    program = _had(_chromium)
    with sync_playwright() as driver:
        started = driver.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-gpu"])
        yield started
        started.close()


def _had(find: Callable[[], T]) -> T:
    try:
        return find()
    except peers.UnavailableError as reason:
        if os.environ.get("CI") == "true":
            pytest.exit(f"a run in CI leaves none out: {reason}", returncode=1)
        pytest.skip(str(reason))


def _chromium() -> str:
    names = ("chromium", "chromium-browser", "google-chrome")
    found = next(filter(None, map(shutil.which, names)), None)
    if found is None:
        raise peers.UnavailableError("there is no Chromium: apt-get install chromium")
    return found


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Start a service whose URLs lead to this machine."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    web = FakeWeb()
    service = new_service(
        tmp_path_factory.mktemp("site"),
        base_url=f"http://127.0.0.1:{port}",
        fetcher=web,
        issued={"status": ["revocation"]},
    )
    with served(create_app(service), port) as client:
        yield Site(service, client, web)


@pytest.fixture(scope="module")
def credentials(site: Site) -> dict[str, JSONObject]:
    """Issue one of each kind, and put them onto the web."""
    good, revoked = site.issue(), site.issue()
    site.withdraw(revoked)
    made = {
        "good": good,
        "revoked": revoked,
        "tampered": {**good, "id": f"{good['id']}-2", "name": "Doctor of Everything"},
        "early": site.issue(validFrom="2999-01-01T00:00:00Z"),
        "unreachable": site.issue(credentialStatus=AWAY),
    }
    content = json.dumps(made["tampered"]).encode()
    site.service.issuers["main"].ledger.save(
        [Entry(str(made["tampered"]["id"]), content, kept=Kept(content, "application/vc"))]
    )
    site.web.pages |= {f"{ELSEWHERE}/{kind}": credential for kind, credential in made.items()}
    return made


@pytest.fixture(scope="module", params=["desktop", "phone"])
def size(request: pytest.FixtureRequest) -> str:
    """Return the name of a size."""
    return str(request.param)


@pytest.fixture(scope="module", params=["scripts", "no scripts"])
def visit(request: pytest.FixtureRequest, browser: Browser, site: Site, size: str) -> Iterator[Visit]:
    """Come to the site."""
    width, height = SIZES[size]
    scripts = request.param == "scripts"
    context = browser.new_context(
        viewport={"width": width, "height": height},
        java_script_enabled=scripts,
        has_touch=size == "phone",
        locale="en-GB",
    )
    context.set_default_timeout(15_000)
    yield Visit(site, str(site.client.base_url).rstrip("/"), context, scripts)
    context.close()


def judge_looks(visit: Visit, page: Page, name: str, size: str, axe: str = "") -> None:
    """Hold a page against what every page promises."""
    if SCREENSHOTS:
        scripts = "" if visit.scripts else "-without-scripts"
        page.screenshot(path=Path(SCREENSHOTS) / f"{name}-{size}{scripts}.png", full_page=True)
    assert visit.said == []
    if visit.scripts:
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "it is wider than the window"
    if axe and visit.scripts and (size == "desktop" or name in LOOKED_AT_ON_PHONES):
        page.evaluate(axe)
        found = page.evaluate(AXE)
        assert [(each["id"], [node["target"] for node in each["nodes"]]) for each in found] == []


@pytest.fixture(scope="module")
def pictures(credentials: dict[str, JSONObject]) -> dict[str, Picture]:
    """Put each credential into a picture."""
    made = {}
    for kind, credential in credentials.items():
        name: Literal["png", "svg"] = "png" if kind in ("good", "tampered") else "svg"
        content = mc.bake(draw_badge(credential, format=name, size=128), credential)
        made[kind] = Picture(f"badge.{name}", "image/png" if name == "png" else "image/svg+xml", content)
    return made


@pytest.mark.parametrize("kind", HEADLINES)
def test_what_is_pasted_is_judged(
    visit: Visit, size: str, credentials: dict[str, JSONObject], axe: str, kind: str
) -> None:
    page = visit.open("/")
    page.get_by_label("The text of a credential").fill(json.dumps(credentials[kind], indent=2))
    page.get_by_role("button", name="Check").click()
    judge_result(visit, page, kind, size)
    judge_looks(visit, page, kind, size, axe)


@pytest.mark.parametrize("kind", HEADLINES)
def test_a_picture_that_is_dropped_or_chosen_is_judged(
    visit: Visit, size: str, pictures: dict[str, Picture], kind: str
) -> None:
    page = visit.open("/")
    name, media_type, content = pictures[kind]
    if visit.scripts:
        page.evaluate(DROP, [name, media_type, base64.b64encode(content).decode()])
    else:
        page.get_by_label("A file").set_input_files({"name": name, "mimeType": media_type, "buffer": content})
        page.get_by_role("button", name="Check").click()
    judge_result(visit, page, kind, size)


@pytest.mark.parametrize("kind", HEADLINES)
@pytest.mark.usefixtures("credentials")
def test_what_is_at_an_address_is_judged(visit: Visit, size: str, kind: str) -> None:
    page = visit.open("/")
    page.get_by_label("A web address").fill(f"{ELSEWHERE}/{kind}")
    page.get_by_role("button", name="Check").click()
    judge_result(visit, page, kind, size)


def judge_result(visit: Visit, page: Page, kind: str, size: str) -> None:
    """Hold a result against what is known of the credential."""
    page.wait_for_selector("h1#result")
    headline, tone = HEADLINES[kind]
    assert page.locator("h1").inner_text() == headline
    assert tone in str(
        page.locator("h1").locator("xpath=ancestor::div[contains(@class, 'verdict')]").get_attribute("class")
    )
    assert page.get_by_alt_text("Badge: Rust 101").is_visible()
    if visit.scripts:
        # Screen readers begin with the verdict.
        assert page.evaluate("document.activeElement.id") == "result"
    judge_looks(visit, page, kind, size)


@pytest.mark.parametrize("kind", HEADLINES)
def test_the_page_of_a_hosted_credential_says_whether_it_holds_now(
    visit: Visit, size: str, credentials: dict[str, JSONObject], axe: str, kind: str
) -> None:
    page = visit.open(str(credentials[kind]["id"]).removeprefix(visit.base))
    assert page.locator("h1").inner_text() == "Rust 101"
    assert page.locator(".verdict h2").inner_text() == HEADLINES[kind][0]
    assert page.get_by_role("link", name="Add to LinkedIn").count() == (1 if kind == "good" else 0)
    judge_looks(visit, page, f"hosted-{kind}", size, axe)


def test_whatever_the_page_of_a_credential_leads_to_is_there(visit: Visit, credentials: dict[str, JSONObject]) -> None:
    for kind in HEADLINES:
        page = visit.open(str(credentials[kind]["id"]).removeprefix(visit.base))
        elements = page.locator("a[href], link[href], script[src]").all()
        found = {each.get_attribute("href") or each.get_attribute("src") or "" for each in elements}
        found.add(str(page.locator("meta[property='og:image']").get_attribute("content")))
        own = [each for each in found if each.startswith(("/", visit.base))]
        assert len(own) >= 7
        for link in own:
            answer = visit.context.request.get(link if link.startswith("http") else visit.base + link)
            assert answer.ok, link


def test_another_language_is_a_click_away(visit: Visit, size: str, credentials: dict[str, JSONObject]) -> None:
    page = visit.open(str(credentials["good"]["id"]).removeprefix(visit.base))
    page.get_by_role("link", name="Español").click()
    page.wait_for_selector("html[lang=es]")
    assert page.locator(".verdict h2").inner_text() == "Válida"
    judge_looks(visit, page, "hosted-spanish", size)


def test_what_is_hosted_here_is_judged_by_its_address(
    visit: Visit, size: str, credentials: dict[str, JSONObject]
) -> None:
    for suffix in ("", ".json", ".png"):
        page = visit.open("/")
        page.get_by_label("A web address").fill(f"{credentials['revoked']['id']}{suffix}")
        page.get_by_role("button", name="Check").click()
        judge_result(visit, page, "revoked", size)


def test_a_certificate_is_a_click_away(visit: Visit, size: str, credentials: dict[str, JSONObject]) -> None:
    page = visit.open(str(credentials["good"]["id"]).removeprefix(visit.base))
    page.get_by_role("link", name="A certificate to print").click()
    page.wait_for_selector("h1")
    assert page.locator("h1").inner_text() == "Certificate"
    judge_looks(visit, page, "certificate", size)


def test_a_form_that_cannot_be_used_says_why(visit: Visit, size: str, axe: str) -> None:
    page = visit.open("/verify")
    page.get_by_role("button", name="Check").click()
    page.get_by_role("alert").get_by_role("link").click()
    if visit.scripts:
        assert page.evaluate("document.activeElement.id") == "file"
    judge_looks(visit, page, "error", size, axe)


def test_what_cannot_be_confirmed_is_grey(visit: Visit, size: str, axe: str) -> None:
    page = visit.open("/verify?lang=es")
    page.get_by_label("El texto de una credencial").fill(json.dumps(by_others()))
    page.get_by_role("button", name="Comprobar").click()
    page.wait_for_selector(".verdict.unknown")
    assert page.locator("html").get_attribute("lang") == "es"
    judge_looks(visit, page, "unknown", size, axe)


@pytest.mark.usefixtures("credentials")
def test_the_keyboard_is_enough(visit: Visit, size: str) -> None:
    if not visit.scripts:
        pytest.skip("what has the focus is asked by a script")
    page = visit.open("/")
    focus = "(document.activeElement.id || document.activeElement.className || document.activeElement.tagName)"
    order = []
    for _ in range(6):
        page.keyboard.press("Tab")
        order.append(page.evaluate(focus))
    assert order == ["skip", "home", "file", "url", "text", "BUTTON"]
    page.get_by_label("A web address").focus()
    page.keyboard.insert_text(f"{ELSEWHERE}/good")
    page.keyboard.press("Enter")
    judge_result(visit, page, "good", size)


def test_a_file_that_is_too_large_is_not_sent(visit: Visit, size: str) -> None:
    if not visit.scripts:
        pytest.skip("the server says so then")
    page = visit.open("/")
    page.evaluate("document.querySelector('form').dataset.most = 10")
    page.get_by_label("A file").set_input_files({"name": "a.json", "mimeType": "application/json", "buffer": b"x" * 11})
    page.get_by_role("button", name="Check").click()
    assert "too large" in page.get_by_role("alert").inner_text()
    assert page.url.endswith("/")
    judge_looks(visit, page, "too-large", size)


@pytest.mark.parametrize("kind", ["form", "good", "revoked"])
def test_dark_pages_can_be_read(
    browser: Browser, site: Site, credentials: dict[str, JSONObject], axe: str, kind: str
) -> None:
    context = browser.new_context(viewport={"width": 1200, "height": 900}, color_scheme="dark", locale="en-GB")
    visit = Visit(site, str(site.client.base_url).rstrip("/"), context)
    path = "/" if kind == "form" else str(credentials[kind]["id"]).removeprefix(visit.base)
    judge_looks(visit, visit.open(path), f"dark-{kind}", "desktop", axe)
    context.close()


def test_a_result_is_printed_on_paper(browser: Browser, site: Site, credentials: dict[str, JSONObject]) -> None:
    context = browser.new_context(locale="en-GB", color_scheme="dark")
    page = Visit(site, str(site.client.base_url).rstrip("/"), context).open("/")
    page.get_by_label("The text of a credential").fill(json.dumps(credentials["good"]))
    page.get_by_role("button", name="Check").click()
    page.wait_for_selector("h1#result")
    page.emulate_media(media="print", color_scheme="dark")
    assert not page.get_by_role("link", name="Check another").is_visible()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    if SCREENSHOTS:
        (Path(SCREENSHOTS) / "printed.pdf").write_bytes(page.pdf(format="A4"))
    context.close()
