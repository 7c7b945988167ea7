"""Every shape through every format, in both directions: what one signs, the other verifies."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from conformance.conftest import FIGURE
from conformance.differences import DIFFERENCES, expected
from conformance.parties import Party, Secured
from conformance.peers import Peer, Refusal
from conformance.rows import ROWS, Route, Row, key_of, labels
from conformance.shapes import SHAPES, Shape
from microcred.json import JSONValue

Record = Callable[[str, object], None]


def cases() -> list[object]:
    """Return each shape in each format."""
    return [
        pytest.param(row, shape, id=f"{row.peer} {row.name}: {shape.name}")
        for row in ROWS
        for shape in SHAPES.values()
        if row.takes(shape)
    ]


def is_part(part: JSONValue, whole: JSONValue) -> bool:
    """Tell whether all that is in one value is in another; a lone value is an array of one."""
    if isinstance(part, list) or isinstance(whole, list):
        parts, wholes = as_list(part), as_list(whole)
        return all(any(is_part(each, other) for other in wholes) for each in parts)
    if isinstance(part, dict):
        # openvc-core labels objects without an id.
        names = [name for name, value in part.items() if name != "id" or not str(value).startswith("_:")]
        return isinstance(whole, dict) and all(name in whole and is_part(part[name], whole[name]) for name in names)
    return part == whole


def as_list(value: JSONValue) -> list[JSONValue]:
    return value if isinstance(value, list) else [value]


def travel(row: Row, shape: Shape, route: Route, peer: Peer) -> tuple[str, str] | None:
    """Send a document along a route; return which step went wrong, and what was said."""
    key = key_of(row.kind)
    parties: dict[str, Party] = {"ours": row.ours(key), "theirs": row.theirs(peer, key)}
    document = row.document(shape, key.did)
    value: Secured = document
    for (who, what), label in zip(route, labels(route), strict=True):
        act: Callable[[Secured, Shape], Secured] = getattr(parties[who], what)
        try:
            value = act(value, shape)
        except Refusal as refusal:
            return label, str(refusal)
    assert isinstance(value, dict)
    # Contexts may be added when signing.
    read = {**value, "@context": document["@context"]}
    same = read == document if row.is_whole else is_part(read, document)
    return None if same else (label, "reads something else")


@pytest.mark.parametrize(("row", "shape"), cases())
def test_what_one_signs_the_other_verifies(
    row: Row, shape: Shape, request: pytest.FixtureRequest, record_property: Record
) -> None:
    peer: Peer = request.getfixturevalue(row.peer)
    for route in row.routes:
        known = expected(row, shape, route)
        found = travel(row, shape, route, peer)
        way = " → ".join(who for who, _ in route)
        if known is None:
            assert found is None, way
        else:
            step, says, difference = known
            assert found is not None, f"{way}: no difference any more: {difference.why}"
            assert found[0] == step, f"{way}: {found}"
            assert says in found[1], f"{way}: {found}"
        record_property(FIGURE, (f"{row.peer} {row.name}", way if known is None else "known to differ"))


def test_every_known_difference_is_one_of_some_way() -> None:
    used = {
        id(known[2])
        for row in ROWS
        for shape in SHAPES.values()
        for route in row.routes
        if row.takes(shape) and (known := expected(row, shape, route)) is not None
    }
    # The rows of what is not there yet are left out.
    there = [each for each in DIFFERENCES if any(each.is_of(row) for row in ROWS)]
    assert [each.why for each in there if id(each) not in used] == []
