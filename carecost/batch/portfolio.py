"""``portfolio.xlsx``: what all workbooks add up to, with formulas that can be traced.

The Workbooks sheet holds each workbook's totals; Totals adds them up by formula, Summary points there.
Months and Movers are numbers of the same run. Every formula stands beside its value.
"""

from __future__ import annotations

import datetime
import io
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path
from typing import Any

from carecost import __version__
from carecost.batch.extras import needed
from carecost.batch.parts import YEARS, Part
from carecost.batch.sheets import SHOWN, Look, months_sheet, movers_sheet, rates_sheet, totals_sheet
from carecost.batch.summary import summary_sheet
from carecost.batch.totals import ADDING, Totals
from carecost.batch.workbooks_sheet import TITLE, workbooks_sheet, write_with_rows
from carecost.model.statement import PLAN

SHEETS = ("Summary", "Totals", "Months", "Movers", TITLE)
CREATED = datetime.datetime(2026, 1, 1)


def write_portfolio(
    path: Path,
    totals: Totals,
    used: Collection[str],
    rejected: int,
    parts: Iterable[tuple[Part, Sequence[int]]],
) -> None:
    """Write the workbook. ``used`` are the lines that any workbook has something in; the others would be
    empty columns. ``parts`` are what the totals were added up from, with the number of each row's group."""
    content = io.BytesIO()
    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with needed("xlsxwriter").Workbook(content, {"in_memory": True, **options}) as book:
        book.set_properties({"title": "Portfolio", "author": "carecost", "created": CREATED})
        book.set_calc_mode("auto")
        look = Look(book)
        sheets = {title: book.add_worksheet(title) for title in SHEETS}
        years = [key for key in YEARS if (key in used and PLAN.lines[key].unit in ADDING) or key in SHOWN]
        rows = workbooks_sheet(sheets[TITLE], look, years, totals.workbooks)
        if totals.rates:
            rates_sheet(book.add_worksheet("Rates"), look, totals.rates)
        blocks = totals_sheet(sheets["Totals"], look, totals, rows)
        monthly = months_sheet(sheets["Months"], look, totals)
        movers_sheet(book, sheets["Movers"], look, totals)
        summary_sheet(book, sheets["Summary"], look, blocks, monthly, _facts(totals, rejected))
        sheets["Summary"].activate()
    write_with_rows(path, content.getvalue(), 1 + SHEETS.index(TITLE), rows, parts)


def _facts(totals: Totals, rejected: int) -> Sequence[Any]:
    return (
        f"Workbooks: {totals.workbooks:,}."
        + (f" Rows rejected: {rejected:,}, see rejected.csv." if rejected else ""),
        f"Baseline scenario: {totals.baseline or 'none'}. Scenarios are alternatives: they are never added.",
        f"Money is converted to {totals.rates.currency} at the rates of the Rates sheet."
        if totals.rates
        else "Money of different currencies is never added: totals stay in their own currency.",
        f"carecost {__version__}",
    )
