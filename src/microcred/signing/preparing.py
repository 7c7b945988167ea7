"""Before a credential is signed in any form: it is judged, and every member of it must mean something."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

from microcred import jsonld
from microcred.digests import compare_contexts
from microcred.documents import is_v1, judge, to_document
from microcred.errors import DocumentError, SigningError
from microcred.json import JSONObject
from microcred.keys import PublicKey
from microcred.limits import Limits
from microcred.models import VerifiableCredential
from microcred.protocols import Signer
from microcred.signing.envelopes import types_of

__all__ = ["Contexts", "check_terms", "prepare"]

Contexts: TypeAlias = Mapping[str, JSONObject]
"""Further JSON-LD context documents by URL."""


def prepare(credential: VerifiableCredential | Mapping[str, object], signer: Signer, limits: Limits) -> JSONObject:
    """Return the document of a credential that may be issued.

    Raises:
        DocumentError: It breaks rules of the standard, has a wrong digest of a context, or is no credential.
        SigningError: It is of the Data Model 1.1.
        TypeError: It is text, or the key cannot sign.
    """
    if isinstance(credential, str | bytes):
        raise TypeError("what is signed is a model or a dict; read text with microcred.parse first")
    if isinstance(signer, PublicKey):
        raise TypeError("a public key cannot sign; give the SigningKey, or another Signer")
    document = to_document(credential, limits)
    # What is asked from here on, ``batch._cohorts`` asks of look-alikes in its own ways, or leaves to this function.
    names = types_of(document)
    if "VerifiableCredential" not in names or "VerifiablePresentation" in names:
        raise DocumentError.at("/type", "must include “VerifiableCredential”: only credentials are issued")
    if is_v1(document):
        raise SigningError("is of the Data Model 1.1, which must not be issued any more (§B.9)", "/@context/0")
    problems = judge(document, limits)
    if problems:
        raise DocumentError(problems)
    wrong = compare_contexts(document, {})
    # Of what cannot be told here, the issuer may know more.
    if wrong is not None and wrong.code != "UNSUPPORTED":
        raise DocumentError([wrong])
    return document


def check_terms(document: JSONObject, contexts: Contexts | None, limits: Limits) -> None:
    """Refuse what no context defines: an envelope covers every byte, but nobody else would know what it means."""
    try:
        jsonld.check(document, contexts=contexts, limits=limits)
    except DocumentError as error:
        raise SigningError.of(error) from error
