"""Recipients who look like the recipient."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

from tests.hostile.corpus import Family
from tests.hostile.forge import ISSUER, LEARNER, badge, changed, secure, signed

_OTHER = "recipient RECIPIENT_MISMATCH"
_MAIL, _SALT = "a@example.com", "Kosher"


def _hash(text: str, name: str = "sha256") -> str:
    return f"{name}${hashlib.new(name, text.encode()).hexdigest()}"


def _of(*identities: Any, **subject: Any) -> dict[str, Any]:
    document = changed(badge(), "credentialSubject/identifier", list(identities))
    document["credentialSubject"] |= subject
    return secure(document, suite="eddsa-jcs-2022")


def _identity(value: Any, **changes: Any) -> dict[str, Any]:
    identity = {
        "type": "IdentityObject",
        "identityHash": value,
        "identityType": "emailAddress",
        "hashed": True,
        "salt": _SALT,
    }
    return {name: item for name, item in (identity | changes).items() if item is not None}


def families() -> Iterator[Family]:
    family = Family(
        "recipients",
        "Somebody else's credential",
        "Open Badges 3.0 §9.3",
        {"trusted": [ISSUER.did], "recipient": {"emailAddress": _MAIL}},
    )
    salted = _hash(_MAIL + _SALT)
    family.good("control", "the hash of an address with its salt", _of(_identity(salted)))
    family.good("control-md5", "the other hash that the standard has", _of(_identity(_hash(_MAIL + _SALT, "md5"))))
    family.good("upper-case", "a hash in capitals", _of(_identity("sha256$" + salted[7:].upper())))
    family.good("plain", "the address itself", _of(_identity(_MAIL, hashed=False, salt=None)))
    family.good("second", "the second of two", _of(_identity(_hash("b@example.com")), _identity(salted)))
    for name, why, identity in (
        ("other", "the hash of another address", _identity(_hash("b@example.com" + _SALT))),
        ("no-salt", "the hash without its salt", _identity(_hash(_MAIL))),
        ("salt-in-front", "the salt in front", _identity(_hash(_SALT + _MAIL))),
        ("salt-case", "another salt", _identity(_hash(_MAIL + "kosher"))),
        ("case", "the hash of an address in capitals", _identity(_hash(_MAIL.upper() + _SALT))),
        ("space", "the hash of an address with a blank", _identity(_hash(_MAIL + " " + _SALT))),
        ("other-type", "the hash of an address, said to be a name", _identity(salted, identityType="name")),
        ("type-case", "a kind in other letters", _identity(salted, identityType="emailaddress")),
        ("plain-as-hash", "the address itself, said to be a hash", _identity(_MAIL)),
        ("hash-as-plain", "a hash, said to be the address itself", _identity(salted, hashed=False)),
        ("cut", "a hash that was cut off", _identity(salted[:-2])),
        ("no-name", "a hash that does not say which", _identity(salted[7:])),
        ("empty", "nothing", _identity("")),
        ("cyrillic", "an address that looks the same", _identity("\u0430@example.com", hashed=False)),
        ("fullwidth", "an address in wide letters", _identity("a\uff20example.com", hashed=False)),
        ("tag", "an address with a tag", _identity("a+x@example.com", hashed=False)),
        ("subdomain", "an address in another domain", _identity("a@example.com.evil.example", hashed=False)),
    ):
        (family.unsure if name in ("plain-as-hash", "no-name", "empty") else family.bad)(
            name,
            why,
            _of(identity),
            "recipient UNSUPPORTED" if name in ("plain-as-hash", "no-name", "empty") else _OTHER,
        )
    for name in ("sha1", "sha512", "crc32", "none"):
        text = _hash(_MAIL + _SALT, name) if name in hashlib.algorithms_available else f"{name}${_MAIL}"
        family.unsure(
            f"hash-{name}", "a hash that the standard does not have", _of(_identity(text)), "recipient UNSUPPORTED"
        )
    family.bad(
        "salt-number", "a salt that is a number", _of(_identity(salted, salt=1)), "data_model MALFORMED_VALUE_ERROR"
    )
    family.bad("identity-text", "text in place of an identity", _of(_MAIL), "data_model MALFORMED_VALUE_ERROR")
    by_id = {"recipient": LEARNER}
    family.good("control-id", "the id of the subject", signed(), **by_id)
    for name, other in (
        ("id-other", "did:example:mallory"),
        ("id-case", "did:example:Learner"),
        ("id-fragment", "did:example:learner#1"),
        ("id-cyrillic", "did:example:l\u0435arner"),
        ("id-longer", "did:example:learner2"),
        ("id-slash", "did:example:learner/"),
    ):
        given = secure(changed(badge(), "credentialSubject/id", other), suite="eddsa-jcs-2022")
        family.bad(name, "the id of somebody else", given, _OTHER, control="control-id", **by_id)
    spoofed = _of(_identity(LEARNER, hashed=False, identityType="did"), id="did:example:mallory")
    family.bad(
        "id-elsewhere",
        "the id stands in an identity, and is not that of the subject",
        spoofed,
        _OTHER,
        control="control-id",
        **by_id,
    )
    yield family
