"""Who issues, derives and verifies: microcred by each of its formats, and its peers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol, TypeAlias, TypeVar, cast

import microcred as mc
from conformance.peers import Peer, Refusal
from conformance.shape_parts import FRIEND, Shape
from microcred.documents import is_v1
from microcred.errors import DocumentError, ProofError, SigningError
from microcred.json import JSONObject, JSONValue
from microcred.signing import Cryptosuite, add_proof, decode_jwt, proofs_of, selective, verify_envelope, verify_proof
from microcred.signing.envelopes import CLAIMS
from microcred.signing.jose import Profile
from microcred.verify.report import Outcome

__all__ = [
    "CREATED",
    "AllOrNothing",
    "OurSelective",
    "OurSuite",
    "OurToken",
    "Party",
    "Secured",
    "Theirs",
    "alone",
    "content",
    "disclosed",
    "judge",
    "ours",
]

Secured: TypeAlias = "JSONObject | str"
"""An object with a proof, or a token; what is bytes elsewhere is base64 here."""
CREATED = "2024-01-15T10:00:00Z"
"""When all proofs are made."""
T = TypeVar("T")
# These are disclosed as a whole: what was signed elsewhere, lists with an order, maps of languages, JSON.
_WHOLE = ("allowedValue", "details", "endorsement", "labels", "verifiableCredential")


class Party(Protocol):
    """Somebody who issues, derives and verifies; all of it raises Refusal."""

    def issue(self, document: JSONObject, shape: Shape) -> Secured:
        """Secure a document."""
        ...

    def derive(self, secured: Secured, shape: Shape) -> Secured:
        """Disclose a part of what was secured."""
        ...

    def verify(self, secured: Secured, shape: Shape) -> JSONObject:
        """Check what was secured, and return the document that was read."""
        ...


def content(secured: JSONObject) -> JSONObject:
    """Return a document without its proofs."""
    return {name: value for name, value in secured.items() if name != "proof"}


# What a holder discloses


def disclosed(document: JSONObject) -> list[str]:
    """Return JSON Pointers to some things of all kinds in a credential, beside what is mandatory."""
    mandatory = selective.default_mandatory_pointers(document)
    found = [each for each in _pointers(document, "") if not any(_overlap(each, other) for other in mandatory)]
    # At most six of them, so that some things are shown and others are not.
    return found[:: max(3, len(found) // 6)]


def _overlap(one: str, other: str) -> bool:
    """Tell whether one JSON Pointer points into what another one points to."""
    return f"{one}/".startswith(f"{other}/") or f"{other}/".startswith(f"{one}/")


def _pointers(value: JSONValue, here: str) -> Iterator[str]:
    if isinstance(value, dict) and "@value" not in value:
        for name, item in value.items():
            if name in ("@context", "proof", "id", "type") or item in ([], None):
                continue
            yield f"{here}/{name}"
            yield from () if name in _WHOLE else _pointers(item, f"{here}/{name}")
    # Others see an array of one as its element, so that no pointer into it suits everybody.
    elif isinstance(value, list) and len(value) > 1:
        for index, item in enumerate(value):
            yield f"{here}/{index}"
            yield from _pointers(item, f"{here}/{index}")


# Ours


def ours(act: Callable[[], T]) -> T:
    """Make a refusal of what microcred raises: the code, and where."""
    try:
        return act()
    except DocumentError as error:
        raise Refusal(f"{error.code} at {error.problems[0].pointer}") from error
    except (SigningError, ProofError) as error:
        raise Refusal(f"{error.code} at {error.pointer}") from error


def judge(secured: Secured | bytes, key: mc.SigningKey, shape: Shape, *, partly: bool = False) -> None:
    """Verify as an application does; without a network some checks cannot be made.

    Args:
        secured: The credential.
        key: The issuer's.
        shape: What the credential is like.
        partly: Whether it is a part of one, which need not have all that a whole one must.
    """
    report = mc.Verifier(trusted_issuers={key.did, FRIEND.did}, contexts=shape.contexts).check(secured)
    for problem in report.problems:
        unjudged = problem.name in shape.unjudged and problem.outcome is Outcome.INDETERMINATE
        if not unjudged and not (partly and problem.name == "data_model"):
            raise Refusal(f"{problem.code} of {problem.name} at {problem.pointer}")


class AllOrNothing:
    """What all formats without selective disclosure have in common."""

    def derive(self, secured: Secured, shape: Shape) -> Secured:
        """Refuse."""
        raise NotImplementedError


@dataclass(frozen=True)
class OurSuite(AllOrNothing):
    """Embedded proofs over the whole document."""

    cryptosuite: Cryptosuite
    key: mc.SigningKey

    def issue(self, document: JSONObject, shape: Shape) -> Secured:
        """Sign it; what must not be issued any more, at the level of proofs."""
        suite, contexts, method = self.cryptosuite, shape.contexts, self.key.verification_method
        if is_v1(document):
            return ours(
                lambda: add_proof(
                    document,
                    self.key,
                    verification_method=method,
                    cryptosuite=suite,
                    created=CREATED,
                    contexts=contexts,
                )
            )
        return ours(lambda: mc.sign(document, self.key, cryptosuite=suite, created=CREATED, contexts=contexts))

    def verify(self, secured: Secured, shape: Shape) -> JSONObject:
        """Check the proof, and then the credential."""
        document = cast(JSONObject, secured)
        ours(lambda: verify_proof(document, self.key.public_key, contexts=shape.contexts))
        judge(document, self.key, shape)
        return content(document)


@dataclass(frozen=True)
class OurSelective:
    """Selective disclosure of embedded proofs; the suite follows from the key."""

    key: mc.SigningKey
    created: str | None = CREATED

    def issue(self, document: JSONObject, shape: Shape) -> Secured:
        """Add a base proof; to what must not be issued any more, at the level of proofs."""
        created, contexts, method = self.created, shape.contexts, self.key.verification_method
        if is_v1(document):
            return ours(
                lambda: selective.add_base_proof(
                    document, self.key, verification_method=method, created=created, contexts=contexts
                )
            )
        return ours(lambda: mc.sign_selective(document, self.key, created=created, contexts=contexts))

    def derive(self, secured: Secured, shape: Shape) -> Secured:
        """Disclose a part."""
        document = cast(JSONObject, secured)
        return ours(lambda: mc.derive(document, disclosed(content(document)), contexts=shape.contexts))

    def verify(self, secured: Secured, shape: Shape) -> JSONObject:
        """Check the derived proof, and then the credential."""
        document = cast(JSONObject, secured)
        ours(lambda: selective.verify_derived(document, self.key.public_key, contexts=shape.contexts))
        judge(document, self.key, shape, partly=True)
        return content(document)


@dataclass(frozen=True)
class OurToken(AllOrNothing):
    """JWTs of one of the profiles."""

    profile: Profile
    key: mc.SigningKey

    def issue(self, document: JSONObject, shape: Shape) -> Secured:
        """Sign it."""
        return ours(lambda: mc.sign_jwt(document, self.key, profile=self.profile, contexts=shape.contexts))

    def verify(self, secured: Secured, shape: Shape) -> JSONObject:
        """Check the signature and the claims, and then the credential."""
        envelope = ours(lambda: decode_jwt(str(secured)))
        ours(lambda: verify_envelope(envelope, self.key.public_key))
        judge(secured, self.key, shape)
        return envelope.document


# Theirs


@dataclass(frozen=True)
class Theirs:
    """What a peer makes of a format."""

    peer: Peer
    suite: str
    """What the peer calls the format."""
    key: JSONObject
    """In all the forms that a peer may want."""
    hideable: Callable[[JSONObject], list[str]] | None = None
    """What the holder may withhold, as JSON Pointers, where the issuer says that and not what must be shown."""
    shown: Callable[[JSONObject], list[str]] = disclosed
    """What the holder shows."""

    def _ask(self, do: str, document: Secured, shape: Shape, **more: JSONValue) -> JSONValue:
        request: JSONObject = {"do": do, "suite": self.suite, "document": document, "key": self.key}
        own: JSONObject = {"contexts": dict(shape.contexts)} if shape.contexts else {}
        return self.peer.ask({**request, **own, **more})

    def issue(self, document: JSONObject, shape: Shape) -> Secured:
        """Let it sign."""
        mandatory: list[JSONValue] = list(selective.default_mandatory_pointers(document))
        more: JSONObject = {"mandatoryPointers": mandatory}
        if self.hideable is not None:
            more = {"disclosable": list(self.hideable(document))}
        return cast(Secured, self._ask("issue", document, shape, created=CREATED, **more))

    def derive(self, secured: Secured, shape: Shape) -> Secured:
        """Let it disclose a part."""
        document = content(secured) if isinstance(secured, dict) else shape.build("urn:x:issuer")
        pointers: list[JSONValue] = list(self.shown(document))
        return cast(Secured, self._ask("derive", alone(secured), shape, selectivePointers=pointers))

    def verify(self, secured: Secured, shape: Shape) -> JSONObject:
        """Let it verify; peers return what they read out of a token."""
        read = self._ask("verify", alone(secured), shape)
        return _without_claims(read) if isinstance(read, dict) else content(cast(JSONObject, secured))


def _without_claims(payload: JSONObject) -> JSONObject:
    document = payload.get("vc", payload)
    assert isinstance(document, dict)
    return {name: value for name, value in document.items() if name not in CLAIMS}


def alone(secured: Secured) -> Secured:
    """Return a document with its only proof as an object, as others write it and some must have it."""
    if isinstance(secured, str):
        return secured
    proofs = proofs_of(secured)
    return {**secured, "proof": proofs[0]} if len(proofs) == 1 else secured
