"""What a row becomes before it is signed: cells for the template, with an id, a hashed address and a status entry."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal, NamedTuple, TypeAlias, cast

from microcred.batch.drafts import complete
from microcred.batch.manifest import Reservation, Secret
from microcred.batch.rows import Recipient, Recipients
from microcred.batch.templates import OWN, Template, listed
from microcred.documents import judge
from microcred.errors import BatchError, DocumentError, MicrocredError
from microcred.json import JSONObject
from microcred.limits import DEFAULT_LIMITS
from microcred.models import is_absolute_iri
from microcred.models.profile import identity_hash
from microcred.signing.preparing import check_terms

__all__ = ["OWN", "Address", "Plan", "Prepared", "Preparer", "Refused", "Survey", "problem_of", "survey"]

Address: TypeAlias = Literal["id", "email"]
_MOST_ID = 2_048
_MOST_PROBLEMS = 5
_REFUSED: Final = "TEMPLATE_REFUSED"


@dataclass(frozen=True, slots=True)
class Plan:
    """What a run is to make of its recipients; a run that goes on has the same plan as when it began."""

    template: Mapping[str, object]
    """A badge as for ``build``, or any whole credential, with ``{{ column }}``."""
    recipients: Path
    """A CSV, TSV, XLSX or NDJSON file."""
    form: Literal["json", "jwt"] = "json"
    """How credentials are secured."""
    into: Literal["files", "lines"] = "files"
    """A file for each credential, or a line for each in one file."""
    zipped: bool = False
    """Whether the files are packed into one ZIP, too."""
    image: Path | None = None
    """A PNG or SVG in which each credential is baked."""
    to: str | None = None
    """The column with whom a badge is for: a DID or URL, or an e-mail address, which is hashed."""
    id_from: Sequence[str] = ()
    """The columns from which ids are derived that the template does not give; by default all."""
    profile: Literal["ob3", "vc-jose"] = "ob3"
    """Which text a JWT follows."""
    verification_method: str | None = None
    """The URL of the key, when the issuer's id is not its did:key."""


@dataclass(frozen=True, slots=True)
class Survey:
    """What a first look at all recipients shows."""

    total: int
    """How many there are."""
    columns: tuple[str, ...]
    """The columns that any of them has."""
    address: Address
    """What the column ``to`` holds; in all rows the same."""


def survey(recipients: Recipients, to: str | None) -> Survey:
    """Read all recipients once, so that nothing is signed of a file that cannot be read to its end.

    Raises:
        BatchError: UNREADABLE_RECIPIENTS: the file cannot be read, has no rows, or has too many columns.
        OSError: It cannot be opened.
    """
    total, columns = 0, dict.fromkeys(recipients.columns() or ())
    address: Address | None = None
    for each in recipients:
        total += 1
        columns.update(dict.fromkeys(each.cells))
        if len(columns) > 2_000:
            raise BatchError("is where the columns become too many; name them alike", "UNREADABLE_RECIPIENTS", each.row)
        if address is None and to is not None and each.cells.get(to):
            address = "id" if is_absolute_iri(each.cells[to]) else "email"
    if not total:
        raise BatchError("there are no recipients in the file", "UNREADABLE_RECIPIENTS")
    return Survey(total, tuple(columns), address or "id")


class Refused(Exception):  # noqa: N818 - it never leaves this room
    """One row cannot become a credential."""


class Prepared(NamedTuple):
    """A row that can be reserved."""

    row: int
    id: str
    cells: dict[str, str]

    def with_status(self, given: Reservation) -> dict[str, str]:
        """Return the cells with the entry that was given."""
        if not given.list_url:
            return self.cells
        return {**self.cells, OWN + "list": given.list_url, OWN + "place": given.place}


@dataclass(slots=True)
class Preparer:
    """Make cells of rows, by the plan, the columns and the secret of a run."""

    plan: Plan
    found: Survey
    secret: Secret
    valid_from: str
    with_status: bool
    template: Template = field(init=False)
    _ids: Template | None = field(init=False)

    def __post_init__(self) -> None:
        """Complete the template, and hold it against the columns.

        Raises:
            DocumentError: Placeholders or members that cannot be.
            BatchError: TEMPLATE_REFUSED.
        """
        self._check_columns()
        members = self._members()
        own = members.setdefault("id", f"{{{{ {OWN}id }}}}")
        self.template = complete(members)
        given = own != f"{{{{ {OWN}id }}}}"
        self._ids = Template({"id": cast(str, own)}) if given else None
        self.template.check([*self.found.columns, *(OWN + name for name in ("id", "hash", "salt", "list", "place"))])

    def _check_columns(self) -> None:
        columns = set(self.found.columns)
        for name in (*self.plan.id_from, *([] if self.plan.to is None else [self.plan.to])):
            if name not in columns:
                raise BatchError(f"the recipients have no column “{name}”; {listed(self.found.columns)}", _REFUSED)
        if any(column.startswith(OWN) for column in columns):
            raise BatchError(f"a column begins with “{OWN}”, as those do that are added; rename it", _REFUSED)

    def _members(self) -> dict[str, object]:
        members = dict(self.plan.template)
        if "validFrom" not in members and "valid_from" not in members:
            members["validFrom"] = self.valid_from
        if self.with_status:
            if "credentialStatus" in members or "credential_status" in members:
                raise BatchError(
                    "the template has a credentialStatus, and the registry gives one; drop either", _REFUSED
                )
            members["credentialStatus"] = _STATUS
        if self.plan.to is not None:
            subject = members.setdefault("credentialSubject", {})
            if not isinstance(subject, dict):
                raise BatchError("the template must have one credentialSubject for the column of recipients", _REFUSED)
            filled = {"id": f"{{{{ {self.plan.to} }}}}"} if self.found.address == "id" else {"identifier": [_IDENTITY]}
            members["credentialSubject"] = {**subject, **filled}
        return members

    def prepare(self, recipient: Recipient) -> Prepared:
        """Make the cells of one row.

        Raises:
            Refused: There is something wrong with it.
        """
        if recipient.error is not None:
            raise Refused(recipient.error)
        cells = recipient.cells
        key = [cells.get(column, "") for column in self.plan.id_from or self.found.columns]
        if self.plan.id_from and not all(key):
            raise Refused("has nothing in a column that its id is derived from")
        identifier = self._id(cells, key)
        own = {OWN + "id": identifier, OWN + "list": "https://example.com/status/1", OWN + "place": "0"}
        if self.plan.to is not None:
            own |= self._address(cells.get(self.plan.to, ""), identifier)
        prepared = Prepared(recipient.row, identifier, {**cells, **own})
        try:
            self.template.check_row(prepared.cells)
        except DocumentError as error:
            raise Refused(_in_a_line(error)) from None
        return prepared

    def _id(self, cells: Mapping[str, str], key: Sequence[str]) -> str:
        if self._ids is None:
            return self.secret.urn(*key)
        try:
            identifier = str(self._ids.fill(cells).get("id", ""))
        except DocumentError as error:
            raise Refused(_in_a_line(error)) from None
        if len(identifier) > _MOST_ID or not is_absolute_iri(identifier):
            raise Refused("makes an id that is no full URL or URN, or too long")
        return identifier

    def _address(self, value: str, identifier: str) -> dict[str, str]:
        if is_absolute_iri(value) is not (self.found.address == "id"):
            kind = "DID or URL" if self.found.address == "id" else "e-mail address"
            raise Refused(f"has no {kind} in “{self.plan.to}”, as the first row has")
        if self.found.address == "id":
            return {}
        if "@" not in value:
            raise Refused(f"has no e-mail address, DID or URL in “{self.plan.to}”")
        # The salt is the same again when the run goes on, and tells nothing without the secret.
        salt = base64.urlsafe_b64encode(self.secret.derive("salt", identifier, value)[:16]).decode().rstrip("=")
        return {OWN + "hash": identity_hash(value, salt), OWN + "salt": salt}

    def document(self, cells: Mapping[str, str]) -> JSONObject:
        """Return the unsigned credential of a row.

        Raises:
            Refused: A cell is missing, or not what it should be.
        """
        try:
            return self.template.fill(cells)
        except DocumentError as error:
            raise Refused(_in_a_line(error)) from None


def _in_a_line(error: DocumentError) -> str:
    shown = "; ".join(str(problem) for problem in error.problems[:_MOST_PROBLEMS])
    more = len(error.problems) - _MOST_PROBLEMS
    return f"{shown}; and {more} more" if more > 0 else shown


def problem_of(document: JSONObject) -> str | None:
    """Tell why a credential cannot be signed, as far as one can without the key."""
    problems = judge(document)
    if problems:
        return _in_a_line(DocumentError(problems))
    try:
        check_terms(document, None, DEFAULT_LIMITS)
    except MicrocredError as error:
        return str(error)
    return None


_STATUS: Final = {
    "id": f"{{{{ {OWN}list }}}}#{{{{ {OWN}place }}}}",
    "type": "BitstringStatusListEntry",
    "statusPurpose": "revocation",
    "statusListIndex": f"{{{{ {OWN}place }}}}",
    "statusListCredential": f"{{{{ {OWN}list }}}}",
}
_IDENTITY: Final = {
    "type": "IdentityObject",
    "hashed": True,
    "identityHash": f"{{{{ {OWN}hash }}}}",
    "identityType": "emailAddress",
    "salt": f"{{{{ {OWN}salt }}}}",
}
