"""``microcred keygen`` and ``microcred issue``: a key, and a badge that it signs."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, TypeAlias, cast

import typer
from rich.markup import escape

from microcred.cli.files import (
    ask_password,
    check_free,
    read_file,
    read_key,
    read_template,
    write_output,
    write_private,
)
from microcred.cli.kinds import Format, JWTProfile, Kind
from microcred.cli.options import ForceOption, JSONOption, OutputOption, PasswordFile, StatusURLOption, was_typed
from microcred.cli.render import table
from microcred.cli.running import err, no_traceback, out, reading
from microcred.cli.status_commands import opened
from microcred.documents import build
from microcred.errors import InvalidKeyError
from microcred.issuer import IssuerFolder
from microcred.keys import PublicKey, SigningKey
from microcred.limits import DEFAULT_LIMITS
from microcred.models import AchievementCredential, IdentityObject, is_absolute_iri, now
from microcred.protocols import Signer
from microcred.signing import sign, sign_cose, sign_jwt, sign_sd_jwt

__all__ = ["issue", "keygen"]

TemplateArgument: TypeAlias = Annotated[
    Path,
    typer.Argument(
        metavar="TEMPLATE", help="The credential as JSON or TOML, without what is filled in; - is standard input."
    ),
]
ToOption: TypeAlias = Annotated[
    str,
    typer.Option("--to", "-t", metavar="WHOM", help="The learner: a DID or URL, or an e-mail address (hashed)."),
]
KeyOption: TypeAlias = Annotated[
    Path | None, typer.Option("--key", "-k", metavar="FILE", help="The issuer's private key (PEM).")
]
IssuerOption: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        "--issuer",
        "-i",
        envvar="MICROCRED_ISSUER",
        metavar="FOLDER",
        help="The folder of the issuer, in place of a key: see microcred issuer init.",
    ),
]
EntryOption: TypeAlias = Annotated[
    str | None,
    typer.Option(
        envvar="MICROCRED_STATUS_DATABASE",
        help="Give it an entry in a registry of statuses, such as sqlite:///status.db; with --issuer.",
        metavar="URL",
    ),
]
HolderKeyOption: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE",
        help="The public key (PEM) of the learner's wallet, for sd-jwt; by default that of a did:key in --to.",
    ),
]
MethodOption: TypeAlias = Annotated[
    str | None, typer.Option(metavar="URL", help="The URL of the key, when the issuer's id is not its did:key.")
]


@no_traceback
def keygen(
    path: Annotated[
        Path, typer.Argument(metavar="FILE", help="Where to write the private key (PEM, readable by you only).")
    ],
    kind: Annotated[Kind, typer.Option(help="Kind of key; strict Open Badges tools take RSA or P-256 for JWTs.")] = (
        Kind.ED25519
    ),
    password_file: PasswordFile = None,
    no_password: Annotated[bool, typer.Option("--no-password", help="Leave the key unencrypted.")] = False,
    force: ForceOption = False,
    as_json: JSONOption = False,
) -> None:
    """Make an issuer key. Prints its did:key, which can be the issuer's id."""
    check_free(path, force=force)
    password = None if no_password else ask_password(password_file, is_new=True)
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


@no_traceback
def issue(
    context: typer.Context,
    template: TemplateArgument,
    to: ToOption,
    key: KeyOption = None,
    issuer: IssuerOption = None,
    database: EntryOption = None,
    status_url: StatusURLOption = None,
    output: OutputOption = None,
    format_: Annotated[
        Format, typer.Option("--format", "-f", help="JSON with an embedded proof, or an envelope.")
    ] = Format.JSON,
    profile: Annotated[JWTProfile, typer.Option(help="Which text a JWT follows.")] = JWTProfile.OB3,
    holder_key: HolderKeyOption = None,
    verification_method: MethodOption = None,
    password_file: PasswordFile = None,
) -> None:
    """Issue a badge to a learner.

    Filled in when the template leaves them out: the contexts, types and id, the issuer (that of the folder, or the id
    that is the key's did:key), and the date (now). What the issuer of a folder issues is written into its record.
    """
    if key is not None:
        # The environment may name an issuer for other commands; what is typed here counts.
        issuer = issuer if was_typed(context, "issuer") else None
        database = database if was_typed(context, "database") else None
    if (key is None) == (issuer is None) or (database is not None and issuer is None):
        raise typer.BadParameter("say who issues: --key FILE, or --issuer FOLDER, which may have a --database")
    if status_url is not None and database is None:
        raise typer.BadParameter("--status-url is for a registry; name it with --database, and the issuer by --issuer")
    holder = _holder_key(holder_key, to) if format_ is Format.SD_JWT else None
    if format_ is Format.COSE and output is None and sys.stdout.isatty():
        raise typer.BadParameter("cose is binary, and not for a screen; name a file with --output")
    with reading(template):
        members = read_template(template)
    folder = None if issuer is None else IssuerFolder(issuer)
    signer, who = _who_issues(key, folder, password_file)
    _fill(members, who, to)
    with reading(template):
        credential = build(members, AchievementCredential)
    if database is not None:
        with opened(database, base_url=status_url, makes=status_url is not None) as registry:
            entry = registry.assign(str(credential.id))
        credential = credential.model_copy(update={"credential_status": entry})
    data = _signed(credential, signer, format_, profile, holder, verification_method)
    if folder is not None:
        # Before it is given away: what the record does not have is never issued again.
        folder.record([data])
    if write_output(output, data if format_ is Format.COSE else data + b"\n"):
        err.print(f"[green]issued[/] {escape(str(output))}", soft_wrap=True)


def _signed(
    credential: AchievementCredential,
    signer: Signer,
    format_: Format,
    profile: JWTProfile,
    holder: PublicKey | None,
    method: str | None,
) -> bytes:
    if format_ is Format.JWT:
        return sign_jwt(credential, signer, profile=profile.value, verification_method=method).encode()
    if format_ is Format.SD_JWT:
        return sign_sd_jwt(credential, signer, holder_key=holder, verification_method=method).encode()
    if format_ is Format.COSE:
        return sign_cose(credential, signer, verification_method=method)
    signed = sign(credential, signer, verification_method=method)
    return json.dumps(signed.model_dump(), ensure_ascii=False, indent=2).encode()


def _holder_key(file: Path | None, to: str) -> PublicKey:
    """Return the key to which an SD-JWT is bound; without one, whoever has seen it could show it."""
    if file is not None:
        return PublicKey.from_pem(read_file(str(file), DEFAULT_LIMITS.max_document_bytes))
    try:
        return PublicKey.from_did(to)
    except InvalidKeyError:
        raise typer.BadParameter(
            "an sd-jwt is bound to the learner's key: --holder-key FILE, or a did:key in --to"
        ) from (None)


def _who_issues(
    key: Path | None, folder: IssuerFolder | None, password_file: Path | None
) -> tuple[Signer, Mapping[str, object]]:
    """Return the key that signs, and what is known of its owner."""
    if folder is not None:
        return folder.signer(lambda: ask_password(password_file)), folder.load().profile.model_dump()
    with reading(key):
        signer = read_key(cast(Path, key), password_file)
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
