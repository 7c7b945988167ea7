"""Feed the parsers what leads them into code that they have not been in yet, by atheris.

    pip install atheris
    python fuzz/parsers.py sd-jwt -max_total_time=600

The first argument is one of the names at the end; all others are those of libFuzzer, such as a folder of samples. An
exception that is not of the own tree, and a value that cannot be written again as it was, end the run.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime

import atheris  # type: ignore[import-not-found,unused-ignore] # not a dependency

with atheris.instrument_imports(include=["microcred"]):
    import microcred as mc
    from microcred import encoding
    from microcred.errors import MicrocredError
    from microcred.json import dumps, loads
    from microcred.models import DateTime
    from microcred.signing._cbor import Reader, write
    from microcred.signing.cose import decode_cose
    from microcred.signing.jose import decode_jwt
    from microcred.signing.sd_jwt import decode_sd_jwt
    from microcred.status import decode_bits, encode_bits
    from microcred.verify.did_methods import did_web_url
    from microcred.verify.report import CHECKS

AT = datetime(2026, 6, 1, tzinfo=UTC)
VERIFIER = mc.Verifier(trusted_issuers=mc.ANY_ISSUER)


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")


def _json(data: bytes) -> None:
    value = loads(data)
    assert dumps(loads(dumps(value))) == dumps(value)


def _multikey(data: bytes) -> None:
    key = mc.PublicKey.from_multikey(_text(data))
    assert key.multikey == _text(data)


def _cbor(data: bytes) -> None:
    with suppress(ValueError):
        assert len(write(Reader(data).only_value())) == len(data)
    with suppress(ValueError):
        Reader(data, cose=True).only_value()


def _base(data: bytes) -> None:
    with suppress(ValueError):
        assert encoding.base58_encode(encoding.base58_decode(_text(data))) == _text(data)
    with suppress(ValueError):
        assert encoding.base64url_encode(encoding.base64url_decode(_text(data))) == _text(data)


def _date(data: bytes) -> None:
    with suppress(ValueError):
        assert DateTime.parse(_text(data)).lexical == _text(data)


def _bits(data: bytes) -> None:
    bits = decode_bits("u" + encoding.base64url_encode(data), limits=mc.Limits(max_status_list_bytes=4096))
    assert decode_bits(encode_bits(bits)) == bits


def _check(data: bytes) -> None:
    assert [check.name for check in VERIFIER.check(data, at=AT)] == list(CHECKS)


PARSERS: dict[str, Callable[[bytes], object]] = {
    "base": _base,
    "bits": _bits,
    "cbor": _cbor,
    "check": _check,
    "cose": lambda data: decode_cose(b"\xd2\x84" + data),
    "date": _date,
    "did": lambda data: mc.PublicKey.from_did(_text(data)),
    "did-web": lambda data: did_web_url("did:web:" + _text(data)),
    "json": _json,
    "jwt": decode_jwt,
    "multikey": _multikey,
    "sd-jwt": decode_sd_jwt,
}


def main() -> None:
    """Run one parser until libFuzzer has enough."""
    parser = PARSERS[sys.argv.pop(1)]

    def once(data: bytes) -> None:
        with suppress(MicrocredError):
            parser(data)

    atheris.Setup(sys.argv, once)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
