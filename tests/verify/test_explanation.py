"""Reports in plain words: what people read, and that it never says more than was checked.

Whole reports are held against the files in ``explanations``. ``python -m tests.verify.test_explanation`` writes them
anew; they are to be read before they are kept.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TypeAlias

import pytest
from hypothesis import given
from hypothesis import strategies as st

import microcred as mc
from microcred.errors import FetchError
from microcred.json import JSONObject
from microcred.protocols import Steps
from microcred.testing import FakeWeb
from microcred.verify.explanation import explained
from microcred.verify.messages import languages
from microcred.verify.report import CHECKS, PRESENTATION_CHECKS, Check, Code, Finding, Outcome, Part, Voucher
from tests.make import AT, ISSUER, KEY, OTHER, badge, signed
from tests.verify import test_refresh as refreshing
from tests.verify.test_nested import endorsed, in_credential, record
from tests.verify.test_presentations import CHALLENGE, DOMAIN, document, earned, secured
from tests.verify.test_status import REVOKED, URL, entry, status_list

Report: TypeAlias = "mc.VerificationReport | mc.PresentationReport"
FOLDER = Path(__file__).parent / "explanations"
TRUSTING = mc.Verifier(trusted_issuers={KEY.did})
ANYONE = mc.Verifier(trusted_issuers=mc.ANY_ISSUER)
LATE = "2026-05-15T00:00:00Z"


class Odd:
    """A status method that says what it is told to."""

    types = frozenset(["BitstringStatusListEntry"])

    def __init__(self, finding: Finding) -> None:
        self.finding = finding

    def check(self, entry: JSONObject, credential: JSONObject, *, at: datetime) -> Steps[Finding]:
        del entry, credential, at
        yield from ()
        return self.finding


def odd(finding: Finding) -> mc.VerificationReport:
    verifier = mc.Verifier(trusted_issuers={KEY.did}, status_methods=[Odd(finding)])
    return verifier.check(signed(credentialStatus=entry()), at=AT)


def looked_up(page: JSONObject | FetchError, **changes: str) -> mc.VerificationReport:
    verifier = mc.Verifier(trusted_issuers={KEY.did}, fetcher=FakeWeb({URL: page}))
    return verifier.check(signed(credentialStatus=entry(str(REVOKED), **changes)), at=AT)


def self_asserted() -> mc.VerificationReport:
    key = mc.SigningKey.generate("P-256")
    method = f"{ISSUER}#{key.verification_method.partition('#')[2]}"
    return ANYONE.check(mc.sign_jwt(badge(ISSUER), key, verification_method=method), at=AT)


def shown(*credentials: JSONObject, challenge: str = CHALLENGE) -> mc.PresentationReport:
    presentation = secured(document(*credentials), "proof")
    return TRUSTING.check_presentation(presentation, challenge=challenge, domain=DOMAIN, at=AT)


def bound() -> mc.PresentationReport:
    """An SD-JWT with key binding, which stands for a presentation."""
    issuer, holder = mc.SigningKey.generate("P-256"), mc.SigningKey.generate("P-256")
    token = mc.sign_sd_jwt(badge(issuer.did), issuer, holder_key=holder.public_key)
    presentation = mc.present_sd_jwt(token, [""], holder=holder, nonce=CHALLENGE, audience=DOMAIN)
    verifier = mc.Verifier(trusted_issuers={issuer.did})
    return verifier.check_presentation(presentation, challenge=CHALLENGE, domain=DOMAIN)


CASES: dict[str, Callable[[], Report]] = {
    "good": lambda: TRUSTING.check(signed(), at=AT),
    "tampered": lambda: TRUSTING.check({**signed(), "name": "Rust 901"}, at=AT),
    "expired": lambda: TRUSTING.check(signed(validUntil=LATE), at=AT),
    "revoked": lambda: looked_up(status_list()),
    "unreachable": lambda: looked_up(FetchError(URL, "no such host")),
    "newer-version": lambda: looked_up(status_list(subject={"statusPurpose": "refresh"}), statusPurpose="refresh"),
    "untrusted": lambda: mc.Verifier(trusted_issuers={OTHER.did}).check(signed(credentialStatus=entry()), at=AT),
    "self-asserted": self_asserted,
    "other-person": lambda: TRUSTING.check(signed(), at=AT, recipient="did:example:somebody"),
    "endorsed": lambda: TRUSTING.check(in_credential(endorsed()), at=AT),
    "badly-endorsed": lambda: TRUSTING.check(in_credential(endorsed(validUntil=LATE)), at=AT),
    "record": lambda: TRUSTING.check(record(signed(), signed(validUntil=LATE)), at=AT),
    "unreadable": lambda: TRUSTING.check("badge.json", at=AT),
    "plug-in": lambda: odd(Finding.failed("LENT", "it is lent out", "/credentialStatus/type")),
    "presentation": lambda: shown(earned(), earned(validUntil=LATE)),
    "replayed": lambda: shown(earned(), challenge="another"),
}
each_language = pytest.mark.parametrize("language", languages())
ENGLISH_VERDICTS = {"verified": "Verified: ", "remarks": "Verified, with remarks: "} | {
    "refused": "NOT verified: ",
    "undecided": "Cannot tell: ",
}


# Whole reports


@each_language
@pytest.mark.parametrize("case", CASES)
def test_a_report_reads_as_it_was_agreed(case: str, language: str) -> None:
    expected = (FOLDER / f"{case}.{language}.txt").read_text(encoding="utf-8")
    assert CASES[case]().explain(language) + "\n" == expected


def test_every_agreed_text_is_of_a_report() -> None:
    assert {path.name for path in FOLDER.iterdir()} == {f"{case}.{tag}.txt" for case in CASES for tag in languages()}


@pytest.mark.parametrize("case", CASES)
def test_the_first_line_says_whether_it_verified_and_each_check_has_a_sentence(case: str) -> None:
    report = CASES[case]()
    first, *lines = report.explain().split("\n")
    kinds = ("verified", "remarks") if report.verified else ("refused",) if report.refused else ("undecided",)
    assert first.startswith(tuple(ENGLISH_VERDICTS[kind] for kind in kinds))
    own = lines[2 : 2 + len(report.checks)]
    words = {"passed": ("good", "note"), "failed": ("problem",), "indeterminate": ("not known",)}
    for check, line in zip(report, own, strict=True):
        assert re.fullmatch(r"\w+ \((.+?)\): .+\.", line), line
        assert re.findall(r"\((.+?)\):", line)[0] in words.get(check.outcome, ("not checked",))


# Never more than was checked


def test_a_name_that_nothing_backs_is_called_a_claim_already_in_the_verdict() -> None:
    report = self_asserted()
    assert report.verified
    assert explained(report, "en").kind == "remarks"
    assert report.explain().startswith("Verified, with remarks: read “Issuer” before")
    assert "only a claim" in report.explain()


def test_a_credential_in_a_presentation_with_something_to_read_is_named_in_the_verdict() -> None:
    good, noted = TRUSTING.check(signed(), at=AT), self_asserted()
    report = mc.PresentationReport(shown(earned()).checks, (good, noted), AT)
    assert report.verified
    assert report.explain().startswith("Verified, with remarks: read “Credential 2” before")


def test_what_was_not_looked_up_is_told_from_what_could_not_be_reached() -> None:
    status = signed(credentialStatus=entry())
    unproven = TRUSTING.check({**status, "name": "Rust 901"}, at=AT)
    unreachable = TRUSTING.check(status, at=AT)
    assert unproven["credential_status"].code == unreachable["credential_status"].code == Code.STATUS_RETRIEVAL_ERROR
    assert "was not looked up, since the signature or the issuer is not known to be good" in unproven.explain()
    assert "could not be reached or read" in unreachable.explain()


def test_a_key_whose_owner_could_not_be_looked_up_is_told_from_a_bad_signature() -> None:
    token = mc.sign_jwt(badge(ISSUER), KEY, verification_method=f"{ISSUER}#{KEY.public_key.multikey}")
    keys = FetchError("https://example.edu/.well-known/jwks.json", "the server is busy", 503)
    verifier = mc.Verifier(trusted_issuers={ISSUER}, fetcher=FakeWeb({keys.url: keys}))
    report = verifier.check(token, at=AT)
    assert (report["proof"].outcome, report["issuer"].outcome) == ("passed", "indeterminate")
    said = "the signature is not known to be good"
    assert said not in report.explain()
    assert said in verifier.check(token[:-4] + "AAAA", at=AT).explain()


def test_an_issuer_whom_nobody_was_asked_about_is_not_called_accepted() -> None:
    class Nobody:
        name = "Registry"

        def look_up(self, issuer: str, *, at: datetime) -> Steps[Voucher | None]:
            raise AssertionError(f"{issuer} {at}")
            yield

    token = mc.sign_jwt(badge(ISSUER), KEY, verification_method=f"{ISSUER}#{KEY.public_key.multikey}")
    report = mc.Verifier(trusted_issuers=Nobody()).check(token, at=AT)
    assert (report["issuer"].outcome, report["issuer"].code) == ("failed", Code.ISSUER_KEY_NOT_BOUND)
    assert "accepted" not in report.explain()


def test_a_newest_version_that_was_not_asked_for_is_not_said_to_be() -> None:
    web = FakeWeb({"https://example.edu/refresh/1": FetchError("https://example.edu/refresh/1", "no such host")})
    document = {**refreshing.unsigned(), "issuer": ISSUER}
    token = mc.sign_jwt(document, KEY, verification_method=f"{ISSUER}#{KEY.public_key.multikey}")
    _, report = mc.Verifier(trusted_issuers=mc.ANY_ISSUER, fetcher=web).verify_with_report(token, at=AT)
    assert report.refresh is not None
    assert not [url for url in web.requests if "refresh" in url]
    assert "asked for" not in report.explain()


def test_checks_of_what_cannot_be_read_do_not_say_that_there_was_nothing() -> None:
    text = CASES["unreadable"]().explain()
    assert "names no" not in text
    assert text.count("was not looked at, because of what is said about the form") == 6


def test_a_presentation_of_one_bound_credential_is_explained() -> None:
    text = bound().explain()
    assert text.startswith("Verified: ")
    assert "is one credential by itself, which is judged below" in text


# Codes that no table knows


@each_language
@pytest.mark.parametrize("outcome", [Outcome.PASSED, Outcome.FAILED, Outcome.INDETERMINATE])
def test_the_reason_of_a_plug_in_is_quoted(outcome: Outcome, language: str) -> None:
    text = odd(Finding(outcome, "LENT", "it is lent out")).explain(language)
    assert "it is lent out" in text
    assert "(LENT)" in text


@each_language
def test_a_plug_in_may_give_no_reason_and_any_code(language: str) -> None:
    for code in ("LENT", "parts", "unproven", "unread", "other", "", "{0}"):
        text = odd(Finding(Outcome.FAILED, code)).explain(language)
        assert "parts" not in text or code == "parts"
        assert code in text


@each_language
def test_details_for_developers_are_left_out_of_what_a_table_knows(language: str) -> None:
    for code in Code:
        for outcome in (Outcome.FAILED, Outcome.INDETERMINATE):
            for name in CHECKS:
                report = one(Check(name, outcome, code, "xyzzy", None))
                assert "xyzzy" not in report.explain(language)


def test_text_from_outside_cannot_steer_what_shows_it() -> None:
    report = one(Check("proof", Outcome.FAILED, "X\x1b[2J", "a\nb\u202ec\x07", "/a\x9b2J\n/b"))
    text = report.explain()
    assert all(character.isprintable() or character == "\n" for character in text)
    assert text.count("\n") == one(Check("proof", Outcome.FAILED, "X", "", None)).explain().count("\n")


def one(check: Check) -> mc.VerificationReport:
    """Return the report of a good badge with another check in it."""
    good = TRUSTING.check(signed(), at=AT)
    return replace(good, checks=tuple(check if each.name == check.name else each for each in good))


# Anything that a report can hold

TEXTS = st.text(st.characters(codec=None), max_size=40)
CODES = st.none() | st.sampled_from(list(Code)) | TEXTS
MOMENTS = st.datetimes(timezones=st.timezones())


def checks(name: str, parts: st.SearchStrategy[tuple[Part, ...]]) -> st.SearchStrategy[Check]:
    return st.builds(Check, st.just(name), st.sampled_from(Outcome), CODES, TEXTS, st.none() | TEXTS, parts)


def reports(depth: int) -> st.SearchStrategy[mc.VerificationReport]:
    inside: st.SearchStrategy[tuple[Part, ...]] = st.just(())
    if depth:
        inside |= st.lists(st.builds(Part, TEXTS, reports(depth - 1)), max_size=2).map(tuple)
    made = [checks(name, inside if name in ("proof", "endorsement") else st.just(())) for name in CHECKS]
    return st.builds(mc.VerificationReport, st.tuples(*made), MOMENTS)


def presentation_reports() -> st.SearchStrategy[mc.PresentationReport]:
    own = st.tuples(*(checks(name, st.just(())) for name in PRESENTATION_CHECKS))
    return st.builds(mc.PresentationReport, own, st.lists(reports(0), max_size=2).map(tuple), MOMENTS, st.booleans())


@given(report=reports(2) | presentation_reports(), language=st.sampled_from(languages()))
def test_any_report_can_be_explained(report: Report, language: str) -> None:
    text, tree = report.explain(language), explained(report, language)
    assert text == str(tree)
    assert len(text) < 50_000
    assert all(character.isprintable() or character == "\n" for character in text)
    assert (tree.kind in ("verified", "remarks")) == report.verified
    assert (tree.kind == "refused") == report.refused
    assert [line.kind for line in tree.lines if line.kind != "remark"] == [
        check.outcome for check in report.checks if check.outcome != "passed" or check.code is None
    ]
    for line, check in zip(tree.lines, report.checks, strict=True):
        assert line.text
        # What cannot be read has its advice in one place.
        if check.outcome in (Outcome.FAILED, Outcome.INDETERMINATE) and check.name != "proof":
            assert any(line.label in each.labels for each in tree.advice)


def test_a_report_of_any_size_is_explained_in_bounds() -> None:
    long = Check("issuer", Outcome.FAILED, "C" * 10_000, "d" * 100_000, "/p" * 100_000)
    inner = one(long)
    for _ in range(50):
        inner = one(Check("endorsement", Outcome.FAILED, "EXPIRED", "", None, (Part("/endorsement/0", inner),)))
    wide = one(
        Check("endorsement", Outcome.FAILED, "EXPIRED", "", None, tuple(Part(f"/{n}", inner) for n in range(2000)))
    )
    text = wide.explain()
    assert len(text) < 100_000
    assert "Not shown here: 1950 more." in text
    many = mc.PresentationReport(shown(earned()).checks, (one(long),) * 300, AT)
    assert len(many.explain()) < 200_000


def test_what_has_problems_is_shown_where_not_all_is() -> None:
    good, bad = TRUSTING.check(signed(), at=AT), TRUSTING.check(signed(validUntil=LATE), at=AT)
    report = mc.PresentationReport(shown(earned()).checks, (*[good] * 80, bad), AT)
    tree = explained(report, "en")
    assert [each.title for each in tree.inside][-2:] == [
        "Credential 49 (/verifiableCredential/48)",
        "Credential 81 (/verifiableCredential/80)",
    ]
    assert "“Credential 81”" in tree.verdict
    assert len(tree.inside) == 50


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for name, make in CASES.items():
        for tag in languages():
            (FOLDER / f"{name}.{tag}.txt").write_text(make().explain(tag) + "\n", encoding="utf-8")
