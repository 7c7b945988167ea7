"""A credential as its text, and the document in it: nothing is verified."""

from __future__ import annotations

import re

from microcred.documents import Readable, to_document
from microcred.encoding import base64url_decode
from microcred.errors import DocumentError
from microcred.json import JSONObject, dumps, loads_object
from microcred.limits import Limits

__all__ = ["written"]

# A JWT, or an SD-JWT with what its holder may show.
_TOKEN = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*(?:~[A-Za-z0-9_.~-]*)?")


def written(credential: Readable, limits: Limits) -> tuple[JSONObject, str, bool]:
    """Return a document, its text, and whether that is a JWT, of which the document is the payload.

    Args:
        credential: A model, a dict, JSON text, or a JWT; untrusted.
        limits: Bounds on size and depth.

    Raises:
        DocumentError: It cannot be read.
    """
    if not isinstance(credential, str | bytes):
        document = to_document(credential, limits)
        return document, dumps(document), False
    text = credential.decode("utf-8", "replace") if isinstance(credential, bytes) else credential
    # Editors put a byte order mark in front, which is none of it.
    text = text.strip().removeprefix("\ufeff").strip()
    if _TOKEN.fullmatch(text):
        return _claims(text, limits), text, True
    return to_document(text, limits), text, False


def _claims(token: str, limits: Limits) -> JSONObject:
    """Return the claims of a JWT, to know what it is about."""
    try:
        return loads_object(base64url_decode(token.split(".")[1]), limits)
    except ValueError:
        raise DocumentError.at("", "is no JWT: its second part is not base64url", "PARSING_ERROR") from None
