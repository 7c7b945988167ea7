"""Proof sets and chains: which proofs another one builds on (VC Data Integrity 1.0 §4.3 and §4.5)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from microcred.errors import ProofError
from microcred.json import JSONObject, JSONValue
from microcred.limits import Limits

__all__ = ["ancestors", "matching_proofs", "proofs_of"]

_WHERE = "/proof/previousProof"


def proofs_of(document: Mapping[str, JSONValue]) -> list[JSONValue]:
    """Return the proofs of a document, of which there may be none, one, or an array."""
    proofs = document.get("proof")
    if proofs is None:
        return []
    return list(proofs) if isinstance(proofs, list) else [proofs]


def matching_proofs(proofs: Sequence[JSONValue], proof: JSONObject) -> list[JSONObject]:
    """Return the proofs that another one names as ``previousProof``, in the order of the document (§4.3 steps 3 to 5).

    Raises:
        ProofError: It names one that is not there, that several proofs could be, or names in another way.
    """
    names = proof.get("previousProof")
    wanted = names if isinstance(names, list) else [] if names is None else [names]
    if not all(isinstance(name, str) for name in wanted):
        raise ProofError("the proof must name those that it builds on by their ids, in text", pointer=_WHERE)
    found = [each for each in proofs if isinstance(each, dict) and "id" in each and each["id"] in wanted]
    ids = [str(each["id"]) for each in found]
    if set(ids) != set(wanted):
        raise ProofError("the proof builds on one that is not there", pointer=_WHERE)
    if len(set(ids)) != len(ids):
        raise ProofError("the proof builds on one whose id others have too", pointer=_WHERE)
    return found


def ancestors(proofs: Sequence[JSONValue], proof: JSONObject, limits: Limits) -> list[JSONObject]:
    """Return all proofs that another one builds on, directly or not; each comes after those that it builds on itself.

    Raises:
        ProofError: A name leads nowhere, the proofs build on each other in a circle, or there are too many.
    """
    if proof.get("previousProof") is None:
        return []
    if len(proofs) > limits.max_proofs:
        raise ProofError(f"there are more than {limits.max_proofs} proofs")
    found: list[JSONObject] = []

    def follow(current: JSONObject, below: tuple[int, ...]) -> None:
        for previous in matching_proofs(proofs, current):
            if id(previous) in below:
                raise ProofError("the proof builds on itself", pointer=_WHERE)
            if not any(previous is each for each in found):
                follow(previous, (*below, id(previous)))
                found.append(previous)

    follow(proof, (id(proof),))
    return found
