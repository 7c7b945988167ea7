"""Schemas that are others than the issuer meant, lead elsewhere, or never end."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator
from typing import Any

from tests.hostile.corpus import Family, Page
from tests.hostile.forge import CREDENTIALS, ISSUER, STRANGER, badge, secure

_URL = "https://example.edu/schemas/badge.json"
_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_UNKNOWN = "credential_schema RESOLUTION_ERROR"


def families() -> Iterator[Family]:
    standard = "Verifiable Credentials JSON Schema §4; VCDM 2.0 §4.11, §5.3"
    family = Family("schemas", "Schemas that mislead, or never end", standard, {"trusted": [ISSUER.did]})
    good = _schema(required=["issuer"])
    family.good("control", "a schema that the credential fits", _with(good), web={_URL: good})
    bad = _schema(required=["nothing"])
    family.bad(
        "mismatch", "a schema that it does not fit", _with(bad), "credential_schema SCHEMA_MISMATCH", web={_URL: bad}
    )
    for name, why, page in (
        ("changed", "another schema than the one that the issuer signed", _schema()),
        ("changed-space", "the same schema with a blank more", good + " "),
        ("html", "a web page", "<!DOCTYPE html>"),
    ):
        family.bad(name, why, _with(good), "credential_schema DIGEST_MISMATCH", web={_URL: page})
    for name, status in (("missing", 404), ("trouble", 503)):
        family.unsure(name, f"the server answers {status}", _with(good), _UNKNOWN, web={_URL: Page(status=status)})
    for name, text in (
        ("not-json", "<html>"),
        ("list", "[]"),
        ("duplicates", '{"$id": 1, "$id": 2}'),
        ("deep", "[" * 1000),
    ):
        family.unsure(name, "what the issuer signed is no schema", _with(text), _UNKNOWN, web={_URL: text})
    plain = {"id": _URL, "type": "JsonSchema"}
    family.unsure(
        "no-digest", "nothing says which schema it should be", _of(plain), _UNKNOWN, web={_URL: good}, never=[_URL]
    )
    for name, digest, code in (
        ("empty", "", "UNSUPPORTED"),
        ("short", "sha384-AAAA", "DIGEST_MISMATCH"),
        ("md5", "md5-AAAAAAAAAAAAAAAAAAAAAA==", "UNSUPPORTED"),
        ("number", 1, "MALFORMED_VALUE_ERROR"),
    ):
        given = _of({**plain, "digestSRI": digest})
        add = family.unsure if code == "UNSUPPORTED" else family.bad
        add(f"digest-{name}", "a digest that is none", given, f"credential_schema {code}", web={_URL: good})
    for name, url in (
        ("file", "file:///etc/passwd"),
        ("metadata", "http://169.254.169.254/latest"),
        ("user", "https://a@example.edu/s"),
    ):
        given = _of({**plain, "id": url, "digestSRI": _digest(good)})
        family.unsure(f"url-{name}", "a URL that is not opened", given, _UNKNOWN, web={url: good}, never=[url])
    other = "https://evil.example/schema.json"
    away = _schema(**{"$ref": other})
    family.unsure(
        "reference",
        "a schema that leads to another place",
        _with(away),
        _UNKNOWN,
        web={_URL: away, other: good},
        never=[other],
    )
    itself = _schema(**{"$ref": "#"})
    family.unsure(
        "reference-itself",
        "a schema that leads to itself",
        _with(itself),
        "credential_schema TOO_COMPLEX",
        web={_URL: itself},
    )
    missing = _schema(**{"$ref": "#/$defs/none"})
    family.unsure("reference-nowhere", "a schema that leads nowhere", _with(missing), _UNKNOWN, web={_URL: missing})
    slow = _schema(properties={"name": {"pattern": "^(([a-z])+.)+[A-Z]([a-z])+$"}})
    family.bad(
        "pattern",
        "a pattern that takes for ever where it does not fit",
        _with(slow, name="a" * 40),
        "credential_schema SCHEMA_MISMATCH",
        web={_URL: slow},
    )
    broken = _schema(properties={"name": {"pattern": "("}})
    family.unsure(
        "pattern-broken",
        "a pattern that is none",
        _with(broken, name="a"),
        "credential_schema UNSUPPORTED",
        web={_URL: broken},
    )
    doubled = _schema(
        **{
            "$defs": {f"d{i}": {"allOf": [{"$ref": f"#/$defs/d{i + 1}"}] * 2} for i in range(30)} | {"d30": {}},
            "$ref": "#/$defs/d0",
        }
    )
    family.unsure(
        "doubling",
        "thirty steps, each of which doubles the work",
        _with(doubled),
        "credential_schema TOO_COMPLEX",
        web={_URL: doubled},
    )
    unknown = _of({"id": _URL, "type": "OtherSchema"})
    family.unsure("kind", "a kind of schema that is not known", unknown, "credential_schema UNSUPPORTED", never=[_URL])
    forged = secure(badge(credentialSchema={**plain, "digestSRI": _digest(good)}), STRANGER, "eddsa-jcs-2022")
    family.bad(
        "not-proven",
        "what an unproven credential names is not fetched",
        forged,
        "proof INVALID_VERIFICATION_METHOD",
        web={_URL: good},
        never=[_URL],
    )
    two = _of([{**plain, "digestSRI": _digest(good)}, {**plain, "id": other, "digestSRI": _digest(bad)}])
    family.bad(
        "second",
        "the second of two schemas does not fit",
        two,
        "credential_schema SCHEMA_MISMATCH",
        web={_URL: good, other: bad},
    )
    context = {"id": CREDENTIALS, "digestSRI": _digest("{}")}
    given = secure(badge(relatedResource=[context]), suite="eddsa-jcs-2022")
    family.bad(
        "context-digest",
        "the issuer signed under another context than the one of that URL",
        given,
        "data_model DIGEST_MISMATCH",
        standard="VCDM 2.0 §5.3",
    )
    yield family


def _schema(**members: Any) -> str:
    return json.dumps({"$schema": _DIALECT, "$id": _URL, **members})


def _digest(text: str) -> str:
    return "sha384-" + base64.b64encode(hashlib.sha384(text.encode()).digest()).decode()


def _with(schema: str, **changes: Any) -> dict[str, Any]:
    return _of({"id": _URL, "type": "JsonSchema", "digestSRI": _digest(schema)}, **changes)


def _of(entry: Any, **changes: Any) -> dict[str, Any]:
    return secure(badge(credentialSchema=entry, **changes), suite="eddsa-jcs-2022")
