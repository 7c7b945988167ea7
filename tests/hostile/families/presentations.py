"""Presentations: copies of what was shown before, holders that are not the holder, credentials that are not good."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests.hostile import forge
from tests.hostile.corpus import Family, Page
from tests.hostile.forge import (
    CREDENTIALS,
    CREDENTIALS_V1,
    HOLDER,
    ISSUER,
    STRANGER,
    changed,
    did_document,
    header,
    method_of,
    payload,
    secure,
    signed,
    token,
    without_none,
)

_CHALLENGE, _DOMAIN = "3f6c1d", "https://verifier.example"
_METHOD = "proof INVALID_VERIFICATION_METHOD"
_WRONG = "proof PROOF_VERIFICATION_ERROR"
_REPLAY = "proof INVALID_CHALLENGE_ERROR"
_ELSEWHERE = "proof INVALID_DOMAIN_ERROR"
_MALFORMED = "data_model MALFORMED_VALUE_ERROR"


def families() -> Iterator[Family]:
    yield _embedded()
    yield _jwts()


def mine(**changes: Any) -> dict[str, Any]:
    """Return a good credential about the holder."""
    return secure(changed(forge.badge(**changes), "credentialSubject/id", HOLDER.did))


def presentation(*credentials: Any, **changes: Any) -> dict[str, Any]:
    """Return an unsigned presentation."""
    document = {
        "@context": [CREDENTIALS],
        "type": ["VerifiablePresentation"],
        "holder": HOLDER.did,
        "verifiableCredential": list(credentials),
    }
    return without_none(document | changes)


def shown(document: dict[str, Any] | None = None, key: forge.Key = HOLDER, **options: Any) -> dict[str, Any]:
    """Return a presentation with the proof of its holder."""
    document = presentation(mine()) if document is None else document
    asked = {"proofPurpose": "authentication", "challenge": _CHALLENGE, "domain": _DOMAIN}
    return secure(
        document,
        key,
        "eddsa-jcs-2022" if "verifiableCredential" in document else "eddsa-rdfc-2022",
        **(asked | options),
    )


def _embedded() -> Family:
    ask = {"trusted": [ISSUER.did], "challenge": _CHALLENGE, "domain": _DOMAIN, "holderIsSubject": True}
    family = Family(
        "presentations",
        "Presentations that are not by the holder, here and now",
        "VC Data Integrity 1.0 §4.4; VCDM 2.0 §4.13",
        ask,
    )

    def bad(name: str, why: str, given: Any, code: str, **more: Any) -> None:
        family.bad(name, why, given, code, kind="presentation", **more)

    def good(name: str, why: str, given: Any, **more: Any) -> None:
        family.good(name, why, given, kind="presentation", **more)

    good("control", "the holder shows an own credential", shown())
    good("empty", "a presentation without credentials", shown(presentation()))
    for name, why, challenge in (
        ("other", "the answer to another question", "3f6c1e"),
        ("case", "in other letters", "3F6C1D"),
        ("part", "a part of it", "3f6c"),
        ("longer", "something behind it", "3f6c1d "),
        ("absent", "no answer", None),
        ("list", "a list with the answer in it", [_CHALLENGE]),
    ):
        bad(f"challenge-{name}", why, shown(challenge=challenge), _REPLAY)
    bad(
        "challenge-changed",
        "a copy of what was shown before, with the new question written in",
        changed(shown(challenge="old"), "proof/challenge", _CHALLENGE),
        _WRONG,
    )
    beside = {**shown(challenge=None), "challenge": _CHALLENGE}
    bad("challenge-beside", "the answer stands outside the proof", beside, _REPLAY)
    for name, why, domain in (
        ("other", "for somebody else", "https://other.example"),
        ("slash", "for somebody whose name is nearly the same", _DOMAIN + "/"),
        ("case", "in other letters", _DOMAIN.upper()),
        ("host", "the name without the scheme", "verifier.example"),
        ("two", "for two", [_DOMAIN, "https://other.example"]),
        ("prefix", "for a name that begins in the same way", _DOMAIN + ".evil.example"),
        ("absent", "for nobody", None),
    ):
        bad(f"domain-{name}", why, shown(domain=domain), _ELSEWHERE)
    bad("expired", "a proof that has expired", shown(expires="2026-05-31T00:00:00Z"), "proof EXPIRED")
    bad("purpose", "made for another purpose", shown(proofPurpose="assertionMethod"), _WRONG)
    bad("unsigned", "no proof", presentation(mine()), _WRONG)
    bad("stranger", "somebody else shows it", shown(key=STRANGER), _METHOD)
    bad("holder-swapped", "the holder was exchanged", {**shown(), "holder": STRANGER.did}, _METHOD)
    named = shown(presentation(mine(), holder=STRANGER.did), STRANGER)
    bad("of-somebody-else", "somebody shows the credential of somebody else", named, "recipient RECIPIENT_MISMATCH")
    bad(
        "no-holder",
        "somebody who is not named shows the credential of somebody else",
        shown(presentation(mine(), holder=None), STRANGER),
        "recipient RECIPIENT_MISMATCH",
    )
    bad(
        "holder-object",
        "a holder with another id inside",
        shown(presentation(mine(), holder={"id": HOLDER.did}), STRANGER),
        _METHOD,
    )
    for name, holder in (("number", 1), ("empty", ""), ("list", [HOLDER.did])):
        bad(f"holder-{name}", "no holder that can be told", shown(presentation(mine(), holder=holder)), _METHOD)
    added = shown()
    added["verifiableCredential"] = [*added["verifiableCredential"], mine()]
    bad("added", "a credential was added after the proof was made", added, _WRONG)
    bad("emptied", "the credential was taken out", {**shown(), "verifiableCredential": []}, _WRONG)
    bad(
        "type-added",
        "a presentation that is a credential too",
        shown(presentation(mine(), type=["VerifiablePresentation", "VerifiableCredential"])),
        _MALFORMED,
    )
    bad("credential", "a credential in place of a presentation", mine(), _MALFORMED)
    about = changed(mine(), "credentialSubject/achievement/name", "Doctor of Medicine")
    bad("inside-changed", "a credential in it was changed by its holder", shown(presentation(about)), _WRONG)
    bad("inside-second", "the second credential in it was changed", shown(presentation(mine(), about)), _WRONG)
    bad(
        "inside-expired",
        "a credential in it has expired",
        shown(presentation(mine(validUntil="2026-05-02T00:00:00Z"))),
        "validity_period EXPIRED",
    )
    bad(
        "inside-stranger",
        "a credential in it is by a stranger",
        shown(presentation(secure(changed(forge.badge(STRANGER.did), "credentialSubject/id", HOLDER.did), STRANGER))),
        "issuer ISSUER_NOT_TRUSTED",
    )
    bad(
        "inside-unsigned",
        "a credential in it is not signed",
        shown(presentation(changed(mine(), "proof", None))),
        _WRONG,
    )
    bad(
        "inside-other",
        "a credential in it is about somebody else",
        shown(presentation(mine(), signed())),
        "recipient RECIPIENT_MISMATCH",
    )
    two = mine()
    two = secure(
        {
            **{k: v for k, v in two.items() if k != "proof"},
            "credentialSubject": [two["credentialSubject"], {**two["credentialSubject"], "id": STRANGER.did}],
        }
    )
    bad(
        "inside-two-subjects",
        "a credential in it is about the holder and somebody else",
        shown(presentation(two)),
        "recipient RECIPIENT_MISMATCH",
    )
    entry = forge.entry()
    revoked = shown(presentation(mine(credentialStatus=entry)))
    bad(
        "inside-revoked",
        "a credential in it was revoked",
        revoked,
        "credential_status REVOKED",
        web={forge.LIST: secure(forge.status_list([7]))},
    )
    family.unsure(
        "inside-status-missing",
        "the status of a credential in it cannot be looked up",
        revoked,
        "credential_status STATUS_RETRIEVAL_ERROR",
        kind="presentation",
        web={forge.LIST: Page(status=503)},
    )
    for name, item, code in (
        ("text", "a", _MALFORMED),
        ("jwt", token(header(), payload()), _MALFORMED),
        ("number", 1, _MALFORMED),
        ("null", None, _MALFORMED),
        ("list", [mine()], _MALFORMED),
    ):
        bad(f"inside-{name}", "no object", shown(presentation(item)), code)
    bad(
        "inside-presentation",
        "a presentation in a presentation",
        shown(presentation(shown())),
        "issuer ISSUER_NOT_TRUSTED",
    )
    many = shown(
        presentation(*[{"@context": CREDENTIALS, "id": "data:,", "type": "EnvelopedVerifiableCredential"}] * 101)
    )
    bad("many", "more credentials than anybody shows", many, "data_model TOO_COMPLEX")
    document = did_document("did:web:example.org", [method_of(HOLDER, "did:web:example.org")], authentication=[])
    only = shown(presentation(holder="did:web:example.org"), verificationMethod="did:web:example.org#key-1")
    page = "https://example.org/.well-known/did.json"
    bad(
        "method-not-listed",
        "the holder's key is not listed for authentication",
        only,
        "proof INVALID_RELATIONSHIP_FOR_VERIFICATION_METHOD",
        web={page: document},
    )
    claimed = "https://example.org/me"
    bound = shown(presentation(holder=claimed), verificationMethod=f"{claimed}#{HOLDER.multikey}")
    bad(
        "self-asserted",
        "nothing shows that the key is the holder's",
        bound,
        "holder HOLDER_NOT_BOUND",
        holderIsSubject=False,
    )
    return family


def _jwts() -> Family:
    ask = {"trusted": [ISSUER.did], "challenge": _CHALLENGE, "domain": _DOMAIN, "holderIsSubject": False}
    family = Family("presentation-jwts", "Presentations as JWTs", "VC-JOSE-COSE §3.1.2; RFC 7519 §4.1.3", ask)
    inner = {
        "@context": CREDENTIALS,
        "type": "EnvelopedVerifiableCredential",
        "id": "data:application/vc+jwt," + token(header(typ="vc+jwt"), payload()),
    }

    def vp(key: forge.Key = HOLDER, head: dict[str, Any] | None = None, **changes: Any) -> str:
        claims = {**presentation(inner), "aud": _DOMAIN, "nonce": _CHALLENGE}
        return token(header(key, typ="vp+jwt", **(head or {})), without_none(claims | changes), key)

    family.good("control", "the holder shows a credential", vp(), kind="presentation")
    family.good(
        "several", "for several, of whom one asks", vp(aud=["https://other.example", _DOMAIN]), kind="presentation"
    )
    for name, why, given, code in (
        ("nonce", "the answer to another question", vp(nonce="3f6c1e"), _REPLAY),
        ("nonce-number", "a number", vp(nonce=1), _REPLAY),
        ("nonce-absent", "no answer", vp(nonce=None), _REPLAY),
        ("nonce-header", "the answer stands in the header", vp(nonce=None, head={"nonce": _CHALLENGE}), _REPLAY),
        ("audience", "for somebody else", vp(aud="https://other.example"), _ELSEWHERE),
        ("audience-absent", "for nobody", vp(aud=None), _ELSEWHERE),
        ("audience-part", "for a name that begins in the same way", vp(aud=_DOMAIN + "/x"), _ELSEWHERE),
        ("audience-empty", "for an empty list", vp(aud=[]), _ELSEWHERE),
        ("audience-object", "for an object", vp(aud={"a": _DOMAIN}), "proof MALFORMED_VALUE_ERROR"),
        ("expired", "it has expired", vp(exp=1777627801), "validity_period EXPIRED"),
        ("later", "it is not valid yet", vp(nbf=4102444800), "validity_period NOT_YET_VALID"),
        (
            "stranger",
            "somebody else shows it",
            token(
                header(STRANGER, typ="vp+jwt"), {**presentation(inner), "aud": _DOMAIN, "nonce": _CHALLENGE}, STRANGER
            ),
            _METHOD,
        ),
        (
            "alg-none",
            "no signature",
            token(
                header(HOLDER, typ="vp+jwt", alg="none"),
                {**presentation(inner), "aud": _DOMAIN, "nonce": _CHALLENGE},
                b"x",
            ),
            "proof CRYPTOGRAPHIC_SECURITY_ERROR",
        ),
        (
            "credential-typ",
            "it says that it is a credential",
            token(header(HOLDER, typ="vc+jwt"), {**presentation(inner), "aud": _DOMAIN, "nonce": _CHALLENGE}, HOLDER),
            "proof MALFORMED_VALUE_ERROR",
        ),
        ("iss", "another issuer of the token than the holder", vp(iss=STRANGER.did), "proof MALFORMED_VALUE_ERROR"),
    ):
        family.bad(name, why, given, code, kind="presentation")
    old: dict[str, Any] = {
        "vp": {"@context": [CREDENTIALS_V1], "type": ["VerifiablePresentation"], "verifiableCredential": []},
        "iss": HOLDER.did,
        "aud": _DOMAIN,
        "nonce": _CHALLENGE,
    }
    family.good(
        "control-vp", "the older form, with the claim vp", token(header(HOLDER), old, HOLDER), kind="presentation"
    )
    family.bad(
        "vp-beside",
        "credentials beside the claim vp",
        token(header(HOLDER), {**old, "verifiableCredential": [inner]}, HOLDER),
        _MALFORMED,
        kind="presentation",
        control="control-vp",
    )
    family.bad(
        "vp-nonce-inside",
        "the answer stands inside the claim vp",
        token(header(HOLDER), without_none({**old, "nonce": None, "vp": {**old["vp"], "nonce": _CHALLENGE}}), HOLDER),
        _REPLAY,
        kind="presentation",
        control="control-vp",
    )
    forged = {**inner, "id": "data:application/vc+jwt," + token(header(STRANGER), payload(), STRANGER)}
    family.bad(
        "inside-forged",
        "a credential in it is a forgery",
        vp(verifiableCredential=[forged]),
        _METHOD,
        kind="presentation",
    )
    family.bad("as-credential", "a presentation in place of a credential", vp(), "issuer ISSUER_NOT_TRUSTED")
    return family
