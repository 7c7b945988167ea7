"""The link to LinkedIn's form, parsed back by the standard library."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

import microcred as mc
from microcred.baking._texts import clean
from microcred.share import linkedin_url
from tests.make import KEY, v1_badge
from tests.share.samples import PAGE, sample, signed_sample


def query(url: str) -> dict[str, str]:
    parts = urlsplit(url)
    assert (parts.scheme, parts.netloc, parts.path) == ("https", "www.linkedin.com", "/profile/add")
    assert url.isascii()
    assert "+" not in parts.query
    found = parse_qs(parts.query, strict_parsing=True)
    assert all(len(values) == 1 for values in found.values())
    return {name: values[0] for name, values in found.items()}


def test_the_link_has_what_the_form_asks_for() -> None:
    link = linkedin_url(sample(validUntil="2029-12-31T23:59:59+02:00"), url=PAGE)
    assert str(link) == link.url
    assert query(link.url) == {
        "startTask": "CERTIFICATION_NAME",
        "name": "Rust 101",
        "organizationName": "Example University",
        "issueYear": "2026",
        "issueMonth": "5",
        "expirationYear": "2029",
        "expirationMonth": "12",
        "certUrl": PAGE,
        "certId": "urn:uuid:0c1f4d0c-9f4a-4b0c-8b5e-0d9b1a1f2c3d",
    }
    assert dict(link.fields) == {
        "Name": "Rust 101",
        "Issuing organization": "Example University",
        "Issue date": "May 2026",
        "Expiration date": "December 2029",
        "Credential ID": "urn:uuid:0c1f4d0c-9f4a-4b0c-8b5e-0d9b1a1f2c3d",
        "Credential URL": PAGE,
    }


def test_what_is_not_known_is_left_out() -> None:
    found = query(linkedin_url({**sample(), "issuer": KEY.did}).url)
    assert set(found) == {"startTask", "name", "issueYear", "issueMonth", "certId"}


def test_the_number_of_the_issuers_page_stands_for_its_name() -> None:
    found = query(linkedin_url(sample(), organization_id=1337).url)
    assert found["organizationId"] == "1337"
    assert "organizationName" not in found


def test_an_id_that_is_a_page_is_the_page() -> None:
    assert query(linkedin_url(sample(id=PAGE)).url)["certUrl"] == PAGE
    for other in ("javascript:alert(1)", "http://example.edu/1", "https://example.edu@evil.example/", "urn:x:1"):
        assert "certUrl" not in query(linkedin_url(sample(id=other)).url)


def test_the_day_of_the_award_counts_if_it_is_another() -> None:
    assert query(linkedin_url(sample(awardedDate="2025-12-31T23:00:00-05:00")).url)["issueYear"] == "2025"


@pytest.mark.parametrize("url", ["javascript:alert(1)", "example.edu/1", "https://example.edu/é", "https:// x", ""])
def test_a_page_that_is_no_plain_url_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="https://"):
        linkedin_url(sample(), url=url)


def test_every_form_of_a_credential_is_taken() -> None:
    document = signed_sample()
    expected = linkedin_url(document).url
    token = mc.sign_jwt({name: value for name, value in document.items() if name != "proof"}, KEY)
    for form in (mc.parse(document), mc.parse(document).model_dump_json(), token, mc.bake(mc_badge(), document)):
        assert linkedin_url(form).url == expected
    assert query(linkedin_url(v1_badge()).url)["issueYear"] == "2026"


def mc_badge() -> bytes:
    return b'<svg xmlns="http://www.w3.org/2000/svg"/>'


def test_what_is_no_credential_is_refused() -> None:
    for document in ({"type": "Profile", "id": "urn:x"}, {}, sample(title="\u202e")):
        with pytest.raises(mc.DocumentError):
            linkedin_url(document)


@given(st.text(max_size=300), st.text(max_size=300))
def test_names_come_back_as_they_were(title: str, issuer: str) -> None:
    if not clean(title):
        return
    found = query(linkedin_url(sample(title, issuer)).url)
    assert found["name"] == clean(title)
    assert found.get("organizationName", "") == clean(issuer)
