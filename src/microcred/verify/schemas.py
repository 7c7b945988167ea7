"""The schemas that a credential names: supplied or fetched, and the credential held against them.

Open Badges 3.0 §9.1 step 1 and §B.1.21; Verifiable Credentials JSON Schema.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from microcred.digests import Annotation, related_resources
from microcred.documents import issuer_id
from microcred.errors import DocumentError, FetchError
from microcred.json import JSONObject, JSONValue, dumps, loads_object, many, place, pointer
from microcred.limits import Limits
from microcred.protocols import Fetch, Steps
from microcred.verify.json_schema import (
    DIALECTS,
    LATEST,
    Document,
    Library,
    UndecidedError,
    Work,
    mismatch,
    require_valid,
)
from microcred.verify.memory import Memory
from microcred.verify.related_resources import Given, judge_digests
from microcred.verify.report import Code, Finding, Outcome

if TYPE_CHECKING:
    from microcred.verify.judgement import Judge, Judgement, Occasion

__all__ = ["SchemaChecker"]

_EDTECH, _PLAIN, _CREDENTIAL = "1EdTechJsonSchemaValidator2019", "JsonSchema", "JsonSchemaCredential"
_KINDS = (_EDTECH, _PLAIN, _CREDENTIAL)
_DRAFT_2019 = DIALECTS["https://json-schema.org/draft/2019-09/schema"]
# What a JsonSchemaCredential names as its own schema, and named in earlier drafts (VC JSON Schema §2.2).
_OF_SCHEMAS = (
    "https://www.w3.org/ns/credentials/json-schema/v2.json",
    "https://www.w3.org/2022/credentials/v2/json-schema-credential-schema.json",
)
_ACCEPT = "application/schema+json, application/json"
_ACCEPT_CREDENTIAL = "application/vc, application/vc+jwt, application/vc+sd-jwt, application/vc+cose, application/json"
_MEDIA_TYPE = re.compile(r"[A-Za-z0-9!#$&^_.+-]{1,100}/[A-Za-z0-9!#$&^_.+-]{1,100}", re.ASCII)
# A compiled schema takes about so many times the bytes of its text.
_WEIGHT = 12


@dataclass(frozen=True, slots=True)
class _Named:
    """One entry of ``credentialSchema``."""

    kind: str
    url: str
    annotations: tuple[Annotation, ...]
    """What the credential says about the digest of the schema."""

    @property
    def media_type(self) -> str | None:
        """The media type that the credential says, if it does (VC Data Model 2.0 §5.3)."""
        for annotation in self.annotations:
            value = annotation.members.get("mediaType")
            if isinstance(value, str) and _MEDIA_TYPE.fullmatch(value):
                return value
        return None


class SchemaChecker:
    """Hold credentials against the schemas that they name; what was made of a schema is kept."""

    def __init__(self, given: Mapping[str, Given], limits: Limits, *, fetches: bool = True) -> None:
        """Take what there is.

        Args:
            given: Schema documents by URL; trusted.
            limits: Bounds on schemas, and on the work that they make.
            fetches: Whether others may be fetched.
        """
        self._given = given
        self._limits = limits
        self._library = Library({url: each.document for url, each in given.items()}, LATEST)
        self._supplied: dict[tuple[str, str], Document] = {}
        self._memory = Memory[Document]()
        self._fetches = fetches
        self._narrow = SchemaChecker(given, limits, fetches=False) if fetches else self

    def __reduce__(self) -> tuple[partial[SchemaChecker], tuple[()]]:
        # In another process, what is remembered has other addresses.
        return partial(SchemaChecker, self._given, self._limits, fetches=self._fetches), ()

    @property
    def narrow(self) -> SchemaChecker:
        """The checker of credentials that hold a schema or a status list: it fetches nothing.

        Otherwise such a credential could lead to another, and in the end to itself.
        """
        return self._narrow

    def check(self, document: JSONObject, judge: Judge, occasion: Occasion, *, known: bool) -> Steps[Finding]:
        """Hold a credential against each schema that it names.

        Args:
            document: The credential; untrusted.
            judge: Judges schemas that are credentials.
            occasion: Of the judgement of the credential.
            known: Whether its proof is good and its issuer trusted, so that schemas may be fetched.
        """
        value = document.get("credentialSchema")
        entries = many(value)
        if not entries:
            return Finding.skipped("the credential names no schema")
        related = related_resources(document)
        worst = Finding.passed()
        for index, entry in enumerate(entries):
            at = pointer("credentialSchema", *([index] if isinstance(value, list) else []))
            try:
                named = _read(entry, at, related)
                finding = yield from self._judged(named, document, judge, occasion, known=known)
            except UndecidedError as error:
                finding = Finding.indeterminate(error.code, error.reason)
            if finding.outcome is not Outcome.PASSED and finding.pointer is None:
                finding = replace(finding, pointer=at)
            if finding.outcome is Outcome.FAILED:
                return finding
            if worst.outcome is Outcome.PASSED:
                worst = finding
        return worst

    def _judged(
        self, named: _Named, document: JSONObject, judge: Judge, occasion: Occasion, *, known: bool
    ) -> Steps[Finding]:
        if not self._fetches and named.kind == _PLAIN and named.url in _OF_SCHEMAS:
            return _is_schema_credential(document)
        given = self._given.get(named.url)
        content = given.content if given is not None else (yield from self._fetched(named, known=known))
        finding = judge_digests(named.annotations, content)
        if finding is not None:
            return finding
        if given is not None:
            schema = self._of_given(named, given)
        elif named.kind == _CREDENTIAL:
            assert content is not None
            anyone = occasion.trust.of_anyone(asking=False)
            judged = yield from judge.for_schemas().judge(content, occasion.inside(anyone))
            schema = self._of_credential(named, judged, document, occasion)
        else:
            assert content is not None
            schema = self._of_bytes(named, content, occasion)
        schema.trim()
        require_valid(schema, self._library, occasion.work)
        found = mismatch(schema, document, self._library, occasion.work)
        if found is None:
            return Finding.passed()
        text = f"{place(found.pointer)} {found.words}, by the schema that the credential names"
        return Finding.failed(Code.SCHEMA_MISMATCH, text, found.pointer)

    def _fetched(self, named: _Named, *, known: bool) -> Steps[bytes]:
        """Fetch a schema.

        Raises:
            UndecidedError: RESOLUTION_ERROR.
        """
        if not known:
            # What an unproven document names is not fetched, nor what a stranger names.
            text = "the schema is fetched only after the proof is good, and the issuer trusted"
        elif not self._fetches:
            text = "a schema or status list has a schema of its own, which is not fetched"
        elif named.kind != _CREDENTIAL and not any(each.has_digest for each in named.annotations):
            # Whoever answers under its URL would decide what is good.
            text = "the schema is not known here, and is fetched only with a digest of it in the credential"
        else:
            media_type = named.media_type
            accept = media_type or (_ACCEPT_CREDENTIAL if named.kind == _CREDENTIAL else _ACCEPT)
            try:
                result = yield Fetch(named.url, accept)
            except FetchError:
                text = "the schema could not be fetched"
            else:
                if media_type in (None, result.media_type):
                    return result.content
                text = "what is behind the URL of the schema is not of the media type that the credential says"
        raise UndecidedError(f"{text}; if you have it, give it: schemas={{url: document}}", Code.RESOLUTION_ERROR)

    def _of_given(self, named: _Named, given: Given) -> Document:
        """Return a schema that the caller gave; it need not have a proof."""
        key = (named.kind, named.url)
        found = self._supplied.get(key)
        if found is None:
            value = given.document
            if named.kind == _CREDENTIAL and "credentialSubject" in value:
                value = _schema_in(value)
            found = _compiled(named, value)
            # It is looked at once, whoever comes first.
            require_valid(found, self._library, Work(self._limits.max_schema_steps, self._limits.max_schema_depth))
            self._supplied[key] = found
        return found

    def _of_bytes(self, named: _Named, content: bytes, occasion: Occasion) -> Document:
        """Return a schema that was fetched."""
        key = f"{named.kind} {named.url} ".encode() + content
        found = self._memory.get(key, occasion.at)
        if found is None:
            try:
                found = _compiled(named, loads_object(content, self._limits))
            except DocumentError:
                text = "what is behind the URL of the schema cannot be read"
                raise UndecidedError(text, Code.RESOLUTION_ERROR) from None
            self._memory.put(key, found, weight=_WEIGHT * len(content))
        return found

    def _of_credential(self, named: _Named, judgement: Judgement, document: JSONObject, occasion: Occasion) -> Document:
        """Return the schema in a credential that was fetched and judged (VC JSON Schema §2.2 and §4.1)."""
        credential, report = judgement.document, judgement.report
        if not credential:
            text = "what is behind the URL of the schema is no credential that can be read here"
            raise UndecidedError(text, Code.RESOLUTION_ERROR)
        if not report.verified:
            worst = min(report.problems, key=lambda check: check.outcome is not Outcome.FAILED)
            code = Code.UNSUPPORTED if worst.code == Code.UNSUPPORTED else Code.RESOLUTION_ERROR
            raise UndecidedError(f"the credential that holds the schema does not verify: {worst.detail}", code)
        author = issuer_id(credential)
        if credential.get("id") != named.url:
            text = "what is behind the URL of the schema is another credential, by its id"
        elif any(each.has_digest for each in named.annotations):
            # The issuer itself says which one it is.
            return self._of_bytes(named, dumps(_schema_in(credential)).encode(), occasion)
        elif report["issuer"].code is not None:
            text = "nothing shows that the key that signed the schema is its issuer's; pin the key of that issuer"
        elif author != issuer_id(document) and not occasion.trust.names(author):
            text = "the schema is by another issuer, whom you do not name as trusted, and the credential has no digest"
        else:
            return self._of_bytes(named, dumps(_schema_in(credential)).encode(), occasion)
        raise UndecidedError(text, Code.RESOLUTION_ERROR)


def _read(entry: JSONValue, at: str, related: Mapping[str, Annotation]) -> _Named:
    """Read an entry of ``credentialSchema`` (VC Data Model 2.0 §4.11).

    Raises:
        UndecidedError: UNSUPPORTED, MALFORMED_VALUE_ERROR.
    """
    types = many(entry.get("type")) if isinstance(entry, dict) else ()
    kind = next((name for name in _KINDS if name in types), None)
    if kind is None or not isinstance(entry, dict):
        raise UndecidedError("the credential names a kind of schema that is not judged here")
    url = entry.get("id")
    if not isinstance(url, str):
        raise UndecidedError("a schema needs its URL as id, in quotes", Code.MALFORMED_VALUE_ERROR)
    return _Named(kind, url, (Annotation(at, entry), *([related[url]] if url in related else [])))


def _compiled(named: _Named, value: JSONObject) -> Document:
    """Make a schema of a document.

    Raises:
        UndecidedError: It is none, or one that is not known here.
    """
    if named.kind == _EDTECH:
        # The name of the type says which draft it is.
        return Document(named.url, value, _DRAFT_2019)
    for name in ("$schema", "$id"):
        if not isinstance(value.get(name), str):
            # VC JSON Schema §3.1.1 and §3.1.2; without the second, a schema must not be processed (§4).
            raise UndecidedError(f"the schema has no {name}, which the standard demands", Code.MALFORMED_VALUE_ERROR)
    return Document(named.url, value, LATEST)


def _schema_in(credential: JSONObject) -> JSONObject:
    """Return the schema in a credential (VC JSON Schema §2.2).

    Raises:
        UndecidedError: MALFORMED_VALUE_ERROR.
    """
    schemas = [entry.get("id") for entry in many(credential.get("credentialSchema")) if isinstance(entry, dict)]
    subjects = many(credential.get("credentialSubject"))
    subject = subjects[0] if len(subjects) == 1 else None
    schema = subject.get("jsonSchema") if isinstance(subject, dict) else None
    if (
        _CREDENTIAL not in many(credential.get("type"))
        or not isinstance(subject, dict)
        or _PLAIN not in many(subject.get("type"))
        or not isinstance(schema, dict)
        or not any(url in _OF_SCHEMAS for url in schemas)
    ):
        text = "the credential that should hold the schema is not a JsonSchemaCredential by the standard"
        raise UndecidedError(text, Code.MALFORMED_VALUE_ERROR)
    return schema


def _is_schema_credential(document: JSONObject) -> Finding:
    """Judge what the standard's schema for such credentials says; the schema inside is judged when it is used."""
    try:
        _schema_in(document)
    except UndecidedError as error:
        return Finding.failed(error.code, error.reason)
    return Finding.passed()
