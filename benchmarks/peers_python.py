"""A worker: measures openvc-core and openbadgeslib, one case for each line that proofs.py writes. See peers.py.

It runs in an environment of its own, in which microcred is not installed. Both libraries are called by their documented
doors, as an application would: the ones that judge a credential, or for transcripts those that judge a proof alone.
"""

from __future__ import annotations

import gc
import json
import sys
import time
from collections.abc import Callable
from functools import partial
from importlib import import_module, metadata
from itertools import cycle
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519

BATCH_SECONDS = 0.03
OPENVC, OPENBADGESLIB = "openvc-core", "openbadgeslib"
Run = Callable[[Any], object]
Cases = dict[str, tuple[Run, list[Any]]]


def lacking(documents: dict[str, Any], contexts: dict[str, Any], bundled: Any) -> dict[str, Any]:
    """Return the contexts of some documents that a library does not have itself: it works on those at each call."""
    urls = documents["unsigned"][0]["@context"]
    return {url: contexts[url] for url in urls if url not in bundled}


def openvc_cases(given: dict[str, Any]) -> Cases:
    """Return what openvc-core does with each document."""
    openvc = import_module("openvc")
    suite = import_module("openvc.proof.data_integrity").DataIntegrityProofSuite()
    private = ed25519.Ed25519PrivateKey.from_private_bytes(bytes.fromhex(given["seed"]))
    key = openvc.Ed25519SigningKey(private, given["method"])
    bundled = import_module("openvc.proof.contexts").bundled_contexts()
    policy = openvc.VerificationPolicy(require_status=False)

    def issue(contexts: dict[str, Any], document: Any) -> str:
        signed = suite.add_proof(
            document, signing_key=key, verification_method=given["method"], extra_contexts=contexts
        )
        return json.dumps(signed, ensure_ascii=False)

    def verify(contexts: dict[str, Any], data: str) -> object:
        return openvc.verify_credential(json.loads(data), policy=policy, extra_contexts=contexts)

    def verify_proof(contexts: dict[str, Any], data: str) -> object:
        return suite.verify(json.loads(data), extra_contexts=contexts)

    cases: Cases = {}
    for name, documents in given["documents"].items():
        contexts = lacking(documents, given["contexts"], bundled)
        check = verify_proof if documents["level"] == "proof" else verify
        cases[f"{name} issue {OPENVC}"] = (partial(issue, contexts), documents["unsigned"])
        cases[f"{name} verify {OPENVC}"] = (partial(check, contexts), documents["signed"])
    return cases


def openbadgeslib_cases(given: dict[str, Any]) -> Cases:
    """Return what openbadgeslib does with each document; its credentials are built before."""
    ob3 = import_module("openbadgeslib.ob3")
    private = ed25519.Ed25519PrivateKey.from_private_bytes(bytes.fromhex(given["seed"]))
    pem = private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    public = private.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    signer, verifier = ob3.OB3LdpSigner(pem, given["method"]), ob3.OB3LdpVerifier(public)
    bundled = import_module("openbadgeslib.ob3.contexts").bundled_contexts()

    def issue_proof(contexts: dict[str, Any], document: Any) -> str:
        signed = ob3.add_data_integrity_proof(document, pem, given["method"], extra_contexts=contexts)
        return json.dumps(signed, ensure_ascii=False)

    def verify_proof(contexts: dict[str, Any], data: str) -> object:
        return ob3.verify_data_integrity_proof(json.loads(data), public, extra_contexts=contexts)

    cases: Cases = {}
    for name, documents in given["documents"].items():
        unsigned, signed = documents["unsigned"], documents["signed"]
        if documents["level"] == "proof":
            contexts = lacking(documents, given["contexts"], bundled)
            cases[f"{name} issue {OPENBADGESLIB}"] = (partial(issue_proof, contexts), unsigned)
            cases[f"{name} verify {OPENBADGESLIB}"] = (partial(verify_proof, contexts), signed)
        else:
            read = ob3.OpenBadgeCredential.from_vc_document
            cases[f"{name} issue {OPENBADGESLIB}"] = (signer.sign_to_json, [read(document) for document in unsigned])
            cases[f"{name} verify {OPENBADGESLIB}"] = (verifier.verify, signed)
    return cases


def batch(run: Run, inputs: list[Any]) -> float:
    """Return the processor time of one operation; a credential that is refused raises."""
    gc.collect()
    begun = time.process_time()
    for count, value in enumerate(cycle(inputs), 1):
        run(value)
        used = time.process_time() - begun
        if used > BATCH_SECONDS:
            return used / count
    raise ValueError("nothing to measure")


def say(value: object) -> None:
    print(json.dumps(value), flush=True)


def main() -> None:
    """Warm up, say what can be measured, and measure what is asked for."""
    given = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    cases = openvc_cases(given) | openbadgeslib_cases(given)
    refused = {}
    for name, (run, inputs) in tuple(cases.items()):
        try:
            for value in inputs:
                run(value)
        except Exception as error:  # noqa: BLE001
            refused[name] = f"{type(error).__name__}: {error}"
            del cases[name]
    versions = {package: metadata.version(package) for package in (OPENVC, OPENBADGESLIB, "pyld")}
    say({"cases": list(cases), "refused": refused, "versions": versions})
    gc.disable()
    for line in sys.stdin:
        say({"seconds": batch(*cases[line.strip()])})


if __name__ == "__main__":
    main()
