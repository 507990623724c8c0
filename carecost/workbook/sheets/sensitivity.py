"""The Sensitivity sheet: what one changed input does to the year's net, computed when the book is written."""

from __future__ import annotations

from openpyxl.chart import BarChart, Reference
from openpyxl.formatting.rule import Rule

from carecost.formulas import ref
from carecost.model.sensitivity import cases, freshness
from carecost.workbook import style
from carecost.workbook.book import SENSITIVITY, Book

FIRST_ROW = 7
COLUMNS = {
    "A": ("label", "What changes", "text"),
    "B": ("down_words", "Down", "text"),
    "C": ("up_words", "Up", "text"),
    "D": ("net_down", "Net of the year, down", "money"),
    "E": ("net_up", "Net of the year, up", "money"),
    "F": ("change_down", "Change, down", "money"),
    "G": ("change_up", "Change, up", "money"),
}


def write(book: Book) -> None:
    """Author the sheet; all its rows are filled, widest swing first."""
    sheet = book.sheet(SENSITIVITY)
    style.put(sheet, "A1", "Sensitivity of the year's net", style.TITLE)
    style.put(
        sheet, "A2", "One input at a time, everything else as planned. carecost computed these numbers when it wrote"
        " the workbook: they are not formulas.", style.SUBTITLE,
    )  # fmt: skip
    style.put(sheet, "A4", "Net of the year they start from", style.BOLD)
    style.put(sheet, "D4", None, style.BOLD, number_format=style.number_format("money"))
    style.put(sheet, "E4", f"={freshness(ref('sensitivity_base'), ref('year_net'))}", style.BOLD)
    style.put(sheet, "A5", "Share of all swings that rests on guesses", style.BOLD)
    style.put(sheet, "D5", None, style.BOLD, number_format=style.number_format("share"))
    book.name("sensitivity_base", SENSITIVITY, "$D$4")
    book.name("sensitivity_status", SENSITIVITY, "$E$4")
    book.name("sensitivity_guesses", SENSITIVITY, "$D$5")
    for operator, look in (("equal", style.GOOD), ("notEqual", style.BAD)):
        rule = Rule("cellIs", operator=operator, formula=['"current"'], dxf=look)
        sheet.conditional_formatting.add("E4", rule)
    style.heading(sheet, FIRST_ROW - 1, {column: title for column, (_, title, _) in COLUMNS.items()})
    last = FIRST_ROW + len(cases()) - 1
    for column, (field, _, unit) in COLUMNS.items():
        book.name(f"sensitivity_{field}", SENSITIVITY, f"${column}${FIRST_ROW}:${column}${last}", hidden=True)
        for row in range(FIRST_ROW, last + 1):
            align = style.RIGHT if unit == "money" else style.LEFT
            style.put(
                sheet, f"{column}{row}", None,
                border=style.UNDER, number_format=style.number_format(unit), alignment=align,
            )  # fmt: skip
    for column, width in zip("ABCDEFG", (32, 13, 13, 20, 20, 18, 18), strict=True):
        sheet.column_dimensions[column].width = width
    _tornado(book, last)
    style.page(sheet, area="A1:G40", tall=False)


def _tornado(book: Book, last: int) -> None:
    sheet = book.sheet(SENSITIVITY)
    chart = BarChart()
    chart.type, chart.grouping, chart.overlap, chart.gapWidth = "bar", "clustered", 100, 40
    chart.title = "Change of the year's net"
    for column, color in ((6, style.TEAL), (7, style.AMBER)):
        chart.add_data(
            Reference(sheet, min_col=column, min_row=FIRST_ROW - 1, max_row=last), titles_from_data=True
        )
        chart.series[-1].graphicalProperties.solidFill = color
        chart.series[-1].invertIfNegative = False
    chart.set_categories(Reference(sheet, min_col=1, min_row=FIRST_ROW, max_row=last))
    chart.x_axis.scaling.orientation = "maxMin"  # widest on top
    style.finish_chart(chart, width=24, height=10)
    chart.y_axis.delete = False
    sheet.add_chart(chart, f"A{last + 3}")
