"""The Terms sheet: the offers side by side, stand-ins marked, and what is worked out from them."""

from __future__ import annotations

import datetime
from functools import partial

from openpyxl.worksheet.datavalidation import DataValidation

from carecost.formulas import Operand, ref
from carecost.model.definition import Argument
from carecost.quotes.book import HERE, TERMS, Book, column
from carecost.quotes.compare import Comparison
from carecost.quotes.fields import RAMPS, Field
from carecost.quotes.offer import FIELDS
from carecost.workbook import style
from carecost.workbook.values import serial

HEAD_ROW, FIRST_COLUMN = 4, 4
# Of a quote's column in characters, and of a line of text in points: not every program fits rows to their text.
WIDTH, LINE_HEIGHT = 20, 13.5


def write(book: Book, comparison: Comparison) -> dict[str, int]:
    """Author the sheet; each quote's sheet gets names for its own column. Gives the rows of the terms."""
    sheet = book.sheet(TERMS)
    book.put(TERMS, "A1", "Terms of the offers", style.TITLE)
    book.put(
        TERMS, "A2",
        "Blue: stated by the vendor. Amber: left out and assumed, see the sheet Assumed. Change a value and its "
        "quote follows.",
        style.SUBTITLE,
    )  # fmt: skip
    last = column(FIRST_COLUMN + len(comparison.quotes) - 1)
    style.heading(sheet, HEAD_ROW, {"A": "Term", "B": "Name", "C": "Unit"}, height=44)
    for place, terms in enumerate(comparison.quotes):
        book.put(
            TERMS, f"{column(FIRST_COLUMN + place)}{HEAD_ROW}", terms.offer.label, style.HEADING,
            fill=style.HEADING_FILL, alignment=style.CENTER,
        )  # fmt: skip
    rows, row = _fields(book, comparison, last)
    _worked_out(book, comparison, rows, row)
    for letter, width in {"A": 44, "B": 24, "C": 26}.items():
        sheet.column_dimensions[letter].width = width
    for place in range(len(comparison.quotes)):
        sheet.column_dimensions[column(FIRST_COLUMN + place)].width = WIDTH
    sheet.freeze_panes = f"{column(FIRST_COLUMN)}{HEAD_ROW + 1}"
    style.page(sheet, title_rows=f"{HEAD_ROW}:{HEAD_ROW}")
    sheet.print_title_cols = "A:C"
    sheet.page_setup.fitToWidth = 1 + (len(comparison.quotes) - 1) // 7
    return rows


def _fields(book: Book, comparison: Comparison, last: str) -> tuple[dict[str, int], int]:
    sheet, rows = book.sheet(TERMS), dict[str, int]()
    row, section = HEAD_ROW + 1, ""
    used = {name for terms in comparison.quotes for name in terms.values} | _named(comparison)
    for name, declared in FIELDS.items():
        if name not in used:
            continue
        if declared.section != section:
            section = declared.section
            _section(book, comparison, row, section)
            row += 1
        rows[name] = row
        book.put(TERMS, f"A{row}", declared.label, alignment=style.INDENT)
        book.put(TERMS, f"B{row}", name, style.QUIET, alignment=style.LEFT)
        book.put(TERMS, f"C{row}", declared.unit, style.QUIET, alignment=style.LEFT)
        for place in range(len(comparison.quotes)):
            _answer(book, comparison, declared, place, row)
        if declared.kind == "text":
            longest = max(len(str(terms.values.get(name, ""))) for terms in comparison.quotes)
            sheet.row_dimensions[row].height = LINE_HEIGHT * (1 + longest // WIDTH)
        if declared.choices:
            choices = DataValidation("list", formula1=f'"{",".join(declared.choices)}"', allow_blank=True)
            choices.add(f"{column(FIRST_COLUMN)}{row}:{last}{row}")
            sheet.add_data_validation(choices)
        row += 1
    return rows, row


def _named(comparison: Comparison) -> set[str]:
    """Fields that formulas name, whether any vendor states them or not."""
    return {name for name in comparison.pricing.fields if name in FIELDS} | {"site"}


def _answer(book: Book, comparison: Comparison, declared: Field, place: int, row: int) -> None:
    terms = comparison.quotes[place]
    value = terms.values.get(declared.name)
    stated = declared.name in terms.offer.values and value == terms.offer.values[declared.name]
    if isinstance(value, datetime.date):
        value = serial(value)
    listed = any(each.field == declared.name for each in terms.assumed)
    book.put(
        TERMS, f"{column(FIRST_COLUMN + place)}{row}", value, style.INPUT if stated else style.QUIET,
        number_format=style.number_format(declared.unit), border=style.BOX,
        alignment=style.RIGHT if declared.kind != "text" else style.WRAP,
        **({"fill": style.INPUT_FILL} if stated else {"fill": style.ASSUMED_FILL} if listed else {}),
    )  # fmt: skip


def _section(book: Book, comparison: Comparison, row: int, title: str) -> None:
    for place in range(1, FIRST_COLUMN + len(comparison.quotes)):
        book.sheet(TERMS).cell(row, place).fill = style.SECTION_FILL
    book.put(TERMS, f"A{row}", title, style.SECTION, fill=style.SECTION_FILL)


def _worked_out(book: Book, comparison: Comparison, rows: dict[str, int], row: int) -> None:
    """The exchange rate, and a row for each term that is computed once for all months."""
    _section(book, comparison, row, "Worked out")
    numbers, row = comparison.numbers, row + 1
    rows["fx"] = row
    book.put(TERMS, f"A{row}", "Exchange rate", alignment=style.INDENT)
    book.put(TERMS, f"B{row}", "fx", style.QUIET)
    book.put(TERMS, f"C{row}", f"{comparison.demand.currency} per unit", style.QUIET)
    for place, terms in enumerate(comparison.quotes):
        cell = f"{column(FIRST_COLUMN + place)}{row}"
        formula = f"fx_{terms.values['currency']}"
        book.formula(TERMS, cell, formula, terms.fx.value, number_format="0.0000##", alignment=style.RIGHT)
    for key, values in numbers.terms.items():
        row += 1
        rows[key], term = row, comparison.pricing.terms[key]
        book.put(TERMS, f"A{row}", term.label, alignment=style.INDENT)
        book.put(TERMS, f"B{row}", key, style.QUIET, alignment=style.LEFT)
        book.put(TERMS, f"C{row}", term.unit, style.QUIET, alignment=style.LEFT)
        spread = values if len(values) == len(comparison.quotes) else [values[0]] * len(comparison.quotes)
        shape = "0.0000##" if term.unit in ("hours", "units", "factor") else style.number_format(term.unit)
        formula = term.call(partial(_operand, rows=rows))
        book.across(TERMS, row, FIRST_COLUMN, formula, spread, number_format=shape, alignment=style.RIGHT)
    for place, title in enumerate(book.quotes):
        here = column(FIRST_COLUMN + place)
        for name, at in rows.items():
            book.local_name(name, TERMS, f"${here}${at}", title)
        for name, steps in RAMPS.items():
            book.local_name(name, TERMS, f"${here}${rows[steps[0]]}:${here}${rows[steps[-1]]}", title)


def _operand(wanted: Argument, rows: dict[str, int]) -> Operand:
    """An argument of a term: a cell of the quote's own column, or a name of the Demand sheet."""
    return ref(f"{HERE}{rows[wanted.name]}") if wanted.name in rows else ref(wanted.name)
