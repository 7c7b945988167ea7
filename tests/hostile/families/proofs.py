"""The members of a proof, sets and chains of proofs, and proofs where none belong."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from microcred.encoding import base58_encode
from tests.hostile import forge
from tests.hostile.corpus import Family
from tests.hostile.forge import CREDENTIALS, HOLDER, ISSUER, P256, STRANGER, badge, changed, proof_of, secure, signed

_WRONG = "proof PROOF_VERIFICATION_ERROR"
_UNKNOWN = "proof UNSUPPORTED"
_MALFORMED = "data_model MALFORMED_VALUE_ERROR"
_METHOD = "proof INVALID_VERIFICATION_METHOD"


def families() -> Iterator[Family]:
    yield _options()
    yield _suites()
    yield _sets()


def _resigned(**members: Any) -> dict[str, Any]:
    """Return a badge whose proof covers its own odd members."""
    return {**badge(), "proof": proof_of(badge(), **members)}


def _options() -> Family:
    family = Family(
        "proof-options", "What a proof says of itself", "VC Data Integrity 1.0 §4.4", {"trusted": [ISSUER.did]}
    )
    document = secure(badge(), expires="2026-12-31T00:00:00Z", domain="example.com", challenge="1", nonce="n")
    family.good("control", "a good proof with all its options", document)
    family.good("no-created", "created need not be there", _resigned(created=None))
    for name, value in (
        ("created", "2026-05-01T10:00:01Z"),
        ("created", None),
        ("expires", "2027-12-31T00:00:00Z"),
        ("expires", None),
        ("domain", "example.org"),
        ("domain", None),
        ("challenge", "2"),
        ("nonce", "m"),
        ("nonce", None),
    ):
        word = "changed" if value else "removed"
        family.bad(f"{name}-{word}", f"{name} {word} after signing", changed(document, f"proof/{name}", value), _WRONG)
    family.bad("id-added", "an id added after signing", changed(document, "proof/id", "urn:proof:1"), _WRONG)
    for name, purpose in (
        ("authentication", "authentication"),
        ("key-agreement", "keyAgreement"),
        ("invocation", "capabilityInvocation"),
    ):
        why = f"signed, but for the purpose {purpose}"
        family.bad(
            f"purpose-{name}", why, _resigned(proofPurpose=purpose), _WRONG, standard="VC Data Integrity 1.0 §4.4 (5)"
        )
    for name, other in (
        ("absent", None),
        ("case", "AssertionMethod"),
        ("list", ["assertionMethod"]),
        ("number", 1),
        ("iri", "https://w3id.org/security#assertionMethod"),
        ("method", "assertion"),
    ):
        broken = changed(document, "proof/proofPurpose", other)
        family.bad(f"purpose-{name}", "not the text assertionMethod", broken, _WRONG)
    for name, method in (("absent", None), ("number", 7), ("list", [ISSUER.method]), ("empty", "")):
        broken = changed(document, "proof/verificationMethod", method)
        code = _WRONG if name != "empty" else "proof INVALID_VERIFICATION_METHOD"
        family.bad(f"method-{name}", "the key is not named by text", broken, code)
    embedded = {"id": ISSUER.method, "type": "Multikey", "publicKeyMultibase": STRANGER.multikey}
    broken = changed(document, "proof/verificationMethod", embedded)
    family.bad("method-embedded", "the key of a stranger stands in the proof itself", broken, _WRONG)
    for name, why, date in (
        ("past", "the proof has expired", "2026-05-02T00:00:00Z"),
        ("no-zone", "a date without a zone says nothing", "2027-05-02T00:00:00"),
    ):
        family.bad(f"expires-{name}", why, _resigned(expires=date), "proof EXPIRED")
    for name, date in (("words", "tomorrow"), ("date", "2027-01-01"), ("empty", "")):
        broken = changed(document, "proof/expires", date)
        family.bad(f"expires-{name}", "not a date and time", broken, _WRONG)
    family.bad(
        "expires-null", "null in place of a date", {**document, "proof": {**document["proof"], "expires": None}}, _WRONG
    )
    family.bad("created-words", "not a date and time", changed(document, "proof/created", "yesterday"), _WRONG)
    for name, proof in (
        ("null", None),
        ("text", "signed"),
        ("number", 1),
        ("empty", {}),
        ("list", []),
        ("lists", [[]]),
        ("texts", ["a"]),
    ):
        given = {**badge(), "proof": proof}
        family.bad(f"none-{name}", "no proof at all", given, _MALFORMED if name == "empty" else _WRONG)
    family.bad("none-absent", "not signed", badge(), _WRONG, standard="Open Badges 3.0 §8.1")
    hidden = {**badge(), "https://w3id.org/security#proof": {"@graph": document["proof"]}}
    family.bad("hidden-proof", "the proof under the IRI of its name, where nobody looks", hidden, _WRONG)
    wrapped = {**badge(), "proof": {"@graph": document["proof"]}}
    family.bad("graph-proof", "the proof in a graph of its own", wrapped, _MALFORMED)
    inner = changed(document, "proof/proof", signed()["proof"])
    family.bad(
        "proof-in-proof",
        "a proof inside the proof, which covers nothing of it",
        inner,
        "proof PROOF_TRANSFORMATION_ERROR",
    )
    own = changed(document, "proof/@context", [CREDENTIALS])
    family.bad("own-context", "the proof has contexts of its own, which nothing covers", own, _WRONG)
    return family


def _suites() -> Family:
    family = Family(
        "cryptosuites", "Which suite is meant", "VC Data Integrity 1.0 §3", {"trusted": [ISSUER.did, P256.did]}
    )
    document = signed()
    family.good("control", "a suite that is known", document)
    family.good("control-jcs", "another one", secure(badge(), suite="eddsa-jcs-2022"))
    for name, suite in (
        ("unknown", "unknown-2099"),
        ("case", "EdDSA-RDFC-2022"),
        ("space", "eddsa-rdfc-2022 "),
        ("dash", "eddsa\u2010rdfc\u20102022"),
        ("none", "none"),
        ("empty", ""),
        ("absent", None),
        ("other-lattice", "mldsa44-rdfc-2024"),
    ):
        broken = changed(document, "proof/cryptosuite", suite)
        family.unsure(name, "no suite that is known: it must not be taken for another", broken, _UNKNOWN)
    for name, kind in (
        ("type-case", "dataintegrityproof"),
        ("type-list", ["DataIntegrityProof"]),
        ("type-2018", "Ed25519Signature2018"),
        ("type-rsa", "RsaSignature2018"),
        ("type-jws", "JsonWebSignature2020"),
        ("type-iri", "https://w3id.org/security#DataIntegrityProof"),
    ):
        broken = changed(document, "proof/type", kind)
        family.unsure(name, "no type of proof that is known", broken, _UNKNOWN)
    for name, path, value in (
        ("list", "cryptosuite", ["eddsa-rdfc-2022"]),
        ("number", "cryptosuite", 2022),
        ("type-absent", "type", None),
    ):
        family.bad(name, "the suite is not named by text", changed(document, f"proof/{path}", value), _MALFORMED)
    jcs = secure(badge(), suite="eddsa-jcs-2022")
    as_rdfc = changed(jcs, "proof/cryptosuite", "eddsa-rdfc-2022")
    family.bad(
        "jcs-as-rdfc", "a signature over JSON, under the name of one over RDF", as_rdfc, _WRONG, control="control-jcs"
    )
    as_jcs = changed(document, "proof/cryptosuite", "eddsa-jcs-2022")
    family.bad("rdfc-as-jcs", "a signature over RDF, under the name of one over JSON", as_jcs, _WRONG)
    as_ecdsa = changed(document, "proof/cryptosuite", "ecdsa-rdfc-2019")
    code = "proof INVALID_VERIFICATION_METHOD"
    family.bad("eddsa-as-ecdsa", "a signature of Ed25519, under the name of ECDSA", as_ecdsa, code)
    as_2020 = changed(changed(document, "proof/type", "Ed25519Signature2020"), "proof/cryptosuite", None)
    family.bad("as-2020", "under the name of an older suite", as_2020, "proof PROOF_TRANSFORMATION_ERROR")
    for suite in ("ecdsa-sd-2023", "bbs-2023"):
        broken = changed(document, "proof/cryptosuite", suite)
        family.bad(f"as-{suite}", "under the name of a suite whose proofs have parts", broken, _METHOD)
    return family


def _chained() -> dict[str, Any]:
    """Return a badge with the proof of a notary, and a proof of the issuer that covers it."""
    first = proof_of(badge(), STRANGER, id="urn:proof:1")
    proof = forge.options(ISSUER, previousProof="urn:proof:1")
    data = forge.signed_bytes({**badge(), "proof": [first]}, proof)
    return {**badge(), "proof": [first, {**proof, "proofValue": "z" + base58_encode(ISSUER.sign(data))}]}


def _sets() -> Family:
    standard = "VC Data Integrity 1.0 §4.5"
    family = Family("proof-sets", "Several proofs", standard, {"trusted": [ISSUER.did]})
    document = signed()
    good = document["proof"]
    foreign = proof_of(badge(), STRANGER)
    broken = {**good, "proofValue": "z" + base58_encode(bytes(64))}
    chained = _chained()
    family.good("control", "a proof of the issuer, and one of somebody else", {**badge(), "proof": [foreign, good]})
    family.good("control-chain", "a proof of the issuer that covers one of a notary", chained)
    family.good("one-broken", "one good proof of the issuer suffices by default", {**badge(), "proof": [broken, good]})
    family.bad("strangers-only", "a good proof, by somebody else", {**badge(), "proof": [foreign, broken]}, _WRONG)
    family.bad(
        "stranger-alone",
        "a good proof, by somebody else",
        {**badge(), "proof": [foreign]},
        "proof INVALID_VERIFICATION_METHOD",
    )
    garbage = {**badge(), "proof": [None, 1, "a", [], {}]}
    family.bad("garbage", "a list of what is no proof", garbage, _WRONG)
    family.bad(
        "many",
        "more proofs than anybody makes",
        {**badge(), "proof": [{**foreign, "id": f"urn:p:{i}"} for i in range(20)]},
        _WRONG,
    )
    first, second = chained["proof"]
    family.bad(
        "chain-first-removed",
        "the proof that is covered was taken out",
        {**badge(), "proof": [second]},
        _WRONG,
        control="control-chain",
    )
    swapped = {**first, "created": "2026-05-01T10:00:09Z"}
    family.bad(
        "chain-first-changed",
        "the proof that is covered was changed",
        {**badge(), "proof": [swapped, second]},
        _WRONG,
        control="control-chain",
    )
    other = proof_of(badge(), HOLDER, id="urn:proof:1")
    family.bad(
        "chain-first-replaced",
        "the proof that is covered is that of somebody else",
        {**badge(), "proof": [other, second]},
        _WRONG,
        control="control-chain",
    )
    family.bad(
        "chain-first-twice",
        "two proofs have the id that is meant",
        {**badge(), "proof": [first, other, second]},
        _WRONG,
        control="control-chain",
    )
    unchained = {name: value for name, value in second.items() if name != "previousProof"}
    family.bad(
        "chain-unlinked",
        "the link to the first proof was taken out",
        {**badge(), "proof": [unchained]},
        _WRONG,
        control="control-chain",
    )
    for name, why, previous in (
        ("missing", "builds on a proof that is not there", "urn:proof:9"),
        ("number", "a number in place of an id", 1),
        ("object", "an object in place of an id", {"id": "urn:proof:1"}),
        ("list", "one of two is not there", ["urn:proof:1", "urn:proof:9"]),
    ):
        link = {**second, "previousProof": previous}
        family.bad(f"previous-{name}", why, {**badge(), "proof": [first, link]}, _WRONG, control="control-chain")
    itself = {**good, "id": "urn:proof:1", "previousProof": "urn:proof:1"}
    family.bad("circle-of-one", "builds on itself", {**badge(), "proof": [itself]}, _WRONG)
    ring = [{**good, "id": f"urn:p:{i}", "previousProof": f"urn:p:{(i + 1) % 16}"} for i in range(16)]
    family.bad("circle", "proofs that build on each other in a circle", {**badge(), "proof": ring}, _WRONG)
    web = [{**good, "id": f"urn:p:{i}", "previousProof": [f"urn:p:{j}" for j in range(i)]} for i in range(16)]
    family.bad(
        "everything-on-everything", "each builds on all before it: 32,768 ways", {**badge(), "proof": web}, _WRONG
    )
    return family
