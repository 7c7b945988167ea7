"""Credentials inside credentials: endorsements, and records of credentials."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests.hostile import forge
from tests.hostile.corpus import Family, Page
from tests.hostile.forge import (
    BADGES,
    CREDENTIALS,
    ENDORSER,
    ISSUER,
    STRANGER,
    badge,
    changed,
    header,
    secure,
    signed,
    token,
)

_CLR = "https://purl.imsglobal.org/spec/clr/v2p0/context-2.0.1.json"
_LIST = forge.LIST


def families() -> Iterator[Family]:
    yield _endorsements()
    yield _records()


def _endorsement(subject: str, **changes: Any) -> dict[str, Any]:
    return badge(
        ENDORSER.did,
        **{
            "id": "urn:uuid:22222222-2222-4222-8222-222222222222",
            "type": ["VerifiableCredential", "EndorsementCredential"],
            "name": "Endorsement",
            "credentialSubject": {"id": subject, "type": ["EndorsementSubject"], "endorsementComment": "Good."},
            **changes,
        },
    )


def _with(*endorsements: Any, name: str = "endorsement", **changes: Any) -> dict[str, Any]:
    """Return a badge with endorsements, signed by its issuer over whatever they are."""
    return secure(badge(**{name: list(endorsements), **changes}), suite="eddsa-jcs-2022")


def _endorsements() -> Family:
    family = Family(
        "endorsements", "Endorsements that are not good", "Open Badges 3.0 §9.1 step 6, §9.2", {"trusted": [ISSUER.did]}
    )
    about = badge()["id"]
    good = secure(_endorsement(about), ENDORSER)
    family.good("control", "a good endorsement of the credential", _with(good))
    achievement = "https://example.edu/achievements/rust-101"
    family.good("of-achievement", "of its achievement", _with(secure(_endorsement(achievement), ENDORSER)))

    def bad(name: str, why: str, endorsement: Any, code: str, **more: Any) -> None:
        family.bad(name, why, _with(endorsement), f"endorsement {code}", **more)

    bad(
        "changed",
        "an endorsement that was changed",
        changed(good, "credentialSubject/endorsementComment", "Excellent."),
        "PROOF_VERIFICATION_ERROR",
    )
    bad("unsigned", "an endorsement without a proof", _endorsement(about), "PROOF_VERIFICATION_ERROR")
    bad(
        "stranger",
        "a stranger in the name of the endorser",
        secure(_endorsement(about), STRANGER),
        "INVALID_VERIFICATION_METHOD",
    )
    bad(
        "issuer",
        "the issuer in the name of the endorser",
        secure(_endorsement(about), ISSUER),
        "INVALID_VERIFICATION_METHOD",
    )
    bad(
        "expired",
        "an endorsement that has expired",
        secure(_endorsement(about, validUntil="2026-05-02T00:00:00Z"), ENDORSER),
        "EXPIRED",
    )
    bad(
        "later",
        "an endorsement that is not valid yet",
        secure(_endorsement(about, validFrom="2026-07-01T00:00:00Z"), ENDORSER),
        "NOT_YET_VALID",
    )
    for name, value in (("text", "Good."), ("number", 1), ("list", [good]), ("null", None), ("empty", {})):
        family.bad(name, "no credential", _with(value), "data_model MALFORMED_VALUE_ERROR")
    achievement_type = secure(badge(ENDORSER.did, id="urn:uuid:33333333-3333-4333-8333-333333333333"), ENDORSER)
    bad("other-type", "a credential that is no endorsement", achievement_type, "MALFORMED_VALUE_ERROR")
    jwt = token(header(ENDORSER), forge.payload(_endorsement(about)), ENDORSER)
    family.good("control-jwt", "a good endorsement as a JWT", _with(jwt, name="endorsementJwt"))
    for name, why, text, code in (
        (
            "jwt-none",
            "an endorsement as a JWT without a signature",
            token(header(ENDORSER, alg="none"), forge.payload(_endorsement(about)), b"x"),
            "CRYPTOGRAPHIC_SECURITY_ERROR",
        ),
        (
            "jwt-stranger",
            "a stranger in the name of the endorser",
            token(header(STRANGER), forge.payload(_endorsement(about)), STRANGER),
            "INVALID_VERIFICATION_METHOD",
        ),
        ("jwt-cut", "no JWT", jwt[:-5] + ".x", "PARSING_ERROR"),
    ):
        family.bad(name, why, _with(text, name="endorsementJwt"), f"endorsement {code}", control="control-jwt")
    revoked = _endorsement(about, credentialStatus=forge.entry())
    web = {_LIST: secure(forge.status_list([7], issuer=ENDORSER.did), ENDORSER)}
    bad("revoked", "an endorsement that was revoked", secure(revoked, ENDORSER), "REVOKED", web=web)
    deep = changed(badge(), "credentialSubject/achievement/endorsement", [changed(good, "name", "Changed")])
    family.bad(
        "deep",
        "an endorsement deep inside, which was changed",
        secure(deep, suite="eddsa-jcs-2022"),
        "endorsement PROOF_VERIFICATION_ERROR",
    )
    of_profile = changed(
        badge(), "issuer/endorsement", [changed(secure(_endorsement(ISSUER.did), ENDORSER), "name", "Changed")]
    )
    family.bad(
        "of-issuer",
        "an endorsement of the issuer, which was changed",
        secure(of_profile, suite="eddsa-jcs-2022"),
        "endorsement PROOF_VERIFICATION_ERROR",
    )
    second = _with(
        good,
        changed(secure(_endorsement(about, id="urn:uuid:44444444-4444-4444-8444-444444444444"), ENDORSER), "name", "x"),
    )
    family.bad("second", "the second of two was changed", second, "endorsement PROOF_VERIFICATION_ERROR")
    tower = good
    for number in range(8):
        tower = secure(
            {**_endorsement(about, id=f"urn:e:{number}"), "endorsement": [tower]}, ENDORSER, "eddsa-jcs-2022"
        )
    family.bad("tower", "endorsements of endorsements, without end", _with(tower), "endorsement TOO_COMPLEX")
    return family


def _records() -> Family:
    family = Family(
        "records", "Records with credentials that are not good", "CLR Standard 2.0", {"trusted": [ISSUER.did]}
    )

    def record(*credentials: Any) -> dict[str, Any]:
        return secure(
            {
                "@context": [CREDENTIALS, _CLR, BADGES],
                "id": "urn:uuid:55555555-5555-4555-8555-555555555555",
                "type": ["VerifiableCredential", "ClrCredential"],
                "name": "Transcript",
                "issuer": {"id": ISSUER.did, "type": ["Profile"], "name": "Example University"},
                "validFrom": "2026-05-01T09:30:00Z",
                "credentialSubject": {
                    "id": forge.LEARNER,
                    "type": ["ClrSubject"],
                    "verifiableCredential": list(credentials),
                },
            },
            suite="eddsa-jcs-2022",
        )

    good = signed()
    family.good(
        "control",
        "a record with two good credentials",
        record(good, signed(id="urn:uuid:66666666-6666-4666-8666-666666666666")),
    )
    for name, why, inside, code in (
        (
            "changed",
            "one was changed",
            changed(good, "validFrom", "2026-05-01T09:30:01Z"),
            "proof PROOF_VERIFICATION_ERROR",
        ),
        ("unsigned", "one is not signed", changed(good, "proof", None), "proof PROOF_VERIFICATION_ERROR"),
        ("expired", "one has expired", signed(validUntil="2026-05-02T00:00:00Z"), "proof EXPIRED"),
        ("stranger", "one is by a stranger", signed(STRANGER), "proof ISSUER_NOT_TRUSTED"),
        (
            "forged",
            "one is by a stranger, in the name of the issuer",
            secure(badge(), STRANGER),
            "proof INVALID_VERIFICATION_METHOD",
        ),
    ):
        family.bad(name, why, record(good, inside), code)
    listed = signed(credentialStatus=forge.entry())
    family.bad(
        "revoked", "one was revoked", record(good, listed), "proof REVOKED", web={_LIST: secure(forge.status_list([7]))}
    )
    family.unsure(
        "status-missing",
        "the status of one cannot be looked up",
        record(good, listed),
        "proof STATUS_RETRIEVAL_ERROR",
        web={_LIST: Page(status=503)},
    )
    for name, value in (("number", 1), ("text", "a"), ("list", [good])):
        family.bad(name, "one is no credential", record(good, value), "data_model MALFORMED_VALUE_ERROR")
    return family
