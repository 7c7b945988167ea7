"""No markup out of a credential gets through, whatever is in it, and whatever is wrong with it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import microcred as mc
from microcred.json import JSONObject, JSONValue
from microcred.server import Service
from microcred.server.pages.judging import judge
from microcred.server.pages.rendering import Site as Said
from microcred.server.pages.rendering import page
from microcred.server.pages.words import words
from tests.fuzz.mutations import damaged_json
from tests.make import KEY
from tests.server.pages.reading import Page, read
from tests.server.pages.sites import Site, new_service, shown
from tests.strategies import effort, full_badge
from tests.verify.test_presentations import document, earned

MARKUP = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "'><svg/onload=alert(1)>",
    "</bdi></dd></main><h1>Valid</h1>",
    "</textarea><script>alert(1)</script>",
    "</title><style>*{display:none}</style>",
    "<!--",
    "<![CDATA[x]]>",
    "&lt;b&gt;&#60;b&#62;&quot;",
    "{{ 7 * 7 }}{% raw %}",
    "{0.__class__}{name}%s",
    "${7*7}",
    "[click](javascript:alert(1))",
    "![x](https://tracker.example/x.png)",
    "<a href='https://phishing.example'>Example University</a>",
    "x\u202egnp.exe",
    "\u2066\u2067\u2068 x \u0007\u001b[31m",
    "\ufeff\u200b\u200d x",
    "x\0y",
    "é" * 100_000,
    "x" + "\u0301" * 5_000,
    "\n" * 5_000 + "x",
]
PLACES: dict[str, Callable[[str], dict[str, Any]]] = {
    "title": lambda text: {"achievement": {"name": text}},
    "description": lambda text: {"achievement": {"description": text}},
    "criteria": lambda text: {"achievement": {"criteria": {"narrative": text}}},
    "language": lambda text: {"achievement": {"inLanguage": text}},
    "type": lambda text: {"achievement": {"achievementType": text}},
    "page": lambda text: {"achievement": {"criteria": {"narrative": "x", "id": f"https://example.edu/{text}"}}},
    "picture": lambda text: {"achievement": {"image": {"id": f"data:image/png;base64,{text}", "type": "Image"}}},
    "caption": lambda text: {"achievement": {"image": {"id": "urn:x", "type": "Image", "caption": text}}},
    "learner": lambda text: {"subject": {"id": text, "name": text, "identifier": None}},
    "identifier": lambda text: {
        "subject": {
            "identifier": [{"type": "IdentityObject", "hashed": False, "identityHash": text, "identityType": text}]
        }
    },
    "issuer": lambda text: {"issuer": {"id": KEY.did, "type": ["Profile"], "name": text}},
    "issuer-id": lambda text: {"issuer": text},
    "name": lambda text: {"name": text, "description": text},
    "dates": lambda text: {"validFrom": text, "validUntil": text, "awardedDate": text},
    "status": lambda text: {"credentialStatus": {"type": text, "statusListCredential": text, "statusPurpose": text}},
    "schema": lambda text: {"credentialSchema": [{"id": text, "type": text}]},
    "proof": lambda text: {"proof": {"type": text, "cryptosuite": text, "verificationMethod": text}},
    "member": lambda text: {text: text, "@context": ["https://www.w3.org/ns/credentials/v2", text]},
}


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with opened(tmp_path_factory.mktemp("service")) as made:
        yield made


@contextmanager
def opened(folder: Path) -> Iterator[Service]:
    made = new_service(folder)
    yield made
    made.close()


def result(service: Service, credential: object) -> tuple[str, Page]:
    """Return the result for a credential, without the way there."""
    content = credential if isinstance(credential, bytes) else json.dumps(credential).encode()
    found = asyncio.run(judge(service, content, words("en")))
    html = bytes(page("result.html", Said.of(service), "en", judged=found).body).decode()
    return html, read(html)


def with_text(places: Iterable[str], text: str) -> JSONObject:
    badge = json.loads(json.dumps(shown()))
    for place in places:
        changes = PLACES[place](text)
        badge["credentialSubject"] |= changes.pop("subject", {})
        badge["credentialSubject"]["achievement"] |= changes.pop("achievement", {})
        badge |= changes
    made: JSONObject = badge
    return made


@pytest.mark.parametrize("text", MARKUP, ids=range(len(MARKUP)))
def test_text_stays_text_wherever_it_stands(service: Service, text: str) -> None:
    # What stands at the end takes the place of something before.
    for places in (PLACES, [*PLACES][:-5], [*PLACES][:6]):
        html, found = result(service, with_text(places, text))
        tags = {str(each.tag).rpartition("}")[2] for each in found.root.iter()}
        assert tags <= KNOWN_TAGS
        assert found.tone in ("bad", "unknown")
        assert len(html) < 60_000, "what is shown is bounded"
        # None of it can turn the text around it, or steer what shows it.
        assert not set(html) & set("\0\u0007\u001b\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
        assert not [each for each in found.links() if "tracker" in each or "phishing" in each]


KNOWN_TAGS = {
    *("html", "head", "meta", "title", "link", "script", "body", "a", "header", "main", "footer", "nav", "section"),
    *("svg", "path", "circle", "rect", "span", "bdi", "div", "h1", "h2", "p", "ul", "li", "dl", "dt", "dd", "img"),
    *("strong", "code", "button"),
}


@pytest.mark.parametrize("text", MARKUP[:14])
def test_markup_in_what_is_signed_is_shown_as_it_was_written(service: Service, text: str) -> None:
    signed = mc.sign(with_text(["title"], text), KEY)
    plain = result(service, mc.sign(shown(), KEY))[1]
    _, found = result(service, signed)
    assert found.shape() == plain.shape()
    assert found.headline == "Valid"
    assert " ".join(text.split()) in " ".join("".join(found.root.itertext()).split())


def test_text_that_is_put_into_the_form_again_stays_text(site: Site) -> None:
    for text in MARKUP:
        answer = site.send(text, url=f"x{text[:500]}")
        assert answer.status_code == 400
        found = read(answer.text)
        assert {str(each.tag).rpartition("}")[2] for each in found.root.iter()} <= KNOWN_TAGS | {
            *("form", "label", "input", "textarea"),
        }
        assert len(answer.text) < 60_000


@effort(0.4)
@given(st.one_of(damaged_json(full_badge()), damaged_json(shown()), damaged_json(document(earned()))))
def test_damaged_credentials_make_sound_pages(service: Service, credential: JSONObject) -> None:
    result(service, credential)


@effort(0.3)
@given(st.binary(max_size=200))
def test_whatever_it_is_there_is_a_page(service: Service, content: bytes) -> None:
    assert result(service, content)[1].tone == "bad"


def test_a_presentation_of_a_great_many_is_bounded(service: Service) -> None:
    held: list[JSONValue] = [{"name": "x" * 1_000}] * 5_000
    html, found = result(service, document(*held))
    assert len(html) < 200_000
    assert found.headline
