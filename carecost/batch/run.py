"""A run from the table to the roll-up, and how one goes on that was stopped."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from carecost.batch import pool
from carecost.batch.chunk import run_chunk
from carecost.batch.columns import MARKS, match_columns
from carecost.batch.drivers import open_drivers
from carecost.batch.extras import needed
from carecost.batch.folder import begin, check_folder, collect
from carecost.batch.fx import Rates, check_currencies
from carecost.batch.job import Job, Outcome, template_of
from carecost.batch.names import read_pattern
from carecost.batch.rollup import NUMBERS, PORTFOLIO, write_numbers, write_workbook
from carecost.batch.spool import Spool
from carecost.batch.store import WORK, Store, absolute, open_store
from carecost.batch.workbooks_sheet import MOST
from carecost.errors import DataError
from carecost.model.inputs import nearest, shown
from carecost.planfile import load_base
from carecost.rates import RateCard, active_card
from carecost.workbook.fill import PNL_TEMPLATE

DEFAULT_NAME = "{cost_center}_{scenario}.xlsx"
# Chunks that wait for a worker: enough that none is idle, few enough to hold.
WAITING = 2


@dataclass(frozen=True)
class Order:
    """What a run is asked for. ``sql`` is a database URL, and ``drivers`` the query then."""

    drivers: str
    base: Path
    sql: str | None = None
    decimal: str = "."
    name: str = DEFAULT_NAME
    template: Path | None = None
    card: RateCard | None = None


@dataclass(frozen=True)
class Output:
    """Where results go and which: workbooks with their portfolio, the numbers for BI, or both.

    ``rates`` convert money to one currency, ``baseline`` is the scenario that the others are held against
    (empty: the table's first).
    """

    folder: str
    workbooks: bool = True
    numbers: bool = True
    rates: Rates | None = None
    baseline: str = ""
    resume: bool = False
    restart: bool = False


class Progress(NamedTuple):
    """How far a run is, in rows, and with what."""

    done: int
    total: int
    rejected: int
    what: str = "rows"


class Done(NamedTuple):
    """What a run did: rows by what became of them, copies of workbooks that somebody had changed since an
    earlier run, and workbooks of earlier runs that no row asks for."""

    rows: int
    written: int
    kept: int
    rejected: int
    changed: Sequence[str] = ()
    left_over: Sequence[str] = ()


Report = Callable[[Progress], None]
Listen = Callable[[Outcome], None]


def check(order: Order, workers: int, report: Report, listen: Listen) -> Done:
    """Validate every row and write nothing; ``listen`` hears of every chunk."""
    with _prepared(order, None) as (job, spool), _computing(workers, None, spool) as (executor, at_once):
        return _work(job, spool, executor, at_once, report, listen)


def run(order: Order, output: Output, workers: int, cluster: str | None, report: Report) -> Done:
    """Write every row's workbook and the roll-up. ``cluster`` is a Dask scheduler's address."""
    if output.resume and output.restart:
        raise DataError("--resume goes on and --restart does it all again: give one of them.")
    for library in ("pyarrow", *(["xlsxwriter"] if output.workbooks else [])):
        needed(library)  # better missing now than after an hour
    with _prepared(order, output) as (job, spool):
        if output.workbooks and spool.rows > MOST:
            raise DataError(
                f"{spool.rows:,} rows: portfolio.xlsx lists at most {MOST:,} workbooks. Split the table, or ask for "
                "the numbers alone with --format parquet."
            )
        if output.rates:
            check_currencies(output.rates, spool.currencies)
        _check_baseline(output.baseline, spool)
        store = open_store(output.folder)
        check_folder(store, output.resume or output.restart)
        with _computing(workers, cluster, spool) as (executor, at_once), store.alone():
            begin(store, spool)
            try:
                done = _work(job, spool, executor, at_once, report, lambda _: None)
                _roll_up(store, spool.chunks, executor, output, done, report)
                left_over = collect(store, spool)
            except DataError as error:
                raise DataError(f"{error} What is finished is whole: --resume goes on from it.") from None
        store.remove(WORK)
        return done._replace(left_over=left_over if output.workbooks else ())


def _roll_up(
    store: Store, chunks: int, executor: Executor, output: Output, done: Done, report: Report
) -> None:
    """The portfolio's files at the same time. One that is not asked for goes: it would tell of another run."""

    def progress(workbooks: int) -> None:
        report(Progress(workbooks, done.rows - done.rejected, done.rejected, "portfolio"))

    numbers = None
    if output.numbers:
        numbers = executor.submit(write_numbers, absolute(output.folder), chunks, output.rates)
    else:
        store.remove(NUMBERS)
    if output.workbooks:
        write_workbook(store, chunks, output.rates, output.baseline, done.rejected, progress)
    else:
        store.remove(PORTFOLIO)
    if numbers:
        numbers.result()


@contextlib.contextmanager
def _prepared(order: Order, output: Output | None) -> Iterator[tuple[Job, Spool]]:
    """The job and its rows: everything that can be refused before work starts is refused here."""
    if order.decimal not in MARKS:
        raise DataError("--decimal must be . or , (the decimal mark of numbers in a CSV file).")
    base = load_base(order.base)
    pattern = read_pattern(order.name)
    template = _template(order.template or PNL_TEMPLATE)
    with open_drivers(order.drivers, order.sql) as drivers:
        columns = match_columns(drivers.name, drivers.titles, base, order.decimal)
        spool = Spool(drivers, columns, base, pattern)
    folder = absolute(output.folder) if output else None
    workbooks = output is not None and output.workbooks
    resume, restart = (output.resume, output.restart) if output else (False, False)
    yield (
        Job(
            drivers.name,
            base,
            columns,
            order.card or active_card(),
            template,
            folder,
            workbooks,
            resume,
            restart,
        ),
        spool,
    )


def _template(path: Path) -> bytes:
    try:
        content = path.read_bytes()
        template_of(content)
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error.strerror}).") from None
    except DataError as error:
        raise DataError(f"{path}: {error}") from None
    return content


def _check_baseline(wanted: str, spool: Spool) -> None:
    if wanted and wanted not in spool.scenarios:
        raise DataError(
            f"--baseline {shown(wanted)}: no row has this scenario.{nearest(wanted, spool.scenarios)}"
        )


@contextlib.contextmanager
def _computing(workers: int, cluster: str | None, spool: Spool) -> Iterator[tuple[Executor, int]]:
    """Who computes, and how many chunks at a time."""
    if cluster:
        with pool.cluster(cluster) as found:
            yield found
    else:
        workers = min(workers, spool.chunks)
        with pool.processes(workers) as executor:
            yield executor, workers


def _work(job: Job, spool: Spool, executor: Executor, at_once: int, report: Report, listen: Listen) -> Done:
    """Have every chunk done; the first error stops the run."""
    done = Done(spool.rows, 0, 0, 0)
    finished = 0
    report(Progress(0, spool.rows, 0))
    for size, outcome in _outcomes(job, spool, executor, at_once):
        listen(outcome)
        rejected = len({rejection.row for rejection in outcome.rejected})
        done = done._replace(
            written=done.written + outcome.written,
            kept=done.kept + outcome.kept,
            rejected=done.rejected + rejected,
            changed=[*done.changed, *outcome.changed],
        )
        finished += size
        report(Progress(finished, spool.rows, done.rejected))
    return done


def _outcomes(job: Job, spool: Spool, executor: Executor, at_once: int) -> Iterator[tuple[int, Outcome]]:
    """The size of each chunk and what became of it, as chunks finish; few are under way at a time."""
    under_way: dict[Future[Outcome], int] = {}
    chunks = spool.read()
    try:
        while True:
            for chunk in itertools.islice(chunks, at_once * WAITING - len(under_way)):
                under_way[executor.submit(run_chunk, job, chunk)] = len(chunk.rows)
            if not under_way:
                return
            for future in wait(under_way, return_when=FIRST_COMPLETED).done:
                yield under_way.pop(future), future.result()
    finally:
        for future in under_way:
            future.cancel()
