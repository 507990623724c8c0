"""Render the pictures of docs/libreoffice.md: sheets that LibreOffice Calc calculated. Needs pdftoppm and ImageMagick.

python docs/calc_pictures.py
"""

import subprocess
import sys
import tempfile
from pathlib import Path

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.worksheet.formula import ArrayFormula

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "tests"))

from calc import Calc  # noqa: E402

from carecost.hosts.libreoffice.extension import extension_files  # noqa: E402

BOLD = Font(name="Carlito", size=11, bold=True)
PLAIN = Font(name="Carlito", size=11)
HEAD = PatternFill("solid", fgColor="DDEBF7")

CELLS = (
    ("A fully loaded FTE, offshore, a month", '=CARE_FTE_COST("offshore")', "#,##0"),
    ("The same built up from a salary of 48,000", '=CARE_FTE_COST("onshore",48000,30%,255,150,12%,30%,5000)', "#,##0"),
    ("A contact of six minutes at that cost", '=CARE_CONTACT_COST(12*C3,6)', "0.00"),
    ("Agents for 180 calls an hour of five minutes", "=CARE_AGENTS(180,5)", "0"),
    ("Their service level within 20 seconds", "=CARE_SL(180,5,C5)", "0.0%"),
    ("FTE on the payroll for them", "=C5/(1-30%)", "0.0"),
    ("Inside a native function", "=SUM(CARE_WORKLOAD({4000;4000;2000},{6;8;5}))", "#,##0.0"),
    ("Shrinkage of 22%, against what the guides say", '=CARE_CHECK("shrinkage",22%)', "General"),
    ("A market that is not on the rate card", '=CARE_FTE_COST("mars")', "General"),
    ("Thirty typed for thirty percent", "=CARE_FTE(1100,30)", "General"),
    ("Text for a number", '=CARE_FTE("many")', "General"),
    ("The same, caught", '=IFERROR(CARE_FTE("many"),"check the hours")', "General"),
)  # fmt: skip
# As Calc writes them: between arguments, and between rows in braces.
SEPARATORS = str.maketrans({",": ";", ";": "|"})
BREAKDOWN = '=CARE_FTE_BREAKDOWN("onshore",48000,30%,255,150,12%,30%,5000)'
GRID = "=CARE_AGENTS(E3:E6,F2:H2)"


def functions_sheet(book):
    """What is asked, the formula, and what the cell shows."""
    sheet = book.active
    sheet.title = "Functions"
    _row(sheet, 1, ("", "Formula", "Shows"), BOLD, HEAD)
    for row, (words, formula, shown_as) in enumerate(CELLS, 2):
        _row(sheet, row, (words, formula.translate(SEPARATORS), formula), PLAIN)
        sheet.cell(row, 2).data_type = "s"  # the formula as text
        sheet.cell(row, 3).number_format = shown_as
        sheet.cell(row, 3).alignment = Alignment(horizontal="right")
    _page(sheet, {"A": 44, "B": 62, "C": 40})


def blocks_sheet(book):
    """Array formulas: a block of lines, and a column against a row."""
    sheet = book.create_sheet("Blocks")
    _row(sheet, 1, ("Cost of an FTE", "a year", "share", "", "Calls an hour", "Minutes a call"), BOLD, HEAD)
    sheet["A2"] = ArrayFormula("A2:C8", BREAKDOWN)
    for column, minutes in zip("FGH", (4, 5, 6), strict=True):
        sheet[f"{column}2"] = minutes
    for row, calls in enumerate((60, 120, 180, 240), 3):
        sheet[f"E{row}"] = calls
    sheet["F3"] = ArrayFormula("F3:H6", GRID)
    for row in sheet["A2:H8"]:
        for cell in row:
            cell.font = BOLD if cell.row == 2 and cell.column > 5 else PLAIN
            cell.number_format = {2: "#,##0", 3: "0.0%"}.get(cell.column, "General")
    _row(sheet, 10, ("A2:C8 is {" + BREAKDOWN.replace(",", ";") + "}",), PLAIN)
    _row(sheet, 11, ("F3:H6 is {" + GRID.replace(",", ";") + "}",), PLAIN)
    _page(sheet, {"A": 18, "B": 12, "C": 10, "D": 4, "E": 15, "F": 15, "G": 8, "H": 8})


def _row(sheet, row, values, font, fill=None):
    for column, value in enumerate(values, 1):
        cell = sheet.cell(row, column, value)
        cell.font = font
        if fill:
            cell.fill = fill


def _page(sheet, widths):
    """Printed as it looks on the screen: with the grid, and with the letters and numbers around it."""
    for column, width in widths.items():
        sheet.column_dimensions[column].width = width
    sheet.print_options.gridLines = sheet.print_options.headings = True
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.oddHeader.center.text = sheet.oddFooter.center.text = ""


def main():
    book = Workbook()
    functions_sheet(book)
    blocks_sheet(book)
    with tempfile.TemporaryDirectory() as folder:
        path, pages = Path(folder, "book.xlsx"), Path(folder, "book.pdf")
        book.save(path)
        with Calc(extension_files()) as session:
            session.ask("open", str(path))
            session.ask("save", str(pages))
        for page, name in ((1, "calc_functions"), (2, "calc_blocks")):
            target = HERE / "images" / name
            place = ["-f", str(page), "-l", str(page), "-r", "110", "-singlefile", "-png"]
            subprocess.run(["pdftoppm", *place, str(pages), str(target)], check=True)
            subprocess.run(
                [
                    "convert",
                    f"{target}.png",
                    "-trim",
                    "-bordercolor",
                    "white",
                    "-border",
                    "12",
                    f"{target}.png",
                ],
                check=True,
            )
            print(f"{target}.png")


if __name__ == "__main__":
    main()
