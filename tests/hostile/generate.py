"""Write the cases: ``python -m tests.hostile.generate``. Keys, dates and everything else are fixed."""

from __future__ import annotations

from collections.abc import Iterator

from tests.hostile import families
from tests.hostile.corpus import CASES


def files() -> Iterator[tuple[str, str]]:
    """Return the name and the text of each file."""
    for family in families.every():
        yield f"{family.name}.json", family.written()


def main() -> None:
    """Write the files that are other than they were."""
    CASES.mkdir(exist_ok=True)
    for name, text in files():
        path = CASES / name
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
            print(name)


if __name__ == "__main__":
    main()
