"""The utility operations of BBS signatures (draft-irtf-cfrg-bbs-signatures, ciphersuite BLS12-381-SHA-256).

Names and step numbers are the draft's. Scalars are integers, points those of ``py_arkworks_bls12381`` (the extra
``bbs``).
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from functools import lru_cache
from threading import Lock
from typing import TYPE_CHECKING, NamedTuple

from microcred.errors import InvalidKeyError
from microcred.key_material import BLS_ORDER, require_bls

if TYPE_CHECKING:
    from py_arkworks_bls12381 import G1Point, G2Point

__all__ = [
    "API_ID",
    "CIPHERSUITE_ID",
    "P1",
    "PROOF_FLOOR",
    "SCALAR_BYTES",
    "Proof",
    "Signature",
    "calculate_domain",
    "calculate_random_scalars",
    "create_generators",
    "expand_message",
    "hash_to_scalar",
    "messages_to_scalars",
    "octets_to_proof",
    "octets_to_pubkey",
    "octets_to_signature",
    "serialize",
]

CIPHERSUITE_ID = b"BBS_BLS12381G1_XMD:SHA-256_SSWU_RO_"
API_ID = CIPHERSUITE_ID + b"H2G_HM2S_"
"""Separates the operations of the draft's interface from those of others."""
P1 = bytes.fromhex("a8ce256102840821a3e94ea9025e4662b205762f9776b3a766c872b948f1fd225e7c59698588e70d11406d161b4e28c9")
"""The fixed point of the ciphersuite."""
SCALAR_BYTES = 32
_POINT_BYTES, _EXPAND_BYTES = 48, 48
PROOF_FLOOR = 3 * _POINT_BYTES + 4 * SCALAR_BYTES
"""The length of a proof that hides nothing; each message that it hides takes a scalar more."""
_H2S_DST = API_ID + b"H2S_"
_SEED_DST, _GENERATOR_DST = API_ID + b"SIG_GENERATOR_SEED_", API_ID + b"SIG_GENERATOR_DST_"
# Each takes a quarter of a millisecond to make; so many need about a megabyte.
_MAX_CACHED_GENERATORS = 4096


class Signature(NamedTuple):
    """A signature taken apart."""

    a: G1Point
    e: int


class Proof(NamedTuple):
    """A proof taken apart."""

    a_bar: G1Point
    b_bar: G1Point
    d: G1Point
    e: int
    r1: int
    r3: int
    commitments: Sequence[int]
    """One for each message that is not disclosed."""
    challenge: int


# Generators and scalars


class _Generators:
    """The first generators, each made once."""

    def __init__(self) -> None:
        self.points: list[G1Point] = []
        self.v = b""
        self.lock = Lock()


_generators = _Generators()


def create_generators(count: int) -> list[G1Point]:
    """Return the first generators: Q_1 and those of the messages.

    Args:
        count: How many; the caller bounds it.
    """
    from py_arkworks_bls12381 import G1Point

    with _generators.lock:
        kept, v = _generators.points, _generators.v
        if len(kept) >= count:
            return kept[:count]
        # The steps are (1), then (3) and (4) for each.
        v = v or expand_message(API_ID + b"MESSAGE_GENERATOR_SEED", _SEED_DST)
        points = list(kept)
        for number in range(len(kept) + 1, count + 1):
            v = expand_message(v + number.to_bytes(8), _SEED_DST)
            points.append(G1Point.hash_to_curve(v, _GENERATOR_DST))
            if number <= _MAX_CACHED_GENERATORS:
                kept.append(points[-1])
                _generators.v = v
        return points


def messages_to_scalars(messages: Sequence[bytes]) -> list[int]:
    """Map messages to scalars."""
    dst = API_ID + b"MAP_MSG_TO_SCALAR_AS_HASH_"
    return [hash_to_scalar(message, dst) for message in messages]


def hash_to_scalar(data: bytes, dst: bytes = _H2S_DST) -> int:
    """Hash bytes to a scalar."""
    return int.from_bytes(expand_message(data, dst)) % BLS_ORDER


def expand_message(data: bytes, dst: bytes, count: int = _EXPAND_BYTES) -> bytes:
    """Return as many uniform bytes as asked for: expand_message_xmd with SHA-256 (RFC 9380 §5.3.1).

    Raises:
        ValueError: More than 8,160 bytes, or a tag of more than 255.
    """
    rounds = -(-count // 32)
    if rounds > 255 or len(dst) > 255:
        raise ValueError("at most 8,160 bytes, under a tag of at most 255")
    dst_prime = dst + bytes([len(dst)])
    first = hashlib.sha256(bytes(64) + data + count.to_bytes(2) + b"\0" + dst_prime).digest()
    blocks = [hashlib.sha256(first + b"\1" + dst_prime).digest()]
    for number in range(2, rounds + 1):
        mixed = int.from_bytes(first) ^ int.from_bytes(blocks[-1])
        blocks.append(hashlib.sha256(mixed.to_bytes(32) + bytes([number]) + dst_prime).digest())
    return b"".join(blocks)[:count]


def calculate_random_scalars(count: int) -> list[int]:
    """Return scalars that nobody can guess."""
    return [int.from_bytes(secrets.token_bytes(_EXPAND_BYTES)) % BLS_ORDER for _ in range(count)]


def calculate_domain(public_key: bytes, generators: Sequence[G1Point], header: bytes) -> int:
    """Return what binds a signature to its key, header and number of messages."""
    points = (len(generators) - 1).to_bytes(8) + serialize(generators)
    return hash_to_scalar(public_key + points + API_ID + len(header).to_bytes(8) + header)


# Serialization


def serialize(items: Sequence[G1Point | int]) -> bytes:
    """Write points and scalars one behind the other."""
    return b"".join(
        item.to_bytes(SCALAR_BYTES) if isinstance(item, int) else item.to_compressed_bytes() for item in items
    )


def octets_to_signature(data: bytes) -> Signature | None:
    """Read a signature; untrusted. None if it is not one."""
    if len(data) != _POINT_BYTES + SCALAR_BYTES:
        return None
    a, e = _octets_to_point(data[:_POINT_BYTES]), int.from_bytes(data[_POINT_BYTES:])
    return Signature(a, e) if a is not None and 0 < e < BLS_ORDER else None


def octets_to_proof(data: bytes) -> Proof | None:
    """Read a proof; untrusted. None if it is not one."""
    if len(data) < PROOF_FLOOR or (len(data) - PROOF_FLOOR) % SCALAR_BYTES:
        return None
    a_bar, b_bar, d = (_octets_to_point(data[start : start + _POINT_BYTES]) for start in (0, 48, 96))
    starts = range(3 * _POINT_BYTES, len(data), SCALAR_BYTES)
    scalars = [int.from_bytes(data[start : start + SCALAR_BYTES]) for start in starts]
    if a_bar is None or b_bar is None or d is None or not all(0 < scalar < BLS_ORDER for scalar in scalars):
        return None
    e, r1, r3, *commitments, challenge = scalars
    return Proof(a_bar, b_bar, d, e, r1, r3, commitments, challenge)


@lru_cache(maxsize=256)
def octets_to_pubkey(data: bytes) -> G2Point:
    """Return the point that a public key is.

    Args:
        data: Untrusted.

    Raises:
        InvalidKeyError: Not the only form of a point of G2 other than the identity.
    """
    require_bls()
    from py_arkworks_bls12381 import G2Point

    try:
        point = G2Point.from_compressed_bytes(data)
    except ValueError:
        raise InvalidKeyError("the bytes of a BLS12-381 key are not a point of its group") from None
    if point.to_compressed_bytes() != data or point == G2Point.identity() or not point.is_in_subgroup():
        raise InvalidKeyError("the bytes of a BLS12-381 key are not a point of its group, or are its identity")
    return point


def _octets_to_point(data: bytes) -> G1Point | None:
    """Return a point of G1 other than the identity; None if the bytes are not its only form."""
    from py_arkworks_bls12381 import G1Point

    try:
        point = G1Point.from_compressed_bytes(data)
    except ValueError:
        return None
    # The library reads some other bytes as the identity, too.
    if point.to_compressed_bytes() != data or point == G1Point.identity() or not point.is_in_subgroup():
        return None
    return point
