"""The commands, in the order in which ``microcred --help`` lists them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Protocol

import typer

from microcred import __version__
from microcred.cli import demo as demonstration
from microcred.cli.batch_command import batch
from microcred.cli.image_commands import bake_image, unbake_image
from microcred.cli.inspect_command import inspect
from microcred.cli.issue_commands import issue, keygen
from microcred.cli.issuer_commands import issuers, keys
from microcred.cli.options import examples
from microcred.cli.publish_commands import publish
from microcred.cli.reissue_command import reissue_all
from microcred.cli.running import no_traceback, out
from microcred.cli.serve_command import serve
from microcred.cli.share_commands import sharing
from microcred.cli.status_commands import statuses
from microcred.cli.verify_commands import verify, verify_presentation

__all__ = ["app", "program"]

_HELP = ["-h", "--help"]
app = typer.Typer(
    name="microcred",
    help="Issue and verify Open Badges 3.0 and W3C Verifiable Credentials.",
    epilog=examples(
        "microcred demo",
        "microcred verify badge.json --any-issuer",
        "microcred COMMAND --help",
    )
    + "\n\nExit codes: 0 done or verified, 1 refused, 2 cannot tell, 64 wrong usage, 130 stopped with Ctrl-C.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": _HELP},
    rich_markup_mode="rich",
)


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


@no_traceback
def demo(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Where to leave the files.")] = Path(
        "microcred-demo"
    ),
) -> None:
    """Show the whole way in ten seconds: a key, a badge, both verified, a tampered copy refused."""
    demonstration.run(folder, out)


_EVERYBODY = "For everybody"
_ISSUERS = "For issuers"

app.command(rich_help_panel=_EVERYBODY, epilog=examples("microcred demo"))(demo)
app.command(
    rich_help_panel=_EVERYBODY,
    epilog=examples(
        "microcred verify badge.json --trust did:web:example.edu --online",
        "microcred verify badge.png --any-issuer --recipient learner@example.com",
        "microcred verify *.json --registry registry.json --json",
    ),
)(verify)
app.command(
    "verify-presentation",
    rich_help_panel=_EVERYBODY,
    epilog=examples(
        "microcred verify-presentation shown.json --any-issuer --challenge n-0S6_WzA2Mj --domain https://jobs.example",
        "microcred verify-presentation shown.jwt --trust did:web:example.edu --any-challenge --any-domain",
    ),
)(verify_presentation)
app.command(
    rich_help_panel=_EVERYBODY,
    epilog=examples("microcred inspect badge.png", "microcred inspect badge.jwt --json"),
)(inspect)
app.command(
    "unbake",
    rich_help_panel=_EVERYBODY,
    epilog=examples("microcred unbake badge.png", "microcred unbake badge.svg --output badge.json"),
)(unbake_image)
app.add_typer(sharing, rich_help_panel=_EVERYBODY)
app.command(
    rich_help_panel=_ISSUERS,
    epilog=examples("microcred keygen issuer.pem", "microcred keygen issuer-jwt.pem --kind P-256"),
)(keygen)
app.command(
    rich_help_panel=_ISSUERS,
    epilog=examples(
        "microcred issue template.toml --key issuer.pem --to did:example:learner --output badge.json",
        "microcred issue template.toml --issuer issuer --to learner@example.com --format jwt",
    ),
)(issue)
app.command(
    rich_help_panel=_ISSUERS,
    epilog=examples(
        "microcred batch template.toml cohort.csv --key issuer.pem --to email --run spring --dry-run",
        "microcred batch template.toml cohort.xlsx --issuer issuer --to email --id-from email --run spring --jobs 2",
    ),
)(batch)
app.command(
    "bake",
    rich_help_panel=_ISSUERS,
    epilog=examples(
        "microcred bake picture.png badge.json --output badge.png",
        "microcred issue template.toml -k issuer.pem -t did:example:ann | microcred bake picture.svg - -o badge.svg",
    ),
)(bake_image)
app.add_typer(statuses, rich_help_panel=_ISSUERS)
app.add_typer(issuers, rich_help_panel=_ISSUERS)
app.add_typer(keys, rich_help_panel=_ISSUERS)
app.command(
    rich_help_panel=_ISSUERS,
    epilog=examples(
        "microcred publish site --database sqlite:///status.db", "microcred publish site --credential badges --prune"
    ),
)(publish)
app.command(
    "reissue",
    rich_help_panel=_ISSUERS,
    epilog=examples("microcred reissue issued --output again"),
)(reissue_all)
app.command(
    rich_help_panel=_ISSUERS,
    epilog=examples(
        "microcred serve",
        'microcred serve try --name "Example University" --port 8080',
        "microcred serve --new-token",
        "microcred serve --config server.toml --host 0.0.0.0 --workers 2",
    ),
)(serve)


class Program(Protocol):
    """A command that can be run."""

    def __call__(self, *, prog_name: str) -> object:
        """Run it with the arguments of this process."""
        ...


def program() -> Program:
    """Return what runs the commands."""
    root = typer.main.get_command(app)
    waiting = [root]
    for command in waiting:
        waiting += getattr(command, "commands", {}).values()
        # Paragraphs are broken for the width of the screen, not where the source has them broken.
        command.help = re.sub(r"(?<!\n)\n(?!\n)", " ", command.help or "")
        for parameter in command.get_params(typer.Context(command, help_option_names=_HELP)):
            # Help would call it <bool>, as if a value had to follow.
            if getattr(parameter, "is_flag", False):
                parameter.metavar = ""
    return root
