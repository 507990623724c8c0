"""How the workbooks look: colors, fonts and number formats by unit, in one place."""

from __future__ import annotations

from typing import Any

from openpyxl.chart import BarChart, LineChart
from openpyxl.chart.shapes import GraphicalProperties
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.styles.differential import DifferentialStyle
from openpyxl.worksheet.worksheet import Worksheet

NAVY, TEAL, AMBER, GRAY, BLUE = "1F3A5F", "2A7F86", "D98E04", "8A94A0", "0000FF"
SERIES = (NAVY, TEAL, AMBER, "7FA8C9", "B5BCC5")
FACE = "Calibri"

PLAIN = Font(name=FACE, size=10)
BOLD = Font(name=FACE, size=10, bold=True)
QUIET = Font(name=FACE, size=9, color="5C6670", italic=True)
TITLE = Font(name=FACE, size=18, bold=True, color=NAVY)
SUBTITLE = Font(name=FACE, size=11, color="5C6670")
HEADING = Font(name=FACE, size=10, bold=True, color="FFFFFF")
SECTION = Font(name=FACE, size=11, bold=True, color=NAVY)
INPUT = Font(name=FACE, size=10, color=BLUE)
BIG = Font(name=FACE, size=15, bold=True, color=NAVY)

HEADING_FILL = PatternFill("solid", fgColor=NAVY)
SECTION_FILL = PatternFill("solid", fgColor="E4EAF1")
INPUT_FILL = PatternFill("solid", fgColor="FFFBE6")
TILE_FILL = PatternFill("solid", fgColor="F3F6F9")
ASSUMED_FILL = PatternFill("solid", fgColor="FFF1CC")

THIN = Side(style="thin", color="C9D1DA")
ABOVE = Border(top=Side(style="thin", color=NAVY))
BOX = Border(left=THIN, right=THIN, top=THIN, bottom=THIN)
UNDER = Border(bottom=THIN)

CENTER = Alignment(horizontal="center", vertical="center", wrap_text=True)
LEFT = Alignment(horizontal="left", vertical="center")
WRAP = Alignment(vertical="top", wrap_text=True)
INDENT = Alignment(horizontal="left", indent=1, vertical="center")
RIGHT = Alignment(horizontal="right", vertical="center")

GOOD = DifferentialStyle(font=Font(color="1E7B34"), fill=PatternFill(bgColor="E3F4E6"))
LOOK = DifferentialStyle(font=Font(color="8A5A00"), fill=PatternFill(bgColor="FFF1CC"))
BAD = DifferentialStyle(font=Font(color="A61B1B", bold=True), fill=PatternFill(bgColor="FBD9D9"))

DATE_FORMAT, MONTH_FORMAT = "yyyy-mm-dd", "mmm yyyy"
FORMATS = {
    "money": "#,##0;-#,##0;\\-",
    "contacts": "#,##0",
    "contacts per": "#,##0.0",
    "hours": "#,##0.0",
    "minutes": "#,##0.0",
    "units": "#,##0.00",
    "money or units": "#,##0.00",
    "units per month": "#,##0",
    "units of line 1 per month": "#,##0",
    "FTE": "#,##0.00",
    "seats": "#,##0.00",
    "users": "#,##0.00",
    "factor": "0.0000",
    "sign": "0",
    "changes": "0",
    "months": "0.0",
    "date": DATE_FORMAT,
}


def number_format(unit: str) -> str:
    """The format that suits a unit; prices keep their small amounts.

    >>> number_format("share of attempts"), number_format("money per minute")
    ('0.0%', '#,##0.00##')
    """
    if unit.startswith(("share", "points")):
        return "0.0%"
    if unit in FORMATS:
        return FORMATS[unit]
    if unit.startswith("money per") and unit.split()[2] in (
        "contact",
        "minute",
        "message",
        "hour",
        "GB",
        "unit",
    ):
        return "#,##0.00" if unit.split()[2] in ("contact", "hour") else "#,##0.00##"
    if unit.startswith("money"):
        return "#,##0"
    return "General"


def put(sheet: Worksheet, cell: str, value: Any, font: Font = PLAIN, **style: Any) -> Any:
    """Write one cell with its style."""
    target = sheet[cell]
    target.value = value
    target.font = font
    for name, setting in style.items():
        setattr(target, name, setting)
    return target


def heading(sheet: Worksheet, row: int, titles: dict[str, str], height: float = 30) -> None:
    """A dark row of column titles, keyed by column letter."""
    for column, title in titles.items():
        put(sheet, f"{column}{row}", title, HEADING, fill=HEADING_FILL, alignment=CENTER)
    sheet.row_dimensions[row].height = height


def page(
    sheet: Worksheet, *, title_rows: str | None = None, area: str | None = None, tall: bool = True
) -> None:
    """Landscape A4, one page wide, with sheet and page in the footer."""
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.paperSize = sheet.PAPERSIZE_A4
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.page_setup.fitToWidth = 1
    sheet.page_setup.fitToHeight = 0 if tall else 1
    sheet.page_margins.left = sheet.page_margins.right = 0.4
    sheet.page_margins.top = sheet.page_margins.bottom = 0.6
    sheet.oddFooter.left.text = "&A"
    sheet.oddFooter.right.text = "Page &P of &N"
    if title_rows:
        sheet.print_title_rows = title_rows
    if area:
        sheet.print_area = area
    sheet.sheet_view.showGridLines = False
    sheet.sheet_view.zoomScale = 90


def finish_chart(chart: BarChart | LineChart, width: float, height: float) -> None:
    """Size in centimeters, legend below, quiet grid lines, labels outside the plot."""
    chart.width, chart.height = width, height
    chart.legend.position = "b"
    chart.x_axis.delete = chart.y_axis.delete = False
    chart.x_axis.tickLblPos = "low"
    chart.y_axis.number_format = "#,##0"
    chart.y_axis.majorGridlines.spPr = GraphicalProperties()
    chart.y_axis.majorGridlines.spPr.line.solidFill = "E1E6EB"
