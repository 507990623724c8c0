"""Commands on vendor quotes: quotes compare."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

commands = typer.Typer()
quotes = typer.Typer(
    no_args_is_help=True,
    help="Vendor quotes on one basis, side by side.\n\n"
    "Example: carecost quotes compare offers/*.toml --demand demand.toml",
)
commands.add_typer(quotes, name="quotes")


@quotes.command()
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
            "-o", "--out", metavar="COMPARISON.xlsx", help="The workbook. Default: comparison.xlsx."
        ),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print everything as JSON; a workbook only with -o.")
    ] = False,
) -> None:
    """Price offers month by month against one demand, and write the comparison workbook.

    A file that cannot be used is named with all its problems; the others are compared, and the exit code is 1.

    Example: carecost quotes compare examples/quotes/offers/* --demand examples/quotes/demand.toml
    """
    from carecost.errors import DataError
    from carecost.quotes.compare import compare as side_by_side
    from carecost.quotes.demand import load_demand
    from carecost.quotes.offer import load_offer
    from carecost.quotes.workbook import comparison_workbook
    from carecost.workbook.package import write_whole

    wanted = load_demand(demand, weights)
    found, refused = [], 0
    for path in offers:
        try:
            found.append(load_offer(path))
        except DataError as error:
            refused += 1
            typer.echo(f"carecost: {error}", err=True)
    comparison = side_by_side(found, wanted)
    target = out or (None if as_json else Path("comparison.xlsx"))
    if target:
        write_whole(target, comparison_workbook(comparison))
    if as_json:
        typer.echo(json.dumps(comparison.to_dict(), indent=1, ensure_ascii=False))
    else:
        from carecost.quotes.report import print_comparison

        print_comparison(comparison)
        typer.echo(f"\nWrote {target}. Its first sheet is made for the steering committee.")
    if refused:
        raise typer.Exit(1)
