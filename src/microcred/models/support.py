"""What hangs on a credential: its subject, proofs, status, schemas, terms. Open Badges 3.0 §B.1.21 to §B.1.26.

Section numbers are those of the Verifiable Credentials Data Model 2.0 unless another text is named.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated

from pydantic import BeforeValidator, Strict

from microcred.models._base import Members, Model, Rule, problem
from microcred.models._fields import LoneTypes, Some, Types
from microcred.models._types import URI

__all__ = [
    "CredentialEvidence",
    "CredentialSchema",
    "CredentialStatus",
    "CredentialSubject",
    "Proof",
    "RefreshService",
    "RelatedResource",
    "TermsOfUse",
]

Text = Annotated[str, Strict()]


class Proof(Model):
    """An embedded proof (Verifiable Credential Data Integrity 1.0 §2.1; Open Badges §B.1.24)."""

    id: URI | None = None
    """A URI of its own, for ``previous_proof`` to name."""
    type: LoneTypes
    """``DataIntegrityProof``, or an older suite such as ``Ed25519Signature2020``."""
    cryptosuite: Text | None = None
    """The cryptosuite of a DataIntegrityProof, such as ``eddsa-rdfc-2022``."""
    created: Text | None = None
    """When it was made, as written: an xsd:dateTimeStamp."""
    expires: Text | None = None
    """When it ends, as written: an xsd:dateTimeStamp."""
    verification_method: Text | None = None
    """The URL of the key."""
    proof_purpose: Text | None = None
    """``assertionMethod`` for a credential, ``authentication`` for a presentation."""
    domain: Some[Text] | None = None
    """For whom the proof is meant."""
    challenge: Text | None = None
    """What the verifier asked for, against replay."""
    nonce: Text | None = None
    """Random text of the signer."""
    previous_proof: Some[Text] | None = None
    """The ids of proofs that this one covers as well."""
    proof_value: Text | None = None
    """The signature, multibase."""


class CredentialSchema(Model):
    """A JSON Schema that the credential follows (§4.11)."""

    id: URI
    """The URL of the schema."""
    type: LoneTypes
    """``1EdTechJsonSchemaValidator2019``, ``JsonSchema`` or ``JsonSchemaCredential``."""


def _list_index(value: object) -> object:
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise problem('must be a whole number in quotes, such as "94567"')
    return value


class CredentialStatus(Model):
    """Where to look up whether the credential still stands (§4.10)."""

    id: URI | None = None
    """A URI of the entry; for 1EdTechRevocationList the URL of the list."""
    type: LoneTypes
    """``BitstringStatusListEntry``, ``1EdTechRevocationList`` …"""
    status_purpose: Text | None = None
    """``revocation``, ``suspension``, ``refresh`` or ``message``."""
    status_list_index: Annotated[str | int, BeforeValidator(_list_index)] | None = None
    """The place in the list; text by the standard, a number in some credentials."""
    status_list_credential: Text | None = None
    """The URL of the list."""
    status_size: Annotated[int, Strict()] | None = None
    """Bits per entry."""


class RefreshService(Model):
    """Where to get a newer edition of the credential (§5.4)."""

    id: URI | None = None
    """The URL; Open Badges requires it (§B.1.25)."""
    type: LoneTypes
    """``1EdTechCredentialRefresh`` …"""

    @classmethod
    def rules(cls, members: Members) -> Iterable[Rule]:
        """Return the broken rules that concern several members."""
        types = members["type"]
        if members["id"] is None and "1EdTechCredentialRefresh" in (types if isinstance(types, list) else [types]):
            yield ("id",), "is missing"


class TermsOfUse(Model):
    """Terms under which the credential is issued (§5.5)."""

    id: URI | None = None
    """A URI of the terms."""
    type: LoneTypes
    """The kind of terms."""


class RelatedResource(Model):
    """A resource with its digest (§5.3)."""

    id: URI
    """The URL of the resource."""
    digest_sri: Text | None = None
    """Its digest in the form of Subresource Integrity."""
    digest_multibase: Text | None = None
    """Its digest as a multibase multihash."""

    @classmethod
    def rules(cls, members: Members) -> Iterable[Rule]:
        """Return the broken rules that concern several members."""
        if members["digest_sri"] is None and members["digest_multibase"] is None:
            yield (), "needs a digestSRI or a digestMultibase"


class CredentialEvidence(Model):
    """Evidence of any kind (§5.6); open."""

    id: URI | None = None
    """Where the evidence is."""
    type: Types
    """The kinds of evidence."""


class CredentialSubject(Model):
    """Whom the credential is about, and what it says (§4.8); open."""

    id: URI | None = None
    """A URI of the subject."""
