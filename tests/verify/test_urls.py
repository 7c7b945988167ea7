"""Which URLs may be opened, and in which form."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from microcred.verify._answers import NoAnswerError
from microcred.verify._urls import Target, URLRules

STRICT = URLRules(allow_http=False, max_characters=2048)
LAX = URLRules(allow_http=True, max_characters=2048)


@pytest.mark.parametrize(
    ("url", "normal"),
    [
        ("https://example.com", "https://example.com/"),
        ("HTTPS://EXAMPLE.com:443/a/../b?c=d#e", "https://example.com/b?c=d"),
        ("https://example.com./x", "https://example.com/x"),
        ("https://müller.test/ü?ü", "https://xn--mller-kva.test/%C3%BC?%C3%BC"),
        ("https://MÜLLER.test/", "https://xn--mller-kva.test/"),
        ("https://example.com:8443/", "https://example.com:8443/"),
        ("https://under_score.example.com/", "https://under_score.example.com/"),
        ("https://8.8.8.8/", "https://8.8.8.8/"),
        ("https://[2606:4700::1111]:8443/", "https://[2606:4700::1111]:8443/"),
        ("https://localhost/", "https://localhost/"),
        ("https://example.com/a b", "https://example.com/a%20b"),
        ("https://a-1.example/" + "x" * 2000, "https://a-1.example/" + "x" * 2000),
    ],
)
def test_url_becomes_its_normal_form(url: str, normal: str) -> None:
    target = STRICT.target(url)
    assert target.url == normal
    assert STRICT.target(normal) == target


@pytest.mark.parametrize(
    "url",
    [
        *("", "x", "/x", "//example.com/", "https:", "https://", "https:///x", "https:example.com", "https://?x"),
        *("http://example.com/", "ftp://example.com/", "file:///etc/passwd", "data:,x", "did:web:example.com"),
        *("https://user@example.com/", "https://user:secret@example.com/", "https://example.com:80@example.org/"),
        *("https://example.com:22/", "https://example.com:25/", "https://example.com:80/", "https://example.com:0/"),
        *("https://example.com:65536/", "https://example.com:-1/", "https://example.com:x/", "https://[::1]x/"),
        *("https://2130706433/", "https://0x7f.1/", "https://127.1/", "https://0177.0.0.1/", "https://1.2.3.4.5/"),
        *(
            "https://0x7f000001/",
            "https://256.1.1.1/",
            "https://example.1/",
            "https://[fe80::1%25eth0]/",
            "https://[::",
        ),
        *("https://exa mple.com/", "https://ex%61mple.com/", "https://a..b/", "https://.a/", "https://-a.example/"),
        *("https://a\\b/", "https://a\nb/", "https://example.com/\r\nHost: x", "https://example.com/\x00"),
        *("https://\ud800/", "https://" + "a" * 64 + ".example/", "https://" + "a." * 127 + "example/", "https://*/"),
        *("https://example。com..", "https://example.com/" + "x" * 2048, "https://exam\u00adple.test/"),
    ],
)
def test_url_that_is_not_of_the_public_web_is_refused(url: str) -> None:
    with pytest.raises(NoAnswerError):
        STRICT.target(url)


def test_http_needs_permission() -> None:
    assert LAX.target("http://example.com/").port == 80
    assert LAX.target("http://example.com:8080/").url == "http://example.com:8080/"
    for url in ("http://example.com:443/", "ftp://example.com/"):
        with pytest.raises(NoAnswerError):
            LAX.target(url)


HERE = STRICT.target("https://example.com/a/b?c")


@pytest.mark.parametrize(
    ("location", "url"),
    [
        ("/x", "https://example.com/x"),
        ("x?y#z", "https://example.com/a/x?y"),
        ("//www.example.com/", "https://www.example.com/"),
        ("https://elsewhere.example/", "https://elsewhere.example/"),
        ("?d", "https://example.com/a/b?d"),
    ],
)
def test_redirect_is_relative_to_where_it_came_from(location: str, url: str) -> None:
    assert STRICT.redirect(HERE, location).url == url


@pytest.mark.parametrize(
    "location",
    [
        "",
        "http://example.com/",
        "ftp://example.com/",
        "https://u@example.com/",
        "https://a:22/",
        "/ü",
        "/" * 3000,
    ],
)
def test_redirect_is_held_to_the_same_rules(location: str) -> None:
    for rules in (STRICT, LAX):
        with pytest.raises(NoAnswerError):
            rules.redirect(HERE, location)


def test_redirect_may_lead_from_http_to_https() -> None:
    assert LAX.redirect(LAX.target("http://example.com/"), "https://example.com/").scheme == "https"


@given(
    st.one_of(
        st.text(), st.text().map("https://{}".format), st.text(alphabet="[]:%@/?#.\\0x1a-_ü").map("https://{}".format)
    )
)
def test_any_text_is_a_target_or_refused(text: str) -> None:
    try:
        target = STRICT.target(text)
    except NoAnswerError:
        return
    assert STRICT.target(target.url) == target
    assert target.url.isascii()
    assert target.url.isprintable()
    assert " " not in target.url


@given(st.text())
def test_any_location_is_a_target_or_refused(text: str) -> None:
    with suppress(NoAnswerError):
        assert isinstance(STRICT.redirect(HERE, text), Target)
