"""``portfolio.xlsx``: what all workbooks add up to, written as they come, with formulas that can be traced.

The Workbooks sheet holds each workbook's totals; Totals adds them up by formula, Summary points there.
Months and Movers are numbers of the same run. Every formula stands beside its value.
"""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple

from carecost import __version__
from carecost.batch.extras import needed
from carecost.batch.parts import FIGURES, YEARS, Part
from carecost.batch.sheets import (
    SHOWN,
    Look,
    heading,
    link,
    months_sheet,
    movers_sheet,
    page,
    rates_sheet,
    totals_sheet,
)
from carecost.batch.summary import summary_sheet
from carecost.batch.totals import ADDING, Totals
from carecost.errors import DataError
from carecost.model.statement import PLAN

SUMMARY, TOTALS, MONTHS_SHEET, MOVERS, WORKBOOKS = "Summary", "Totals", "Months", "Movers", "Workbooks"
CREATED = datetime.datetime(2026, 1, 1)
FIRST_ROW = 6  # counted from 0, as XlsxWriter does
ABOUT = (
    ("Group", 7), ("Workbook", 30), ("Name", 34), ("Cost center", 16), ("Scenario", 12), ("Market", 11),
    ("Currency", 9), ("First month", 11), ("Checks", 9),
)  # fmt: skip


class WorkbookRows(NamedTuple):
    """Where the Workbooks sheet has what: its first and last row, and the columns of the years (from 0)."""

    first: int
    last: int
    columns: dict[str, int]


class Portfolio:
    """The workbook while it is written: rows go to disk as they come, sums at the end."""

    def __init__(self, path: Path, used: Sequence[str]) -> None:
        self._years = [
            key for key in YEARS if (key in used and PLAN.lines[key].unit in ADDING) or key in SHOWN
        ]
        xlsxwriter = needed("xlsxwriter")
        options = {
            "constant_memory": True, "tmpdir": str(path.parent), "strings_to_formulas": False,
            "strings_to_urls": False, "strings_to_numbers": False,
        }  # fmt: skip
        self._book: Any = xlsxwriter.Workbook(str(path), options)
        self._book.set_properties({"title": "Portfolio", "author": "carecost", "created": CREATED})
        self._book.set_calc_mode("auto")
        self._look = Look(self._book)
        self._sheets = {
            title: self._book.add_worksheet(title)
            for title in (SUMMARY, TOTALS, MONTHS_SHEET, MOVERS, WORKBOOKS)
        }
        self._row = FIRST_ROW
        self._columns = {key: len(ABOUT) + place for place, key in enumerate(self._years)}
        self._head()

    def __enter__(self) -> Portfolio:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self._book.close()
        except Exception as failed:
            if error is None:
                reason = getattr(failed, "strerror", None) or failed
                raise DataError(f"portfolio.xlsx: cannot be written ({reason}).") from None

    def _head(self) -> None:
        sheet, look = self._sheets[WORKBOOKS], self._look
        sheet.set_column(0, len(ABOUT) + len(self._years) + len(FIGURES), 12)
        for place, (_, width) in enumerate(ABOUT):
            sheet.set_column(place, place, width)
        page(sheet, FIRST_ROW)
        sheet.write_string(0, 0, "Workbooks", look.title)
        sheet.write_string(
            1, 0, "The year of each workbook, in its own currency. The first column is the group of the Totals sheet.",
            look.quiet,
        )  # fmt: skip
        keys = (*self._years, *FIGURES)
        definitions = [PLAN.lines.get(key) or PLAN.figures[key] for key in keys]
        sections = [""] * len(ABOUT) + [found.section for found in definitions]
        for place, section in enumerate(sections):
            if section and section != sections[place - 1]:
                sheet.write_string(FIRST_ROW - 3, place, section, look.section)
        for place, found in enumerate(definitions, start=len(ABOUT)):
            sheet.write_string(FIRST_ROW - 2, place, found.unit, look.quiet)
        heading(
            sheet, look, FIRST_ROW - 1, [title for title, _ in ABOUT] + [found.label for found in definitions]
        )
        self._formats = [look.number(found.unit) for found in definitions]
        sheet.freeze_panes(FIRST_ROW, 4)

    def add(self, part: Part, groups: Sequence[int]) -> None:
        """Add a row for each workbook of a part."""
        sheet, look = self._sheets[WORKBOOKS], self._look
        texts = part.texts
        shown = [YEARS.index(key) for key in self._years]
        years, figures = part.years[:, shown].tolist(), part.figures.tolist()
        for place, group in enumerate(groups):
            row = self._row
            sheet.write_number(row, 0, group)
            link(sheet, row, 1, texts["file"][place], look)
            for column, name in enumerate(("name", "cost_center", "scenario", "market", "currency"), start=2):
                sheet.write_string(row, column, texts[name][place])
            sheet.write_datetime(row, 7, part.starts[place], look.month)
            sheet.write_string(row, 8, texts["check"][place])
            for column, (value, shape) in enumerate(
                zip(years[place] + figures[place], self._formats, strict=True), start=len(ABOUT)
            ):
                if value == value:
                    sheet.write_number(row, column, value + 0.0, shape)
                else:
                    sheet.write_string(row, column, "n/a", look.right)
            self._row += 1

    def finish(self, totals: Totals, rejected: int) -> None:
        """Write the sheets that add up."""
        sheets, look = self._sheets, self._look
        sheets[WORKBOOKS].autofilter(
            FIRST_ROW - 1, 0, self._row - 1, len(ABOUT) + len(self._years) + len(FIGURES) - 1
        )
        rows = WorkbookRows(FIRST_ROW, self._row - 1, self._columns)
        if totals.rates:
            rates_sheet(self._book.add_worksheet("Rates"), look, totals.rates)
        blocks = totals_sheet(sheets[TOTALS], look, totals, rows)
        monthly = months_sheet(sheets[MONTHS_SHEET], look, totals)
        movers_sheet(self._book, sheets[MOVERS], look, totals)
        facts = (
            f"{totals.workbooks:,} workbooks"
            + (f", {rejected:,} rows rejected (rejected.csv)" if rejected else ""),
            f"Baseline scenario: {totals.baseline or 'none'}. Scenarios are alternatives: they are never added.",
            f"Money is converted to {totals.rates.currency} at the rates of the Rates sheet."
            if totals.rates
            else "Money of different currencies is never added: totals stay in their own currency.",
            f"carecost {__version__}",
        )
        summary_sheet(self._book, sheets[SUMMARY], look, blocks, monthly, facts)
        sheets[SUMMARY].activate()
