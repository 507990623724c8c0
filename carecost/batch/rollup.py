"""The roll-up of a run: the chunks' numbers, read once and one after the other, into the portfolio's files."""

from __future__ import annotations

import contextlib

import numpy as np

from carecost.batch.fx import Rates
from carecost.batch.numbers import NumbersFile
from carecost.batch.parts import YEARS, read_parts
from carecost.batch.portfolio import Portfolio
from carecost.batch.store import Store
from carecost.batch.totals import Totals

PORTFOLIO, NUMBERS = "portfolio.xlsx", "portfolio.parquet"


def roll_up(
    store: Store,
    chunks: int,
    workbooks: bool,
    numbers: bool,
    rates: Rates | None,
    baseline: str,
    rejected: int,
) -> None:
    """Write the portfolio's workbook, its numbers, or both; without any workbook there is none."""
    totals = Totals(rates, baseline)
    used = _used(store, chunks) if workbooks else ()
    with contextlib.ExitStack() as stack:
        portfolio = long = None
        for part in read_parts(store, chunks):
            if totals.workbooks == 0:
                if workbooks:
                    portfolio = stack.enter_context(
                        Portfolio(stack.enter_context(store.writing(PORTFOLIO)), used)
                    )
                if numbers:
                    long = stack.enter_context(
                        NumbersFile(stack.enter_context(store.writing(NUMBERS)), rates)
                    )
            groups = totals.add(part)
            if portfolio:
                portfolio.add(part, groups)
            if long:
                long.add(part)
        if portfolio:
            portfolio.finish(totals, rejected)
    for name, written in ((PORTFOLIO, portfolio), (NUMBERS, long)):
        if not written:
            store.remove(name)  # one of an earlier run would tell of workbooks that are no more


def _used(store: Store, chunks: int) -> list[str]:
    """The lines that any workbook has something in: the others would be empty columns."""
    found = np.zeros(len(YEARS), dtype=bool)
    for part in read_parts(store, chunks):
        found |= (part.years != 0).any(axis=0)
    return [key for key, any_value in zip(YEARS, found, strict=True) if any_value]
