"""The roll-up of a run: the chunks' numbers, read one after the other, into the portfolio's files."""

from __future__ import annotations

import contextlib
from collections.abc import Callable

import numpy as np

from carecost.batch.fx import Rates
from carecost.batch.numbers import NumbersFile
from carecost.batch.parts import YEARS, read_parts
from carecost.batch.portfolio import Portfolio
from carecost.batch.store import Store, open_store
from carecost.batch.totals import Totals

PORTFOLIO, NUMBERS = "portfolio.xlsx", "portfolio.parquet"


def write_portfolio(
    store: Store,
    chunks: int,
    rates: Rates | None,
    baseline: str,
    rejected: int,
    report: Callable[[int], None],
) -> None:
    """Write the portfolio's workbook; ``report`` hears how many workbooks are in it so far."""
    totals = Totals(rates, baseline)
    used = _used(store, chunks)
    with contextlib.ExitStack() as stack:
        portfolio = None
        for part in read_parts(store, chunks):
            if portfolio is None:
                path = stack.enter_context(store.writing(PORTFOLIO))
                portfolio = stack.enter_context(Portfolio(path, used))
            portfolio.add(part, totals.add(part))
            report(totals.workbooks)
        if portfolio:
            portfolio.finish(totals, rejected)
        else:
            store.remove(PORTFOLIO)  # one of an earlier run would tell of workbooks that are no more


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


def _used(store: Store, chunks: int) -> list[str]:
    """The lines that any workbook has something in: the others would be empty columns."""
    found = np.zeros(len(YEARS), dtype=bool)
    for part in read_parts(store, chunks):
        found |= (part.years != 0).any(axis=0)
    return [key for key, any_value in zip(YEARS, found, strict=True) if any_value]
