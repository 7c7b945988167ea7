"""Put a credential into a picture, and take it out again, whichever kind of picture it is."""

from __future__ import annotations

from collections.abc import Sequence

from microcred.baking._parts import KINDS, Baked
from microcred.baking._written import written
from microcred.baking.png import PNG_SIGNATURE, bake_png, unbake_png
from microcred.baking.svg import bake_svg, unbake_svg
from microcred.documents import Readable
from microcred.errors import BakingError, DocumentError
from microcred.json import JSONObject, JSONValue
from microcred.limits import DEFAULT_LIMITS, Limits

__all__ = ["bake", "looks_like_image", "unbake"]

_UTF8_MARK = b"\xef\xbb\xbf"
_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")


def looks_like_image(data: bytes | str) -> bool:
    """Tell whether something can only be a picture, since neither JSON nor a JWT begins like that.

    Args:
        data: Untrusted.
    """
    if isinstance(data, str):
        return data[:256].lstrip("\ufeff \t\r\n").startswith("<")
    return (
        data.startswith((PNG_SIGNATURE[:4], *_UTF16_MARKS)) or data[:256].removeprefix(_UTF8_MARK).lstrip()[:1] == b"<"
    )


def bake(image: bytes, credential: Readable, *, replace: bool = False, limits: Limits = DEFAULT_LIMITS) -> bytes:
    """Put a signed credential into a picture (Open Badges 3.0 §5.3).

    The picture itself stays as it is, byte by byte.

    Args:
        image: A PNG or SVG.
        credential: A signed credential: a model, a dict, JSON text, or a JWT.
        replace: Whether a credential that is in the picture already is replaced; otherwise it is an error.
        limits: Bounds on sizes.

    Returns:
        The picture with the credential.

    Raises:
        BakingError: It is no PNG or SVG, is damaged, or has a credential already.
        DocumentError: The credential cannot be read, or has no proof.
    """
    baked = _to_bake(credential, limits)
    if _is_png(image, limits):
        return bake_png(image, baked, limits, replace=replace)
    return bake_svg(image, baked, limits, replace=replace)


def unbake(image: bytes, *, limits: Limits = DEFAULT_LIMITS) -> str:
    """Take the credential out of a picture (Open Badges 3.0 §5.3). Nothing is verified.

    Args:
        image: A PNG or SVG; untrusted.
        limits: Bounds on sizes.

    Returns:
        The credential as it stands there: JSON text, or a JWT; untrusted. Give it, or the picture, to a ``Verifier``.

    Raises:
        BakingError: There is none, or it is no sound PNG or SVG.
    """
    return unbake_png(image, limits) if _is_png(image, limits) else unbake_svg(image, limits)


def _is_png(image: bytes, limits: Limits) -> bool:
    """Tell a PNG from an SVG."""
    if not isinstance(image, bytes):
        raise TypeError(f"an image is bytes, not {type(image).__name__}; open the file with “rb”")
    if len(image) > limits.max_image_bytes:
        raise BakingError(f"the image is larger than {limits.max_image_bytes} bytes")
    if image.startswith(PNG_SIGNATURE):
        return True
    if not looks_like_image(image) or image.startswith(PNG_SIGNATURE[:4]):
        raise BakingError("the image is neither a PNG nor an SVG")
    return False


def _to_bake(credential: Readable, limits: Limits) -> Baked:
    """Return the text of a signed credential, and the standard whose it is."""
    document, text, is_token = written(credential, limits)
    if not is_token and not document.get("proof"):
        raise DocumentError.at("/proof", "is missing: sign the credential before you bake it")
    return _baked(document, text)


def _baked(document: JSONObject, text: str) -> Baked:
    is_record = "ClrCredential" in _types(document) or "ClrCredential" in _types(document.get("vc"))
    return Baked(text, KINDS["record" if is_record else "badge"])


def _types(document: JSONValue) -> Sequence[JSONValue]:
    types = document.get("type") if isinstance(document, dict) else None
    return types if isinstance(types, list) else [types]
