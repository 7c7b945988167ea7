"""Who may have something signed: tokens, and programs on this machine."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

import pytest
from starlette.requests import HTTPConnection

from microcred.server import IssuingService, Service, Token
from microcred.server.problems import RequestError
from microcred.server.tokens import Tokens
from tests.server.services import BASE, issuer

SECRET = "a-token-for-tests-and-nothing-else"
HERE = "127.0.0.1"


def request(client: str | None = "203.0.113.7", **headers: str) -> HTTPConnection:
    lines = [(name.replace("_", "-").encode(), value.encode("latin-1")) for name, value in headers.items()]
    return HTTPConnection({"type": "http", "headers": lines, "client": None if client is None else (client, 50_000)})


def outcome(tokens: Tokens, asked: HTTPConnection, issuer: str | None = None) -> str | int:
    """Return who asks, or the status with which it is refused."""
    try:
        return tokens.check(asked, issuer)
    except RequestError as error:
        assert error.code == {401: "UNAUTHORIZED", 403: "FORBIDDEN"}[error.status]
        assert ("WWW-Authenticate" in error.headers) == (error.status == 401)
        assert SECRET not in str(error)
        return error.status


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (f"Bearer {SECRET}", "moodle"),
        (f"bearer   {SECRET}", "moodle"),
        (f"Bearer {SECRET}x", 401),
        (f"Bearer {SECRET[:-1]}", 401),
        (f"Basic {SECRET}", 401),
        (SECRET, 401),
        ("Bearer", 401),
        ("Bearer ", 401),
        ("", 401),
        ("Bearer \xe9\xff", 401),
        (f"Bearer {'x' * 100_000}", 401),
    ],
)
def test_a_token_is_taken_as_a_whole(header: str, expected: str | int) -> None:
    assert outcome(Tokens([Token.of(SECRET, "moodle")]), request(authorization=header)) == expected


def test_no_token_signs_where_there_are_none() -> None:
    assert outcome(Tokens(), request(authorization=f"Bearer {SECRET}")) == 401
    assert outcome(Tokens(), request(HERE, host="localhost")) == 401


def test_a_token_is_for_its_issuers() -> None:
    tokens = Tokens([Token.of(SECRET, "moodle", ["a", "b"]), Token.of("another-token-that-is-long", "canvas")])
    asked = request(authorization=f"Bearer {SECRET}")
    assert [outcome(tokens, asked, each) for each in ("a", "b", "c", None)] == ["moodle", "moodle", 403, "moodle"]
    assert outcome(tokens, request(authorization="Bearer another-token-that-is-long"), "c") == "canvas"


def test_a_token_that_is_listed_twice_is_for_the_issuers_of_both() -> None:
    tokens = Tokens([Token.of(SECRET, "first", ["a"]), Token.of(SECRET, "second", ["b"])])
    asked = request(authorization=f"Bearer {SECRET}")
    assert [outcome(tokens, asked, each) for each in ("a", "b", "c")] == ["first", "second", 403]


@pytest.mark.parametrize(
    "secret", ["", "short", "x" * 19, "a token with spaces in it", "tökens-are-of-ASCII-only", "a\n" * 20]
)
def test_a_token_that_could_be_guessed_or_no_header_is_refused(secret: str) -> None:
    with pytest.raises(ValueError, match="a token is"):
        Token.of(secret)


def test_only_the_hash_of_a_token_is_kept() -> None:
    made = Tokens.generate()
    token = Token.of(made, "moodle")
    assert token.digest == hashlib.sha256(made.encode()).digest()
    assert made not in repr(token)
    assert token.digest.hex() not in repr(token)


# Programs on this machine

LOCAL = [
    (HERE, "127.0.0.1:8000"),
    (HERE, "localhost"),
    (HERE, "LOCALHOST:8000"),
    ("127.8.9.10", "localhost:8000"),
    ("::1", "[::1]:8000"),
    ("::1", "[::1]"),
]
ELSEWHERE: list[tuple[str | None, Mapping[str, str]]] = [
    ("203.0.113.7", {"host": "localhost"}),
    ("10.0.0.1", {"host": "127.0.0.1:8000"}),
    ("2001:db8::1", {"host": "[::1]"}),
    (None, {"host": "localhost"}),
    ("a-socket", {"host": "localhost"}),
    # A name of a stranger that leads here (DNS rebinding).
    (HERE, {"host": "evil.example"}),
    (HERE, {"host": "evil.example:8000"}),
    (HERE, {"host": "localhost.evil.example"}),
    (HERE, {"host": "127.0.0.1.evil.example:8000"}),
    (HERE, {"host": "localhost:8000@evil.example"}),
    (HERE, {"host": "[::1]evil.example:1"}),
    (HERE, {"host": ""}),
    (HERE, {}),
    # A page in a browser, whoever it is of.
    (HERE, {"host": "localhost", "origin": "https://evil.example"}),
    (HERE, {"host": "localhost", "origin": "http://localhost:3000"}),
    (HERE, {"host": "localhost", "origin": "null"}),
    (HERE, {"host": "localhost", "sec_fetch_site": "none"}),
    (HERE, {"host": "localhost", "referer": "http://localhost/"}),
    # Somebody behind a proxy.
    (HERE, {"host": "localhost", "forwarded": "for=203.0.113.7"}),
    (HERE, {"host": "localhost", "via": "1.1 proxy"}),
    (HERE, {"host": "localhost", "x_forwarded_for": "127.0.0.1"}),
    (HERE, {"host": "localhost", "x_forwarded_proto": "https"}),
    (HERE, {"host": "localhost", "x_real_ip": "203.0.113.7"}),
    (HERE, {"host": "localhost", "cf_connecting_ip": "203.0.113.7"}),
]


@pytest.mark.parametrize(("client", "host"), LOCAL)
def test_a_program_on_this_machine_needs_no_token_where_that_is_said(client: str, host: str) -> None:
    assert outcome(Tokens(none_needed_here=True), request(client, host=host)) == "local"
    assert outcome(Tokens(), request(client, host=host)) == 401


@pytest.mark.parametrize(("client", "host"), LOCAL)
def test_where_there_are_tokens_everybody_needs_one(client: str, host: str) -> None:
    assert outcome(Tokens([Token.of(SECRET)], none_needed_here=True), request(client, host=host)) == 401


@pytest.mark.parametrize(("client", "headers"), ELSEWHERE)
def test_what_comes_from_elsewhere_needs_a_token(client: str | None, headers: Mapping[str, str]) -> None:
    assert outcome(Tokens(none_needed_here=True), request(client, **headers)) == 401


@pytest.mark.parametrize(
    ("base_url", "expected"),
    [
        ("http://127.0.0.1:8000", "local"),
        ("http://localhost", "local"),
        ("http://[::1]:8000", "local"),
        (BASE, 401),
        ("https://localhost.example.edu", 401),
        ("https://localhost@example.edu", 401),
    ],
)
def test_a_service_for_others_asks_everybody(base_url: str, expected: str | int) -> None:
    # As a proxy passes it on that says nothing of itself.
    service = Service(base_url=base_url, no_token_on_loopback=True)
    assert outcome(service.tokens, request(HERE, host="127.0.0.1:8000")) == expected
    service.close()


def test_what_nginx_passes_on_as_it_comes_needs_a_token() -> None:
    asked = request(HERE, host="127.0.0.1:8000", connection="close")
    asked.scope["http_version"] = "1.0"
    assert outcome(Tokens(none_needed_here=True), asked) == 401


def test_tokens_of_several_issuers(tmp_path: Path) -> None:
    made: list[IssuingService] = [issuer(tmp_path, name, f"did:web:{name}.example.edu") for name in ("a", "b")]
    service = Service(made, base_url=BASE, tokens=[Token.of(SECRET, "moodle", ["b"])])
    asked = request(authorization=f"Bearer {SECRET}")
    assert [outcome(service.tokens, asked, name) for name in service.issuers] == [403, "moodle"]
    service.close()
