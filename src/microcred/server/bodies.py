"""Bodies of requests: bounded in size and time, and read as what they say that they are."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from starlette.requests import ClientDisconnect, Request

from microcred.json import JSONObject, loads_object
from microcred.limits import DEFAULT_LIMITS, Limits
from microcred.server.problems import RequestError
from microcred.server.work import Workers

__all__ = ["Members", "read_body", "read_object"]

_SECONDS = 20.0
_JSON = "application/json"
# Bytes that are read in a millisecond or so; what is larger is read in a thread, while others are answered.
_READ_AT_ONCE = 64 * 1024
# One after the other, and not many: each takes a tenth of a second, and many times its own size as values.
_LONG = Workers(1, 8, "bodies")


async def read_body(request: Request, most_bytes: int) -> bytes:
    """Read a body.

    Args:
        request: The request.
        most_bytes: How large it may be.

    Raises:
        RequestError: 413: it is larger. 415: it is compressed. 408: it does not arrive. 400: it was broken off.
    """
    if request.headers.get("content-encoding", "identity").strip().lower() != "identity":
        # What is small here could be large there.
        headers = {"Accept-Encoding": "identity", "Connection": "close"}
        raise RequestError(415, "UNSUPPORTED", "send the body as it is, without Content-Encoding", headers=headers)
    length = request.headers.get("content-length", "")
    if length.isascii() and length.isdecimal() and (len(length) > 18 or int(length) > most_bytes):
        raise _too_large(most_bytes)
    body = bytearray()
    try:
        async with asyncio.timeout(_SECONDS):
            async for chunk in request.stream():
                body += chunk
                if len(body) > most_bytes:
                    raise _too_large(most_bytes)
    except TimeoutError:
        raise RequestError(408, "TIMEOUT", "the body did not arrive in time", headers={"Connection": "close"}) from None
    except ClientDisconnect:
        raise RequestError(400, "PARSING_ERROR", "the body was broken off") from None
    return bytes(body)


def _too_large(most_bytes: int) -> RequestError:
    text = f"the body may have {most_bytes:,} bytes"
    return RequestError(413, "TOO_COMPLEX", text, headers={"Connection": "close"})


async def read_object(request: Request, limits: Limits = DEFAULT_LIMITS) -> JSONObject:
    """Read a body that is a JSON object.

    Raises:
        RequestError: 415: it says that it is something else. Otherwise as ``read_body``.
        DocumentError: It is none.
    """
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    # A form of another site can send other types without asking, in the name of whoever looks at it.
    if media_type != _JSON and not (media_type.startswith("application/") and media_type.endswith("+json")):
        raise RequestError(415, "UNSUPPORTED", "send JSON, with Content-Type: application/json")
    body = await read_body(request, limits.max_document_bytes)
    if len(body) <= _READ_AT_ONCE:
        return loads_object(body, limits)
    return await _LONG.run(loads_object, body, limits)


@dataclass(frozen=True, slots=True)
class Members:
    """The members of a JSON object, taken one by one."""

    value: JSONObject
    """The object."""
    pointer: str = ""
    """Where it is."""

    def only(self, *names: str, code: str = "MALFORMED_VALUE_ERROR") -> None:
        """Refuse members beside some.

        Raises:
            RequestError: 400, with the code.
        """
        for name in self.value:
            if name not in names:
                known = ", ".join(names)
                raise RequestError(
                    400, code, f"{self.pointer or 'the request'} has a member that is not known here: {known}"
                )

    def object(self, name: str) -> JSONObject:
        """Return a member that is an object.

        Raises:
            RequestError: 400: it is none, or missing.
        """
        found = self.value.get(name)
        if not isinstance(found, dict):
            raise self._wrong(name, "must be an object")
        return found

    def options(self) -> JSONObject:
        """Return the options, which need not be there.

        Raises:
            RequestError: 400: they are no object.
        """
        return self.object("options") if "options" in self.value else {}

    def text(self, name: str) -> str | None:
        """Return a member that is text, if it is there.

        Raises:
            RequestError: 400: it is something else, or empty.
        """
        found = self.value.get(name)
        if name in self.value and (not isinstance(found, str) or not found):
            raise self._wrong(name, "must be text, and not empty")
        return found if isinstance(found, str) else None

    def flag(self, name: str, *, default: bool) -> bool:
        """Return a member that is true or false.

        Raises:
            RequestError: 400: it is something else.
        """
        found = self.value.get(name, default)
        if not isinstance(found, bool):
            raise self._wrong(name, "must be true or false")
        return found

    def texts(self, name: str) -> list[str] | None:
        """Return a member that is a list of texts, if it is there.

        Raises:
            RequestError: 400: it is something else.
        """
        found = self.value.get(name)
        if name not in self.value:
            return None
        if not isinstance(found, list) or not all(isinstance(each, str) for each in found):
            raise self._wrong(name, "must be a list of texts")
        return [each for each in found if isinstance(each, str)]

    def _wrong(self, name: str, what: str) -> RequestError:
        return RequestError(400, "MALFORMED_VALUE_ERROR", f"{self.pointer}/{name} {what}")
