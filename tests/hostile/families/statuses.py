"""Status lists: of others, of something else, damaged, stale, endless; and entries that name no entry."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import Any

from microcred.encoding import base58_encode, base64url_encode
from tests.hostile import forge
from tests.hostile.corpus import Family, Page
from tests.hostile.forge import (
    ISSUER,
    LIST,
    REGISTRY,
    STRANGER,
    badge,
    bits,
    changed,
    encoded_list,
    entry,
    gzipped,
    gzipped_zeros,
    header,
    secure,
    signed,
    status_list,
    token,
)

_REVOKED = "credential_status REVOKED"
_BAD_LIST = "credential_status STATUS_VERIFICATION_ERROR"
_NO_LIST = "credential_status STATUS_RETRIEVAL_ERROR"
_DAMAGED = "credential_status MALFORMED_VALUE_ERROR"
_UNKNOWN = "credential_status UNSUPPORTED"


def families() -> Iterator[Family]:
    yield _lists()
    yield _encodings()
    yield _entries()
    yield _revocation_lists()


def _listed(**changes: Any) -> dict[str, Any]:
    return signed(credentialStatus=entry(**changes))


def _over_json(document: dict[str, Any]) -> dict[str, Any]:
    """Sign what has no meaning in RDF."""
    return secure(document, suite="eddsa-jcs-2022")


def _lists() -> Family:
    family = Family(
        "status-lists",
        "Status lists that do not speak for the issuer",
        "Bitstring Status List 1.0 §3.2",
        {"trusted": [ISSUER.did]},
    )
    document = _listed()
    empty = secure(status_list())

    def unsure(name: str, why: str, page: Any, code: str = _BAD_LIST, given: Any = document, **more: Any) -> None:
        family.unsure(name, why, given, code, web={LIST: page}, **more)

    family.good("control", "the list does not have the credential", document, web={LIST: empty})
    family.good("others", "the list has its neighbours", document, web={LIST: secure(status_list([6, 8, 15]))})
    family.bad("revoked", "the list has the credential", document, _REVOKED, web={LIST: secure(status_list([7]))})
    suspension = status_list([7], subject={"statusPurpose": "suspension"})
    family.bad(
        "suspended",
        "the list of suspensions has the credential",
        _listed(statusPurpose="suspension"),
        "credential_status SUSPENDED",
        web={LIST: secure(suspension)},
    )
    two = [entry(), entry("9", id=f"{LIST}#9")]
    several = signed(credentialStatus=two)
    family.good("control-two", "two entries, none of them set", several, web={LIST: empty})
    family.bad(
        "second-revoked",
        "the second of two entries is set",
        several,
        _REVOKED,
        web={LIST: secure(status_list([9]))},
        control="control-two",
    )
    apart = status_list([], url=f"{LIST}/b", subject={"statusPurpose": "suspension"})
    one_id = [entry("9"), entry("7", statusPurpose="suspension", statusListCredential=f"{LIST}/b")]
    unsure_web = {LIST: secure(status_list([7])), f"{LIST}/b": secure(apart)}
    family.unsure(
        "exchanged",
        "two entries have one id and are one thing in RDF: the holder exchanged their indexes, and hid that one is set",
        signed(credentialStatus=one_id),
        "credential_status MALFORMED_VALUE_ERROR",
        web=unsure_web,
        control="control-two",
        standard="RDF 1.1 Concepts §3.1",
    )
    other = "https://example.edu/status/2"
    elsewhere = signed(credentialStatus=[entry(), entry("9", id=f"{other}#9", statusListCredential=other)])
    family.unsure(
        "second-missing",
        "the list of the second entry cannot be fetched",
        elsewhere,
        _NO_LIST,
        web={LIST: empty, other: Page(status=404)},
        control="control-two",
    )
    family.bad(
        "second-revoked-elsewhere",
        "the second entry is set, in another list",
        elsewhere,
        _REVOKED,
        web={LIST: empty, other: secure(status_list([9], url=other))},
        control="control-two",
    )
    stranger = status_list(issuer=STRANGER.did)
    unsure("other-issuer", "a list of a stranger, well signed", secure(stranger, STRANGER))
    unsure("stranger-signs", "the issuer's list, signed by a stranger", secure(status_list(), STRANGER))
    unsure(
        "registry",
        "a list of somebody who keeps lists for others, whom the verifier does not know",
        secure(status_list(issuer=REGISTRY.did), REGISTRY),
    )
    unsure("unsigned", "a list without a proof", status_list())
    unsure(
        "changed",
        "a list that was changed: the credential was taken off",
        changed(secure(status_list([7])), "credentialSubject/encodedList", encoded_list()),
    )
    unsure(
        "proof-of-other",
        "the proof of another list of the issuer",
        {**status_list(), "proof": secure(status_list([7]))["proof"]},
    )
    unsure(
        "https-issuer",
        "the issuer has a URL, and the key stands in the list alone",
        secure(
            status_list(issuer="https://example.edu/1"), verificationMethod=f"https://example.edu/1#{ISSUER.multikey}"
        ),
    )
    unsure(
        "other-id", "a list with another id than its URL", _over_json(status_list(id="https://example.edu/status/2"))
    )
    family.good(
        "no-id",
        "a list without an id is that of its URL, which TLS vouches for",
        document,
        web={LIST: _over_json(status_list(id=None))},
    )
    unsure("http-id", "a list whose id is that of http", _over_json(status_list(id=LIST.replace("https", "http"))))
    unsure("other-purpose", "a list of suspensions", secure(suspension))
    unsure("purpose-case", "a purpose in other letters", secure(status_list(subject={"statusPurpose": "Revocation"})))
    unsure(
        "purposes-other",
        "a list of other purposes",
        _over_json(status_list(subject={"statusPurpose": ["suspension", "message"]})),
    )
    family.good(
        "purposes",
        "a list of several purposes",
        document,
        web={LIST: secure(status_list(subject={"statusPurpose": ["suspension", "revocation"]}))},
    )
    unsure("not-a-list", "a badge in place of a list", signed(), _DAMAGED)
    unsure(
        "no-list-type",
        "a credential that does not say that it is a list",
        _over_json(status_list(type=["VerifiableCredential"])),
    )
    unsure(
        "other-subject-type",
        "a subject that is something else",
        _over_json(
            status_list(subject={"type": "StatusList2021"})
            | {"@context": [forge.CREDENTIALS, "https://w3id.org/vc/status-list/2021/v1"]}
        ),
    )
    unsure(
        "two-subjects",
        "two lists in one",
        _over_json(
            status_list(
                credentialSubject=[
                    status_list()["credentialSubject"],
                    status_list([7])["credentialSubject"] | {"id": f"{LIST}#b"},
                ]
            )
        ),
    )
    unsure("no-subject", "no list in it", _over_json(status_list(credentialSubject={"id": f"{LIST}#list"})))
    unsure("other-size", "entries of another size", _over_json(status_list(subject={"statusSize": 2})))
    unsure("expired", "a list that has expired: a stale copy", secure(status_list(validUntil="2026-05-15T00:00:00Z")))
    unsure("expired-proof", "a list whose proof has expired", secure(status_list(), expires="2026-05-15T00:00:00Z"))
    unsure("later", "a list that is not valid yet", secure(status_list(validFrom="2026-06-02T00:00:00Z")))
    family.unsure(
        "before",
        "a judgement as of a time before the list",
        document,
        _BAD_LIST,
        web={LIST: secure(status_list(validFrom="2026-05-20T00:00:00Z"))},
        at="2026-05-10T00:00:00Z",
    )
    own = status_list(credentialStatus=entry("1"))
    unsure("own-status", "a list that has a status, which is in itself", _over_json(own), _UNKNOWN)
    unsure(
        "context-unknown",
        "a list with a context that is not known",
        {**empty, "@context": [forge.CREDENTIALS, "https://evil.example/c"]},
        _UNKNOWN,
    )
    unsure(
        "suite-unknown",
        "a list with a proof of a kind that is not known",
        changed(empty, "proof/cryptosuite", "x-2099"),
        _UNKNOWN,
    )
    for name, status in (("missing", 404), ("gone", 410), ("trouble", 503), ("forbidden", 403)):
        unsure(name, f"the server answers {status}", Page(status=status), _NO_LIST)
    for name, content in (
        ("html", "<!DOCTYPE html>"),
        ("empty", ""),
        ("list", "[]"),
        ("null", "null"),
        ("deep", "[" * 10_000),
        ("duplicates", '{"id": 1, "id": 2}'),
        ("image", b"\x89PNG\r\n\x1a\n"),
    ):
        unsure(f"page-{name}", "no credential there", content, _NO_LIST)
    for name, url in (
        ("file", "file:///etc/passwd"),
        ("data", "data:application/json,{}"),
        ("javascript", "javascript:alert(1)"),
        ("ftp", "ftp://example.edu/list"),
        ("did", "did:web:example.edu"),
        ("relative", "/status/1"),
        ("empty", ""),
    ):
        given = secure(badge(credentialStatus=entry(statusListCredential=url)), suite="eddsa-jcs-2022")
        family.unsure(f"url-{name}", "no URL that is opened", given, _UNKNOWN, never=[url], web={url: empty})
    for name, url in (
        ("user", "https://example.edu@evil.example/1"),
        ("space", "https://example.edu/a b"),
        ("backslash", "https://example.edu\\evil/1"),
        ("long", "https://example.edu/" + "a" * 3000),
    ):
        given = secure(badge(credentialStatus=entry(statusListCredential=url)), suite="eddsa-jcs-2022")
        family.unsure(
            f"url-{name}", "a URL that programs read differently", given, _NO_LIST, never=[url], web={url: empty}
        )
    forged = secure(badge(credentialStatus=entry()), STRANGER)
    family.bad(
        "not-proven",
        "what an unproven credential names is not fetched",
        forged,
        "proof INVALID_VERIFICATION_METHOD",
        web={LIST: empty},
        never=[LIST],
    )
    foreign = signed(STRANGER, credentialStatus=entry())
    family.bad(
        "not-trusted",
        "nor what a stranger's credential names",
        foreign,
        "issuer ISSUER_NOT_TRUSTED",
        web={LIST: empty},
        never=[LIST],
    )
    own_list = token(header(typ="vc+jwt"), {**status_list([7]), "iss": ISSUER.did})
    family.bad("jwt-revoked", "a list as a JWT", document, _REVOKED, web={LIST: own_list})
    unsure("jwt-none", "a list as a JWT without a signature", token(header(alg="none"), status_list(), b"x"))
    many = signed(
        credentialStatus=[
            entry(str(n), id=f"urn:e:{n}", statusListCredential=f"https://example.edu/status/{n}") for n in range(100)
        ]
    )
    family.unsure("many-lists", "a hundred lists, each to be fetched", many, _NO_LIST)
    return family


def _encodings() -> Family:
    family = Family(
        "status-encodings",
        "Bit strings that are damaged, or too long",
        "Bitstring Status List 1.0 §3.4",
        {"trusted": [ISSUER.did]},
    )
    document, plain = _listed(), bits()
    family.good("control", "GZIP in base64url, behind u", document, web={LIST: secure(status_list())})
    packed = gzipped(plain)

    def unsure(name: str, why: str, text: Any, code: str = _DAMAGED, **more: Any) -> None:
        page = secure(status_list(subject={"encodedList": text}), suite="eddsa-jcs-2022")
        family.unsure(name, why, document, code, web={LIST: page}, **more)

    good = encoded_list()
    for name, why, text in (
        ("no-prefix", "without u", good[1:]),
        ("base58", "base58, behind z", "z" + base58_encode(gzipped(bits()[:64]))),
        ("padding", "with padding", good + "="),
        (
            "standard",
            "base64 with other letters",
            "u" + base64url_encode(b"\x1f\x8b\xff\xfe\xfb").replace("-", "+").replace("_", "/"),
        ),
        ("white-space", "with white space", good[:20] + "\n" + good[20:]),
        ("not-gzip", "not compressed", "u" + base64url_encode(plain[:1000])),
        ("zlib", "another form (zlib)", "u" + base64url_encode(zlib.compress(bytes(100)))),
        ("deflate", "without a header", "u" + base64url_encode(packed[10:-8])),
        ("cut", "cut off", "u" + base64url_encode(packed[:-10])),
        ("no-checksum", "without its checksum", "u" + base64url_encode(packed[:-8])),
        ("checksum", "a wrong checksum", "u" + base64url_encode(packed[:-8] + bytes([packed[-8] ^ 1]) + packed[-7:])),
        ("length", "a wrong length", "u" + base64url_encode(packed[:-1] + bytes([packed[-1] ^ 1]))),
        ("trailing", "something behind it", "u" + base64url_encode(packed + b"more")),
        ("second-member", "a second one behind it", "u" + base64url_encode(packed + gzipped(bits([7])))),
        ("empty", "nothing", ""),
        ("prefix", "u alone", "u"),
        ("number", "a number", 7),
        ("list", "a list", [good]),
    ):
        malformed = name in ("number", "list")
        unsure(name, why, text, _BAD_LIST if malformed else _DAMAGED)
    unsure(
        "no-bytes", "nothing in it", "u" + base64url_encode(gzipped(b"")), "credential_status STATUS_LIST_LENGTH_ERROR"
    )
    unsure(
        "short",
        "fewer entries than the standard allows",
        encoded_list(entries=131_064),
        "credential_status STATUS_LIST_LENGTH_ERROR",
        standard="Bitstring Status List 1.0 §3.2 step 9",
    )
    unsure(
        "bomb",
        "20 kB that unpack to 20 MB",
        "u" + base64url_encode(gzipped_zeros(20 << 20)),
        "credential_status TOO_COMPLEX",
        standard="Bitstring Status List 1.0 §5.4",
    )
    return family


def _entries() -> Family:
    family = Family(
        "status-entries",
        "Entries that name no entry of a list",
        "Bitstring Status List 1.0 §2.1",
        {"trusted": [ISSUER.did]},
    )
    web = {LIST: secure(status_list())}
    family.good("control", "an index as text", _listed(), web=web)
    family.good("number", "an index as a number, as official samples have it", _listed(index=7), web=web)
    last = _listed(index="131071")
    family.good("last", "the last entry", last, web=web)

    def add(name: str, why: str, given: Any, code: str, *, sure: bool, **more: Any) -> None:
        (family.bad if sure else family.unsure)(name, why, given, code, **{"web": web, **more})

    for name, index in (
        ("negative", "-1"),
        ("negative-number", -1),
        ("minus-sign", "\u22121"),
        ("plus", "+7"),
        ("fullwidth", "\uff17"),
        ("arabic", "\u0667"),
        ("superscript", "\u00b2"),
        ("hexadecimal", "0x7"),
        ("exponent", "7e0"),
        ("fraction", "7.0"),
        ("fraction-number", 7.5),
        ("space", " 7"),
        ("line-feed", "7\n"),
        ("underscore", "1_0"),
        ("empty", ""),
        ("true", True),
        ("null", None),
        ("list", ["7"]),
        ("object", {"@value": "7"}),
        ("words", "seven"),
    ):
        given = secure(badge(credentialStatus={**entry(), "statusListIndex": index}), suite="eddsa-jcs-2022")
        code = _DAMAGED
        add(f"index-{name}", "no index", given, code, sure=True)
    for name, index in (("beyond", "131072"), ("far-beyond", "9" * 19), ("very-far-beyond", "9" * 4000)):
        add(
            f"index-{name}",
            "an index that the list has not",
            _listed(index=index),
            "credential_status RANGE_ERROR",
            sure=False,
            standard="Bitstring Status List 1.0 §3.2 step 10",
        )
    revoked = {LIST: secure(status_list([7]))}
    for name, index in (("zeros", "0000000007"), ("number", 7)):
        family.bad(
            f"revoked-{name}", "another spelling of an index that is set", _listed(index=index), _REVOKED, web=revoked
        )
    for name, size in (
        ("zero", 0),
        ("negative", -1),
        ("text", "1"),
        ("fraction", 1.5),
        ("true", True),
        ("huge", 10**6),
        ("null", None),
        ("two", 2),
    ):
        given = secure(badge(credentialStatus={**entry(), "statusSize": size}), suite="eddsa-jcs-2022")
        add(f"size-{name}", "no size, or one without its messages", given, _DAMAGED, sure=True)
    for name, status, code, sure in (
        ("text", "revoked", "data_model MALFORMED_VALUE_ERROR", True),
        ("list-of-texts", ["revoked"], "data_model MALFORMED_VALUE_ERROR", True),
        ("no-type", {**entry(), "type": None}, "data_model MALFORMED_VALUE_ERROR", True),
        ("type-number", {**entry(), "type": 1}, "data_model MALFORMED_VALUE_ERROR", True),
        ("type-unknown", {**entry(), "type": "UnknownEntry"}, _UNKNOWN, False),
        ("type-case", {**entry(), "type": "bitstringstatuslistentry"}, _UNKNOWN, False),
        ("purpose-unknown", entry(statusPurpose="https://example.edu/other"), _UNKNOWN, False),
        ("purpose-case", entry(statusPurpose="Revocation"), _UNKNOWN, False),
        ("purpose-absent", entry(statusPurpose=None), _DAMAGED, True),
        ("purpose-list", entry(statusPurpose=["revocation"]), _DAMAGED, True),
        ("no-list", entry(statusListCredential=None), _DAMAGED, True),
        ("list-object", entry(statusListCredential={"id": LIST}), _DAMAGED, True),
    ):
        given = secure(badge(credentialStatus=status), suite="eddsa-jcs-2022")
        add(name, "no entry that can be looked up", given, code, sure=sure)
    null = secure(badge(), suite="eddsa-jcs-2022")
    family.bad(
        "removed",
        "the status was taken out",
        {key: value for key, value in _listed().items() if key != "credentialStatus"},
        "proof PROOF_VERIFICATION_ERROR",
        web=web,
    )
    family.bad(
        "nulled",
        "null in place of the status",
        {**_listed(), "credentialStatus": None},
        "proof PROOF_VERIFICATION_ERROR",
        web=web,
    )
    family.bad(
        "emptied",
        "an empty list in place of the status",
        {**_listed(), "credentialStatus": []},
        "proof PROOF_VERIFICATION_ERROR",
        web=web,
    )
    family.good("none", "a credential that never had a status", null)
    for name, path, value in (
        ("index", "statusListIndex", "8"),
        ("list", "statusListCredential", "https://evil.example/1"),
        ("purpose", "statusPurpose", "suspension"),
    ):
        family.bad(
            f"changed-{name}",
            "the status was changed",
            changed(_listed(), f"credentialStatus/{path}", value),
            "proof PROOF_VERIFICATION_ERROR",
            web={"https://evil.example/1": status_list()},
            never=["https://evil.example/1"],
        )
    return family


def _revocation_lists() -> Family:
    url = "https://example.edu/revoked.json"
    document = _over_json(badge(credentialStatus={"id": url, "type": "1EdTechRevocationList"}))
    family = Family(
        "revocation-lists", "Lists of ids", "1EdTech Revocation List Status Method 1.0", {"trusted": [ISSUER.did]}
    )
    plain = {"id": url, "issuer": ISSUER.did, "revokedCredential": []}

    def on(*items: Any, **more: Any) -> dict[str, Any]:
        return {url: forge.without_none({**plain, "revokedCredential": list(items), **more})}

    identifier = document["id"]
    family.good("control", "nothing is on the list", document, web={url: plain})
    family.good(
        "not-revoked", "the list says that it is not revoked", document, web=on({"id": identifier, "revoked": False})
    )
    family.good(
        "look-alike",
        "the list has an id that is nearly the same",
        document,
        web=on({"id": identifier + "0"}, identifier.upper()),
    )
    for name, items in (
        ("object", [{"id": identifier}]),
        ("text", [identifier]),
        ("said", [{"id": identifier, "revoked": True}]),
        ("null", [{"id": identifier, "revoked": None}]),
        ("second", [{"id": "urn:a:b"}, {"id": identifier}]),
        ("both-ways", [{"id": identifier, "revoked": False}, {"id": identifier}]),
    ):
        family.bad(f"revoked-{name}", "the list has the credential", document, _REVOKED, web=on(*items))
    family.bad(
        "revoked-plural",
        "the list has the credential, under the other name of the member",
        document,
        _REVOKED,
        web={url: {**plain, "revokedCredentials": [identifier]}},
    )
    for name, why, page in (
        ("other-issuer", "a list of a stranger", on(issuer=STRANGER.did)),
        ("no-issuer", "a list of nobody", on(issuer=None)),
        ("other-id", "another list", on(id="https://example.edu/other.json")),
        ("no-id", "a list without an id", on(id=None)),
        ("error", "an error as JSON", {url: {"error": "not found"}}),
        ("jwt-stranger", "a list as a JWT, by a stranger", {url: token(header(STRANGER), plain, STRANGER)}),
        ("jwt-none", "a list as a JWT without a signature", {url: token(header(alg="none"), plain, b"x")}),
        ("jwt-changed", "a list as a JWT, changed", {url: token(header(), plain, ISSUER.sign(b"x"))}),
        ("jwt-expired", "a list as a JWT, expired", {url: token(header(), {**plain, "exp": 1777627801})}),
    ):
        family.unsure(name, why, document, _BAD_LIST, web=page)
    family.unsure("item-number", "an item without an id", document, _DAMAGED, web=on(1))
    for name, content in (("html", "<html>"), ("empty", ""), ("list", "[]"), ("deep", "[" * 1000)):
        family.unsure(f"page-{name}", "no list there", document, _NO_LIST, web={url: content})
    family.unsure("missing", "the server answers 404", document, _NO_LIST, web={url: Page(status=404)})
    http = url.replace("https", "http")
    given = _over_json(badge(credentialStatus={"id": http, "type": "1EdTechRevocationList"}))
    family.unsure(
        "http",
        "without TLS nothing vouches for the list",
        given,
        _UNKNOWN,
        web={http: {**plain, "id": http}},
        never=[http],
    )
    return family
