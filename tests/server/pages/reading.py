"""What a browser makes of a page, and what every page promises."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Iterator
from typing import cast

import html5lib

__all__ = ["Page", "read"]


class Page:
    """A page as a browser reads it; what a browser would only mend is refused."""

    def __init__(self, html: str) -> None:
        parser = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False)
        self.root = cast(ET.Element, parser.parse(html))

    def all(self, tag: str) -> Iterator[ET.Element]:
        """Yield the elements of a kind, inside SVGs too."""
        return (each for each in self.root.iter() if str(each.tag).rpartition("}")[2] == tag)

    def text(self, tag: str) -> str:
        """Return the text of the first element of a kind."""
        return " ".join("".join(next(self.all(tag)).itertext()).split())

    @property
    def headline(self) -> str:
        """The first heading."""
        return self.text("h1")

    @property
    def tone(self) -> str:
        """How the verdict looks."""
        found = [
            each.get("class", "").split() for each in self.root.iter() if "verdict" in each.get("class", "").split()
        ]
        return found[0][1] if found else ""

    def meta(self) -> dict[str, str]:
        """Return what is said for those who do not look."""
        named = ((each.get("property") or each.get("name"), each.get("content", "")) for each in self.all("meta"))
        return {name: content for name, content in named if name}

    def shape(self) -> list[tuple[str, tuple[str, ...]]]:
        """Return all elements with the names of their attributes, and no text."""
        return [(str(each.tag), tuple(sorted(each.attrib))) for each in self.root.iter()]

    def links(self) -> list[str]:
        """Return whatever leads elsewhere, or is taken from there."""
        names = ("href", "src", "action", "formaction", "srcset", "poster", "data")
        found = [each.get(name) for each in self.root.iter() for name in names]
        return [each for each in found if each is not None]


def read(html: str) -> Page:
    """Read a page, and hold it against what every page promises."""
    page = Page(html)
    assert len(list(page.all("h1"))) == 1
    assert len(list(page.all("main"))) == 1
    assert page.text("title")
    (language,) = {each.get("lang") for each in page.all("html")}
    assert language in ("en", "es")
    assert [each.get("src", "").partition("?")[0].rpartition("/")[2] for each in page.all("script")] == ["verify.js"]
    assert list(page.all("style")) == list(page.all("iframe")) == list(page.all("object")) == []
    for element in page.root.iter():
        assert not [name for name in element.attrib if name.startswith("on") or name == "style"]
        assert element.tag != "img" or (
            element.get("alt") is not None and element.get("src", "").startswith("data:image/")
        )
    assert not [each for each in page.links() if each.partition(":")[0] in ("javascript", "vbscript", "http")]
    # Each label has its field.
    ids = [each.get("id") for each in page.root.iter() if each.get("id")]
    assert len(ids) == len(set(ids))
    assert {each.get("for") for each in page.all("label")} <= set(ids)
    return page
