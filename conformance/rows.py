"""The table of formats: how each is signed and verified here, and what its peer calls it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from typing import Literal, TypeAlias

from cryptography.hazmat.primitives.asymmetric import ec

import microcred as mc
from conformance.envelopes import OurCOSE, OurSDJWT, hideable, shown
from conformance.parties import OurSelective, OurSuite, OurToken, Party, Theirs
from conformance.peers import Peer
from conformance.shapes import SHAPES, Shape
from microcred.json import JSONObject
from microcred.key_material import KINDS, KeyType
from microcred.signing import (
    ECDSA_JCS_2019,
    ECDSA_RDFC_2019,
    ED25519_SIGNATURE_2020,
    EDDSA_JCS_2022,
    EDDSA_RDFC_2022,
    Cryptosuite,
)

__all__ = ["ROWS", "SUITE_2020", "PeerName", "Route", "Row", "key_for_peer", "key_of", "labels"]

PeerName: TypeAlias = Literal["javascript", "openvc"]
Step: TypeAlias = tuple[Literal["ours", "theirs"], Literal["issue", "derive", "verify"]]
Route: TypeAlias = tuple[Step, ...]
"""Who does what, one after the other."""

OURS: Route = (("ours", "issue"), ("theirs", "verify"))
THEIRS: Route = (("theirs", "issue"), ("ours", "verify"))
WHOLE = (OURS, THEIRS)
"""The routes of what shows all or nothing."""
PARTS: tuple[Route, ...] = (
    (("ours", "issue"), ("ours", "derive"), ("theirs", "verify")),
    (("ours", "issue"), ("theirs", "derive"), ("ours", "verify")),
    (("theirs", "issue"), ("ours", "derive"), ("theirs", "verify")),
    (("theirs", "issue"), ("theirs", "derive"), ("ours", "verify")),
)
"""The routes of selective disclosure."""
SUITE_2020 = "https://w3id.org/security/suites/ed25519-2020/v1"


def labels(route: Route) -> list[str]:
    """Name the steps of a route; what is derived or verified is one's own, or was issued by the other."""
    (issuer, _), *_ = route
    return [
        f"{who} {what}" if what == "issue" else f"{who} {what} {'own' if who == issuer else issuer}"
        for who, what in route
    ]


@dataclass(frozen=True)
class Row:
    """A format, and the peer that it is held against."""

    peer: PeerName
    """The fixture that starts the peer."""
    name: str
    """Its name in the tables."""
    suite: str
    """What the peer calls it."""
    kind: KeyType
    """The kind of key."""
    ours: Callable[[mc.SigningKey], Party]
    """How microcred does it."""
    routes: tuple[Route, ...] = WHOLE
    """Who does what."""
    algorithm: str = ""
    """The peer's JOSE algorithm, where it is not the one that follows from the key."""
    contexts: tuple[str, ...] = ()
    """Contexts that the format wants in the document."""
    without: tuple[str, ...] = ()
    """Shapes that it takes too long for."""
    has_disclosures: bool = False
    """Whether the issuer says what may be withheld, and not what must be shown."""

    @property
    def is_whole(self) -> bool:
        """Whether it shows all or nothing."""
        return self.routes != PARTS

    def takes(self, shape: Shape) -> bool:
        """Tell whether a shape is sent through."""
        return shape.name not in self.without

    def theirs(self, peer: Peer, key: mc.SigningKey) -> Theirs:
        """Return what the peer makes of the format."""
        found = Theirs(peer, self.suite, key_for_peer(key, self.algorithm))
        return replace(found, hideable=hideable, shown=shown) if self.has_disclosures else found

    def document(self, shape: Shape, issuer: str) -> JSONObject:
        """Return a document of a shape."""
        document = shape.build(issuer)
        contexts = document["@context"]
        assert isinstance(contexts, list)
        return {**document, "@context": [*contexts, *self.contexts]}


@cache
def key_of(kind: KeyType) -> mc.SigningKey:
    """Return the issuer's key of a kind: the same in all runs, since what differs can depend on the issuer's id."""
    secret = hashlib.sha512(f"conformance {kind}".encode()).digest()
    if kind == "Ed25519":
        return mc.SigningKey.from_seed(secret[:32])
    curve = KINDS[kind].curve
    if curve is None:
        return mc.SigningKey.generate(kind)
    return mc.SigningKey(ec.derive_private_key(int.from_bytes(secret[:31]), curve))


def key_for_peer(key: mc.SigningKey, algorithm: str = "") -> JSONObject:
    """Return a key in every form that a peer may want, the secret half too: it was made for this run."""
    found: JSONObject = {"method": key.verification_method}
    if key.type != "RSA":
        found["secret"] = key.to_multikey()
    if not KINDS[key.type].algorithm:
        return found
    forms: JSONObject = {
        "alg": algorithm or key.public_key.algorithm,
        "jwk": key.public_key.to_jwk(),
        "secretJwk": key.to_jwk(),
    }
    return {**found, **forms}


def _suite(peer: PeerName, suite: Cryptosuite, kind: KeyType) -> Row:
    name = suite.name if len(suite.hashes) == 1 else f"{suite.name} {kind}"
    return Row(peer, name, suite.name, kind, lambda key: OurSuite(suite, key))


def _signature_2020(name: str) -> Row:
    def make(key: mc.SigningKey) -> Party:
        return OurSuite(ED25519_SIGNATURE_2020, key)

    return Row("javascript", name, name, "Ed25519", make, contexts=(SUITE_2020,))


def _vc_jose(peer: PeerName, kind: KeyType, algorithm: str = "") -> Row:
    name = f"vc+jwt {algorithm or kind}" if algorithm != kind else f"vc+jwt {kind}, alg {algorithm}"
    routes = (THEIRS,) if algorithm else WHOLE
    return Row(peer, name, "vc+jwt", kind, lambda key: OurToken("vc-jose", key), routes, algorithm)


def _sd_jwt(peer: PeerName, kind: KeyType) -> Row:
    routes = PARTS if peer == "javascript" else WHOLE
    return Row(peer, f"vc+sd-jwt {kind}", "vc+sd-jwt", kind, OurSDJWT, routes, has_disclosures=True)


def _sd_jwt_vc(kind: KeyType) -> Row:
    def make(key: mc.SigningKey) -> Party:
        return OurSDJWT(key, "https://example.edu/types#Badge")

    return Row("javascript", f"dc+sd-jwt {kind}", "dc+sd-jwt", kind, make, PARTS, has_disclosures=True)


def _cose(kind: KeyType) -> Row:
    return Row("javascript", f"vc+cose {kind}", "vc+cose", kind, OurCOSE)


def _bbs() -> Row:
    without = tuple(name for name in SHAPES if name not in _FOR_BBS)
    return Row(
        "javascript", "bbs-2023", "bbs-2023", "BLS12-381", lambda key: OurSelective(key, None), PARTS, without=without
    )


def _ob3_jwt(kind: KeyType) -> Row:
    return Row("javascript", f"ob3-jwt {kind}", "ob3-jwt", kind, lambda key: OurToken("ob3", key))


_SUITES: tuple[tuple[Cryptosuite, KeyType], ...] = (
    (EDDSA_RDFC_2022, "Ed25519"),
    (EDDSA_JCS_2022, "Ed25519"),
    (ECDSA_RDFC_2019, "P-256"),
    (ECDSA_RDFC_2019, "P-384"),
    (ECDSA_JCS_2019, "P-256"),
    (ECDSA_JCS_2019, "P-384"),
)
# What takes long is done with some shapes: with bbs-2023 each statement costs JavaScript milliseconds.
_FOR_BBS = (
    *("minimal", "letter grades", "endorsed", "status", "text that looks like a blank node", "number 1e-7"),
    *("number 2^53 + 1", "data model 1.1", "context of its own", "names with directions"),
)
_NUMBERS = tuple(name for name in SHAPES if "number" in name and name != "number 2^53 + 1")
_JOSE_KINDS: tuple[KeyType, ...] = ("Ed25519", "P-256", "P-384", "P-521", "RSA")

ROWS: tuple[Row, ...] = (
    *(_suite("javascript", suite, kind) for suite, kind in _SUITES),
    _signature_2020("Ed25519Signature2020"),
    _signature_2020("Ed25519Signature2020 (fork)"),
    Row("javascript", "ecdsa-sd-2023", "ecdsa-sd-2023", "P-256", OurSelective, PARTS),
    *(_vc_jose("javascript", kind) for kind in _JOSE_KINDS),
    _vc_jose("javascript", "Ed25519", "Ed25519"),
    *(_ob3_jwt(kind) for kind in _JOSE_KINDS),
    _bbs(),
    *(_sd_jwt("javascript", kind) for kind in _JOSE_KINDS[:2]),
    *(_sd_jwt_vc(kind) for kind in _JOSE_KINDS[:2]),
    *(_cose(kind) for kind in _JOSE_KINDS),
    *(_suite("openvc", suite, kind) for suite, kind in _SUITES),
    Row("openvc", "ecdsa-sd-2023", "ecdsa-sd-2023", "P-256", OurSelective, PARTS, without=_NUMBERS),
    _vc_jose("openvc", "P-256"),
    *(_sd_jwt("openvc", kind) for kind in _JOSE_KINDS[:2]),
)
