"""Commands on vendor quotes: request, read, compare."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from carecost.cli.options import workbook_name
from carecost.errors import DataError

if TYPE_CHECKING:
    from carecost.quotes.offer import Offer
    from carecost.quotes.reading import Reading

commands = typer.Typer(no_args_is_help=True)


@commands.command()
def request(
    out: Annotated[
        Path,
        typer.Option(
            "-o", "--out", metavar="FILE.xlsx", callback=workbook_name, help="The workbook to write."
        ),
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

    Leaves with 1 when a file has problems; the others are shown. Example: carecost quotes read replies/*.xlsx
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
        raise typer.Exit(1)


@commands.command()
def compare(
    offers: Annotated[
        list[Path], typer.Argument(metavar="QUOTE...", help="Offers of vendors.", show_default=False)
    ],
    demand: Annotated[
        Path,
        typer.Option(
            "--demand", metavar="DEMAND.toml", help="What they are priced against.", show_default=False
        ),
    ],
    weights: Annotated[
        Path | None,
        typer.Option(
            "--weights", metavar="W.toml", help="Weights of the scorecard, instead of the demand's."
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "-o",
            "--out",
            metavar="COMPARISON.xlsx",
            callback=workbook_name,
            help="The workbook. Default: comparison.xlsx.",
        ),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print everything as JSON; a workbook only with -o.")
    ] = False,
) -> None:
    """Price offers month by month against one demand, and write the comparison workbook.

    An offer that cannot be read or priced is named with all its problems; the others are compared, and the exit
    code is 1.

    Example: carecost quotes compare examples/quotes/offers/* --demand examples/quotes/demand.toml
    """
    from carecost.quotes.compare import compare as side_by_side
    from carecost.quotes.compare import priceable
    from carecost.quotes.demand import load_demand
    from carecost.quotes.reading import read_quotes
    from carecost.quotes.workbook import comparison_workbook
    from carecost.workbook.package import write_whole

    wanted = load_demand(demand, weights)
    readings = read_quotes(offers)
    usable, refused = priceable([reading.offer for reading in readings if reading.offer], wanted)
    for line in (*_problems(readings), *(f"carecost: {line}" for line in refused)):
        typer.echo(line, err=True)
    _refuse_doubles(usable)
    comparison = side_by_side(usable, wanted)
    target = out or (None if as_json else Path("comparison.xlsx"))
    if target:
        write_whole(target, comparison_workbook(comparison))
    if as_json:
        typer.echo(json.dumps(comparison.to_dict(), indent=1, ensure_ascii=False))
    else:
        from carecost.quotes.report import print_comparison

        print_comparison(comparison)
        typer.echo(f"\nWrote {target}. Its first sheet is made for the steering committee.")
    if len(usable) < len(readings):
        raise typer.Exit(1)


def _refuse_doubles(offers: Sequence[Offer]) -> None:
    """Two rows of one name in a comparison could not be told apart."""
    first: dict[str, Offer] = {}
    for offer in offers:
        other = first.setdefault(offer.label, offer)
        if other is not offer:
            raise DataError(
                f"{other.source} and {offer.source} are both {offer.label}: leave one out, or give each an offer "
                "number of its own."
            )


def _problems(readings: list[Reading]) -> Iterator[str]:
    """The problems of every file that cannot be used."""
    for reading in readings:
        if not reading.offer:
            yield f"carecost: {reading.source}: {reading.summary}"
            yield from (f"  {problem}" for problem in reading.problems)
