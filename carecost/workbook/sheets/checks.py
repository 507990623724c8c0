"""The Checks sheet: each check reads OK or names the fault."""

from __future__ import annotations

from openpyxl.formatting.rule import Rule

from carecost.model.flags import OK
from carecost.model.statement import PLAN
from carecost.workbook import style
from carecost.workbook.book import CHECKS, Book

FIRST_ROW = 5


def write(book: Book) -> None:
    """Author the sheet: first what must hold, then what deserves a second look."""
    sheet = book.sheet(CHECKS)
    style.put(sheet, "A1", "Checks", style.TITLE)
    style.put(
        sheet, "A2",
        "A fault must be mended before the budget is used. A second look is a question that a reviewer will ask.",
        style.SUBTITLE,
    )  # fmt: skip
    style.heading(sheet, FIRST_ROW - 1, {"A": "Check", "B": "Outcome", "C": "What it holds"}, height=20)
    row = FIRST_ROW
    for fault, name, title in ((True, "fault_checks", "Must hold"), (False, "look_checks", "Second look")):
        for column in "ABC":
            sheet[f"{column}{row}"].fill = style.SECTION_FILL
        style.put(sheet, f"A{row}", title, style.SECTION)
        first = row + 1
        for check in PLAN.checks.values():
            if check.fault != fault:
                continue
            row += 1
            style.put(sheet, f"A{row}", check.label, alignment=style.INDENT)
            style.put(sheet, f"B{row}", book.beside_formula(check), alignment=style.LEFT)
            style.put(sheet, f"C{row}", check.note, style.QUIET)
            book.name(check.key, CHECKS, f"$B${row}")
        outcomes = f"B{first}:B{row}"
        book.name(name, CHECKS, f"$B${first}:$B${row}")
        look = style.BAD if fault else style.LOOK
        for operator, dxf in (("equal", style.GOOD), ("notEqual", look)):
            sheet.conditional_formatting.add(
                outcomes, Rule("cellIs", operator=operator, formula=[f'"{OK}"'], dxf=dxf)
            )
        row += 2
    for column, width in {"A": 50, "B": 72, "C": 70}.items():
        sheet.column_dimensions[column].width = width
    sheet.freeze_panes = f"A{FIRST_ROW}"
    style.page(sheet, title_rows=f"{FIRST_ROW - 1}:{FIRST_ROW - 1}")
