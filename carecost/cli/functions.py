"""Commands on the CARE functions: functions, call, lambdas."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from carecost.cli.options import RatesOption, workbook_name
from carecost.errors import CellError, DataError

# So many different faults of a range are told in words.
MOST_FAULTS = 10

commands = typer.Typer()


@commands.command("functions")
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


@commands.command(context_settings={"ignore_unknown_options": True})
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


@commands.command()
def lambdas(
    out: Annotated[
        Path | None,
        typer.Option(
            "-o",
            "--out",
            metavar="FILE.xlsx",
            callback=workbook_name,
            help="The workbook to write. Default: carecost_lambdas.xlsx.",
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
