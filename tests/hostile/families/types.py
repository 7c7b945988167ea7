"""Documents that pass for something else, or break the rules of what they are."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests.hostile import forge
from tests.hostile.corpus import Family
from tests.hostile.forge import CREDENTIALS, ISSUER, badge, changed, secure

_MALFORMED = "data_model MALFORMED_VALUE_ERROR"


def families() -> Iterator[Family]:
    family = Family(
        "types",
        "Documents that pass for something else",
        "VCDM 2.0 §4; Open Badges 3.0 §B.1",
        {"trusted": [ISSUER.did]},
    )

    def over_json(document: dict[str, Any]) -> dict[str, Any]:
        return secure(document, suite="eddsa-jcs-2022")

    family.good("control", "a badge", over_json(badge()))
    for name, types in (
        ("absent", None),
        ("none", []),
        ("no-credential", ["AchievementCredential"]),
        ("number", 1),
        ("numbers", [1]),
        ("object", {"@id": "VerifiableCredential"}),
        ("nested", [["VerifiableCredential", "AchievementCredential"]]),
        ("case", ["verifiablecredential", "AchievementCredential"]),
        ("white-space", ["VerifiableCredential ", "AchievementCredential"]),
    ):
        family.bad(
            f"type-{name}",
            "the type says nothing of a credential",
            over_json(forge.without_none({**badge(), "type": types})),
            _MALFORMED,
        )
    family.unsure(
        "presentation",
        "a credential that is a presentation too",
        over_json(badge(type=["VerifiableCredential", "VerifiablePresentation"])),
        "data_model UNSUPPORTED",
    )
    for name, path, value in (
        ("no-subject", "credentialSubject", None),
        ("subject-text", "credentialSubject", "did:example:learner"),
        ("subject-empty", "credentialSubject", {}),
        ("subject-none", "credentialSubject", []),
        ("subject-nobody", "credentialSubject/id", None),
        ("no-id", "id", None),
        ("id-number", "id", 1),
        ("id-relative", "id", "badge"),
        ("id-list", "id", ["urn:a:b"]),
        ("no-start", "validFrom", None),
        ("no-achievement", "credentialSubject/achievement", None),
        ("achievement-text", "credentialSubject/achievement", "https://example.edu/achievements/rust-101"),
        ("no-criteria", "credentialSubject/achievement/criteria", None),
        ("no-name", "credentialSubject/achievement/name", None),
        ("name-number", "credentialSubject/achievement/name", 101),
        ("name-null", "credentialSubject/achievement/name", {}),
        ("script", "credentialSubject/achievement/id", "javascript alert(1)"),
        ("image", "image", "https://example.edu/image.png"),
    ):
        family.bad(name, f"/{path} breaks the rules of a badge", over_json(changed(badge(), path, value)), _MALFORMED)
    schema = {"id": "https://evil.example/schema.json", "type": "1EdTechJsonSchemaValidator2019"}
    forged = secure(badge(credentialSchema=[schema]), forge.STRANGER, "eddsa-jcs-2022")
    family.bad(
        "schema-not-proven",
        "the schema of an unproven credential is not fetched",
        forged,
        "proof INVALID_VERIFICATION_METHOD",
        web={schema["id"]: {}},
        never=[schema["id"]],
    )
    refresh = {"id": "https://evil.example/refresh", "type": "1EdTechCredentialRefresh"}
    forged = secure(badge(refreshService=refresh), forge.STRANGER, "eddsa-jcs-2022")
    family.bad(
        "refresh-not-proven",
        "nor its newer version",
        forged,
        "proof INVALID_VERIFICATION_METHOD",
        web={refresh["id"]: secure(badge())},
        never=[refresh["id"]],
    )
    evidence = [{"id": "https://evil.example/evidence", "type": ["Evidence"]}]
    family.good(
        "evidence",
        "evidence is never fetched",
        over_json(badge(evidence=evidence)),
        web={evidence[0]["id"]: "x"},
        never=[evidence[0]["id"]],
    )
    did = {"@context": [CREDENTIALS], "id": ISSUER.did, "verificationMethod": []}
    family.bad("did-document", "a DID document with a proof", over_json(did), _MALFORMED)
    yield family
