"""Metadata policies: merging and applying them, by the standard's example and by vectors of others."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from microcred.json import JSONValue
from microcred.verify._metadata_policy import OPERATORS, PolicyError, apply, combine, sets
from tests.support import SHARED

VECTORS = SHARED / "vectors/openid-federation/metadata-policy-test-vectors-2025-02-13.json"


def plain(value: Any) -> Any:
    """Return a value with its lists sorted: the standard leaves their order open."""
    if isinstance(value, dict):
        return {name: plain(item) for name, item in value.items()}
    return sorted((plain(item) for item in value), key=json.dumps) if isinstance(value, list) else value


def once(value: Any) -> Any:
    """Return a value with each item of its lists once: to operators they are sets."""
    if isinstance(value, dict):
        return {name: once(item) for name, item in value.items()}
    return sorted({json.dumps(once(item)) for item in value}) if isinstance(value, list) else value


# OpenID Federation 1.0 §6.1.5
ANCHOR: Any = {
    "grant_types": {
        "default": ["authorization_code"],
        "subset_of": ["authorization_code", "refresh_token"],
        "superset_of": ["authorization_code"],
    },
    "token_endpoint_auth_method": {"one_of": ["private_key_jwt", "self_signed_tls_client_auth"], "essential": True},
    "token_endpoint_auth_signing_alg": {"one_of": ["PS256", "ES256"]},
    "subject_type": {"value": "pairwise"},
    "contacts": {"add": ["helpdesk@federation.example.org"]},
}
BETWEEN: Any = {
    "grant_types": {"subset_of": ["authorization_code"]},
    "token_endpoint_auth_method": {"one_of": ["self_signed_tls_client_auth"]},
    "contacts": {"add": ["helpdesk@org.example.org"]},
}


def test_the_example_of_the_standard() -> None:
    policy = combine([{"rp": ANCHOR}, {"rp": BETWEEN}])
    assert plain(policy["rp"]) == plain(
        {
            **ANCHOR,
            "grant_types": {
                "default": ["authorization_code"],
                "superset_of": ["authorization_code"],
                "subset_of": ["authorization_code"],
            },
            "token_endpoint_auth_method": {"one_of": ["self_signed_tls_client_auth"], "essential": True},
            "contacts": {"add": ["helpdesk@federation.example.org", "helpdesk@org.example.org"]},
        }
    )
    metadata: Any = {
        "redirect_uris": ["https://rp.example.org/callback"],
        "token_endpoint_auth_method": "self_signed_tls_client_auth",
        "contacts": ["rp_admins@rp.example.org"],
    }
    assert apply(policy, {"rp": metadata, "other": {"a": 1}}) == {
        "rp": {
            "redirect_uris": ["https://rp.example.org/callback"],
            "grant_types": ["authorization_code"],
            "token_endpoint_auth_method": "self_signed_tls_client_auth",
            "subject_type": "pairwise",
            "contacts": [
                "rp_admins@rp.example.org",
                "helpdesk@federation.example.org",
                "helpdesk@org.example.org",
            ],
        },
        "other": {"a": 1},
    }
    assert sets(policy, "rp", "subject_type")
    assert not sets(policy, "rp", "contacts")
    assert not sets(policy, "op", "subject_type")


@pytest.mark.parametrize(
    ("essential", "given_value", "expected"),
    [
        (True, ["a", "e"], ["a"]),
        (False, ["a", "e"], ["a"]),
        (True, ["d", "e"], []),
        (False, ["d", "e"], []),
        (True, None, PolicyError),
        (False, None, None),
    ],
)
def test_the_table_of_the_standard(essential: bool, given_value: Any, expected: Any) -> None:
    policy = combine([{"rp": {"p": {"essential": essential, "subset_of": ["a", "b", "c"]}}}])
    metadata: Any = {"rp": {} if given_value is None else {"p": given_value}}
    if expected is PolicyError:
        with pytest.raises(PolicyError):
            apply(policy, metadata)
        return
    assert apply(policy, metadata) == {"rp": {} if expected is None else {"p": expected}}


def test_the_vectors_of_connect2id() -> None:
    if not VECTORS.exists():
        pytest.skip("the vectors of Connect2id for metadata policies are not among the shared ones")
    cases = json.loads(VECTORS.read_text(encoding="utf-8"))
    assert len(cases) == 2019
    for case in cases:
        found, result = None, {}
        try:
            policy = combine([{"rp": case["TA"]}, {"rp": case["INT"]}])
            assert "merged" not in case or plain(policy.get("rp", {})) == plain(case["merged"]), case["n"]
            found = "invalid_metadata"
            result = apply(policy, {"rp": case["metadata"]})
            found = None
        except PolicyError:
            found = found or "invalid_policy"
        assert found == case.get("error"), case["n"]
        if found is None:
            assert plain(result["rp"]) == plain(case["resolved"]), case["n"]


def test_scope_is_a_list_of_words() -> None:
    policy = combine([{"rp": {"scope": {"subset_of": ["openid", "email"], "default": ["openid"]}}}])
    assert apply(policy, {"rp": {"scope": "email profile"}}) == {"rp": {"scope": "email"}}
    assert apply(policy, {"rp": {}}) == {"rp": {"scope": "openid"}}


def test_values_are_compared_as_json() -> None:
    policy = combine([{"rp": {"p": {"one_of": [1, {"a": 1, "b": [True]}]}}}])
    equal: list[JSONValue] = [1, 1.0, {"b": [True], "a": 1}]
    others: list[JSONValue] = [True, "1", {"b": [1], "a": 1}]
    for value in equal:
        assert apply(policy, {"rp": {"p": value}})
    for other in others:
        with pytest.raises(PolicyError):
            apply(policy, {"rp": {"p": other}})


@pytest.mark.parametrize(
    "policy",
    [
        *(None, [], "x", {"rp": None}, {"rp": {"p": "value"}}, {"rp": {"p": []}}),
        *({"rp": {"p": {"add": "a"}}}, {"rp": {"p": {"one_of": {}}}}, {"rp": {"p": {"essential": 1}}}),
        *({"rp": {"p": {"default": None}}}, {"rp": {"p": {"value": "a", "add": ["a"]}}}),
        *({"rp": {"p": {"one_of": ["a"], "subset_of": ["a"]}}}, {"rp": {"p": {"one_of": ["a"], "add": ["a"]}}}),
        *({"rp": {"p": {"value": 2**60, "one_of": [2**60]}}}),
        *({"rp": {"p": {"value": None, "essential": True}}}, {"rp": {"p": {"value": None, "default": 1}}}),
    ],
)
def test_what_is_no_policy_is_refused(policy: JSONValue) -> None:
    with pytest.raises(PolicyError):
        combine([policy])


def test_an_operator_that_is_not_known_is_ignored() -> None:
    policy: JSONValue = {"rp": {"p": {"regexp": "^a$", "value": "b"}}}
    assert combine([policy]) == {"rp": {"p": {"value": "b"}}}


_values = st.recursive(
    st.none() | st.booleans() | st.integers(0, 3) | st.sampled_from(["a", "b", "c"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("ab"), inner, max_size=2),
    max_leaves=4,
)
_lists = st.lists(st.sampled_from(["a", "b", "c"]), max_size=3)
_operators = st.dictionaries(st.sampled_from(OPERATORS), _values | _lists | st.booleans(), max_size=3)
_policies = st.fixed_dictionaries({"rp": st.fixed_dictionaries({"p": _operators})})


@given(_policies, _policies, _values)
def test_a_subordinate_cannot_loosen_what_a_superior_demands(superior: Any, subordinate: Any, value: Any) -> None:
    metadata: Any = {"rp": {} if value is None else {"p": value}}
    try:
        resolved = apply(combine([superior, subordinate]), metadata)
    except PolicyError:
        return
    # What is left complies with the policy of the superior alone: applied again, it changes nothing.
    alone = combine([superior])
    assert once(apply(alone, resolved)) == once(resolved)
