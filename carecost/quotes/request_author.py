"""Author the quote request: a workbook that vendors fill in, with protected labels and checked answers."""

from __future__ import annotations

from collections.abc import Mapping

from openpyxl import Workbook
from openpyxl.formatting.rule import Rule
from openpyxl.styles import Alignment, Protection
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.workbook.protection import WorkbookProtection
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from carecost.model.inputs import LONGEST_TEXT
from carecost.quotes.fields import Field, Value
from carecost.quotes.offer import FIELDS
from carecost.quotes.request import (
    HEADING_ROW,
    LABEL_COLUMN,
    PLACES,
    QUOTE_REQUEST,
    SHEETS,
    START_SHEET,
    VERSION,
    VERSION_NAME,
    WORDS,
    Place,
    Sheet,
    example_of,
    row_label,
)
from carecost.workbook import style
from carecost.workbook.package import Package, write_whole
from carecost.workbook.parts import parts_of

UNLOCKED = Protection(locked=False)
WRAPPED = Alignment(horizontal="left", vertical="center", wrap_text=True)
RIGHT = Alignment(horizontal="right", vertical="center", indent=1)
BESIDE = Alignment(horizontal="left", vertical="center", wrap_text=True, indent=1)
LABEL_WIDTH, UNIT_WIDTH, EMPTY_WIDTH, EXAMPLE_WIDTH, HELP_WIDTH = 34, 24, 36, 28, 56
# One column of answers may hold sentences, three beside each other hold numbers.
ANSWER_WIDTH = {1: 34, 3: 16}
START_WIDTHS = {"A": 30, "B": 62, "C": 44}
LINE_HEIGHT, PADDING = 13, 7
# Column widths count the characters of a larger font than most of the words here are set in.
CHARACTERS = 1.12
# Excel's own limits on the words of a validation.
LONGEST_TITLE, LONGEST_ERROR = 32, 225
# The field that is needed though no rule of its own says so: an offer has at least one price.
FIRST_PRICE = "line_1_unit"


def write_request() -> None:
    """Author the shipped template anew: ``python -m carecost.quotes.request_author``."""
    write_whole(QUOTE_REQUEST, request_file())


def request_file(answers: Mapping[str, Value] | None = None) -> bytes:
    """The request as an .xlsx file, empty or with the answers of an offer by field name."""
    excel = Workbook()
    excel.remove(excel.worksheets[0])
    _start(excel)
    for sheet in SHEETS:
        _answers(excel, sheet)
    for name, value in (answers or {}).items():
        place = PLACES[name]
        excel[place.sheet.title][place.cell].value = value
    for sheet in excel.worksheets:
        sheet.sheet_properties.tabColor = style.TEAL if sheet.title == START_SHEET else style.AMBER
        _protect(sheet)
    excel.security = WorkbookProtection(lockStructure=True)
    excel.active = 0
    return Package(parts_of(excel, "Quote request")).with_parts({})


def _protect(sheet: Worksheet) -> None:
    """Against slips, not against people: no password, and columns and rows may be sized."""
    sheet.protection.sheet = True
    sheet.protection.formatColumns = sheet.protection.formatRows = False


def _name(excel: Workbook, name: str, sheet: str, cell: str) -> None:
    column, row = cell.rstrip("0123456789"), cell.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    excel.defined_names[name] = DefinedName(name, attr_text=f"'{sheet}'!${column}${row}")


# ---- the first page ----


def _start(excel: Workbook) -> None:
    sheet = excel.create_sheet(START_SHEET)
    for column, width in START_WIDTHS.items():
        sheet.column_dimensions[column].width = width
    style.put(sheet, "A1", WORDS["title"], style.TITLE)
    sheet.row_dimensions[1].height = 30
    style.put(sheet, "A2", WORDS["intro"], style.SUBTITLE)
    row = _band(sheet, 4, "The request: filled in by the buyer")
    for entry in WORDS["buyer"]:
        style.put(sheet, f"A{row}", entry["label"], style.BOLD, alignment=style.LEFT)
        style.put(
            sheet, f"B{row}", None, style.PLAIN,
            border=style.BOX, fill=style.TILE_FILL, alignment=WRAPPED, number_format="@", protection=UNLOCKED,
        )  # fmt: skip
        style.put(sheet, f"C{row}", entry["example"], style.QUIET, alignment=style.INDENT)
        sheet.row_dimensions[row].height = _height()
        row += 1
    row = _band(sheet, row + 1, "How to fill in")
    for number, step in enumerate(WORDS["steps"], start=1):
        _sentence(sheet, row, f"{number}.  {step}")
        row += 1
    row = _band(sheet, row + 1, "Where prices go: sheet Prices")
    for entry in WORDS["pricing"]:
        style.put(sheet, f"A{row}", entry["model"], style.BOLD, alignment=WRAPPED)
        _sentence(sheet, row, entry["how"], first="B")
        row += 1
    row = _band(sheet, row + 1, "The sheets")
    for described in SHEETS:
        style.put(sheet, f"A{row}", described.title, style.BOLD, alignment=WRAPPED)
        _sentence(sheet, row, described.intro, first="B")
        row += 1
    style.put(sheet, f"A{row + 1}", "Version of this form", style.QUIET, alignment=style.LEFT)
    style.put(sheet, f"B{row + 1}", VERSION, style.QUIET, alignment=style.LEFT)
    _name(excel, VERSION_NAME, START_SHEET, f"B{row + 1}")
    style.page(sheet, area=f"A1:C{row + 1}", tall=False)
    sheet.page_setup.orientation = "portrait"


def _band(sheet: Worksheet, row: int, title: str) -> int:
    for column in "ABC":
        sheet[f"{column}{row}"].fill = style.SECTION_FILL
    style.put(sheet, f"A{row}", title, style.SECTION, fill=style.SECTION_FILL, alignment=style.LEFT)
    sheet.row_dimensions[row].height = _height()
    return row + 1


def _sentence(sheet: Worksheet, row: int, text: str, first: str = "A") -> None:
    """One sentence across the page from its first column on."""
    sheet.merge_cells(f"{first}{row}:C{row}")
    style.put(sheet, f"{first}{row}", text, alignment=WRAPPED)
    width = sum(width for column, width in START_WIDTHS.items() if column >= first)
    sheet.row_dimensions[row].height = _height((text, width))


def _height(*texts: tuple[str, float]) -> float:
    """Of a row whose texts wrap, each in a column of so many characters."""
    return PADDING + LINE_HEIGHT * max(
        (1 + int(len(text) / (CHARACTERS * width)) for text, width in texts), default=1
    )


# ---- the sheets of answers ----


def _answers(excel: Workbook, described: Sheet) -> None:
    sheet = excel.create_sheet(described.title)
    style.put(sheet, "A1", described.title, style.TITLE)
    sheet.row_dimensions[1].height = 26
    style.put(sheet, "A2", described.intro, style.SUBTITLE)
    _headings(sheet, described)
    for section in described.sections:
        for column in (LABEL_COLUMN, *described.answer_columns, *described.columns_beside):
            sheet[f"{column}{section.number}"].fill = style.SECTION_FILL
        style.put(
            sheet, f"{LABEL_COLUMN}{section.number}", section.title, style.SECTION, alignment=style.LEFT
        )
        sheet.row_dimensions[section.number].height = _height()
    for place in PLACES.values():
        if place.sheet is described:
            _answer(excel, sheet, place)
    last = described.rows[-1].number
    help_column = described.columns_beside[-1]
    style.page(sheet, title_rows=f"{HEADING_ROW}:{HEADING_ROW}", area=f"A1:{help_column}{last}", tall=False)
    sheet.freeze_panes = f"{described.answer_columns[0]}{HEADING_ROW + 1}"


def _headings(sheet: Worksheet, described: Sheet) -> None:
    answers = described.answer_columns
    titles = {LABEL_COLUMN: "Item"}
    titles |= (
        {column: f"Line {line}" for line, column in enumerate(answers, start=1)}
        if len(answers) > 1
        else {answers[0]: "Your answer"}
    )
    titles |= dict(
        zip(described.columns_beside, ("Unit", "If left empty", "Example", "Explanation"), strict=True)
    )
    style.heading(sheet, HEADING_ROW, titles, height=20)
    widths = (LABEL_WIDTH, *[ANSWER_WIDTH[len(answers)]] * len(answers))
    widths += (UNIT_WIDTH, EMPTY_WIDTH, EXAMPLE_WIDTH, HELP_WIDTH)
    for column, width in zip(titles, widths, strict=True):
        sheet.column_dimensions[column].width = width


def _answer(excel: Workbook, sheet: Worksheet, place: Place) -> None:
    declared, row = place.field, place.row.number
    shape = answer_format(declared)
    style.put(
        sheet, place.cell, None, style.INPUT,
        fill=style.INPUT_FILL, border=style.BOX, number_format=shape, protection=UNLOCKED,
        alignment=RIGHT if declared.kind == "number" else BESIDE,
    )  # fmt: skip
    _name(excel, declared.name, sheet.title, place.cell)
    rule = answer_rule(declared, place.cell)
    rule.add(place.cell)
    sheet.add_data_validation(rule)
    _tint(sheet, place)
    if place.column != place.sheet.answer_columns[0]:
        return
    label = place.row.label
    style.put(
        sheet, f"{LABEL_COLUMN}{row}", label,
        style.BOLD if declared.required else style.PLAIN, alignment=WRAPPED,
    )  # fmt: skip
    beside = (place.row.unit, if_empty(declared), example_of(declared), declared.help)
    for column, text in zip(place.sheet.columns_beside, beside, strict=True):
        style.put(sheet, f"{column}{row}", text, style.QUIET, alignment=BESIDE)
    sheet[f"{place.sheet.columns_beside[2]}{row}"].number_format = shape
    sheet.row_dimensions[row].height = _height(
        (label, LABEL_WIDTH), (if_empty(declared), EMPTY_WIDTH), (declared.help, HELP_WIDTH)
    )


def if_empty(declared: Field) -> str:
    """What becomes of a field that the vendor leaves empty.

    >>> if_empty(FIELDS["term"]), if_empty(FIELDS["setup"]), if_empty(FIELDS["line_1_tier_2_rate"])
    ('required', 'no setup fee', 'required with: Tier 2 from')
    """
    if declared.required:
        return "required"
    if declared.name == FIRST_PRICE:
        return "required for line 1"
    if declared.needed_with:
        return f"required with: {row_label(FIELDS[declared.needed_with])}"
    if declared.expected:
        return "the buyer's expectation"
    return declared.means


def answer_format(declared: Field) -> str:
    """The number format of an answer: amounts keep their small parts, text stays text.

    >>> answer_format(FIELDS["line_1_rate"]), answer_format(FIELDS["shrinkage"]), answer_format(FIELDS["site"])
    ('#,##0.00##', '0.0#%', '@')
    """
    if declared.kind == "number":
        if declared.unit.startswith("money"):
            return "#,##0.00##"
        if declared.is_share:
            return "0.0#%"
        return "#,##0" if declared.whole or declared.unit.startswith("units") else "#,##0.0#"
    return style.DATE_FORMAT if declared.kind == "date" else "@"


def answer_test(declared: Field, cell: str) -> str | None:
    """A formula that is true for a number or a currency that the field allows; None for other kinds.

    >>> answer_test(FIELDS["term"], "B9")
    'AND(ISNUMBER(B9),B9>=1,B9<=120,B9=INT(B9))'
    """
    if declared.kind == "currency":
        return f"AND(LEN({cell})=3,EXACT({cell},UPPER({cell})))"
    if declared.kind != "number":
        return None
    limits = (
        (">=", declared.min),
        (">", declared.above),
        ("<=", declared.max),
        ("<", declared.below),
    )
    tests = [f"ISNUMBER({cell})"]
    tests += [f"{cell}{sign}{limit:g}" for sign, limit in limits if limit is not None]
    tests += [f"{cell}=INT({cell})"] if declared.whole else []
    return f"AND({','.join(tests)})"


def answer_rule(declared: Field, cell: str) -> DataValidation:
    """The validation of an answer: a drop-down, or what may be typed."""
    test = answer_test(declared, cell)
    if declared.choices:
        rule = DataValidation("list", formula1=f'"{",".join(declared.choices)}"')
    elif declared.kind == "date":
        rule = DataValidation("date", operator="greaterThan", formula1="DATE(1901,1,1)")
    elif test is None:
        rule = DataValidation("textLength", operator="lessThanOrEqual", formula1=str(LONGEST_TEXT))
    else:
        rule = DataValidation("custom", formula1=test)
    rule.allow_blank, rule.showErrorMessage, rule.showInputMessage = True, True, True
    rule.errorTitle = declared.label[:LONGEST_TITLE]
    needed = declared.needed if not declared.choices else "one of the list"
    rule.error = f"Needed: {needed}."[:LONGEST_ERROR]
    return rule


def _tint(sheet: Worksheet, place: Place) -> None:
    """Amber while an answer is still needed, red when a number was pasted past its limits."""
    declared, cell = place.field, place.cell
    if declared.required or declared.name == FIRST_PRICE:
        needed = f"ISBLANK({cell})"
    elif declared.needed_with:
        needed = f"AND(ISBLANK({cell}),NOT(ISBLANK({PLACES[declared.needed_with].cell})))"
    else:
        needed = ""
    test = answer_test(declared, cell)
    if needed:
        sheet.conditional_formatting.add(cell, Rule("expression", formula=[needed], dxf=style.LOOK))
    if test:
        wrong = f"AND(NOT(ISBLANK({cell})),NOT({test}))"
        sheet.conditional_formatting.add(cell, Rule("expression", formula=[wrong], dxf=style.BAD))


if __name__ == "__main__":
    write_request()
