"""The Inputs sheet: a row per input with its limits, sourced range, provenance and flag."""

from __future__ import annotations

import re

from openpyxl.formatting.rule import Rule
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from carecost.formulas import ref
from carecost.model.fixed import FIXED
from carecost.model.flags import ABOVE, BELOW, NOT_A_NUMBER, NOT_ALLOWED, OK, flag, sourced_range
from carecost.model.inputs import CONTACTS, INPUTS, Input
from carecost.workbook import style
from carecost.workbook.book import INPUTS_SHEET, Book

FIRST_ROW = 5
WORD = re.compile(r"[a-z_]+")
TITLES = {
    "A": "Input", "B": "Name", "C": "Value", "D": "Unit", "E": "Allowed\nfrom", "F": "Allowed\nto",
    "G": "Sourced\nlow", "H": "Sourced\nhigh", "I": "Flag", "J": "Source", "K": "Date", "L": "Owner",
    "M": "Confidence", "N": "What it is",
}  # fmt: skip
WIDTHS = dict(zip("ABCDEFGHIJKLMN", (33, 23, 18, 27, 9, 9, 9, 9, 14, 48, 11, 22, 12, 80), strict=True))
FILLED_COLUMNS = {"source": "J", "date": "K", "owner": "L", "confidence": "M"}


def write(book: Book) -> None:
    """Author the sheet; every value gets its defined name."""
    sheet = book.sheet(INPUTS_SHEET)
    style.put(sheet, "A1", "Inputs", style.TITLE)
    style.put(
        sheet, "A2",
        "Change the blue values; everything else follows. Flags tell when a value leaves its allowed or sourced range.",
        style.SUBTITLE,
    )  # fmt: skip
    style.heading(sheet, FIRST_ROW - 1, TITLES)
    row, section = FIRST_ROW, ""
    for name, declared in INPUTS.items():
        if declared.section != section:
            section = declared.section
            _section(sheet, row, section)
            row += 1
        _input(book, sheet, row, declared)
        book.flags[name] = f"'{INPUTS_SHEET}'!$I${row}"
        row += 1
    last = row - 1
    first_month = book.excel.defined_names[CONTACTS[0]].attr_text.split("$")[-1]
    book.name("contacts_monthly", INPUTS_SHEET, f"$C${first_month}:$C${int(first_month) + len(CONTACTS) - 1}")
    book.name("inputs_flag", INPUTS_SHEET, f"$I${FIRST_ROW}:$I${last}")
    for field, column in FILLED_COLUMNS.items():
        book.name(f"inputs_{field}", INPUTS_SHEET, f"${column}${FIRST_ROW}:${column}${last}")
    _finish(sheet, last)


def _section(sheet: Worksheet, row: int, title: str) -> None:
    for column in TITLES:
        sheet[f"{column}{row}"].fill = style.SECTION_FILL
    style.put(sheet, f"A{row}", title, style.SECTION)


def _input(book: Book, sheet: Worksheet, row: int, declared: Input) -> None:
    shape = style.number_format(declared.unit)
    side = style.LEFT if declared.kind == "text" else style.RIGHT
    style.put(sheet, f"A{row}", declared.label)
    style.put(sheet, f"B{row}", declared.name, style.QUIET)
    style.put(
        sheet, f"C{row}", None, style.INPUT,
        fill=style.INPUT_FILL, border=style.BOX, number_format=shape, alignment=side,
    )  # fmt: skip
    style.put(sheet, f"D{row}", declared.unit, style.QUIET, alignment=style.INDENT)
    style.put(sheet, f"N{row}", declared.help, style.QUIET)
    for column in FILLED_COLUMNS.values():
        style.put(sheet, f"{column}{row}", None, style.QUIET, alignment=style.INDENT)
    book.name(declared.name, INPUTS_SHEET, f"$C${row}")
    if declared.kind == "number":
        found = sourced_range(declared)
        limits = {"E": declared.low, "F": declared.high}
        if found:
            limits |= {"G": found.low, "H": found.high}
        for column, limit in limits.items():
            if limit is not None:
                style.put(sheet, f"{column}{row}", limit, style.QUIET, number_format=shape)
        style.put(sheet, f"I{row}", f"={_flag_formula(declared, row)}", style.PLAIN, alignment=style.CENTER)
        _validate(sheet, row, declared)
    elif declared.kind == "choice":
        choices = DataValidation("list", formula1=f'"{",".join(declared.choices)}"', allow_blank=False)
        choices.add(f"C{row}")
        sheet.add_data_validation(choices)


def _flag_formula(declared: Input, row: int) -> str:
    cell = {column: ref(f"{column}{row}") for column in "CEFGH"}
    fx = ref(declared.fx) if declared.fx else None
    return str(flag(declared, cell["C"], cell["E"], cell["F"], cell["G"], cell["H"], fx, ref("currency")))


def _validate(sheet: Worksheet, row: int, declared: Input) -> None:
    """Excel refuses a number outside the allowed values as it is typed."""
    low, high = declared.low, declared.high
    rule = DataValidation(
        "decimal",
        operator="between" if high is not None else "greaterThanOrEqual",
        formula1=f"E{row}" if low is not None else "-1E+300",
        formula2=f"F{row}" if high is not None else None,
        allow_blank=True,
        showErrorMessage=True,
        errorTitle=declared.label[:32],
        error=f"{declared.label} {declared.rule}."[:225],
    )
    rule.add(f"C{row}")
    sheet.add_data_validation(rule)


def write_fixed(book: Book) -> None:
    """Below the inputs: the fixed figures that the formulas of the other sheets use."""
    sheet = book.sheet(INPUTS_SHEET)
    used = {
        word
        for other in book.excel.worksheets
        for cells in other.iter_rows(values_only=True)
        for value in cells
        if isinstance(value, str) and value.startswith("=")
        for word in WORD.findall(value)
    }
    row = sheet.max_row + 1
    _section(sheet, row, "Fixed figures: units of measure and thresholds of the checks")
    for name, figure in FIXED.items():
        if name not in used:
            continue
        row += 1
        style.put(sheet, f"A{row}", figure.label)
        style.put(sheet, f"B{row}", name, style.QUIET)
        style.put(sheet, f"C{row}", float(figure), alignment=style.RIGHT)
        style.put(sheet, f"D{row}", figure.unit, style.QUIET, alignment=style.INDENT)
        style.put(sheet, f"J{row}", figure.source, style.QUIET)
        style.put(sheet, f"M{row}", "fixed", style.QUIET)
        book.name(name, INPUTS_SHEET, f"$C${row}")
    style.page(sheet, title_rows=f"{FIRST_ROW - 1}:{FIRST_ROW - 1}", area=f"A1:M{row}")


def _finish(sheet: Worksheet, last: int) -> None:
    for column, width in WIDTHS.items():
        sheet.column_dimensions[column].width = width
    flags = f"I{FIRST_ROW}:I{last}"
    for word, look in (
        (OK, style.GOOD), (BELOW, style.LOOK), (ABOVE, style.LOOK),
        (NOT_ALLOWED, style.BAD), (NOT_A_NUMBER, style.BAD),
    ):  # fmt: skip
        sheet.conditional_formatting.add(
            flags, Rule("cellIs", operator="equal", formula=[f'"{word}"'], dxf=look)
        )
    sheet.conditional_formatting.add(
        f"M{FIRST_ROW}:M{last}", Rule("cellIs", operator="equal", formula=['"guess"'], dxf=style.LOOK)
    )
    sheet.freeze_panes = f"D{FIRST_ROW}"
