"""Commands on what goes to vendors and comes back: request, read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

commands = typer.Typer(no_args_is_help=True)


@commands.command()
def request(
    out: Annotated[
        Path, typer.Option("-o", "--out", metavar="FILE.xlsx", help="The workbook to write.")
    ] = Path("quote_request.xlsx"),
) -> None:
    """Write the quote request: a workbook to send to vendors, who fill it in and send it back.

    Example: carecost quotes request -o quote_request.xlsx
    """
    from carecost.quotes.request import QUOTE_REQUEST
    from carecost.workbook.package import write_whole

    write_whole(out, QUOTE_REQUEST.read_bytes())
    typer.echo(f"Wrote {out}. Fill in the buyer's lines on its first sheet, and send it to the vendors.")


@commands.command()
def read(
    files: Annotated[
        list[Path],
        typer.Argument(
            metavar="FILE...",
            help="Filled requests (.xlsx), or offers as .toml, .json, .csv.",
            show_default=False,
        ),
    ],
    as_json: Annotated[bool, typer.Option("--json", help="Print every answer and every problem.")] = False,
) -> None:
    """Read what vendors sent back, and list all problems of every file at once.

    Leaves with 2 when a file has problems; the others are shown. Example: carecost quotes read replies/*.xlsx
    """
    from carecost.quotes.reading import read_quotes

    readings = read_quotes(files)
    if as_json:
        typer.echo(json.dumps([reading.to_dict() for reading in readings], indent=1, ensure_ascii=False))
    else:
        for reading in readings:
            typer.echo(f"{reading.source}: {reading.summary}")
            for problem in reading.problems:
                typer.echo(f"  {problem}")
    faulty = sum(not reading.offer for reading in readings)
    if faulty:
        typer.echo(f"carecost: {faulty} of {len(readings)} offers cannot be used as they are.", err=True)
        raise typer.Exit(2)
