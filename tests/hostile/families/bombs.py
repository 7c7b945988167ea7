"""Documents that are short, and long to judge."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from microcred.encoding import base64url_encode
from tests.hostile import forge
from tests.hostile.corpus import Family, Parts
from tests.hostile.forge import BADGES, CREDENTIALS, ISSUER, badge, header, payload, signed, token

_UNREADABLE = "data_model PARSING_ERROR"
_COMPLEX = "proof TOO_COMPLEX"
_WRONG = "proof PROOF_VERIFICATION_ERROR"


def families() -> Iterator[Family]:
    family = Family(
        "bombs",
        "Short, and long to judge",
        "RDFC-1.0 §7.1; RFC 8259 §9; JSON-LD 1.1 §C",
        {"trusted": [ISSUER.did], "at": forge.AT},
    )
    document = signed()
    text = json.dumps(document)
    family.good("control", "a document of ordinary work", document)
    _graphs(family, document)
    head = text[:-1]
    types = text.replace('"AchievementCredential"', '"AchievementCredential"|', 1).split("|")
    subjects = json.dumps({**document, "credentialSubject": [document["credentialSubject"], "|"]}).split(', "|"')
    for name, why, parts, code in (
        (
            "depth",
            "objects in objects, ten thousand deep",
            [head, ', "x": ', ['{"a": ', 10_000], "1", ["}", 10_000], "}"],
            _UNREADABLE,
        ),
        (
            "depth-allowed",
            "as deep as may be, many times",
            [head, ', "x": [', ["[" * 55 + "]" * 55 + ",", 1000], "1]}"],
            "proof PROOF_TRANSFORMATION_ERROR",
        ),
        ("names", "a hundred thousand names alike", [head, [', "a": 1', 100_000], "}"], _UNREADABLE),
        ("escapes", "text of escapes", [head, ', "x": "', ["\\u0041", 800_000], '"}'], _UNREADABLE),
        (
            "text",
            "text of three million letters",
            [head, ', "x": "', ["a", 3_000_000], '"}'],
            "proof PROOF_TRANSFORMATION_ERROR",
        ),
        ("types", "ten thousand types", [types[0], [', "EndorsementCredential"', 10_000], types[1]], _WRONG),
        (
            "proofs",
            "a thousand proofs",
            [
                '{"proof": [',
                [json.dumps(document["proof"]) + ",", 1_000],
                json.dumps(document["proof"]),
                "], ",
                json.dumps(badge())[1:],
            ],
            _WRONG,
        ),
        (
            "statuses",
            "two thousand statuses",
            [
                '{"credentialStatus": [',
                [json.dumps(forge.entry()) + ",", 2_000],
                json.dumps(forge.entry()),
                "], ",
                text[1:],
            ],
            _WRONG,
        ),
        ("subjects", "two thousand subjects", [subjects[0], [", {}", 2_000], subjects[1]], _WRONG),
        (
            "contexts",
            "ten thousand contexts",
            [
                '{"@context": [',
                [f'"{CREDENTIALS}",', 10_000],
                f'"{BADGES}"], ',
                text[1:].replace('"@context"', '"x"', 1),
            ],
            "proof PROOF_TRANSFORMATION_ERROR",
        ),
        (
            "base58",
            "a signature of a million letters",
            [text.split('"z', 1)[0] + '"z', ["2", 1_000_000], '"}}'],
            _WRONG,
        ),
        (
            "method",
            "a key of a million letters",
            [
                text.split('"verificationMethod": "', 1)[0] + '"verificationMethod": "did:key:z',
                ["2", 1_000_000],
                '", "proofValue": "z2"}}',
            ],
            "proof INVALID_VERIFICATION_METHOD",
        ),
    ):
        family.bad(name, why, Parts(parts), code)
    dots = Parts([["ey.", 1_000_000]])
    family.bad("dots", "a million dots", dots, _UNREADABLE)
    tildes = Parts([token(header(typ="vc+sd-jwt"), payload()) + "~", [forge.disclosure("s", "a", 1) + "~", 150_000]])
    family.bad("disclosures", "150,000 Disclosures", tildes, _UNREADABLE)
    spaces = Parts(["ey", [" ", 2_000_000], ".."])
    family.bad("spaces", "a token of blanks", spaces, _UNREADABLE)
    big = token(header(), b'{"a": [' + b"[" * 70 + b"]" * 70 + b"]}")
    family.bad("jwt-depth", "a token that is nested deeply", big, _UNREADABLE)
    huge = base64url_encode(b"\xff" * 3_000)
    odd: dict[str, Any] = {**forge.RSA_2048.jwk, "n": huge}
    family.bad(
        "rsa-modulus",
        "a key with a very long number",
        token(header(alg="RS256", kid=None, jwk=odd), payload(badge("https://example.edu/1")), bytes(256)),
        "issuer ISSUER_NOT_TRUSTED",
    )
    yield family


def _graphs(family: Family, document: dict[str, Any]) -> None:
    """Graphs whose nodes look alike."""
    twins = {"type": "Evidence", "name": "a"}
    for name, why, evidence, code in (
        ("twins", "three thousand nodes that look alike", [twins] * 3000, _WRONG),
        (
            "chains",
            "chains of nodes that look alike",
            [{"type": "Evidence", "https://example.org/p": {"https://example.org/p": {"https://example.org/p": {}}}}]
            * 300,
            _WRONG,
        ),
        (
            "nested-twins",
            "nodes that look alike, in nodes that look alike",
            [
                {
                    "type": "Evidence",
                    "https://example.org/p": [{"https://example.org/p": [{"https://example.org/p": "x"}] * 15}] * 15,
                }
            ]
            * 15,
            _COMPLEX,
        ),
    ):
        parts = json.dumps(document)[:-1] + ', "evidence": ' + json.dumps(evidence[:1])[:-1]
        given = Parts([parts, [", " + json.dumps(evidence[0]), len(evidence) - 1], "]}"])
        family.bad(name, why, given, code)
    # A clique of blank nodes: every one meets every other.
    clique = [
        {"id": f"_:n{i}", "type": "Evidence", "https://example.org/p": [{"id": f"_:n{j}"} for j in range(10) if j != i]}
        for i in range(10)
    ]
    family.bad(
        "clique",
        "ten nodes, each of which names all others: factorially many ways",
        {**document, "evidence": clique},
        _COMPLEX,
    )
    deep: dict[str, Any] = {"@id": "urn:a", "@context": {}}
    for number in range(15):
        deep = {
            "@id": "urn:a",
            "@context": {"a": deep, "b": deep, f"c{number}": "urn:c"} if number < 2 else {"a": deep},
        }
    family.unsure(
        "contexts-inside",
        "contexts in contexts",
        {**document, "@context": [CREDENTIALS, BADGES, {"a": deep}]},
        "proof UNSUPPORTED",
    )
    prefixes = {f"p{i}": f"p{i - 1}:{'x' * 50}" if i else "urn:x" for i in range(300)}
    family.bad(
        "prefixes",
        "prefixes of prefixes",
        {**document, "@context": [CREDENTIALS, BADGES, prefixes], "p299:a": "x"},
        _WRONG,
    )
