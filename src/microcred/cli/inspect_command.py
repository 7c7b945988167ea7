"""``microcred inspect``: what a credential says, in whatever it came."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

import typer
from rich.markup import escape

from microcred.baking import looks_like_image
from microcred.cli.files import echo, read_credential
from microcred.cli.options import ContextOption, JSONOption
from microcred.cli.render import C1_ESCAPES, plain, summary, table
from microcred.cli.running import err, no_traceback, out, reading
from microcred.cli.verify_commands import contexts, said_in
from microcred.documents import parse
from microcred.json import JSONObject, dumps, loads_object
from microcred.jsonld import explain
from microcred.models import VerifiablePresentation
from microcred.signing.reading import Received, receive

__all__ = ["inspect"]


@no_traceback
def inspect(
    file: Annotated[
        str,
        typer.Argument(
            metavar="FILE",
            help="A credential or presentation as JSON, JWT, SD-JWT or COSE, or a baked picture; - is standard input.",
        ),
    ],
    as_json: JSONOption = False,
    canonical: Annotated[
        bool, typer.Option("--canonical", help="Print the canonical N-Quads and hashes that an RDF proof covers.")
    ] = False,
    context: ContextOption = None,
) -> None:
    """Show what a credential says, without verifying anything."""
    if as_json and canonical:
        raise typer.BadParameter("give --json or --canonical, not both")
    data = read_credential(file)
    with reading(file):
        received = receive(data)
    document = received.document
    if canonical:
        given = {url: loads_object(content) for url, content in contexts(context).items()}
        text = str(explain(document, contexts=given))
        # N-Quads escape the control characters of ASCII; terminals know others.
        typer.echo(text.translate(C1_ESCAPES) if out.is_terminal else text, nl=False)
        return
    model = parse(document)
    if as_json:
        echo(dumps(document))
        return
    err.print("[yellow]not verified:[/] this is what the file says, and anyone could have written it")
    grid = table(12, None)
    if isinstance(model, VerifiablePresentation):
        _add_shown(grid.add_row, document)
    else:
        grid.add_row("[dim]says[/]", escape(summary(document)))
    grid.add_row("[dim]read as[/]", type(model).__name__)
    issuer = document.get("issuer")
    issuer = issuer.get("id") if isinstance(issuer, dict) else issuer
    if isinstance(issuer, str):
        grid.add_row("[dim]issuer[/]", escape(plain(issuer)))
    for name, member in (("id", "id"), ("valid from", "validFrom"), ("valid until", "validUntil")):
        if isinstance(document.get(member), str):
            grid.add_row(f"[dim]{name}[/]", escape(plain(document[member])))
    grid.add_row("[dim]secured by[/]", escape(plain(_securing(received))))
    if looks_like_image(data):
        grid.add_row("[dim]baked into[/]", "a PNG" if data.startswith(b"\x89PNG") else "an SVG")
    out.print(grid)


def _add_shown(add_row: Callable[[str, str], None], document: JSONObject) -> None:
    """Add rows that say what a presentation shows, and whose it is."""
    holder = document.get("holder")
    add_row("[dim]shown by[/]", escape(plain(holder.get("id") if isinstance(holder, dict) else holder or "nobody")))
    for each in said_in(document):
        add_row("[dim]says[/]", escape(each))


def _securing(received: Received) -> str:
    envelope = received.envelope
    if envelope is not None:
        return f"{envelope.form.upper()} ({envelope.header.get('alg')})"
    proofs = received.document.get("proof")
    names = [
        str(proof.get("cryptosuite") or proof.get("type"))
        for proof in (proofs if isinstance(proofs, list) else [proofs])
        if isinstance(proof, dict)
    ]
    return ", ".join(names) or "nothing: it is not signed"
