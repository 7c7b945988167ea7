"""What a proof covers, laid open: against the W3C's vectors, which give every step."""

from __future__ import annotations

import hashlib

import pytest

from microcred import DocumentError
from microcred.json import JSONObject
from microcred.jsonld import canonicalize, explain
from tests.make import badge
from tests.signing.test_vectors import EXAMPLES
from tests.support import SHARED, load_json

VECTORS = SHARED / "vectors/w3c-vc-di-eddsa/eddsa-rdfc-2022"
needs_vectors = pytest.mark.skipif(not VECTORS.exists(), reason=f"the W3C's vectors are not at {VECTORS}")


@needs_vectors
def test_an_explanation_is_what_the_w3c_says_is_hashed() -> None:
    found = explain(load_json(VECTORS / "signedDataInt.json"), contexts=EXAMPLES)
    ((options, options_hash),) = found.proofs
    assert found.document.nquads == (VECTORS / "canonDocDataInt.txt").read_text()
    assert found.document_hash == (VECTORS / "docHashDataInt.txt").read_text()
    assert options.nquads == (VECTORS / "proofCanonDataInt.txt").read_text()
    assert options_hash == (VECTORS / "proofHashDataInt.txt").read_text()


@needs_vectors
def test_an_explanation_as_text_holds_every_line_and_hash() -> None:
    text = str(explain(load_json(VECTORS / "signedDataInt.json"), contexts=EXAMPLES))
    for name in ("canonDocDataInt", "docHashDataInt", "proofCanonDataInt", "proofHashDataInt"):
        assert (VECTORS / f"{name}.txt").read_text() in text


def test_an_unsigned_document_is_explained_under_another_hash() -> None:
    found = explain(badge(), hash_name="sha384")
    assert found.proofs == ()
    assert found.document_hash == hashlib.sha384(found.document.nquads.encode()).hexdigest()


@pytest.mark.parametrize("change", [{"undefined": 1}, {"proof": "text"}, {"proof": {"undefined": 1}}])
def test_what_no_proof_would_cover_is_refused(change: JSONObject) -> None:
    with pytest.raises(DocumentError):
        explain({**badge(), **change})


def test_what_a_caller_nests_without_end_is_refused() -> None:
    deep: JSONObject = {"name": "x"}
    for _ in range(2000):
        deep = {"credentialSubject": deep}
    with pytest.raises(DocumentError):
        canonicalize({**badge(), **deep})
