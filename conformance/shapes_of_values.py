"""Credentials that are about texts, numbers and contexts, and credentials that are no badges."""

from __future__ import annotations

from conformance.shape_parts import (
    OB,
    OB_303,
    OWN_CONTEXT,
    SHAPES,
    SITE,
    VOCABULARY,
    Shape,
    achievement_of,
    an_alignment,
    an_image,
    badge,
    shape,
    subject_of,
    v1_badge,
    with_achievement,
    with_context,
)
from microcred.json import JSONObject, JSONValue
from microcred.models import CREDENTIALS_V2

__all__: list[str] = []

# Texts


def _texts(issuer: str, text: str) -> JSONObject:
    document = badge(issuer, name=text, description=f"{text}{text}")
    achievement_of(document)["criteria"] = {"narrative": text}
    achievement_of(document)["tag"] = [text, f"{text}.", "plain"]
    return document


@shape()
def text_from_right_to_left(issuer: str) -> JSONObject:
    return _texts(issuer, "שלום עולם \u202eright to left\u202c العربية")


@shape()
def text_with_emoji(issuer: str) -> JSONObject:
    return _texts(issuer, "👩‍🎓 🏴󠁧󠁢󠁷󠁬󠁳󠁿 e\u0301 é \U0010fffd zwj \u200d nbsp \u00a0")


@shape()
def text_with_quotes(issuer: str) -> JSONObject:
    return _texts(issuer, "\"quoted\" and 'so' \\backslash\\ and \\u0041 <b>&amp;</b>")


@shape()
def text_with_line_ends(issuer: str) -> JSONObject:
    return _texts(issuer, "one\ntwo\r\nthree\u2028four\u2029five\x85six")


@shape()
def text_with_controls(issuer: str) -> JSONObject:
    return _texts(issuer, "tab\there \x08\x0c\x01\x1f\x7f")


@shape()
def text_that_looks_like_something_else(issuer: str) -> JSONObject:
    document = badge(issuer, name="@id", description="<urn:x>")
    achievement_of(document)["tag"] = ["", " ", "true", "1", "null", f"{SITE}/not-a-link", '"^^<x:y> .', "\\u0041"]
    return document


@shape()
def text_that_looks_like_a_blank_node(issuer: str) -> JSONObject:
    return _texts(issuer, "_:c14n0 and _:b0 .")


@shape()
def urls_beyond_ascii(issuer: str) -> JSONObject:
    document = with_achievement(issuer, id=f"{SITE}/logros/programación/Ω?ä=ß#ü")
    return {**document, "evidence": [{"id": f"{SITE}/evidencia/%C3%B1/ñ", "type": ["Evidence"]}]}


# Numbers


def _credits(issuer: str, number: float) -> JSONObject:
    document = with_achievement(issuer, creditsAvailable=number)
    subject_of(document)["creditsEarned"] = number
    return document


def _add_numbers() -> None:
    numbers = {
        "whole number": 3,
        "whole number as a decimal": 3.0,
        "decimal number": 2.5,
        "decimal number without an exact form": 0.1,
        "long decimal number": 123456789.125,
        "number 1e-7": 1e-7,
        "number 1.5e-7": 1.5e-7,
        "number 1e21": 1e21,
        "number 1e300": 1e300,
        "number minus zero": -0.0,
        "number 2^53 - 1": 2**53 - 1,
        "number 2^53 + 1": 2**53 + 1,
    }
    for name, number in numbers.items():
        SHAPES[name] = Shape(name, lambda issuer, number=number: _credits(issuer, number))  # type: ignore[misc]


_add_numbers()


# Contexts


@shape()
def context_3_0_2(issuer: str) -> JSONObject:
    document = with_achievement(issuer, alignment=[an_alignment()], tag=["rust"])
    return {**document, "@context": [CREDENTIALS_V2, f"{OB}context-3.0.2.json"]}


@shape()
def data_model_1_1(issuer: str) -> JSONObject:
    return v1_badge(issuer, OB_303)


@shape()
def data_model_1_1_and_context_3_0_1(issuer: str) -> JSONObject:
    return v1_badge(issuer, f"{OB}context-3.0.1.json")


@shape()
def data_model_1_1_and_an_image_in_context_3_0_1(issuer: str) -> JSONObject:
    document = v1_badge(issuer, f"{OB}context-3.0.1.json")
    achievement_of(document)["image"] = an_image("badge")
    return document


@shape()
def data_model_1_1_and_context_3_0_0(issuer: str) -> JSONObject:
    return v1_badge(issuer, f"{OB}context.json")


@shape(contexts={OWN_CONTEXT: {"@context": {"hoursPerWeek": f"{VOCABULARY}hoursPerWeek"}}})
def context_of_its_own(issuer: str) -> JSONObject:
    return with_context(badge(issuer, hoursPerWeek=6), OWN_CONTEXT)


@shape(unjudged=("proof",))
def context_inside(issuer: str) -> JSONObject:
    return with_context(badge(issuer, hoursPerWeek=6), {"hoursPerWeek": f"{VOCABULARY}hoursPerWeek"})


# Other credentials

_PASS_CONTEXT = f"{SITE}/contexts/pass-v1.jsonld"
_PASS_TERMS: dict[str, JSONObject] = {
    _PASS_CONTEXT: {
        "@context": {
            "@protected": True,
            "LibraryPass": f"{VOCABULARY}LibraryPass",
            "floors": {"@id": f"{VOCABULARY}floors", "@container": "@set"},
            "labels": {"@id": f"{VOCABULARY}labels", "@container": "@language"},
            "opens": {"@id": f"{VOCABULARY}opens", "@type": "http://www.w3.org/2001/XMLSchema#time"},
            "details": {"@id": f"{VOCABULARY}details", "@type": "@json"},
        }
    }
}


def _pass(issuer: str, subject: JSONValue, **members: JSONValue) -> JSONObject:
    """Return a credential that is no badge: it may have several subjects, and names in several languages."""
    document = badge(issuer, type=["VerifiableCredential", "LibraryPass"], credentialSubject=subject, **members)
    document["@context"] = [CREDENTIALS_V2, _PASS_CONTEXT]
    return {**document, "issuer": {"id": issuer, "name": "Library"}}


@shape(contexts=_PASS_TERMS)
def pass_to_a_library(issuer: str) -> JSONObject:
    subject: JSONObject = {"id": "did:example:learner", "floors": [2, 1, True], "opens": "08:00:00"}
    return _pass(issuer, {**subject, "labels": {"en": "Pass", "de-AT": ["Ausweis", "Karte"]}})


@shape(contexts=_PASS_TERMS)
def several_subjects(issuer: str) -> JSONObject:
    return _pass(issuer, [{"id": "did:example:learner", "floors": [1]}, {"id": "did:example:other", "floors": [2]}])


@shape(contexts=_PASS_TERMS)
def names_in_several_languages(issuer: str) -> JSONObject:
    names: list[JSONValue] = [
        {"@value": "Library", "@language": "en-GB"},
        {"@value": "Biblioteca", "@language": "es"},
    ]
    description: JSONObject = {"@value": "Bibliothek", "@language": "de-at"}
    return _pass(issuer, {"id": "did:example:learner", "floors": [1]}, name=names, description=description)


@shape(contexts=_PASS_TERMS)
def names_with_directions(issuer: str) -> JSONObject:
    name: JSONObject = {"@value": "HTML و CSS", "@language": "ar", "@direction": "rtl"}
    description: JSONObject = {"@value": "No language", "@direction": "ltr"}
    return _pass(issuer, {"id": "did:example:learner", "floors": [1]}, name=name, description=description)


@shape(contexts=_PASS_TERMS)
def json_literal(issuer: str) -> JSONObject:
    details: JSONObject = {"b": [1, 2.5, None, True, {}], "a": "é\n", "": 1e21}
    return _pass(issuer, {"id": "did:example:learner", "details": details})
