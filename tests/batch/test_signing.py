"""Signing many in this process: what comes out is what ``sign`` makes of each, fast or not."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import microcred as mc
from microcred import signing
from microcred.batch import Template, sign_many
from microcred.batch._cohorts import Cohort, Proofs
from microcred.batch.signing import Signing, SignOptions
from microcred.errors import DocumentError
from microcred.json import JSONObject, JSONValue, dumps
from microcred.limits import Limits
from tests.batch.make import CREATED, Counted, no_key, row, rows, template
from tests.make import KEY, OTHER, badge
from tests.strategies import effort, full_badge, node_at, texts, walk

CONTEXT = "https://www.w3.org/ns/credentials/v2"
# As the Data Model 2.0 has it, §5.3.
DIGEST = "sha384-l/HrjlBCNWyAX91hr6LFV2Y3heB5Tcr6IeE4/Tje8YyzYBM8IhqjHWiWpr8+ZbYU"

P256 = mc.SigningKey.from_jwk(
    {
        "kty": "EC",
        "crv": "P-256",
        "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
        "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
        "d": "jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI",
    }
)


def one_by_one(made: Template, row: dict[str, str], **options: object) -> tuple[JSONObject | None, list[object]]:
    """Return what ``sign`` makes of a row, or the problems."""
    try:
        return mc.sign(made.fill(row), KEY, created=CREATED, **options), []  # type: ignore[call-overload]
    except mc.DocumentError as error:
        return None, [*error.problems]
    except mc.SigningError as error:
        return None, [error.code, error.pointer, error.reason]


def said(error: mc.MicrocredError | None) -> list[object]:
    """Return what an error says, to be compared."""
    if isinstance(error, mc.SigningError):
        return [error.code, error.pointer, error.reason]
    return [*error.problems] if isinstance(error, DocumentError) else []


def learnt(made: Template, given: list[dict[str, str]], **options: object) -> Signing:
    """Return a task that has learnt from some rows."""
    task = Signing(KEY, "json", made, SignOptions(created=CREATED, **options))  # type: ignore[typeddict-item]
    task.do_all(given)
    return task


# As ``sign`` does, each for itself


def test_results_are_those_of_sign_in_the_order_of_the_input() -> None:
    made = template()
    results = list(sign_many(rows(20), KEY, template=made, created=CREATED))
    assert [result.index for result in results] == list(range(20))
    assert all(results)
    assert results[3].id == "https://example.edu/credentials/000003"
    for number, result in enumerate(results):
        assert result.credential == mc.sign(made.fill(row(number)), KEY, created=CREATED)
    report = mc.Verifier(trusted_issuers={KEY.did}).check(results[9].credential or {})
    assert report["proof"].outcome == "passed"


def test_models_and_dicts_are_signed_as_they_are() -> None:
    documents = [badge(id=f"urn:x:{number}") for number in range(3)]
    models = [mc.AchievementCredential.model_validate(document) for document in documents]
    signed = [mc.sign(document, KEY, created=CREATED) for document in documents]
    assert [each.credential for each in sign_many(documents, KEY, created=CREATED)] == signed
    assert [each.credential for each in sign_many(models, KEY, created=CREATED)] == [mc.parse(each) for each in signed]
    assert [each.id for each in sign_many(models, KEY)] == ["urn:x:0", "urn:x:1", "urn:x:2"]


@pytest.mark.parametrize("templated", [True, False])
def test_forms(templated: bool) -> None:
    made = template()
    items = rows(4) if templated else [made.fill(each) for each in rows(4)]
    filler = made if templated else None
    signed = [mc.sign(made.fill(each), KEY, created=CREATED) for each in rows(4)]
    texts = [each.credential for each in sign_many(items, KEY, template=filler, form="json", created=CREATED)]
    assert texts == [dumps(each) for each in signed]
    assert all(text is not None and "\n" not in text for text in texts)
    tokens = [each.credential for each in sign_many(items, KEY, template=filler, form="jwt")]
    assert tokens == [mc.sign_jwt(made.fill(each), KEY) for each in rows(4)]
    tokens = [each.credential for each in sign_many(items, KEY, template=filler, form="jwt", profile="vc-jose")]
    assert tokens == [mc.sign_jwt(made.fill(each), KEY, profile="vc-jose") for each in rows(4)]


def test_models_become_json_and_jwts() -> None:
    model = mc.AchievementCredential.model_validate(badge())
    (result,) = sign_many([model], KEY, form="json", created=CREATED)
    assert json.loads(str(result.credential)) == mc.sign(badge(), KEY, created=CREATED)
    assert [each.credential for each in sign_many([model], KEY, form="jwt")] == [mc.sign_jwt(model, KEY)]


def test_options_are_those_of_sign() -> None:
    made = template(issuer={"id": "https://example.edu/issuer", "type": ["Profile"]})
    options: dict[str, Any] = {
        "verification_method": "https://example.edu/issuer#key-1",
        "created": CREATED,
        "options": {"expires": "2027-01-01T00:00:00Z", "domain": "example.edu"},
        "limits": Limits(max_document_bytes=100_000),
    }
    results = list(sign_many(rows(5), KEY, template=made, form="json", **options))
    assert [each.credential for each in results] == [
        dumps(mc.sign(made.fill(each), KEY, **options)) for each in rows(5)
    ]


def test_other_keys_and_suites() -> None:
    for suite in (signing.EDDSA_JCS_2022, (signing.EDDSA_RDFC_2022, signing.EDDSA_JCS_2022)):
        results = sign_many(rows(3), KEY, template=template(), cryptosuite=suite, created=CREATED)
        expected = [mc.sign(template().fill(each), KEY, cryptosuite=suite, created=CREATED) for each in rows(3)]
        assert [each.credential for each in results] == expected
    made = template(issuer={"id": P256.did, "type": ["Profile"]})
    verifier = mc.Verifier(trusted_issuers={P256.did})
    for each in sign_many(rows(3), P256, template=made):
        assert verifier.check(each.credential or {})["proof"].outcome == "passed"


def test_proofs_are_made_now() -> None:
    before = mc.now()
    (first, second) = sign_many(rows(2), KEY, template=template())
    for result in (first, second):
        assert result.credential is not None
        (proof,) = signing.proofs_of(result.credential)
        assert isinstance(proof, dict)
        assert before <= datetime.fromisoformat(str(proof["created"])) <= datetime.now(UTC)


def test_the_time_of_proofs_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    made, seconds = template(), iter(range(100))
    monkeypatch.setattr("microcred.batch._cohorts.time.time", lambda: float(next(seconds)))
    moments = iter(f"2026-05-01T10:00:{second:02d}Z" for second in range(60))
    monkeypatch.setattr("microcred.batch._cohorts.now", lambda: mc.DateTime.parse(next(moments)))
    results = list(sign_many(rows(4), KEY, template=made))
    for number, second in ((1, 0), (2, 1), (3, 2)):
        expected = mc.sign(made.fill(row(number)), KEY, created=f"2026-05-01T10:00:{second:02d}Z")
        assert results[number].credential == expected


# One that is wrong


def test_one_that_is_wrong_does_not_stop_the_others() -> None:
    given = rows(6)
    given[0]["from"] = "yesterday"
    given[2]["learner"] = "not a URI"
    del given[3]["email"]
    given[4]["name"] = "half a \ud800 character"
    results = list(sign_many(given, KEY, template=template()))
    assert [bool(each) for each in results] == [False, True, False, False, False, True]
    assert [each.id for each in results][:4] == [
        "https://example.edu/credentials/000000",
        "https://example.edu/credentials/000001",
        "https://example.edu/credentials/000002",
        None,
    ]
    for result in (results[0], results[2], results[3], results[4]):
        assert isinstance(result.error, mc.DocumentError)
        assert result.credential is None


@pytest.mark.parametrize("item", [None, "text", b"{}", 5, ["a"], object()])
def test_what_is_no_credential_is_an_error_of_its_own(item: object) -> None:
    first, second = sign_many([item, badge()], KEY)  # type: ignore[type-var]
    assert isinstance(first.error, mc.DocumentError)
    assert first.error.code == "PARSING_ERROR"
    assert second


def test_a_template_meets_what_is_no_row() -> None:
    results = list(sign_many([None, "x", row(1)], KEY, template=template()))  # type: ignore[list-item]
    assert [bool(each) for each in results] == [False, False, True]


def test_a_signer_may_fail_as_it_likes() -> None:
    class Broken:
        public_key = KEY.public_key

        def sign(self, data: bytes) -> bytes:
            raise OSError(f"secret {len(data)}")

    (result,) = sign_many([badge()], Broken())
    assert isinstance(result.error, mc.SigningError)
    assert "secret" not in str(result.error)
    assert "OSError" in str(result.error)


def test_a_key_that_cannot_be_had_is_an_error_for_each() -> None:
    from microcred.signers import KeyReference

    results = list(sign_many(rows(3), KeyReference(no_key), template=template()))
    assert [type(each.error) for each in results] == [mc.SigningError] * 3
    assert [each.id is None for each in results] == [False] * 3
    assert "secret words" not in str(results[0].error)


def test_errors_are_those_of_sign() -> None:
    (result,) = sign_many([badge(unknown="x")], KEY)
    assert isinstance(result.error, mc.SigningError)
    assert result.error.pointer == "/unknown"
    (result,) = sign_many([badge(OTHER.did)], KEY)
    assert isinstance(result.error, mc.SigningError)


# A stream


def test_nothing_is_read_before_it_is_asked_for() -> None:
    counted = Counted(1_000_000)
    results = sign_many(counted, KEY, template=template())
    assert counted.read == 0
    for number in range(5):
        assert next(results).index == number
        assert counted.read == number + 1


def test_an_input_that_breaks_off_breaks_off_after_what_was_read() -> None:
    def broken() -> Iterator[dict[str, str]]:
        yield from rows(3)
        raise UnicodeDecodeError("utf-8", b"\xff", 0, 1, "invalid")

    results = sign_many(broken(), KEY, template=template())
    assert [next(results).index for _ in range(3)] == [0, 1, 2]
    with pytest.raises(UnicodeDecodeError):
        next(results)


def test_an_empty_input_gives_nothing() -> None:
    assert list(sign_many([], KEY)) == []


# Misuse is found before anything is signed


def test_misuse() -> None:
    no_value: list[dict[str, Any]] = [
        {"form": "xml"},
        {"created": "yesterday"},
        {"created": datetime(2026, 5, 1)},  # noqa: DTZ001
        {"options": {"created": "2026-05-01T10:00:00Z"}},
        {"contexts": {"https://www.w3.org/ns/credentials/v2": {"@context": {}}}},
        {"form": "jwt", "profile": "other"},
        {"chunk_size": 0},
        {"chunks_ahead": 0},
    ]
    nothing: list[JSONObject] = []
    for wrong in no_value:
        with pytest.raises(ValueError, match=r"."):
            sign_many(nothing, KEY, **wrong)
    no_option: list[dict[str, Any]] = [{"form": "jwt", "created": CREATED}, {"profile": "ob3"}, {"other": 1}]
    for wrong in no_option:
        with pytest.raises(TypeError):
            sign_many(nothing, KEY, **wrong)
    with pytest.raises(TypeError):
        sign_many(nothing, KEY.public_key)  # type: ignore[call-overload]


# What was learnt gives what ``sign`` gives


def test_a_cohort_is_learnt_from_its_first() -> None:
    task = learnt(template(), rows(1))
    (known,) = task.cohorts.values()
    assert isinstance(known, Proofs)
    assert known.cohort.rules is not None
    begun = known.begin(template().take(row(5)))
    assert begun is not None
    assert begun.json(KEY.sign(begun.data)) == dumps(mc.sign(template().fill(row(5)), KEY, created=CREATED))


def test_a_cohort_of_jwts_is_learnt_too() -> None:
    task = Signing(KEY, "jwt", template(), SignOptions())
    task.do_all(rows(1))
    (known,) = task.cohorts.values()
    assert isinstance(known, Cohort)
    assert known.accept(template().take(row(5)).texts) is not None


def test_nothing_is_learnt_where_each_has_an_issuer_of_its_own() -> None:
    made = template(issuer={"id": "{{ issuer }}", "type": ["Profile"]})
    given = [{**row(number), "issuer": KEY.did} for number in range(3)] + [{**row(4), "issuer": OTHER.did}]
    task = learnt(made, given)
    assert list(task.cohorts.values()) == [None]
    assert [bool(each) for each in sign_many(given, KEY, template=made)] == [True, True, True, False]


@pytest.mark.parametrize("form", ["object", "jwt"])
@pytest.mark.parametrize("member", ["id", "digestSRI"])
def test_digests_of_contexts_are_compared_in_each(member: str, form: Any) -> None:
    right = {"id": CONTEXT, "digestSRI": DIGEST}
    wrong = {"id": CONTEXT, "digestSRI": f"sha384-{'A' * 64}"}
    if member == "id":
        right = {**wrong, "id": "https://example.edu/image.png"}
    document = badge(id="{{ id }}", relatedResource=[{**right, member: "{{ it }}"}])
    cells = [right[member]] * 3 + [wrong[member]] * 2
    given = [{"id": f"urn:uuid:{number}", "it": cell} for number, cell in enumerate(cells)]
    found = [result.error for result in sign_many(given, KEY, template=Template(document), form=form)]
    assert found[:3] == [None] * 3
    for error in found[3:]:
        assert isinstance(error, DocumentError)
        assert error.code == "DIGEST_MISMATCH"


def test_what_is_learnt_is_bounded() -> None:
    subject: dict[str, JSONValue] = {
        **dict_of(template().fill(row(1))["credentialSubject"]),
        "creditsEarned": "{{ c | number }}",
    }
    made = template(credentialSubject=subject)
    given = [row(number, c=str(number)) for number in range(80)]
    results = list(sign_many(given, KEY, template=made, form="json", created=CREATED))
    assert len(learnt(made, given).cohorts) == 64
    for each, result in zip(given, results, strict=True):
        assert result.credential == dumps(mc.sign(made.fill(each), KEY, created=CREATED))


def dict_of(value: JSONValue) -> dict[str, JSONValue]:
    assert isinstance(value, dict)
    return value


HOSTILE = (
    *(
        '"',
        "\\",
        "\\u0041",
        "\x00",
        "\x1f\x7f\x85",
        "\u2028\u2029",
        "\ufeff",
        "\ufffe",
        "\U0001f393",
        "%s %(a)s %",
        "{{ x }}",
    ),
    *("a" * 5_000, "null", "urn:slot:0:", "_:b0", "@id", "@type", "<x>", "x y", "> <b> .\n", "did:example:a b", "é"),
    *("https://example.edu/a\\b", "https://example.edu/é", "https://example.edu/ ", "HTTPS://EXAMPLE.EDU", "urn:x:1"),
    *("https://example.edu/" + "a" * 3_000, "did:example:learner-1", "schema:name", "did:", "\ud800", "A\ud800"),
    *("2026-05-01T09:30:00Z", "2026-05-01T09:30:00.250+02:00", "2026-05-01T24:00:00Z", "2026-05-01t09:30:00z"),
    *("2026-02-30T09:30:00Z", "2026-05-01T09:30:00", "2026-05-01", "9999-12-31T24:00:00Z", "2040-01-01T00:00:00Z"),
)


def test_hostile_texts_in_every_slot_come_to_what_sign_makes_of_them() -> None:
    made = template(validUntil="{{ until }}")
    good = row(0, until="2036-01-01T00:00:00Z")
    given = [good] + [{**row(1, until="2036-01-01T00:00:00Z"), name: text} for name in good for text in HOSTILE]
    # Equal texts in several slots, too.
    given += [dict.fromkeys(good, text) for text in HOSTILE]
    found = list(sign_many(given, KEY, template=made, form="json", created=CREATED))
    fast = learnt(made, [good])
    (known,) = fast.cohorts.values()
    assert isinstance(known, Proofs)
    quick = 0
    for each, result in zip(given, found, strict=True):
        signed, problems = one_by_one(made, each)
        assert result.credential == (None if signed is None else dumps(signed))
        assert said(result.error) == problems
        if signed is not None:
            quick += known.cohort.accept(made.take(each).texts) is not None
    # Most of what is right goes the quick way, or this would have tried nothing.
    assert quick > 100


def of_full_badge() -> tuple[JSONObject, list[tuple[tuple[str | int, ...], str]]]:
    """Return a badge with every member, with a placeholder in every text that may have one; and the places."""
    document, places = full_badge(), []
    del document["endorsement"], document["endorsementJwt"]
    for path, value in [*walk(document)]:
        fixed = {"@context", "type", "endorsement", "endorsementJwt"} & set(path)
        if isinstance(value, str) and not fixed and path[:2] != ("issuer", "id"):
            places.append((path, value))
    for number, (path, _) in enumerate(places):
        node_at(document, path[:-1])[path[-1]] = f"{{{{ c{number} }}}}"
    subject, issuer = dict_of(document["credentialSubject"]), dict_of(document["issuer"])
    for node in (document, subject["achievement"], issuer):
        dict_of(node).pop("endorsement", None)
        dict_of(node).pop("endorsementJwt", None)
    return document, places


FULL, PLACES = of_full_badge()


@effort(1.0)
@given(st.dictionaries(st.integers(0, len(PLACES) - 1), texts() | st.sampled_from(HOSTILE), min_size=1, max_size=3))
def test_any_text_of_a_badge_with_every_member_may_change(changes: dict[int, str]) -> None:
    made = Template(FULL)
    good = {f"c{number}": value for number, (_, value) in enumerate(PLACES)}
    changed = {**good, **{f"c{number}": text for number, text in changes.items()}}
    first, second = sign_many([good, changed], KEY, template=made, form="json", created=CREATED)
    signed, problems = one_by_one(made, changed)
    assert first, first.error
    assert second.credential == (None if signed is None else dumps(signed))
    assert said(second.error) == problems


def test_thousands_of_rows_come_to_what_sign_makes_of_them() -> None:
    evidence: JSONValue = [{"id": "{{ url | optional }}", "type": ["Evidence"], "name": "{{ title | optional }}"}]
    subject = {**dict_of(template()._source["credentialSubject"]), "creditsEarned": "{{ credits | number | optional }}"}
    made = template(evidence=evidence, credentialSubject=subject)
    given = [
        row(
            number,
            url="" if number % 3 else f"https://example.edu/work/{number}",
            title="" if number % 5 else f"Work “{number}”",
            credits=("", "6", "6.0", "2.5")[number % 4],
            name=f'Ana {"ñé漢🎓"[number % 4]} "{number}"',
            learner=("did:example:", "urn:uuid:", "https://example.edu/u/")[number % 3] + str(number),
        )
        for number in range(2_000)
    ]
    results = sign_many(given, KEY, template=made, form="json", created=CREATED)
    for each, result in zip(given, results, strict=True):
        assert result.credential == dumps(mc.sign(made.fill(each), KEY, created=CREATED))
