"""How long an answer holds, by RFC 9111, and what is remembered."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from microcred.limits import Limits
from microcred.verify._answers import Answer
from microcred.verify._http_cache import Memory, keep, retry_after

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
LIMITS = Limits(max_cache_seconds=3600)
DEFAULT = 300


def seconds_fresh(headers: dict[str, str], status: int = 200) -> int | None:
    """Return for how long an answer is fresh, or None if it is not stored."""
    kept, storable = keep(Answer(status, headers), NOW, LIMITS)
    return int((kept.fresh_until - NOW).total_seconds()) if storable else None


@pytest.mark.parametrize(
    ("headers", "fresh"),
    [
        ({}, DEFAULT),
        ({"cache-control": "max-age=60"}, 60),
        ({"cache-control": "MAX-AGE=60"}, 60),
        ({"cache-control": 'max-age="60"'}, 60),
        ({"cache-control": "public, max-age=60, must-revalidate"}, 60),
        ({"cache-control": "private,max-age=60"}, 60),
        ({"cache-control": "max-age=60, max-age=600"}, 60),
        ({"cache-control": "s-maxage=600, max-age=60"}, 60),
        ({"cache-control": 'ext="max-age=600", max-age=60'}, 60),
        ({"cache-control": "s-maxage=60"}, DEFAULT),
        ({"cache-control": "must-revalidate"}, DEFAULT),
        ({"cache-control": "max-age=86400"}, 3600),
        ({"cache-control": "max-age=" + "9" * 1000}, 3600),
        ({"cache-control": "max-age=60", "age": "20"}, 40),
        ({"cache-control": "max-age=86400", "age": "3000"}, 600),
        ({"cache-control": "max-age=60", "age": "60"}, None),
        ({"cache-control": "max-age=60", "age": "x"}, 60),
        ({"cache-control": "max-age=0"}, None),
        ({"cache-control": "max-age=-1"}, None),
        ({"cache-control": "max-age"}, None),
        ({"cache-control": "max-age=1.5"}, None),
        ({"cache-control": "max-age=x"}, None),
        ({"cache-control": "no-cache, max-age=60"}, None),
        ({"cache-control": 'no-cache="set-cookie"'}, None),
        ({"cache-control": "no-cache", "etag": '"1"'}, 0),
        ({"cache-control": "max-age=0", "last-modified": "Fri, 01 May 2026 11:00:00 GMT"}, 0),
        ({"cache-control": "no-store"}, None),
        ({"cache-control": "no-store, max-age=60", "etag": '"1"'}, None),
        ({"cache-control": "max-age=60", "vary": "*"}, None),
        ({"cache-control": "max-age=60", "vary": "Accept, Accept-Encoding"}, 60),
        ({"expires": "Fri, 01 May 2026 12:01:00 GMT"}, 60),
        ({"expires": "Fri, 01 May 2026 12:01:00 GMT", "date": "Fri, 01 May 2026 12:00:30 GMT"}, 30),
        ({"expires": "Fri, 01 May 2026 12:01:00 GMT", "cache-control": "max-age=5"}, 5),
        ({"expires": "Fri, 01 May 2026 12:01:00 GMT", "date": "soon"}, 60),
        ({"expires": "Sat, 01 Jan 2050 00:00:00 GMT"}, 3600),
        ({"expires": "Fri, 01 May 2026 11:00:00 GMT"}, None),
        ({"expires": "0"}, None),
        ({"expires": "-1", "etag": '"1"'}, 0),
    ],
)
def test_freshness_is_what_the_server_says_up_to_a_ceiling(headers: dict[str, str], fresh: int | None) -> None:
    assert seconds_fresh(headers) == fresh


@pytest.mark.parametrize(("status", "fresh"), [(301, DEFAULT), (308, DEFAULT), (302, None), (303, None), (307, None)])
def test_redirect_for_now_is_kept_only_if_the_server_says_so(status: int, fresh: int | None) -> None:
    assert seconds_fresh({}, status) == fresh
    assert seconds_fresh({"cache-control": "max-age=60"}, status) == 60
    assert seconds_fresh({"cache-control": "no-store"}, status) is None


def test_fresh_is_bound_to_the_clock_and_to_who_asks() -> None:
    kept, _ = keep(Answer(200, {"cache-control": "max-age=60", "age": "20"}), NOW, LIMITS)
    assert kept.generated_at == NOW - timedelta(seconds=20)
    assert kept.is_fresh(NOW, None)
    assert kept.is_fresh(NOW + timedelta(seconds=39), None)
    assert not kept.is_fresh(NOW + timedelta(seconds=40), None)
    assert not kept.is_fresh(NOW - timedelta(seconds=1), None), "the clock was set back"
    assert kept.is_fresh(NOW, timedelta(seconds=21))
    assert not kept.is_fresh(NOW, timedelta(seconds=20))
    fresh, _ = keep(Answer(200, {}), NOW, LIMITS)
    assert not fresh.is_fresh(NOW, timedelta(0)), "not even in the same moment"


def test_confirmed_answer_has_the_new_headers_and_the_old_body() -> None:
    old = Answer(
        200, {"etag": '"1"', "age": "50", "cache-control": "max-age=60", "content-type": "text/plain"}, b"body"
    )
    kept, _ = keep(old, NOW, LIMITS)
    assert kept.conditions == {"If-None-Match": '"1"'}
    new = kept.confirmed(
        {"etag": '"2"', "cache-control": "max-age=5", "content-type": "text/html", "content-length": "0"}
    )
    assert new == Answer(200, {"etag": '"2"', "cache-control": "max-age=5", "content-type": "text/plain"}, b"body")


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("120", 120), (" 5 ", 5), ("0", 0), ("Fri, 01 May 2026 12:01:00 GMT", 60), ("Fri, 01 May 2026 11:00:00 GMT", 0)],
)
def test_retry_after_is_seconds_or_a_date(text: str, seconds: int) -> None:
    assert retry_after({"retry-after": text}, NOW) == timedelta(seconds=seconds)


@pytest.mark.parametrize("text", ["", "-5", "soon", "1e3", "5 minutes"])
def test_retry_after_that_is_neither_says_nothing(text: str) -> None:
    assert retry_after({"retry-after": text}, NOW) is None


DATES = st.sampled_from(
    ["Fri, 01 May 2026 12:01:00 GMT", "Mon, 99 Foo 20000 99:99:99 +9999", "31 Dec 9999 23:59:59 -2359"]
)
VALUES = st.one_of(st.text(alphabet=st.characters(max_codepoint=255)), DATES, st.text(alphabet='max-age=0123"9,= '))


@given(
    st.dictionaries(st.sampled_from(["cache-control", "age", "expires", "date", "vary", "retry-after", "etag"]), VALUES)
)
def test_any_headers_are_read(headers: dict[str, str]) -> None:
    kept, storable = keep(Answer(200, headers), NOW, LIMITS)
    assert NOW <= kept.fresh_until <= NOW + timedelta(hours=1)
    assert kept.generated_at <= kept.received_at == NOW
    assert isinstance(storable, bool)
    after = retry_after(headers, NOW)
    assert after is None or after >= timedelta(0)


def test_memory_forgets_what_was_not_asked_for_the_longest() -> None:
    memory: Memory[str, int] = Memory(max_entries=2, max_bytes=100)
    memory.put("a", 1, 10)
    memory.put("b", 2, 10)
    assert memory.get("a") == 1
    memory.put("c", 3, 10)
    assert [memory.get(key) for key in "abc"] == [1, None, 3]


def test_memory_is_bounded_by_bytes() -> None:
    memory: Memory[str, int] = Memory(max_entries=100, max_bytes=100)
    memory.put("a", 1, 60)
    memory.put("b", 2, 60)
    assert [memory.get(key) for key in "ab"] == [None, 2]
    memory.put("b", 3, 101)
    assert memory.get("b") is None, "what is too large replaces nothing, and is not kept"
    memory.put("c", 4, 100)
    memory.drop("c")
    memory.drop("c")
    memory.put("d", 5, 100)
    assert memory.get("d") == 5
