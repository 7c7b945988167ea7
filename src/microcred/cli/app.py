"""The commands."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import nullcontext
from datetime import datetime
from pathlib import Path
from typing import Annotated, cast

import typer
from rich.markup import escape

from microcred import __version__
from microcred.cli import demo as demonstration
from microcred.cli.batch_command import batch
from microcred.cli.explaining import spoken, verify_notes
from microcred.cli.files import (
    ask_password,
    read_credential,
    read_key,
    read_template,
    write_private,
    write_public,
)
from microcred.cli.issuer_commands import PasswordFile, issuers, keys
from microcred.cli.kinds import Format, JWTProfile, Kind
from microcred.cli.publish_commands import publish
from microcred.cli.reissue_command import reissue_all
from microcred.cli.render import C1_ESCAPES, report_panel, summary, table
from microcred.cli.running import EXIT_CANNOT_TELL, EXIT_REFUSED, err, no_traceback, out
from microcred.cli.status_commands import opened, statuses
from microcred.documents import build, parse
from microcred.issuer import IssuerFolder
from microcred.json import JSONObject, dumps, loads_object
from microcred.jsonld import explain
from microcred.keys import SigningKey
from microcred.models import AchievementCredential, DateTime, IdentityObject, is_absolute_iri, now
from microcred.protocols import Signer
from microcred.signing import sign, sign_jwt
from microcred.signing.reading import receive
from microcred.verify.fetch import HTTPFetcher
from microcred.verify.report import VerificationReport
from microcred.verify.trust import ANY_ISSUER, TrustedIssuers
from microcred.verify.verifier import Verifier

__all__ = ["app"]

app = typer.Typer(
    name="microcred",
    help="Issue and verify Open Badges 3.0 and W3C Verifiable Credentials.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.add_typer(issuers)
app.add_typer(keys)
app.command("batch")(batch)
app.command("publish")(publish)
app.command("reissue")(reissue_all)
app.add_typer(statuses)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"microcred {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    del version


@app.command()
@no_traceback
def keygen(
    path: Annotated[Path, typer.Argument(help="Where to write the private key (PEM, readable by you only).")],
    kind: Annotated[Kind, typer.Option(help="Kind of key; strict Open Badges tools take RSA or P-256 for JWTs.")] = (
        Kind.ED25519
    ),
    password: Annotated[
        str | None,
        typer.Option(
            envvar="MICROCRED_KEY_PASSWORD", help="Encrypts the key; asked for by default.", show_default=False
        ),
    ] = None,
    no_password: Annotated[bool, typer.Option("--no-password", help="Leave the key unencrypted.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Replace an existing file.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Make an issuer key. Prints its did:key, which can be the issuer's id."""
    if no_password:
        password = None
    elif password is None:
        password = typer.prompt("Password for the key", hide_input=True, confirmation_prompt=True)
    if password == "":
        raise typer.BadParameter("the password is empty; --no-password leaves the key unencrypted")
    key = SigningKey.generate(kind.value)
    write_private(path, key.to_pem(password), force=force)
    facts = {"file": str(path), "did": key.did, "verificationMethod": key.verification_method}
    if as_json:
        typer.echo(json.dumps(facts))
        return
    grid = table(10, None)
    grid.add_row("key", escape(str(path)))
    grid.add_row("issuer id", f"[bold]{key.did}[/]")
    out.print(grid, soft_wrap=True)


@app.command()
@no_traceback
def issue(
    template: Annotated[Path, typer.Argument(help="The credential as JSON or TOML, without what is filled in.")],
    to: Annotated[str, typer.Option("--to", "-t", help="The learner: a DID or URL, or an e-mail address (hashed).")],
    key: Annotated[Path | None, typer.Option("--key", "-k", help="The issuer's private key (PEM).")] = None,
    issuer: Annotated[
        Path | None,
        typer.Option("--issuer", "-i", help="The folder of the issuer, in place of a key: see microcred issuer init."),
    ] = None,
    database: Annotated[
        str | None,
        typer.Option(
            help="Give it an entry in a registry of statuses, such as sqlite:///status.db; with --issuer.",
            metavar="URL",
        ),
    ] = None,
    status_url: Annotated[
        str | None,
        typer.Option(help="Where status lists are published; makes the registry, and its first list.", metavar="URL"),
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Where to write it; by default the screen.")
    ] = None,
    format_: Annotated[Format, typer.Option("--format", "-f", help="An embedded proof, or a JWT.")] = Format.JSON,
    profile: Annotated[JWTProfile, typer.Option(help="Which text a JWT follows.")] = JWTProfile.OB3,
    verification_method: Annotated[
        str | None, typer.Option(help="The URL of the key, when the issuer's id is not its did:key.")
    ] = None,
    password_file: PasswordFile = None,
) -> None:
    """Issue a badge to a learner.

    Filled in when the template leaves them out: the contexts, types and id, the issuer (that of the folder, or the id
    that is the key's did:key), and the date (now). What the issuer of a folder issues is written into its record.
    """
    if (key is None) == (issuer is None) or (database is not None and issuer is None):
        raise typer.BadParameter("say who issues: --key FILE, or --issuer FOLDER, which may have a --database")
    folder = None if issuer is None else IssuerFolder(issuer)
    signer, who = _who_issues(key, folder, password_file)
    members = read_template(template)
    _fill(members, who, to)
    credential = build(members, AchievementCredential)
    if database is not None:
        with opened(database, base_url=status_url, makes=status_url is not None) as registry:
            entry = registry.assign(str(credential.id))
        credential = credential.model_copy(update={"credential_status": entry})
    if format_ is Format.JWT:
        text = sign_jwt(credential, signer, profile=profile.value, verification_method=verification_method)
    else:
        signed = sign(credential, signer, verification_method=verification_method)
        text = json.dumps(signed.model_dump(), ensure_ascii=False, indent=2)
    if folder is not None:
        # Before it is given away: what the record does not have is never issued again.
        folder.record([text])
    if output is None:
        typer.echo(text)
    else:
        write_public(output, text.encode() + b"\n")
        err.print(f"[green]issued[/] {escape(str(output))}")


def _who_issues(
    key: Path | None, folder: IssuerFolder | None, password_file: Path | None
) -> tuple[Signer, Mapping[str, object]]:
    """Return the key that signs, and what is known of its owner."""
    if folder is not None:
        return folder.signer(lambda: ask_password(password_file)), folder.load().profile.model_dump()
    signer = read_key(cast(Path, key))
    return signer, {"id": signer.did}


def _fill(members: dict[str, object], who: Mapping[str, object], to: str) -> None:
    issuer = members.setdefault("issuer", {})
    if isinstance(issuer, dict):
        for name, value in who.items():
            issuer.setdefault(name, value)
    if "validFrom" not in members and "valid_from" not in members:
        members["validFrom"] = now()
    subject = members.setdefault("credentialSubject", {})
    if not isinstance(subject, dict):
        return
    if is_absolute_iri(to):
        subject["id"] = to
    elif "@" in to:
        subject["identifier"] = [IdentityObject.of(to)]
    else:
        raise typer.BadParameter("--to takes a DID or URL, or an e-mail address")


@app.command()
@no_traceback
def verify(
    files: Annotated[list[str], typer.Argument(help="Credentials as JSON, JWT, SD-JWT or COSE; - is standard input.")],
    trust: Annotated[list[str] | None, typer.Option("--trust", help="An issuer id to trust; may be repeated.")] = None,
    any_issuer: Annotated[bool, typer.Option("--any-issuer", help="Accept whoever signed.")] = False,
    recipient: Annotated[
        str | None, typer.Option(help="Whom it should be about: a DID or URL, or an e-mail address.")
    ] = None,
    at: Annotated[str | None, typer.Option(help="Judge as of a time, such as 2026-05-01T09:30:00Z.")] = None,
    context: Annotated[
        list[str] | None, typer.Option("--context", help="A further JSON-LD context, URL=FILE; may be repeated.")
    ] = None,
    online: Annotated[
        bool, typer.Option("--online", help="Look up keys and status on the web: https and public addresses only.")
    ] = False,
    language: Annotated[
        str | None, typer.Option(help="Language of the explanation, such as en or es; by default that of the system.")
    ] = None,
    details: Annotated[
        bool, typer.Option("--details", help="Add the codes and technical details of problems (in English).")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, one object for each file.")] = False,
) -> None:
    """Verify credentials. Exit code 0: all verified; 1: one was refused; 2: of one it cannot be told."""
    if any_issuer == bool(trust):
        raise typer.BadParameter("say whom to trust: --trust ID (may be repeated), or --any-issuer")
    trusted: TrustedIssuers = ANY_ISSUER if any_issuer else set(trust or ())
    moment, words = _moment(at), spoken(language)
    results = [(name, read_credential(name)) for name in files]
    with HTTPFetcher() if online else nullcontext() as fetcher:
        verifier = Verifier(trusted_issuers=trusted, contexts=_contexts(context or ()), fetcher=fetcher)
        reports = [(name, data, verifier.check(data, at=moment, recipient=recipient)) for name, data in results]
    if as_json:
        typer.echo(json.dumps([{"file": name, **report.to_dict()} for name, _, report in reports], indent=2))
    else:
        for name, data, report in reports:
            notes = verify_notes(report, words, any_issuer=any_issuer, online=online)
            if report.verified:
                notes.insert(0, words.words("command", "says", summary=summary(_read(data), words.language)))
            out.print(report_panel(name, report, language=words.language, notes=notes, details=details))
    _exit([report for _, _, report in reports])


def _exit(reports: list[VerificationReport]) -> None:
    if any(report.refused for report in reports):
        raise typer.Exit(EXIT_REFUSED)
    if not all(report.verified for report in reports):
        raise typer.Exit(EXIT_CANNOT_TELL)


def _contexts(pairs: list[str] | tuple[str, ...]) -> dict[str, JSONObject]:
    contexts: dict[str, JSONObject] = {}
    for pair in pairs:
        url, separator, file = pair.rpartition("=")
        if not separator:
            raise typer.BadParameter("--context takes URL=FILE")
        contexts[url] = loads_object(read_credential(file))
    return contexts


def _moment(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        moment = DateTime.parse(text, tolerant=True)
    except ValueError as error:
        raise typer.BadParameter(f"--at {error}") from None
    if moment.tzinfo is None:
        raise typer.BadParameter("--at needs a time zone, such as the Z in 2026-05-01T09:30:00Z")
    return moment


def _read(data: bytes) -> JSONObject:
    """Return the document of what came in, unverified."""
    return receive(data).document


@app.command()
@no_traceback
def inspect(
    file: Annotated[str, typer.Argument(help="A credential as JSON, JWT, SD-JWT or COSE; - is standard input.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print the document as JSON.")] = False,
    canonical: Annotated[
        bool, typer.Option("--canonical", help="Print the canonical N-Quads and hashes that an RDF proof covers.")
    ] = False,
    context: Annotated[
        list[str] | None, typer.Option("--context", help="A further JSON-LD context, URL=FILE; may be repeated.")
    ] = None,
) -> None:
    """Show what a credential says, without verifying anything."""
    data = read_credential(file)
    document = _read(data)
    if canonical:
        text = str(explain(document, contexts=_contexts(context or ())))
        # N-Quads escape the control characters of ASCII; terminals know others.
        typer.echo(text.translate(C1_ESCAPES) if out.is_terminal else text, nl=False)
        return
    model = parse(document)
    if as_json:
        typer.echo(dumps(document))
        return
    err.print("[yellow]not verified:[/] this is what the file says, and anyone could have written it")
    grid = table(12, None)
    grid.add_row("[dim]says[/]", escape(summary(document)))
    grid.add_row("[dim]read as[/]", type(model).__name__)
    for name, member in (("id", "id"), ("valid from", "validFrom"), ("valid until", "validUntil")):
        if isinstance(document.get(member), str):
            grid.add_row(f"[dim]{name}[/]", escape(str(document[member])))
    grid.add_row("[dim]secured by[/]", escape(_securing(data, document)))
    out.print(grid)


def _securing(data: bytes, document: JSONObject) -> str:
    envelope = receive(data).envelope
    if envelope is not None:
        return f"{envelope.form.upper()} ({envelope.header.get('alg')})"
    proofs = document.get("proof")
    names = [
        str(proof.get("cryptosuite") or proof.get("type"))
        for proof in (proofs if isinstance(proofs, list) else [proofs])
        if isinstance(proof, dict)
    ]
    return ", ".join(names) or "nothing: it is not signed"


@app.command()
@no_traceback
def demo(
    folder: Annotated[Path, typer.Argument(help="Where to leave the files.")] = Path("microcred-demo"),
) -> None:
    """Show the whole way in ten seconds: a key, a badge, both verified, a tampered copy refused."""
    demonstration.run(folder, out)
