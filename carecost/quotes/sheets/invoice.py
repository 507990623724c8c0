"""A quote's sheet: its figures, its checks and the month-by-month invoice, in live formulas.

All quotes have the same rows in the same places. The fields of the offer are names of the sheet alone
that lead to the quote's column on the Terms sheet, so that one formula serves every quote.
"""

from __future__ import annotations

import datetime

from openpyxl.formatting.rule import Rule

from carecost.formulas import Operand, ref
from carecost.model.definition import Argument
from carecost.model.flags import OK
from carecost.model.native import row_average, row_sum
from carecost.quotes.book import BEFORE, DEMAND, HERE, Book, Columns, column, value_of
from carecost.quotes.compare import Comparison
from carecost.quotes.statement import Line
from carecost.workbook import style
from carecost.workbook.values import MISSING, serial

# Month 0 stands in the fourth column, after label, unit and total; on the Demand sheet as well.
FIRST_COLUMN = 4
FIGURES_ROW = 6
TOTALS = ("invoice", "vendor_cost", "own_cost", "total_cost")


class Layout:
    """Where everything stands on the sheets of the quotes; ``demand_rows`` are the Demand sheet's."""

    def __init__(self, comparison: Comparison, demand_rows: dict[str, int]) -> None:
        self.comparison, self.demand_rows = comparison, demand_rows
        self.months = comparison.demand.months
        lines = comparison.pricing.lines.values()
        order = list(dict.fromkeys(line.section for line in lines))
        self.lines = sorted(lines, key=lambda line: order.index(line.section))
        self.figures = {key: FIGURES_ROW + place for place, key in enumerate(comparison.numbers.figures)}
        self.checks = {key: FIGURES_ROW + place for place, key in enumerate(comparison.numbers.checks)}
        self.month_row = max(self.figures.values()) + 3
        self.rows: dict[str, int] = {}
        self.sections: dict[int, str] = {}
        row, section = self.month_row + 2, ""
        for line in self.lines:
            if line.section != section:
                section = line.section
                self.sections[row] = section
                row += 1
            self.rows[line.key] = row
            row += 1
        self.last_row = row - 1
        self.last_column = column(FIRST_COLUMN + self.months)

    def cells(self, key: str) -> str:
        """All months of a line, month 0 first."""
        row = self.rows[key]
        return f"${column(FIRST_COLUMN)}${row}:${self.last_column}${row}"

    def operand(self, wanted: Argument) -> Operand:
        """An argument of a line, as seen from a month's column."""
        match wanted.scope:
            case "month":
                return ref(f"{HERE}${self.month_row}")
            case "given":
                return ref(f"{DEMAND}!{HERE}${self.demand_rows[wanted.name]}")
            case "last":
                return ref(f"{BEFORE}{self.rows[wanted.name]}")
            case "now" if wanted.name in self.rows:
                return ref(f"{HERE}{self.rows[wanted.name]}")
        return ref(wanted.name)


def write(book: Book, layout: Layout) -> Columns:
    """Author the first quote's sheet; gives the values of every quote's."""
    title = book.quotes[0]
    sheet = book.sheet(title)
    _head(book, title, layout)
    for row, section in layout.sections.items():
        for place in range(1, FIRST_COLUMN + layout.months + 2):
            sheet.cell(row, place).fill = style.SECTION_FILL
        book.put(title, f"A{row}", section, style.SECTION, fill=style.SECTION_FILL)
    for line in layout.lines:
        _line(book, title, layout, line)
    _figures(book, title, layout)
    _checks(book, title, layout)
    _finish(book, title, layout)
    for place, name in enumerate(book.quotes):
        _names(book, layout, name)
        if place:
            _like(book, title, name)
    return _values(book, title, layout)


def _head(book: Book, title: str, layout: Layout) -> None:
    book.formula(title, "A1", 'vendor&", "&offer', "", style.TITLE)
    book.formula(title, "A2", 'IF(ISTEXT(site),site,"")', "", style.SUBTITLE)
    for row, label, formula in (
        (3, "Invoice in", "currency"),
        (4, "Own costs and total in", "reporting_currency"),
    ):
        book.put(title, f"A{row}", label, style.QUIET)
        book.formula(title, f"B{row}", formula, "", style.QUIET)
    book.put(title, "C3", "Exchange rate", style.QUIET)
    book.formula(title, "D3", "fx", 0.0, style.QUIET, number_format="0.0000##", alignment=style.LEFT)
    book.put(title, "C4", "Costs are positive; nominal, not rounded", style.QUIET)
    row = layout.month_row
    titles = {"A": "Line", "B": "Unit", "C": "Total", column(FIRST_COLUMN + layout.months + 1): "What it is"}
    style.heading(book.sheet(title), row, titles, height=18)
    style.heading(book.sheet(title), row + 1, dict.fromkeys(titles, ""), height=18)
    look = {"alignment": style.CENTER, "fill": style.HEADING_FILL}
    for month in range(layout.months + 1):
        place = column(FIRST_COLUMN + month)
        book.put(title, f"{place}{row}", month, style.HEADING, number_format='"Month "0', **look)
        if month:
            below = f"EDATE(start,{place}${row}-1)"
            shape = style.MONTH_FORMAT
            book.formula(title, f"{place}{row + 1}", below, 0.0, style.HEADING, number_format=shape, **look)
        else:
            book.put(title, f"{place}{row + 1}", "Start", style.HEADING, **look)


def _line(book: Book, title: str, layout: Layout, line: Line) -> None:
    row, bold = layout.rows[line.key], line.key in TOTALS
    font = style.BOLD if bold else style.PLAIN
    look = {"number_format": style.number_format(line.unit), "alignment": style.RIGHT}
    if bold:
        look["border"] = style.ABOVE
    book.put(title, f"A{row}", line.label, font, alignment=style.LEFT if bold else style.INDENT)
    book.put(title, f"B{row}", line.unit, style.QUIET, alignment=style.LEFT)
    months = layout.months + (1 if line.month_0 else 0)
    first = FIRST_COLUMN + layout.months + 1 - months
    book.across(title, row, first, line.call(layout.operand), [0.0] * months, font, **look)
    if line.total != "none":
        whole = ref(f"{column(first)}{row}:{layout.last_column}{row}")
        total = row_average(whole) if line.total == "average" else row_sum(whole)
        book.formula(title, f"C{row}", total, 0.0, style.BOLD, **look)
    book.put(title, f"{column(FIRST_COLUMN + layout.months + 1)}{row}", line.note, style.QUIET)


def _beside(wanted: Argument) -> Operand:
    """An argument of a figure or a check: names of the sheet."""
    return ref(wanted.name)


def _figures(book: Book, title: str, layout: Layout) -> None:
    book.put(title, f"A{FIGURES_ROW - 1}", "Figures, reporting currency", style.SECTION)
    for key, row in layout.figures.items():
        figure = layout.comparison.pricing.figures[key]
        formula = figure.call(_beside)
        book.put(title, f"A{row}", figure.label, alignment=style.INDENT)
        book.put(title, f"B{row}", figure.unit, style.QUIET, alignment=style.LEFT)
        shape = style.number_format(figure.unit)
        book.formula(title, f"C{row}", formula, 0.0, style.BOLD, number_format=shape, alignment=style.RIGHT)
        book.put(title, f"D{row}", figure.note, style.QUIET, alignment=style.INDENT)


def _checks(book: Book, title: str, layout: Layout) -> None:
    book.put(title, f"K{FIGURES_ROW - 1}", "Checks", style.SECTION)
    for key, row in layout.checks.items():
        check = layout.comparison.pricing.checks[key]
        book.put(title, f"K{row}", check.label)
        formula = check.call(_beside)
        book.formula(title, f"O{row}", formula, OK, style.BOLD, alignment=style.LEFT)
    rows = layout.checks.values()
    cells = f"O{min(rows)}:O{max(rows)}"
    for operator, look in (("equal", style.GOOD), ("notEqual", style.BAD)):
        rule = Rule("cellIs", operator=operator, formula=[f'"{OK}"'], dxf=look)
        book.sheet(title).conditional_formatting.add(cells, rule)


def _finish(book: Book, title: str, layout: Layout) -> None:
    sheet = book.sheet(title)
    for place, width in zip("ABC", (42, 17, 14), strict=True):
        sheet.column_dimensions[place].width = width
    for month in range(layout.months + 1):
        sheet.column_dimensions[column(FIRST_COLUMN + month)].width = 11.5
    sheet.column_dimensions[column(FIRST_COLUMN + layout.months + 1)].width = 80
    sheet.freeze_panes = f"{column(FIRST_COLUMN)}{layout.month_row + 2}"
    rows = f"{layout.month_row}:{layout.month_row + 1}"
    style.page(sheet, title_rows=rows, area=f"A1:{layout.last_column}{layout.last_row}")
    sheet.print_title_cols = "A:C"
    sheet.page_setup.fitToWidth = 1 + layout.months // 18


def _like(book: Book, first: str, other: str) -> None:
    """What is not in a sheet's own part: print areas are names of the workbook."""
    source, target = book.sheet(first), book.sheet(other)
    target.print_title_rows, target.print_title_cols = source.print_title_rows, source.print_title_cols
    target.print_area = source.print_area.split("!")[-1]


def _names(book: Book, layout: Layout, title: str) -> None:
    """Names of the sheet: its lines, figures and months. Those of its fields the Terms sheet gives."""
    months = f"${column(FIRST_COLUMN)}${layout.month_row}:${layout.last_column}${layout.month_row}"
    book.local_name("month", title, months, title)
    for key in layout.rows:
        book.local_name(key, title, layout.cells(key), title)
    for key, row in layout.figures.items():
        book.local_name(key, title, f"$C${row}", title)


def _values(book: Book, title: str, layout: Layout) -> Columns:
    """The values of the quotes' sheets, by cell."""
    comparison, demand = layout.comparison, layout.comparison.demand
    quotes, numbers = comparison.quotes, comparison.numbers
    cells: Columns = {cell: [value] * len(quotes) for cell, value in book.values[title].items()}
    cells |= {
        "A1": [f"{terms.values['vendor']}, {terms.values['offer']}" for terms in quotes],
        "A2": [str(terms.values.get("site", "")) for terms in quotes],
        "B3": [str(terms.values["currency"]) for terms in quotes],
        "B4": [demand.currency] * len(quotes),
        "D3": [float(terms.fx.value) for terms in quotes],  # type: ignore[arg-type]
    }
    columns = [column(FIRST_COLUMN + month) for month in range(layout.months + 1)]
    start = demand.values["start"]
    for month in range(1, layout.months + 1):
        at = start.year * 12 + start.month - 1 + month - 1  # type: ignore[union-attr]
        day = datetime.date(at // 12, at % 12 + 1, 1)
        cells[f"{columns[month]}{layout.month_row + 1}"] = [serial(day)] * len(quotes)
    for line in layout.lines:
        row, first = layout.rows[line.key], 0 if line.month_0 else 1
        months = numbers.lines[line.key][first:]
        cells.update(zip((f"{each}{row}" for each in columns[first:]), months.tolist(), strict=True))
        if line.total != "none":
            cells[f"C{row}"] = (
                months.mean(axis=0) if line.total == "average" else months.sum(axis=0)
            ).tolist()
    for key, row in layout.figures.items():
        figures = map(value_of, numbers.figures[key])
        cells[f"C{row}"] = [MISSING if figure is None else figure for figure in figures]
    for key, row in layout.checks.items():
        cells[f"O{row}"] = [str(outcome) for outcome in numbers.checks[key]]
    return cells
