"""Every bound on size, depth, time and work, in one frozen dataclass. Names carry their units."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["DEFAULT_LIMITS", "Limits"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Bound what a hostile document can cost; each default says why."""

    max_document_bytes: int = 4 * 1024 * 1024
    """UTF-8 bytes of one document or JWT: a badge is 2 to 20 kB; this leaves room for images in ``data:`` URLs."""
    max_json_depth: int = 64
    """Nested arrays and objects: an endorsed, accredited CLR stays below 20."""
    max_json_values: int = 100_000
    """Values (objects, arrays, strings, numbers …) in one document: a transcript with 500 badges has about 50,000."""
    max_problems: int = 200
    """Problems that one DocumentError lists; the rest is cut, since nobody reads them."""
    max_contexts: int = 32
    """Entries of one ``@context``: real credentials have two to five."""
    max_context_terms: int = 200_000
    """Terms that the contexts of one document define, those of types and properties included: credentials have some
    hundred, since equal contexts count once."""
    max_context_applications: int = 1_000
    """How often contexts are processed for one document of the rare kind that goes through PyLD, which does so for each
    object with a type."""
    max_quads: int = 200_000
    """RDF statements of one document."""
    max_canonical_characters: int = 32 * 1024 * 1024
    """Characters of the canonical N-Quads of one document: an id is written again in each statement about it."""
    max_canonicalization_steps: int = 50_000
    """Work units of RDFC-1.0 beyond its linear part (§4.4.3 step 5): ordinary credentials need none or a few dozen,
    poison graphs need factorially many. The bound stops them in well under a second."""
    max_canonicalization_depth: int = 128
    """How far RDFC-1.0 follows objects without an id that look alike (§4.8.3): a list of so many equal values."""
    max_statements: int = 2_000
    """Statements of one document that a holder can show or hide one by one: an ordinary badge has about fifty, one with
    many results and endorsements some hundred. Each can cost a verifier a signature check (ecdsa-sd-2023)."""
    max_proofs: int = 16
    """Proofs in one document: each costs a canonicalisation of its options and a signature check."""
    max_keys: int = 256
    """Keys of one key set or DID document: an institution that rotates yearly has a few dozen."""
    max_credentials: int = 100
    """Credentials in one presentation: each costs about as much as one by itself."""
    max_status_list_bytes: int = 16 * 1024 * 1024
    """Bytes of one status list, decompressed: 134 million entries; an empty list of that length is 16 kB of GZIP."""
    max_fetches: int = 64
    """Network requests that one verification may ask for."""


DEFAULT_LIMITS = Limits()
"""The limits that every call uses unless it is given others."""
