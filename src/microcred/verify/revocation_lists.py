"""Lists of the 1EdTech Revocation List Status Method 1.0: JSON that an https URL vouches for, or a JWT."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from microcred.documents import issuer_id
from microcred.errors import DocumentError, FetchError, InvalidKeyError, ProofError, ResolutionError, StatusListError
from microcred.json import JSONObject, JSONValue, loads_object, many
from microcred.limits import Limits
from microcred.protocols import Fetch, Steps
from microcred.signing.envelopes import CLAIMS, Envelope, split_jwt
from microcred.signing.jose import looks_like_jwt
from microcred.signing.reading import Received
from microcred.verify.checks import validity_period
from microcred.verify.enveloped import EnvelopeChecker
from microcred.verify.memory import Memory, traced
from microcred.verify.report import Code, Outcome
from microcred.verify.status_lists import fetched, require_known_at

__all__ = ["RevocationListReader"]

_ACCEPT = "application/json, application/jwt"
# The specification says “revokedCredentials”; the official validator reads “revokedCredential”.
_MEMBERS = ("revokedCredentials", "revokedCredential")


@dataclass(frozen=True, slots=True)
class _Revocations:
    """A list that was read, and whose signature holds if it has one."""

    id: JSONValue
    issuer: str | None
    revoked: frozenset[str]
    dated: bool


class RevocationListReader:
    """Fetch revocation lists, and say which credentials are on them; the same bytes are read once."""

    def __init__(self, envelopes: EnvelopeChecker, skew: timedelta, limits: Limits) -> None:
        """Take what is needed to check a list that is a JWT.

        Args:
            envelopes: Finds keys, and checks signatures.
            skew: By how much clocks may differ.
            limits: Bounds on a list.
        """
        self._envelopes = envelopes
        self._skew = skew
        self._limits = limits
        self._memory = Memory[_Revocations]()

    def read(self, url: str, issuer: str, at: datetime) -> Steps[frozenset[str]]:
        """Return the ids of the revoked credentials in the list behind a URL.

        Args:
            url: Untrusted.
            issuer: The issuer of the credential, whose list it must be.
            at: The time of judgement.

        Raises:
            StatusListError: STATUS_RETRIEVAL_ERROR, STATUS_VERIFICATION_ERROR, MALFORMED_VALUE_ERROR or UNSUPPORTED.
        """
        if not url.startswith("https://"):
            # Where there is no signature, TLS is all that vouches for a list.
            raise StatusListError("revocation lists are looked up behind https URLs only", Code.UNSUPPORTED)
        answer = yield from fetched(Fetch(url, _ACCEPT))
        found = yield from self._memory.recall(answer.content, at)
        if found is None:
            found = yield from self._opened(answer.content, issuer, at)
        if found.id != url:
            text = "what is behind the URL of the revocation list is another list, by its id"
            raise StatusListError(text, Code.STATUS_VERIFICATION_ERROR)
        _require_issuer(found.issuer, issuer)
        if not found.dated:
            require_known_at(at, answer, self._limits)
        return found.revoked

    def _opened(self, content: bytes, issuer: str, at: datetime) -> Steps[_Revocations]:
        text = content[: self._limits.max_document_bytes + 1].decode("utf-8", "replace").strip()
        envelope = None
        try:
            if looks_like_jwt(text):
                envelope = _envelope(text, self._limits)
            document = loads_object(content, self._limits) if envelope is None else envelope.document
        except DocumentError:
            raise StatusListError(
                "what is behind the URL of the revocation list cannot be read", Code.STATUS_RETRIEVAL_ERROR
            ) from None
        dated = envelope is not None and envelope.not_before is not None
        found = _Revocations(document.get("id"), issuer_id(document), frozenset(_revoked(document)), dated)
        # Before the signature: under whose key it is good is remembered with the one that it names.
        _require_issuer(found.issuer, issuer)
        if envelope is None:
            self._memory.put(content, found, weight=2 * len(content))
        else:
            _, trail = yield from traced(self._require_signed(envelope, issuer, at))
            weight, until = 2 * len(content), envelope.expires
            self._memory.put(content, found, weight=weight, judged_at=at, until=until, trail=trail)
        return found

    def _require_signed(self, envelope: Envelope, issuer: str, at: datetime) -> Steps[None]:
        try:
            key = yield from self._envelopes.check(envelope, issuer, "assertionMethod", at)
        except FetchError as error:
            text = f"the key of the revocation list could not be fetched: {error.reason}"
            raise StatusListError(text, Code.STATUS_RETRIEVAL_ERROR) from None
        except (ProofError, ResolutionError) as error:
            code = Code.UNSUPPORTED if error.code == Code.UNSUPPORTED else Code.STATUS_VERIFICATION_ERROR
            raise StatusListError(f"the revocation list does not verify: {error.reason}", code) from None
        except InvalidKeyError as error:
            text = f"the revocation list does not verify: {error}"
            raise StatusListError(text, Code.STATUS_VERIFICATION_ERROR) from None
        if not key.authenticated and key.key not in self._envelopes.trust.keys(issuer):
            text = "nothing shows that the key that signed the revocation list is the issuer's; pin its key"
            raise StatusListError(text, Code.STATUS_VERIFICATION_ERROR)
        if validity_period(Received({}, envelope), at, self._skew).outcome is Outcome.FAILED:
            text = "the revocation list is not valid yet, or not any more"
            raise StatusListError(text, Code.STATUS_VERIFICATION_ERROR)


def _require_issuer(named: str | None, issuer: str) -> None:
    """Refuse the list of somebody else; a page that says something else, such as an error, is no empty list either."""
    if named != issuer:
        text = "what is behind the URL of the revocation list is no list by the issuer of the credential"
        raise StatusListError(text, Code.STATUS_VERIFICATION_ERROR)


def _envelope(token: str, limits: Limits) -> Envelope:
    """Take a JWT apart; unlike a credential, its document needs no context."""
    header, members, signature, signed = split_jwt(token, limits)
    document = {name: value for name, value in members.items() if name not in CLAIMS}
    claims = {name: value for name, value in members.items() if name in CLAIMS}
    return Envelope("jwt", header, document, claims, signature, signed)


def _revoked(document: JSONObject) -> Iterator[str]:
    for item in (item for name in _MEMBERS for item in many(document.get(name))):
        identifier = item.get("id") if isinstance(item, dict) else item
        if not isinstance(identifier, str):
            raise StatusListError("the revocation list has an item without an id")
        if not isinstance(item, dict) or item.get("revoked") is not False:
            yield identifier
