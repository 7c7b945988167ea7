"""The bits of a status list, and how they are written (Bitstring Status List 1.0 §2.2, §3.3, §3.4 and §7.1).

The first entry is the left-most bit of the first byte; an entry of several bits has its most significant bit first.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterable, Iterator
from typing import Final

from microcred.encoding import base64url_decode, multibase_decode, multibase_encode
from microcred.errors import StatusListError
from microcred.limits import DEFAULT_LIMITS, Limits

__all__ = ["MINIMUM_ENTRIES", "StatusList", "decode_bits", "encode_bits", "value_at"]

MINIMUM_ENTRIES: Final = 131_072
"""The fewest entries of a list (§3.2 step 2): whoever asks for a shorter one gives away about whom."""

_MAX_SIZE = 64
# RFC 1952 §2.3: no name, no time, “Unix”, so that equal bits are equal text on every system.
_GZIP_HEADER = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03"
_GZIP = 16 + zlib.MAX_WBITS
# Bytes that DEFLATE adds to what cannot be compressed are far fewer than this share.
_MAX_GROWTH = 2
_NOT_ZERO = re.compile(rb"[^\0]")


def encode_bits(bits: bytes | bytearray) -> str:
    """Write a bitstring as an ``encodedList`` (§3.3 step 3).

    Args:
        bits: Any number of bytes.

    Returns:
        GZIP, then multibase base64url; always the same for the same bits and the same zlib.
    """
    # A higher level takes ten times as long for a tenth less.
    deflate = zlib.compressobj(6, zlib.DEFLATED, -zlib.MAX_WBITS)
    trailer = zlib.crc32(bits).to_bytes(4, "little") + (len(bits) & 0xFFFFFFFF).to_bytes(4, "little")
    return multibase_encode(_GZIP_HEADER + deflate.compress(bits) + deflate.flush() + trailer, "u")


def decode_bits(encoded: str, *, bare: bool = False, limits: Limits = DEFAULT_LIMITS) -> bytes:
    """Read the bitstring of an ``encodedList`` (§3.4).

    Args:
        encoded: Untrusted.
        bare: Accept base64 without a multibase prefix too, as StatusList2021 has it.
        limits: Bounds on the number of bytes.

    Raises:
        StatusListError: MALFORMED_VALUE_ERROR: not one GZIP member in multibase base64url, or damaged. TOO_COMPLEX:
            more than ``max_status_list_bytes``.
    """
    most = limits.max_status_list_bytes
    if len(encoded) > 1024 + _MAX_GROWTH * most:
        raise _too_large(most)
    # Step 2. GZIP begins with 1f 8b, so that its base64 begins with H, and never with u.
    try:
        if bare and encoded.startswith("H"):
            compressed = base64url_decode(encoded.rstrip("=").replace("+", "-").replace("/", "_"))
        else:
            compressed = multibase_decode(encoded, "u")
    except ValueError as error:
        raise StatusListError(f"the encoded list is damaged: {error}") from None
    inflate = zlib.decompressobj(_GZIP)
    try:
        bits = inflate.decompress(compressed, most + 1)
    except zlib.error:
        raise StatusListError("the encoded list is not GZIP, or damaged") from None
    if len(bits) > most:
        raise _too_large(most)
    if not inflate.eof or inflate.unused_data:
        raise StatusListError("the encoded list ends too early, or something follows it")
    return bits


def value_at(bits: bytes | bytearray, index: int, size: int = 1) -> int:
    """Read one entry of a bitstring (§3.2 step 10).

    Args:
        bits: The bitstring.
        index: Which entry, from 0; untrusted.
        size: The bits of each entry (``statusSize``), from 1.

    Raises:
        StatusListError: RANGE_ERROR: there is no such entry.
    """
    if not 0 <= index < len(bits) * 8 // size:
        raise StatusListError("the list has no entry with that index", "RANGE_ERROR")
    start = index * size
    end = start + size
    first, last = start >> 3, (end + 7) >> 3
    return int.from_bytes(bits[first:last]) >> (8 * last - end) & ((1 << size) - 1)


class StatusList:
    """The entries of a status list, in memory: one bit for each, or a few.

    ``statuses[94567] = 1`` sets an entry and ``statuses[94567]`` reads it, as fast in a long list as in a short one.
    """

    __slots__ = ("_bits", "_size")

    def __init__(self, length: int = MINIMUM_ENTRIES, *, size: int = 1) -> None:
        """Make a list of entries that are all 0.

        Args:
            length: The number of entries. It is rounded up to whole bytes.
            size: The bits of each entry (``statusSize``), 1 to 64.

        Raises:
            ValueError: A length below 0, or another size.
        """
        if length < 0 or not 1 <= size <= _MAX_SIZE:
            raise ValueError(f"a status list has a length from 0, and entries of 1 to {_MAX_SIZE} bits")
        self._bits = bytearray((length * size + 7) // 8)
        self._size = size

    @classmethod
    def from_indexes(
        cls, indexes: Iterable[int], length: int = MINIMUM_ENTRIES, *, size: int = 1, value: int = 1
    ) -> StatusList:
        """Make a list in which some entries have a value, and all others are 0.

        Args:
            indexes: Which entries, in any order.
            length: The number of entries.
            size: The bits of each entry.
            value: The value.

        Raises:
            StatusListError: RANGE_ERROR: an index beyond the list.
            ValueError: As the constructor, or a value that does not fit into an entry.
        """
        made = cls(length, size=size)
        for index in indexes:
            made[index] = value
        return made

    @classmethod
    def decode(cls, encoded: str, *, size: int = 1, bare: bool = False, limits: Limits = DEFAULT_LIMITS) -> StatusList:
        """Read the ``encodedList`` of a list credential, which must be verified before.

        Args:
            encoded: Untrusted.
            size: The bits of each entry, as the ``statusSize`` of the entries has it.
            bare: Accept the form of StatusList2021 too.
            limits: Bounds on the number of bytes.

        Raises:
            StatusListError: As ``decode_bits``.
            ValueError: As the constructor.
        """
        made = cls(0, size=size)
        made._bits = bytearray(decode_bits(encoded, bare=bare, limits=limits))
        return made

    def encode(self, *, minimum_entries: int = MINIMUM_ENTRIES) -> str:
        """Write the list as an ``encodedList``.

        Args:
            minimum_entries: The fewest entries; an ecosystem may set another number than the standard (§3.2 step 2).

        Raises:
            StatusListError: STATUS_LIST_LENGTH_ERROR: the list has fewer.
        """
        if len(self) < minimum_entries:
            raise StatusListError(
                f"a status list has at least {minimum_entries:,} entries, so that nobody stands out",
                "STATUS_LIST_LENGTH_ERROR",
            )
        return encode_bits(self._bits)

    @property
    def size(self) -> int:
        """The bits of each entry (``statusSize``)."""
        return self._size

    def indexes(self) -> Iterator[int]:
        """Return the indexes of the entries that are not 0, in order."""
        bits, size, following = self._bits, self._size, 0
        for match in _NOT_ZERO.finditer(bits):
            first = 8 * match.start()
            if size == 1:
                byte = bits[match.start()]
                yield from (first + place for place in range(8) if byte & 0x80 >> place)
                continue
            # The entries that have a bit in this byte, save those that the byte before has shown.
            end = min((first + 7) // size + 1, len(self))
            for index in range(max(first // size, following), end):
                if value_at(bits, index, size):
                    yield index
            following = end

    def __len__(self) -> int:
        return len(self._bits) * 8 // self._size

    def __getitem__(self, index: int) -> int:
        return value_at(self._bits, index, self._size)

    def __setitem__(self, index: int, value: int) -> None:
        bits, size = self._bits, self._size
        if not 0 <= value < 1 << size:
            raise ValueError(f"an entry of {size} bits cannot hold that value")
        if not 0 <= index < len(bits) * 8 // size:
            raise StatusListError("the list has no entry with that index", "RANGE_ERROR")
        if size == 1:
            mask = 0x80 >> (index & 7)
            bits[index >> 3] = bits[index >> 3] | mask if value else bits[index >> 3] & ~mask
            return
        end = (index + 1) * size
        first, last = index * size >> 3, (end + 7) >> 3
        shift = 8 * last - end
        around = int.from_bytes(bits[first:last]) & ~(((1 << size) - 1) << shift)
        bits[first:last] = (around | value << shift).to_bytes(last - first)

    def __iter__(self) -> Iterator[int]:
        return map(self.__getitem__, range(len(self)))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, StatusList):
            return NotImplemented
        return self._size == other._size and self._bits == other._bits

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"StatusList({len(self)}, size={self._size})"


def _too_large(most: int) -> StatusListError:
    return StatusListError(f"the list has more than {most:,} bytes when it is decompressed", "TOO_COMPLEX")
