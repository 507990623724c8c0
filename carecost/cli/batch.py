"""Commands on driver tables: batch, batch check."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from carecost.cli.options import RatesOption
from carecost.errors import DataError

if TYPE_CHECKING:
    from carecost.batch.job import Outcome, Rejection
    from carecost.batch.run import Order

FORMATS = ("xlsx", "parquet")
SHOWN_REJECTIONS = 20


class RunsByDefault(TyperGroup):
    """``carecost batch DRIVERS ...`` runs; only ``check`` is a word of its own."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Put the name of the run command first where no command is named."""
        if args and args[0] not in self.commands and args[0] != "--help":
            args = ["run", *args]
        return super().parse_args(ctx, args)


commands = typer.Typer()
batch = typer.Typer(cls=RunsByDefault, no_args_is_help=True, rich_markup_mode=None)
commands.add_typer(
    batch,
    name="batch",
    help="One budget workbook for every row of a driver table, and their roll-up.\n\n"
    "`carecost batch DRIVERS ...` is short for `carecost batch run DRIVERS ...`. "
    "Example: carecost batch drivers.csv --base plan.toml -o budgets",
)

DriversArgument = Annotated[
    str,
    typer.Argument(
        metavar="DRIVERS", help="A .csv, .parquet or .xlsx table; with --sql, a query.", show_default=False
    ),
]
BaseOption = Annotated[
    Path,
    typer.Option("--base", metavar="PLAN.toml", help="The plan that each row changes.", show_default=False),
]
SqlOption = Annotated[
    str | None,
    typer.Option("--sql", metavar="URL", help="The database of the query, as SQLAlchemy names it."),
]
DecimalOption = Annotated[str, typer.Option("--decimal", help="The decimal mark of numbers in CSV files.")]
NameOption = Annotated[str, typer.Option("--name", help="How the workbooks are called.")]
TemplateOption = Annotated[
    Path | None,
    typer.Option("--template", metavar="T.xlsx", help="A template of your own. Default: the P&L."),
]
WorkersOption = Annotated[
    int | None, typer.Option("--workers", min=1, help="Processes. Default: one for each core.")
]
QuietOption = Annotated[bool, typer.Option("--quiet", help="No progress and no summary.")]
DEFAULT_NAME = "{cost_center}_{scenario}.xlsx"


@batch.command()
def run(
    drivers: DriversArgument,
    base: BaseOption,
    out: Annotated[
        str,
        typer.Option(
            "-o", "--out", metavar="OUT", help="A folder, or with the cluster extra any fsspec URL."
        ),
    ],
    template: TemplateOption = None,
    sql: SqlOption = None,
    decimal: DecimalOption = ".",
    name: NameOption = DEFAULT_NAME,
    rates: RatesOption = None,
    fx: Annotated[
        Path | None,
        typer.Option(
            "--fx", metavar="FX.csv", help="Rates (from, to, rate) that convert the roll-up's money."
        ),
    ] = None,
    baseline: Annotated[
        str,
        typer.Option(
            "--baseline", metavar="SCENARIO", help="What movers are held against. Default: the first."
        ),
    ] = "",
    formats: Annotated[
        str,
        typer.Option("--format", help="xlsx: the workbooks and portfolio.xlsx. parquet: portfolio.parquet."),
    ] = ",".join(FORMATS),
    workers: WorkersOption = None,
    cluster: Annotated[
        str | None,
        typer.Option("--cluster", metavar="ADDRESS", help="A Dask scheduler, such as tcp://host:8786."),
    ] = None,
    resume: Annotated[
        bool,
        typer.Option("--resume", help="Go on with the batch in OUT: skip what is done, redo what changed."),
    ] = False,
    restart: Annotated[bool, typer.Option("--restart", help="Do all of the batch in OUT again.")] = False,
    quiet: QuietOption = False,
) -> None:
    """Write a workbook for every row of a driver table, and the portfolio of all of them.

    Leaves with 1 when rows were rejected: see rejected.csv in OUT. What rows leave blank comes from the base
    plan. Example: carecost batch run examples/drivers.csv --base examples/batch/base.toml -o budgets
    """
    from carecost.batch.fx import read_rates
    from carecost.batch.pool import cores
    from carecost.batch.progress import progress
    from carecost.batch.run import Output
    from carecost.batch.run import run as run_batch

    chosen = formats.split(",")
    if not set(chosen) <= set(FORMATS):
        raise DataError(f"--format {formats}: must be xlsx, parquet or xlsx,parquet.")
    order = _order(drivers, base, template, sql, decimal, name, rates)
    output = Output(
        out,
        workbooks="xlsx" in chosen,
        numbers="parquet" in chosen,
        rates=read_rates(fx, decimal) if fx else None,
        baseline=baseline,
        resume=resume,
        restart=restart,
    )
    start = time.monotonic()
    try:
        with progress(quiet) as report:
            done = run_batch(order, output, workers or cores(), cluster, report)
    except KeyboardInterrupt:
        typer.echo(
            "carecost: stopped. What is finished is whole: the same command with --resume goes on.", err=True
        )
        raise typer.Exit(130) from None
    if not quiet:
        _tell(done, out, output.workbooks, time.monotonic() - start)
    if done.rejected:
        raise typer.Exit(1)


@batch.command()
def check(
    drivers: DriversArgument,
    base: BaseOption,
    template: TemplateOption = None,
    sql: SqlOption = None,
    decimal: DecimalOption = ".",
    name: NameOption = DEFAULT_NAME,
    rates: RatesOption = None,
    workers: WorkersOption = None,
    quiet: QuietOption = False,
) -> None:
    """Validate a driver table and write nothing: columns, names, and every row against every rule.

    Leaves with 1 when a row breaks a rule. Example: carecost batch check drivers.csv --base plan.toml
    """
    from carecost.batch.pool import cores
    from carecost.batch.progress import progress
    from carecost.batch.run import check as check_batch

    found: list[Rejection] = []

    def listen(outcome: Outcome) -> None:
        found.extend(outcome.rejected[: SHOWN_REJECTIONS - len(found)])

    order = _order(drivers, base, template, sql, decimal, name, rates)
    with progress(quiet) as report:
        done = check_batch(order, workers or cores(), report, listen)
    for rejection in sorted(found):
        cell = f"{rejection.column} = {rejection.value}: " if rejection.column else ""
        typer.echo(f"row {rejection.row}: {cell}{rejection.rule}")
    if not quiet:
        typer.echo(f"{_counted(done.rows, 'row')}, {done.rejected:,} rejected. Nothing was written.")
    if done.rejected:
        raise typer.Exit(1)


def _order(
    drivers: str,
    base: Path,
    template: Path | None,
    sql: str | None,
    decimal: str,
    name: str,
    rates: Path | None,
) -> Order:
    from carecost.batch.run import Order
    from carecost.rates import load_card

    card = load_card(rates) if rates else None
    return Order(drivers, base, sql, decimal, name, template, card)


def _tell(done: Any, out: str, workbooks: bool, seconds: float) -> None:
    for line in _summary(done, out, workbooks, seconds):
        typer.echo(line)


def _summary(done: Any, out: str, workbooks: bool, seconds: float) -> Iterator[str]:
    rate = f"{done.rows / seconds:,.0f} rows a second"
    if workbooks:
        kept = f", {done.kept:,} already there" if done.kept else ""
        yield f"{_counted(done.written, 'workbook')} written{kept} in {seconds:,.1f} s, {rate}."
    else:
        yield f"{_counted(done.rows, 'row')} computed in {seconds:,.1f} s, {rate}."
    if done.rejected:
        yield f"{done.rejected:,} of {_counted(done.rows, 'row')} rejected: see rejected.csv."
    if done.changed:
        yield f"{_counted(len(done.changed), 'file')} not as the last run left them, kept as {_some(done.changed)}."
    if done.left_over:
        yield f"{_counted(len(done.left_over), 'workbook')} of earlier runs, not of this one: {_some(done.left_over)}."
    if done.rejected < done.rows:
        yield f"They are in {out}{', with portfolio.xlsx' if workbooks else ''}."


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:3]) + (", ..." if len(names) > 3 else "")
