"""``microcred share …``: what people show each other of a credential."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal, TypeAlias, TypeVar

import typer
from rich.markup import escape
from rich.text import Text

from microcred.baking import draw_badge
from microcred.cli.files import read_credential, read_file, write_output
from microcred.cli.options import JSONOption, OutputOption, examples
from microcred.cli.render import plain, table
from microcred.cli.running import err, no_traceback, out, reading
from microcred.errors import MicrocredError
from microcred.limits import DEFAULT_LIMITS
from microcred.share import certificate, linkedin_url, qr
from microcred.signing.reading import receive

__all__ = ["sharing"]

sharing = typer.Typer(
    name="share",
    help="Show a credential: on LinkedIn, as a QR code, as a certificate, as a drawn badge.",
    no_args_is_help=True,
)
F = TypeVar("F", bound=StrEnum)


class PictureFormat(StrEnum):
    """How a badge is drawn."""

    SVG = "svg"
    PNG = "png"


class CodeFormat(StrEnum):
    """How a QR code is drawn."""

    SVG = "svg"
    PNG = "png"
    TEXT = "text"


class CertificateFormat(StrEnum):
    """How a certificate is laid out."""

    HTML = "html"
    SVG = "svg"
    PDF = "pdf"


class PaperName(StrEnum):
    """On what it is printed."""

    A4 = "A4"
    LETTER = "Letter"


CredentialArgument: TypeAlias = Annotated[
    str,
    typer.Argument(
        metavar="CREDENTIAL",
        help="A credential as JSON, JWT, SD-JWT or COSE, or a baked picture; - is standard input.",
    ),
]
PageOption: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--verify-url",
        metavar="URL",
        help="The page where it can be verified; by default its id, if that is an https URL.",
    ),
]
ColourOption: TypeAlias = Annotated[
    str | None,
    typer.Option(
        metavar="COLOUR", help="The issuer's own, such as #7a1f3d; by default it follows from the issuer's id."
    ),
]
FontOption: TypeAlias = Annotated[
    list[Path] | None,
    typer.Option(metavar="FILE", help="A file or folder of fonts, beside those of the system; may be repeated."),
]
_BY_NAME = "By default what the name of the output says, otherwise {}."


@sharing.command(
    epilog=examples(
        "microcred share linkedin badge.json --verify-url https://example.edu/verify/4711",
        "microcred share linkedin badge.jwt --organization-id 1337 --json",
    )
)
@no_traceback
def linkedin(
    credential: CredentialArgument,
    verify_url: PageOption = None,
    organization_id: Annotated[
        int | None,
        typer.Option(min=1, metavar="NUMBER", help="The issuer's page on LinkedIn, which makes its logo appear."),
    ] = None,
    as_json: JSONOption = False,
) -> None:
    """Make the link that adds a credential to a LinkedIn profile, with the fields to copy. Nothing is verified."""
    data = read_credential(credential)
    with reading(credential), _usage():
        link = linkedin_url(data, url=verify_url, organization_id=organization_id)
    if as_json:
        typer.echo(json.dumps({"url": link.url, "fields": dict(link.fields)}))
        return
    typer.echo(link.url)
    grid = table(22, None)
    for label, text in link.fields.items():
        grid.add_row(f"[dim]{escape(label)}[/]", escape(plain(text, 2_000)))
    err.print("\nLinkedIn may leave the form empty; this is what to copy into it:\n")
    err.print(grid)
    if "Credential URL" not in link.fields:
        err.print("\n[yellow]no page:[/] name the one where it can be verified with --verify-url")


@sharing.command(
    "qr",
    epilog=examples(
        "microcred share qr https://example.edu/verify/4711",
        "microcred share qr badge.json -o code.png --scale 20",
        "microcred share qr short.jwt --whole -o code.svg",
    ),
)
@no_traceback
def qr_code(
    content: Annotated[
        str,
        typer.Argument(
            metavar="URL|FILE",
            help="The page where a credential can be verified, or a credential with an https id; - is standard input.",
        ),
    ],
    whole: Annotated[
        bool, typer.Option("--whole", help="Put what is in the file into the code; few credentials are small enough.")
    ] = False,
    format_: Annotated[
        CodeFormat | None, typer.Option("--format", "-f", help=_BY_NAME.format("text on a screen, and else svg"))
    ] = None,
    scale: Annotated[int, typer.Option(min=1, max=100, help="Pixels for each square of a PNG.")] = 10,
    output: OutputOption = None,
) -> None:
    """Make a QR code that leads to where a credential can be verified. Without --output, the screen shows it."""
    with reading(content):
        text = _coded(content, whole=whole)
    on_screen = output is None and sys.stdout.isatty()
    form = _format(CodeFormat, format_, output, CodeFormat.TEXT if on_screen else CodeFormat.SVG)
    kind: Literal["svg", "png", "text"] = form.value
    if kind == "text" and on_screen:
        _show(qr(text, format=kind).decode())
        err.print(escape(plain(text, 2_000)), soft_wrap=True)
        return
    with _usage():
        _written(output, qr(text, format=kind, scale=scale))


def _coded(content: str, *, whole: bool) -> str:
    """Return what goes into a QR code."""
    if content.startswith(("https://", "http://")):
        return content
    if content != "-" and not Path(content).exists():
        raise typer.BadParameter(f"there is no file {content}, and a URL begins with https://")
    data = read_credential(content)
    if whole:
        return data.decode("utf-8", "replace")
    page = linkedin_url(data).fields.get("Credential URL")
    if page is None:
        raise MicrocredError("its id is no https URL to which a code could lead: give the URL of the page instead")
    return page


def _show(code: str) -> None:
    """Show a code in black on white, whatever the colours of the terminal."""
    lines = code.splitlines()
    if len(lines[0]) > out.width:
        raise typer.BadParameter(
            f"the code is {len(lines[0])} columns wide, and this screen {out.width}; name a file with --output"
        )
    for line in lines:
        out.print(Text(line, "#000000 on #ffffff"))


@sharing.command(
    "certificate",
    epilog=examples(
        'microcred share certificate badge.json --name "Ada Lovelace" -o certificate.pdf',
        "microcred share certificate badge.json --verify-url https://example.edu/verify/4711 -o certificate.html",
        "microcred share certificate badge.jwt --language es --paper Letter -o certificado.svg",
    ),
)
@no_traceback
def certificate_of(
    credential: CredentialArgument,
    output: OutputOption = None,
    name: Annotated[
        str | None,
        typer.Option(
            "--name", "-n", metavar="NAME", help="The learner's name; most credentials have a hash or a DID only."
        ),
    ] = None,
    verify_url: PageOption = None,
    format_: Annotated[CertificateFormat | None, typer.Option("--format", "-f", help=_BY_NAME.format("html"))] = None,
    paper: Annotated[PaperName, typer.Option(case_sensitive=False, help="In landscape.")] = PaperName.A4,
    language: Annotated[str, typer.Option(metavar="TAG", help="Of the words around: en, es or ar.")] = "en",
    image: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="The badge as PNG or SVG; by default the one in the credential, or drawn."),
    ] = None,
    colour: ColourOption = None,
    font: FontOption = None,
) -> None:
    """Lay out a certificate to print or show: a picture of a signed credential, which says so. Nothing is verified."""
    data = read_credential(credential)
    picture = None if image is None else read_file(str(image), DEFAULT_LIMITS.max_image_bytes)
    form = _format(CertificateFormat, format_, output, CertificateFormat.HTML)
    _check_not_screen(output)
    with reading(credential), _usage():
        made = certificate(
            data,
            name=name,
            url=verify_url,
            format=form.value,
            paper=paper.value,
            language=language,
            image=picture,
            colour=colour,
            fonts=[str(each) for each in font or ()],
        )
    _written(output, made)


@sharing.command(
    "badge",
    epilog=examples(
        "microcred share badge badge.json -o badge.svg",
        "microcred share badge badge.json --colour #7a1f3d --size 400 -o badge.png",
        "microcred share badge badge.json | microcred bake - badge.json -o badge.svg",
    ),
)
@no_traceback
def badge(
    credential: CredentialArgument,
    output: OutputOption = None,
    format_: Annotated[PictureFormat | None, typer.Option("--format", "-f", help=_BY_NAME.format("svg"))] = None,
    size: Annotated[int, typer.Option(min=16, max=4096, help="Width and height in pixels.")] = 512,
    colour: ColourOption = None,
    font: FontOption = None,
) -> None:
    """Draw a badge for a credential without a picture. It is a picture only: microcred bake puts the credential in."""
    data = read_credential(credential)
    form = _format(PictureFormat, format_, output, PictureFormat.SVG)
    _check_not_screen(output)
    with reading(credential), _usage():
        document = receive(data).document
        made = draw_badge(
            document, format=form.value, size=size, colour=colour, fonts=[str(each) for each in font or ()]
        )
    _written(output, made)


def _format(choices: type[F], given: F | None, output: Path | None, otherwise: F) -> F:
    """Return the format that was given, otherwise the one that the name of a file says."""
    if given is not None or output is None or str(output) == "-":
        return given or otherwise
    names = [each.value for each in choices]
    extension = output.suffix.lower().lstrip(".")
    if extension not in names:
        ends = ", ".join(f".{each}" for each in names if each != "text")
        raise typer.BadParameter(
            f"say in which format with --format, or let the name of the output end with one: {ends}"
        )
    return choices(extension)


def _check_not_screen(output: Path | None) -> None:
    if (output is None or str(output) == "-") and sys.stdout.isatty():
        raise typer.BadParameter("this is a picture, and not for a screen; name a file with --output")


def _written(output: Path | None, data: bytes) -> None:
    if write_output(output, data):
        err.print(f"[green]written[/] {escape(str(output))}", soft_wrap=True)


@contextmanager
def _usage() -> Iterator[None]:
    """Say that an option is wrong, as the library says it of an argument."""
    try:
        yield
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None
