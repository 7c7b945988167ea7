"""Issue in the name of one issuer: fill in, give a status entry, sign, remember; many requests in one transaction."""

from __future__ import annotations

import logging
import uuid
from collections import deque
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from typing import Final, Protocol

from microcred.errors import DocumentError, InvalidKeyError, MicrocredError, SigningError, StatusListError
from microcred.issuer import Issuer, IssuerFolder
from microcred.json import JSONObject, JSONValue
from microcred.keys import PublicKey, SigningKey
from microcred.limits import DEFAULT_LIMITS, Limits
from microcred.models import CREDENTIALS_V2, Profile, now
from microcred.protocols import Signer
from microcred.server.bodies import Members
from microcred.server.jobs import Asked, Job, apart
from microcred.server.ledger import Entry, Kept, Ledger
from microcred.server.problems import RequestError, key_unavailable
from microcred.server.securing import Manner
from microcred.server.settings import Format
from microcred.server.sources import Fixed, FromFolder, KeySource
from microcred.server.work import Shared, Workers
from microcred.status.records import PublishedList, Purpose
from microcred.status.registry import StatusRegistry

__all__ = ["Issuing", "IssuingService", "KeySource", "StatusChange"]

_log: Final = logging.getLogger("microcred.server")
_MOST_AT_ONCE: Final = 64
_MOST_WAITING: Final = 1_024
_MOST_ID_BYTES: Final = 2_048
# Other keys are far away, and wait.
_REMOTE_KEYS: Final = 8


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
    status_list: str | None = None
    """The URL of the list in which the entry is, if it was said."""
    index: str | None = None
    """Where in the list it is, if it was said."""


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
            key: The idempotency key, if there is one, with who asks; at most 1,000 characters.

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
        self.manner = Manner(format, limits)
        self._published: set[str] = set()
        self._published_with: PublicKey | None = None
        # Ids that have entries, and that no credential was signed with.
        self._spare_ids: deque[str] = deque(maxlen=_MOST_WAITING)
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
        return await self._issuing.ask(self._asked(credential, options, key))

    def _asked(self, credential: JSONObject, options: JSONObject, key: str | None) -> Asked:
        members = Members(options, "/options")
        members.only("credentialId", "mandatoryPointers", code="UNKNOWN_OPTION_PROVIDED")
        mandatory = members.texts("mandatoryPointers")
        if mandatory is not None and self.format != "embedded":
            text = "/options/mandatoryPointers is for proofs in the credential, and this issuer makes JWTs"
            raise RequestError(400, "UNSUPPORTED", text)
        names = dict.fromkeys(each for each in (members.text("credentialId"), credential.get("id")) if each is not None)
        if not all(_is_id(each) for each in names):
            text = f"the id of a credential is a URL of at most {_MOST_ID_BYTES:,} bytes"
            raise RequestError(400, "MALFORMED_VALUE_ERROR", text)
        # Two issuers can have one database.
        scoped = None if key is None else f"{self.name}\n{key}"
        pointers = None if mandatory is None else tuple(mandatory)
        return Asked(credential, options, scoped, tuple(map(str, names)), pointers)

    def _issue_all(self, asked: Sequence[Asked]) -> list[bytes | Exception]:
        jobs = [Job(each) for each in asked]
        waiting = jobs
        while waiting:
            these, waiting = apart(waiting)
            try:
                self._issue_some(these)
            except Exception as error:  # noqa: BLE001 - of these, and not of those that were answered
                for job in these:
                    if job.is_open:
                        job.settle(error)
        return [job.result for job in jobs]

    def _issue_some(self, jobs: Sequence[Job]) -> None:
        """Issue what has neither keys nor names in common, as far as it was not issued before."""
        jobs = self._without_known(jobs)
        if not jobs:
            return
        issuer, signer = self._current()
        for job in jobs:
            self._fill(job, issuer)
        try:
            self._give_entries(jobs, issuer, signer)
            signed = [(job, made) for job, made in zip(jobs, self._signed(jobs, signer), strict=True) if made]
        finally:
            # An entry that nobody was given is for the next one.
            self._spare_ids.extend(str(job.document["id"]) for job in jobs if job.is_spare)
        self._save(signed)

    def _without_known(self, jobs: Sequence[Job]) -> list[Job]:
        """Answer what was answered before, and refuse what has a name of another credential."""
        keys = [job.asked.key for job in jobs if job.asked.key is not None]
        answers, taken = self.ledger.look(keys, [name for job in jobs for name in job.asked.names])
        for job in jobs:
            try:
                job.hash()
            except MicrocredError as error:
                job.settle(error)
                continue
            found = answers.get(job.asked.key or "")
            job.settle(found if found is not None or taken.isdisjoint(job.asked.names) else _already_issued())
        return [job for job in jobs if job.is_open]

    def _fill(self, job: Job, issuer: Issuer) -> None:
        """Give the credential what it was sent without: an id, the issuer, and since when it is valid."""
        document = job.document = dict(job.asked.credential)
        if "id" not in document:
            job.is_spare = not job.asked.names
            document["id"] = self._spare_ids.popleft() if job.is_spare and self._spare_ids else self._fresh_id()
        if "issuer" not in document:
            profile = issuer.profile.model_dump()
            document["issuer"] = profile
        contexts = document.get("@context")
        if "validFrom" not in document and isinstance(contexts, list) and CREDENTIALS_V2 in contexts:
            document["validFrom"] = now().lexical

    def _fresh_id(self) -> str:
        fresh = uuid.uuid4()
        return f"{self.base_url}/credentials/{fresh}" if self.host else f"urn:uuid:{fresh}"

    def _give_entries(self, jobs: Sequence[Job], issuer: Issuer, signer: Signer) -> None:
        """Give each credential its entries, in lists that are published."""
        wanted = [job for job in jobs if self._purposes and "credentialStatus" not in job.document]
        if not wanted:
            return
        entries = dict(self.registry.assign_many((job.registered_as for job in wanted), list(self._purposes)))
        for job in wanted:
            members: list[JSONValue] = [each.model_dump() for each in entries[job.registered_as]]
            job.document["credentialStatus"] = members[0] if len(members) == 1 else members
        urls = {str(entry.status_list_credential) for found in entries.values() for entry in found}
        if not urls <= self._published or signer.public_key != self._published_with:
            self._publish(issuer, signer)

    def _signed(self, jobs: Sequence[Job], signer: Signer) -> list[Entry | None]:
        key = getattr(signer, "signer", signer)
        if isinstance(key, SigningKey) or len(jobs) == 1:
            return [self._sign(job, signer) for job in jobs]
        if self._signers is None:
            self._signers = ThreadPoolExecutor(_REMOTE_KEYS, f"signing-{self.name}")
        return list(self._signers.map(lambda job: self._sign(job, signer), jobs))

    def _sign(self, job: Job, signer: Signer) -> Entry | None:
        try:
            secured = self.manner.secured(job.document, signer, job.asked.mandatory)
        except Exception as error:  # noqa: BLE001 - of this one, and not of the others
            job.settle(_of_signing(error))
            return None
        job.is_spare = False
        # A base proof is for the holder alone, who derives from it what others see (VC-DI-ECDSA §3.6).
        is_shown = self.host and job.asked.mandatory is None
        kept = Kept(secured.shown, secured.media_type) if is_shown else None
        return Entry(str(job.document["id"]), secured.content, job.asked.key, job.request, kept, job.asked.names)

    def _save(self, signed: Sequence[tuple[Job, Entry]]) -> None:
        if self.folder is not None and signed:
            # What is not in the record is never issued again.
            try:
                self.folder.record([entry.content for _, entry in signed])
            except OSError as error:
                _log.error("what %s issues cannot be recorded: %s", self.name, type(error).__name__)
                text = "what is issued cannot be recorded now; ask again later"
                raise RequestError(503, "RECORD_UNAVAILABLE", text) from None
        saved = self.ledger.save([entry for _, entry in signed])
        for (job, _), found in zip(signed, saved, strict=True):
            job.settle(_already_issued() if found is None else found)

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
            if change.status_list is not None or change.index is not None:
                self._require_entry(change)
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

    def _require_entry(self, change: StatusChange) -> None:
        """Refuse to change another entry than the one that is meant."""
        for each in self.registry.status(change.credential_id).entries:
            said = (change.status_list or each.status_list_credential, change.index or each.status_list_index)
            if (change.purpose, *said) == (
                each.status_purpose,
                str(each.status_list_credential),
                str(each.status_list_index),
            ):
                return
        text = "/credentialStatus is no entry of this credential; leave statusListCredential and statusListIndex out"
        raise RequestError(409, "ANOTHER_ENTRY", text)

    def _refuse_revival(self, credential_id: str) -> None:
        if self.registry.status(credential_id).revoked:
            raise StatusListError("the credential is revoked, which cannot be undone", "REVOKED")

    def publish(self) -> list[PublishedList]:
        """Sign the status lists that need it, and return all.

        Raises:
            MicrocredError: As ``StatusRegistry.publish``; or RequestError, 503: the key cannot be used.
        """
        return self._publish(*self._current())

    def _publish(self, issuer: Issuer, signer: Signer) -> list[PublishedList]:
        try:
            lists = self.registry.publish(issuer.id, signer)
        except (SigningError, InvalidKeyError, DocumentError, OSError) as error:
            # Whatever it is, it is none of the client's.
            _log.error("the status lists of %s cannot be signed: %s", self.name, type(error).__name__)
            raise key_unavailable() from None
        self._published |= {each.url for each in lists}
        self._published_with = signer.public_key
        return lists

    def current_key(self) -> PublicKey:
        """Return the key that signs now.

        Raises:
            RequestError: 503: it cannot be used.
        """
        return self._current()[1].public_key

    def _current(self) -> tuple[Issuer, Signer]:
        try:
            return self.source.issuer(), self.source.signer()
        except (MicrocredError, OSError) as error:
            _log.error("the key of %s cannot be used: %s", self.name, type(error).__name__)
            raise key_unavailable() from None


def _already_issued() -> RequestError:
    text = "a credential with this id was issued before; take another id, or the Idempotency-Key of then"
    return RequestError(409, "ALREADY_ISSUED", text)


def _of_signing(error: Exception) -> Exception:
    if isinstance(error, InvalidKeyError | OSError):
        _log.error("a key cannot be used: %s", type(error).__name__)
        return key_unavailable()
    if isinstance(error, ValueError):
        # Pointers or a key that do not fit.
        return RequestError(400, "MALFORMED_VALUE_ERROR", str(error))
    return error


def _is_id(value: JSONValue) -> bool:
    if not isinstance(value, str) or not value or "\0" in value:
        return False
    with suppress(UnicodeEncodeError):
        return len(value.encode()) <= _MOST_ID_BYTES
    return False
