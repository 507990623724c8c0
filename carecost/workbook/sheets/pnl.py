"""The P&L sheet: a row per line, one formula copied across the months, figures below."""

from __future__ import annotations

from openpyxl.worksheet.worksheet import Worksheet

from carecost.formulas import ref
from carecost.model.inputs import MONTHS
from carecost.model.lines import Line, year_of
from carecost.model.statement import PLAN
from carecost.workbook import style
from carecost.workbook.book import MONTH_COLUMNS, MONTH_ROW, PNL, YEAR_COLUMN, Book

FIRST_ROW = MONTH_ROW + 2
TOTALS = ("operating", "project", "net", "workload_hours", "paid_fte", "spend_total")
YEAR_WORDS = {"sum": "sum", "average": "average", "end": "at the end", "none": ""}


def write(book: Book) -> None:
    """Author the sheet; every line's months, its year and every figure get a defined name."""
    sheet = book.sheet(PNL)
    style.put(sheet, "A1", "12-month P&L", style.TITLE)
    style.put(sheet, "A2", "=name", style.SUBTITLE)
    style.put(sheet, "A3", "Amounts in", style.QUIET)
    style.put(sheet, "B3", "=currency", style.QUIET)
    style.put(sheet, "C3", "+ money in, - money out; nominal, not rounded", style.QUIET)
    _month_header(book, sheet)
    # A line may look at last month's value of a line further down, so places come before formulas.
    row, section = FIRST_ROW, ""
    for line in PLAN.lines.values():
        if line.section != section:
            section = line.section
            _section(sheet, row, section)
            row += 1
        book.rows[line.key] = row
        row += 1
    for line in PLAN.lines.values():
        _line(book, sheet, book.rows[line.key], line)
    _section(sheet, row, "Results")
    for figure in PLAN.figures.values():
        row += 1
        style.put(sheet, f"A{row}", figure.label)
        style.put(sheet, f"B{row}", figure.unit, style.QUIET)
        style.put(
            sheet, f"{YEAR_COLUMN}{row}", book.beside_formula(figure), style.BOLD,
            number_format=style.number_format(figure.unit), alignment=style.RIGHT,
        )  # fmt: skip
        style.put(sheet, f"R{row}", figure.note, style.QUIET)
        book.name(figure.key, PNL, f"${YEAR_COLUMN}${row}")
    _finish(sheet, row)


def _month_header(book: Book, sheet: Worksheet) -> None:
    titles = {"A": "Line", "B": "Unit", YEAR_COLUMN: "Year", "Q": "Year is", "R": "What it is"}
    style.heading(sheet, MONTH_ROW, titles, height=18)
    style.heading(sheet, MONTH_ROW + 1, dict.fromkeys(titles, ""), height=18)
    look = {"alignment": style.CENTER, "fill": style.HEADING_FILL}
    for month, column in enumerate(MONTH_COLUMNS):
        style.put(sheet, f"{column}{MONTH_ROW}", month, style.HEADING, number_format='"Month "0', **look)
        below = f"=EDATE(start,{column}${MONTH_ROW}-1)" if month else "Start"
        style.put(
            sheet, f"{column}{MONTH_ROW + 1}", below, style.HEADING, number_format=style.MONTH_FORMAT, **look
        )
    first, last = MONTH_COLUMNS[1], MONTH_COLUMNS[MONTHS]
    book.name("month", PNL, f"${MONTH_COLUMNS[0]}${MONTH_ROW}:${last}${MONTH_ROW}")
    book.name("month_start", PNL, f"${first}${MONTH_ROW + 1}:${last}${MONTH_ROW + 1}")


def _section(sheet: Worksheet, row: int, title: str) -> None:
    for column in ("A", "B", *MONTH_COLUMNS, YEAR_COLUMN, "Q", "R"):
        sheet[f"{column}{row}"].fill = style.SECTION_FILL
    style.put(sheet, f"A{row}", title, style.SECTION)


def _line(book: Book, sheet: Worksheet, row: int, line: Line) -> None:
    total = line.key in TOTALS
    font = style.BOLD if total else style.PLAIN
    look = {"number_format": style.number_format(line.unit), "alignment": style.RIGHT}
    if total:
        look["border"] = style.ABOVE
    style.put(sheet, f"A{row}", line.label, font, alignment=style.LEFT if total else style.INDENT)
    style.put(sheet, f"B{row}", line.unit, style.QUIET)
    for month, column in enumerate(MONTH_COLUMNS):
        style.put(sheet, f"{column}{row}", book.month_formula(line, month), font, **look)
    first = MONTH_COLUMNS[0 if line.month_0 else 1]
    last = MONTH_COLUMNS[MONTHS]
    book.name(line.key, PNL, f"${first}${row}:${last}${row}")
    if line.year != "none":
        formula = f"={year_formula(line, row)}"
        style.put(sheet, f"{YEAR_COLUMN}{row}", formula, style.BOLD, **look)
        book.name(f"year_{line.key}", PNL, f"${YEAR_COLUMN}${row}")
    style.put(sheet, f"Q{row}", YEAR_WORDS[line.year], style.QUIET, alignment=style.INDENT)
    style.put(sheet, f"R{row}", line.note, style.QUIET)


def year_formula(line: Line, row: int) -> str:
    """What the year's column computes."""
    zero, first, last = MONTH_COLUMNS[0], MONTH_COLUMNS[1], MONTH_COLUMNS[MONTHS]
    whole, months = ref(f"{zero}{row}:{last}{row}"), ref(f"{first}{row}:{last}{row}")
    return str(year_of(line.year, whole, months, ref(f"{last}{row}")))


def _finish(sheet: Worksheet, last: int) -> None:
    sheet.column_dimensions["A"].width = 36
    sheet.column_dimensions["B"].width = 15
    for column in (*MONTH_COLUMNS, YEAR_COLUMN):
        sheet.column_dimensions[column].width = 12
    sheet.column_dimensions["Q"].width = 10
    sheet.column_dimensions["R"].width = 80
    sheet.freeze_panes = f"C{FIRST_ROW}"
    style.page(sheet, title_rows=f"{MONTH_ROW}:{MONTH_ROW + 1}", area=f"A1:Q{last}")
