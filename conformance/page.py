"""The known differences as tables, for docs/conformance.md: `python -m conformance.page` prints them."""

from __future__ import annotations

from conformance.differences import DIFFERENCES, OTHER

__all__ = ["table"]

_WORDS = {
    "ours issue": "microcred does not sign",
    "theirs issue": "they do not sign",
    "ours derive theirs": "microcred does not derive from theirs",
    "theirs derive ours": "they do not derive from ours",
    "theirs derive own": "they do not derive from their own",
    "ours verify theirs": "microcred refuses theirs",
    "theirs verify ours": "they refuse ours",
    "ours verify own": "microcred refuses what they derived from ours",
    "theirs verify own": "they refuse what was derived from theirs",
}


def table(peer: str) -> str:
    """Return the known differences with a peer as a Markdown table."""
    lines = ["| Formats | Shapes | What happens | Why |", "| --- | --- | --- | --- |"]
    for each in DIFFERENCES:
        names = [pattern.removeprefix(f"{peer} ") for pattern in each.rows if pattern.startswith((f"{peer} ", "*"))]
        if names:
            formats = ", ".join("all" if name == "*" else f"`{name}`" for name in names)
            shapes = ", ".join("all" if name == "*" else name.replace("*", "…") for name in each.shapes)
            happens = "; ".join(
                f"{'microcred' if step.startswith('ours') else 'they'} would read another number"
                if says == OTHER
                else _WORDS[step]
                for step, says in each.steps.items()
            )
            lines.append(f"| {formats} | {shapes} | {'; '.join(dict.fromkeys(happens.split('; ')))} | {each.why} |")
    return "\n".join(lines)


if __name__ == "__main__":
    for name in ("javascript", "openvc"):
        print(table(name), end="\n\n")
