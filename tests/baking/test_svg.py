"""SVG, with ElementTree as the one who looks at the pictures."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import microcred as mc
from tests.baking.pictures import SVG
from tests.make import AT, KEY, badge, signed

TEXT = json.dumps(signed())
TOKEN = mc.sign_jwt(badge(), KEY)
OB = "https://purl.imsglobal.org/ob/v3p0"
START = b'<svg xmlns="http://www.w3.org/2000/svg"'

DRAWINGS = {
    "plain": SVG,
    "with a declaration": b'<?xml version="1.0" encoding="UTF-8"?>\n' + SVG,
    "with a mark": b"\xef\xbb\xbf" + SVG,
    "with a document type": b'<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/x.dtd">\n' + SVG,
    "empty": START + b"/>",
    "empty, with a space": START + b" />",
    "a comment before": b"<!-- <svg> -->" + SVG,
    "more-than signs and quotes in a value": START
    + b""" data-a="x>y'" data-b='<"'>""".replace(b"<", b"&lt;")
    + b"</svg>",
    "over lines": START + b'\n   width="5"\n>\n <g/>\n</svg\n>\n',
    "with a prefix": b'<s:svg xmlns:s="http://www.w3.org/2000/svg"><s:g/></s:svg>',
    "empty, with a prefix": b'<s:svg xmlns:s="http://www.w3.org/2000/svg"/>',
    "declares the namespace": START + b' xmlns:openbadges="https://purl.imsglobal.org/ob/v3p0"><g/></svg>',
    "declares the prefix for something else": START + b' xmlns:openbadges="http://openbadges.org"><g/></svg>',
    "letters beyond ASCII": START + "><text>Prüfung — 試験 🎓</text></svg>".encode(),
    "an old assertion": START + b' xmlns:o="http://openbadges.org"><o:assertion verify="https://x.example/1"/></svg>',
}


def shown(image: bytes) -> str:
    """Return what of a drawing is no credential, in canonical XML, without the namespaces that nobody uses."""
    root = ET.fromstring(image)
    for child in [each for each in root if each.tag == f"{{{OB}}}credential"]:
        assert root[0] is child, "the credential must stand directly after the start tag"
        root.text = (root.text or "") + (child.tail or "")
        root.remove(child)
    return ET.canonicalize(ET.tostring(root, encoding="unicode"))


@pytest.mark.parametrize("text", [TEXT, TOKEN], ids=["JSON", "a token"])
@pytest.mark.parametrize("name", DRAWINGS)
def test_the_credential_stands_in_its_element_and_all_else_stays(name: str, text: str) -> None:
    image = DRAWINGS[name]
    baked = mc.bake(image, text)
    (element,) = ET.fromstring(baked).iter(f"{{{OB}}}credential")
    found = element.get("verify") or str(element.text)
    assert (found if text is TOKEN else json.loads(found)) == (text if text is TOKEN else json.loads(text))
    assert (element.get("verify") is None) == (text is TEXT)
    assert shown(baked) == shown(image)
    assert mc.unbake(baked) == text
    assert mc.bake(baked, text, replace=True).count(b":credential") == baked.count(b":credential")


def test_other_bytes_stay_as_they_are() -> None:
    baked = mc.bake(SVG, TOKEN)
    head, tail = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 10 10"', b'<circle r="5"/></svg>'
    assert baked == head + f' xmlns:openbadges="{OB}">'.encode() + (
        f'<openbadges:credential verify="{TOKEN}"/>'.encode() + tail
    )


def test_letters_that_xml_does_not_have_survive() -> None:
    document = signed(name="]]> & < \ufffe \uffff ]]>]]>")
    assert json.loads(mc.unbake(mc.bake(SVG, document))) == document


# After the quote in front of its first name, this could go on as XML.
BREAKS_OUT = json.dumps({"' onload='alert(1)' x='": 1, "proof": {}, "y": "' z="}).replace(": ", ":")


@pytest.mark.parametrize("text", [TEXT, BREAKS_OUT.replace("{}", '{"a":1}')], ids=["badge", "breaks out"])
@pytest.mark.parametrize("before", ["\ufeff", " \n\ufeff", "\ufeff\n "])
def test_a_byte_order_mark_in_front_opens_no_way_out_of_the_element(before: str, text: str) -> None:
    for source in (before + text, (before + text).encode()):
        image = mc.bake(SVG, source)
        root = ET.fromstring(image)
        [found] = [each for each in root if each.tag == f"{{{OB}}}credential"]
        assert (found.attrib, root.attrib) == ({}, ET.fromstring(SVG).attrib)
        assert json.loads(mc.unbake(image)) == json.loads(text)


def test_a_baked_drawing_is_refused_or_baked_anew() -> None:
    baked = mc.bake(SVG, TEXT)
    with pytest.raises(mc.BakingError):
        mc.bake(baked, TOKEN)
    assert mc.unbake(mc.bake(baked, TOKEN, replace=True)) == TOKEN
    twice = (
        START + f' xmlns:a="{OB}"><a:credential verify="{TOKEN}"/><g><a:credential>x</a:credential></g></svg>'.encode()
    )
    again = mc.bake(twice, TEXT, replace=True)
    assert again.count(b"credential>") == TEXT.count("credential>") + 2 == 2
    assert mc.unbake(again) == TEXT


def test_a_verifier_takes_the_drawing_as_bytes_and_as_text() -> None:
    baked = mc.bake(SVG, signed())
    verifier = mc.Verifier(trusted_issuers={KEY.did})
    assert verifier.check(baked, at=AT)
    assert verifier.check(baked.decode(), at=AT)
    assert verifier.check("\ufeff\n" + baked.decode(), at=AT)
    assert not verifier.check(baked.replace(b"Rust 101", b"Rust 102"), at=AT)


def test_the_namespace_counts_and_not_the_prefix() -> None:
    other = START + f' xmlns:x="{OB}"><g><x:credential verify=" {TOKEN} "></x:credential></g></svg>'.encode()
    assert mc.unbake(other) == TOKEN
    with pytest.raises(mc.BakingError):
        mc.unbake(other.replace(OB.encode(), b"https://example.com/"))


def test_a_record_has_a_namespace_of_its_own() -> None:
    document = signed()
    document["type"] = ["VerifiableCredential", "ClrCredential"]
    baked = mc.bake(SVG, document)
    assert b'xmlns:clr="https://purl.imsglobal.org/clr/v2p0"><clr:credential>' in baked
    assert json.loads(mc.unbake(baked)) == document


def element(inside: str) -> bytes:
    return START + f' xmlns:openbadges="{OB}"><openbadges:credential>{inside}</openbadges:credential></svg>'.encode()


LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10 if n else "ha"}">' for n in range(10))
HOSTILE = {
    "nothing in it": SVG,
    "an assertion of Open Badges 2.0": DRAWINGS["an old assertion"],
    "billion laughs": f"<!DOCTYPE svg [{LAUGHS}]>".encode() + element("&l9;"),
    "one harmless entity": b'<!DOCTYPE svg [<!ENTITY a "b">]>' + element(TEXT),
    "a file of the reader": b'<!DOCTYPE svg [<!ENTITY x SYSTEM "file:///etc/passwd">]>' + element("&x;"),
    "a file through a parameter": b'<!DOCTYPE svg [<!ENTITY % x SYSTEM "http://127.0.0.1/">%x;]>' + element(TEXT),
    "a parameter that nobody declared": b'<!DOCTYPE svg SYSTEM "x.dtd" [%x;]>' + element("&y;"),
    "an entity that nobody declared": b'<!DOCTYPE svg SYSTEM "x.dtd">' + element("&x;"),
    "a picture that is an entity": b'<!DOCTYPE svg [<!NOTATION n SYSTEM "n"><!ENTITY x SYSTEM "x" NDATA n>]>'
    + element(TEXT),
    "deep": element(TEXT).replace(b"</svg>", b"<g>" * 100_000 + b"</g>" * 100_000 + b"</svg>"),
    "many": START + f' xmlns:o="{OB}">'.encode() + b'<o:credential verify="x"/>' * 10_000 + b"</svg>",
    "more than a document": element("x" * (4 * 1024 * 1024 + 1)),
    "cut off": element(TEXT)[:-9],
    "two roots": element(TEXT) + SVG,
    "no SVG": element(TEXT).replace(b"svg", b"xml"),
    "HTML": b"<!DOCTYPE html><html><body>hi</body></html>",
    "empty element": element(" "),
    "an encoding that nobody knows": b'<?xml version="1.0" encoding="x-klingon"?>' + element(TEXT),
    "marked UTF-16, and none": b"\xff\xfe" + element(TEXT),
    "a NUL": element("\0" + TEXT),
    "too large": SVG + b" " * (17 * 1024 * 1024),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_drawings_are_refused(name: str) -> None:
    with pytest.raises(mc.BakingError):
        mc.unbake(HOSTILE[name])
    report = mc.Verifier(trusted_issuers={KEY.did}).check(HOSTILE[name], at=AT)
    assert report["proof"].code == "PARSING_ERROR"


def test_drawings_in_utf_16_are_read_and_not_written() -> None:
    wide = element(TEXT).decode().encode("utf-16")
    assert mc.unbake(wide) == TEXT
    with pytest.raises(mc.BakingError):
        mc.bake(SVG.decode().encode("utf-16"), TEXT)
    with pytest.raises(mc.BakingError):
        mc.bake(b'<?xml version="1.0" encoding="ISO-8859-1"?>' + SVG, TEXT)


@settings(max_examples=500)
@given(at=st.integers(0, 10**6), junk=st.binary(max_size=3), cut=st.integers(0, 5))
def test_damage_anywhere_ends_in_our_own_errors(at: int, junk: bytes, cut: int) -> None:
    baked = mc.bake(DRAWINGS["with a document type"], TEXT)
    place = at % len(baked)
    damaged = baked[:place] + junk + baked[place + cut :]
    try:
        assert isinstance(mc.unbake(damaged), str)
        mc.unbake(mc.bake(damaged, TOKEN, replace=True))
    except mc.BakingError:
        assert damaged != baked
