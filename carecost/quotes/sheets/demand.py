"""The Demand sheet: what every offer is priced against, exchange rates, and fixed figures."""

from __future__ import annotations

import datetime

from carecost.model.fixed import FIXED
from carecost.quotes.book import DEMAND, Book, column
from carecost.quotes.compare import Comparison
from carecost.quotes.demand import FIELDS, Demand
from carecost.quotes.sheets.invoice import FIRST_COLUMN
from carecost.workbook import style
from carecost.workbook.values import serial

MONTH_ROW = 4
# What only read as text here: the plan file's name and the growth are already in other numbers.
TITLES = {"A": "Input", "B": "Unit", "C": "Value", "D": "Source"}


def write(book: Book, comparison: Comparison) -> dict[str, int]:
    """Author the sheet; gives the rows of the contacts and of the what-if."""
    demand, sheet = comparison.demand, book.sheet(DEMAND)
    book.put(DEMAND, "A1", "Demand", style.TITLE)
    book.put(
        DEMAND, "A2", "Change the blue values; every quote follows. Contacts are those of the demand file, grown.",
        style.SUBTITLE,
    )  # fmt: skip
    rows = _months(book, demand)
    row = _inputs(book, demand, max(rows.values()) + 2)
    _exchange(book, comparison, row + 1)
    sheet.column_dimensions["A"].width, sheet.column_dimensions["B"].width = 42, 24
    sheet.column_dimensions["C"].width = 16
    for month in range(demand.months + 1):
        sheet.column_dimensions[column(FIRST_COLUMN + month)].width = 11.5
    sheet.freeze_panes = f"{column(FIRST_COLUMN)}{MONTH_ROW + 1}"
    style.page(sheet, title_rows=f"{MONTH_ROW}:{MONTH_ROW}")
    sheet.print_title_cols = "A:C"
    sheet.page_setup.fitToWidth = 1 + demand.months // 18
    return rows


def _months(book: Book, demand: Demand) -> dict[str, int]:
    style.heading(book.sheet(DEMAND), MONTH_ROW, {"A": "By month", "B": "Unit", "C": "Total"}, height=18)
    for month in range(demand.months + 1):
        book.put(
            DEMAND, f"{column(FIRST_COLUMN + month)}{MONTH_ROW}", month, style.HEADING,
            number_format='"Month "0', fill=style.HEADING_FILL, alignment=style.CENTER,
        )  # fmt: skip
    rows = {f"contacts_{channel}": row for channel, row in demand.contacts.items()}
    if demand.attained is not None:
        rows["attained"] = demand.attained
    places: dict[str, int] = {}
    first, last = column(FIRST_COLUMN + 1), column(FIRST_COLUMN + demand.months)
    for row, (name, values) in enumerate(rows.items(), start=MONTH_ROW + 1):
        declared = FIELDS[name]
        places[name] = row
        shape = style.number_format(declared.unit)
        book.put(DEMAND, f"A{row}", declared.label)
        book.put(DEMAND, f"B{row}", declared.unit, style.QUIET, alignment=style.LEFT)
        if declared.unit == "contacts":
            book.formula(
                DEMAND,
                f"C{row}",
                f"SUM({first}{row}:{last}{row})",
                values.sum(),
                style.BOLD,
                number_format=shape,
            )
        for month, value in enumerate(values, start=1):
            book.put(
                DEMAND, f"{column(FIRST_COLUMN + month)}{row}", value, style.INPUT,
                fill=style.INPUT_FILL, number_format=shape,
            )  # fmt: skip
    return places


def _inputs(book: Book, demand: Demand, row: int) -> int:
    """A row for each field; every value gets its name."""
    section = ""
    for name, declared in FIELDS.items():
        if declared.kind == "months" or name not in demand.values:
            continue
        if declared.section != section:
            section = declared.section
            row += 1
            for letter in "ABCD":
                book.sheet(DEMAND)[f"{letter}{row}"].fill = style.SECTION_FILL
            book.put(DEMAND, f"A{row}", section, style.SECTION, fill=style.SECTION_FILL)
            row += 1
        value = demand.values[name]
        if isinstance(value, datetime.date):
            value = serial(value)
        book.put(DEMAND, f"A{row}", declared.label)
        book.put(DEMAND, f"B{row}", declared.unit, style.QUIET, alignment=style.LEFT)
        book.put(
            DEMAND, f"C{row}", value, style.INPUT, fill=style.INPUT_FILL, border=style.BOX,
            number_format=style.number_format(declared.unit), alignment=style.RIGHT,
        )  # fmt: skip
        book.put(DEMAND, f"D{row}", _source(demand, name), style.QUIET, alignment=style.INDENT)
        book.name(name, DEMAND, f"$C${row}")
        row += 1
    return row


def _source(demand: Demand, name: str) -> str:
    if name in demand.sources:
        return demand.sources[name]
    declared = FIELDS[name]
    return f"default: {declared.means}" if name in demand.defaults else f"demand file. {declared.help}"


def _exchange(book: Book, comparison: Comparison, row: int) -> None:
    demand = comparison.demand
    for letter in "ABCD":
        book.sheet(DEMAND)[f"{letter}{row}"].fill = style.SECTION_FILL
    book.put(DEMAND, f"A{row}", "Exchange rates", style.SECTION, fill=style.SECTION_FILL)
    rates = {str(terms.values["currency"]): terms.fx for terms in comparison.quotes}
    for currency, rate in rates.items():
        row += 1
        book.put(DEMAND, f"A{row}", currency)
        book.put(DEMAND, f"B{row}", f"{demand.currency} per {currency}", style.QUIET)
        book.put(
            DEMAND, f"C{row}", rate.value, style.INPUT, fill=style.INPUT_FILL, border=style.BOX,
            number_format="0.0000##", alignment=style.RIGHT,
        )  # fmt: skip
        book.put(DEMAND, f"D{row}", rate.source, style.QUIET, alignment=style.INDENT)
        book.name(f"fx_{currency}", DEMAND, f"$C${row}")


def write_fixed(book: Book) -> None:
    """Below the rest: the fixed figures that the formulas of all sheets use."""
    sheet = book.sheet(DEMAND)
    row = sheet.max_row + 2
    for letter in "ABCD":
        sheet[f"{letter}{row}"].fill = style.SECTION_FILL
    book.put(DEMAND, f"A{row}", "Fixed figures", style.SECTION, fill=style.SECTION_FILL)
    for name in book.fixed_used():
        row += 1
        figure = FIXED[name]
        book.put(DEMAND, f"A{row}", figure.label)
        book.put(DEMAND, f"B{row}", figure.unit, style.QUIET, alignment=style.LEFT)
        book.put(DEMAND, f"C{row}", float(figure), alignment=style.RIGHT)
        book.put(DEMAND, f"D{row}", figure.source, style.QUIET, alignment=style.INDENT)
        book.name(name, DEMAND, f"$C${row}")
