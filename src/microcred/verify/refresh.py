"""Refresh: whether a newer version of a credential may take its place (Open Badges 3.0 §9.1 step 3, §9.2 step 3).

The issuer names a service of type ``1EdTechCredentialRefresh`` in ``refreshService``: GET on its id answers with the
credential as it is now, as JSON or as a JWT. The answer is as untrusted as what a stranger sends.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from microcred.documents import issuer_id
from microcred.errors import DocumentError
from microcred.json import JSONObject, many
from microcred.limits import Limits
from microcred.protocols import Fetch
from microcred.signing.chains import proofs_of
from microcred.signing.reading import Received, receive
from microcred.signing.selective import is_selective
from microcred.verify.checks import date_time
from microcred.verify.report import Code, Finding, Outcome, VerificationReport

__all__ = ["NO_ANSWER", "UNCHANGED", "newer_version", "not_refreshed", "refresh_request", "takes_its_place"]

_TYPE = "1EdTechCredentialRefresh"
_ACCEPT = (
    "application/vc, application/vc+jwt, application/vc+ld+json, application/ld+json, application/json, "
    "application/jwt, text/plain"
)
UNCHANGED = Finding.skipped("the issuer has no newer version of the credential")


def not_refreshed(why: str) -> Finding:
    """Return the finding that the credential was judged as it is, since there was nothing to take its place."""
    return Finding.indeterminate(Code.NOT_REFRESHED, f"the credential was judged as it is: {why}", "/refreshService")


NO_ANSWER = not_refreshed("its refresh service could not be reached")


def refresh_request(received: Received) -> Fetch | None:
    """Return what to ask for the newest version of a credential, if its issuer offers that.

    Other types of services are for the holder to use, or not known: without them a credential is as good as it is.
    """
    if _shows_a_part(received):
        return None
    for service in many(received.document.get("refreshService")):
        if isinstance(service, dict) and _TYPE in many(service.get("type")):
            url = service.get("id")
            return Fetch(url, _ACCEPT) if isinstance(url, str) else None
    return None


def _shows_a_part(received: Received) -> bool:
    """Tell whether the holder chose what to show: a refreshed credential would show all of it."""
    proofs = proofs_of(received.document)
    return received.sd_jwt is not None or any(isinstance(proof, dict) and is_selective(proof) for proof in proofs)


def newer_version(
    content: bytes, original: Received, at: datetime, skew: timedelta, limits: Limits
) -> Received | Finding:
    """Read what a refresh service answered, as far as that takes no proof.

    Args:
        content: The answer; untrusted.
        original: The credential that named the service.
        at: The time of judgement.
        skew: By how much clocks may differ.
        limits: Bounds on size and depth.

    Returns:
        A newer version, still to be judged; or why there is none.
    """
    try:
        received = receive(content, limits)
    except DocumentError:
        return not_refreshed("its refresh service answered with something that cannot be read as a credential")
    if received.document == original.document and _claims(received) == _claims(original):
        return UNCHANGED
    why = _other(original, received) or _out_of_turn(original, received, at, skew)
    return received if why is None else not_refreshed(f"its refresh service answered with {why}")


def _other(original: Received, received: Received) -> str | None:
    """Tell what makes an answer another credential: the same issuer and the same id make it the same (§10)."""
    old, new = original.document, received.document
    if old.get("id") is None or new.get("id") != old["id"]:
        return "a credential of another id, or it has none"
    return None if issuer_id(new) == issuer_id(old) else "a credential of another issuer"


def _out_of_turn(original: Received, received: Received, at: datetime, skew: timedelta) -> str | None:
    """Tell what makes a version one that must not take the place of another: the newer one starts later (§10)."""
    began, begins = _start(original), _start(received)
    # Whoever serves an old version again must not undo a correction.
    if began is not None and (begins is None or begins < began):
        return "an older version"
    return "a version that is not valid yet" if begins is not None and begins - at > skew else None


def takes_its_place(report: VerificationReport) -> bool:
    """Tell whether a newer version passed steps 1 and 2, so that from step 4 on only what it says counts."""
    good = (Outcome.PASSED, Outcome.SKIPPED)
    conforms = all(report[name].outcome in good for name in ("data_model", "credential_schema"))
    # The credentials in a record are judged with its proof, once that is good by itself.
    proven = report["proof"].outcome in good or bool(report["proof"].parts)
    return conforms and proven and report["issuer"].outcome is Outcome.PASSED and is_bound(report["issuer"].code)


def is_bound(code: str | None) -> bool:
    """Tell whether the key is known to be the issuer's, by the code of ``issuer``.

    Where it is not, two credentials of one issuer can be by two strangers.
    """
    return code != Code.ISSUER_KEY_NOT_BOUND


def _claims(received: Received) -> JSONObject | None:
    return None if received.envelope is None else received.envelope.claims


def _start(received: Received) -> datetime | None:
    for name in ("validFrom", "issuanceDate"):
        if name in received.document:
            return date_time(received.document[name])
    return None if received.envelope is None else received.envelope.not_before
