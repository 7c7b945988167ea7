"""Who vouches for an issuer: the caller, or registries that are asked; and what the report says of it."""

from __future__ import annotations

import asyncio
import pickle
from datetime import datetime
from typing import Any

import pytest

import microcred as mc
from microcred.errors import DocumentError, FetchError, ResolutionError
from microcred.json import JSONObject
from microcred.protocols import Fetch, Steps, TrustRegistry
from microcred.signing import add_proof
from microcred.testing import FakeWeb
from microcred.verify.registry_files import RegistryFile
from microcred.verify.report import Code, Voucher
from tests.make import AT, ISSUER, KEY, OTHER, badge, signed
from tests.verify.federations import federation

THEIRS = Voucher("Campus", "Example University", "https://example.edu/")
JWKS = {"https://example.edu/.well-known/jwks.json": {"keys": [KEY.public_key.to_jwk()]}}


class Campus:
    """A registry as a user would write one."""

    def __init__(self, answer: object, name: str = "Campus", url: str | None = None) -> None:
        self.name = name
        self.answer = answer
        self.url = url
        self.asked: list[str] = []

    def look_up(self, issuer: str, *, at: datetime) -> Steps[Voucher | None]:
        assert at == AT
        self.asked.append(issuer)
        if self.url is not None:
            yield Fetch(self.url)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer  # type: ignore[return-value]


def knows() -> Campus:
    return Campus(THEIRS)


def knows_nobody() -> Campus:
    return Campus(None)


def unreachable() -> Campus:
    return Campus(THEIRS, "Far away", "https://registry.example/")


def hosted(key: mc.SigningKey = KEY) -> JSONObject:
    return add_proof(badge(ISSUER), key, verification_method=f"{ISSUER}#{key.public_key.multikey}")


def check(trusted: Any, document: JSONObject | None = None, pages: Any = None) -> mc.VerificationReport:
    document = signed() if document is None else document
    report = mc.Verifier(trusted_issuers=trusted, fetcher=FakeWeb(pages)).check(document, at=AT)
    others = mc.AsyncVerifier(trusted_issuers=trusted, fetcher=FakeWeb(pages)).check(document, at=AT)
    assert asyncio.run(others).to_dict() == report.to_dict()
    return report


# Who vouches


@pytest.mark.parametrize("trusted", [knows(), [knows()], [knows_nobody(), knows()], [unreachable(), knows()]])
def test_a_registry_that_knows_the_issuer_vouches_for_it(trusted: object) -> None:
    report = check(trusted)
    assert report.verified
    assert report.voucher == THEIRS
    assert report.to_dict()["voucher"] == {
        "registry": "Campus",
        "name": "Example University",
        "url": "https://example.edu/",
    }


def test_the_first_that_vouches_is_named_and_no_other_is_asked() -> None:
    first, second = knows(), knows()
    assert check([first, second]).voucher == THEIRS
    assert set(first.asked) == {KEY.did}
    assert second.asked == []


def test_nobody_who_could_be_asked_vouches_is_a_refusal() -> None:
    found = check([knows_nobody(), knows_nobody()])
    assert (found["issuer"].outcome, found["issuer"].code) == ("failed", Code.ISSUER_NOT_TRUSTED)
    assert found.refused
    assert found.voucher is None


@pytest.mark.parametrize("order", [1, -1])
@pytest.mark.parametrize(
    "fault", [unreachable(), Campus(ResolutionError("x", "out of order")), Campus(DocumentError.at("", "unreadable"))]
)
def test_a_registry_that_could_not_be_asked_is_no_refusal(fault: Campus, order: int) -> None:
    report = check([knows_nobody(), fault][::order])
    assert (report["issuer"].outcome, report["issuer"].code) == ("indeterminate", Code.REGISTRY_RETRIEVAL_ERROR)
    assert not report.verified
    assert not report.refused
    assert report.voucher is None
    assert fault.name in report["issuer"].detail


def test_what_a_registry_refuses_is_a_refusal_with_its_reason() -> None:
    refusing = Campus(ResolutionError("x", "the chain is broken", Code.ISSUER_NOT_TRUSTED))
    report = check(refusing)
    assert (report["issuer"].outcome, report["issuer"].code) == ("failed", Code.ISSUER_NOT_TRUSTED)
    assert "the chain is broken" in report["issuer"].detail


@pytest.mark.parametrize("answer", [True, False, "yes", {"name": "Example University"}, KEY.did])
def test_only_a_voucher_vouches(answer: object) -> None:
    assert check(Campus(answer))["issuer"].code == Code.ISSUER_NOT_TRUSTED


def test_the_caller_vouches_for_whom_the_caller_names() -> None:
    registry = knows()
    for trusted in ({KEY.did}, {KEY.did: KEY.public_key}, [KEY.did, registry], [{KEY.did: KEY.public_key}, registry]):
        assert check(trusted).voucher == Voucher(None, None, None)
    assert registry.asked == []


def test_under_any_issuer_nobody_vouches_unless_a_registry_does() -> None:
    assert check(mc.ANY_ISSUER).voucher is None
    assert check(mc.ANY_ISSUER)["issuer"].outcome == "passed"
    assert check([mc.ANY_ISSUER, knows()]).voucher == THEIRS
    for others in (knows_nobody(), unreachable()):
        report = check([mc.ANY_ISSUER, others])
        assert report.verified
        assert report.voucher is None


def test_the_name_in_the_credential_is_never_the_name_in_the_report() -> None:
    for registry in (Campus(Voucher("Campus")), Campus(Voucher("Campus", "Another name"))):
        report = check(registry)
        assert report.voucher is not None
        assert report.voucher.name != "Example University"
        assert "Example University" not in str(report.to_dict())


# A registry is no key


def test_a_registry_does_not_take_the_place_of_the_issuers_key() -> None:
    registry = knows()
    foreign = add_proof(badge(ISSUER), OTHER, verification_method=f"{ISSUER}#{OTHER.public_key.multikey}")
    report = check(registry, foreign, JWKS)
    assert (report["proof"].outcome, report["issuer"].outcome) == ("passed", "failed")
    assert report["issuer"].code == Code.ISSUER_KEY_NOT_BOUND
    assert report.voucher is None
    assert registry.asked == []  # anybody can write any issuer


def test_under_any_issuer_a_self_asserted_issuer_has_no_voucher() -> None:
    registry = knows()
    report = check([mc.ANY_ISSUER, registry], hosted(OTHER), JWKS)
    assert report["issuer"].code == Code.ISSUER_KEY_NOT_BOUND
    assert report.verified
    assert report.voucher is None
    assert registry.asked == []


def test_the_key_set_of_an_issuer_binds_its_key_for_a_registry_too() -> None:
    report = check(knows(), hosted(), JWKS)
    assert report.verified
    assert report.voucher == THEIRS


def test_pins_are_the_last_word() -> None:
    registry = knows()
    report = check([{KEY.did: OTHER.public_key}, registry])
    assert (report["issuer"].outcome, report["issuer"].code) == ("failed", Code.ISSUER_KEY_NOT_BOUND)
    assert report.voucher is None
    # The bare id beside them does not take them away.
    assert check([{KEY.did: OTHER.public_key}, KEY.did])["issuer"].code == Code.ISSUER_KEY_NOT_BOUND


@pytest.mark.parametrize("change", [{"name": "Forged"}, {"proof": None}])
def test_nothing_is_asked_about_the_issuer_of_a_forgery(change: JSONObject) -> None:
    registry = knows()
    document: JSONObject = {**signed(), **change}
    if document["proof"] is None:
        del document["proof"]
    report = check(registry, document)
    assert (report["issuer"].outcome, report["issuer"].code) == ("indeterminate", Code.ISSUER_KEY_NOT_BOUND)
    assert registry.asked == []


def test_what_an_issuer_names_is_fetched_only_if_somebody_vouches_for_it() -> None:
    entry = {
        "type": "BitstringStatusListEntry",
        "statusPurpose": "revocation",
        "statusListIndex": "7",
        "statusListCredential": "https://example.edu/status/1",
    }
    for registry, asked in ((knows(), ["https://example.edu/status/1"]), (knows_nobody(), [])):
        web = FakeWeb()
        report = mc.Verifier(trusted_issuers=registry, fetcher=web).check(signed(credentialStatus=entry), at=AT)
        assert report["credential_status"].code == Code.STATUS_RETRIEVAL_ERROR
        assert web.requests == asked


# Credentials inside others


def endorsement(key: mc.SigningKey = OTHER) -> JSONObject:
    document: JSONObject = {
        "@context": badge()["@context"],
        "id": "urn:uuid:5b6d4b0e-6b3c-4a51-9d1b-0a6b9c2f7d11",
        "type": ["VerifiableCredential", "EndorsementCredential"],
        "name": "Endorsement",
        "issuer": {"id": key.did, "type": ["Profile"], "name": "Somebody"},
        "validFrom": "2026-05-01T09:30:00Z",
        "credentialSubject": {"id": KEY.did, "type": ["EndorsementSubject"]},
    }
    return mc.sign(document, key)


class Two(Campus):
    """A registry that knows one issuer."""

    def look_up(self, issuer: str, *, at: datetime) -> Steps[Voucher | None]:
        found = yield from super().look_up(issuer, at=at)
        return found if issuer == KEY.did else None


def test_a_registry_cannot_speak_for_the_caller() -> None:
    report = check(Campus(Voucher(name="Example University")))
    assert report.voucher == Voucher("Campus", "Example University")
    assert "“Campus”" in report.explain()
    # One that asks others says which of them it was.
    assert check(Campus(THEIRS, "All campuses")).voucher == THEIRS


def test_the_report_of_an_endorsement_says_who_vouches_for_the_endorser() -> None:
    document = signed(endorsement=[endorsement()])
    for registry, theirs in ((knows(), THEIRS), (Two(THEIRS), None)):
        report = check(registry, document)
        assert report.verified  # endorsers need not be known
        (part,) = report["endorsement"].parts
        assert part.report.voucher == theirs
        assert part.to_dict()["report"]["voucher"] == (None if theirs is None else theirs.to_dict())  # type: ignore[index]


def test_an_endorser_whom_the_caller_names_has_the_caller() -> None:
    report = check({KEY.did, OTHER.did}, signed(endorsement=[endorsement()]))
    assert report["endorsement"].parts[0].report.voucher == Voucher()


def record() -> JSONObject:
    document = badge(
        id="urn:uuid:9a0a4f7e-2f5e-4c53-8a55-1f1a3f0a6a01",
        type=["VerifiableCredential", "ClrCredential"],
        credentialSubject={
            "id": "did:example:learner",
            "type": ["ClrSubject"],
            "verifiableCredential": [signed(), signed(OTHER, id="urn:uuid:1c1f4d0c-9f4a-4b0c-8b5e-0d9b1a1f2c3d")],
        },
        name="Transcript",
    )
    document["@context"] = [
        "https://www.w3.org/ns/credentials/v2",
        "https://purl.imsglobal.org/spec/clr/v2p0/context-2.0.1.json",
        "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json",
    ]
    return mc.sign(document, KEY)


def test_each_credential_in_a_record_needs_somebody_who_vouches() -> None:
    good, bad = check(knows(), record()), check(Two(THEIRS), record())
    assert good.verified
    assert [part.report.voucher for part in good["proof"].parts] == [THEIRS, THEIRS]
    assert bad["proof"].code == Code.ISSUER_NOT_TRUSTED
    assert [part.report.voucher for part in bad["proof"].parts] == [THEIRS, None]


def test_each_credential_of_a_presentation_has_its_own_voucher() -> None:
    holder = mc.SigningKey.from_seed(bytes(32))
    presentation = mc.present([signed(), signed(OTHER)], holder, challenge=None, domain=None)
    for registry, theirs in ((knows(), THEIRS), (Two(THEIRS), None)):
        verifier = mc.Verifier(trusted_issuers=registry)
        report = verifier.check_presentation(presentation, challenge=None, domain=None, at=AT)
        assert [each.voucher for each in report.credentials] == [THEIRS, theirs]
        assert report.verified == (theirs is not None)
        assert holder.did not in registry.asked


# What is taken


class Nameless:
    """No registry, since a report could not name it."""

    def look_up(self, issuer: str, *, at: datetime) -> Steps[Voucher | None]:
        raise NotImplementedError


@pytest.mark.parametrize(
    "trusted",
    [
        *("did:example:issuer", b"did:example:issuer", 7, None, [7], [None], [b"did:example:issuer"]),
        *({KEY.did: "key"}, {KEY.did: None}, {7: KEY.public_key}, [[KEY.did]], [RegistryFile], Campus, Nameless()),
    ],
)
def test_misuse_is_a_type_error(trusted: Any) -> None:
    with pytest.raises(TypeError):
        mc.Verifier(trusted_issuers=trusted)


def test_ids_pins_and_registries_stand_in_one_list() -> None:
    trusted: list[Any] = [
        ISSUER,
        {OTHER.did: OTHER.public_key},
        knows_nobody(),
        RegistryFile({"registry": {KEY.did: {}}}, name="File"),
    ]
    assert check(trusted, signed(OTHER)).voucher == Voucher()
    assert check(trusted, signed()).voucher == Voucher("File")
    assert check(trusted, hosted(), JWKS).voucher == Voucher()


def test_the_built_in_registries_are_registries() -> None:
    registry: TrustRegistry = RegistryFile({"registry": {}}, name="File")
    assert registry.name == "File"


def test_a_fetch_error_of_a_registry_is_kept_apart_from_that_of_a_key() -> None:
    pages = {"https://registry.example/": FetchError("https://registry.example/", "the server answered 503", 503)}
    report = check(unreachable(), signed(), pages)
    assert report["proof"].outcome == "passed"
    assert report["issuer"].code == Code.REGISTRY_RETRIEVAL_ERROR


def test_a_verifier_with_registries_crosses_processes() -> None:
    registries: list[TrustRegistry] = [RegistryFile({"registry": {KEY.did: {"name": "A"}}}, name="File"), federation()]
    verifier = pickle.loads(pickle.dumps(mc.Verifier(trusted_issuers=registries)))
    assert verifier.check(signed(), at=AT).voucher == Voucher("File", "A")
