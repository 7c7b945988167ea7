"""Badges: how much is in them, and what goes with them."""

from __future__ import annotations

from typing import cast

import microcred as mc
from conformance.shape_parts import (
    CLR,
    EXTENSIONS,
    FRIEND,
    OB,
    OB_303,
    SITE,
    STATUS_2021,
    achievement_of,
    an_alignment,
    an_image,
    badge,
    graded,
    grades,
    identity,
    issuer_of,
    shape,
    signed_endorsement,
    status_entry,
    subject_of,
    with_achievement,
    with_context,
    with_subject,
)
from microcred.json import JSONObject, JSONValue
from microcred.models import CREDENTIALS_V2
from microcred.signing import EDDSA_RDFC_2022

__all__: list[str] = []

# How much there is


@shape()
def minimal(issuer: str) -> JSONObject:
    return badge(issuer)


@shape()
def every_member_of_a_badge(issuer: str) -> JSONObject:
    document = badge(
        issuer,
        name="Rust 101",
        description="A badge.",
        image=an_image("credential"),
        awardedDate="2024-01-14T00:00:00+02:00",
        validUntil="2124-01-15T09:30:00Z",
        evidence=[
            {
                "id": f"{SITE}/evidence/1",
                "type": ["Evidence"],
                "name": "Project",
                "description": "A project.",
                "narrative": "Wrote it.",
                "genre": "Code",
                "audience": "Teachers",
            }
        ],
    )
    subject_of(document).update(
        activityStartDate="2023-09-01T12:00:00Z",
        activityEndDate="2023-12-31T12:00:00Z",
        creditsEarned=2.5,
        identifier=[identity("ana@example.edu", hashed=False)],
        image=an_image("baked-badge"),
        licenseNumber="L-1",
        narrative="Worked hard.",
        role="student",
        source={"id": f"{SITE}/departments/7", "type": ["Profile"], "name": "Department"},
        term="2023-2",
    )
    achievement_of(document).update(
        achievementType="Course",
        alignment=[an_alignment()],
        creator={"id": f"{SITE}/creators/1", "type": ["Profile"], "name": "Creator"},
        creditsAvailable=3,
        criteria={"id": f"{SITE}/criteria", "narrative": "Pass."},
        fieldOfStudy="Computing",
        humanCode="R-101",
        image=an_image("badge"),
        inLanguage="en-GB",
        otherIdentifier=[{"type": "IdentifierEntry", "identifier": "8", "identifierType": "ext:code"}],
        specialization="Systems",
        tag=["rust", "programming"],
        version="1.0",
    )
    issuer_of(document).update(
        url=SITE,
        phone="+34 123",
        description="A university.",
        image=an_image("logo"),
        email="office@example.edu",
        otherIdentifier=[{"type": "IdentifierEntry", "identifier": "7", "identifierType": "sourcedId"}],
        official="The Rector",
        parentOrg={"id": f"{SITE}/group", "type": ["Profile"], "name": "Group"},
    )
    return document


@shape()
def person_as_issuer(issuer: str) -> JSONObject:
    document = badge(issuer)
    issuer_of(document).update(
        familyName="García",
        givenName="Ana",
        additionalName="María",
        patronymicName="Ivanovna",
        honorificPrefix="Dr.",
        honorificSuffix="PhD",
        familyNamePrefix="de la",
        dateOfBirth="1980-02-29",
    )
    return document


@shape()
def issuer_as_text(issuer: str) -> JSONObject:
    return {**badge(issuer), "issuer": issuer}


@shape()
def no_id_of_the_learner(issuer: str) -> JSONObject:
    document = badge(issuer)
    del subject_of(document)["id"]
    subject_of(document)["identifier"] = [identity("ana@example.edu", hashed=False)]
    return document


@shape()
def single_values_for_arrays(issuer: str) -> JSONObject:
    document = with_achievement(issuer, type="Achievement", tag="rust")
    issuer_of(document)["type"] = "Profile"
    subject_of(document)["type"] = "AchievementSubject"
    return {**document, "evidence": {"id": f"{SITE}/evidence/1", "type": "Evidence", "name": "Project"}}


@shape()
def null_members(issuer: str) -> JSONObject:
    return {**with_achievement(issuer, humanCode=None), "description": None}


@shape()
def empty_arrays(issuer: str) -> JSONObject:
    return {**with_achievement(issuer, tag=[], alignment=[], resultDescription=[]), "evidence": []}


# Achievements and results


@shape()
def letter_grades(issuer: str) -> JSONObject:
    return graded(issuer, "F", "D", "C", "B", "A")


@shape()
def letter_grades_with_equal_neighbours(issuer: str) -> JSONObject:
    return graded(issuer, "F", "C", "C", "B", "A")


@shape()
def one_allowed_value(issuer: str) -> JSONObject:
    document = with_achievement(issuer, resultDescription=[{**grades("no", "yes"), "allowedValue": ["yes"]}])
    del cast(JSONObject, cast("list[JSONValue]", achievement_of(document)["resultDescription"])[0])["requiredValue"]
    return document


@shape()
def rubric(issuer: str) -> JSONObject:
    level = "urn:uuid:00000000-0000-4000-8000-000000000002"
    description: JSONObject = {
        "id": "urn:uuid:00000000-0000-4000-8000-000000000001",
        "type": ["ResultDescription"],
        "name": "Mastery",
        "resultType": "RubricCriterionLevel",
        "requiredLevel": level,
        "rubricCriterionLevel": [
            {
                "id": level,
                "type": ["RubricCriterionLevel"],
                "name": "Mastery",
                "level": "Mastered",
                "points": "4",
                "description": "All of it.",
                "alignment": [an_alignment()],
            }
        ],
    }
    document = with_achievement(issuer, resultDescription=[description])
    subject_of(document)["result"] = [
        {"type": ["Result"], "resultDescription": description["id"], "achievedLevel": level, "status": "Completed"}
    ]
    return document


@shape()
def many_results(issuer: str) -> JSONObject:
    page = f"{SITE}/achievements/rust-101/results"
    descriptions: list[JSONValue] = [
        {"id": f"{page}/{n}", "type": ["ResultDescription"], "name": f"Unit {n}", "resultType": "Percent"}
        for n in range(12)
    ]
    document = with_achievement(issuer, resultDescription=descriptions)
    subject_of(document)["result"] = [
        {"type": ["Result"], "resultDescription": f"{page}/{n}", "value": str(50 + n)} for n in range(12)
    ]
    return document


@shape()
def alignments(issuer: str) -> JSONObject:
    return with_achievement(issuer, alignment=[an_alignment(number) for number in range(3)])


@shape()
def related_achievements(issuer: str) -> JSONObject:
    page = f"{SITE}/achievements/rust-101"
    return with_achievement(
        issuer,
        related=[
            {"id": f"{page}/{tag}", "type": ["Related"], "inLanguage": tag, "version": "2"} for tag in ("es", "de")
        ],
        version="2",
        inLanguage="en",
    )


@shape()
def creator(issuer: str) -> JSONObject:
    return with_achievement(
        issuer,
        creator={
            "id": f"{SITE}/creators/1",
            "type": ["Profile"],
            "name": "Creator",
            "parentOrg": {"id": f"{SITE}/group", "type": ["Profile"], "name": "Group"},
        },
    )


@shape()
def images(issuer: str) -> JSONObject:
    document = with_achievement(issuer, image=an_image("badge"))
    document["image"] = an_image("credential")
    issuer_of(document)["image"] = {"id": "data:image/png;base64,iVBORw0KGgo=", "type": "Image"}
    return document


@shape()
def types_of_its_own(issuer: str) -> JSONObject:
    document = with_achievement(issuer, achievementType="ext:MicroCredential")
    return {**document, "type": ["VerifiableCredential", "OpenBadgeCredential", f"{SITE}/types#Special"]}


# Who vouches, and what goes with it


@shape()
def endorsed(issuer: str) -> JSONObject:
    return badge(issuer, endorsement=[signed_endorsement("urn:uuid:0c1f4d0c-9f4a-4b0c-8b5e-0d9b1a1f2c3d")])


@shape()
def endorsed_achievement_and_issuer(issuer: str) -> JSONObject:
    document = with_achievement(issuer, endorsement=[signed_endorsement(f"{SITE}/achievements/rust-101")])
    issuer_of(document)["endorsement"] = [signed_endorsement(issuer)]
    return document


@shape()
def endorsement(issuer: str) -> JSONObject:
    subject: JSONObject = {
        "id": f"{SITE}/achievements/rust-101",
        "type": ["EndorsementSubject"],
        "endorsementComment": "Well taught.",
    }
    types: list[JSONValue] = ["VerifiableCredential", "EndorsementCredential"]
    return badge(issuer, name="A good course", type=types, credentialSubject=subject)


@shape()
def learner_record(issuer: str) -> JSONObject:
    inside: list[JSONValue] = []
    for number in range(2):
        one = badge(FRIEND.did, id=f"urn:uuid:00000000-0000-4000-8000-00000000000{number}")
        inside.append(mc.sign(one, FRIEND, cryptosuite=EDDSA_RDFC_2022, created="2024-01-15T10:00:00Z"))
    document = badge(issuer, name="Transcript", type=["VerifiableCredential", "ClrCredential"])
    document["@context"] = [CREDENTIALS_V2, CLR, OB_303]
    document["credentialSubject"] = {
        "id": "did:example:learner",
        "type": ["ClrSubject"],
        "verifiableCredential": inside,
    }
    return document


@shape()
def evidence_alike(issuer: str) -> JSONObject:
    return badge(
        issuer,
        evidence=[
            {"id": f"{SITE}/evidence/1", "type": ["Evidence"], "name": "Project"},
            {"type": ["Evidence"], "narrative": "The same words twice."},
            {"type": ["Evidence"], "narrative": "The same words twice."},
        ],
    )


@shape(unjudged=("credential_status",))
def status(issuer: str) -> JSONObject:
    return badge(issuer, credentialStatus=status_entry("revocation", 94567))


@shape(unjudged=("credential_status",))
def two_kinds_of_status(issuer: str) -> JSONObject:
    entries: list[JSONValue] = [
        status_entry("revocation", 1),
        status_entry("suspension", 2, "StatusList2021Entry"),
    ]
    return with_context(badge(issuer, credentialStatus=entries), STATUS_2021)


@shape(unjudged=("credential_status",))
def status_with_messages(issuer: str) -> JSONObject:
    entry = status_entry("message", 3)
    entry["statusSize"] = 2
    entry["statusMessage"] = [{"status": f"0x{n}", "message": f"message {n}"} for n in range(4)]
    return badge(issuer, credentialStatus=entry)


@shape(unjudged=("credential_schema",))
def schema(issuer: str) -> JSONObject:
    entry: JSONObject = {"id": f"{OB}schema/json/ob_v3p0_achievementcredential_schema.json"}
    entry["type"] = "1EdTechJsonSchemaValidator2019"
    return with_context(badge(issuer, credentialSchema=[entry]), EXTENSIONS)


@shape()
def refresh_and_terms(issuer: str) -> JSONObject:
    refresh: JSONObject = {"id": f"{SITE}/refresh/1", "type": "1EdTechCredentialRefresh"}
    terms: list[JSONValue] = [{"id": f"{SITE}/terms", "type": f"{SITE}/types#Terms"}]
    return with_context(badge(issuer, refreshService=refresh, termsOfUse=terms), EXTENSIONS)


@shape()
def related_resource(issuer: str) -> JSONObject:
    return badge(
        issuer,
        relatedResource={
            "id": f"{SITE}/images/badge.png",
            "mediaType": "image/png",
            "digestSRI": "sha384-OLBgp1GsljhM2TJ+sbHjaiH9txEUvgdDTAzHv2P24donTt6/529l+9Ua0vFImLlb",
        },
    )


@shape()
def hashed_identifiers(issuer: str) -> JSONObject:
    digest = "sha256$b5809d8a92f8858436d7e6b87c12ebc0ae1eac4baecc2c0b913aee2c922ef399"
    return with_subject(issuer, identifier=[identity(digest, hashed=True), identity(digest, hashed=True)])


@shape()
def validity(issuer: str) -> JSONObject:
    return badge(
        issuer,
        validFrom="2024-01-15T09:30:00.125+05:30",
        validUntil="2124-02-29T23:59:59-11:00",
        awardedDate="2024-01-14T22:00:00.000Z",
    )


@shape()
def address(issuer: str) -> JSONObject:
    document = badge(issuer)
    issuer_of(document)["address"] = {
        "type": ["Address"],
        "addressCountry": "Spain",
        "addressCountryCode": "ES",
        "addressRegion": "Navarra",
        "addressLocality": "Pamplona",
        "streetAddress": "Calle Mayor 1",
        "postOfficeBoxNumber": "7",
        "postalCode": "31001",
    }
    return document


@shape()
def address_with_a_place(issuer: str) -> JSONObject:
    document = address(issuer)
    place: JSONObject = {"type": "GeoCoordinates", "latitude": 42.8125, "longitude": -1}
    cast(JSONObject, issuer_of(document)["address"])["geo"] = place
    return document
