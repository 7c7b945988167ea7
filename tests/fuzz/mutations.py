"""Strategies that damage what is good: JSON member by member, text and bytes piece by piece."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from hypothesis import strategies as st

from microcred.json import JSONObject, JSONValue
from tests.strategies import node_at, walk

# What programs stumble over, and what they look for.
WORDS = [
    *("@context", "@type", "@id", "@graph", "@value", "@list", "@set", "@nest", "@included", "@reverse", "@vocab"),
    *("type", "id", "issuer", "holder", "proof", "kid", "alg", "jwk", "cnf", "_sd", "...", "_sd_alg", "status"),
    *("credentialStatus", "statusListIndex", "statusListCredential", "encodedList", "validUntil", "keys", "vc", "vp"),
    *("proofValue", "cryptosuite", "previousProof", "endorsement", "endorsementJwt", "verifiableCredential"),
    *("VerifiableCredential", "VerifiablePresentation", "EnvelopedVerifiableCredential", "DataIntegrityProof"),
    *("eddsa-rdfc-2022", "eddsa-jcs-2022", "ecdsa-sd-2023", "bbs-2023", "none", "HS256", "EdDSA", "crit", "b64"),
    *("did:key:z", "did:web:", "did:jwk:", "https://", "data:application/vc+jwt,", "urn:a:b", "_:b0", "#key-1"),
    *("2026-05-01T09:30:00Z", "9999-12-31T24:00:00Z", "0000-00-00T00:00:00Z", "-1", "1e400", "__proto__"),
    *("\0", "\ufeff", "\u202e", "\ud7ff", "\uffff", "\U0010ffff", "é", "e\u0301", "", " ", "\n", '"', "\\", "/"),
    *("~", ".", "~1", "%2e%2e", "%00", "verificationMethod"),
]
NUMBERS = [0, -0.0, 1, -1, 2**31, 2**53 + 1, 2**63, -(2**64), 10**400, 1e308, 5e-324, 0.1]
words = st.sampled_from(WORDS)
leaves: st.SearchStrategy[JSONValue] = st.one_of(
    words, st.text(max_size=20), st.sampled_from(NUMBERS), st.integers(), st.none(), st.booleans()
)
values: st.SearchStrategy[JSONValue] = st.one_of(
    leaves,
    st.lists(leaves, max_size=3),
    st.dictionaries(words, leaves, max_size=3),
    # Copies, since what is drawn may be damaged in turn.
    st.sampled_from([[], {}, [[]], [{}], {"": None}, [None], {"id": "urn:a:b"}, {"@value": "x"}]).map(deepcopy),
)
ODD_BYTES = [
    b"\0",
    b"\xff",
    b"\xc0\xaf",
    b"\xed\xa0\x80",
    b"\xef\xbb\xbf",
    b"~",
    b".",
    b'"',
    b"{",
    b"[",
    b"\\u",
    b"\xf6",
]


@st.composite
def damaged_json(draw: st.DrawFn, document: JSONValue, most: int = 3) -> JSONValue:
    """Return a copy in which up to so many members are others, gone, doubled, or under another name."""
    copied = deepcopy(document)
    for _ in range(draw(st.integers(1, most))):
        places = [path for path, _ in walk(copied) if path]
        if not places:
            return draw(values)
        *way, last = draw(st.sampled_from(places))
        node: Any = node_at(copied, tuple(way)) if isinstance(copied, dict | list) else None
        _damage(draw, node, last)
    return copied


def _damage(draw: st.DrawFn, node: Any, last: str | int) -> None:
    action = draw(st.sampled_from(["value", "value", "gone", "wrapped", "unwrapped", "renamed", "added", "text"]))
    value = node[last]
    if action == "value":
        node[last] = draw(values)
    elif action == "gone":
        del node[last]
    elif action == "wrapped":
        node[last] = draw(st.sampled_from([[value], [value, value], {"@value": value}, {"id": value}]))
    elif action == "unwrapped" and isinstance(value, list) and value:
        node[last] = value[0]
    elif action == "renamed" and isinstance(node, dict):
        node[draw(words)] = node.pop(last)
    elif action == "added" and isinstance(value, dict):
        value[draw(words)] = draw(values)
    elif action == "added" and isinstance(value, list):
        value.append(draw(values))
    elif isinstance(value, str):
        node[last] = draw(damaged_text(value))


@st.composite
def damaged_text(draw: st.DrawFn, text: str) -> str:
    """Return text of which a piece is another, gone, doubled, or elsewhere."""
    start = draw(st.integers(0, len(text)))
    end = draw(st.integers(start, min(len(text), start + draw(st.sampled_from([0, 1, 4, 50, 10**6])))))
    piece = text[start:end]
    put = draw(st.one_of(words, st.text(max_size=3), st.sampled_from(["", piece * 2, piece[::-1], piece.swapcase()])))
    return text[:start] + put + text[end:]


@st.composite
def damaged_bytes(draw: st.DrawFn, data: bytes, most: int = 3) -> bytes:
    """Return bytes of which up to so many pieces are others, gone, doubled, or have another bit."""
    for _ in range(draw(st.integers(1, most))):
        start = draw(st.integers(0, len(data)))
        end = draw(st.integers(start, min(len(data), start + draw(st.sampled_from([0, 1, 4, 50, 10**6])))))
        piece = data[start:end]
        bit = bytes([piece[0] ^ 1 << draw(st.integers(0, 7))]) + piece[1:] if piece else b""
        put = draw(
            st.one_of(st.sampled_from(ODD_BYTES), st.binary(max_size=4), st.sampled_from([b"", piece * 2, bit, bit]))
        )
        data = data[:start] + put + data[end:]
    return data


def as_object(value: JSONValue) -> JSONObject:
    """Return what may have become something else as an object."""
    return value if isinstance(value, dict) else {"value": value}
