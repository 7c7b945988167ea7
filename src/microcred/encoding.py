"""Multibase, base58-btc, base64url and multicodec varints, in their canonical forms only.

An encoding that can be written in two ways lets two different texts stand for one key or signature; every decoder here
accepts exactly what its encoder writes (Controlled Identifiers 1.0 §2.4; RFC 4648 §3.5; unsigned varint).
"""

from __future__ import annotations

import base64
import binascii

__all__ = [
    "base58_decode",
    "base58_encode",
    "base64url_decode",
    "base64url_encode",
    "multibase_decode",
    "multibase_encode",
    "varint_decode",
    "varint_encode",
]

_ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
# Ten digits at a time fit into a machine word, which divides faster than the whole; and two of them are one division.
_CHUNK = 58**10
_PAIRS = [first + second for first in _ALPHABET for second in _ALPHABET]
_PAIR = len(_PAIRS)
_VALUE = {character: value for value, character in enumerate(_ALPHABET)}
# base58 is quadratic in its length; the longest value in use, an RSA-8192 key, has about 1,420 characters.
_MAX_BASE58 = 1536


def base58_encode(data: bytes) -> str:
    """Encode bytes as base58-btc.

    Args:
        data: The bytes; keys and signatures, not documents.

    Returns:
        The text, without a multibase prefix.
    """
    number = int.from_bytes(data)
    chunks: list[str] = []
    while number:
        number, part = divmod(number, _CHUNK)
        part, fifth = divmod(part, _PAIR)
        part, fourth = divmod(part, _PAIR)
        part, third = divmod(part, _PAIR)
        first, second = divmod(part, _PAIR)
        chunks.append(_PAIRS[first] + _PAIRS[second] + _PAIRS[third] + _PAIRS[fourth] + _PAIRS[fifth])
    zeros = len(data) - len(data.lstrip(b"\0"))
    return "1" * zeros + "".join(reversed(chunks)).lstrip("1")


def base58_decode(text: str) -> bytes:
    """Decode base58-btc text.

    Args:
        text: Without a multibase prefix; untrusted.

    Returns:
        The bytes.

    Raises:
        ValueError: A character outside the alphabet, or longer than 1,536 characters.
    """
    if len(text) > _MAX_BASE58:
        raise ValueError("base58 text is longer than 1,536 characters")
    number = 0
    try:
        for start in range(0, len(text), 10):
            part = 0
            characters = text[start : start + 10]
            for character in characters:
                part = part * 58 + _VALUE[character]
            number = number * 58 ** len(characters) + part
    except KeyError:
        raise ValueError("a character is not in the base58 alphabet") from None
    zeros = len(text) - len(text.lstrip("1"))
    return b"\0" * zeros + number.to_bytes((number.bit_length() + 7) // 8)


def base64url_encode(data: bytes) -> str:
    """Encode bytes as base64url without padding (RFC 7515 §2)."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def base64url_decode(text: str) -> bytes:
    """Decode base64url without padding (RFC 7515 §2).

    Args:
        text: Untrusted.

    Returns:
        The bytes.

    Raises:
        ValueError: Padding, a foreign character, or left-over bits that are not zero (RFC 4648 §3.5).
    """
    try:
        raw = text.encode("ascii")
        data = base64.b64decode(raw + b"=" * (-len(raw) % 4), altchars=b"-_", validate=True)
    except (UnicodeEncodeError, binascii.Error):
        raise ValueError("not base64url") from None
    if base64url_encode(data) != text:
        raise ValueError("not base64url in its canonical form, without padding")
    return data


def multibase_encode(data: bytes, base: str = "z") -> str:
    """Encode bytes with a multibase prefix (Controlled Identifiers 1.0 §2.4).

    Args:
        data: The bytes.
        base: ``z`` (base58-btc) or ``u`` (base64url without padding).
    """
    if base == "z":
        return "z" + base58_encode(data)
    if base == "u":
        return "u" + base64url_encode(data)
    raise ValueError("the multibase prefix must be z or u")


def multibase_decode(text: str, bases: str = "zu") -> bytes:
    """Decode multibase text (Controlled Identifiers 1.0 §2.4).

    Args:
        text: Untrusted.
        bases: The prefixes to accept: ``z`` (base58-btc), ``u`` (base64url without padding), or both.

    Raises:
        ValueError: Another prefix, or not canonical in that base.
    """
    if text[:1] == "z" and "z" in bases:
        return base58_decode(text[1:])
    if text[:1] == "u" and "u" in bases:
        return base64url_decode(text[1:])
    raise ValueError(f"multibase text must start with {' or '.join(bases)}")


def varint_encode(number: int) -> bytes:
    """Encode an unsigned varint, as multicodec prefixes are."""
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def varint_decode(data: bytes) -> tuple[int, bytes]:
    """Split an unsigned varint off the front of some bytes.

    Args:
        data: Untrusted.

    Returns:
        The number, and the bytes behind it.

    Raises:
        ValueError: No end within nine bytes, or not the shortest form.
    """
    number = 0
    for index, byte in enumerate(data[:9]):
        number |= (byte & 0x7F) << (7 * index)
        if byte < 0x80:
            if index and byte == 0:
                raise ValueError("a varint is not in its shortest form")
            return number, data[index + 1 :]
    raise ValueError("a varint does not end")
