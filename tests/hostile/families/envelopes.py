"""Envelopes in documents: ``data:`` URLs that hold something else than they say."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Any

from tests.hostile.corpus import Family
from tests.hostile.forge import CREDENTIALS, CREDENTIALS_V1, ISSUER, STRANGER, badge, cose, header, payload, token

_MALFORMED = "data_model MALFORMED_VALUE_ERROR"
_UNREADABLE = "data_model PARSING_ERROR"


def _enveloped(url: Any, **more: Any) -> dict[str, Any]:
    return {"@context": CREDENTIALS, "id": url, "type": "EnvelopedVerifiableCredential", **more}


def families() -> Iterator[Family]:
    family = Family("envelopes", "Envelopes that hold something else", "VCDM 2.0 §4.13", {"trusted": [ISSUER.did]})
    good = token(header(typ="vc+jwt"), payload(nbf=None))
    family.good("control", "a credential in its envelope", _enveloped(f"data:application/vc+jwt,{good}"))
    family.good("upper-case", "in other letters", _enveloped(f"DATA:Application/VC+JWT,{good}"))
    message = base64.b64encode(cose({1: -8, 4: ISSUER.method.encode()}, badge())).decode()
    family.good("control-cose", "a COSE message", _enveloped(f"data:application/vc+cose;base64,{message}"))
    forged = token(header(STRANGER), payload(), STRANGER)
    family.bad(
        "stranger",
        "a stranger signed",
        _enveloped(f"data:application/vc+jwt,{forged}"),
        "proof INVALID_VERIFICATION_METHOD",
    )
    named = _enveloped(
        f"data:application/vc+jwt,{token(header(STRANGER), payload(badge(STRANGER.did)), STRANGER)}",
        issuer=ISSUER.did,
        validFrom="2026-05-01T09:30:00Z",
        credentialSubject={"id": "did:example:learner"},
    )
    family.bad(
        "members-beside", "members beside the envelope say who the issuer is", named, "issuer ISSUER_NOT_TRUSTED"
    )
    expired = token(header(), payload(badge(validUntil="2026-05-02T00:00:00Z")))
    beside = _enveloped(f"data:application/vc+jwt,{expired}", validUntil="2099-01-01T00:00:00Z")
    family.bad("end-beside", "a later end beside the envelope", beside, "validity_period EXPIRED")
    for name, why, url, code in (
        ("https", "a web address", "https://example.edu/credential.jwt", _MALFORMED),
        ("file", "a file", "file:///etc/passwd", _MALFORMED),
        ("javascript", "a script", "javascript:alert(1)", _MALFORMED),
        ("no-comma", "no comma", f"data:application/vc+jwt;{good}", _MALFORMED),
        ("not-a-token", "no token", "data:application/vc+jwt,hello", _UNREADABLE),
        ("empty", "nothing", "data:application/vc+jwt,", _UNREADABLE),
        ("white-space", "white space in front", f"data:application/vc+jwt, {good}", _MALFORMED),
        ("line-feed", "a line feed behind", f"data:application/vc+jwt,{good}\n", _MALFORMED),
        ("presentation", "it says that it holds a presentation", f"data:application/vp+jwt,{good}", _MALFORMED),
        ("sd-jwt-as-jwt", "an SD-JWT under the name of a JWT", f"data:application/vc+jwt,{good}~", _UNREADABLE),
        ("cose-as-jwt", "a COSE message under the name of a JWT", f"data:application/vc+jwt,{message}", _UNREADABLE),
        (
            "jwt-as-cose",
            "a JWT under the name of a COSE message",
            f"data:application/vc+cose;base64,{good}",
            _UNREADABLE,
        ),
        ("number", "a number", 1, _MALFORMED),
        ("absent", "null", None, _MALFORMED),
        ("list", "a list", [f"data:application/vc+jwt,{good}"], _MALFORMED),
    ):
        family.bad(name, why, _enveloped(url), code)
    for name, why, url in (
        (
            "base64",
            "a token that is encoded once more",
            "data:application/vc+jwt;base64," + base64.b64encode(good.encode()).decode(),
        ),
        ("html", "a web page", "data:text/html,<script>alert(1)</script>"),
        ("no-type", "no media type", f"data:,{good}"),
        ("parameters", "parameters", f"data:application/vc+jwt;charset=utf-8,{good}"),
        ("json", "a credential without an envelope", "data:application/vc,%7B%7D"),
    ):
        family.unsure(name, why, _enveloped(url), "data_model UNSUPPORTED")
    escaped = good.replace(".", "%2E")
    family.bad("escaped", "the dots are percent-encoded", _enveloped(f"data:application/vc+jwt,{escaped}"), _UNREADABLE)
    inner = token(header(), {**_enveloped(f"data:application/vc+jwt,{good}"), "iss": ISSUER.did})
    family.bad(
        "nested",
        "an envelope in an envelope",
        _enveloped(f"data:application/vc+jwt,{inner}"),
        "issuer ISSUER_NOT_TRUSTED",
    )
    family.bad(
        "no-context",
        "no context",
        {"id": f"data:application/vc+jwt,{good}", "type": "EnvelopedVerifiableCredential"},
        _MALFORMED,
    )
    family.bad(
        "old-context",
        "the context of the Data Model 1.1",
        {**_enveloped(f"data:application/vc+jwt,{good}"), "@context": CREDENTIALS_V1},
        _MALFORMED,
    )
    family.bad(
        "both-types",
        "an envelope that is a presentation too",
        {
            **_enveloped(f"data:application/vc+jwt,{good}"),
            "type": ["EnvelopedVerifiablePresentation", "EnvelopedVerifiableCredential"],
        },
        _MALFORMED,
    )
    vp = token(
        header(typ="vp+jwt"), {"@context": [CREDENTIALS], "type": ["VerifiablePresentation"], "holder": ISSUER.did}
    )
    family.bad("holds-presentation", "it holds a presentation", _enveloped(f"data:application/vc+jwt,{vp}"), _MALFORMED)
    yield family
