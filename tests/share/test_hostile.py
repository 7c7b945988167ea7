"""Damaged credentials: a document of ours or an error of the own tree, whatever is made of them."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from contextlib import suppress
from typing import get_args

from hypothesis import given
from hypothesis import strategies as st

import microcred as mc
from microcred.baking import draw_badge
from microcred.json import JSONObject
from microcred.share import certificate, linkedin_url
from microcred.share.certificates import Format
from tests.fuzz.mutations import damaged_json
from tests.share.samples import LONG, read_html, sample
from tests.strategies import full_badge


@given(st.one_of(damaged_json(sample()), damaged_json(full_badge())))
def test_damaged_documents_make_sound_pictures_or_errors(document: JSONObject) -> None:
    with suppress(mc.MicrocredError):
        ET.fromstring(draw_badge(document))
    with suppress(mc.MicrocredError):
        assert linkedin_url(document).url.isascii()
    with suppress(mc.MicrocredError):
        ET.fromstring(certificate(document, format="svg"))
        read_html(certificate(document))


def test_long_texts_cost_no_more_than_what_is_looked_at() -> None:
    endless = LONG * 20_000
    document = sample(endless, endless)
    document["issuer"] = {"id": f"did:x:{'a' * 1_000_000}", "type": ["Profile"]}
    document["credentialSubject"]["achievement"]["criteria"] = {"narrative": "[a](" * 100_000}  # type: ignore[index,call-overload]
    for kind in get_args(Format):
        assert len(certificate(document, name=endless, format=kind)) < 100_000
