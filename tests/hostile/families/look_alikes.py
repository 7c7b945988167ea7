"""Issuers whose names look like that of a trusted one, and names that lead elsewhere."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

from tests.hostile.corpus import Family
from tests.hostile.families.issuers import PAGE, WEB, of_web
from tests.hostile.forge import ISSUER, STRANGER, badge, changed, did_document, method_of, secure

_UNTRUSTED = "issuer ISSUER_NOT_TRUSTED"
_MALFORMED = "data_model MALFORMED_VALUE_ERROR"
_METHOD = "proof INVALID_VERIFICATION_METHOD"
_HTTPS = "https://example.edu/issuers/caf\u00e9"


def families() -> Iterator[Family]:
    yield _https()
    yield _did()
    yield _places()


def _https() -> Family:
    family = Family(
        "look-alike-urls",
        "Issuers whose URL looks like that of a trusted one",
        "RFC 3987 §5.3.1: ids are compared letter by letter",
        {"trusted": {_HTTPS: [ISSUER.multikey]}},
    )
    # The same key throughout, so that nothing but the name tells them apart.
    family.good("control", "the trusted issuer", _of(_HTTPS))
    for name, other in (
        ("cyrillic", _HTTPS.replace("example", "ex\u0430mple")),
        ("greek", _HTTPS.replace("example", "e\u03c7ample")),
        ("punycode", _HTTPS.replace("example", "xn--exmple-4nf")),
        ("decomposed", unicodedata.normalize("NFD", _HTTPS)),
        ("escaped", _HTTPS.replace("\u00e9", "%C3%A9")),
        ("ascii", _HTTPS.replace("\u00e9", "e")),
        ("slash", _HTTPS + "/"),
        ("no-tail", "https://example.edu/issuers/"),
        ("upper-case-host", _HTTPS.replace("example.edu", "EXAMPLE.edu")),
        ("upper-case-path", _HTTPS.replace("issuers", "Issuers")),
        ("upper-case-scheme", _HTTPS.replace("https", "HTTPS")),
        ("port", _HTTPS.replace("example.edu", "example.edu:443")),
        ("dot", _HTTPS.replace("example.edu", "example.edu.")),
        ("user", _HTTPS.replace("https://", "https://example.edu@evil.example/?")),
        ("subdomain", _HTTPS.replace("example.edu", "example.edu.evil.example")),
        ("hyphen", _HTTPS.replace("example.edu", "example-edu.evil.example")),
        ("query", _HTTPS + "?x=1"),
        ("empty-query", _HTTPS + "?"),
        ("fragment", _HTTPS + "#key"),
        ("dots", _HTTPS.replace("/issuers", "/x/../issuers")),
        ("http", _HTTPS.replace("https", "http")),
        ("zero-width", _HTTPS.replace("example", "exam\u200bple")),
        ("soft-hyphen", _HTTPS.replace("example", "exam\u00adple")),
        ("right-to-left", _HTTPS + "\u202e"),
        ("fullwidth", _HTTPS.replace("example", "\uff45xample")),
        ("fullwidth-slash", _HTTPS.replace("/issuers", "\uff0fissuers")),
        ("ideographic-dot", _HTTPS.replace("example.edu", "example\u3002edu")),
        ("long-s", _HTTPS.replace("issuers", "i\u017fsuers")),
        ("word-joiner", _HTTPS + "\u2060"),
        ("byte-order-mark", "\ufeff" + _HTTPS),
        ("variation", _HTTPS + "\ufe0f"),
        ("tag", _HTTPS + "\U000e0041"),
        ("no-break-space", _HTTPS + "\u00a0"),
    ):
        family.bad(name, "another name, which looks the same to people or to some programs", _of(other), _UNTRUSTED)
    for name, other in (
        ("space", _HTTPS + " "),
        ("line-feed", _HTTPS + "\n"),
        ("nul", _HTTPS + "\0"),
        ("backslash", _HTTPS.replace("/", "\\")),
        ("tab", _HTTPS.replace("example", "exam\tple")),
    ):
        given = changed(_of(_HTTPS), "issuer/id", other)
        family.bad(name, "no URL at all", given, _MALFORMED)
    return family


def _of(issuer: str) -> dict[str, object]:
    return secure(badge(issuer), suite="eddsa-jcs-2022", verificationMethod=f"{_HTTPS}#{ISSUER.multikey}")


def _did() -> Family:
    family = Family(
        "look-alike-dids",
        "Issuers whose DID looks like that of a trusted one",
        "Decentralized Identifiers 1.0 §3.1",
        {"trusted": [WEB]},
    )
    page = did_document(WEB, [method_of(ISSUER, WEB)])
    family.good("control", "the trusted issuer", of_web(), web={PAGE: page})
    for name, did, code in (
        ("cyrillic", "did:web:ex\u0430mple.edu", _METHOD),
        ("upper-case", "did:web:EXAMPLE.edu", _UNTRUSTED),
        ("port", "did:web:example.edu%3A443", _UNTRUSTED),
        ("path", "did:web:example.edu:evil", _UNTRUSTED),
        ("dot", "did:web:example.edu.", _METHOD),
        ("subdomain", "did:web:example.edu.evil.example", _UNTRUSTED),
        ("zero-width", "did:web:exam\u200bple.edu", _METHOD),
        ("soft-hyphen", "did:web:exam\u00adple.edu", _METHOD),
        ("fullwidth", "did:web:\uff45xample.edu", _METHOD),
        ("escaped", "did:web:%65xample.edu", _METHOD),
        ("upper-case-method", "did:WEB:example.edu", _METHOD),
        ("upper-case-scheme", "DID:web:example.edu", _METHOD),
        ("query", "did:web:example.edu?x=1", _METHOD),
        ("colon", "did:web:example.edu:", _METHOD),
        ("white-space", "did:web:example.edu ", _MALFORMED),
        ("nul", "did:web:example.edu\0", _MALFORMED),
    ):
        method = f"{did}#key-1"
        given = secure(badge(did), suite="eddsa-jcs-2022", verificationMethod=method)
        mine = did_document(did, [method_of(ISSUER, did)])
        places = {
            "path": "https://example.edu/evil/did.json",
            "subdomain": "https://example.edu.evil.example/.well-known/did.json",
            "upper-case": "https://EXAMPLE.edu/.well-known/did.json",
            "port": "https://example.edu:443/.well-known/did.json",
        }
        web = {places[name]: mine} if name in places else {}
        family.bad(name, "another DID, which looks the same to people or to some programs", given, code, web=web)
    return family


def _places() -> Family:
    family = Family("did-web", "did:web: where the name leads", "did:web method, “Read”", {"trusted": "any"})
    family.good("control", "a domain name", of_web(), web={PAGE: did_document(WEB, [method_of(ISSUER, WEB)])})
    for name, rest, url in (
        ("port", "example.edu%3A8443", "https://example.edu:8443/.well-known/did.json"),
        ("path", "example.edu:issuers:1", "https://example.edu/issuers/1/did.json"),
    ):
        did = f"did:web:{rest}"
        given = of_web(did, f"{did}#key-1")
        family.good(
            f"control-{name}",
            f"a domain name with a {name}",
            given,
            web={url: did_document(did, [method_of(ISSUER, did)])},
        )
    for name, rest in (
        ("address", "127.0.0.1"),
        ("address-v6", "%5B%3A%3A1%5D"),
        ("slash", "example.edu%2Fevil"),
        ("user", "example.edu%40evil.example"),
        ("question-mark", "example.edu%3Fx"),
        ("hash", "example.edu%23x"),
        ("backslash", "example.edu%5Cevil"),
        ("climb", "example.edu:.."),
        ("climb-twice", "example.edu:a:..:.."),
        ("dot-segment", "example.edu:."),
        ("empty-segment", "example.edu::evil"),
        ("empty", ""),
        ("nul", "example.edu%00"),
        ("line-feed", "example.edu%0d%0aHost%3A%20evil.example"),
        ("port-words", "example.edu%3Ahttp"),
        ("port-long", "example.edu%3A123456"),
        ("label-long", "a" * 64 + ".edu"),
        ("hyphen", "-example.edu"),
        ("underscore", "_example.edu"),
        ("letters", "ex\u00e4mple.edu"),
    ):
        did = f"did:web:{rest}"
        given = secure(badge(did), suite="eddsa-jcs-2022", verificationMethod=f"{did}#key-1")
        family.bad(name, "no place that a did:web can name", given, _METHOD)
    for name, rest, url in (
        ("climb-escaped", "example.edu:%2e%2e:evil", "https://example.edu/%2e%2e/evil/did.json"),
        ("slash-escaped", "example.edu:a%2fb", "https://example.edu/a%2fb/did.json"),
        ("backslash-escaped", "example.edu:a%5Cb", "https://example.edu/a%5Cb/did.json"),
        ("line-feed-escaped", "example.edu:a%0d%0ab", "https://example.edu/a%0d%0ab/did.json"),
        ("number", "2130706433", "https://2130706433/.well-known/did.json"),
        ("hexadecimal", "0x7f000001", "https://0x7f000001/.well-known/did.json"),
        ("short-address", "127.1", "https://127.1/.well-known/did.json"),
        ("octal", "0177.0.0.1", "https://0177.0.0.1/.well-known/did.json"),
    ):
        did = f"did:web:{rest}"
        given = of_web(did, f"{did}#key-1")
        family.bad(name, "a name that some programs read as another place", given, _METHOD, never=[url])
    family.unsure(
        "of-stranger",
        "what is there is a stranger's",
        of_web(),
        "proof RESOLUTION_ERROR",
        web={PAGE: did_document(STRANGER.did, [method_of(STRANGER, STRANGER.did)])},
    )
    return family
