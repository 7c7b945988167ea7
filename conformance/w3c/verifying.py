"""The verifier for the suites: whether what is there conforms, and its proofs hold; not whose they are, nor until when.

The suites sign with whatever key is at hand, in the name of ``https://vc.example/issuers/5678``. So the key that a
proof names is taken for one that is known to be its issuer's, which no application must do.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final, TypeVar, cast

import microcred as mc
from conformance.w3c.documents import CONTEXTS
from microcred.documents import issuer_id
from microcred.errors import InvalidKeyError
from microcred.json import JSONObject, JSONValue, loads_object, many
from microcred.server.bodies import Members
from microcred.server.work import Workers
from microcred.signing import proofs_of
from microcred.signing.data_integrity import check_audience
from microcred.signing.envelopes import contexts_of, holder_id, is_presentation
from microcred.verify.report import Finding

__all__ = ["ProofLevel"]

Report = TypeVar("Report", mc.VerificationReport, mc.PresentationReport)
_JUDGED: Final = ("data_model", "proof")


@dataclass(frozen=True, slots=True)
class ProofLevel:
    """Judges the data model and the proofs; a ``server.service.Judging``."""

    workers: Workers

    async def check_credential(self, credential: JSONObject | bytes, options: JSONObject) -> mc.VerificationReport:
        document = loads_object(credential) if isinstance(credential, bytes) else credential
        return await self.workers.run(_credential, document, options)

    async def check_presentation(self, presentation: JSONObject, options: JSONObject) -> mc.PresentationReport:
        return await self.workers.run(_presentation, presentation, options)


def _credential(credential: JSONObject, options: JSONObject) -> mc.VerificationReport:
    asked = Members(options, "/options")
    for proof in proofs_of(credential):
        if isinstance(proof, dict):
            check_audience(proof, asked.text("domain"), asked.text("challenge"))
    document = _unwrapped(credential)
    return _narrowed(_verifier(document).check(document))


def _presentation(presentation: JSONObject, options: JSONObject) -> mc.PresentationReport:
    asked = Members(options, "/options")
    report = _verifier(presentation).check_presentation(
        presentation, domain=asked.text("domain"), challenge=asked.text("challenge")
    )
    return replace(_narrowed(report), credentials=tuple(map(_narrowed, report.credentials)))


def _verifier(document: JSONObject) -> mc.Verifier:
    """Return a verifier that takes the keys named in a document for those of the issuers and holders named there."""
    known: dict[str, list[mc.PublicKey]] = {}
    for inside in (document, *many(document.get("verifiableCredential"))):
        if isinstance(inside, dict):
            named = holder_id(inside) if is_presentation(inside) else issuer_id(inside)
            known.setdefault(named or "", []).extend(_keys(inside))
    pinned = {name: keys for name, keys in known.items() if keys}
    return mc.Verifier(trusted_issuers=pinned or mc.ANY_ISSUER, contexts=CONTEXTS, inline_contexts=True, require="all")


def _keys(document: JSONObject) -> Iterable[mc.PublicKey]:
    for proof in proofs_of(document):
        if isinstance(proof, dict):
            try:
                yield mc.PublicKey.from_did(str(proof.get("verificationMethod")).partition("#")[0])
            except InvalidKeyError:
                continue


def _narrowed(report: Report) -> Report:
    """Return a report in which everything but the data model and the proofs was left out."""
    checks = tuple(
        each if each.name in _JUDGED else mc.Check.of(each.name, Finding.skipped("not judged for the suites"))
        for each in report.checks
    )
    return replace(report, checks=checks)


def _unwrapped(credential: JSONObject) -> JSONObject:
    """Take a context out of another one, as PyLD and jsonld.js do; JSON-LD 1.1 has no such thing."""
    if not isinstance(credential.get("@context"), list):
        return credential
    contexts: list[JSONValue] = []
    for each in contexts_of(credential):
        nested = isinstance(each, dict) and each.keys() == {"@context"}
        contexts.append(cast(JSONObject, each)["@context"] if nested else each)
    return {**credential, "@context": contexts}
