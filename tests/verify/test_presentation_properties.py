"""What holds for every presentation: what is shown verifies and comes back, what was changed does not, and what comes
out of nowhere is judged."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import cast

from hypothesis import assume, given
from hypothesis import strategies as st

import microcred as mc
from microcred.encoding import base64url_encode
from microcred.json import JSONObject, JSONValue
from microcred.models import CREDENTIALS_V1, CREDENTIALS_V2
from microcred.testing import FakeWeb
from microcred.verify.report import CHECKS, PRESENTATION_CHECKS
from tests.make import AT, KEY, badge
from tests.strategies import at, credentials, effort, texts, walk, with_value, without

HOLDER = mc.SigningKey.from_seed(bytes(range(2, 34)))
CHALLENGE, DOMAIN = "n-0S6_WzA2Mj", "https://employer.example"
# Credentials of no class in particular define their terms in place (see tests/strategies.py).
TRUSTING = mc.Verifier(trusted_issuers={KEY.did}, inline_contexts=True)
ANYONE = mc.Verifier(trusted_issuers=mc.ANY_ISSUER, inline_contexts=True, fetcher=FakeWeb())
PROTECTION = ("proof", "JWT", "envelope", "text", "model")


def check(presentation: mc.VerifiablePresentation | JSONObject | str) -> mc.PresentationReport:
    return TRUSTING.check_presentation(presentation, challenge=CHALLENGE, domain=DOMAIN, at=AT)


def protect(credential: mc.VerifiableCredential, how: str) -> object:
    """Return a credential in one of the forms in which a holder may have it."""
    if how in ("JWT", "envelope"):
        token = mc.sign_jwt(credential, KEY, profile="vc-jose")
        return token if how == "JWT" else mc.EnvelopedVerifiableCredential.of(token)
    signed = mc.sign(credential, KEY, created="2026-05-01T10:00:00Z")
    return {"proof": signed.model_dump(), "text": signed.model_dump_json(), "model": signed}[how]


@effort(0.5)
@given(
    held=st.lists(st.tuples(credentials(), st.sampled_from(PROTECTION)), max_size=4),
    as_jwt=st.booleans(),
    lone=st.booleans(),
)
def test_what_is_shown_verifies_and_comes_back(
    held: list[tuple[mc.VerifiableCredential, str]], as_jwt: bool, lone: bool
) -> None:
    way = mc.present_jwt if as_jwt else mc.present
    shown = way([protect(*each) for each in held], HOLDER, challenge=CHALLENGE, domain=DOMAIN)  # type: ignore[misc]
    if lone and len(held) == 1 and isinstance(shown, mc.VerifiablePresentation):
        document = shown.model_dump()
        document["verifiableCredential"] = document["verifiableCredential"][0]
        shown = document  # type: ignore[assignment]
    result = TRUSTING.verify_presentation(shown, challenge=CHALLENGE, domain=DOMAIN, at=AT)
    assert result.holder == HOLDER.did
    for (credential, _), came in zip(held, result.credentials, strict=True):
        assert {name: value for name, value in came.model_dump().items() if name != "proof"} == credential.model_dump()
    assert not TRUSTING.check_presentation(shown, challenge="another", domain=DOMAIN, at=AT)
    assert not TRUSTING.check_presentation(shown, challenge=CHALLENGE, domain="another", at=AT)


def presentation() -> JSONObject:
    badges = [mc.sign(badge(id=f"urn:uuid:{number}"), KEY, created="2026-05-01T10:00:00Z") for number in range(2)]
    shown = mc.present([*badges, mc.sign_jwt(badge(), KEY)], HOLDER, challenge=CHALLENGE, domain=DOMAIN)
    return cast("JSONObject", shown.model_dump())


EMBEDDED = presentation()
TEXTS = [path for path, value in walk(EMBEDDED) if isinstance(value, str)]
MEMBERS = [path for path, _ in walk(EMBEDDED) if path]
COMPACT = mc.present_jwt(EMBEDDED["verifiableCredential"], HOLDER, challenge=CHALLENGE, domain=DOMAIN)  # type: ignore[arg-type]


def test_presentation_that_is_changed_below_is_good() -> None:
    assert check(EMBEDDED)
    assert check(COMPACT)


@given(path=st.sampled_from(TEXTS), text=texts())
def test_changed_text_breaks_a_presentation(path: Sequence[str | int], text: str) -> None:
    # Beside another of the same name, it would say nothing new.
    siblings = at(EMBEDDED, tuple(path[:-1]))
    assume(text not in siblings if isinstance(siblings, list) else text != at(EMBEDDED, tuple(path)))
    assert not check(with_value(EMBEDDED, tuple(path), text))


@given(path=st.sampled_from(MEMBERS))
def test_left_out_member_breaks_a_presentation(path: Sequence[str | int]) -> None:
    assert not check(without(EMBEDDED, tuple(path)))


@given(first=st.sampled_from(TEXTS), second=st.sampled_from(TEXTS))
def test_swapped_texts_break_a_presentation(first: Sequence[str | int], second: Sequence[str | int]) -> None:
    one, other = at(EMBEDDED, tuple(first)), at(EMBEDDED, tuple(second))
    assume(one != other and not {one, other} <= {"VerifiableCredential", "AchievementCredential"})
    assert not check(with_value(with_value(EMBEDDED, tuple(first), other), tuple(second), one))


@given(index=st.integers(0, len(COMPACT) - 1), character=st.characters(codec="ascii"))
def test_changed_character_breaks_a_token(index: int, character: str) -> None:
    assume(character != COMPACT[index])
    changed = COMPACT[:index] + character + COMPACT[index + 1 :]
    # White space around a token is not part of it.
    assume(changed.strip() != COMPACT.strip())
    assert not check(changed)


# What comes out of nowhere

_NAMES = st.sampled_from(
    [
        *("@context", "id", "type", "holder", "verifiableCredential", "proof", "issuer", "credentialSubject", "name"),
        *("vp", "vc", "iss", "sub", "aud", "exp", "nbf", "iat", "jti", "nonce", "challenge", "domain", "cryptosuite"),
        *("proofPurpose", "proofValue", "verificationMethod", "created", "expires", "previousProof", "@id", "@graph"),
        *("alg", "typ", "kid", "jwk", "crit", "b64", "kty", "crv", "x"),
    ]
)
_WORDS = st.sampled_from(
    [
        *(CREDENTIALS_V1, CREDENTIALS_V2, "VerifiablePresentation", "VerifiableCredential", "DataIntegrityProof"),
        *("EnvelopedVerifiableCredential", "EnvelopedVerifiablePresentation", "authentication", "assertionMethod"),
        *("eddsa-rdfc-2022", "eddsa-jcs-2022", "ecdsa-sd-2023", "EdDSA", "ES256", "none", "vp+jwt", "vc+jwt", "JWT"),
        *(HOLDER.did, HOLDER.verification_method, KEY.did, "did:", "did:web:x.example#k", "did:jwk:e30", "https://["),
        *("https://h.example/k#1", "data:,", "data:application/vc+jwt,e30.e30.AA", "eyJ.e30.AA", COMPACT, CHALLENGE),
        *(DOMAIN, "2026-05-01T09:30:00Z", "9999-12-31T23:59:60-14:00", "z" + "1" * 64, "\x00", "\ud800", ""),
    ]
)
_VALUES: st.SearchStrategy[JSONValue] = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), _WORDS, st.just(10**400)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(_NAMES, inner, max_size=4)),
    max_leaves=8,
)


def judged(value: JSONObject | str) -> None:
    """Make sure that anything is judged in words of our own, by both ways in."""
    report = ANYONE.check_presentation(value, challenge=None, domain=None, holder_is_subject=True, at=AT)
    assert [each.name for each in report] == list(PRESENTATION_CHECKS)
    for credential in report.credentials:
        assert [each.name for each in credential] == list(CHECKS)
    assert isinstance(json.dumps(report.to_dict()), str)
    assert [each.name for each in ANYONE.check(value, at=AT)] == list(CHECKS)


@given(path=st.sampled_from(MEMBERS), value=_VALUES)
def test_presentation_with_anything_in_it_is_judged(path: Sequence[str | int], value: JSONValue) -> None:
    judged(with_value(EMBEDDED, tuple(path), value))


@given(document=st.dictionaries(_NAMES, _VALUES, max_size=6))
def test_anything_is_judged(document: JSONObject) -> None:
    judged(document)


@given(
    header=st.dictionaries(_NAMES, _VALUES, max_size=2),
    payload=st.dictionaries(_NAMES, _VALUES, max_size=3),
    in_claim=st.booleans(),
)
def test_token_of_anything_is_judged(header: JSONObject, payload: JSONObject, in_claim: bool) -> None:
    document: JSONObject = {"@context": [CREDENTIALS_V2], "type": ["VerifiablePresentation"], **payload}
    whole: JSONObject = {"alg": "EdDSA", "kid": HOLDER.verification_method, **header}
    parts = [json.dumps(part).encode() for part in (whole, {"vp": document, **payload} if in_claim else document)]
    signed = ".".join(map(base64url_encode, parts))
    judged(f"{signed}.{base64url_encode(HOLDER.sign(signed.encode()))}")
