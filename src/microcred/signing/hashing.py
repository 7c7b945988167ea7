"""What a proof signs: the hashes of its options and of the document, in a canonical form.

The steps are numbered as in Data Integrity EdDSA 1.0 §3.2 (RDFC) and §3.3 (JCS), which ECDSA 1.0 §3.2 and §3.3 repeat.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import lru_cache
from typing import TypeAlias, cast

from microcred import jcs, jsonld
from microcred.errors import DocumentError, ProofError
from microcred.json import JSONObject, JSONValue, freeze, thaw
from microcred.limits import DEFAULT_LIMITS, Limits
from microcred.signing.chains import matching_proofs, proofs_of
from microcred.signing.cryptosuites import Canonicalization

__all__ = ["Memo", "hash_data"]

Memo: TypeAlias = dict[tuple[object, ...], bytes | DocumentError]
"""The hashes of one document, or why there are none: by canonical form, name of the hash, contexts of the proof where
they are others, and the ids of the proofs that are covered as well."""


def hash_data(
    document: JSONObject,
    proof: JSONObject,
    hash_name: str,
    contexts: Mapping[str, JSONObject] | None = None,
    *,
    canonicalization: Canonicalization = "rdfc",
    limits: Limits = DEFAULT_LIMITS,
    memo: Memo | None = None,
) -> bytes:
    """Return what is signed: the hash of the proof's options, then the hash of the document.

    Args:
        document: The document, with or without its proofs; those that ``proof`` builds on must be there.
        proof: The proof, with or without its ``proofValue``.
        hash_name: ``sha256`` or ``sha384``.
        contexts: Further context documents by URL.
        canonicalization: ``rdfc`` or ``jcs``.
        limits: Bounds on the work.
        memo: Keeps the hash of the document from one of its proofs to the next.

    Raises:
        DocumentError: PROOF_TRANSFORMATION_ERROR, with pointers; those under ``/proof`` are into the proof.
        ProofError: The proof builds on one that is not there, or has contexts that are not those of the document.
    """
    context = _context(document, proof, canonicalization)
    config = {name: value for name, value in proof.items() if name not in ("proofValue", "@context")}
    # §3.2.5 proof configuration: under the document's own contexts. §3.3.5: as it stands.
    if canonicalization == "rdfc" or "@context" in proof:
        config["@context"] = context
    covered = {name: value for name, value in document.items() if name != "proof"}
    plain = context == document.get("@context")
    if not plain:
        covered["@context"] = context
    # VC Data Integrity §4.3 (6), §4.5 (3.4): what the proof builds on is signed with the document.
    matching = matching_proofs(proofs_of(document), proof)
    if matching:
        covered["proof"] = cast("list[JSONValue]", matching)
    transformer = _Transformer(canonicalization, hash_name, contexts, limits)
    memo = {} if memo is None else memo
    place = (canonicalization, hash_name, plain or jcs.canonicalize(context), *(each["id"] for each in matching))
    if place not in memo:
        memo[place] = transformer.hash_or_error(covered)
    transformed = memo[place]
    if isinstance(transformed, DocumentError):
        raise transformed
    try:
        # §3.2.4, §3.3.4 hashing
        return _hash_of_options(config, transformer) + transformed
    except DocumentError as error:
        raise error.below("/proof") from error


def _context(document: JSONObject, proof: JSONObject, canonicalization: Canonicalization) -> JSONValue:
    """Return the contexts under which a proof was made."""
    own, whole = proof.get("@context"), document.get("@context")
    if "@context" not in proof or own == whole:
        return whole
    # §3.3.2 (4): the document may have got more contexts since, behind those that the proof covers.
    if canonicalization == "jcs" and _starts_with(whole, own):
        return own
    # In the RDF suites the document's own contexts stand for the proof's, which would be covered by nothing (§3.2.5).
    raise ProofError("the proof has contexts that are not those of the document", pointer="/proof/@context")


def _starts_with(whole: JSONValue, first: JSONValue) -> bool:
    wanted: list[JSONValue] = first if isinstance(first, list) else [first]
    found: list[JSONValue] = whole if isinstance(whole, list) else [whole]
    # As text, since 1 and true are equal to Python.
    return jcs.canonicalize(found[: len(wanted)]) == jcs.canonicalize(wanted)


# Proofs that are made in the same second, or of the same day, have equal options.
_MAX_KNOWN_BYTES = 2_048


def _hash_of_options(config: JSONObject, transformer: _Transformer) -> bytes:
    try:
        frozen = freeze(config) if transformer.is_ordinary else b""
    except ValueError:
        frozen = b""
    if not 0 < len(frozen) <= _MAX_KNOWN_BYTES:
        return transformer.hash(config)
    return _known_hash(transformer.canonicalization, transformer.hash_name, frozen)


@lru_cache(maxsize=256)
def _known_hash(canonicalization: Canonicalization, hash_name: str, frozen: bytes) -> bytes:
    return _Transformer(canonicalization, hash_name, None, DEFAULT_LIMITS).hash(thaw(frozen))


class _Transformer:
    """One canonical form and one hash, for the document and for the options of its proof."""

    def __init__(
        self,
        canonicalization: Canonicalization,
        hash_name: str,
        contexts: Mapping[str, JSONObject] | None,
        limits: Limits,
    ) -> None:
        self.canonicalization = canonicalization
        self.hash_name = hash_name
        self._contexts = contexts
        self._limits = limits

    @property
    def is_ordinary(self) -> bool:
        """Whether nothing but the value decides on its hash."""
        return not self._contexts and self._limits is DEFAULT_LIMITS

    def hash(self, value: JSONObject) -> bytes:
        """Return the hash of the canonical form (§3.2.3, §3.2.4; §3.3.3, §3.3.4)."""
        if self.canonicalization == "jcs":
            text = jcs.canonicalize(value)
        else:
            dataset = jsonld.canonicalize(
                value, contexts=self._contexts, hash_name=self.hash_name, limits=self._limits, guarded=True
            )
            text = dataset.nquads.encode()
        digest: bytes = getattr(hashlib, self.hash_name)(text).digest()
        return digest

    def hash_or_error(self, value: JSONObject) -> bytes | DocumentError:
        """Return the hash, or why there is none."""
        try:
            return self.hash(value)
        except DocumentError as error:
            return error
