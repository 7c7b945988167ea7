"""A worker: speaks for openbadgeslib, in the lines of JSON that peers.py describes.

It runs in an environment of its own, without microcred, and calls the library by its documented doors.
"""

from __future__ import annotations

import base64
import json
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from importlib import import_module, metadata
from typing import Any

Request = dict[str, Any]
Act = Callable[[Request], Any]

baking = import_module("openbadgeslib.baking")
model = import_module("openbadgeslib.ob3.credential")
signer = import_module("openbadgeslib.ob3.signer")
verifier = import_module("openbadgeslib.ob3.verifier").OB3Verifier
PNG = b"\x89PNG"


def read(request: Request) -> str:
    """Return the text in a picture."""
    picture = base64.b64decode(request["document"])
    is_png = picture.startswith(PNG)
    return str((verifier.extract_token_from_png if is_png else verifier.extract_token_from_svg)(picture))


def bake(request: Request) -> str:
    """Return a picture with a text: a JWT, or JSON."""
    picture, text = base64.b64decode(request["image"]), request["document"]
    if picture.startswith(PNG):
        baked = baking.bake_png(picture, text, keyword=baking.ITXT_KEYWORD_OB3)
    else:
        names = {"element": baking.SVG_ELEMENT_OB3, "namespace": baking.SVG_NS_OB3}
        baked = baking.bake_svg(picture, text, **names, as_text=text.startswith("{"))
    return base64.b64encode(baked).decode()


def verify(request: Request) -> str:
    """Return the id of the credential in a picture, after verifying it."""
    return str(verifier.for_issuer_did(request["issuer"]).verify(read(request)).id)


def issue(request: Request) -> str:
    """Return a picture with a credential of theirs."""
    credential = model.OpenBadgeCredential(
        issuer=model.Issuer(id=request["issuer"], name="Example University"),
        recipient_id="did:example:learner",
        achievement=model.Achievement("https://example.edu/achievements/1", "Rust 101", "A course.", "Passed."),
        issuance_date=datetime(2026, 5, 1, tzinfo=UTC),
    )
    picture = base64.b64decode(request["image"])
    made = signer.OB3Signer(request["pem"], algorithm="ES256")
    put = made.sign_into_png if picture.startswith(PNG) else made.sign_into_svg
    return base64.b64encode(put(credential, picture)).decode()


SUITES: dict[str, dict[str, Act]] = {
    "picture": {"issue": bake, "verify": read},
    "credential in a picture": {"issue": issue, "verify": verify},
}


def answer(request: Request) -> Any:
    """Do what is asked for."""
    if request["do"] == "contexts":
        return metadata.version("openbadgeslib")
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
