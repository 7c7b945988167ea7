"""``microcred serve``: the service for other programs and for people, with an issuer made for it if there is none."""

from __future__ import annotations

import errno
import hashlib
import ipaddress
import json
import os
import secrets
import socket
import sys
import uuid
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from microcred.cli.options import was_typed
from microcred.cli.render import table
from microcred.cli.running import err, no_traceback, out
from microcred.errors import MicrocredError
from microcred.files import PRIVATE, PUBLIC, locked, write_file
from microcred.issuer import IssuerFolder
from microcred.issuer.folder import KeyFile
from microcred.json import JSONObject, loads_object
from microcred.models import CREDENTIALS_V2, OPEN_BADGES_CONTEXT, Profile

if TYPE_CHECKING:
    from microcred.server import Settings

__all__ = ["serve"]

_PREFIX = "MICROCRED_SERVER_"
_FOLDER = Path("microcred-server")
_LOOPBACK = "127.0.0.1"
_NEEDED = ("fastapi", "jinja2", "prometheus_client", "python_multipart", "sqlalchemy", "uvicorn")


@no_traceback
def serve(
    context: typer.Context,
    folder: Annotated[
        Path,
        typer.Argument(metavar="FOLDER", help="Where the issuer, its key and its database are; made if not there."),
    ] = _FOLDER,
    config: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Settings in TOML, in place of FOLDER.", envvar=f"{_PREFIX}FILE"),
    ] = None,
    host: Annotated[
        str, typer.Option(metavar="ADDRESS", help="The address to listen on; others than this machine's need tokens.")
    ] = _LOOPBACK,
    port: Annotated[int, typer.Option(metavar="NUMBER", help="The port to listen on.", min=1, max=65_535)] = 8000,
    base_url: Annotated[
        str | None,
        typer.Option(metavar="URL", help="Where others reach it, such as https://badges.example.edu."),
    ] = None,
    workers: Annotated[int, typer.Option(metavar="NUMBER", help="How many processes.", min=1, max=64)] = 1,
    name: Annotated[str, typer.Option("--name", "-n", help="The name of the issuer that is made.")] = "My first issuer",
    new_token: Annotated[
        bool, typer.Option("--new-token", help="Print a new token, and what the settings need to know it by.")
    ] = False,
) -> None:
    """Serve: issue, verify and revoke over HTTP, and pages for people. Without settings, to try it on this machine.

    The first time, an issuer is made in FOLDER, with a key of its own and a database; the next time, it is there.
    """
    if new_token:
        _print_token()
        return
    given = {} if base_url is None else {"BASE_URL": base_url}
    is_trial = config is None and not any(each.startswith(f"{_PREFIX}ISSUER_") for each in os.environ)
    if is_trial:
        given = {"BASE_URL": _url(host, port), **given, **_made(folder, name)}
    else:
        if was_typed(context, "folder"):
            raise typer.BadParameter("FOLDER is for trying it out; with settings, the issuers are those that they name")
        given |= {} if config is None else {"FILE": str(config.absolute())}
    environment = {_PREFIX + each: value for each, value in given.items()}
    settings = _settings(environment)
    _check_address(settings, host, port)
    if is_trial:
        _require_token(settings)
        _say_how_to_begin(folder, settings.base_url)
    else:
        out.print(f"microcred serves [bold]{escape(settings.base_url)}[/], and listens on {_url(host, port)}")
    _run(settings, host, port, workers, environment)


def _print_token() -> None:
    token = secrets.token_urlsafe(32)
    out.print("The token, for whoever may have something signed; it is shown only now:\n")
    typer.echo(f"  {token}\n")
    out.print("What the settings need:\n")
    typer.echo(f'  [[tokens]]\n  name = "lms"\n  sha256 = "{hashlib.sha256(token.encode()).hexdigest()}"')


def _settings(environment: dict[str, str]) -> Settings:
    if not all(find_spec(each) for each in _NEEDED):
        raise MicrocredError("the service needs an extra: pip install 'microcred[server]'")
    from microcred.server import Settings

    return Settings.load(environment={**os.environ, **environment})


def _run(settings: Settings, host: str, port: int, workers: int, environment: dict[str, str]) -> None:
    from microcred.server.running import run

    run(settings, host=host, port=port, workers=workers, readable=sys.stderr.isatty(), environment=environment)


# To try it


def _made(folder: Path, name: str) -> dict[str, str]:
    """Make an issuer where there is none, and return the settings that name it."""
    folder.mkdir(parents=True, exist_ok=True)
    password, issuer = folder / "password", IssuerFolder(folder / "issuer")
    with locked(folder):
        if not password.exists() and not issuer.exists:
            write_file(password, f"{secrets.token_urlsafe(32)}\n".encode(), mode=PRIVATE)
        if not issuer.exists:
            key = KeyFile(password.read_text(encoding="utf-8").strip())
            # Its id is its key, which nobody has to look up.
            issuer.create(Profile(id="did:key", name=name), key)
    return {
        "ISSUER_FOLDER": str(issuer.path.absolute()),
        "ISSUER_PASSWORD_FILE": str(password.absolute()),
        "ISSUER_HOST": "true",
        "NO_TOKEN_ON_LOOPBACK": "true",
    }


def _say_how_to_begin(folder: Path, base_url: str) -> None:
    file = folder / "first-badge.json"
    page = _first_badge(file, base_url)
    grid = table(12, None, None)
    grid.add_row("for people", f"[bold]{escape(base_url)}/[/]", "verify a badge")
    grid.add_row("for programs", escape(f"{base_url}/openapi.json"), "what they can ask for")
    grid.add_row("the issuer", escape(f"{folder}{os.sep}issuer"), "its key, and what it issued")
    out.print(grid, soft_wrap=True)
    out.print("\nIssue a first badge, from another terminal:\n")
    # Sent twice, it is issued once; its own id is the key, since another address makes another badge.
    headers = f'-H "Content-Type: application/json" -H "Idempotency-Key: {page.rpartition("/")[2]}"'
    typer.echo(f'  curl {base_url}/credentials/issue {headers} -d "@{file}"\n')
    out.print("Then look at it:\n")
    typer.echo(f"  {page}\n")
    if base_url.startswith("http:"):
        err.print(
            "This is to try it: badges that name an http address verify here, and nowhere else. Stop it with Ctrl-C.",
            soft_wrap=True,
        )


def _require_token(settings: Settings) -> None:
    """Refuse an address of others without tokens: a proxy in front of it may not say that it is one."""
    from microcred.server.tokens import is_here

    if not settings.tokens and not is_here(settings.base_url):
        raise MicrocredError(
            f"at {settings.base_url} nothing is signed without a token: make one with microcred serve --new-token, and "
            f"put its hash into the environment as {_PREFIX}TOKENS, or leave --base-url out"
        )


def _first_badge(file: Path, base_url: str) -> str:
    """Write the request for a first badge, unless it is there, and return the badge's URL."""
    begin = f"{base_url}/credentials/"
    if file.exists():
        credential = loads_object(file.read_bytes()).get("credential")
        there = credential.get("id") if isinstance(credential, dict) else None
        if isinstance(there, str) and there.startswith(begin):
            return there
    credential_id = f"{begin}{uuid.uuid4()}"
    achievement: JSONObject = {
        "id": "urn:uuid:5b6f7b0e-7c0f-4f43-9d3c-3f4f4a4e8d11",
        "type": ["Achievement"],
        "name": "First steps",
        "description": "Had a service issue a badge.",
        "criteria": {"narrative": "Sent a request, and looked at the page."},
    }
    credential = {
        "@context": [CREDENTIALS_V2, OPEN_BADGES_CONTEXT],
        "id": credential_id,
        "type": ["VerifiableCredential", "OpenBadgeCredential"],
        "name": "First steps",
        "credentialSubject": {"id": "did:example:learner", "type": ["AchievementSubject"], "achievement": achievement},
    }
    write_file(file, json.dumps({"credential": credential}, indent=2).encode() + b"\n", mode=PUBLIC)
    return credential_id


# Where to listen


def _url(host: str, port: int) -> str:
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _is_here(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _check_address(settings: Settings, host: str, port: int) -> None:
    """Refuse to let strangers sign, and say early and in plain words when nobody can listen there."""
    if not _is_here(host) and settings.issuers and not settings.tokens:
        raise MicrocredError(
            f"others can reach {host}, and without tokens nobody could have anything signed there: make one with "
            "microcred serve --new-token, and put its hash into the settings (--config); or listen on 127.0.0.1"
        )
    try:
        (family, kind, protocol, _, address), *_ = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        with socket.socket(family, kind, protocol) as probe:
            if os.name == "posix":
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except socket.gaierror:
        raise MicrocredError(f"{host} is no address of this machine; try --host 127.0.0.1") from None
    except OSError as error:
        raise MicrocredError(_cannot_listen(error, host, port)) from None


def _cannot_listen(error: OSError, host: str, port: int) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"another program listens on port {port} already; end it, or take another one: --port {port + 1}"
    if error.errno == errno.EACCES:
        return f"port {port} is for the administrator of this machine; take one above 1023, such as --port 8000"
    if error.errno == errno.EADDRNOTAVAIL:
        return f"{host} is no address of this machine; try --host 127.0.0.1, or 0.0.0.0 for all that it has"
    return f"cannot listen on {host}, port {port}: {error.strerror}"
