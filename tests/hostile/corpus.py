"""How the cases are written and read: one JSON file for each family, one line for each case."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

JSON: TypeAlias = dict[str, Any]
CASES = Path(__file__).parent / "cases"


@dataclass
class Family:
    """Cases of one kind."""

    name: str
    title: str
    standard: str
    """What the cases are judged by that do not say it themselves."""
    ask: JSON = field(default_factory=dict)
    """What a verifier is told, where a case says nothing else."""
    cases: list[JSON] = field(default_factory=list)

    def good(self, name: str, why: str, given: Any, **more: Any) -> None:
        """Add a case that verifies."""
        self._add(name, why, given, {"outcome": "verified"}, control=None, **more)

    def bad(self, name: str, why: str, given: Any, expected: str, **more: Any) -> None:
        """Add a case that is refused; ``expected`` is a check and its code, with a space between."""
        self._add(name, why, given, _expected("refused", expected), **more)

    def unsure(self, name: str, why: str, given: Any, expected: str, **more: Any) -> None:
        """Add a case that cannot be judged, and therefore does not verify."""
        self._add(name, why, given, _expected("indeterminate", expected), **more)

    def _add(
        self,
        name: str,
        why: str,
        given: Any,
        expected: JSON,
        *,
        control: str | None = "control",
        standard: str | None = None,
        kind: str = "credential",
        web: Mapping[str, Any] | None = None,
        never: list[str] | None = None,
        **ask: Any,
    ) -> None:
        case: JSON = {"id": f"{self.name}/{name}", "why": why, "standard": standard or self.standard}
        if control is not None:
            case["control"] = f"{self.name}/{control}"
        if kind != "credential":
            case["kind"] = kind
        case["input"] = _content(given)
        if web:
            case["web"] = {url: page if isinstance(page, Page) else Page(page) for url, page in web.items()}
            case["web"] = {url: page.written() for url, page in case["web"].items()}
        if ask:
            case["ask"] = ask
        case["expect"] = expected
        if never:
            case["neverFetched"] = never
        self.cases.append(case)

    def written(self) -> str:
        """Return the file."""
        whole = {case["id"]: dict(case) for case in self.cases}
        for case in self.cases:
            # Most cases differ from their control in one thing only.
            for name in ("input", "web"):
                base = whole.get(case.get("control", self.cases[0]["id"]), case)
                if name in case and name in base and base["id"] != case["id"]:
                    case[name] = _shorter(base[name], case[name], base["id"])
        first = {"family": self.name, "title": self.title, "ask": self.ask}
        head = json.dumps(first, ensure_ascii=True)[:-1]
        return head + ', "cases": [\n' + ",\n".join(json.dumps(case) for case in self.cases) + "\n]}\n"


class Page:
    """What a server answers."""

    def __init__(self, content: Any = None, *, status: int = 200, media_type: str | None = None) -> None:
        self._page: JSON = {} if status == 200 else {"status": status}
        self._page |= {} if media_type is None else {"type": media_type}
        self._page |= {} if content is None else _content(content)

    def written(self) -> JSON:
        """Return it as it stands in a case."""
        return self._page


class Parts(list[Any]):
    """Text in parts: each is text, or what is repeated and how often, in that order."""


def _content(value: Any) -> JSON:
    if isinstance(value, Parts):
        return {"parts": [part if isinstance(part, str) else {"repeat": part[0], "times": part[1]} for part in value]}
    if isinstance(value, bytes):
        return {"base64": base64.b64encode(value).decode()}
    return {"text": value} if isinstance(value, str) else {"json": value}


def _shorter(base: Any, value: Any, name: str) -> Any:
    """Return a value as a change of another, where that is shorter and says the same."""
    if not (isinstance(base, dict) and isinstance(value, dict)):
        return value
    patch = _difference(base, value)
    written = {"like": name, "merge": patch} if patch else {"like": name}
    shorter = len(json.dumps(written)) < 0.8 * len(json.dumps(value))
    return written if shorter and _text(merged(base, patch)) == _text(value) else value


def _difference(base: JSON, value: JSON) -> JSON:
    patch: JSON = dict.fromkeys(base.keys() - value.keys())
    for name, item in value.items():
        other = base.get(name)
        if name in base and _text(other) == _text(item):
            continue
        both = isinstance(item, dict) and isinstance(other, dict)
        patch[name] = _difference(other, item) if both and isinstance(other, dict) else item
    return dict(sorted(patch.items()))


def _text(value: Any) -> str:
    return json.dumps(value, sort_keys=True)


def _expected(outcome: str, text: str) -> JSON:
    check, code = text.split()
    return {"outcome": outcome, "check": check, "code": code}


# Reading, as another library would do it


def families() -> Iterator[JSON]:
    """Return the families of the corpus, save those about the network."""
    for path in sorted(CASES.glob("*.json")):
        found = json.loads(path.read_text(encoding="utf-8"))
        if "cases" in found:
            yield found


def cases() -> Iterator[JSON]:
    """Return all cases, each with what its family asks."""
    for family in families():
        yield from cases_of(family)


def cases_of(family: JSON) -> Iterator[JSON]:
    """Return the cases of one family."""
    by_id = {case["id"]: case for case in family["cases"]}

    def whole(case: JSON, name: str) -> Any:
        value = case[name]
        return merged(whole(by_id[value["like"]], name), value.get("merge", {})) if "like" in value else value

    for case in family["cases"]:
        parts = {name: whole(case, name) for name in ("input", "web") if name in case}
        yield {**case, "ask": {**family["ask"], **case.get("ask", {})}, **parts}


def merged(target: Any, patch: Any) -> Any:
    """Apply a JSON Merge Patch (RFC 7396 §2)."""
    if not isinstance(patch, dict):
        return patch
    result = dict(target) if isinstance(target, dict) else {}
    for name, value in patch.items():
        if value is None:
            result.pop(name, None)
        else:
            result[name] = merged(result.get(name), value)
    return result


def content_of(given: JSON) -> JSON | str | bytes:
    """Return a document or page as it comes in."""
    if "json" in given:
        document: JSON = given["json"]
        return document
    if "base64" in given:
        return base64.b64decode(given["base64"])
    if "parts" in given:
        return "".join(part if isinstance(part, str) else part["repeat"] * part["times"] for part in given["parts"])
    return str(given["text"])
