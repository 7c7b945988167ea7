"""The kinds of ``credentialStatus`` that every verifier knows: W3C bitstrings, and the 1EdTech revocation list."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from microcred.documents import issuer_id
from microcred.errors import StatusListError
from microcred.json import JSONObject, JSONValue, many, pointer
from microcred.protocols import Steps
from microcred.status import MINIMUM_ENTRIES, value_at
from microcred.verify.judgement import Judge
from microcred.verify.report import Code, Finding
from microcred.verify.revocation_lists import RevocationListReader
from microcred.verify.status_lists import ListCredential, ListReader

__all__ = ["BitstringStatus", "RevocationList1EdTech"]

# More digits, or bits with a message for each of their values, fit into no list.
_MAX_DIGITS, _MAX_SIZE = 20, 20
_HEXADECIMAL = re.compile(r"0x[0-9a-fA-F]+", re.ASCII)
_UNBOUND = "give it to a verifier, as status_methods=[…]: the verifier judges the lists"


@dataclass(frozen=True, slots=True)
class _Form:
    """One of the two generations of bit strings."""

    entry: str
    credential: str
    subject: str
    purposes: frozenset[str]


_FORMS: Final = {
    form.entry: form
    for form in (
        _Form(
            "BitstringStatusListEntry",
            "BitstringStatusListCredential",
            "BitstringStatusList",
            frozenset(["revocation", "suspension", "refresh", "message"]),
        ),
        _Form(
            "StatusList2021Entry",
            "StatusList2021Credential",
            "StatusList2021",
            frozenset(["revocation", "suspension"]),
        ),
    )
}


@dataclass(frozen=True, slots=True)
class _Entry:
    """What an entry asks (Bitstring Status List 1.0 §2.1)."""

    form: _Form
    purpose: str
    index: int
    size: int
    url: str


class BitstringStatus:
    """Judge entries of Bitstring Status List 1.0, and of StatusList2021 before it."""

    types = frozenset(_FORMS)

    def __init__(
        self,
        *,
        list_issuers: Mapping[str, Iterable[str]] | None = None,
        minimum_entries: int = MINIMUM_ENTRIES,
    ) -> None:
        """Say whose lists to hear, and how short they may be.

        Args:
            list_issuers: From the id of an issuer to the ids of others who may keep lists for it. By default only the
                issuer itself may.
            minimum_entries: The fewest entries of a list; some ecosystems allow fewer than the standard, which costs
                the holders their privacy.

        Raises:
            TypeError: A single text in place of several ids.
        """
        self._list_issuers: dict[str, frozenset[str]] = {}
        for issuer, others in (list_issuers or {}).items():
            if isinstance(others, str):
                raise TypeError("list_issuers maps the id of an issuer to a set of ids; put the id in braces: {…}")
            self._list_issuers[issuer] = frozenset(others)
        self._minimum_entries = minimum_entries
        self._lists: ListReader | None = None

    def bound(self, judge: Judge) -> BitstringStatus:
        """Return the method for one verifier, whose judge judges the lists."""
        method = BitstringStatus(list_issuers=self._list_issuers, minimum_entries=self._minimum_entries)
        method._lists = ListReader(judge)
        return method

    def check(self, entry: JSONObject, credential: JSONObject, *, at: datetime) -> Steps[Finding]:
        """Validate one entry (§3.2); see ``StatusMethod.check``.

        Raises:
            ValueError: The method is not one of a verifier.
        """
        if self._lists is None:
            raise ValueError(_UNBOUND)
        # Steps 3 and 7; what §2.1 demands of an entry is for the issuer to keep.
        try:
            asked = _read_entry(entry)
        except StatusListError as error:
            return Finding.failed(error.code, error.reason)
        if asked.purpose not in asked.form.purposes:
            return Finding.indeterminate(Code.UNSUPPORTED, "the status has a purpose that is not known here")
        try:
            # Steps 4, 6 and 8.
            found = yield from self._lists.read(asked.url, at)
            self._require_fitting(found, asked, issuer_id(credential))
            # Step 10.
            value = value_at(found.bits, asked.index, asked.size)
        except StatusListError as error:
            return Finding.indeterminate(error.code, error.reason)
        # Steps 11 to 15.
        if not value:
            return Finding.passed()
        meaning = _meaning(asked.purpose)
        return replace(meaning, pointer=_message(entry, credential, value)) if asked.purpose == "message" else meaning

    def _require_fitting(self, found: ListCredential, asked: _Entry, issuer: str | None) -> None:
        """Require that a list is the one that the entry is about (§2.2; §3.2 steps 2, 5 and 9).

        Raises:
            StatusListError: It is another.
        """
        form, subject = asked.form, found.subject
        problem = None
        # It need not have an id; then https vouches for what is behind the URL.
        if found.document.get("id", asked.url if asked.url.startswith("https://") else None) != asked.url:
            problem = "what is behind the URL of the status list is another list, by its id"
        elif issuer is None or found.issuer not in {issuer, *self._list_issuers.get(issuer, ())}:
            problem = "the status list is by another issuer; if it may speak for the issuer, name it in list_issuers="
        elif form.credential not in many(found.document.get("type")) or form.subject not in many(subject.get("type")):
            problem = "what is behind the URL of the status list is not a list of that kind"
        # Step 5.
        elif asked.purpose not in many(subject.get("statusPurpose")):
            problem = "the status list is for another purpose"
        # Else another entry would be read.
        elif subject.get("statusSize", asked.size) != asked.size:
            problem = "the status list has entries of another size"
        if problem is not None:
            raise StatusListError(problem, Code.STATUS_VERIFICATION_ERROR)
        # Step 9.
        if len(found.bits) * 8 // asked.size < self._minimum_entries:
            text = (
                f"the status list has fewer than {self._minimum_entries:,} entries, and so gives away who is looked up"
            )
            raise StatusListError(text, Code.STATUS_LIST_LENGTH_ERROR)


class RevocationList1EdTech:
    """Judge entries of the 1EdTech Revocation List Status Method 1.0: a list of the ids of revoked credentials."""

    types = frozenset(["1EdTechRevocationList"])

    def __init__(self) -> None:
        self._lists: RevocationListReader | None = None

    def bound(self, judge: Judge) -> RevocationList1EdTech:
        """Return the method for one verifier, which finds the keys of lists that are JWTs."""
        method = RevocationList1EdTech()
        method._lists = RevocationListReader(judge.proofs.envelopes, judge.skew, judge.limits)
        return method

    def check(self, entry: JSONObject, credential: JSONObject, *, at: datetime) -> Steps[Finding]:
        """Look for the credential in the list; see ``StatusMethod.check``.

        Raises:
            ValueError: The method is not one of a verifier.
        """
        if self._lists is None:
            raise ValueError(_UNBOUND)
        url, identifier, issuer = entry.get("id"), credential.get("id"), issuer_id(credential)
        if not isinstance(url, str) or not isinstance(identifier, str) or issuer is None:
            text = "a revocation list needs its URL as the id of the status, and the id of the credential to look for"
            return Finding.failed(Code.MALFORMED_VALUE_ERROR, text)
        try:
            revoked = yield from self._lists.read(url, issuer, at)
        except StatusListError as error:
            return Finding.indeterminate(error.code, error.reason)
        return _meaning("revocation") if identifier in revoked else Finding.passed()


def _read_entry(entry: JSONObject) -> _Entry:
    """Read what an entry asks (§2.1).

    Raises:
        StatusListError: MALFORMED_VALUE_ERROR.
    """
    form = next(_FORMS[name] for name in many(entry.get("type")) if isinstance(name, str) and name in _FORMS)
    purpose, url = entry.get("statusPurpose"), entry.get("statusListCredential")
    if not isinstance(purpose, str) or not isinstance(url, str):
        raise StatusListError("the status needs a purpose and the URL of a list, both as text")
    return _Entry(form, purpose, _index(entry.get("statusListIndex")), _size(entry), url)


def _index(value: JSONValue) -> int:
    """Read a ``statusListIndex``: text by the standard, a number in official samples."""
    if isinstance(value, str) and value.isascii() and value.isdigit():
        value = int(value) if len(value) <= _MAX_DIGITS else 10**_MAX_DIGITS
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise StatusListError('statusListIndex must be a whole number in quotes, such as "94567"')
    return value


def _size(entry: JSONObject) -> int:
    """Read a ``statusSize``, and require a message for each value that an entry of several bits can have."""
    size, messages = entry.get("statusSize", 1), entry.get("statusMessage")
    if isinstance(size, bool) or not isinstance(size, int) or size < 1:
        raise StatusListError("statusSize must be a whole number from 1")
    if size == 1 and messages is None:
        return size
    if not isinstance(messages, list) or size > _MAX_SIZE or len(messages) != 1 << size:
        raise StatusListError("statusMessage must have one message for each value that statusSize allows")
    for item in messages:
        message = item if isinstance(item, dict) else {}
        if not _HEXADECIMAL.fullmatch(str(message.get("status"))) or not isinstance(message.get("message"), str):
            raise StatusListError('each statusMessage must have a status, such as "0x1", and a message')
    return size


def _meaning(purpose: str) -> Finding:
    """Return what it means that an entry is not 0 (§2.1)."""
    if purpose == "revocation":
        return Finding.failed(Code.REVOKED, "the issuer has revoked the credential")
    if purpose == "suspension":
        text = "the issuer has suspended the credential, and may lift that again"
        return Finding.failed(Code.SUSPENDED, text)
    if purpose == "refresh":
        text = "the issuer has a newer version of the credential; this one is still good"
        return Finding.passed(text, Code.REFRESH_AVAILABLE)
    text = "the issuer says something about the credential; the standard gives that no meaning, so read it there"
    return Finding.passed(text, Code.STATUS_MESSAGE)


def _message(entry: JSONObject, credential: JSONObject, value: int) -> str | None:
    """Point to what an entry says (step 14): the words are the issuer's, and stay where they are."""
    entries = credential.get("credentialStatus")
    place = next((index for index, each in enumerate(many(entries)) if each is entry), None)
    for index, message in enumerate(many(entry.get("statusMessage"))):
        if place is not None and isinstance(message, dict) and int(str(message["status"]), 16) == value:
            above = ("credentialStatus", place) if isinstance(entries, list) else ("credentialStatus",)
            return pointer(*above, "statusMessage", index)
    return None
