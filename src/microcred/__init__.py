"""Issue and verify Open Badges 3.0 and other W3C Verifiable Credentials.

Names load with their first use, so that ``import microcred`` costs next to nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from microcred.baking import bake, draw_badge, unbake
    from microcred.batch import SignResult, Template, VerifyResult, sign_many, verify_many
    from microcred.documents import parse
    from microcred.errors import (
        BakingError,
        BatchError,
        DocumentError,
        FetchError,
        InvalidKeyError,
        MicrocredError,
        Problem,
        ProofError,
        ResolutionError,
        SharingError,
        SigningError,
        StatusListError,
        VerificationError,
    )
    from microcred.keys import PublicKey, SigningKey
    from microcred.limits import Limits
    from microcred.models import (
        Achievement,
        AchievementCredential,
        AchievementCredentialV1p1,
        AchievementSubject,
        AchievementType,
        Address,
        Alignment,
        AlignmentTargetType,
        AnyCredential,
        Association,
        BitstringStatusList,
        BitstringStatusListCredential,
        BitstringStatusListEntry,
        ClrCredential,
        ClrSubject,
        CredentialSchema,
        CredentialStatus,
        CredentialSubject,
        Criteria,
        DateTime,
        DIDDocument,
        EndorsementCredential,
        EndorsementCredentialV1p1,
        EndorsementSubject,
        EnvelopedVerifiableCredential,
        EnvelopedVerifiablePresentation,
        Evidence,
        GeoCoordinates,
        IdentifierEntry,
        IdentifierType,
        IdentityObject,
        Image,
        Issuer,
        LanguageObject,
        OpenBadgeCredential,
        Profile,
        Proof,
        RefreshService,
        Related,
        RelatedResource,
        Result,
        ResultDescription,
        ResultStatus,
        ResultType,
        RubricCriterionLevel,
        TermsOfUse,
        VerifiableCredential,
        VerifiableCredentialV1p1,
        VerifiablePresentation,
        VerificationMethod,
        now,
    )
    from microcred.protocols import TrustRegistry
    from microcred.signing import (
        derive,
        present,
        present_jwt,
        present_sd_jwt,
        sign,
        sign_cose,
        sign_jwt,
        sign_sd_jwt,
        sign_selective,
    )
    from microcred.status import StatusList
    from microcred.status.records import PublishedList
    from microcred.status.registry import StatusRegistry
    from microcred.verify.bundle import VerificationBundle
    from microcred.verify.federation import OpenIDFederation
    from microcred.verify.fetch import HTTPFetcher
    from microcred.verify.presentations import VerifiedPresentation
    from microcred.verify.registry_files import RegistryFile
    from microcred.verify.report import Check, Code, Outcome, PresentationReport, VerificationReport, Voucher
    from microcred.verify.trust import ANY_ISSUER
    from microcred.verify.verifier import AsyncVerifier, Verifier

__version__ = "0.1.0"

_HOMES = {
    "baking": ("bake", "draw_badge", "unbake"),
    "batch": ("SignResult", "Template", "VerifyResult", "sign_many", "verify_many"),
    "documents": ("parse",),
    "errors": (
        "BakingError",
        "BatchError",
        "DocumentError",
        "FetchError",
        "InvalidKeyError",
        "MicrocredError",
        "Problem",
        "ProofError",
        "ResolutionError",
        "SharingError",
        "SigningError",
        "StatusListError",
        "VerificationError",
    ),
    "keys": ("PublicKey", "SigningKey"),
    "limits": ("Limits",),
    "protocols": ("TrustRegistry",),
    "signing": (
        "derive",
        "present",
        "present_jwt",
        "present_sd_jwt",
        "sign",
        "sign_cose",
        "sign_jwt",
        "sign_sd_jwt",
        "sign_selective",
    ),
    "status": ("StatusList",),
    "status.records": ("PublishedList",),
    "status.registry": ("StatusRegistry",),
    "verify.bundle": ("VerificationBundle",),
    "verify.federation": ("OpenIDFederation",),
    "verify.fetch": ("HTTPFetcher",),
    "verify.presentations": ("VerifiedPresentation",),
    "verify.report": ("Check", "Code", "Outcome", "PresentationReport", "VerificationReport", "Voucher"),
    "verify.registry_files": ("RegistryFile",),
    "verify.trust": ("ANY_ISSUER",),
    "verify.verifier": ("AsyncVerifier", "Verifier"),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

__all__ = [
    "ANY_ISSUER",
    "Achievement",
    "AchievementCredential",
    "AchievementCredentialV1p1",
    "AchievementSubject",
    "AchievementType",
    "Address",
    "Alignment",
    "AlignmentTargetType",
    "AnyCredential",
    "Association",
    "AsyncVerifier",
    "BakingError",
    "BatchError",
    "BitstringStatusList",
    "BitstringStatusListCredential",
    "BitstringStatusListEntry",
    "Check",
    "ClrCredential",
    "ClrSubject",
    "Code",
    "CredentialSchema",
    "CredentialStatus",
    "CredentialSubject",
    "Criteria",
    "DIDDocument",
    "DateTime",
    "DocumentError",
    "EndorsementCredential",
    "EndorsementCredentialV1p1",
    "EndorsementSubject",
    "EnvelopedVerifiableCredential",
    "EnvelopedVerifiablePresentation",
    "Evidence",
    "FetchError",
    "GeoCoordinates",
    "HTTPFetcher",
    "IdentifierEntry",
    "IdentifierType",
    "IdentityObject",
    "Image",
    "InvalidKeyError",
    "Issuer",
    "LanguageObject",
    "Limits",
    "MicrocredError",
    "OpenBadgeCredential",
    "OpenIDFederation",
    "Outcome",
    "PresentationReport",
    "Problem",
    "Profile",
    "Proof",
    "ProofError",
    "PublicKey",
    "PublishedList",
    "RefreshService",
    "RegistryFile",
    "Related",
    "RelatedResource",
    "ResolutionError",
    "Result",
    "ResultDescription",
    "ResultStatus",
    "ResultType",
    "RubricCriterionLevel",
    "SharingError",
    "SignResult",
    "SigningError",
    "SigningKey",
    "StatusList",
    "StatusListError",
    "StatusRegistry",
    "Template",
    "TermsOfUse",
    "TrustRegistry",
    "VerifiableCredential",
    "VerifiableCredentialV1p1",
    "VerifiablePresentation",
    "VerificationBundle",
    "VerificationError",
    "VerificationMethod",
    "VerificationReport",
    "VerifiedPresentation",
    "Verifier",
    "VerifyResult",
    "Voucher",
    "__version__",
    "bake",
    "derive",
    "draw_badge",
    "now",
    "parse",
    "present",
    "present_jwt",
    "present_sd_jwt",
    "sign",
    "sign_cose",
    "sign_jwt",
    "sign_many",
    "sign_sd_jwt",
    "sign_selective",
    "unbake",
    "verify_many",
]


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module 'microcred' has no attribute {name!r}")
    # Names without a home of their own are models.
    value: object = getattr(import_module(f"microcred.{_HOME_OF.get(name, 'models')}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
