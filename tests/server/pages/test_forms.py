"""Forms as clients send them, read as another parser reads them; and what no client sends."""

from __future__ import annotations

import io

import httpx
import python_multipart
from hypothesis import given
from hypothesis import strategies as st

from microcred.server.pages.forms import NAMES, _fields
from microcred.server.problems import RequestError
from tests.strategies import effort

CONTENTS = st.one_of(
    st.binary(max_size=200),
    st.lists(st.sampled_from([b"\r\n", b"--", b"--x", b"\r", b"\n", b"\0", b"a", b'"'])).map(b"".join),
)


def by_another(body: bytes, boundary: str) -> dict[str, bytes]:
    found: dict[str, bytes] = {}

    def on_field(field: python_multipart.multipart.Field) -> None:
        found[str(field.field_name, "latin-1")] = field.value or b""  # type: ignore[arg-type]

    def on_file(file: python_multipart.multipart.File) -> None:
        file.file_object.seek(0)
        found[str(file.field_name, "latin-1")] = file.file_object.read()  # type: ignore[arg-type]

    headers = {"Content-Type": f"multipart/form-data; boundary={boundary}".encode()}
    python_multipart.parse_form(headers, io.BytesIO(body), on_field, on_file)
    return found


@effort(0.3)
@given(CONTENTS, CONTENTS, CONTENTS, st.text(max_size=20))
def test_what_a_client_sends_is_read_byte_by_byte(url: bytes, text: bytes, file: bytes, name: str) -> None:
    request = httpx.Request(
        "POST",
        "http://example.test",
        files=[("url", (None, url)), ("text", (None, text)), ("file", (name, file)), ("other", (None, b"x"))],
    )
    boundary = request.headers["content-type"].partition("boundary=")[2]
    expected = {name: value for name, value in by_another(request.read(), boundary).items() if value.strip()}
    assert _fields(request.read(), boundary.encode()) == {name: expected[name] for name in NAMES if name in expected}


@given(st.binary(max_size=400), st.lists(st.sampled_from([b"\r\n--x", b"--", b"\r\n\r\n", b'name="text"', b"a"])))
def test_whatever_is_sent_is_read_or_refused(noise: bytes, parts: list[bytes]) -> None:
    head = b'--x\r\nContent-Disposition: form-data; name="text"\r\n\r\n'
    for body in (noise, b"".join(parts), head + noise, head + b"".join(parts), head + noise + b"\r\n--x--"):
        try:
            found = _fields(body, b"x")
        except RequestError as error:
            assert error.code == "PARSING_ERROR"
        else:
            assert set(found) <= set(NAMES)


def test_a_body_of_many_parts_costs_no_more_than_one() -> None:
    part = b'--x\r\nContent-Disposition: form-data; name="text"\r\n\r\nx\r\n'
    try:
        _fields(part * 200_000 + b"--x--", b"x")
    except RequestError as error:
        assert error.status == 400
    else:
        raise AssertionError
