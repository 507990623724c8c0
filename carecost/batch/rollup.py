"""The roll-up of a run: the chunks' numbers, read one after the other, into the portfolio's files."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator

import numpy as np

from carecost.batch.fx import Rates
from carecost.batch.numbers import NumbersFile
from carecost.batch.parts import YEARS, Part, read_parts
from carecost.batch.portfolio import write_portfolio
from carecost.batch.store import Store, open_store
from carecost.batch.totals import Totals

PORTFOLIO, NUMBERS = "portfolio.xlsx", "portfolio.parquet"


def write_workbook(
    store: Store,
    chunks: int,
    rates: Rates | None,
    baseline: str,
    rejected: int,
    report: Callable[[int], None],
) -> None:
    """Write the portfolio's workbook; ``report`` hears how many workbooks are in it so far."""
    totals = Totals(rates, baseline)
    used = np.zeros(len(YEARS), dtype=bool)
    for part in read_parts(store, chunks):
        totals.add(part)
        used |= (part.years != 0).any(axis=0)
    if not totals.workbooks:
        store.remove(PORTFOLIO)  # one of an earlier run would tell of workbooks that are no more
        return

    def grouped() -> Iterator[tuple[Part, list[int]]]:
        done = 0
        for part in read_parts(store, chunks):
            yield part, totals.groups_of(part)
            done += len(part.rows)
            report(done)

    with store.writing(PORTFOLIO) as path:
        names = {key for key, any_value in zip(YEARS, used, strict=True) if any_value}
        write_portfolio(path, totals, names, rejected, grouped())


def write_numbers(out: str, chunks: int, rates: Rates | None) -> None:
    """Write every workbook's numbers for BI tools, here or in another process."""
    store = open_store(out)
    with contextlib.ExitStack() as stack:
        long = None
        for part in read_parts(store, chunks):
            if long is None:
                path = stack.enter_context(store.writing(NUMBERS))
                long = stack.enter_context(NumbersFile(path, rates))
            long.add(part)
        if long is None:
            store.remove(NUMBERS)
