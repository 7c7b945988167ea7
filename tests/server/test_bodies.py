"""Bodies that are too much, too late, or not what they say that they are."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator

import pytest

import microcred.server.bodies as module
from microcred.json import JSONValue
from microcred.limits import Limits
from microcred.server import Service, Token, create_app
from microcred.server.bodies import Members
from microcred.server.problems import RequestError
from tests.server.asking import Asking, asking, refusal
from tests.server.services import BASE, SECRET

VERIFY = "/credentials/verify"
MOST = 100_000
BROKEN: dict[str, bytes] = {
    "nothing": b"",
    "spaces": b"  \n",
    "not JSON": b"{'verifiableCredential': {}}",
    "broken off": b'{"verifiableCredential": {',
    "two values": b"{} {}",
    "a list": b"[]",
    "a text": b'"{}"',
    "a member twice": b'{"verifiableCredential": {}, "verifiableCredential": {}}',
    "a member twice inside": b'{"verifiableCredential": {"id": 1, "id": 2}}',
    "half a character": b'{"verifiableCredential": {"name": "\\ud800"}}',
    "half a character in a name": b'{"verifiableCredential": {"\\udfff": 1}}',
    "not UTF-8": b'{"verifiableCredential": {"name": "\xff"}}',
    "UTF-16": '{"verifiableCredential": {}}'.encode("utf-16"),
    "not a number": b'{"verifiableCredential": {"n": NaN}}',
    "infinite": b'{"verifiableCredential": {"n": 1e999}}',
    "many digits": b'{"verifiableCredential": {"n": ' + b"9" * 10_000 + b"}}",
    "deep": b'{"verifiableCredential": ' + b"[" * 20_000 + b"]" * 20_000 + b"}",
    "deep objects": b'{"a":' * 5_000 + b"1" + b"}" * 5_000,
}


@pytest.fixture(scope="module")
def client() -> Iterator[Asking]:
    service = Service(base_url=BASE, tokens=[Token.of(SECRET)], limits=Limits(max_document_bytes=MOST))
    with asking(create_app(service)) as made:
        yield made
    service.close()


@pytest.mark.parametrize("body", BROKEN.values(), ids=BROKEN)
def test_what_is_no_json_object_is_refused(client: Asking, body: bytes) -> None:
    assert refusal(client.post(VERIFY, body)) == (400, "PARSING_ERROR")


@pytest.mark.parametrize("path", [VERIFY, "/presentations/verify", "/credentials/derive"])
@pytest.mark.parametrize(
    "content_type",
    [
        *(None, "", "text/plain", "text/plain; charset=application/json", "application/x-www-form-urlencoded"),
        *("multipart/form-data; boundary=x", "text/json", "application/jsonx", "application/json+xml"),
    ],
)
def test_what_says_that_it_is_something_else_is_refused(client: Asking, path: str, content_type: str | None) -> None:
    assert refusal(client.post(path, b"{}", content_type=content_type)) == (415, "UNSUPPORTED")


@pytest.mark.parametrize(
    "content_type",
    ["application/json", "Application/JSON; charset=utf-8", "application/ld+json", "application/vc+json"],
)
def test_json_has_several_names(client: Asking, content_type: str) -> None:
    assert refusal(client.post(VERIFY, b"{}", content_type=content_type)) == (400, "MALFORMED_VALUE_ERROR")


def test_what_is_compressed_is_refused(client: Asking) -> None:
    assert refusal(client.post(VERIFY, b"{}", {"Content-Encoding": "gzip"})) == (415, "UNSUPPORTED")


@pytest.mark.parametrize("length", [MOST + 1, 10**9, 10**30])
def test_a_body_that_says_that_it_is_large_is_refused_before_it_is_read(client: Asking, length: int) -> None:
    async def never() -> AsyncIterator[bytes]:
        raise AssertionError("it was read")
        yield b""

    answer = client.post(VERIFY, never(), {"Content-Length": str(length)})
    assert refusal(answer) == (413, "TOO_COMPLEX")


def test_a_body_that_does_not_say_how_large_it_is_is_refused_where_it_is_too_large(client: Asking) -> None:
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        while True:
            sent += 10_000
            yield b" " * 10_000

    assert refusal(client.post(VERIFY, endless())) == (413, "TOO_COMPLEX")
    assert sent <= MOST + 20_000


def test_a_body_of_the_most_bytes_is_read(client: Asking) -> None:
    body = b'{"verifiableCredential": 1}'.ljust(MOST)
    assert refusal(client.post(VERIFY, body)) == (400, "MALFORMED_VALUE_ERROR")
    assert refusal(client.post(VERIFY, body + b" ")) == (413, "TOO_COMPLEX")


def test_a_body_that_does_not_arrive_is_not_waited_for(client: Asking, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_SECONDS", 0.05)

    async def slow() -> AsyncIterator[bytes]:
        yield b"{"
        await asyncio.sleep(60)

    assert refusal(client.post(VERIFY, slow())) == (408, "TIMEOUT")


def test_while_large_bodies_are_under_way_more_is_for_later() -> None:
    service = Service(base_url=BASE)
    service.gate.body_bytes = 10**9
    with asking(create_app(service)) as client:
        assert refusal(client.post(VERIFY, b'{"a": 1}')) == (503, "OVERLOADED")
        assert service.gate.body_bytes == 10**9, "what one request has taken is given back"
        service.gate.body_bytes = 0
        assert refusal(client.post(VERIFY, b'{"a": 1}')) == (400, "MALFORMED_VALUE_ERROR")
    service.close()


# Members

MEMBERS = Members({"text": "a", "flag": True, "object": {}, "texts": ["a"], "null": None, "number": 1}, "/at")


@pytest.mark.parametrize("name", ["flag", "object", "texts", "null", "number"])
def test_text_is_text(name: str) -> None:
    assert MEMBERS.text("text") == "a"
    assert MEMBERS.text("absent") is None
    with pytest.raises(RequestError) as caught:
        MEMBERS.text(name)
    assert (caught.value.status, caught.value.code) == (400, "MALFORMED_VALUE_ERROR")
    assert f"/at/{name}" in caught.value.detail


@pytest.mark.parametrize("name", ["text", "object", "texts", "null", "number"])
def test_a_flag_is_true_or_false(name: str) -> None:
    assert MEMBERS.flag("flag", default=False)
    assert MEMBERS.flag("absent", default=True)
    with pytest.raises(RequestError):
        MEMBERS.flag(name, default=True)


@pytest.mark.parametrize("name", ["text", "flag", "texts", "null", "number", "absent"])
def test_an_object_is_one_and_there(name: str) -> None:
    assert MEMBERS.object("object") == {}
    with pytest.raises(RequestError):
        MEMBERS.object(name)


@pytest.mark.parametrize("value", [None, "a", {}, [1], ["a", None], [["a"]]])
def test_a_list_of_texts_is_one(value: JSONValue) -> None:
    assert MEMBERS.texts("texts") == ["a"]
    assert MEMBERS.texts("absent") is None
    with pytest.raises(RequestError):
        Members(json.loads(json.dumps({"texts": value}))).texts("texts")


def test_an_empty_text_is_none() -> None:
    with pytest.raises(RequestError):
        Members({"text": ""}).text("text")
