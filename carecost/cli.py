"""The command line: every command is a few lines over the library.

Heavy libraries are imported by the commands that need them, so that ``--help`` answers at once.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from carecost import __version__
from carecost.errors import CarecostError, CellError, DataError

# So many different faults of a range are told in words.
MOST_FAULTS = 10

app = typer.Typer(
    name="carecost",
    help="Cost and business-case modeling for customer care, in the spreadsheet.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
RatesOption = Annotated[
    Path | None,
    typer.Option("--rates", metavar="CARD.toml", help="A rate card of your own, over the built-in one."),
]


@app.callback(invoke_without_command=True)
def start(
    version: Annotated[bool, typer.Option("--version", help="Show the version and leave.")] = False,
) -> None:
    """Cost and business-case modeling for customer care, in the spreadsheet."""
    if version:
        typer.echo(f"carecost {__version__}")
        raise typer.Exit


@app.command()
def plan(
    plan_file: Annotated[
        Path, typer.Argument(metavar="PLAN.toml", help="The plan to compute.", show_default=False)
    ],
    out: Annotated[
        Path | None,
        typer.Option(
            "-o", "--out", metavar="OUT.xlsx", help="The workbook to write. Default: named after the plan."
        ),
    ] = None,
    rates: RatesOption = None,
    as_json: Annotated[
        bool,
        typer.Option("--json", help="Print inputs, lines by month and results; a workbook only with -o."),
    ] = False,
) -> None:
    """Compute a 12-month P&L, print its summary and write the workbook.

    Example: carecost plan examples/worked_example.toml -o budget.xlsx
    """
    from carecost.planfile import load_plan
    from carecost.rates import load_card
    from carecost.workbook.fill import fill
    from carecost.workbook.package import write_whole

    result = load_plan(plan_file, load_card(rates) if rates else None).run()
    target = out or (None if as_json else Path(f"{plan_file.stem}.xlsx"))
    if target:
        write_whole(target, fill(result))
    if as_json:
        typer.echo(json.dumps(result.to_dict(), indent=1, ensure_ascii=False))
        return
    from carecost.report import print_summary

    print_summary(result)
    typer.echo(
        f"\nWrote {target}. Open it in Excel, LibreOffice or Google Sheets; change a blue cell and it recalculates."
    )


@app.command()
def demo(
    out: Annotated[
        Path,
        typer.Option("-o", "--out", metavar="DIR", help="The folder to write to; made if it is missing."),
    ] = Path("budgets"),
) -> None:
    """Build the budget workbook of every example plan.

    Example: carecost demo -o budgets
    """
    from carecost.planfile import load_plan
    from carecost.shipped import shipped
    from carecost.workbook.fill import fill
    from carecost.workbook.package import make_folder, write_whole

    make_folder(out)
    plans = sorted(shipped("examples").glob("*.toml"))
    for place, path in enumerate(plans, start=1):
        result = load_plan(path).run()
        target = out / f"{path.stem}.xlsx"
        write_whole(target, fill(result))
        cost = float(result.numbers.years["spend_total"])
        currency = result.plan.values["currency"]
        typer.echo(
            f"{place}/{len(plans)}  {target}  {result.plan.values['name']}: {cost:,.0f} {currency} in the year"
        )
    typer.echo(
        f"\n{len(plans)} workbooks are in {out}. Open {out / 'amare_seasonal_peak.xlsx'} first: its Summary sheet."
    )


@app.command()
def verify(
    files: Annotated[
        list[Path], typer.Argument(metavar="FILE...", help="Finished workbooks.", show_default=False)
    ],
) -> None:
    """Recompute workbooks with LibreOffice (else ironcalc) and compare every formula cell.

    Leaves with 1 when a cell differs by more than 1e-9 relative. Example: carecost verify budgets/*.xlsx
    """
    from carecost.workbook.verify import verify as recompute

    outcomes = recompute(files)
    for outcome in outcomes:
        typer.echo(
            f"{outcome.path}: {outcome.formulas} formula cells, {outcome.engine}, "
            f"largest difference {outcome.largest:.2g}, {len(outcome.differences) or 'none'} beyond 1e-9"
        )
        for found in outcome.differences[:20]:
            typer.echo(f"  {found.cell}: stored {found.stored!r}, recomputed {found.recomputed!r}")
    if any(outcome.differences for outcome in outcomes):
        raise typer.Exit(1)


@app.command("functions")
def list_functions(
    name: Annotated[
        str | None, typer.Argument(metavar="[NAME]", help="One function, such as CARE_AGENTS.")
    ] = None,
) -> None:
    """List the CARE functions by area, or show one with its arguments, errors and examples.

    Example: carecost functions CARE_AGENTS
    """
    from carecost.functions.describe import by_area, help_text

    if name:
        typer.echo(help_text(_function(name)))
        return
    for area, functions in by_area():
        typer.echo(f"{area}")
        for function in functions:
            typer.echo(f"  {function.name:26} {function.summary}")
        typer.echo()
    typer.echo("carecost functions NAME shows one; carecost call NAME ... computes it.")


@app.command(context_settings={"ignore_unknown_options": True})
def call(
    name: Annotated[
        str, typer.Argument(metavar="NAME", help="A function, such as CARE_FTE_COST.", show_default=False)
    ],
    arguments: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[VALUE | ARGUMENT=VALUE]...", help="In order, then by name. 30%, {0.5;0.75}, TRUE."
        ),
    ] = None,
    rates: RatesOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    """Compute one CARE function; each cell's error is one line, and the exit code is then 1.

    Example: carecost call CARE_FTE_COST offshore level=high
    """
    from carecost.functions.describe import result_text
    from carecost.functions.typed import parse_arguments
    from carecost.rates import use_card

    if rates:
        use_card(rates)
    if name.startswith("="):
        raise DataError("write the name and its values apart, such as: carecost call CARE_FTE 1100")
    function = _function(name)
    try:
        answer = function(**parse_arguments(function, arguments or []))
    except CellError as error:
        typer.echo(json.dumps(_as_object(error)) if as_json else f"{error.code} {error}")
        raise typer.Exit(1) from None
    rows = answer.tolist() if hasattr(answer, "tolist") else answer
    typer.echo(json.dumps(rows, default=_as_object) if as_json else result_text(rows))
    faults = list(dict.fromkeys(f"{cell.code} {cell}" for cell in _flat(rows) if isinstance(cell, CellError)))
    for fault in faults[:MOST_FAULTS]:
        typer.echo(fault, err=True)
    if faults:
        raise typer.Exit(1)


@app.command()
def lambdas(
    out: Annotated[
        Path | None,
        typer.Option(
            "-o", "--out", metavar="FILE.xlsx", help="The workbook to write. Default: carecost_lambdas.xlsx."
        ),
    ] = None,
    into: Annotated[
        Path | None,
        typer.Option(
            "--into", metavar="BOOK.xlsx", help="Add the functions to this workbook of yours instead."
        ),
    ] = None,
    rates: RatesOption = None,
) -> None:
    """Write the functions as native Excel 365 LAMBDAs: no add-in, no macros, no Python in Excel.

    Example: carecost lambdas --into budget.xlsx
    """
    from carecost.rates import use_card
    from carecost.workbook.pack import add_to, write_pack

    if rates:
        use_card(rates)
    if into and out:
        raise DataError("--into changes the workbook in place: leave -o out, or copy the workbook first.")
    if into:
        done = add_to(into)
        typer.echo(
            f"{done.path}: {len(done.added)} functions added, {len(done.replaced)} replaced, nothing else touched."
        )
        return
    pack = write_pack(out or Path("carecost_lambdas.xlsx"))
    typer.echo(
        f"Wrote {pack.path} with {len(pack.functions)} functions. Open it in Excel 365 and read its first sheet."
    )
    for name, reason in pack.left_out.items():
        typer.echo(f"Not in it: {name}, {reason}.")


def _flat(rows: Any) -> Iterator[Any]:
    if isinstance(rows, list):
        for row in rows:
            yield from _flat(row)
    else:
        yield rows


def _as_object(error: CellError) -> dict[str, str]:
    return {"error": error.code, "message": str(error)}


def _function(name: str) -> Any:
    from carecost.functions import REGISTRY
    from carecost.model.inputs import nearest, one_line

    if name.upper() not in REGISTRY:
        raise DataError(
            f"{one_line(name)} is not a function.{nearest(name.upper(), REGISTRY)} `carecost functions` lists them."
        )
    return REGISTRY[name.upper()]


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
