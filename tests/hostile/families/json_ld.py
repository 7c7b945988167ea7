"""Contexts that give names another meaning, and ways to write what nobody reads."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests.hostile.corpus import Family, Page
from tests.hostile.forge import BADGES, CREDENTIALS, DATA_INTEGRITY, ISSUER, badge, changed, secure, signed

_WRONG = "proof PROOF_VERIFICATION_ERROR"
_UNCOVERED = "proof PROOF_TRANSFORMATION_ERROR"
_VC = "https://www.w3.org/2018/credentials#"
_XSD = "http://www.w3.org/2001/XMLSchema#dateTime"
_END = "2026-05-02T00:00:00Z"
_POISONED = {"@context": {"@vocab": "https://evil.example/#", "id": "@id", "type": "@type"}}


def families() -> Iterator[Family]:
    yield _contexts()
    yield _hiding()


def _contexts() -> Family:
    family = Family(
        "contexts",
        "Contexts that are not those of the issuer",
        "VC Data Integrity 1.0 §2.4.1",
        {"trusted": [ISSUER.did]},
    )
    contexts: Any
    document = signed()
    family.good("control", "the contexts that the issuer signed under", document)
    family.good("control-jcs", "the same, over JSON", secure(badge(), suite="eddsa-jcs-2022"))
    url = "https://evil.example/context"
    web: dict[str, Any] = {url: _POISONED, CREDENTIALS: _POISONED, BADGES: _POISONED}
    family.good(
        "poisoned-web",
        "somebody serves another context under a known URL",
        document,
        web=web,
        never=[CREDENTIALS, BADGES],
    )
    appended = {**document, "@context": [CREDENTIALS, BADGES, url]}
    family.unsure(
        "appended", "a context of a stranger was appended", appended, "proof UNSUPPORTED", web=web, never=[url]
    )
    own = secure(badge(), suite="eddsa-jcs-2022")
    jcs = {**own, "@context": [CREDENTIALS, BADGES, {"@vocab": "https://evil.example/#"}]}
    family.good(
        "appended-jcs",
        "a proof over JSON lets contexts be appended, which are not part of what is verified",
        jcs,
        standard="Data Integrity EdDSA Cryptosuites 1.0 §3.3.2 (4)",
    )
    for name, contexts in (
        ("prepended", [{"@vocab": "urn:v#"}, CREDENTIALS, BADGES]),
        ("between", [CREDENTIALS, {"@vocab": "urn:v#"}, BADGES]),
        ("cut", [CREDENTIALS]),
    ):
        given = {**own, "@context": contexts}
        family.bad(
            f"jcs-{name}",
            "no other change of them is let pass",
            given,
            _WRONG,
            control="control-jcs",
            standard="Data Integrity EdDSA Cryptosuites 1.0 §3.3.2 (4)",
        )
    for name, why, contexts, code in (
        ("reordered", "the other way round", [BADGES, CREDENTIALS], "data_model MALFORMED_VALUE_ERROR"),
        ("one-missing", "one is missing", [CREDENTIALS], _UNCOVERED),
        ("none", "no context", None, "data_model MALFORMED_VALUE_ERROR"),
        (
            "null",
            "null, which forgets all that is defined",
            [CREDENTIALS, BADGES, None],
            "data_model MALFORMED_VALUE_ERROR",
        ),
        ("text", "text in place of a list", CREDENTIALS, "data_model MALFORMED_VALUE_ERROR"),
        ("number", "a number among them", [CREDENTIALS, BADGES, 1], "data_model MALFORMED_VALUE_ERROR"),
        ("nested", "a list in the list", [[CREDENTIALS, BADGES]], "data_model MALFORMED_VALUE_ERROR"),
        ("empty", "an empty list", [], "data_model MALFORMED_VALUE_ERROR"),
        (
            "http",
            "http in place of https",
            [CREDENTIALS.replace("https", "http"), BADGES],
            "data_model MALFORMED_VALUE_ERROR",
        ),
        ("slash", "a slash behind the URL", [CREDENTIALS + "/", BADGES], "data_model MALFORMED_VALUE_ERROR"),
        ("fragment", "a fragment behind the URL", [CREDENTIALS + "#", BADGES], "data_model MALFORMED_VALUE_ERROR"),
        (
            "upper-case",
            "another spelling of the host",
            [CREDENTIALS.replace("www.w3", "WWW.W3"), BADGES],
            "data_model MALFORMED_VALUE_ERROR",
        ),
        (
            "dots",
            "dots in the path",
            [CREDENTIALS.replace("/ns/", "/x/../ns/"), BADGES],
            "data_model MALFORMED_VALUE_ERROR",
        ),
        (
            "escaped",
            "a letter of the URL percent-encoded",
            [CREDENTIALS.replace("v2", "%762"), BADGES],
            "data_model MALFORMED_VALUE_ERROR",
        ),
    ):
        given = {**document, "@context": contexts}
        family.bad(name, why, {key: value for key, value in given.items() if value is not None}, code)
    family.bad(
        "vocab", "@vocab defines what nobody has defined", _with(document, {"@vocab": "urn:v#"}, secret="x"), _WRONG
    )
    family.unsure(
        "redefined",
        "a protected name is defined anew",
        _with(document, {"validUntil": "urn:other"}),
        "proof UNSUPPORTED",
    )
    family.bad("type-redefined", "@type is defined anew", _with(document, {"type": "urn:other"}), _UNCOVERED)
    family.bad(
        "base",
        "@base for the ids that are not complete",
        changed(_with(document, {"@base": "urn:"}), "id", "x"),
        "data_model MALFORMED_VALUE_ERROR",
    )
    family.bad("version", "a version that is none", _with(document, {"@version": 1.0}), _UNCOVERED)
    family.bad(
        "language",
        "@language for all text, which then means something else",
        _with(document, {"@language": "la"}),
        _WRONG,
    )
    family.bad("direction", "@direction for all text", _with(document, {"@direction": "rtl"}), _UNCOVERED)
    family.unsure(
        "import",
        "@import of a context of a stranger",
        _with(document, {"@import": url}),
        "proof UNSUPPORTED",
        web=web,
        never=[url],
    )
    inner = changed(document, "credentialSubject/@context", url)
    family.unsure("inner", "a context of a stranger, deep inside", inner, "proof UNSUPPORTED", web=web, never=[url])
    scoped = _with(document, {"secret": {"@id": "urn:s", "@context": url}})
    family.unsure(
        "scoped",
        "a context of a stranger for one name",
        {**scoped, "secret": {"a": 1}},
        "proof UNSUPPORTED",
        web=web,
        never=[url],
    )
    for scheme in (
        "file:///etc/passwd",
        "http://127.0.0.1/context",
        "http://169.254.169.254/latest/meta-data",
        "data:application/ld+json,%7B%7D",
    ):
        given = {**document, "@context": [CREDENTIALS, BADGES, scheme]}
        name = scheme.partition(":")[0] + ("-metadata" if "169" in scheme else "")
        family.unsure(
            f"scheme-{name}",
            "a context behind a URL that must not be opened",
            given,
            "proof UNSUPPORTED",
            web={scheme: Page(_POISONED)},
            never=[scheme],
        )
    family.bad(
        "many",
        "a hundred contexts",
        {**document, "@context": [CREDENTIALS, BADGES, *[{"a": f"urn:{i}"} for i in range(100)]]},
        _UNCOVERED,
    )
    circle = {"a": {"@id": "urn:a", "@context": {"a": {"@id": "urn:a", "@context": {"b": "urn:b"}}}}}
    family.bad(
        "scoped-deep",
        "contexts inside contexts, which add a member",
        _with(document, circle, a={"a": {"b": "x"}}),
        _WRONG,
    )
    inline = secure(
        {**badge(), "@context": [CREDENTIALS, BADGES, {"rank": "urn:rank", "age": "urn:age"}], "rank": "1", "age": "40"}
    )
    family.unsure(
        "inline",
        "the issuer defined names by itself, and whoever holds the credential can exchange them",
        inline,
        "proof UNSUPPORTED",
    )
    swapped = {
        **inline,
        "@context": [CREDENTIALS, BADGES, {"age": "urn:rank", "rank": "urn:age"}],
        "age": "1",
        "rank": "40",
    }
    family.unsure("inline-swapped", "and here they are exchanged, under the same proof", swapped, "proof UNSUPPORTED")
    extra = {**document, "@context": [CREDENTIALS, BADGES, DATA_INTEGRITY]}
    family.good("harmless", "a known context more, which changes nothing that was said", extra)
    return family


def _with(document: dict[str, Any], context: dict[str, Any], **members: Any) -> dict[str, Any]:
    return {**document, "@context": [*document["@context"], context], **members}


def _hiding() -> Family:
    family = Family(
        "hiding",
        "A proof over RDF does not see names: what can be hidden behind it",
        "VC Data Integrity 1.0 §2.4.1; JSON-LD 1.1",
        {"trusted": [ISSUER.did]},
    )
    document = signed(validUntil="2099-01-01T00:00:00Z")
    family.good("control", "every member by its name", document)
    ended = signed(validUntil=_END)
    rest = {name: value for name, value in ended.items() if name != "validUntil"}
    root = {"id": ended["id"], "type": ended["type"], "validUntil": _END}
    status = {
        "id": "https://example.edu/s#1",
        "type": "BitstringStatusListEntry",
        "statusPurpose": "revocation",
        "statusListIndex": "1",
        "statusListCredential": "https://example.edu/s",
    }
    for name, why, given, code in (
        (
            "iri",
            "the end under the IRI of its name",
            {**rest, f"{_VC}validUntil": {"@type": _XSD, "@value": _END}},
            _UNCOVERED,
        ),
        ("nest", "the end in @nest", {**rest, "@nest": {"validUntil": _END}}, _UNCOVERED),
        ("included", "the end in @included", {**rest, "@included": [root]}, _UNCOVERED),
        ("reverse", "the end behind @reverse", {**rest, "@reverse": {"urn:p": root}}, _UNCOVERED),
        (
            "graph",
            "the whole in @graph",
            {"@context": ended["@context"], "@graph": [{**rest, "validUntil": _END}]},
            "data_model MALFORMED_VALUE_ERROR",
        ),
        (
            "alias",
            "the end under another name",
            {**_with(rest, {"vu": {"@id": f"{_VC}validUntil", "@type": _XSD}}), "vu": _END},
            _UNCOVERED,
        ),
        (
            "nest-alias",
            "@nest under another name",
            {**_with(rest, {"n": "@nest"}), "n": {"validUntil": _END}},
            _UNCOVERED,
        ),
        (
            "prefix",
            "the end under a short form of its IRI",
            {**_with(rest, {"cred": _VC}), "cred:validUntil": {"@type": _XSD, "@value": _END}},
            _UNCOVERED,
        ),
    ):
        family.bad(f"end-{name}", why, given, code)
    listed = signed(credentialStatus=status)
    bare = {name: value for name, value in listed.items() if name != "credentialStatus"}
    family.bad(
        "status-iri", "the status under the IRI of its name", {**bare, f"{_VC}credentialStatus": status}, _UNCOVERED
    )
    family.bad(
        "status-included",
        "the status in @included",
        {**bare, "@included": [{"id": bare["id"], "type": bare["type"], "credentialStatus": status}]},
        _UNCOVERED,
    )
    for name, path, value in (
        ("at-type", "@type", document["type"]),
        ("at-id", "@id", document["id"]),
    ):
        plain = {key: item for key, item in document.items() if key != path[1:]}
        family.bad(name, f"{path} in place of {path[1:]}", {**plain, path: value}, "data_model MALFORMED_VALUE_ERROR")
        family.bad(f"{name}-both", f"{path} beside {path[1:]}", {**document, path: value}, _UNCOVERED)
    moved = {**document, "type": document["type"][:1], "@type": document["type"][1:]}
    family.bad(
        "type-moved", "the second type stands under @type, where those who read type do not see it", moved, _UNCOVERED
    )
    family.bad(
        "id-moved",
        "the id of the subject stands under @id",
        changed(changed(document, "credentialSubject/@id", "did:example:learner"), "credentialSubject/id", None),
        _UNCOVERED,
    )
    for name, member, value in (
        ("set", "@set", [{"title": "Doctor"}]),
        ("list", "@list", [{"title": "Doctor"}]),
        ("index", "@index", "Doctor of Medicine"),
        ("keyword-like", "@secret", "Doctor of Medicine"),
        ("undefined", "degree", "Doctor of Medicine"),
        ("undefined-object", "degree", {"title": "Doctor of Medicine"}),
        ("undefined-null", "degree", None),
        ("colon", "degree:title", "Doctor of Medicine"),
        ("blank", "_:degree", "Doctor of Medicine"),
        ("relative", "/degree", "Doctor of Medicine"),
        ("space", " validUntil", _END),
        ("case", "ValidUntil", _END),
    ):
        given = changed(document, "credentialSubject/x", "y")
        del given["credentialSubject"]["x"]
        given["credentialSubject"][member] = value
        code = _WRONG if name == "colon" else _UNCOVERED
        family.bad(f"added-{name}", "a member that the proof does not cover", given, code)
    achievement = "credentialSubject/achievement"
    for name, path, value, code in (
        (
            "language-value",
            f"{achievement}/name",
            {"@value": "Rust 101", "@language": "en"},
            "data_model MALFORMED_VALUE_ERROR",
        ),
        (
            "language-map",
            f"{achievement}/name",
            {"en": "Rust 101", "es": "Doctora"},
            "data_model MALFORMED_VALUE_ERROR",
        ),
        (
            "json-literal",
            f"{achievement}/name",
            {"@value": {"a": 1}, "@type": "@json"},
            "data_model MALFORMED_VALUE_ERROR",
        ),
        ("relative-id", "credentialSubject/id", "learner", "data_model MALFORMED_VALUE_ERROR"),
        ("blank-id", "credentialSubject/id", "_:learner", _WRONG),
        ("unknown-type", f"{achievement}/type", ["Achievement", "Degree"], _UNCOVERED),
        ("relative-type", f"{achievement}/type", ["Achievement", "./Degree"], _UNCOVERED),
        ("id-object", "credentialSubject/id", {"@id": "did:example:learner"}, "data_model MALFORMED_VALUE_ERROR"),
        (
            "id-list",
            "credentialSubject/id",
            ["did:example:learner", "did:example:mallory"],
            "data_model MALFORMED_VALUE_ERROR",
        ),
        (
            "two-criteria",
            f"{achievement}/criteria",
            [{"narrative": "Passed the final project."}, {"narrative": "x"}],
            "data_model MALFORMED_VALUE_ERROR",
        ),
    ):
        family.bad(name, f"/{path} was written in another way", changed(document, path, value), code)
    return family
