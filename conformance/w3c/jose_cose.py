"""The command that the JOSE-COSE suite calls, with the key in a file, and the same as a function.

``python -m conformance.w3c.jose_cose issue|verify --feature credential_jose --key F --input F --output F [--sd '[…]']``
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from collections.abc import Sequence
from pathlib import Path
from typing import Literal, TypeAlias, cast

import microcred as mc
from conformance.w3c.documents import CONTEXTS
from microcred import jsonld
from microcred.documents import judge
from microcred.errors import DocumentError, MicrocredError, SigningError
from microcred.json import JSONObject, loads_object, many
from microcred.limits import DEFAULT_LIMITS
from microcred.signing import Envelope, decode_cose, decode_jwt, encode_cose, encode_jwt, verify_envelope
from microcred.signing.envelopes import is_presentation, types_of
from microcred.signing.sd_jwt import decode_sd_jwt, encode_sd_jwt

__all__ = ["FEATURES", "answer", "issue", "main", "verify"]

Form: TypeAlias = Literal["jose", "sdjwt", "cose"]
FEATURES = tuple(f"{what}_{form}" for what in ("credential", "presentation") for form in ("jose", "sdjwt", "cose"))
"""What the suite asks for."""
# What the Data Model 2.0 gives a credential or presentation at its top (§4).
_MEMBERS = frozenset(
    [
        *("@context", "id", "type", "name", "description", "issuer", "credentialSubject", "validFrom", "validUntil"),
        *("credentialStatus", "credentialSchema", "refreshService", "termsOfUse", "evidence", "relatedResource"),
        *("holder", "verifiableCredential", "confidenceMethod", "renderMethod"),
    ]
)


def issue(feature: str, text: str, key: JSONObject, paths: Sequence[str] = ()) -> str:
    """Secure a credential or presentation with a given key, whosever it is.

    Args:
        feature: Of what, and how.
        text: The document.
        key: The verification method with its secret key.
        paths: What the holder of an SD-JWT may withhold, such as ``credentialSubject.phones[0]``.

    Raises:
        MicrocredError: It cannot be secured.
    """
    document, kid = loads_object(text), str(key.get("id"))
    _check(feature, document)
    _check_names(document)
    signer = mc.SigningKey.from_jwk(_jwk(key, "secretKeyJwk"))
    form = _form(feature)
    if form == "jose":
        return encode_jwt(document, signer, profile="vc-jose", kid=kid)
    if form == "cose":
        return b64encode(encode_cose(document, signer, kid=kid)).decode()
    return encode_sd_jwt(document, signer, disclosable=[_pointer(path) for path in paths], kid=kid)


def verify(feature: str, text: str, key: JSONObject) -> JSONObject:
    """Return what a given key has secured; judges neither dates nor whose the key is, nor what a presentation holds.

    Raises:
        MicrocredError: It does not hold.
    """
    envelope = _envelope(_form(feature), text.strip())
    verify_envelope(envelope, mc.PublicKey.from_jwk(_jwk(key, "publicKeyJwk")))
    _check(feature, envelope.document)
    return envelope.document


def answer(function: str, feature: str, text: str, key: JSONObject, paths: Sequence[str] = ()) -> JSONObject:
    """Issue or verify, and return what the suite reads: ``success``, ``failure`` or ``indeterminate``, and why."""
    try:
        if feature not in FEATURES:
            raise DocumentError.at("", "is no feature that is known here", "UNSUPPORTED")
        data = issue(feature, text, key, paths) if function == "issue" else json.dumps(verify(feature, text, key))
    except MicrocredError as error:
        return {"result": "failure", "data": str(error)}
    return {"result": "success", "data": data}


def _form(feature: str) -> Form:
    return cast(Form, feature.partition("_")[2])


def _envelope(form: Form, text: str) -> Envelope:
    if form == "jose":
        return decode_jwt(text)
    if form == "sdjwt":
        return decode_sd_jwt(text).envelope
    try:
        return decode_cose(b64decode(text + "=" * (-len(text) % 4), validate=True))
    except Base64Error:
        raise DocumentError.at("", "is not base64", "PARSING_ERROR") from None


def _check(feature: str, document: JSONObject) -> None:
    """Hold a document against the rules of the Data Model, and so the envelopes in a presentation."""
    if is_presentation(document) != feature.startswith("presentation"):
        raise DocumentError.at("/type", f"is not that of a {feature.partition('_')[0]}")
    held = many(document.get("verifiableCredential"))
    for index, each in enumerate(held):
        if not isinstance(each, dict) or "EnvelopedVerifiableCredential" not in types_of(each):
            raise DocumentError.at(f"/verifiableCredential/{index}", "is no envelope (VC-JOSE-COSE §3.1.2)")
    for each in (document, *held):
        problems = judge(cast(JSONObject, each))
        if problems:
            raise DocumentError(problems)


def _check_names(document: JSONObject) -> None:
    """Refuse names that nobody knows.

    The context for examples defines every name, and Data Model 2.0 §4.1 has others ignored; the suite wants those at
    the top refused. The envelopes in a presentation were made by others: one in the suite has a line break in its URL.
    """
    for name in document:
        if name not in _MEMBERS:
            raise SigningError("is a member that the Data Model does not have", f"/{name}")
    own: JSONObject = {name: value for name, value in document.items() if name != "verifiableCredential"}
    jsonld.check(own, contexts=CONTEXTS, limits=DEFAULT_LIMITS)


def _jwk(key: JSONObject, name: str) -> JSONObject:
    jwk = key.get(name)
    if not isinstance(jwk, dict):
        raise DocumentError.at(f"/{name}", "is missing from the verification method")
    return jwk


def _pointer(path: str) -> str:
    return "/" + re.sub(r"\[(\d+)\]", r".\1", path).replace(".", "/")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; the answer is in the file, whatever it is."""
    parser = argparse.ArgumentParser(prog="jose_cose", description="Issue or verify for the W3C's vc-jose-cose suite.")
    parser.add_argument("function", choices=("issue", "verify"))
    parser.add_argument("--feature", choices=FEATURES, required=True)
    for name in ("--input", "--key", "--output"):
        parser.add_argument(name, type=Path, required=True)
    parser.add_argument("--sd", default="[]", help="a JSON array of paths")
    parser.add_argument("--mount", type=Path, help="the folder that the suite calls /tests")
    given = parser.parse_args(arguments)

    def place(path: Path) -> Path:
        return given.mount / path.relative_to("/tests") if given.mount and path.is_relative_to("/tests") else path

    text, key = place(given.input).read_text(encoding="utf-8"), loads_object(place(given.key).read_bytes())
    paths = cast("list[str]", json.loads(given.sd))
    written = answer(given.function, given.feature, text, key, paths)
    place(given.output).write_text(json.dumps(written), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
