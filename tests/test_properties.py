"""What holds for every credential: what is signed verifies and comes back; what was changed does not."""

from __future__ import annotations

import random
from collections.abc import Callable
from copy import deepcopy
from typing import cast

import pytest
from hypothesis import assume, given, note
from hypothesis import strategies as st

import microcred as mc
from microcred.encoding import base64url_decode, base64url_encode
from microcred.errors import DocumentError, SigningError
from microcred.json import JSONObject, JSONValue, dumps, pointer
from microcred.keys import KeyType
from microcred.signing import decode_jwt, hash_data
from microcred.signing.jose import Profile
from microcred.verify.report import Code, Outcome
from tests.make import AT, KEY, badge
from tests.strategies import (
    Path,
    achievement_credentials,
    at,
    credentials,
    effort,
    endorsement_credentials,
    full_badge,
    full_endorsement,
    generic_credentials,
    node_at,
    objects,
    signed_full_badge,
    texts,
    values,
    walk,
    with_value,
    without,
)
from tests.support import identical

KEYS: dict[KeyType, mc.SigningKey] = {
    "Ed25519": KEY,
    "P-256": mc.SigningKey.generate("P-256"),
    "P-384": mc.SigningKey.generate("P-384"),
    "RSA": mc.SigningKey.generate("RSA"),
}
CREATED = "2026-05-01T10:00:00Z"
FULL = signed_full_badge()
# Credentials of no class in particular define their terms in place (see tests/strategies.py).
TRUSTING = mc.Verifier(trusted_issuers={KEY.did}, inline_contexts=True)
ANYONE = mc.Verifier(trusted_issuers=mc.ANY_ISSUER, inline_contexts=True)


def verified(report: mc.VerificationReport) -> bool:
    """Tell whether a report verifies, and print what is wrong when it does not."""
    for check in report.problems:
        note(str(check))
    return report.verified


def proof_passed(document: JSONObject) -> bool:
    """Tell whether the proof of a document is good."""
    return TRUSTING.check(document, at=AT)["proof"].outcome is Outcome.PASSED


# (a) Data Integrity: what is signed verifies


@effort(0.6)
@given(credentials())
def test_what_is_signed_verifies_and_comes_back(credential: mc.VerifiableCredential) -> None:
    signed = mc.sign(credential, KEY)
    assert type(signed) is type(credential)
    text = signed.model_dump_json()
    again = mc.parse(text)
    assert again == signed
    assert identical(again.model_dump(), signed.model_dump())
    for form in (signed, again, text, text.encode(), signed.model_dump()):
        assert verified(TRUSTING.check(form, at=AT))
    assert TRUSTING.verify(text, at=AT) == signed
    unsigned = signed.model_dump()
    del unsigned["proof"]
    assert identical(unsigned, mc.parse(credential).model_dump())


@effort(0.2)
@given(credentials(), st.data())
def test_a_second_proof_of_the_same_issuer_leaves_the_first_good(
    credential: mc.VerifiableCredential, data: st.DataObject
) -> None:
    signed = mc.sign(mc.sign(credential, KEY), KEY, created=CREATED)
    assert signed.proof is not None
    assert len(signed.proof) == 2
    assert verified(TRUSTING.check(signed, at=AT))
    one = signed.model_dump()
    one["proof"] = [data.draw(st.sampled_from(one["proof"]))]
    assert verified(TRUSTING.check(one, at=AT))


# (b) JWTs


def _jwt_round_trip(make: st.SearchStrategy[mc.VerifiableCredential], kind: KeyType, profile: Profile) -> None:
    key = KEYS[kind]

    @effort(0.06 if kind == "RSA" else 0.25)
    @given(make)
    def check(credential: mc.VerifiableCredential) -> None:
        token = mc.sign_jwt(credential, key, profile=profile)
        verifier = mc.Verifier(trusted_issuers={key.did})
        found, report = verifier.verify_with_report(token, at=AT)
        assert verified(report)
        assert found == credential
        assert identical(found.model_dump(), mc.parse(credential).model_dump())
        assert verified(verifier.check(f" {token}\n".encode(), at=AT))

    check()


@pytest.mark.parametrize("profile", ["ob3", "vc-jose"])
@pytest.mark.parametrize("kind", ["Ed25519", "P-256", "P-384", "RSA"])
def test_what_is_signed_as_a_jwt_verifies_and_comes_back(kind: KeyType, profile: Profile) -> None:
    issuer = KEYS[kind].did
    make: st.SearchStrategy[mc.VerifiableCredential] = achievement_credentials(issuer)
    _jwt_round_trip(make | endorsement_credentials(issuer), kind, profile)


@pytest.mark.parametrize("kind", ["Ed25519", "P-256"])
def test_credentials_of_any_kind_verify_as_vc_jose(kind: KeyType) -> None:
    _jwt_round_trip(generic_credentials(KEYS[kind].did), kind, "vc-jose")


@pytest.mark.parametrize("profile", ["ob3", "vc-jose"])
@pytest.mark.parametrize(
    "dates",
    [
        {"validFrom": "1969-12-31T23:59:59Z"},
        {"validFrom": "1900-01-01T00:00:00+05:30"},
        {"validFrom": "2020-01-01T00:00:00.999999Z", "validUntil": "2030-01-01T00:00:00.5+14:00"},
        {"validFrom": "2020-12-31T24:00:00Z", "validUntil": "9999-12-31T23:59:59Z"},
        {"validFrom": "0001-01-01T00:00:00Z", "validUntil": "9999-12-31T23:59:59-14:00"},
    ],
)
def test_unusual_dates_verify_in_a_jwt_as_they_do_in_a_proof(dates: JSONObject, profile: Profile) -> None:
    document: JSONObject = {**badge(), **dates}
    assert TRUSTING.check(mc.sign(document, KEY), at=AT).verified
    assert TRUSTING.check(mc.sign_jwt(document, KEY, profile=profile), at=AT).verified


# (c) Changes


def meanings(document: JSONObject) -> set[bytes]:
    """Return what each proof over the document is about: the canonical form of both, where there is one."""
    proofs = document.get("proof")
    found: set[bytes] = set()
    for proof in proofs if isinstance(proofs, list) else [proofs]:
        try:
            found |= {hash_data(document, proof, "sha256")} if isinstance(proof, dict) else set()
        except DocumentError:
            continue
    return found


@st.composite
def _changed(draw: st.DrawFn, document: JSONObject) -> JSONObject:
    """Change one thing somewhere."""
    paths = [path for path, _ in walk(document) if path]
    path = draw(st.sampled_from(paths))
    value = at(document, path)
    actions = ["replace", "remove", "rename"]
    if isinstance(value, dict):
        actions += ["add", "empty"]
    if isinstance(value, list):
        actions += ["append", "reverse", "repeat", "lone"]
    if isinstance(value, str):
        actions += ["edit"]
    action = draw(st.sampled_from(actions))
    note(f"{action} {pointer(*path)}")
    if action == "replace":
        return with_value(document, path, draw(values()))
    if action == "remove":
        return without(document, path)
    if action == "rename":
        other = draw(st.sampled_from(["name", "description", "id", "type", "narrative", "tag", "undefined"]))
        return with_value(without(document, path), (*path[:-1], other), value) if _is_name(path) else document
    return with_value(document, path, _edited(draw, action, value))


def _is_name(path: Path) -> bool:
    return isinstance(path[-1], str)


def _edited(draw: st.DrawFn, action: str, value: JSONValue) -> JSONValue:
    if isinstance(value, dict):
        name = draw(st.sampled_from(["name", "description", "id", "https://example.edu/#own", "undefined", "result"]))
        return {} if action == "empty" else {**value, name: draw(values())}
    if isinstance(value, list):
        return {
            "append": [*value, draw(values())],
            "reverse": [*reversed(value)],
            "repeat": [*value, *deepcopy(value)],
            "lone": value[0] if value else None,
        }[action]
    text = cast("str", value)
    position = draw(st.integers(0, len(text)))
    return text[:position] + draw(st.sampled_from(["x", "", "\x00", "\u200b", " ", "A"])) + text[position + 1 :]


# Changes outside the proof's reach that the verifier refuses all the same: the proof or the issuer has another shape.
_SHAPES = ("proof", "issuer")


def _is_judged_by_its_shape(changed: JSONObject, original: JSONObject) -> bool:
    return any(not identical(changed.get(name), original.get(name)) for name in _SHAPES)


@effort(0.7)
@given(st.data())
def test_a_change_that_the_canonical_form_shows_is_refused(data: st.DataObject) -> None:
    original = FULL
    changed = data.draw(_changed(original))
    (meaning,) = meanings(original)
    if meaning not in meanings(changed):
        report = ANYONE.check(changed, at=AT)
        assert report["proof"].outcome is not Outcome.PASSED
        assert not report.verified
        assert not TRUSTING.check(changed, at=AT).verified
    elif not _is_judged_by_its_shape(changed, original):
        assert proof_passed(changed)


@effort(0.6)
@given(credentials(), st.data())
def test_a_change_of_any_credential_is_refused(credential: mc.VerifiableCredential, data: st.DataObject) -> None:
    original = mc.sign(credential, KEY, created=CREATED).model_dump()
    changed = data.draw(_changed(original))
    assume(not meanings(original) <= meanings(changed))
    assert not proof_passed(changed)
    assert not ANYONE.check(changed, at=AT).verified


@effort(0.4)
@given(st.lists(texts(), min_size=2, max_size=5), st.randoms(use_true_random=False))
def test_the_order_of_a_list_is_signed(values: list[str], chance: random.Random) -> None:
    place: Path = ("credentialSubject", "achievement", "resultDescription", 0, "allowedValue")
    original = mc.sign(with_value(without(FULL, ("proof",)), place, list(values)), KEY)
    shuffled = values[:]
    chance.shuffle(shuffled)
    changed = with_value(original, place, list(shuffled))
    assert proof_passed(changed) is (shuffled == values)


@pytest.mark.parametrize(
    "place", [("credentialSubject", "achievement", "tag"), ("type",), ("credentialSubject", "achievement", "alignment")]
)
def test_the_order_of_a_set_is_free(place: Path) -> None:
    items = cast("list[JSONValue]", at(FULL, place))
    original = mc.sign(with_value(without(FULL, ("proof",)), place, [*items, _another(items[0])]), KEY)
    changed = with_value(original, place, [*reversed(cast("list[JSONValue]", at(original, place)))])
    assert not identical(changed, original)
    assert proof_passed(changed)


def _another(item: JSONValue) -> JSONValue:
    return {**item, "targetName": "Another"} if isinstance(item, dict) else "https://example.edu/another"


def _shuffled(value: JSONValue, chance: random.Random) -> JSONValue:
    if isinstance(value, dict):
        names = list(value)
        chance.shuffle(names)
        return {name: _shuffled(value[name], chance) for name in names}
    return [_shuffled(item, chance) for item in value] if isinstance(value, list) else value


@effort(0.3)
@given(credentials(), st.randoms(use_true_random=False))
def test_the_order_of_members_is_free(credential: mc.VerifiableCredential, chance: random.Random) -> None:
    original = mc.sign(credential, KEY).model_dump()
    changed = cast("JSONObject", _shuffled(original, chance))
    assert verified(TRUSTING.check(dumps(changed), at=AT))


def test_a_lone_value_means_what_an_array_of_one_means() -> None:
    original = FULL
    count = 0
    for path, value in walk(original):
        if isinstance(value, list) and len(value) == 1:
            count += 1
            assert proof_passed(with_value(original, path, value[0])), path
        elif isinstance(value, str | int | dict) and path and _is_name(path) and path[0] not in ("issuer", "proof"):
            changed = with_value(original, path, [value])
            if meanings(changed):
                count += 1
                assert proof_passed(changed), path
    assert count > 60


def test_a_null_member_means_nothing() -> None:
    original = FULL
    count = 0
    for path in objects(original):
        for name in ("description", "name"):
            if path[:1] == ("proof",) or name in node_at(original, path):
                continue
            changed = with_value(original, (*path, name), None)
            count += 1
            assert meanings(changed) == meanings(original), path
            assert proof_passed(changed), path
    assert count > 20


def test_every_single_value_of_a_signed_badge_is_protected() -> None:
    original = FULL
    for path, value in walk(original):
        if isinstance(value, dict | list):
            continue
        other: JSONValue = f"{value}x" if isinstance(value, str) else 12345
        assert not proof_passed(with_value(original, path, other)), path
        assert not proof_passed(without(original, path)), path


def test_every_object_and_array_of_a_signed_badge_is_protected() -> None:
    original = FULL
    for path, value in walk(original):
        if path and isinstance(value, dict | list):
            assert not proof_passed(without(original, path)), path
            assert not proof_passed(with_value(original, path, "text")), path
            assert not proof_passed(with_value(original, path, None)), path


# (d) JWTs that were touched


def _tokens() -> list[str]:
    return [
        mc.sign_jwt(badge(KEYS["Ed25519"].did), KEYS["Ed25519"]),
        mc.sign_jwt(badge(KEYS["P-256"].did), KEYS["P-256"], profile="vc-jose"),
        mc.sign_jwt(badge(KEYS["RSA"].did), KEYS["RSA"]),
    ]


TOKENS = _tokens()


@effort(2)
@given(st.sampled_from(TOKENS), st.integers(0, 2), st.integers(0, 10**6), st.integers(1, 255))
def test_a_jwt_with_another_byte_is_refused(token: str, part: int, position: int, difference: int) -> None:
    parts = [bytearray(base64url_decode(item)) for item in token.split(".")]
    parts[part][position % len(parts[part])] ^= difference
    changed = ".".join(base64url_encode(bytes(item)) for item in parts)
    report = ANYONE.check(changed, at=AT)
    assert not report.verified
    assert report["proof"].outcome is not Outcome.PASSED


def test_no_byte_of_a_jwt_can_be_changed() -> None:
    for token in TOKENS[:2]:
        parts = [base64url_decode(item) for item in token.split(".")]
        for part, content in enumerate(parts):
            for position, byte in enumerate(content):
                changed = [*parts]
                changed[part] = content[:position] + bytes([byte ^ 1 << position % 8]) + content[position + 1 :]
                report = ANYONE.check(".".join(map(base64url_encode, changed)), at=AT)
                assert report["proof"].outcome is not Outcome.PASSED


@effort(2)
@given(
    st.sampled_from(TOKENS),
    st.integers(0, 10**6),
    st.sampled_from("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.=+/ \n\té"),
    st.sampled_from(["replace", "insert", "delete"]),
)
def test_a_jwt_with_another_character_is_refused(token: str, position: int, character: str, action: str) -> None:
    position %= len(token)
    rest = token[position:] if action == "insert" else token[position + 1 :]
    changed = token[:position] + (character if action != "delete" else "") + rest
    assume(changed.strip() != token)
    report = ANYONE.check(changed, at=AT)
    assert not report.verified
    assert report["proof"].outcome is not Outcome.PASSED


def test_the_unused_bits_of_a_jwt_cannot_be_changed() -> None:
    for token in TOKENS:
        alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
        ends = [index - 1 for index, item in enumerate(f"{token}.") if item == "."]
        for end in ends:
            for character in alphabet:
                changed = token[:end] + character + token[end + 1 :]
                assert ANYONE.check(changed, at=AT).verified is (changed == token)


def test_parts_of_several_jwts_do_not_mix() -> None:
    first, second = (mc.sign_jwt(badge(id=f"urn:uuid:{number}"), KEY).split(".") for number in (1, 2))
    for mixed in ([first[0], second[1], first[2]], [first[0], first[1], second[2]], [first[0], second[1]]):
        assert not TRUSTING.check(".".join(mixed), at=AT).verified


# (e) Names that no context defines


def _refuses_to_sign(document: JSONObject, where: str, action: Callable[[JSONObject], object]) -> None:
    """Make sure that signing fails at a place: by the rules of a closed class, or since no context defines the name."""
    with pytest.raises((SigningError, DocumentError)) as caught:
        action(document)
    error = caught.value
    if isinstance(error, SigningError):
        assert (error.code, error.pointer) == (Code.PROOF_TRANSFORMATION_ERROR, where)
    else:
        assert isinstance(error, DocumentError)
        assert [problem.pointer for problem in error.problems] == [where]


@pytest.mark.parametrize("value", ["text", 1, None, [], {}, [{"id": "urn:x:1"}]], ids=repr)
def test_a_name_that_no_context_defines_is_refused_at_every_depth(value: JSONValue) -> None:
    original = FULL
    unsigned = without(original, ("proof",))
    closed = 0
    for path in objects(original):
        place = (*path, "undefined~/name")
        report = TRUSTING.check(with_value(original, place, value), at=AT)
        assert not report.verified
        proof = report["proof"]
        where = "/proof/0" if path[:1] == ("proof",) else pointer(*place)
        assert (proof.outcome, proof.code, proof.pointer) == (Outcome.FAILED, Code.PROOF_TRANSFORMATION_ERROR, where)
        if path[:1] != ("proof",):
            document = with_value(unsigned, place, value)
            closed += report["data_model"].outcome is Outcome.FAILED
            _refuses_to_sign(document, pointer(*place), lambda document: mc.sign(document, KEY))
            _refuses_to_sign(document, pointer(*place), lambda document: mc.sign_jwt(document, KEY))
            _refuses_to_sign(document, pointer(*place), lambda document: mc.sign(_model(document), KEY))
    assert closed >= 5


def _model(document: JSONObject) -> mc.VerifiableCredential:
    model = mc.parse(document)
    assert isinstance(model, mc.VerifiableCredential)
    return model


def test_a_name_that_no_context_defines_is_refused_among_the_options_of_the_proof() -> None:
    with pytest.raises(SigningError) as caught:
        mc.sign(badge(), KEY, options={"undefined": 1})
    assert (caught.value.code, caught.value.pointer) == (Code.PROOF_TRANSFORMATION_ERROR, "/proof/undefined")


@pytest.mark.parametrize(
    "context",
    [[], "https://example.edu/context", {"own": "https://example.edu/own"}, {"own": {"a": [1]}}],
    ids=repr,
)
def test_contexts_of_a_proof_that_are_not_those_of_its_document_are_refused(context: JSONValue) -> None:
    # Data Integrity EdDSA §3.2.5 puts the document's contexts in their place, so that no signature covers them.
    assert proof_passed(with_value(FULL, ("proof", 0, "@context"), FULL["@context"]))
    proof = TRUSTING.check(with_value(FULL, ("proof", 0, "@context"), context), at=AT)["proof"]
    assert (proof.outcome, proof.pointer) == (Outcome.FAILED, "/proof/0")


@effort(0.3)
@given(credentials(), st.data())
def test_a_name_that_no_context_defines_is_refused_in_any_credential(
    credential: mc.VerifiableCredential, data: st.DataObject
) -> None:
    document = mc.sign(credential, KEY).model_dump()
    # Under a term of the type @json any name may stand, and none but the proof's own in a proof.
    paths = [path for path in objects(document) if "raw" not in path and path[:1] != ("proof",)]
    place = (*data.draw(st.sampled_from(paths)), "undefined")
    proof = TRUSTING.check(with_value(document, place, 1), at=AT)["proof"]
    assert (proof.outcome, proof.code, proof.pointer) == (
        Outcome.FAILED,
        Code.PROOF_TRANSFORMATION_ERROR,
        pointer(*place),
    )
    unsigned = without(document, ("proof",))
    _refuses_to_sign(with_value(unsigned, place, 1), pointer(*place), lambda changed: mc.sign(changed, KEY))


def test_names_that_no_context_defines_are_not_held_against_the_jwts_of_others() -> None:
    from microcred.signing import encode_jwt

    token = encode_jwt({**badge(), "undefined": 1}, KEY)
    assert TRUSTING.check(token, at=AT).verified
    assert TRUSTING.verify(token, at=AT).model_dump()["undefined"] == 1


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (("type",), ["VerifiableCredential", "AchievementCredential", "Undefined"]),
        (("evidence", 0, "type"), ["Evidence", "Undefined"]),
        (("termsOfUse", 0, "type"), "Undefined"),
    ],
)
def test_a_type_that_no_context_defines_is_refused(place: Path, value: JSONValue) -> None:
    original = FULL
    proof = TRUSTING.check(with_value(original, place, value), at=AT)["proof"]
    assert (proof.code, proof.pointer) == (Code.PROOF_TRANSFORMATION_ERROR, pointer(*place))
    with pytest.raises(SigningError) as caught:
        mc.sign(with_value(without(original, ("proof",)), place, value), KEY)
    assert (caught.value.code, caught.value.pointer) == (Code.PROOF_TRANSFORMATION_ERROR, pointer(*place))


# (f) Signing is the same for dicts and models, and repeats


@effort(0.3)
@given(credentials(), st.fixed_dictionaries({}, optional={"nonce": texts(), "domain": texts(), "challenge": texts()}))
def test_dicts_and_models_are_signed_alike(credential: mc.VerifiableCredential, options: dict[str, JSONValue]) -> None:
    document = cast("JSONObject", mc.parse(credential).model_dump())
    before = deepcopy(document)
    from_dict = mc.sign(document, KEY, created=CREATED, options=options)
    from_model = mc.sign(credential, KEY, created=mc.DateTime.parse(CREATED), options=options)
    assert type(from_dict) is dict
    assert identical(from_dict, from_model.model_dump())
    assert identical(from_dict, mc.sign(mc.parse(credential).model_dump(), KEY, created=CREATED, options=options))
    assert identical(document, before)
    assert credential.proof is None
    proof = cast("list[JSONObject]", from_dict["proof"])[0]
    assert {name: proof[name] for name in options} == options
    assert proof["created"] == CREATED
    assert verified(TRUSTING.check(from_dict, at=AT))


def test_ed25519_jwts_repeat() -> None:
    profiles: tuple[Profile, ...] = ("ob3", "vc-jose")
    for profile in profiles:
        first = mc.sign_jwt(badge(), KEY, profile=profile)
        assert first == mc.sign_jwt(badge(), KEY, profile=profile)
        model = mc.sign_jwt(_model(badge()), KEY, profile=profile)
        assert decode_jwt(first).document == decode_jwt(model).document == badge()


@pytest.mark.parametrize("make", [full_badge, full_endorsement, badge])
def test_signing_leaves_the_document_alone(make: Callable[[], JSONObject]) -> None:
    document = make()
    document["issuer"] = {"id": KEY.did, "type": ["Profile"]}
    before = deepcopy(document)
    signed = mc.sign(document, KEY)
    node_at(signed, ("issuer",))["id"] = "changed"
    assert identical(document, before)
    mc.sign_jwt(document, KEY)
    assert identical(document, before)
