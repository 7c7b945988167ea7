"""A worker: speaks for openvc-core, in the lines of JSON that peers.py describes.

It runs in an environment of its own, without microcred, and calls the library by its documented doors.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from datetime import datetime
from importlib import import_module, metadata
from typing import Any

Request = dict[str, Any]
Act = Callable[[Request], Any]

openvc = import_module("openvc")
data_integrity = import_module("openvc.proof.data_integrity").DataIntegrityProofSuite()
ecdsa_rdfc = import_module("openvc.proof.di_ecdsa_rdfc").EcdsaRdfcProofSuite()
jcs = import_module("openvc.proof.di_jcs")
ecdsa_sd = import_module("openvc.proof.ecdsa_sd").EcdsaSdProofSuite()
sd_jwt = import_module("openvc.proof.sd_jwt").SdJwtVcProofSuite()
vc_jwt = import_module("openvc.proof.vc_jwt").VcJwtProofSuite()
status = import_module("openvc.status")
bundled = frozenset(import_module("openvc.proof.contexts").bundled_contexts())
pinned: dict[str, Any] = {}
VCT = "https://example.edu/types#Badge"


def key_of(request: Request) -> Any:
    """Return the signing key."""
    key = request["key"]
    return openvc.signing_key_from_jwk(key["secretJwk"], key["method"])


def contexts_of(request: Request) -> dict[str, Any]:
    """Return the contexts that the library does not bring along."""
    every = {**pinned, **request.get("contexts", {})}
    return {url: document for url, document in every.items() if url not in bundled}


def made(request: Request) -> dict[str, Any]:
    """Return what making a proof takes."""
    moment = datetime.fromisoformat(request["created"])
    return {"signing_key": key_of(request), "verification_method": request["key"]["method"], "created": moment}


def verify(request: Request) -> Any:
    """Verify by the door that judges credentials; status is not what is compared here."""
    policy = openvc.VerificationPolicy(require_status=False)
    openvc.verify_credential(request["document"], policy=policy, extra_contexts=contexts_of(request))


def verify_sd_jwt(request: Request) -> Any:
    """Verify, and return what was disclosed."""
    claims = sd_jwt.verify(request["document"], public_key_jwk=request["key"]["jwk"]).claims
    verify(request)
    return claims


def issuing(suite: Any, *, with_contexts: bool) -> dict[str, Act]:
    """Return the acts of a suite that signs the whole document."""

    def issue(request: Request) -> Any:
        extra = {"extra_contexts": contexts_of(request)} if with_contexts else {}
        return suite.add_proof(request["document"], **made(request), **extra)

    return {"issue": issue, "verify": verify}


def issue_base(request: Request) -> Any:
    """Add a base proof."""
    pointers = request["mandatoryPointers"]
    return ecdsa_sd.add_base_proof(
        request["document"], mandatory_pointers=pointers, extra_contexts=contexts_of(request), **made(request)
    )


def derive(request: Request) -> Any:
    """Derive from a base proof."""
    pointers = request["selectivePointers"]
    return ecdsa_sd.derive_proof(request["document"], selective_pointers=pointers, extra_contexts=contexts_of(request))


def issue_jwt(request: Request) -> Any:
    """Sign a JWT."""
    return vc_jwt.sign(request["document"], signing_key=key_of(request))


def issue_sd_jwt(request: Request) -> Any:
    """Sign an SD-JWT; only members of the credential itself can be withheld."""
    document = request["document"]
    issuer = document["issuer"]
    claims = {**document, "iss": issuer if isinstance(issuer, str) else issuer["id"]}
    names = [pointer[1:] for pointer in request["disclosable"] if "/" not in pointer[1:]]
    # It makes SD-JWT VCs only, whose claim vct names their type.
    return sd_jwt.issue(claims, signing_key=key_of(request), disclosable=names, vct=VCT)


def verify_status(request: Request) -> Any:
    """Return which statuses of a credential are set, after verifying the lists."""

    def resolve(url: str) -> Any:
        served = request["lists"][url]
        verify({**request, "document": served})
        return served

    result = status.check_credential_status(request["document"], resolve_status_list=resolve)
    return {each.entry.purpose: each.is_set for each in result.entries}


def issue_status(request: Request) -> Any:
    """Make and sign a list."""
    asked = request["document"]
    bits = status.new_bitstring(asked["length"])
    for index in asked["indexes"]:
        status.set_status_bit(bits, index, 1)
    moment = datetime.fromisoformat(request["created"])
    unsigned = status.build_status_list_credential(
        id=asked["id"], issuer=asked["issuer"], bitstring=bits, status_purpose=asked["purpose"], valid_from=moment
    )
    return data_integrity.add_proof(unsigned, extra_contexts=contexts_of(request), **made(request))


SUITES: dict[str, dict[str, Act]] = {
    "eddsa-rdfc-2022": issuing(data_integrity, with_contexts=True),
    "ecdsa-rdfc-2019": issuing(ecdsa_rdfc, with_contexts=True),
    "eddsa-jcs-2022": issuing(jcs.EddsaJcsProofSuite(), with_contexts=False),
    "ecdsa-jcs-2019": issuing(jcs.EcdsaJcsProofSuite(), with_contexts=False),
    "ecdsa-sd-2023": {"issue": issue_base, "derive": derive, "verify": verify},
    "vc+jwt": {"issue": issue_jwt, "verify": verify},
    "status": {"issue": issue_status, "verify": verify_status},
    "vc+sd-jwt": {"issue": issue_sd_jwt, "verify": verify_sd_jwt},
}


def answer(request: Request) -> Any:
    """Do what is asked for."""
    if request["do"] == "contexts":
        pinned.update(request["contexts"])
        return metadata.version("openvc-core")
    return SUITES[request["suite"]][request["do"]](request)


def main() -> None:
    """Answer until there are no more questions."""
    for line in sys.stdin:
        try:
            said = {"ok": True, "document": answer(json.loads(line))}
        except Exception as error:  # noqa: BLE001
            said = {"ok": False, "error": f"{type(error).__name__}: {error}"}
        print(json.dumps(said), flush=True)


if __name__ == "__main__":
    main()
