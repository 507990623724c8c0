"""The Summary sheet: what a CFO reads first and forwards."""

from __future__ import annotations

from openpyxl.chart import BarChart, DoughnutChart, LineChart, Reference
from openpyxl.chart.data_source import StrRef
from openpyxl.chart.series import DataPoint, SeriesLabel
from openpyxl.chart.shapes import GraphicalProperties
from openpyxl.formatting.rule import Rule
from openpyxl.worksheet.worksheet import Worksheet

from carecost.model.flags import OK
from carecost.model.statement import PLAN
from carecost.workbook import style
from carecost.workbook.book import MONTH_COLUMNS, MONTH_ROW, PNL, SUMMARY, Book
from carecost.workbook.values import QUARTER_ROWS

# Key figures: label, defined name, unit. Two rows of six tiles, two columns each.
TILES = (
    ("Cost of the year", "year_spend_total", "money"),
    ("of which contingency", "year_spend_contingency", "money"),
    ("Cost per contact", "cost_per_contact", "money per contact"),
    ("Cost per productive hour", "cost_per_productive_hour", "money per hour"),
    ("Paid FTE, average", "year_paid_fte", "contacts per"),
    ("Paid FTE, peak", "peak_fte", "contacts per"),
    ("Project result, 12 months", "year_project", "money"),
    ("Project NPV", "npv", "money"),
    ("Project payback, months", "payback", "months"),
    ("Project IRR, a year", "irr", "share"),
    ("Break-even success rate", "breakeven_success", "share"),
    ("Break-even churn cut", "breakeven_churn_cut", "points"),
)
KINDS = ("spend_labor", "spend_bpo", "spend_hiring", "spend_technology", "spend_contingency")
TABLE_ROW = 15
COLUMNS = "ABCDEFGHIJKL"


def write(book: Book) -> None:
    """Author the sheet; its charts need the places of the P&L's rows."""
    sheet = book.sheet(SUMMARY)
    for column in COLUMNS:
        sheet.column_dimensions[column].width = 13.5
    _title(book, sheet)
    for place, tile in enumerate(TILES):
        _tile(sheet, COLUMNS[2 * (place % 6)], COLUMNS[2 * (place % 6) + 1], 7 + 3 * (place // 6), *tile)
    _quarters(book, sheet)
    _charts(book, sheet)
    style.page(sheet, area="A1:L62", tall=False)
    sheet.page_setup.orientation = "portrait"


def _title(book: Book, sheet: Worksheet) -> None:
    headline = {key: book.beside_formula(found) for key, found in PLAN.headlines.items()}
    style.put(sheet, "A1", "=name", style.TITLE)
    sheet.row_dimensions[1].height = 26
    for column, label, value, shape in (
        ("A", "12-month P&L in", "=currency", "General"),
        ("D", "First month", "=start", style.MONTH_FORMAT),
        ("G", "Last month", f"='{PNL}'!{MONTH_COLUMNS[-1]}{MONTH_ROW + 1}", style.MONTH_FORMAT),
    ):
        style.put(sheet, f"{column}2", label, style.SUBTITLE)
        cell = chr(ord(column) + 2 if column == "A" else ord(column) + 1)
        style.put(sheet, f"{cell}2", value, style.SUBTITLE, number_format=shape, alignment=style.LEFT)
    style.put(sheet, "J2", "Cost center", style.SUBTITLE)
    style.put(sheet, "K2", headline["shown_cost_center"], style.SUBTITLE)
    book.name("shown_cost_center", SUMMARY, "$K$2")
    for column, key, merge in (
        ("A", "master_check", "C4:D4"),
        ("E", "faults", ""),
        ("H", "second_looks", ""),
    ):
        label = PLAN.headlines[key].label
        style.put(
            sheet, f"{column}4", label, style.BOLD, alignment=style.LEFT if column == "A" else style.INDENT
        )
        cell = {"A": "C4", "E": "G4", "H": "J4"}[column]
        style.put(sheet, cell, headline[key], style.BOLD, alignment=style.CENTER, border=style.BOX)
        book.name(key, SUMMARY, f"${cell[0]}$4")
        if merge:
            sheet.merge_cells(merge)
    style.put(sheet, "K4", "Guesses", style.BOLD, alignment=style.RIGHT)
    style.put(
        sheet,
        "L4",
        '=COUNTIF(inputs_confidence,"guess")',
        style.BOLD,
        alignment=style.CENTER,
        border=style.BOX,
    )
    book.name("guesses", SUMMARY, "$L$4")
    for cells, good, bad in (
        ("C4:D4", f'$C$4="{OK}"', f'$C$4<>"{OK}"'),
        ("G4", "$G$4=0", "$G$4>0"),
    ):
        sheet.conditional_formatting.add(cells, Rule("expression", formula=[good], dxf=style.GOOD))
        sheet.conditional_formatting.add(cells, Rule("expression", formula=[bad], dxf=style.BAD))
    for cell in ("J4", "L4"):
        sheet.conditional_formatting.add(
            cell, Rule("cellIs", operator="greaterThan", formula=["0"], dxf=style.LOOK)
        )


def _tile(sheet: Worksheet, left: str, right: str, row: int, label: str, name: str, unit: str) -> None:
    for line in (row, row + 1):
        sheet.merge_cells(f"{left}{line}:{right}{line}")
        for column in (left, right):
            sheet[f"{column}{line}"].fill = style.TILE_FILL
    style.put(sheet, f"{left}{row}", label, style.SUBTITLE, alignment=style.CENTER, fill=style.TILE_FILL)
    style.put(
        sheet, f"{left}{row + 1}", f"={name}", style.BIG,
        alignment=style.CENTER, fill=style.TILE_FILL, number_format=style.number_format(unit),
    )  # fmt: skip
    sheet.row_dimensions[row + 1].height = 24


def _quarters(book: Book, sheet: Worksheet) -> None:
    """Cost by kind, by quarter of the plan."""
    titles = {"A": "By quarter of the plan", "B": "", "C": ""}
    titles |= {column: f"Quarter {place}" for place, column in enumerate("DEFG", start=1)} | {"H": "Year"}
    style.heading(sheet, TABLE_ROW, titles, height=20)
    sheet[f"A{TABLE_ROW}"].alignment = style.LEFT
    for step, key in enumerate(QUARTER_ROWS, start=1):
        row, line = TABLE_ROW + step, PLAN.lines[key]
        font = style.BOLD if key in ("spend_total", "project") else style.PLAIN
        look = {
            "number_format": style.number_format(line.unit),
            "border": style.UNDER,
            "alignment": style.RIGHT,
        }
        style.put(sheet, f"A{row}", line.label, font)
        for column in "ABC":
            sheet[f"{column}{row}"].border = style.UNDER
        place = book.rows[key]
        for quarter, column in enumerate("DEFG"):
            first, last = MONTH_COLUMNS[1 + 3 * quarter], MONTH_COLUMNS[3 + 3 * quarter]
            style.put(sheet, f"{column}{row}", f"=SUM('{PNL}'!{first}{place}:{last}{place})", font, **look)
        style.put(sheet, f"H{row}", f"=year_{key}", style.BOLD, **look)
        book.name(f"quarter_{key}", SUMMARY, f"$D${row}:$G${row}", hidden=True)
    style.put(
        sheet, f"A{TABLE_ROW + len(QUARTER_ROWS) + 1}",
        "Costs are shown positive here. The year of the project includes month 0.", style.QUIET,
    )  # fmt: skip


def _charts(book: Book, sheet: Worksheet) -> None:
    cost = BarChart()
    cost.type, cost.grouping, cost.overlap, cost.gapWidth = "col", "stacked", 100, 60
    _series(book, cost, KINDS, lines=False)
    _place(sheet, cost, "A27", "Monthly cost by kind", 31.6, 8.6)
    _shares(sheet)
    people = LineChart()
    _series(book, people, ("required_fte", "paid_fte", "effective_fte"), lines=True)
    _place(sheet, people, "A45", "FTE: required, paid and effective", 15.6, 8)
    project = LineChart()
    _series(book, project, ("project_cumulative", "discounted_cumulative"), lines=True)
    _place(sheet, project, "G45", "Project: cumulative result", 15.6, 8)


def _shares(sheet: Worksheet) -> None:
    """The year's cost by kind, beside the table."""
    ring = DoughnutChart(holeSize=55)
    first, last = TABLE_ROW + 1, TABLE_ROW + len(KINDS)
    ring.add_data(Reference(sheet, min_col=8, min_row=first, max_row=last))
    ring.set_categories(Reference(sheet, min_col=1, min_row=first, max_row=last))
    for place, color in enumerate(style.SERIES):
        point = DataPoint(idx=place)
        point.graphicalProperties.solidFill = color
        ring.series[0].data_points.append(point)
    ring.legend.position = "r"
    ring.width, ring.height = 10.3, 5.6
    sheet.add_chart(ring, f"I{TABLE_ROW}")


def _series(book: Book, chart: BarChart | LineChart, keys: tuple[str, ...], lines: bool) -> None:
    pnl = book.excel[PNL]
    for key, color in zip(keys, style.SERIES, strict=False):
        row = book.rows[key]
        chart.add_data(
            Reference(pnl, min_col=3, max_col=15, min_row=row), from_rows=True, titles_from_data=False
        )
        series = chart.series[-1]
        series.tx = SeriesLabel(strRef=StrRef(f"'{PNL}'!$A${row}"))
        series.val.numRef.f = f"'{PNL}'!$D${row}:$O${row}"
        series.graphicalProperties = GraphicalProperties(solidFill=None if lines else color)
        series.graphicalProperties.line.solidFill = color
        if lines:
            series.graphicalProperties.line.width = 28000
            series.smooth = False
            series.marker.symbol = "none"
    months = Reference(pnl, min_col=4, max_col=15, min_row=MONTH_ROW + 1)
    chart.set_categories(months)


def _place(
    sheet: Worksheet, chart: BarChart | LineChart, cell: str, title: str, width: float, height: float
) -> None:
    chart.title = title
    chart.x_axis.number_format = "mmm"
    style.finish_chart(chart, width, height)
    sheet.add_chart(chart, cell)
