"""The command line: every command is a few lines over the library.

One module per group of commands. Heavy libraries are imported by the commands that need them, so that
``--help`` answers at once.
"""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from carecost import __version__
from carecost.cli import functions, plans, quotes
from carecost.errors import CarecostError

app = typer.Typer(
    name="carecost",
    help="Cost and business-case modeling for customer care, in the spreadsheet.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
app.add_typer(plans.commands)
app.add_typer(functions.commands)
app.add_typer(quotes.commands)


@app.callback(invoke_without_command=True)
def start(
    version: Annotated[bool, typer.Option("--version", help="Show the version and leave.")] = False,
) -> None:
    """Cost and business-case modeling for customer care, in the spreadsheet."""
    if version:
        typer.echo(f"carecost {__version__}")
        raise typer.Exit


def main() -> None:
    """Run the command line; what goes wrong is one plain line and exit code 2."""
    try:
        app()
    except CarecostError as error:
        typer.echo(f"carecost: {error}", err=True)
        sys.exit(2)
    except KeyboardInterrupt:
        typer.echo("carecost: stopped. Files that were finished are whole.", err=True)
        sys.exit(130)
