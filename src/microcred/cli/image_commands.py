"""``microcred bake`` and ``microcred unbake``: credentials in pictures."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.markup import escape

from microcred.baking import bake, looks_like_image, unbake
from microcred.cli.files import read_credential, read_file, write_output
from microcred.cli.options import OutputOption
from microcred.cli.running import err, no_traceback, reading
from microcred.limits import DEFAULT_LIMITS
from microcred.signing.reading import receive

__all__ = ["bake_image", "unbake_image"]


@no_traceback
def bake_image(
    image: Annotated[
        str, typer.Argument(metavar="IMAGE", help="A picture, PNG or SVG; it stays as it is. - is standard input.")
    ],
    credential: Annotated[
        str, typer.Argument(metavar="CREDENTIAL", help="A signed credential as JSON or JWT; - is standard input.")
    ],
    output: OutputOption = None,
    replace: Annotated[
        bool, typer.Option("--replace", help="Replace a credential that is in the picture already.")
    ] = False,
) -> None:
    """Put a signed credential into a picture, so that it can be shared as one."""
    if image == credential == "-":
        raise typer.BadParameter("standard input is the picture or the credential, not both")
    picture = read_file(image, DEFAULT_LIMITS.max_image_bytes)
    content = read_credential(credential)
    if looks_like_image(content) and not looks_like_image(picture):
        raise typer.BadParameter("the picture comes first, and then the credential")
    with reading(credential):
        # First of all what is to be baked, so that an error names the right one of the two.
        receive(content)
    with reading(image):
        baked = bake(picture, content, replace=replace)
    if write_output(output, baked):
        err.print(f"[green]baked[/] {escape(str(output))}", soft_wrap=True)


@no_traceback
def unbake_image(
    image: Annotated[str, typer.Argument(metavar="IMAGE", help="A baked picture, PNG or SVG; - is standard input.")],
    output: OutputOption = None,
) -> None:
    """Take the credential out of a picture, as it stands there. Nothing is verified."""
    picture = read_file(image, DEFAULT_LIMITS.max_image_bytes)
    with reading(image):
        text = unbake(picture)
    if write_output(output, text.encode() + b"\n"):
        err.print(f"[green]written[/] {escape(str(output))}", soft_wrap=True)
    err.print("[yellow]not verified:[/] microcred verify takes the picture as it is")
