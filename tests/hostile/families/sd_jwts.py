"""SD-JWTs: Disclosures that are not the issuer's, and holders that are not the holder."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from microcred.encoding import base64url_encode
from tests.hostile import forge
from tests.hostile.corpus import Family
from tests.hostile.forge import HOLDER, ISSUER, STRANGER, badge, digest, disclosure, header, hmac_of, part, token

_UNREADABLE = "data_model PARSING_ERROR"
_MALFORMED = "data_model MALFORMED_VALUE_ERROR"
_FOREIGN = "data_model PROOF_VERIFICATION_ERROR"
_WRONG = "proof PROOF_VERIFICATION_ERROR"
_EVIDENCE = {"id": "https://example.org/e", "type": ["Evidence"], "name": "Project"}
_NOW = forge.seconds(forge.AT)


def families() -> Iterator[Family]:
    yield _disclosures()
    yield _key_binding()


def _payload(**more: Any) -> dict[str, Any]:
    return forge.without_none({**badge(), "cnf": {"jwk": HOLDER.jwk}, **more})


def _jwt(content: dict[str, Any], key: forge.Key = ISSUER, **more: Any) -> str:
    return token(header(key, typ="vc+sd-jwt", **more), content, key)


_ONE = disclosure("c2FsdC1vbmUtb2YtdHdv", "evidence", [_EVIDENCE])
_NARRATIVE = disclosure("c2FsdC1uYXJyYXRpdmU", "narrative", "Passed the final project.")
_DEGREE = disclosure("c2FsdC1tYWxsb3J5", "name", "Doctor of Medicine")


def _with(digests: Any, *disclosures: str, **more: Any) -> str:
    """Return an SD-JWT with digests beside the members, and one in the criteria."""
    content = _payload(_sd=digests, **more)
    # Without the second Disclosure, an id is what the criteria have.
    content["credentialSubject"]["achievement"]["criteria"] = {
        "id": "https://example.edu/c",
        "_sd": [digest(_NARRATIVE)],
    }
    return "~".join([_jwt(content), *disclosures, ""])


def _disclosures() -> Family:
    family = Family("sd-jwt", "Disclosures that the issuer did not make", "RFC 9901 §7.1", {"trusted": [ISSUER.did]})
    one = [digest(_ONE)]
    family.good("control", "both Disclosures", _with(one, _ONE, _NARRATIVE))
    family.good("decoy", "a digest that stands for nothing", _with([*one, digest("decoy")], _ONE, _NARRATIVE))
    family.good("withheld", "one is withheld", _with(one, _NARRATIVE))
    family.good("sha-512", "another hash", _sha512())
    changed = disclosure("c2FsdC1uYXJyYXRpdmU", "narrative", "Was excellent.")
    spaced = base64url_encode(
        json.dumps(["c2FsdC1uYXJyYXRpdmU", "narrative", "Passed the final project."], indent=1).encode()
    )
    for name, why, given in (
        ("changed", "a Disclosure was changed", _with(one, _ONE, changed)),
        ("foreign", "a Disclosure of something else", _with(one, _ONE, _NARRATIVE, _DEGREE)),
        ("foreign-only", "nothing but a Disclosure of something else", _with(one, _DEGREE)),
        ("twice", "a Disclosure comes twice", _with(one, _ONE, _ONE, _NARRATIVE)),
        ("spelling", "the same contents in another spelling", _with(one, _ONE, spaced)),
        ("salt", "another salt", _with(one, _ONE, disclosure("b3RoZXI", "narrative", "Passed the final project."))),
        ("no-digests", "there are no digests at all", "~".join([_jwt(_payload()), _ONE, ""])),
        ("undisclosed-parent", "what is around it was withheld", _nested_without_parent()),
    ):
        family.bad(name, why, given, _FOREIGN)
    for name, why, digests, more in (
        ("digest-twice", "a digest is there twice", one * 2, [_ONE, _NARRATIVE]),
        ("digest-in-both", "a digest is in two places", [*one, digest(_NARRATIVE)], [_ONE, _NARRATIVE]),
        ("digests-text", "_sd is text", digest(_ONE), [_ONE, _NARRATIVE]),
        ("digests-number", "_sd has a number", [1], [_NARRATIVE]),
        (
            "two-parts",
            "a Disclosure of an element among members",
            [digest(disclosure("s", "x"))],
            [disclosure("s", "x"), _NARRATIVE],
        ),
        (
            "four-parts",
            "a Disclosure of four parts",
            [digest(disclosure("s", "a", 1, 2))],
            [disclosure("s", "a", 1, 2), _NARRATIVE],
        ),
        (
            "salt-number",
            "a salt that is a number",
            [digest(disclosure(1, "evidence", []))],
            [disclosure(1, "evidence", []), _NARRATIVE],
        ),
        (
            "name-number",
            "a name that is a number",
            [digest(disclosure("s", 1, 1))],
            [disclosure("s", 1, 1), _NARRATIVE],
        ),
        (
            "name-sd",
            "a member called _sd",
            [digest(disclosure("s", "_sd", ["x"]))],
            [disclosure("s", "_sd", ["x"]), _NARRATIVE],
        ),
        (
            "name-dots",
            "a member called ...",
            [digest(disclosure("s", "...", "x"))],
            [disclosure("s", "...", "x"), _NARRATIVE],
        ),
        (
            "overwrites",
            "a member that is there already",
            [digest(disclosure("s", "issuer", STRANGER.did))],
            [disclosure("s", "issuer", STRANGER.did), _NARRATIVE],
        ),
        (
            "overwrites-other",
            "two members of one name",
            [digest(disclosure("s", "evidence", [])), *one],
            [disclosure("s", "evidence", []), _ONE, _NARRATIVE],
        ),
        (
            "context",
            "the contexts are disclosed",
            [digest(disclosure("s", "@context", []))],
            [disclosure("s", "@context", []), _NARRATIVE],
        ),
        ("object", "a Disclosure that is an object", [digest(part({"a": 1}))], [part({"a": 1}), _NARRATIVE]),
    ):
        family.bad(name, why, _with(digests, *more), _MALFORMED)
    elements = {"evidence": [{"...": digest(disclosure("s", _EVIDENCE)), "more": 1}]}
    family.bad(
        "element-more", "members beside the digest of an element", _with(one, _NARRATIVE, **elements), _MALFORMED
    )
    family.bad(
        "element-three",
        "a Disclosure of a member in place of an element",
        _with([], _ONE, _NARRATIVE, evidence=[{"...": digest(_ONE)}]),
        _MALFORMED,
    )
    family.bad(
        "element-number",
        "an element whose digest is a number",
        _with([], _NARRATIVE, evidence=[{"...": 1}]),
        _MALFORMED,
    )
    family.bad(
        "dots-outside", "... where there is no list", _with(one, _NARRATIVE, evidence={"...": "x", "a": 1}), _MALFORMED
    )
    family.bad(
        "algorithm-inside",
        "_sd_alg is not at the top",
        _with([], _NARRATIVE, evidence=[{**_EVIDENCE, "_sd_alg": "sha-256"}]),
        _MALFORMED,
    )
    for name, algorithm in (
        ("md5", "md5"),
        ("sha-1", "sha-1"),
        ("short", "sha-256-32"),
        ("none", "none"),
        ("case", "SHA-256"),
        ("empty", ""),
    ):
        family.unsure(
            f"hash-{name}",
            "a hash that is not accepted",
            _with(one, _ONE, _NARRATIVE, _sd_alg=algorithm),
            "data_model UNSUPPORTED",
        )
    family.bad("hash-number", "a hash that is a number", _with(one, _ONE, _NARRATIVE, _sd_alg=1), _MALFORMED)
    good = _with(one, _ONE, _NARRATIVE)
    for name, why, given in (
        ("no-tilde", "no tilde at the end", good[:-1]),
        ("tilde-twice", "two tildes", good.replace("~", "~~", 1)),
        ("not-base64url", "a Disclosure that is no base64url", _with([digest("*")], "*")),
        ("not-json", "a Disclosure that is no JSON", _with([digest(part(b"x"))], part(b"x"))),
        (
            "duplicate-name",
            "a Disclosure with two members of one name",
            _with([digest(part(b'["s", "evidence", {"a": 1, "a": 2}]'))], part(b'["s", "evidence", {"a": 1, "a": 2}]')),
        ),
        ("letters", "letters beyond ASCII", good + "é~"),
    ):
        family.bad(name, why, given, _UNREADABLE)
    deep: list[Any] = []
    for _ in range(80):
        deep = [deep]
    endless = disclosure("s", "evidence", deep)
    family.bad("deep", "a Disclosure that is nested deeply", _with([digest(endless)], endless), _UNREADABLE)
    family.bad(
        "stranger",
        "the digests of a stranger",
        "~".join([token(header(STRANGER, typ="vc+sd-jwt"), _payload(), STRANGER), ""]),
        "proof INVALID_VERIFICATION_METHOD",
    )
    family.bad("cut-signature", "a payload that was changed", good.replace(".", ".e", 1), _UNREADABLE)
    other = good.split("~", 1)
    family.bad(
        "other-payload",
        "the signature of another SD-JWT",
        f"{other[0].rsplit('.', 1)[0]}.{_jwt(_payload()).rsplit('.', 1)[1]}~{other[1]}",
        _WRONG,
    )
    for algorithm, code in (
        ("none", "proof CRYPTOGRAPHIC_SECURITY_ERROR"),
        ("HS256", "proof CRYPTOGRAPHIC_SECURITY_ERROR"),
    ):
        signer: Any = b"x" if algorithm == "none" else hmac_of(ISSUER.public)
        family.bad(
            f"alg-{algorithm.lower()}",
            f"the algorithm {algorithm}",
            token(header(typ="vc+sd-jwt", alg=algorithm), _payload(), signer) + "~",
            code,
        )
    family.unsure(
        "status",
        "a status in a claim, which nobody has looked at",
        "~".join([_jwt(_payload(status={"status_list": {"idx": 0, "uri": "https://example.edu/1"}})), ""]),
        "credential_status UNSUPPORTED",
    )
    return family


def _sha512() -> str:
    content = _payload(_sd=[digest(_ONE, "sha512")], _sd_alg="sha-512")
    return "~".join([_jwt(content), _ONE, ""])


def _nested_without_parent() -> str:
    inner = disclosure("s2", "name", "Project")
    outer = disclosure(
        "s1", "evidence", [{"id": "https://example.org/e", "type": ["Evidence"], "_sd": [digest(inner)]}]
    )
    return "~".join([_jwt(_payload(_sd=[digest(outer)])), inner, ""])


def _key_binding() -> Family:
    ask = {"trusted": [ISSUER.did], "challenge": "1234", "domain": "https://verifier.example"}
    family = Family("key-binding", "Whoever shows an SD-JWT must hold the key in it", "RFC 9901 §7.3", ask)
    issued = _with([digest(_ONE)], _ONE, _NARRATIVE)
    family.good("control", "the holder shows it", issued + _binding(issued), kind="presentation")
    wrong = "proof PROOF_VERIFICATION_ERROR"
    less = _with([digest(_ONE)], _NARRATIVE)
    for name, why, given, code in (
        ("none", "nobody shows it", issued, wrong),
        ("stranger", "somebody else shows it", issued + _binding(issued, STRANGER), wrong),
        ("issuer", "the issuer shows it", issued + _binding(issued, ISSUER), wrong),
        (
            "nonce",
            "the answer to another question",
            issued + _binding(issued, nonce="1233"),
            "proof INVALID_CHALLENGE_ERROR",
        ),
        (
            "nonce-number",
            "a number in place of text",
            issued + _binding(issued, nonce=1234),
            "proof INVALID_CHALLENGE_ERROR",
        ),
        ("nonce-absent", "no answer", issued + _binding(issued, nonce=None), "proof INVALID_CHALLENGE_ERROR"),
        (
            "audience",
            "for somebody else",
            issued + _binding(issued, aud="https://other.example"),
            "proof INVALID_DOMAIN_ERROR",
        ),
        (
            "audience-slash",
            "for somebody whose name is nearly the same",
            issued + _binding(issued, aud="https://verifier.example/"),
            "proof INVALID_DOMAIN_ERROR",
        ),
        ("audience-absent", "for nobody", issued + _binding(issued, aud=None), "proof INVALID_DOMAIN_ERROR"),
        ("hash", "the hash of nothing", issued + _binding(issued, sd_hash=digest("")), wrong),
        ("hash-absent", "no hash", issued + _binding(issued, sd_hash=None), wrong),
        ("more-disclosed", "more is shown than the holder showed", issued + _binding(less), wrong),
        ("less-disclosed", "less is shown than the holder showed", less + _binding(issued), wrong),
        ("other-credential", "of another credential of the same holder", issued + _binding(_with([])), wrong),
        ("future", "made in two minutes", issued + _binding(issued, iat=_NOW + 120), "proof NOT_YET_VALID"),
        ("old", "made an hour ago", issued + _binding(issued, iat=_NOW - 3600), "proof EXPIRED"),
        ("no-date", "made at no time", issued + _binding(issued, iat=None), "proof MALFORMED_VALUE_ERROR"),
        ("date-text", "made at a time in words", issued + _binding(issued, iat="now"), "proof MALFORMED_VALUE_ERROR"),
        ("expired", "it says that it has expired", issued + _binding(issued, exp=_NOW - 120), "proof EXPIRED"),
        ("type", "a token for something else", issued + _binding(issued, typ="JWT"), "proof MALFORMED_VALUE_ERROR"),
        (
            "type-absent",
            "a token that does not say what it is",
            issued + _binding(issued, typ=None),
            "proof MALFORMED_VALUE_ERROR",
        ),
        ("alg-none", "no signature", issued + _binding(issued, b"x", alg="none"), "proof CRYPTOGRAPHIC_SECURITY_ERROR"),
        (
            "alg-hs256",
            "the holder's public key is the secret of an HMAC",
            issued + _binding(issued, hmac_of(HOLDER.public), alg="HS256"),
            "proof CRYPTOGRAPHIC_SECURITY_ERROR",
        ),
        (
            "alg-es256",
            "another algorithm than that of the key",
            issued + _binding(issued, alg="ES256"),
            "proof CRYPTOGRAPHIC_SECURITY_ERROR",
        ),
    ):
        family.bad(name, why, given, code, kind="presentation")
    unbound = "~".join([_jwt(_payload(cnf=None)), ""])
    family.bad("no-key", "the issuer names no key of a holder", unbound + _binding(unbound), wrong, kind="presentation")
    own = "~".join([_jwt(_payload(cnf=None)), ""])
    embedded = own + _binding(own, jwk=HOLDER.jwk)
    family.bad("own-key", "the key stands in the header of the holder's token", embedded, wrong, kind="presentation")
    for name, confirmation, code in (
        ("kid", {"kid": HOLDER.method}, "UNSUPPORTED"),
        ("jku", {"jku": "https://evil.example/keys"}, "UNSUPPORTED"),
        ("symmetric", {"jwk": {"kty": "oct", "k": "AAAA"}}, "UNSUPPORTED"),
    ):
        given = "~".join([_jwt(_payload(cnf=confirmation)), ""])
        family.unsure(
            f"cnf-{name}",
            "the key of the holder is named in another way",
            given + _binding(given),
            f"proof {code}",
            kind="presentation",
        )
    family.bad(
        "cnf-text",
        "the key of the holder is text",
        (given := "~".join([_jwt(_payload(cnf="x")), ""])) + _binding(given),
        "proof MALFORMED_VALUE_ERROR",
        kind="presentation",
    )
    family.bad(
        "subject",
        "a credential that is about somebody else",
        issued + _binding(issued),
        "recipient RECIPIENT_MISMATCH",
        kind="presentation",
        holderIsSubject=True,
    )
    return family


def _binding(
    shown: str, signer: Any = HOLDER, *, typ: Any = "kb+jwt", alg: str = "EdDSA", jwk: Any = None, **changes: Any
) -> str:
    """Return a Key Binding JWT."""
    claims = {"iat": _NOW, "aud": "https://verifier.example", "nonce": "1234", "sd_hash": digest(shown)}
    return token(forge.without_none({"alg": alg, "typ": typ, "jwk": jwk}), forge.without_none(claims | changes), signer)
