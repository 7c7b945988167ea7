"""Credentials to be shared, and what browsers make of HTML."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from typing import cast

import html5lib

import microcred as mc
from microcred.json import JSONObject
from tests.make import KEY, badge

PAGE = "https://credentials.example.edu/verify/0c1f4d0c"
SVG = "{http://www.w3.org/2000/svg}"
LONG = "Master of Science in Sustainable Hydrological Engineering and Interdisciplinary Resource Management"


def sample(title: str = "Rust 101", issuer: str = "Example University", **changes: object) -> JSONObject:
    """Return a badge with names. It has a proof, which is not sound: nothing here looks at it."""
    document = cast(JSONObject, json.loads(json.dumps(badge())))
    document["issuer"]["name"] = issuer  # type: ignore[index,call-overload]
    document["credentialSubject"]["achievement"]["name"] = title  # type: ignore[index,call-overload]
    return {**document, "proof": {"type": "DataIntegrityProof"}, **changes}  # type: ignore[dict-item]


def signed_sample(**changes: object) -> JSONObject:
    """Return a badge with a sound proof."""
    return mc.sign(badge(KEY.did, **changes), KEY)


def read_html(data: bytes) -> ET.Element:
    """Read a page as browsers do, but refuse what they would only mend."""
    parser = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False)
    return cast(ET.Element, parser.parse(data.decode()))


def text_of(element: ET.Element | None) -> str:
    """Return the text in an element."""
    assert element is not None
    return "".join(element.itertext())
