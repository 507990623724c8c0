"""Commands on plans and their workbooks: plan, demo, verify."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from carecost.cli.options import RatesOption, workbook_name

commands = typer.Typer()


@commands.command()
def plan(
    plan_file: Annotated[
        Path, typer.Argument(metavar="PLAN.toml", help="The plan to compute.", show_default=False)
    ],
    out: Annotated[
        Path | None,
        typer.Option(
            "-o",
            "--out",
            metavar="OUT.xlsx",
            callback=workbook_name,
            help="The workbook to write. Default: named after the plan.",
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


@commands.command()
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


@commands.command()
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
