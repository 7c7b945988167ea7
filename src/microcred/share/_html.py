"""A certificate as one HTML file: readable without eyes, printable, under a policy that lets nothing else in."""

from __future__ import annotations

import base64
import hashlib
import html
from importlib import resources

from microcred.baking._texts import shortened
from microcred.share._sheets import MARGIN, PANEL, Picture, Sheet

__all__ = ["to_html"]


def to_html(sheet: Sheet) -> str:
    """Return a certificate as HTML; every text in it is escaped.

    Args:
        sheet: The certificate.
    """
    style = _style(sheet)
    # Content Security Policy Level 3 §2.3.1: the only style is the one that is meant, and there are no scripts.
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; base-uri 'none'; form-action 'none'"
    facts, words = sheet.contents.facts, sheet.words
    language = f' lang="{facts.language}"' if facts.language else ""
    about = f"{words['heading']} — {facts.title}"
    return f"""<!doctype html>
<html lang="{words.language}" dir="{sheet.direction}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{html.escape(about)}</title>
<style>{style}</style>
</head>
<body>
<main>
<div class="panel">
{_picture(sheet.badge, "badge")}
{_code(sheet)}</div>
<div class="texts">
<h1>{words["heading"]}</h1>
<div class="story">
<p class="label">{words["awarded-to"]}</p>
<p class="name"><bdi>{html.escape(sheet.name.text)}</bdi></p>
<p class="label">{words["for"]}</p>
<h2{language}><bdi>{html.escape(sheet.title.text)}</bdi></h2>
{_summary(sheet, language)}</div>
{_fields(sheet)}<footer>
<p>{_notice(sheet)}</p>
</footer>
</div>
</main>
</body>
</html>
"""


def _style(sheet: Sheet) -> str:
    width, height = sheet.size
    colours = sheet.colours
    values = {
        "main": colours.main,
        "accent": colours.accent,
        "wash": colours.wash,
        "ink": colours.ink,
        "width": f"{width}px",
        "height": f"{height}px",
        "panel": f"{PANEL}px",
        "margin": f"{MARGIN}px",
        "name": f"{sheet.name.size}px",
        "title": f"{sheet.title.size}px",
    }
    variables = "".join(f"--{name}:{value};" for name, value in values.items())
    rules = resources.files("microcred.share").joinpath("certificate.css").read_text(encoding="utf-8")
    return f"\n@page{{size:{sheet.paper} landscape;margin:0}}\n:root{{{variables}}}\n{rules}"


def _picture(picture: Picture, name: str) -> str:
    return f'<img class="{name}" src="{picture.url}" alt="{html.escape(picture.alt)}">'


def _code(sheet: Sheet) -> str:
    if sheet.code is None:
        return ""
    return f"<figure>{_picture(sheet.code, 'code')}<figcaption>{sheet.words['scan']}</figcaption></figure>\n"


def _summary(sheet: Sheet, language: str) -> str:
    text = sheet.summary.text
    return f'<p class="summary"{language}><bdi>{html.escape(text)}</bdi></p>\n' if text else ""


def _fields(sheet: Sheet) -> str:
    cells = "".join(_field(label, field.text) for label, field in sheet.fields)
    if sheet.identifier:
        cells += _field(
            sheet.words["id"], shortened(sheet.identifier, sheet.room, 16, 1, anywhere=True).text, ' class="id"'
        )
    return f"<dl>\n{cells}</dl>\n"


def _field(label: str, text: str, attributes: str = "") -> str:
    return f"<div{attributes}><dt>{label}</dt><dd><bdi>{html.escape(text)}</bdi></dd></div>\n"


def _notice(sheet: Sheet) -> str:
    picture, then = sheet.notice
    if sheet.page is None:
        return f"{picture} {then}"
    url = shortened(sheet.page, sheet.room, 13, 2, anywhere=True)
    return f'{picture} {then} <br>\n<a href="{html.escape(sheet.page)}"><bdi>{html.escape(url.text)}</bdi></a>'
