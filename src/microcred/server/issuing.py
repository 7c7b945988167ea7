"""Issue in the name of one issuer: fill in, give a status entry, sign, remember; many requests in one transaction."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from typing import Final, Literal, Protocol

from microcred.errors import MicrocredError, StatusListError
from microcred.issuer import Issuer, IssuerFolder
from microcred.jcs import canonicalize
from microcred.json import JSONObject, JSONValue, dumps
from microcred.keys import SigningKey
from microcred.limits import DEFAULT_LIMITS, Limits
from microcred.models import CREDENTIALS_V2, Profile, now
from microcred.protocols import Signer
from microcred.server.bodies import Members
from microcred.server.ledger import Answer, Entry, Kept, Ledger
from microcred.server.problems import RequestError
from microcred.server.settings import Format
from microcred.server.work import Shared, Workers
from microcred.signing import sign_jwt, sign_selective
from microcred.signing.issuing import sign_document
from microcred.status.records import PublishedList, Purpose
from microcred.status.registry import StatusRegistry

__all__ = ["Issuing", "IssuingService", "KeySource", "StatusChange"]

_MOST_AT_ONCE: Final = 64
_MOST_WAITING: Final = 1_024
_MOST_KEY_CHARACTERS: Final = 200
_MOST_ID_BYTES: Final = 2_048
# Other keys are far away, and wait.
_REMOTE_KEYS: Final = 8
_MEDIA_TYPES: Final = {"embedded": "application/vc", "jwt": "application/jwt", "vc-jose": "application/vc+jwt"}


@dataclass(frozen=True, slots=True)
class StatusChange:
    """What is to become of a credential (VCALM, "Update Status")."""

    credential_id: str
    """Its id, or the ``credentialId`` with which it was issued."""
    purpose: Purpose
    """Which entry."""
    value: bool
    """Whether it is revoked, or suspended."""
    reason: str | None = None
    """Why, for the history; nobody else is shown it."""


class Issuing(Protocol):
    """What the routes of an issuer do; another implementation can stand behind the same routes."""

    @property
    def name(self) -> str:
        """Its name in URLs."""
        ...

    async def issue(self, credential: JSONObject, options: JSONObject, key: str | None) -> bytes:
        """Issue a credential.

        Args:
            credential: As it was sent; untrusted.
            options: As they were sent; untrusted.
            key: The idempotency key, if there is one; untrusted.

        Returns:
            The secured credential as JSON: with a proof, or as an EnvelopedVerifiableCredential.

        Raises:
            MicrocredError: It was not issued.
        """
        ...

    async def change_status(self, change: StatusChange, actor: str) -> None:
        """Change the status of a credential.

        Args:
            change: What is to become of it.
            actor: Who asks for it.

        Raises:
            MicrocredError: It was not changed.
        """
        ...


class KeySource(Protocol):
    """Where an issuer and its current key come from, asked anew for each use, since keys are rotated."""

    def issuer(self) -> Issuer:
        """Return the issuer as it is now."""
        ...

    def signer(self) -> Signer:
        """Return its current key."""
        ...


@dataclass(frozen=True, slots=True)
class Fixed:
    """An issuer that never changes, with its key."""

    of: Issuer
    """The issuer."""
    key: Signer
    """Its current key."""

    def issuer(self) -> Issuer:
        """Return the issuer."""
        return self.of

    def signer(self) -> Signer:
        """Return the key."""
        return self.of.signer(self.key)


class FromFolder:
    """An issuer in a folder; a change there is seen with the next use."""

    def __init__(self, folder: IssuerFolder, password: str) -> None:
        """Take the folder, and the password of its keys."""
        self.folder = folder
        self._password = password
        self._seen: tuple[int, int] | None = None
        self._now: tuple[Issuer, Signer] | None = None

    def issuer(self) -> Issuer:
        """Return the issuer as it is in the folder."""
        return self._current()[0]

    def signer(self) -> Signer:
        """Return the current key."""
        return self._current()[1]

    def _current(self) -> tuple[Issuer, Signer]:
        found = (self.folder.path / "issuer.json").stat()
        seen = (found.st_mtime_ns, found.st_size)
        if self._now is None or seen != self._seen:
            self._now = self.folder.load(), self.folder.signer(self._password)
            self._seen = seen
        return self._now


@dataclass(frozen=True, slots=True)
class _Request:
    document: JSONObject
    registered_as: str
    key: str | None
    request: bytes
    mandatory: tuple[str, ...] | None


class IssuingService:
    """Issue in the name of one issuer; an ``Issuing``."""

    def __init__(
        self,
        name: str,
        source: KeySource | tuple[Issuer, Signer] | IssuerFolder,
        database: str,
        *,
        base_url: str,
        password: str = "",
        format: Format = "embedded",  # noqa: A002
        status: Sequence[Purpose] = ("revocation",),
        host: bool = False,
        limits: Limits = DEFAULT_LIMITS,
    ) -> None:
        """Open the registry, and make its tables if there are none.

        Args:
            name: The name of the issuer in URLs.
            source: The issuer with its key, a folder, or where they come from.
            database: The registry of statuses, such as ``sqlite:///status.db``.
            base_url: Where the service is reached; status lists are below ``status/<name>``.
            password: Of the keys in the folder.
            format: What is issued.
            status: For which purposes each credential gets an entry; none for no entries.
            host: Whether credentials are kept, and shown to whoever knows their URL.
            limits: Bounds on what is sent.

        Raises:
            StatusListError: The database cannot be used.
        """
        self.name = name
        if isinstance(source, IssuerFolder):
            self.source: KeySource = FromFolder(source, password)
        else:
            self.source = Fixed(*source) if isinstance(source, tuple) else source
        self.folder = source if isinstance(source, IssuerFolder) else None
        self.base_url = base_url.rstrip("/")
        self.format = format
        self.host = host
        self.limits = limits
        self._purposes = tuple(status)
        self.registry = StatusRegistry(database, base_url=f"{self.base_url}/status/{name}")
        self.ledger = Ledger(database)
        self._published: set[str] = set()
        self._workers = Workers(2, 2 * _MOST_WAITING, f"issuing-{name}")
        self._signers: ThreadPoolExecutor | None = None
        self._issuing = Shared(self._workers, self._issue_all, most=_MOST_AT_ONCE, most_waiting=_MOST_WAITING)
        self._changing = Shared(self._workers, self._change_all, most=_MOST_AT_ONCE, most_waiting=_MOST_WAITING)

    def close(self) -> None:
        """End the threads, and close the database."""
        self._workers.close()
        if self._signers is not None:
            self._signers.shutdown()
        self.registry.close()
        self.ledger.close()

    @property
    def profile(self) -> Profile:
        """Who issues."""
        return self.source.issuer().profile

    @property
    def published(self) -> frozenset[str]:
        """The URLs of its status lists, as far as they are known here."""
        return frozenset(self._published)

    # Issue

    async def issue(self, credential: JSONObject, options: JSONObject, key: str | None) -> bytes:
        """Issue a credential; see ``Issuing.issue``."""
        request = self._request(credential, options, key)
        answer = await self._issuing.ask(request)
        if answer.request != request.request:
            text = "the same Idempotency-Key came with another request before; take a new one"
            raise RequestError(422, "IDEMPOTENCY_KEY_REUSED", text)
        return answer.content

    def _request(self, credential: JSONObject, options: JSONObject, key: str | None) -> _Request:
        members = Members(options, "/options")
        members.only("credentialId", "mandatoryPointers", code="UNKNOWN_OPTION_PROVIDED")
        mandatory = members.texts("mandatoryPointers")
        if mandatory is not None and self.format != "embedded":
            text = "/options/mandatoryPointers is for proofs in the credential, and this issuer makes JWTs"
            raise RequestError(400, "UNSUPPORTED", text)
        if key is not None and not (0 < len(key) <= _MOST_KEY_CHARACTERS and key.isascii() and key.isprintable()):
            text = f"an Idempotency-Key is printable ASCII of at most {_MOST_KEY_CHARACTERS} characters"
            raise RequestError(400, "MALFORMED_VALUE_ERROR", text)
        hashed = b"" if key is None else hashlib.sha256(canonicalize([credential, options])).digest()
        document = self._filled(credential)
        registered_as = members.text("credentialId") or document["id"]
        if not _is_id(registered_as):
            text = f"the id of a credential is a URL of at most {_MOST_ID_BYTES:,} bytes"
            raise RequestError(400, "MALFORMED_VALUE_ERROR", text)
        pointers = None if mandatory is None else tuple(mandatory)
        return _Request(document, str(registered_as), key, hashed, pointers)

    def _filled(self, credential: JSONObject) -> JSONObject:
        """Return the credential with what it was sent without: an id, the issuer, and since when it is valid."""
        document = dict(credential)
        if "id" not in document:
            fresh = uuid.uuid4()
            document["id"] = f"{self.base_url}/credentials/{fresh}" if self.host else f"urn:uuid:{fresh}"
        if "issuer" not in document:
            profile = self.profile.model_dump()
            document["issuer"] = profile
        contexts = document.get("@context")
        if "validFrom" not in document and isinstance(contexts, list) and CREDENTIALS_V2 in contexts:
            document["validFrom"] = now().lexical
        return document

    def _issue_all(self, requests: Sequence[_Request]) -> list[Answer | Exception]:
        signer, issuer = self.source.signer(), self.source.issuer()
        documents = self._with_entries(requests, issuer, signer)
        made = self._signed(requests, documents, signer)
        entries = [each for each in made if isinstance(each, Entry)]
        if self.folder is not None and entries:
            # What is not in the record is never issued again.
            self.folder.record([each.content for each in entries])
        saved = iter(self.ledger.save(entries))
        results: list[Answer | Exception] = []
        for each in made:
            found = next(saved) if isinstance(each, Entry) else each
            text = "a credential with this id was issued before; take another id, or the Idempotency-Key of then"
            results.append(RequestError(409, "ALREADY_ISSUED", text) if found is None else found)
        return results

    def _with_entries(self, requests: Sequence[_Request], issuer: Issuer, signer: Signer) -> list[JSONObject]:
        """Give each credential its entries, in lists that are published."""
        documents = [request.document for request in requests]
        wanted = [i for i, each in enumerate(documents) if self._purposes and "credentialStatus" not in each]
        if not wanted:
            return documents
        entries = dict(self.registry.assign_many((requests[i].registered_as for i in wanted), list(self._purposes)))
        for i in wanted:
            found = entries[requests[i].registered_as]
            members: list[JSONValue] = [each.model_dump() for each in found]
            documents[i] = {**documents[i], "credentialStatus": members[0] if len(members) == 1 else members}
        urls = {str(entry.status_list_credential) for found in entries.values() for entry in found}
        if not urls <= self._published:
            self._publish(issuer, signer)
        return documents

    def _signed(
        self, requests: Sequence[_Request], documents: Sequence[JSONObject], signer: Signer
    ) -> list[Entry | Exception]:
        pairs = list(zip(requests, documents, strict=True))
        key = getattr(signer, "signer", signer)
        if isinstance(key, SigningKey) or len(pairs) == 1:
            return [self._sign(request, document, signer) for request, document in pairs]
        if self._signers is None:
            self._signers = ThreadPoolExecutor(_REMOTE_KEYS, f"signing-{self.name}")
        return list(self._signers.map(lambda pair: self._sign(pair[0], pair[1], signer), pairs))

    def _sign(self, request: _Request, document: JSONObject, signer: Signer) -> Entry | Exception:
        try:
            secured, kept = self._secured(request, document, signer)
        except MicrocredError as error:
            return error
        except ValueError as error:
            # Pointers or a key that do not fit.
            return RequestError(400, "MALFORMED_VALUE_ERROR", str(error))
        content = dumps(secured).encode()
        # A base proof is for the holder alone, who derives from it what others see (VC-DI-ECDSA §3.6).
        shown = self.host and request.mandatory is None
        text = Kept(content if kept is None else kept, _MEDIA_TYPES[self.format]) if shown else None
        return Entry(str(document["id"]), content, request.key, request.request, text)

    def _secured(self, request: _Request, document: JSONObject, signer: Signer) -> tuple[JSONObject, bytes | None]:
        if request.mandatory is not None:
            return sign_selective(document, signer, mandatory_pointers=request.mandatory, limits=self.limits), None
        if self.format == "embedded":
            return sign_document(document, signer, limits=self.limits), None
        profile: Literal["ob3", "vc-jose"] = "ob3" if self.format == "jwt" else "vc-jose"
        token = sign_jwt(document, signer, profile=profile, limits=self.limits)
        enveloped: JSONObject = {
            "@context": CREDENTIALS_V2,
            "type": "EnvelopedVerifiableCredential",
            "id": f"data:application/vc+jwt,{token}",
        }
        return enveloped, token.encode()

    # Statuses

    async def change_status(self, change: StatusChange, actor: str) -> None:
        """Change the status of a credential, and publish it; see ``Issuing.change_status``."""
        await self._changing.ask((change, actor))

    def _change_all(self, changes: Sequence[tuple[StatusChange, str]]) -> list[Exception | None]:
        results = [self._change(change, actor) for change, actor in changes]
        if any(each is None for each in results):
            # A revocation that nobody can see is none.
            self.publish()
        return results

    def _change(self, change: StatusChange, actor: str) -> Exception | None:
        try:
            if change.purpose == "revocation":
                if not change.value:
                    self._refuse_revival(change.credential_id)
                    return None
                self.registry.revoke(change.credential_id, reason=change.reason, actor=actor)
            elif change.value:
                self.registry.suspend(change.credential_id, reason=change.reason, actor=actor)
            else:
                self.registry.reinstate(change.credential_id, reason=change.reason, actor=actor)
        except MicrocredError as error:
            return error
        except ValueError as error:
            return RequestError(400, "MALFORMED_VALUE_ERROR", str(error))
        return None

    def _refuse_revival(self, credential_id: str) -> None:
        if self.registry.status(credential_id).revoked:
            raise StatusListError("the credential is revoked, which cannot be undone", "REVOKED")

    def publish(self) -> list[PublishedList]:
        """Sign the status lists that need it, and return all.

        Raises:
            MicrocredError: As ``StatusRegistry.publish``.
        """
        return self._publish(self.source.issuer(), self.source.signer())

    def _publish(self, issuer: Issuer, signer: Signer) -> list[PublishedList]:
        lists = self.registry.publish(issuer.id, signer)
        self._published |= {each.url for each in lists}
        return lists


def _is_id(value: JSONValue) -> bool:
    if not isinstance(value, str) or not value or "\0" in value:
        return False
    with suppress(UnicodeEncodeError):
        return len(value.encode()) <= _MOST_ID_BYTES
    return False
