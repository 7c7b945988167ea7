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
    max_image_bytes: int = 16 * 1024 * 1024
    """Bytes of a picture that holds a credential: badges have 10 to 500 kB."""
    max_image_texts: int = 256
    """Texts in one picture, of which one is the credential: programs write a handful."""
    max_image_depth: int = 1_000
    """Elements of an SVG inside each other: drawings have 10 to 20."""
    max_status_list_bytes: int = 16 * 1024 * 1024
    """Bytes of one status list, decompressed: 134 million entries; an empty list of that length is 16 kB of GZIP."""
    max_schema_steps: int = 2_000_000
    """Steps of holding the credentials of one verification against their schemas, about a microsecond each: a badge
    takes some thousand, a transcript with 500 badges 350,000, and the official schema itself, once, 100,000."""
    max_schema_depth: int = 128
    """Schemas that are applied inside one another: the official ones lead 40 deep."""
    max_fetches: int = 64
    """Network requests that one verification may ask for."""
    max_federation_entities: int = 16
    """Entities that are asked to find one trust chain, the issuer included: real ones have one or two superiors, on
    three levels. Each costs two requests."""
    max_bundle_bytes: int = 64 * 1024 * 1024
    """UTF-8 bytes of one verification bundle: most have 2 to 100 kB; with many large status lists it is some 10 MB."""
    max_url_characters: int = 2_048
    """Characters of a URL that is fetched: what browsers and servers commonly take."""
    max_redirects: int = 5
    """Redirects that are followed for one request: www, a new name and a content network need three."""
    max_fetch_seconds: float = 10.0
    """Seconds of one request, from the look-up of the host name to the last byte, with redirects and a second try:
    servers answer in one or two, and somebody waits."""
    max_response_bytes: int = 4 * 1024 * 1024
    """Bytes of one response, as sent and unpacked: a status list for a million credentials has about 200 kB."""
    max_response_chunks: int = 50_000
    """Pieces of one response: each costs some microseconds, be it a byte; in one of the full size they have 80."""
    max_header_bytes: int = 32 * 1024
    """Bytes of the headers of one response: servers themselves take 8 to 16 kB."""
    max_connections: int = 32
    """Connections, and requests under way, of one fetcher: each has a thread."""
    max_cache_bytes: int = 32 * 1024 * 1024
    """Bytes of all responses that one fetcher remembers: thousands of keys, or some hundred status lists."""
    max_cache_entries: int = 1_000
    """Responses that one fetcher remembers, and as many failures."""
    max_cache_seconds: int = 3_600
    """Seconds for which a response is served again without asking, whatever the server says: so long a key that was
    withdrawn, or a credential that was revoked, can stay unnoticed."""
    max_failure_seconds: int = 300
    """Seconds for which a server is not asked again after a failure, when it says how long; otherwise it is 10."""


DEFAULT_LIMITS = Limits()
"""The limits that every call uses unless it is given others."""
