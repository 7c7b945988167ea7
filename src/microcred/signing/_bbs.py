"""BBS signatures: draft-irtf-cfrg-bbs-signatures, ciphersuite BLS12-381-SHA-256; its interface and core operations.

Names and step numbers are the draft's. It asks for operations in constant time, and neither Python nor the library of
points offers them: whoever can measure on the same machine how long signing takes may learn of the key.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, TypeAlias

from microcred.key_material import BLS_ORDER, BLSPrivateKey
from microcred.signing._bbs_utilities import (
    CIPHERSUITE_ID,
    P1,
    PROOF_FLOOR,
    SCALAR_BYTES,
    Signature,
    calculate_domain,
    calculate_random_scalars,
    create_generators,
    hash_to_scalar,
    messages_to_scalars,
    octets_to_proof,
    octets_to_pubkey,
    octets_to_signature,
    serialize,
)

if TYPE_CHECKING:
    from py_arkworks_bls12381 import G1Point, G2Point

__all__ = [
    "RandomScalars",
    "key_gen",
    "proof_gen",
    "proof_verify",
    "sign",
    "sk_to_pk",
    "undisclosed_count",
    "verify",
]

RandomScalars: TypeAlias = Callable[[int], Sequence[int]]
"""Returns as many scalars as it is asked for. Whoever can guess them learns what a proof hides."""


def key_gen(key_material: bytes, key_info: bytes = b"", key_dst: bytes = CIPHERSUITE_ID + b"KEYGEN_DST_") -> int:
    """Return the secret key that follows from secret bytes (KeyGen).

    Args:
        key_material: At least 32 random bytes.
        key_info: Makes other keys of the same bytes; at most 65,535 bytes.
        key_dst: The domain separation tag.

    Raises:
        ValueError: Bytes of another length.
    """
    if len(key_material) < 32 or len(key_info) > 65535:
        raise ValueError("key_material has at least 32 bytes, key_info at most 65,535")
    return hash_to_scalar(key_material + len(key_info).to_bytes(2) + key_info, key_dst)


def sk_to_pk(secret: int) -> bytes:
    """Return the public key of a secret one (SkToPk).

    Raises:
        InvalidKeyError: A number that is no secret key.
    """
    return BLSPrivateKey(secret).public_key().data


def sign(secret: int, public_key: bytes, header: bytes, messages: Sequence[bytes]) -> bytes:
    """Sign a header and messages (Sign, CoreSign).

    Args:
        secret: The secret key.
        public_key: Its public half.
        header: What every proof shows.
        messages: What a proof shows or not, one by one.

    Returns:
        80 bytes, each time the same.
    """
    scalars = messages_to_scalars(messages)
    generators = create_generators(len(messages) + 1)
    # CoreSign (1) domain, (2) e
    domain = calculate_domain(public_key, generators, header)
    e = hash_to_scalar(serialize([secret, *scalars, domain]))
    # CoreSign (3) B, (4) A, (5) octets
    a = _sum([_b(generators, domain, scalars)], [pow(secret + e, -1, BLS_ORDER)])
    return serialize([a, e])


def verify(public_key: bytes, signature: bytes, header: bytes, messages: Sequence[bytes]) -> bool:
    """Tell whether a signature is right (Verify, CoreVerify).

    Args:
        public_key: Untrusted.
        signature: Untrusted.
        header: What was signed beside the messages.
        messages: All of them, in their order; the caller bounds their number.

    Raises:
        InvalidKeyError: The public key is none.
    """
    w, parsed = octets_to_pubkey(public_key), octets_to_signature(signature)
    scalars = messages_to_scalars(messages)
    generators = create_generators(len(messages) + 1)
    # CoreVerify (1) domain, (2) B, (3) the pairings
    b = _b(generators, calculate_domain(public_key, generators, header), scalars)
    return parsed is not None and _holds(parsed, w, b)


def proof_gen(
    public_key: bytes,
    signature: bytes,
    header: bytes,
    messages: Sequence[bytes],
    disclosed_indexes: Sequence[int],
    *,
    presentation_header: bytes = b"",
    random_scalars: RandomScalars | None = None,
) -> bytes:
    """Make a proof that discloses some of the messages (ProofGen, CoreProofGen, ProofInit, ProofFinalize).

    Args:
        public_key: The issuer's; untrusted.
        signature: The issuer's; it is checked, since a proof of a wrong one would hold nowhere.
        header: What was signed beside the messages.
        messages: All of them, in their order; the caller bounds their number.
        disclosed_indexes: Which are disclosed, in ascending order.
        presentation_header: What is bound to this proof.
        random_scalars: Where randomness comes from; leave it out but for test vectors.

    Raises:
        InvalidKeyError: The public key is none.
        ValueError: The signature is wrong.
    """
    w, parsed = octets_to_pubkey(public_key), octets_to_signature(signature)
    scalars = messages_to_scalars(messages)
    generators = create_generators(len(messages) + 1)
    hidden = _without(disclosed_indexes, len(messages))
    # ProofInit (1) domain, (2) B; checking the signature is recommended
    domain = calculate_domain(public_key, generators, header)
    b = _b(generators, domain, scalars)
    if parsed is None or not _holds(parsed, w, b):
        raise ValueError("the signature is wrong")
    # CoreProofGen (1) random scalars
    r1, r2, e_, r1_, r3_, *m_ = (random_scalars or calculate_random_scalars)(5 + len(hidden))
    # ProofInit (3) D, (4) Abar, (5) Bbar
    d = _sum([b], [r2])
    a_bar = _sum([parsed.a], [r1 * r2])
    b_bar = _sum([d, a_bar], [r1, -parsed.e])
    # ProofInit (6) T1, (7) T2
    t1 = _sum([a_bar, d], [e_, r1_])
    t2 = _sum([d, *(generators[1 + index] for index in hidden)], [r3_, *m_])
    # CoreProofGen (4) challenge
    shown = [(index, scalars[index]) for index in disclosed_indexes]
    c = _challenge([a_bar, b_bar, d, t1, t2, domain], shown, presentation_header)
    # ProofFinalize: (1) r3, (2) to (5) the answers, (7) octets
    r3 = pow(r2, -1, BLS_ORDER)
    answers = [e_ + parsed.e * c, r1_ - r1 * c, r3_ - r3 * c]
    answers += [m + scalars[index] * c for m, index in zip(m_, hidden, strict=True)]
    return serialize([a_bar, b_bar, d, *(answer % BLS_ORDER for answer in answers), c])


def proof_verify(
    public_key: bytes,
    proof: bytes,
    header: bytes,
    disclosed_messages: Sequence[bytes],
    disclosed_indexes: Sequence[int],
    *,
    presentation_header: bytes = b"",
) -> bool:
    """Tell whether a proof is right (ProofVerify, CoreProofVerify, ProofVerifyInit).

    Args:
        public_key: The issuer's; untrusted.
        proof: Untrusted; the caller bounds the number of messages that it hides (``undisclosed_count``).
        header: What was signed beside the messages.
        disclosed_messages: In the order of the indexes; the caller bounds their number.
        disclosed_indexes: Untrusted.
        presentation_header: What is bound to this proof.

    Raises:
        InvalidKeyError: The public key is none.
    """
    from py_arkworks_bls12381 import GT, G1Point, G2Point

    w, parsed = octets_to_pubkey(public_key), octets_to_proof(proof)
    if parsed is None or len(disclosed_messages) != len(disclosed_indexes):
        return False
    count = len(disclosed_indexes) + len(parsed.commitments)
    if not all(first < second for first, second in pairwise([-1, *disclosed_indexes, count])):
        return False
    a_bar, b_bar, d, e, r1, r3, commitments, c = parsed
    hidden = _without(disclosed_indexes, count)
    scalars = messages_to_scalars(disclosed_messages)
    generators = create_generators(count + 1)
    # ProofVerifyInit (1) domain, (2) T1
    domain = calculate_domain(public_key, generators, header)
    t1 = _sum([b_bar, a_bar, d], [c, e, r1])
    # ProofVerifyInit (3) Bv and (4) T2, in one sum
    bv = [G1Point.from_compressed_bytes(P1), generators[0], *(generators[1 + index] for index in disclosed_indexes)]
    bv_c = [c, domain * c, *(scalar * c for scalar in scalars)]
    t2 = _sum([*bv, d, *(generators[1 + index] for index in hidden)], [*bv_c, r3, *commitments])
    # CoreProofVerify (3) challenge, (5) comparison, (6) the pairings
    shown = list(zip(disclosed_indexes, scalars, strict=True))
    if _challenge([a_bar, b_bar, d, t1, t2, domain], shown, presentation_header) != c:
        return False
    return GT.pairing_check([a_bar, -b_bar], [w, G2Point()])


def undisclosed_count(proof: bytes) -> int:
    """Return how many messages a proof hides, by its length; below zero if it is too short to be one."""
    return (len(proof) - PROOF_FLOOR) // SCALAR_BYTES


def _without(indexes: Sequence[int], count: int) -> list[int]:
    chosen = set(indexes)
    return [index for index in range(count) if index not in chosen]


def _b(generators: Sequence[G1Point], domain: int, scalars: Sequence[int]) -> G1Point:
    """Return B: P1 and the generators, times the domain and the messages."""
    from py_arkworks_bls12381 import G1Point

    return _sum([G1Point.from_compressed_bytes(P1), *generators], [1, domain, *scalars])


def _sum(points: Sequence[G1Point], scalars: Sequence[int]) -> G1Point:
    """Return the sum of points, each times a number."""
    from py_arkworks_bls12381 import G1Point, Scalar

    return G1Point.multiexp_unchecked(list(points), [Scalar(scalar % BLS_ORDER) for scalar in scalars])


def _holds(signature: Signature, w: G2Point, b: G1Point) -> bool:
    """Tell whether a signature is one of B (CoreVerify step 3)."""
    from py_arkworks_bls12381 import GT, G2Point

    return GT.pairing_check([signature.a, _sum([signature.a, b], [signature.e, -1])], [w, G2Point()])


def _challenge(init: Sequence[G1Point | int], disclosed: Sequence[tuple[int, int]], presentation_header: bytes) -> int:
    """Return the challenge of a proof (ProofChallengeCalculate).

    Args:
        init: What the proof begins with: five points and the domain.
        disclosed: The index and the scalar of each disclosed message.
        presentation_header: What is bound to the proof.
    """
    pairs = b"".join(index.to_bytes(8) + scalar.to_bytes(SCALAR_BYTES) for index, scalar in disclosed)
    data = len(disclosed).to_bytes(8) + pairs + serialize(init)
    return hash_to_scalar(data + len(presentation_header).to_bytes(8) + presentation_header)
