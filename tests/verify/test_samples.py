"""Every official and third-party sample, against the table in ``samples.tsv``.

All are judged with ``ANY_ISSUER`` as of November 2026, with a fake web that serves the mocks of the vectors, with the
DCC's context beside the pinned ones, and with the schemas that 1EdTech publishes. The last column of the table has the
reasons why we differ from the manifest, or could not judge what it judges; ``docs/official-validator.md`` explains each
of them, and names the samples.
"""

from __future__ import annotations

import csv
import re
from pathlib import Path
from typing import cast

import pytest

import microcred as mc
from microcred.json import JSONObject, JSONValue
from microcred.signing import ED25519_SIGNATURE_2020, add_proof
from microcred.testing import FakeWeb
from tests.support import REPOSITORY, SHARED, as_object, as_objects, load, load_json, vectors

AT = mc.DateTime.parse("2026-11-01T00:00:00Z")
SAMPLES = SHARED / "vectors/ob3"
CREDENTIALS_FOLDER = SAMPLES / "samples"
MARKS = {"failed": "!", "indeterminate": "?", "passed": "~"}
PAGE = REPOSITORY / "docs/official-validator.md"
GOOD = (
    *("valid", "valid (test @Disabled)", "warning", "verified", "verifies"),
    # Of presentations.
    *("presentation signature valid; both credentials verified", "valid; verified", "valid; 3 credential results"),
    *('signature "unsigned"; credential verified',),
    *("valid (the challenge is not enforced because the purpose is assertionMethod)",),
)
# The recipes for presentations in the tests of the DCC's verifier.
RECIPES = "dcc-presentation-tests.json"


def table() -> dict[str, dict[str, str]]:
    with (Path(__file__).parent / "samples.tsv").open(encoding="utf-8", newline="") as file:
        rows = csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        next(rows)
        names = ("expected", "outcome", "checks", "reasons")
        return {row[0]: dict(zip(names, row[1:], strict=True)) for row in rows}


TABLE = table()
CREDENTIALS = [name for name in TABLE if not name.startswith(RECIPES)]
PRESENTATIONS = [name for name in TABLE if name.startswith(RECIPES)]


def reasons(name: str) -> list[str]:
    return [] if TABLE[name]["reasons"] == "-" else TABLE[name]["reasons"].split(" ")


@pytest.fixture(scope="module")
def contexts(shared: Path) -> dict[str, JSONObject]:
    return {"https://w3id.org/dcc/v1": load_json(shared / "contexts/dcc/dcc-v1.json")}


@pytest.fixture(scope="module")
def schemas(shared: Path) -> dict[str, bytes]:
    """Return the schemas that 1EdTech publishes."""
    listed = as_objects(load_json(shared / "schemas/index.json")["schemas"])
    published = [each for each in listed if str(each["file"]).startswith("schemas/published-")]
    return {str(each["url"]): (shared / str(each["file"])).read_bytes() for each in published}


@pytest.fixture(scope="module")
def verifier(contexts: dict[str, JSONObject], schemas: dict[str, bytes]) -> mc.Verifier:
    pages = as_objects(load(CREDENTIALS_FOLDER / "mocks/url-map.json"))
    web = FakeWeb({str(page["url"]): (SAMPLES / str(page["file"])).read_bytes() for page in pages})
    url, document = did_document("validator/ob30/credential-status-revoked.json")
    web.pages[url] = document
    return mc.Verifier(trusted_issuers=mc.ANY_ISSUER, fetcher=web, contexts=contexts, schemas=schemas)


def did_document(name: str) -> tuple[str, JSONObject]:
    """Return the document of a did:web that the vectors lack; it lists the key that a sample spells out."""
    proof = as_object(load_json(CREDENTIALS_FOLDER / name)["proof"])
    method = str(proof["verificationMethod"])
    did, _, multikey = method.partition("#")
    key: JSONObject = {"id": method, "type": "Multikey", "controller": did, "publicKeyMultibase": multikey}
    url = "https://" + "/".join(did.split(":")[2:]) + "/did.json"
    return url, {"id": did, "verificationMethod": [key], "assertionMethod": [method]}


def outcome(report: mc.VerificationReport | mc.PresentationReport) -> str:
    return "verified" if report.verified else "refused" if report.refused else "cannot tell"


def checks(report: mc.VerificationReport | mc.PresentationReport) -> str:
    shown = [f"{check.name}={MARKS[check.outcome]}{check.code}" for check in report if check in report.problems]
    shown += [f"{check.name}=~{check.code}" for check in report if check.outcome == "passed" and check.code]
    if isinstance(report, mc.PresentationReport):
        shown += [f"{index}:[{checks(inside)}]" for index, inside in enumerate(report.credentials)]
    return " ".join(shown) or "-"


@pytest.mark.parametrize("name", CREDENTIALS)
def test_sample_has_the_outcome_of_the_table(verifier: mc.Verifier, name: str) -> None:
    report = verifier.check((CREDENTIALS_FOLDER / name).read_bytes(), at=AT)
    assert (outcome(report), checks(report)) == (TABLE[name]["outcome"], TABLE[name]["checks"])


@pytest.mark.usefixtures("shared")
def test_table_names_every_sample_of_the_manifest() -> None:
    samples = vectors("ob3/manifest.json", "samples")
    names = {str(sample["file"]).removeprefix("samples/"): sample for sample in samples}
    assert set(CREDENTIALS) == set(names)
    for name, sample in names.items():
        expected = sample.get("expected")
        wanted = expected.get("outcome") if isinstance(expected, dict) else expected
        assert TABLE[name]["expected"] == (wanted or "-"), name
    recipes = as_objects(load_json(CREDENTIALS_FOLDER / RECIPES)["tests"])
    assert {name: TABLE[name]["expected"] for name in PRESENTATIONS} == {
        f"{RECIPES}#{recipe['test']}": recipe["expect"] for recipe in recipes
    }


# Presentations


@pytest.mark.parametrize("name", PRESENTATIONS)
def test_presentation_has_the_outcome_of_the_table(
    verifier: mc.Verifier, contexts: dict[str, JSONObject], name: str
) -> None:
    recipes = load_json(CREDENTIALS_FOLDER / RECIPES)
    recipe = next(each for each in as_objects(recipes["tests"]) if name == f"{RECIPES}#{each['test']}")
    seed = bytes(map(int, str(re.findall(r"\[([\d,]+)\]", str(recipes["signing_key"]))[0]).split(",")))
    document = presentation(recipe, mc.SigningKey.from_seed(seed), contexts)
    challenge = str(recipe.get("challenge", "canbeanything33"))
    report = verifier.check_presentation(document, challenge=challenge, domain=None, at=AT)
    assert (outcome(report), checks(report)) == (TABLE[name]["outcome"], TABLE[name]["checks"])


def presentation(recipe: JSONObject, key: mc.SigningKey, contexts: dict[str, JSONObject]) -> JSONObject:
    """Make a presentation as the DCC's tests do."""
    shown: list[JSONValue] = [shown_credential(str(name)) for name in cast("list[JSONValue]", recipe["credentials"])]
    document: JSONObject = {
        "@context": ["https://www.w3.org/ns/credentials/v2", "https://w3id.org/security/suites/ed25519-2020/v1"],
        "type": ["VerifiablePresentation"],
        "holder": "did:ex:12345",
        "verifiableCredential": shown[0] if "not in an array" in str(recipe["test"]) else shown,
    }
    if "unsignedPresentation" not in recipe:
        document = add_proof(
            document,
            key,
            verification_method=key.verification_method,
            cryptosuite=ED25519_SIGNATURE_2020,
            created="2026-10-31T23:59:30Z",
            options={"challenge": "canbeanything33"},
            contexts=contexts,
        )
    if str(recipe.get("change", "")).startswith("holder"):
        document["holder"] = "did:ex:tampered"
    if str(recipe.get("change", "")).startswith("@context"):
        del document["@context"]
    return document


def shown_credential(name: str) -> JSONObject:
    """Return a credential of the DCC's tests; two that the vectors lack have others with the same trait."""
    name, _, change = name.partition(", ")
    instead = {"v2EddsaWithValidStatus": "v2DoubleSigWithValidStatus", "v2NonURIId": "v1NonURIId"}
    paths = [
        CREDENTIALS_FOLDER / "dcc-verifier-core" / f"{folder}{instead.get(name, name)}.json"
        for folder in ("", "derived/")
    ]
    document = load_json(next(path for path in paths if path.exists()))
    return {**document, "name": "Changed after signing"} if change else document


# The differences


def expects(row: dict[str, str]) -> str | None:
    """Return what the manifest expects, in our words; None where it expects nothing."""
    wanted = row["expected"]
    if wanted.startswith(("not asserted", "example", "parse-only", "base of")):
        return None
    good = wanted in GOOD or wanted.startswith("signature verifies")
    return "verified" if good else "refused"


def test_table_gives_a_reason_wherever_it_differs_from_the_manifest() -> None:
    for name, row in TABLE.items():
        wanted = expects(row)
        if wanted is not None and wanted != row["outcome"]:
            assert reasons(name), name
        if row["outcome"] == "verified":
            # Nothing that the official tools refuse may verify here.
            assert wanted != "refused", name


@pytest.mark.skipif(not PAGE.exists(), reason="the documentation is not beside the tests")
def test_page_explains_each_reason_and_names_its_samples() -> None:
    named: dict[str, list[str]] = {}
    for name in TABLE:
        for reason in reasons(name):
            named.setdefault(reason, []).append(name)
    sections = re.split(r"^\(([a-z-]+)\)=\n", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]
    explained = dict(zip(sections[::2], sections[1::2], strict=True))
    listed = {
        reason: re.findall(r"^```text\n(.*?)^```$", text, flags=re.DOTALL | re.MULTILINE)
        for reason, text in explained.items()
    }
    assert listed == {reason: ["".join(f"{name}\n" for name in names)] for reason, names in named.items()}


def test_each_signature_is_judged_as_the_independent_check_of_the_manifest_has_it(
    verifier: mc.Verifier, shared: Path
) -> None:
    """The manifest's author recomputed each proof with other software; only who holds the key may change that."""
    compared = 0
    for sample in vectors("ob3/manifest.json", "samples"):
        results = sample.get("independent_proof_check")
        if sample["kind"] != "json" or not isinstance(results, list) or not results:
            continue
        verdicts = {cast("dict[str, str]", result)["result"] for result in results}
        proof = verifier.check((shared / "vectors/ob3" / str(sample["file"])).read_bytes(), at=AT)["proof"]
        if "verified" in verdicts:
            key_is_elsewhere = proof.code in ("UNSUPPORTED", "RESOLUTION_ERROR", "INVALID_VERIFICATION_METHOD")
            assert proof.outcome == "passed" or key_is_elsewhere, sample["file"]
            compared += proof.outcome == "passed"
        else:
            assert proof.outcome != "passed", sample["file"]
            compared += 1
    assert compared > 70
