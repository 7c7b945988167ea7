"""``microcred verify`` and ``microcred verify-presentation``."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from microcred.cli.explaining import spoken, verify_notes
from microcred.cli.files import read_credential, read_file, write_private
from microcred.cli.options import (
    AnyIssuerOption,
    AtOption,
    BundleOption,
    ContextOption,
    DetailsOption,
    JSONOption,
    KeepBundleOption,
    LanguageOption,
    OnlineOption,
    RegistryOption,
    SchemaOption,
    TrustOption,
)
from microcred.cli.render import report_panel, summary
from microcred.cli.running import EXIT_CANNOT_TELL, EXIT_REFUSED, err, no_traceback, out, reading
from microcred.documents import Readable
from microcred.errors import DocumentError
from microcred.json import JSONObject, JSONValue, loads_object
from microcred.limits import DEFAULT_LIMITS
from microcred.models import DateTime
from microcred.signing.envelopes import is_presentation
from microcred.signing.reading import receive
from microcred.verify.bundle import VerificationBundle
from microcred.verify.fetch import HTTPFetcher
from microcred.verify.messages import Messages
from microcred.verify.registry_files import RegistryFile
from microcred.verify.report import PresentationReport, VerificationReport
from microcred.verify.trust import ANY_ISSUER, TrustedIssuers
from microcred.verify.verifier import Verifier

__all__ = ["contexts", "said_in", "verify", "verify_presentation"]

_SHOWN = 20


@no_traceback
def verify(
    files: Annotated[
        list[str],
        typer.Argument(
            metavar="FILE",
            help="Credentials as JSON, JWT, SD-JWT or COSE, or baked PNGs and SVGs; - is standard input.",
        ),
    ],
    trust: TrustOption = None,
    registry: RegistryOption = None,
    any_issuer: AnyIssuerOption = False,
    recipient: Annotated[
        str | None,
        typer.Option(metavar="WHOM", help="Whom it should be about: a DID or URL, or an e-mail address."),
    ] = None,
    at: AtOption = None,
    schema: SchemaOption = None,
    context: ContextOption = None,
    online: OnlineOption = False,
    bundle: BundleOption = None,
    keep_bundle: KeepBundleOption = None,
    language: LanguageOption = None,
    details: DetailsOption = False,
    as_json: JSONOption = False,
) -> None:
    """Verify credentials. Exit code 0: all verified; 1: one was refused; 2: of one it cannot be told."""
    if files.count("-") > 1:
        raise typer.BadParameter("standard input can be read once; give - once")
    if keep_bundle is not None and (len(files) > 1 or bundle is not None):
        raise typer.BadParameter("--keep-bundle keeps what was fetched for one file; give one, without --bundle")
    asked = _Asked(spoken(language), _trusted(trust, registry, any_issuer), online=online, any_issuer=any_issuer)
    moment, kept = _moment(at), _bundle(bundle)
    data = {name: read_credential(name) for name in files}
    reports: dict[str, VerificationReport] = {}
    with HTTPFetcher() if online else nullcontext() as fetcher:
        verifier = Verifier(
            trusted_issuers=asked.trusted, contexts=contexts(context), schemas=_schemas(schema), fetcher=fetcher
        )
        for name, content in data.items():
            if keep_bundle is None:
                reports[name] = verifier.check(content, at=moment, recipient=recipient, bundle=kept)
            else:
                reports[name], fetched = verifier.check_with_bundle(content, at=moment, recipient=recipient)
                # It says at whose credential somebody looked.
                write_private(keep_bundle, fetched.to_json().encode() + b"\n", force=True)
    if as_json:
        typer.echo(json.dumps([{"file": name, **report.to_dict()} for name, report in reports.items()], indent=2))
    else:
        for name, report in reports.items():
            asked.show(name, report, data[name], kept, details=details)
    if keep_bundle is not None:
        err.print(f"[green]kept[/] {escape(str(keep_bundle))}", soft_wrap=True)
    _exit(list(reports.values()))


@no_traceback
def verify_presentation(
    file: Annotated[
        str,
        typer.Argument(
            metavar="FILE", help="A presentation as JSON or JWT, or an SD-JWT bound to a key; - is standard input."
        ),
    ],
    challenge: Annotated[
        str | None, typer.Option(metavar="TEXT", help="What you asked the holder to answer, fresh for each occasion.")
    ] = None,
    any_challenge: Annotated[
        bool, typer.Option("--any-challenge", help="Accept copies of what was shown before.")
    ] = False,
    domain: Annotated[str | None, typer.Option(metavar="TEXT", help="Who you are, as you told the holder.")] = None,
    any_domain: Annotated[bool, typer.Option("--any-domain", help="Accept what was made for others.")] = False,
    holder_is_subject: Annotated[
        bool, typer.Option("--holder-is-subject", help="Each credential must be about the holder, and nobody else.")
    ] = False,
    trust: TrustOption = None,
    registry: RegistryOption = None,
    any_issuer: AnyIssuerOption = False,
    at: AtOption = None,
    schema: SchemaOption = None,
    context: ContextOption = None,
    online: OnlineOption = False,
    bundle: BundleOption = None,
    language: LanguageOption = None,
    details: DetailsOption = False,
    as_json: JSONOption = False,
) -> None:
    """Verify a presentation: that its holder shows it here and now, and each credential in it.

    Exit code 0: verified; 1: refused; 2: it cannot be told.
    """
    if (challenge is None) != any_challenge:
        raise typer.BadParameter("say what you asked the holder: --challenge TEXT, or --any-challenge")
    if (domain is None) != any_domain:
        raise typer.BadParameter("say who you are: --domain TEXT, or --any-domain")
    if "" in (challenge, domain):
        raise typer.BadParameter("the challenge and the domain must not be empty")
    asked = _Asked(spoken(language), _trusted(trust, registry, any_issuer), online=online, any_issuer=any_issuer)
    moment, kept, data = _moment(at), _bundle(bundle), read_credential(file)
    with HTTPFetcher() if online else nullcontext() as fetcher:
        report = Verifier(
            trusted_issuers=asked.trusted, contexts=contexts(context), schemas=_schemas(schema), fetcher=fetcher
        ).check_presentation(
            data, challenge=challenge, domain=domain, holder_is_subject=holder_is_subject, at=moment, bundle=kept
        )
    if as_json:
        typer.echo(json.dumps({"file": file, **report.to_dict()}, indent=2))
    else:
        asked.show(file, report, data, kept, details=details)
    _exit([report])


@dataclass(frozen=True)
class _Asked:
    """How it was asked for, which is said beside what was found."""

    messages: Messages
    trusted: TrustedIssuers = field(repr=False)
    online: bool
    any_issuer: bool

    def show(
        self,
        name: str,
        report: VerificationReport | PresentationReport,
        data: bytes,
        bundle: VerificationBundle | None,
        *,
        details: bool,
    ) -> None:
        """Print a report as a box."""
        language = self.messages.language
        document = _read(data)
        notes = verify_notes(
            report, self.messages, any_issuer=self.any_issuer, online=self.online or bundle is not None
        )
        if bundle is not None and not report.verified and not report.refused:
            notes.append(self.messages.words("command", "bundle", at=DateTime.of(bundle.at).lexical))
        if document is not None and report.verified:
            said = [summary(document, language)] if report.of == "credential" else said_in(document, language)
            notes[:0] = [self.messages.words("command", "says", summary=each) for each in said]
        elif document is not None and report.of == "credential" and is_presentation(document):
            notes.append(self.messages.words("command", "presentation"))
        title = "standard input" if name == "-" else name
        out.print(report_panel(title, report, language=language, notes=notes, details=details))


def said_in(presentation: JSONObject, language: str = "en") -> Iterator[str]:
    """Yield what the credentials in a presentation claim, a line for each of the first."""
    held = presentation.get("verifiableCredential", [])
    each_held = held if isinstance(held, list) else [held]
    for each in each_held[:_SHOWN]:
        document = _read(each) if isinstance(each, str | dict) else None
        yield "…" if document is None else summary(document, language)
    if len(each_held) > _SHOWN:
        yield f"… (+{len(each_held) - _SHOWN})"


def _read(data: Readable) -> JSONObject | None:
    """Return the document of what came in, unverified; None when it cannot be read."""
    try:
        return receive(data).document
    except DocumentError:
        return None


def _exit(reports: Sequence[VerificationReport | PresentationReport]) -> None:
    if any(report.refused for report in reports):
        raise typer.Exit(EXIT_REFUSED)
    if not all(report.verified for report in reports):
        raise typer.Exit(EXIT_CANNOT_TELL)


def _trusted(ids: list[str] | None, registries: list[str] | None, any_issuer: bool) -> TrustedIssuers:
    if any_issuer and (ids or registries):
        raise typer.BadParameter(
            "--any-issuer accepts everybody, so that --trust and --registry mean nothing: drop either"
        )
    if not (any_issuer or ids or registries):
        raise typer.BadParameter(
            "say whom to trust: --trust ID, --registry FILE (both may be repeated), or --any-issuer"
        )
    if any_issuer:
        return ANY_ISSUER
    return [*(ids or ()), *(_registry(each) for each in registries or ())]


def _registry(source: str) -> RegistryFile:
    if not source.startswith(("https://", "http://")):
        with reading(source):
            content = loads_object(read_file(source, DEFAULT_LIMITS.max_document_bytes))
            return RegistryFile(content, name=Path(source).name)
    try:
        return RegistryFile(source, name=source)
    except ValueError as error:
        raise typer.BadParameter(f"--registry: {error}") from None


def _bundle(file: Path | None) -> VerificationBundle | None:
    if file is None:
        return None
    with reading(file):
        return VerificationBundle.from_json(read_file(str(file), DEFAULT_LIMITS.max_bundle_bytes))


def contexts(pairs: Sequence[str] | None) -> dict[str, bytes]:
    """Return the documents that ``--context URL=FILE`` names, as they are in the files."""
    found: dict[str, bytes] = {}
    for pair in pairs or ():
        url, separator, file = pair.rpartition("=")
        if not separator:
            raise typer.BadParameter("--context takes URL=FILE")
        found[url] = _json_file(file)
    return found


def _schemas(named: Sequence[str] | None) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    for each in named or ():
        url, _, file = each.rpartition("=") if "://" in each else ("", "", each)
        content = _json_file(file)
        own: JSONValue = loads_object(content).get("$id")
        if not url and not isinstance(own, str):
            raise typer.BadParameter(f"{file} has no $id; say under which URL credentials name it: --schema URL={file}")
        found[url or str(own)] = content
    return found


def _json_file(name: str) -> bytes:
    """Return the bytes of a JSON file, of which credentials may have digests."""
    content = read_file(name, DEFAULT_LIMITS.max_document_bytes)
    with reading(name):
        loads_object(content)
    return content


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
